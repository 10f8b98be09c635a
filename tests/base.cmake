# Floor base: one program a module.
foreach(module err mem buf str time digest id rng trace_context)
    rp_test(test_${module} rp_base unit/base/test_${module}.c)
endforeach()

# What is safe to call from several threads is called from several threads.
find_package(Threads REQUIRED)
rp_test(test_digest_threads rp_base unit/base/test_digest_threads.c)
target_link_libraries(test_digest_threads PRIVATE Threads::Threads)
set_tests_properties(test_digest_threads PROPERTIES LABELS threads)
foreach(module read node write key diff)
    rp_test(test_json_${module} rp_base unit/base/test_json_${module}.c)
endforeach()
rp_test(json_suite rp_base unit/base/json_suite.c)
