# Floor faultinject: rules, and the decorator over scripted workers.
foreach(part alter change expect rule match inject trigger)
    rp_test(test_fault_${part} rp_test_stage
        unit/faultinject/test_fault_${part}.c)
    target_link_libraries(test_fault_${part} PRIVATE rp_faultinject)
endforeach()
