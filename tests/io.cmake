foreach(module transport_exec keeper control)
    rp_test(test_${module} rp_io unit/io/test_${module}.c)
    target_compile_definitions(test_${module} PRIVATE _GNU_SOURCE)
endforeach()
