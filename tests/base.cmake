# Floor base: one program a module.
foreach(module err mem buf str time digest id rng)
    rp_test(test_${module} rp_base unit/base/test_${module}.c)
endforeach()
rp_test(json_suite rp_base unit/base/json_suite.c)
