# Floor cli: one program a module, and the built program from end to end.
foreach(module opt text view mirror stub)
    rp_test(test_cli_${module} rp_cli unit/cli/test_${module}.c)
endforeach()

# rp_e2e(PART [LABEL]...): tests/e2e/test_PART.py over the built program.
# `slow` ones run where nothing is in front of the program.
find_program(REPRISE_PYTHON python3)
function(rp_e2e part)
    if(NOT REPRISE_PYTHON)
        return()
    endif()
    add_test(NAME e2e_${part}
        COMMAND ${REPRISE_PYTHON} -B
            ${CMAKE_CURRENT_SOURCE_DIR}/e2e/test_${part}.py)
    set_tests_properties(e2e_${part} PROPERTIES
        LABELS "e2e;${ARGN}" TIMEOUT 200
        ENVIRONMENT "REPRISE_BIN=$<TARGET_FILE:reprise>;REPRISE_KILLS=50;REPRISE_RESUMES=15")
endfunction()

foreach(part golden
        cli_check
        cli_completion
        cli_diff
        cli_export
        cli_live
        cli_play
        cli_redact
        cli_replay
        cli_run
        cli_store
        cli_verify
        cli_verify_reports
        cli_w3c)
    rp_e2e(${part})
endforeach()
foreach(part clinical
        cli_bundle
        cli_fork
        cli_resume
        cli_retry
        cli_sweep
        hostile
        kills
        many)
    rp_e2e(${part} slow)
endforeach()
if(REPRISE_PYTHON)
    add_test(NAME example_clinical_workers
        COMMAND ${REPRISE_PYTHON} -B -m unittest discover
            ${PROJECT_SOURCE_DIR}/examples/clinical/tests)
endif()
