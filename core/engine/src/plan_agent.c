/* plan_agent.c - agents and the defaults they start from. */
#include "plan_reader.h"

#include <stdlib.h>
#include <string.h>

#include <reprise/limits.h>

static rp__plan_read_value read_backoff, read_classes, read_retry;

/* --- tables ------------------------------------------------------------- */

static const char *const stdin_words[] = {"task", "input", "text", "none"};
static const char *const stdout_words[] = {"json", "text", "jsonl"};
static const char *const effects_words[] = {"external", "idempotent", "none"};
static const struct rp__plan_words stdin_detail = {stdin_words, 4};
static const struct rp__plan_words stdout_detail = {stdout_words, 3};
static const struct rp__plan_words effects_detail = {effects_words, 3};
static const struct rp__plan_span some_time = {.zero = false, .off = false};
static const struct rp__plan_span some_time_or_off = {.off = true};
static const struct rp__plan_span any_time = {.zero = true};
static const struct rp__plan_range attempts_range = {1, RP_ATTEMPTS_MAX};

#define HINT_SIZE "write 64KiB, 16MiB or 4096B"
#define HINT_BACKOFF "write 200ms..5s, or 1s for equal pauses"
#define LATER(kind, how)                                                       \
    {                                                                          \
        kind, RP__PLAN_ANY, false, rp__plan_read_later, 0,                     \
            "this version runs 'exec' agents, not \"" kind "\"", how           \
    }
#define AT(member) offsetof(struct rp__plan_draft, agent.member)

static const struct rp__plan_field retry_fields[] = {
    {"attempts", RP__PLAN_NUMBER, false, rp__plan_read_count,
        offsetof(struct rp_retry, attempts), &attempts_range, NULL},
    {"backoff", RP__PLAN_STRING, false, read_backoff, 0, NULL, HINT_BACKOFF},
    {"on", RP__PLAN_ARRAY, false, read_classes, offsetof(struct rp_retry, on),
        NULL, "write [\"timeout\", \"crash\"]"},
};
static const struct rp__plan_shape retry_shape = {
    "\"retry\"", retry_fields, RP_COUNT_OF(retry_fields)};

/* What an agent has and `defaults` may give. */
#define LIMIT_FIELDS                                                           \
    {"timeout", RP__PLAN_STRING, false, rp__plan_read_duration, AT(timeout),   \
        &some_time, RP__PLAN_HINT_DURATION},                                   \
        {"idle", RP__PLAN_STRING, false, rp__plan_read_duration, AT(idle),     \
            &some_time_or_off, RP__PLAN_HINT_DURATION},                        \
        {"deadline", RP__PLAN_STRING, false, rp__plan_read_duration,           \
            AT(deadline), &some_time_or_off, RP__PLAN_HINT_DURATION},          \
        {"grace", RP__PLAN_STRING, false, rp__plan_read_duration, AT(grace),   \
            &any_time, RP__PLAN_HINT_DURATION},                                \
        {"linger", RP__PLAN_STRING, false, rp__plan_read_duration, AT(linger), \
            &any_time, RP__PLAN_HINT_DURATION},                                \
        {"retry", RP__PLAN_OBJECT, false, read_retry, AT(retry), NULL,         \
            "write { \"attempts\": 3 }"},                                      \
        {"effects", RP__PLAN_STRING, false, rp__plan_read_word, AT(effects),   \
            &effects_detail, NULL},                                            \
        {"stdin", RP__PLAN_STRING, false, rp__plan_read_word, AT(stdin_mode),  \
            &stdin_detail, NULL},                                              \
        {"stdout", RP__PLAN_STRING, false, rp__plan_read_word,                 \
            AT(stdout_mode), &stdout_detail, NULL},                            \
    {                                                                          \
        "output_max", RP__PLAN_STRING, false, rp__plan_read_size,              \
            AT(output_bytes_max), NULL, HINT_SIZE                              \
    }

static const struct rp__plan_field default_fields[] = {LIMIT_FIELDS};
static const struct rp__plan_shape defaults_shape = {
    "\"defaults\"", default_fields, RP_COUNT_OF(default_fields)};

static const struct rp__plan_field agent_fields[] = {
    {"exec", RP__PLAN_ARRAY, false, rp__plan_read_exec, AT(exec), NULL,
        RP__PLAN_HINT_EXEC},
    {"env", RP__PLAN_OBJECT, false, rp__plan_read_env, 0, NULL,
        "write { \"NAME\": \"value\" }"},
    {"cwd", RP__PLAN_STRING, false, rp__plan_read_cwd, 0, NULL, NULL},
    {"input", RP__PLAN_OBJECT | RP__PLAN_BOOL, false, rp__plan_read_contract,
        offsetof(struct rp__plan_draft, source.input), NULL,
        "write a JSON Schema"},
    {"output", RP__PLAN_OBJECT | RP__PLAN_BOOL, false, rp__plan_read_contract,
        offsetof(struct rp__plan_draft, source.output), NULL,
        "write a JSON Schema"},
    {"contract", RP__PLAN_OBJECT, false, rp__plan_read_agent_contract, 0, NULL,
        NULL},
    LIMIT_FIELDS,
    {"optional", RP__PLAN_BOOL, false, rp__plan_read_bool, AT(optional), NULL,
        NULL},
    {"fallback", RP__PLAN_OBJECT, false, rp__plan_read_node,
        offsetof(struct rp__plan_draft, fallback), NULL,
        "write { \"agent\": \"name\" } or { \"value\": ... }"},
    LATER("chat", "call the model from a program and give that as \"exec\""),
    LATER("http", "call the service from a program, as curl, with \"exec\""),
    LATER("mcp", "call the tool from a program and give that as \"exec\""),
    LATER("queue", "send the message from a program with \"exec\""),
};
static const struct rp__plan_shape agent_shape = {
    "an agent", agent_fields, RP_COUNT_OF(agent_fields)};

static const char *const other_kinds[] = {"chat", "http", "mcp", "queue"};

/* --- agents ------------------------------------------------------------- */

void rp__plan_defaults_init(struct rp__plan_reader *reader)
{
    reader->defaults = (struct rp_plan_agent){
        .timeout = {60 * RP_NS_PER_S},
        .idle = RP_DURATION_FOREVER,
        .deadline = RP_DURATION_FOREVER,
        .grace = {2 * RP_NS_PER_S},
        .linger = {1 * RP_NS_PER_S},
        .output_bytes_max = RP_OUTPUT_BYTES_MAX,
        .retry =
            {
                .attempts = 1,
                .backoff_min = {200 * RP_NS_PER_MS},
                .backoff_max = {5 * RP_NS_PER_S},
                .on = 1u << RP_CLASS_TIMEOUT | 1u << RP_CLASS_IDLE |
                      1u << RP_CLASS_CRASH | 1u << RP_CLASS_EXIT |
                      1u << RP_CLASS_MALFORMED | 1u << RP_CLASS_CONTRACT |
                      1u << RP_CLASS_THROTTLED | 1u << RP_CLASS_TRANSPORT,
            },
    };
}

void rp__plan_read_defaults(struct rp__plan_reader *reader, const cJSON *value,
    void *target, const struct rp__plan_field *field)
{
    (void)target;
    (void)field;
    struct rp__plan_draft draft = {.agent = reader->defaults};
    (void)rp__plan_shape_read(reader, &defaults_shape, value, &draft);
    reader->defaults = draft.agent;
}

static void read_fallback(
    struct rp__plan_reader *reader, struct rp__plan_draft *draft);

static void finish_agent(
    struct rp__plan_reader *reader, struct rp__plan_draft *draft)
{
    const cJSON *node = draft->source.node;
    draft->agent.input =
        draft->source.input != NULL ? draft->source.input->schema : NULL;
    draft->agent.output =
        draft->source.output != NULL ? draft->source.output->schema : NULL;
    if (draft->fallback != NULL) {
        read_fallback(reader, draft);
    }
    if (draft->agent.exec != NULL) {
        rp__plan_find_program(reader, draft);
        return;
    }
    for (size_t i = 0; i < RP_COUNT_OF(other_kinds); i++) {
        if (rp_json_get(node, other_kinds[i]) != NULL) {
            return; /* was reported */
        }
    }
    if (rp_json_get(node, "exec") == NULL) {
        rp__plan_problem(reader, node, RP__PLAN_HINT_EXEC,
            "an agent needs the key \"exec\"");
    }
}

static void read_agent(
    struct rp__plan_reader *reader, const cJSON *value, uint32_t index)
{
    struct rp__plan_draft draft = {
        .agent = reader->defaults, .source.node = value};
    draft.agent.index = index;
    draft.agent.name = reader->agents[index].name;
    (void)rp__plan_name_check(reader, value, rp_str_of(value->string), true);
    if (rp__plan_shape_read(reader, &agent_shape, value, &draft)) {
        finish_agent(reader, &draft);
    }
    reader->agents[index] = draft.agent;
    reader->whole->sources[index] = draft.source;
}

/* Each agent once: a walk that meets its own mark has gone round. */
static void check_circles(struct rp__plan_reader *reader)
{
    uint32_t count = reader->whole->plan.agent_count;
    uint32_t *mark = rp_arena_array(reader->arena, count + 1u, sizeof(*mark));
    for (uint32_t i = 0; i < count; i++) {
        const struct rp_plan_agent *at = &reader->agents[i];
        while (at != NULL && mark[at->index] == 0) {
            mark[at->index] = i + 1;
            at = at->fallback_agent;
        }
        if (at != NULL && mark[at->index] == i + 1) {
            const cJSON *node = reader->whole->sources[at->index].node;
            rp__plan_problem(reader, rp_json_get(node, "fallback"),
                "end the chain with an agent without a fallback, or a value",
                "the fallbacks of \"%s\" lead back to it", at->name);
        }
    }
}

void rp__plan_read_agents(struct rp__plan_reader *reader, const cJSON *value,
    void *target, const struct rp__plan_field *field)
{
    (void)target;
    (void)field;
    struct rp_plan *plan = &reader->whole->plan;
    uint32_t count = 0;
    const cJSON **members = rp__plan_members_sorted(reader, value, &count);
    if (count > RP_PLAN_AGENTS_MAX) {
        rp__plan_problem(reader, value, NULL,
            "%u agents are more than the %d a plan may have", count,
            RP_PLAN_AGENTS_MAX);
        return;
    }
    reader->agents =
        rp_arena_array(reader->arena, count, sizeof(*reader->agents));
    reader->whole->sources =
        rp_arena_array(reader->arena, count, sizeof(*reader->whole->sources));
    plan->agents = reader->agents;
    plan->agent_count = count;
    for (uint32_t i = 0; i < count; i++) { /* names first, for fallbacks */
        reader->agents[i].index = i;
        reader->agents[i].name =
            rp_arena_dup(reader->arena, rp_str_of(members[i]->string));
    }
    for (uint32_t i = 0; i < count; i++) {
        read_agent(reader, members[i], i);
    }
    check_circles(reader);
}

const struct rp_plan_agent *rp__plan_agent_named(
    struct rp__plan_reader *reader, const cJSON *value)
{
    const struct rp_plan *plan = &reader->whole->plan;
    struct rp_str name = rp_str_of(value->valuestring);
    const struct rp_plan_agent *agent = rp_plan_agent(plan, name);
    if (agent != NULL || reader->agents == NULL) {
        return agent; /* without agents that was the problem */
    }
    const char **names =
        rp_arena_array(reader->arena, plan->agent_count, sizeof(*names));
    for (uint32_t i = 0; i < plan->agent_count; i++) {
        names[i] = plan->agents[i].name;
    }
    rp__plan_problem(reader, value,
        rp__plan_nearest(reader, name, names, plan->agent_count, NULL),
        "no agent %s", rp__plan_shown(reader, value));
    return NULL;
}

/* --- fallback ----------------------------------------------------------- */

struct fallback {
    const cJSON *agent, *value;
};
static const struct rp__plan_field fallback_fields[] = {
    {"agent", RP__PLAN_STRING, false, rp__plan_read_node,
        offsetof(struct fallback, agent), NULL, "write an agent's name"},
    {"value", RP__PLAN_ANY, false, rp__plan_read_node,
        offsetof(struct fallback, value), NULL, NULL},
};
static const struct rp__plan_shape fallback_shape = {
    "\"fallback\"", fallback_fields, RP_COUNT_OF(fallback_fields)};

static void read_fallback(
    struct rp__plan_reader *reader, struct rp__plan_draft *draft)
{
    struct fallback fallback = {NULL, NULL};
    uint32_t before = reader->problems->count;
    (void)rp__plan_shape_read(
        reader, &fallback_shape, draft->fallback, &fallback);
    if (reader->problems->count > before) {
        return; /* one mistake, one problem */
    }
    if ((fallback.agent == NULL) == (fallback.value == NULL)) {
        rp__plan_problem(reader, draft->fallback,
            "write { \"agent\": \"name\" } or { \"value\": ... }",
            "a fallback is one agent or one value");
        return;
    }
    if (fallback.value != NULL) {
        draft->agent.fallback = RP_FALLBACK_VALUE;
        draft->agent.fallback_value = fallback.value;
        rp__plan_contract_judge(reader, draft->source.output, fallback.value,
            NULL, "the fallback breaks the agent's output contract");
    } else {
        draft->agent.fallback = RP_FALLBACK_AGENT;
        draft->agent.fallback_agent =
            rp__plan_agent_named(reader, fallback.agent);
    }
}

/* --- retry -------------------------------------------------------------- */

static void read_retry(struct rp__plan_reader *reader, const cJSON *value,
    void *target, const struct rp__plan_field *field)
{
    (void)field;
    (void)rp__plan_shape_read(reader, &retry_shape, value, target);
}

/* "200ms..5s", or one duration for both ends. */
static void read_backoff(struct rp__plan_reader *reader, const cJSON *value,
    void *target, const struct rp__plan_field *field)
{
    (void)field;
    struct rp_retry *retry = target;
    const char *text = value->valuestring;
    const char *dots = strstr(text, "..");
    struct rp_str low = rp_str_of(text);
    struct rp_str high = low;
    if (dots != NULL) {
        low.len = (size_t)(dots - text);
        high = rp_str_of(dots + 2);
    }
    struct rp_duration min, max;
    if (!rp__plan_duration(reader, value, low, &min) ||
        !rp__plan_duration(reader, value, high, &max)) {
        return;
    }
    if (min.ns > max.ns) {
        rp__plan_problem(reader, value, HINT_BACKOFF,
            "%s begins with the longer pause", rp__plan_shown(reader, value));
        return;
    }
    retry->backoff_min = min;
    retry->backoff_max = max;
}

static bool is_retried(enum rp_class value)
{
    return value != RP_CLASS_NONE && value != RP_CLASS_CANCELLED &&
           value != RP_CLASS_BUDGET;
}

static void refuse_class(struct rp__plan_reader *reader, const cJSON *word)
{
    const char *names[RP_CLASS_COUNT];
    size_t count = 0;
    for (unsigned i = 0; i < RP_CLASS_COUNT; i++) {
        if (is_retried((enum rp_class)i)) {
            names[count++] = rp_class_name((enum rp_class)i);
        }
    }
    struct rp_str text = rp_str_of(word->valuestring);
    enum rp_class known;
    if (rp_class_parse(text, &known)) {
        rp__plan_problem(reader, word, "leave it out",
            "\"%s\" is never tried again", word->valuestring);
        return;
    }
    rp__plan_problem(reader, word,
        rp__plan_nearest(reader, text, names, count,
            rp__plan_choice(reader, "one of ", names, count)),
        "%s is not a way to fail", rp__plan_shown(reader, word));
}

static void read_classes(struct rp__plan_reader *reader, const cJSON *value,
    void *target, const struct rp__plan_field *field)
{
    (void)field;
    uint32_t bits = 0;
    for (const cJSON *it = value->child; it != NULL; it = it->next) {
        enum rp_class class;
        if (!rp__plan_type_is(reader, it, RP__PLAN_STRING, NULL)) {
            continue;
        }
        if (!rp_class_parse(rp_str_of(it->valuestring), &class) ||
            !is_retried(class)) {
            refuse_class(reader, it);
            continue;
        }
        bits |= 1u << class;
    }
    *(uint32_t *)target = bits;
}
