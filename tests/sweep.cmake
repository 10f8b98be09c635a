# Floor sweep: scripted sessions, swept.
add_library(rp_test_swept STATIC unit/sweep/swept.c)
target_link_libraries(rp_test_swept PUBLIC rp_test_stage rp_sweep
    PRIVATE rp_build PkgConfig::cmocka)
set_target_properties(rp_test_swept PROPERTIES C_EXTENSIONS OFF)
rp_test(test_sweep rp_test_swept unit/sweep/test_sweep.c)
rp_test(test_sweep_crash rp_test_swept unit/sweep/test_sweep_crash.c)
rp_test(test_sweep_pace rp_test_swept unit/sweep/test_sweep_pace.c)
rp_test(test_sweep_judge rp_test_swept unit/sweep/test_sweep_judge.c)
rp_test(test_sweep_memo rp_test_swept unit/sweep/test_sweep_memo.c)
rp_test(test_sweep_shrink rp_test_swept unit/sweep/test_sweep_shrink.c)
rp_test(test_sweep_trust rp_test_swept unit/sweep/test_sweep_trust.c)
rp_test(test_sweep_stored rp_test_swept unit/sweep/test_sweep_stored.c)
target_compile_definitions(test_sweep_stored PRIVATE _GNU_SOURCE)
