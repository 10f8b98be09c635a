/* plan_names.c - the words of a plan's enums. */
#include <reprise/plan.h>

static const char *const class_names[RP_CLASS_COUNT] = {
    [RP_CLASS_NONE] = "",
    [RP_CLASS_SPAWN] = "spawn",
    [RP_CLASS_TIMEOUT] = "timeout",
    [RP_CLASS_IDLE] = "idle",
    [RP_CLASS_CRASH] = "crash",
    [RP_CLASS_EXIT] = "exit",
    [RP_CLASS_MALFORMED] = "malformed",
    [RP_CLASS_CONTRACT] = "contract",
    [RP_CLASS_TRANSPORT] = "transport",
    [RP_CLASS_THROTTLED] = "throttled",
    [RP_CLASS_CANCELLED] = "cancelled",
    [RP_CLASS_LOST] = "lost",
    [RP_CLASS_BUDGET] = "budget",
};

const char *rp_class_name(enum rp_class value)
{
    RP_ASSERT((unsigned)value < RP_CLASS_COUNT);
    return class_names[value];
}

bool rp_class_parse(struct rp_str text, enum rp_class *out)
{
    for (unsigned i = RP_CLASS_NONE + 1; i < RP_CLASS_COUNT; i++) {
        if (rp_str_is(text, class_names[i])) {
            *out = (enum rp_class)i;
            return true;
        }
    }
    return false;
}

const char *rp_effects_name(enum rp_effects value)
{
    static const char *const names[] = {
        [RP_EFFECTS_EXTERNAL] = "external",
        [RP_EFFECTS_IDEMPOTENT] = "idempotent",
        [RP_EFFECTS_NONE] = "none",
    };
    RP_ASSERT((unsigned)value < RP_COUNT_OF(names));
    return names[value];
}

const char *rp_stdin_mode_name(enum rp_stdin_mode value)
{
    static const char *const names[] = {
        [RP_STDIN_TASK] = "task",
        [RP_STDIN_INPUT] = "input",
        [RP_STDIN_TEXT] = "text",
        [RP_STDIN_NONE] = "none",
    };
    RP_ASSERT((unsigned)value < RP_COUNT_OF(names));
    return names[value];
}

const char *rp_stdout_mode_name(enum rp_stdout_mode value)
{
    static const char *const names[] = {
        [RP_STDOUT_JSON] = "json",
        [RP_STDOUT_TEXT] = "text",
        [RP_STDOUT_JSONL] = "jsonl",
    };
    RP_ASSERT((unsigned)value < RP_COUNT_OF(names));
    return names[value];
}
