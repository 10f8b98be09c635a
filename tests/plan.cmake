# The plan reader, part of floor engine.
foreach(part read frozen problems)
    rp_test(test_plan_${part} rp_engine
        unit/engine/test_plan_${part}.c unit/engine/plan_probe.c)
endforeach()
