# The scripts that hold the rules are held to theirs.
find_program(REPRISE_PYTHON python3)
if(REPRISE_PYTHON)
    foreach(name check_finds tally_counts)
        add_test(NAME ${name}
            COMMAND ${CMAKE_CURRENT_SOURCE_DIR}/scripts/${name})
    endforeach()
    add_test(NAME telemetry_docs_are_current
        COMMAND ${PROJECT_SOURCE_DIR}/scripts/telemetry-docs --check)
    add_test(NAME fault_docs_are_current
        COMMAND ${PROJECT_SOURCE_DIR}/scripts/fault-docs --check)
    add_test(NAME dashboards_are_current
        COMMAND ${REPRISE_PYTHON} -B
            ${PROJECT_SOURCE_DIR}/dashboards/generate.py --check)
endif()
