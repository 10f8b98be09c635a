#include "sweep_line.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/* ---- writing ---- */

static void add_text(struct rp_buf *out, const char *name, const char *text)
{
    rp_buf_addf(out, "\"%s\":", name);
    rp_json_write_string(out, rp_str_of(text));
}

static void add_number(struct rp_buf *out, const char *name, int64_t value)
{
    rp_buf_addf(out, ",\"%s\":\"%" PRId64 "\"", name, value);
}

static void add_digest(
    struct rp_buf *out, const char *name, const struct rp_digest *digest)
{
    char hex[RP_DIGEST_HEX_LEN + 1];
    rp_digest_hex(digest, hex);
    rp_buf_addf(
        out, ",\"%s\":\"%s\"", name, rp_digest_is_zero(digest) ? "" : hex);
}

static void add_names(struct rp_buf *out, const char *name,
    const char *const *items, uint32_t count)
{
    rp_buf_addf(out, ",\"%s\":[", name);
    for (uint32_t i = 0; i < count; i++) {
        rp_buf_add_text(out, i == 0 ? "" : ",");
        rp_json_write_string(out, rp_str_of(items[i]));
    }
    rp_buf_add_char(out, ']');
}

static void add_attempt(
    struct rp_buf *out, const struct rp_sweep_attempt *attempt)
{
    rp_buf_add_char(out, '{');
    add_text(out, "reason", rp_reason_name(attempt->reason));
    add_number(out, "began", attempt->began.ns);
    add_number(out, "took", attempt->took.ns);
    add_number(out, "rules", (int64_t)attempt->rules);
    rp_buf_addf(out, ",\"altered\":%s}", attempt->altered ? "true" : "false");
}

static void add_task(struct rp_buf *out, const struct rp_sweep_task *task)
{
    rp_buf_add_char(out, '{');
    add_text(out, "path", task->path);
    rp_buf_add_char(out, ',');
    add_text(out, "agent", task->agent == NULL ? "" : task->agent->name);
    rp_buf_add_char(out, ',');
    add_text(out, "status", rp_task_status_name(task->status));
    rp_buf_add_char(out, ',');
    add_text(out, "reason", rp_reason_name(task->reason));
    rp_buf_add_char(out, ',');
    add_text(out, "class", rp_class_name(task->class));
    rp_buf_addf(out, ",\"synthesis\":%s", task->synthesis ? "true" : "false");
    add_number(out, "began", task->began.ns);
    add_number(out, "ended", task->ended.ns);
    add_number(out, "ends", task->end_count);
    add_digest(out, "input", &task->input);
    add_digest(out, "output", &task->output);
    add_number(out, "unresolved", task->unresolved);
    rp_buf_addf(out, ",\"cites\":%s,\"canary\":%s",
        task->cites ? "true" : "false", task->canary ? "true" : "false");
    add_names(out, "from", task->from, task->from_count);
    rp_buf_add_text(out, ",\"attempts\":[");
    for (uint32_t i = 0; i < task->attempt_count; i++) {
        rp_buf_add_text(out, i == 0 ? "" : ",");
        add_attempt(out, &task->attempts[i]);
    }
    rp_buf_add_text(out, "]}");
}

void rp__sweep_line_write(struct rp_buf *out,
    const struct rp_sweep_trace *trace, enum rp_code code,
    const struct rp_err *err)
{
    add_text(out, "code", rp_code_name(code));
    rp_buf_add_char(out, ',');
    add_text(out, "error", code == RP_OK ? "" : err->text);
    rp_buf_add_char(out, ',');
    add_text(out, "outcome", rp_outcome_name(trace->outcome));
    rp_buf_add_char(out, ',');
    add_text(out, "reason", rp_reason_name(trace->reason));
    add_number(out, "ended", trace->ended.ns);
    add_number(out, "requested", trace->requested);
    add_number(out, "delivered", trace->delivered);
    add_number(out, "survivors", trace->survivor_count);
    add_number(out, "records", trace->record_count);
    add_number(out, "fired", (int64_t)trace->fired);
    add_digest(out, "output", &trace->output);
    add_digest(out, "digest", &trace->digest);
    add_names(out, "unmet", trace->unmet, trace->unmet_count);
    add_names(out, "conflicts", trace->conflicts, trace->conflict_count);
    rp_buf_add_text(out, ",\"tasks\":[");
    for (uint32_t i = 0; i < trace->task_count; i++) {
        rp_buf_add_text(out, i == 0 ? "" : ",");
        add_task(out, &trace->tasks[i]);
    }
    rp_buf_add_char(out, ']');
}

/* ---- reading ---- */

/* Files of results come from anywhere: what they say is shown. */
static const char *clean(struct rp_arena *arena, const char *text)
{
    char *copy = rp_arena_dup(arena, rp_str_of(text));
    for (size_t i = 0; copy[i] != '\0'; i++) {
        unsigned char c = (unsigned char)copy[i];
        copy[i] = c < ' ' || c == 0x7F || c == 0xC2 ? '?' : copy[i];
    }
    return copy;
}

static const char *text_of(const cJSON *object, const char *name)
{
    const cJSON *text = rp_json_get(object, name);
    return cJSON_IsString(text) ? text->valuestring : "";
}

static int64_t number_of(const cJSON *object, const char *name)
{
    return strtoll(text_of(object, name), NULL, 10);
}

static struct rp_digest digest_of(const cJSON *object, const char *name)
{
    struct rp_digest digest = {{0}};
    (void)rp_digest_parse(rp_str_of(text_of(object, name)), &digest);
    return digest;
}

static enum rp_reason reason_of(const cJSON *object, const char *name)
{
    enum rp_reason reason = RP_REASON_NONE;
    (void)rp_reason_parse(rp_str_of(text_of(object, name)), &reason);
    return reason;
}

static const char **names_of(struct rp_arena *arena, const cJSON *object,
    const char *name, uint32_t *count)
{
    const cJSON *list = rp_json_get(object, name);
    const cJSON *item;
    const char **names =
        rp_arena_array(arena, rp_json_size(list) + 1, sizeof(const char *));
    *count = 0;
    cJSON_ArrayForEach(item, list)
    {
        names[(*count)++] =
            clean(arena, cJSON_IsString(item) ? item->valuestring : "");
    }
    return names;
}

static void read_attempts(
    struct rp_sweep_task *task, struct rp_arena *arena, const cJSON *list)
{
    const cJSON *item;
    task->attempt_room = (uint32_t)rp_json_size(list);
    task->attempts = rp_arena_array(
        arena, task->attempt_room + 1, sizeof(struct rp_sweep_attempt));
    cJSON_ArrayForEach(item, list)
    {
        task->attempts[task->attempt_count++] = (struct rp_sweep_attempt){
            .began = {number_of(item, "began")},
            .took = {number_of(item, "took")},
            .reason = reason_of(item, "reason"),
            .rules = (uint64_t)number_of(item, "rules"),
            .altered = cJSON_IsTrue(rp_json_get(item, "altered")),
        };
    }
}

/* False: what is attempted, some agent of the plan attempts. */
static bool read_task(struct rp_sweep_task *task, struct rp_arena *arena,
    const cJSON *entry, const struct rp_plan *plan)
{
    *task = (struct rp_sweep_task){
        .path = clean(arena, text_of(entry, "path")),
        .agent = rp_plan_agent(plan, rp_str_of(text_of(entry, "agent"))),
        .synthesis = cJSON_IsTrue(rp_json_get(entry, "synthesis")),
        .reason = reason_of(entry, "reason"),
        .began = {number_of(entry, "began")},
        .ended = {number_of(entry, "ended")},
        .input = digest_of(entry, "input"),
        .output = digest_of(entry, "output"),
        .end_count = (uint32_t)number_of(entry, "ends"),
        .unresolved = (uint32_t)number_of(entry, "unresolved"),
        .cites = cJSON_IsTrue(rp_json_get(entry, "cites")),
        .canary = cJSON_IsTrue(rp_json_get(entry, "canary")),
    };
    (void)rp_task_status_parse(
        rp_str_of(text_of(entry, "status")), &task->status);
    (void)rp_class_parse(rp_str_of(text_of(entry, "class")), &task->class);
    task->from = names_of(arena, entry, "from", &task->from_count);
    read_attempts(task, arena, rp_json_get(entry, "attempts"));
    return task->agent != NULL || task->attempt_count == 0;
}

static bool read_code(struct rp_arena *arena, const cJSON *line,
    enum rp_code *code, struct rp_err *err)
{
    static const enum rp_code codes[] = {RP_OK, RP_E_NOT_FOUND, RP_E_STATE};
    for (size_t i = 0; i < RP_COUNT_OF(codes); i++) {
        if (strcmp(text_of(line, "code"), rp_code_name(codes[i])) == 0) {
            *code = codes[i];
            if (codes[i] != RP_OK) {
                (void)rp_err_set(
                    err, codes[i], "%s", clean(arena, text_of(line, "error")));
            }
            return true;
        }
    }
    return false;
}

static void read_session(struct rp_sweep_trace *trace, const cJSON *line)
{
    (void)rp_outcome_parse(
        rp_str_of(text_of(line, "outcome")), &trace->outcome);
    trace->reason = reason_of(line, "reason");
    trace->ended.ns = number_of(line, "ended");
    trace->requested = (uint32_t)number_of(line, "requested");
    trace->delivered = (uint32_t)number_of(line, "delivered");
    trace->survivor_count = (uint32_t)number_of(line, "survivors");
    trace->record_count = (uint32_t)number_of(line, "records");
    trace->fired = (uint64_t)number_of(line, "fired");
    trace->output = digest_of(line, "output");
    trace->digest = digest_of(line, "digest");
    trace->unmet = names_of(trace->arena, line, "unmet", &trace->unmet_count);
    trace->conflicts =
        names_of(trace->arena, line, "conflicts", &trace->conflict_count);
}

bool rp__sweep_line_read(struct rp_sweep_trace *trace, enum rp_code *code,
    struct rp_err *err, const cJSON *line, const struct rp_plan *plan)
{
    const cJSON *tasks = rp_json_get(line, "tasks");
    const cJSON *entry;
    rp_sweep_trace_reset(trace);
    if (!cJSON_IsArray(tasks) || !read_code(trace->arena, line, code, err)) {
        return false;
    }
    read_session(trace, line);
    trace->task_room = (uint32_t)rp_json_size(tasks);
    trace->tasks = rp_arena_array(
        trace->arena, trace->task_room + 1, sizeof(struct rp_sweep_task));
    cJSON_ArrayForEach(entry, tasks)
    {
        if (!read_task(&trace->tasks[trace->task_count++], trace->arena, entry,
                plan)) {
            rp_sweep_trace_reset(trace);
            return false;
        }
    }
    return true;
}
