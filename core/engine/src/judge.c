/* Whether what a call delivered is an acceptable output, and if not, why: the
 * end of the worker first, then the form of the bytes, then the contract. */
#include "memo.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define DETAIL_BYTES_MAX 1024
#define VIOLATIONS_MAX 3

static struct verdict failed(struct rp_engine *e, enum rp_class class,
    enum rp_reason reason, const char *detail)
{
    return (struct verdict){
        class, reason, rp_arena_dup(e->session, rp_str_of(detail)), NULL};
}

/* ---- bytes to a document, by the agent's stdout mode ---- */

static struct verdict malformed_json(
    struct rp_engine *e, const struct rp_json_error *error)
{
    char detail[512];
    (void)snprintf(detail, sizeof(detail),
        "%s at line %" PRIu32 ", column %" PRIu32 ", byte %zu", error->message,
        error->place.line, error->place.column, error->place.byte);
    enum rp_reason reason = RP_REASON_OUTPUT_SYNTAX;
    if (error->limit) {
        reason = RP_REASON_OUTPUT_TOO_DEEP;
    } else if (error->truncated) {
        reason = RP_REASON_OUTPUT_TRUNCATED;
    } else if (error->trailing) {
        reason = RP_REASON_OUTPUT_TRAILING;
    } else if (error->duplicate) {
        reason = RP_REASON_OUTPUT_DUPLICATE;
    } else if (error->encoding) {
        reason = RP_REASON_OUTPUT_ENCODING;
    }
    return failed(e, RP_CLASS_MALFORMED, reason, detail);
}

static struct verdict parse_json(
    struct rp_engine *e, struct rp_str bytes, uint64_t bytes_max)
{
    struct rp_json_options options = RP_JSON_OPTIONS_INIT;
    options.duplicates = e->options.engine_rev >= 2 ? RP_JSON_DUPLICATES_REFUSE
                                                    : RP_JSON_DUPLICATES_ACCEPT;
    options.bytes_max = bytes_max > bytes.len ? bytes_max : bytes.len;
    struct rp_json_doc *doc = NULL;
    struct rp_json_error error;
    if (rp_json_read(&doc, bytes, &options, &error) != RP_OK) {
        return malformed_json(e, &error);
    }
    return (struct verdict){
        RP_CLASS_NONE, RP_REASON_NONE, "", rp__keep_doc(e, doc)};
}

static struct verdict parse_text(struct rp_engine *e, struct rp_str bytes)
{
    size_t bad = 0;
    if (!rp_utf8_valid(bytes, &bad)) {
        char detail[64];
        (void)snprintf(detail, sizeof(detail), "byte %zu is not UTF-8", bad);
        return failed(e, RP_CLASS_MALFORMED, RP_REASON_OUTPUT_ENCODING, detail);
    }
    const cJSON *value = rp__keep_tree(e, rp_json_new_string(bytes));
    return (struct verdict){RP_CLASS_NONE, RP_REASON_NONE, "", value};
}

/* Every line must be a document; the last one is the output. */
static struct verdict parse_jsonl(
    struct rp_engine *e, struct rp_str bytes, uint64_t bytes_max)
{
    struct verdict last = failed(e, RP_CLASS_MALFORMED, RP_REASON_OUTPUT_EMPTY,
        "no line holds a document");
    struct rp_str rest = bytes;
    while (rest.ptr != NULL) {
        struct rp_str line = rp_str_trim(rp_str_cut(rest, '\n', &rest));
        if (line.len == 0) {
            continue;
        }
        last = parse_json(e, line, bytes_max);
        if (last.class != RP_CLASS_NONE) {
            return last;
        }
    }
    return last;
}

static struct verdict parse(struct rp_engine *e,
    const struct rp_plan_agent *agent, const struct rp_completion *completion)
{
    struct rp_str bytes = completion->output;
    bool is_text = agent->stdout_mode == RP_STDOUT_TEXT;
    if (completion->output_cut) {
        return failed(e, RP_CLASS_MALFORMED, RP_REASON_OUTPUT_TOO_LARGE,
            "less was kept than the worker wrote");
    }
    if (!is_text && rp_str_trim(bytes).len == 0) {
        return failed(e, RP_CLASS_MALFORMED, RP_REASON_OUTPUT_EMPTY,
            "nothing was written to stdout");
    }
    switch (agent->stdout_mode) {
    case RP_STDOUT_JSON:
        return parse_json(e, bytes, agent->output_bytes_max);
    case RP_STDOUT_TEXT:
        return parse_text(e, bytes);
    case RP_STDOUT_JSONL:
        return parse_jsonl(e, bytes, agent->output_bytes_max);
    }
    RP_ASSERT(false);
    return (struct verdict){0};
}

/* ---- contract ---- */

struct listing {
    struct rp_buf text;
    uint32_t count;
};

static void list_violation(
    void *context, const struct rp_schema_violation *violation)
{
    struct listing *listing = context;
    if (listing->count++ > 0) {
        rp_buf_add_text(&listing->text, "; ");
    }
    rp_buf_addf(&listing->text, "%s: %s",
        violation->instance_pointer[0] == '\0' ? "(root)"
                                               : violation->instance_pointer,
        violation->message);
}

static enum rp_reason judge_contract(struct rp_engine *e,
    const struct rp_schema *schema, const cJSON *value,
    enum rp_reason when_broken, const char **detail)
{
    struct listing listing = {.count = 0};
    rp_buf_init(&listing.text, DETAIL_BYTES_MAX);
    struct rp_err err = RP_ERR_INIT;
    bool valid = false;
    enum rp_reason reason = RP_REASON_NONE;
    enum rp_code rc = rp_schema_judge(
        schema, value, &valid, VIOLATIONS_MAX, list_violation, &listing, &err);
    if (rc != RP_OK) {
        reason = RP_REASON_CONTRACT_UNDECIDED;
        *detail = rp_arena_dup(e->session, rp_str_of(err.text));
    } else if (!valid) {
        reason = when_broken;
        *detail = rp_arena_dup(e->session, rp_buf_str(&listing.text));
    }
    rp_buf_fini(&listing.text);
    return reason;
}

enum rp_reason rp__judge_contract(struct rp_engine *e,
    const struct rp_schema *schema, const cJSON *value,
    enum rp_reason when_broken, const char **detail)
{
    struct rp_memo *memo = e->options.memo;
    if (schema == NULL) {
        return RP_REASON_NONE;
    }
    struct rp__memo_text *text = memo == NULL || value->child == NULL
                                     ? NULL
                                     : rp__memo_value(memo, value->child);
    if (text == NULL) {
        return judge_contract(e, schema, value, when_broken, detail);
    }
    const struct verdict *known = rp__memo_recall(text, schema);
    if (known == NULL) {
        struct verdict verdict = {.detail = ""};
        verdict.reason =
            judge_contract(e, schema, value, when_broken, &verdict.detail);
        known = rp__memo_keep(
            memo, text, schema, &verdict, e, e->doc_count, e->tree_count);
    }
    if (known->reason != RP_REASON_NONE) {
        *detail = known->detail;
    }
    bool broken = known->reason != RP_REASON_NONE &&
                  known->reason != RP_REASON_CONTRACT_UNDECIDED;
    return broken ? when_broken : known->reason;
}

/* The output must speak of what was asked. */
static bool echoes(struct rp_engine *e, const struct task *task,
    const cJSON *value, const char **detail)
{
    for (uint32_t i = 0; i < task->agent->echo_count; i++) {
        struct rp_str pointer = rp_str_of(task->agent->echo[i]);
        const cJSON *asked = rp_json_at(task->input_value, pointer);
        const cJSON *told = rp_json_at(value, pointer);
        bool same =
            asked != NULL && told != NULL && rp_json_key_equal(asked, told);
        if (!same) {
            *detail = rp_arena_printf(e->session,
                "the output's '%.*s' is not the input's", RP_STR_ARG(pointer));
            return false;
        }
    }
    return true;
}

/* What can be said of the bytes without knowing what was asked. */
static struct verdict judge_bytes(struct rp_engine *e,
    const struct rp_plan_agent *agent, const struct rp_completion *completion)
{
    struct verdict verdict = parse(e, agent, completion);
    if (verdict.class != RP_CLASS_NONE) {
        return verdict;
    }
    const char *detail = "";
    enum rp_reason broken = rp__judge_contract(
        e, agent->output, verdict.value, RP_REASON_OUTPUT_CONTRACT, &detail);
    return broken == RP_REASON_NONE
               ? verdict
               : (struct verdict){RP_CLASS_CONTRACT, broken, detail, NULL};
}

/* The same, or what was said of them before. */
static struct verdict recall_bytes(struct rp_engine *e,
    const struct rp_plan_agent *agent, const struct rp_completion *completion)
{
    struct rp__memo_text *text =
        completion->output_cut
            ? NULL
            : rp__memo_text(e->options.memo, completion->output);
    if (text == NULL) {
        return judge_bytes(e, agent, completion);
    }
    const struct verdict *known = rp__memo_recall(text, agent);
    if (known == NULL) {
        uint32_t docs = e->doc_count;
        uint32_t trees = e->tree_count;
        struct verdict verdict = judge_bytes(e, agent, completion);
        known = rp__memo_keep(
            e->options.memo, text, agent, &verdict, e, docs, trees);
    }
    return *known;
}

/* ---- the end of the worker ---- */

static bool is_whole(struct rp_engine *e, const struct task *task,
    const struct rp_completion *completion)
{
    return parse(e, task->agent, completion).class == RP_CLASS_NONE;
}

static struct verdict judge_exit(struct rp_engine *e, const struct task *task,
    const struct rp_completion *completion)
{
    char detail[320];
    (void)snprintf(detail, sizeof(detail), "exit status %" PRId32 "%s%s",
        completion->exit_status, completion->message[0] == '\0' ? "" : ": ",
        completion->message);
    bool full = completion->output.len > 0 && is_whole(e, task, completion);
    return failed(e, RP_CLASS_EXIT,
        full ? RP_REASON_EXIT_NONZERO_FULL : RP_REASON_EXIT_NONZERO, detail);
}

static struct verdict judge_signal(struct rp_engine *e, const struct task *task,
    const struct rp_completion *completion)
{
    char detail[64];
    (void)snprintf(
        detail, sizeof(detail), "signal %" PRId32, completion->signal);
    bool full = completion->output.len > 0 && is_whole(e, task, completion);
    return failed(e, RP_CLASS_CRASH,
        full ? RP_REASON_SIGNALED_FULL : RP_REASON_SIGNALED, detail);
}

static struct verdict judge_output(struct rp_engine *e, const struct task *task,
    const struct rp_completion *completion)
{
    struct verdict verdict = recall_bytes(e, task->agent, completion);
    const char *detail = "";
    if (verdict.class == RP_CLASS_NONE &&
        !echoes(e, task, verdict.value, &detail)) {
        verdict = (struct verdict){
            RP_CLASS_CONTRACT, RP_REASON_ECHO_MISMATCH, detail, NULL};
    }
    if (verdict.class == RP_CLASS_NONE && completion->pipe_held) {
        verdict.reason = RP_REASON_PIPE_HELD;
    }
    return verdict;
}

static struct verdict judge_killed(struct rp_engine *e, const struct task *task,
    const struct rp_completion *completion)
{
    if (completion->why == RP_REASON_HUNG_AFTER_OUTPUT) {
        struct verdict verdict = judge_output(e, task, completion);
        if (verdict.class == RP_CLASS_NONE) {
            verdict.reason = RP_REASON_HUNG_AFTER_OUTPUT;
        }
        return verdict;
    }
    if (completion->why == RP_REASON_OUTPUT_TOO_LARGE) {
        return failed(e, RP_CLASS_MALFORMED, RP_REASON_OUTPUT_TOO_LARGE,
            completion->message);
    }
    return failed(e, RP_CLASS_CRASH, RP_REASON_SIGNALED, completion->message);
}

struct verdict rp__judge(struct rp_engine *e, const struct task *task,
    const struct rp_completion *completion)
{
    switch (completion->end) {
    case RP_END_EXITED:
        return completion->exit_status == 0 ? judge_output(e, task, completion)
                                            : judge_exit(e, task, completion);
    case RP_END_SIGNALED:
        return judge_signal(e, task, completion);
    case RP_END_KILLED:
        return judge_killed(e, task, completion);
    case RP_END_SPAWN:
        return failed(
            e, RP_CLASS_SPAWN, RP_REASON_SPAWN_FAILED, completion->message);
    case RP_END_TRANSPORT:
        return failed(
            e, RP_CLASS_TRANSPORT, RP_REASON_TRANSPORT, completion->message);
    case RP_END_THROTTLED:
        return failed(
            e, RP_CLASS_THROTTLED, RP_REASON_THROTTLED, completion->message);
    case RP_END_LOST:
        return failed(e, RP_CLASS_LOST, RP_REASON_LOST, completion->message);
    }
    RP_ASSERT(false);
    return (struct verdict){0};
}
