# Floor replay: one program a module, one line each.
add_library(rp_test_journal STATIC support/altered.c support/verified.c)
target_link_libraries(rp_test_journal PUBLIC rp_test_stage rp_replay
    PRIVATE rp_build)
set_target_properties(rp_test_journal PROPERTIES C_EXTENSIONS OFF)
add_library(rp_test_rehearsal STATIC unit/replay/rehearsal.c)
target_link_libraries(rp_test_rehearsal PUBLIC rp_test_journal rp_faultinject
    PRIVATE rp_build)
set_target_properties(rp_test_rehearsal PROPERTIES C_EXTENSIONS OFF)
rp_test(test_bundle rp_test_journal unit/replay/test_bundle.c)
target_compile_definitions(test_bundle PRIVATE _GNU_SOURCE)
rp_test(test_compare rp_test_rehearsal unit/replay/test_compare.c)
rp_test(test_redact rp_test_journal unit/replay/test_redact.c)
target_include_directories(test_redact PRIVATE ${PROJECT_SOURCE_DIR}/replay/src)
rp_test(test_rerun rp_test_rehearsal unit/replay/test_rerun.c)
rp_test(test_rerun_any rp_test_rehearsal unit/replay/test_rerun_any.c)
rp_test(test_transport_journal rp_test_rehearsal
    unit/replay/test_transport_journal.c)
rp_test(test_verify rp_test_journal unit/replay/test_verify.c)
rp_test(test_verify_contract rp_test_journal
    unit/replay/test_verify_contract.c)
rp_test(test_verify_any rp_test_journal unit/replay/test_verify_any.c)
rp_test(test_recording rp_test_journal unit/replay/test_recording.c)
rp_test(test_resume rp_test_journal unit/replay/test_resume.c)

# Each scenario a second time, verified from its records alone.
foreach(scenario flow late)
    rp_test(verified_${scenario} rp_test_journal scenario/test_${scenario}.c)
    target_compile_definitions(verified_${scenario} PRIVATE
        stage_play=verified_play stage_run=verified_run)
endforeach()
