# Floor cli: one program a module, and the built program from end to end.
foreach(module opt text view mirror stub trace_context)
    rp_test(test_cli_${module} rp_cli unit/cli/test_${module}.c)
endforeach()

find_program(REPRISE_PYTHON python3)
if(REPRISE_PYTHON)
    foreach(part check run store live)
        add_test(NAME e2e_cli_${part}
            COMMAND ${REPRISE_PYTHON} -B
                ${CMAKE_CURRENT_SOURCE_DIR}/e2e/test_cli_${part}.py)
        set_tests_properties(e2e_cli_${part} PROPERTIES
            LABELS e2e TIMEOUT 120
            ENVIRONMENT REPRISE_BIN=$<TARGET_FILE:reprise>)
    endforeach()
endif()
