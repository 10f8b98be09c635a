rp_fuzz(fuzz_text rp_base fuzz_text.c)
rp_fuzz(fuzz_json rp_base fuzz_json.c)
rp_fuzz(fuzz_schema rp_base fuzz_schema.c)
rp_fuzz(fuzz_plan rp_engine fuzz_plan.c)
