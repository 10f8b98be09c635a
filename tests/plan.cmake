# The plan reader, part of floor engine.
foreach(part read frozen problems problem hostile format)
    rp_test(test_plan_${part} rp_engine
        unit/engine/test_plan_${part}.c unit/engine/plan_probe.c)
endforeach()

# The format's schema, as an editor reads it.
target_compile_definitions(test_plan_format PRIVATE
    RP_PLAN_SCHEMA_FILE="${PROJECT_SOURCE_DIR}/docs/plan.schema.json")

# Templates have no public header.
rp_test(test_plan_template rp_engine
    unit/engine/test_plan_template.c unit/engine/plan_probe.c)
target_include_directories(test_plan_template PRIVATE
    ${PROJECT_SOURCE_DIR}/core/engine/src)
