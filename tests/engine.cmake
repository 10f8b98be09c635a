# Scripted workers, virtual clock, memory store: what scenarios stand on.
add_library(rp_test_stage STATIC support/scripted.c support/stage.c)
target_include_directories(rp_test_stage PUBLIC support)
target_link_libraries(rp_test_stage PUBLIC rp_engine PkgConfig::cmocka
    PRIVATE rp_build)
set_target_properties(rp_test_stage PROPERTIES C_EXTENSIONS OFF)

rp_test(test_flow rp_test_stage scenario/test_flow.c)
rp_test(test_late rp_test_stage scenario/test_late.c)
