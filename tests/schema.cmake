# JSON Schema, part of floor base.
rp_test(schema_suite rp_base unit/base/schema_suite.c)
