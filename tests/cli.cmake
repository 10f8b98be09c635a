# Floor cli: one program a module, and the built program from end to end.
foreach(module opt text view metrics mirror stub)
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
        ENVIRONMENT "REPRISE_BIN=$<TARGET_FILE:reprise>;REPRISE_KILLS=50;REPRISE_RESUMES=100")
endfunction()

# One a line, in any order.
rp_e2e(bad_disk slow)
rp_e2e(cli_care slow)
rp_e2e(cli_check)
rp_e2e(cli_completion)
rp_e2e(cli_diff)
rp_e2e(cli_export)
rp_e2e(cli_import)
rp_e2e(cli_live)
rp_e2e(cli_metrics slow)
rp_e2e(cli_order slow)
rp_e2e(cli_otlp slow)
rp_e2e(cli_play)
rp_e2e(cli_receipt slow)
rp_e2e(cli_redact)
rp_e2e(cli_replay)
rp_e2e(cli_replay_matching slow)
rp_e2e(cli_run)
rp_e2e(cli_store)
rp_e2e(cli_telemetry)
rp_e2e(cli_usage)
rp_e2e(cli_verify)
rp_e2e(cli_verify_reports)
rp_e2e(cli_views)
rp_e2e(cli_w3c)
rp_e2e(golden)
rp_e2e(clinical slow)
rp_e2e(clinical_forks slow)
rp_e2e(cli_bundle slow)
rp_e2e(cli_faults slow)
rp_e2e(cli_fork slow)
rp_e2e(cli_resume slow)
rp_e2e(cli_retry slow)
rp_e2e(cli_sweep slow)
rp_e2e(sweep_mutants slow)
rp_e2e(sweep_reports slow)
rp_e2e(sweep_runs slow)
if(REPRISE_PYTHON)
    set_tests_properties(e2e_cli_sweep e2e_sweep_mutants e2e_sweep_reports
        e2e_sweep_runs PROPERTIES TIMEOUT 600)
endif()
rp_e2e(foreign slow)
rp_e2e(hostile slow)
rp_e2e(kills slow)
rp_e2e(many slow)
rp_e2e(otlp_random slow)
rp_e2e(peers slow)
rp_e2e(jaeger slow)
rp_e2e(telemetry_registry slow)
rp_e2e(w3c_harness slow)
rp_e2e(random_plans slow)
if(REPRISE_PYTHON AND TARGET test_tracer_otlp_trip)
    set_property(TEST e2e_otlp_random APPEND PROPERTY
        ENVIRONMENT "RP_TRIP=$<TARGET_FILE:test_tracer_otlp_trip>")
endif()
if(REPRISE_PYTHON)
    add_test(NAME example_clinical_workers
        COMMAND ${REPRISE_PYTHON} -B -m unittest discover
            ${PROJECT_SOURCE_DIR}/examples/clinical/tests)
endif()

# A disk that fails, for test_bad_disk.py: preloaded, so without sanitizers.
if(REPRISE_PYTHON)
    add_library(rp_badfs MODULE support/badfs.c)
    target_compile_definitions(rp_badfs PRIVATE _GNU_SOURCE)
    target_link_libraries(rp_badfs PRIVATE ${CMAKE_DL_LIBS})
    set_property(TEST e2e_bad_disk APPEND PROPERTY
        ENVIRONMENT "REPRISE_BADFS_LIBRARY=$<TARGET_FILE:rp_badfs>")
endif()
