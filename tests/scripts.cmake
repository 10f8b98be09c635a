# The scripts that hold the rules are held to theirs.
find_program(REPRISE_PYTHON python3)
if(REPRISE_PYTHON)
    add_test(NAME check_finds
        COMMAND ${CMAKE_CURRENT_SOURCE_DIR}/scripts/check_finds)
endif()
