# How to build each transport and make its workers do things.
add_library(rp_test_makers STATIC
    contract/maker_scripted.c
    contract/maker_journal.c
    contract/maker_exec.c)
target_include_directories(rp_test_makers PUBLIC contract unit/replay)
target_link_libraries(rp_test_makers PUBLIC rp_test_rehearsal rp_faultinject
    rp_io PRIVATE rp_build)
target_compile_definitions(rp_test_makers PRIVATE _GNU_SOURCE)
set_target_properties(rp_test_makers PROPERTIES C_EXTENSIONS OFF)

# One suite over every transport: what transport.h promises.
rp_test(test_transport_contract rp_test_makers
    contract/test_transport_contract.c
    contract/transport_contract.c)
target_compile_definitions(test_transport_contract PRIVATE _GNU_SOURCE)
set_tests_properties(test_transport_contract PROPERTIES TIMEOUT 1800)

# Faults over every transport.
rp_test(test_fault_live rp_test_makers unit/faultinject/test_fault_live.c)
target_compile_definitions(test_fault_live PRIVATE _GNU_SOURCE)
