#include "faults_arg.h"

#include "say.h"

#define TEXT_BYTES_MAX ((size_t)1 << 20)

static bool failed(const struct rp__args *args, const struct rp_err *err)
{
    rp__say(args->command->name, "--fault: %s; nothing was started", err->text);
    rp__say_next("write it as in --fault 'labs : hang'; reprise schema "
                 "rules has the long form");
    return false;
}

bool rp__faults_arg_parse(struct rp__faults_arg *out,
    const struct rp__args *args, const struct rp_plan *plan)
{
    struct rp_err err = RP_ERR_INIT;
    const char *text;
    *out = (struct rp__faults_arg){.rules = {.count = 0}};
    rp_buf_init(&out->text, TEXT_BYTES_MAX);
    for (uint32_t i = 0; (text = rp__opt_list(args, "fault", i)) != NULL; i++) {
        if (rp_fault_rule_add(&out->rules, rp_str_of(text), &err) != RP_OK) {
            return failed(args, &err);
        }
    }
    if (rp_fault_rules_fit(&out->rules, plan, &err) != RP_OK) {
        return failed(args, &err);
    }
    if (out->rules.count > 0) {
        rp_fault_rules_write(&out->text, &out->rules);
    }
    return true;
}

void rp__faults_arg_fini(struct rp__faults_arg *faults)
{
    rp_buf_fini(&faults->text);
}

struct rp_str rp__faults_arg_text(const struct rp__faults_arg *faults)
{
    return rp_buf_str(&faults->text);
}
