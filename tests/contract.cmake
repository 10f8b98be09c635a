# One suite over every transport: what transport.h promises.
rp_test(test_transport_contract rp_test_rehearsal
    contract/test_transport_contract.c
    contract/transport_contract.c
    contract/maker_scripted.c
    contract/maker_journal.c
    contract/maker_exec.c)
target_include_directories(test_transport_contract PRIVATE
    contract unit/replay)
target_link_libraries(test_transport_contract PRIVATE rp_faultinject rp_io)
target_compile_definitions(test_transport_contract PRIVATE _GNU_SOURCE)
set_tests_properties(test_transport_contract PROPERTIES TIMEOUT 120)
