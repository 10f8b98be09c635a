# JSON Schema, part of floor base.
foreach(part keywords messages errors refs text hostile)
    rp_test(test_schema_${part} rp_base
        unit/base/test_schema_${part}.c unit/base/schema_probe.c)
endforeach()

# The official suite, when REPRISE_SCHEMA_SUITE names a checkout of it.
rp_test(schema_suite rp_base unit/base/schema_suite.c)

# Exact numbers and URIs have no public header.
rp_test(test_schema_parts rp_base unit/base/test_schema_parts.c)
target_include_directories(test_schema_parts PRIVATE
    ${PROJECT_SOURCE_DIR}/core/base/src)
