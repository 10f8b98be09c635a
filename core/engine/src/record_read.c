/* The bytes of a record back into values. Bodies are untrusted. */
#include <reprise/record.h>

#include <inttypes.h>
#include <string.h>

/* What a reading needs; the first error stays. */
struct reading {
    struct rp_arena *arena;
    const struct rp_plan *plan;
    struct rp_err *err;
    bool failed;
};

static void fail(struct reading *r, const char *member, const char *what)
{
    if (!r->failed) {
        (void)rp_err_set(r->err, RP_E_DAMAGED,
            "reading a record: member '%s' %s", member, what);
    }
    r->failed = true;
}

/* ---- members ---- */

static const char *keep(struct reading *r, const char *text)
{
    return rp_arena_dup(r->arena, rp_str_of(text));
}

/* "" when absent; strings with C0 80 keep it (no record has any). */
static const char *text_of(
    struct reading *r, const cJSON *object, const char *member)
{
    const cJSON *node = rp_json_get(object, member);
    if (node == NULL) {
        return "";
    }
    if (!cJSON_IsString(node)) {
        fail(r, member, "is not a string");
        return "";
    }
    return keep(r, node->valuestring);
}

static const char *needed_text(
    struct reading *r, const cJSON *object, const char *member)
{
    const char *text = text_of(r, object, member);
    if (text[0] == '\0') {
        fail(r, member, "is missing");
    }
    return text;
}

static int64_t number_of(
    struct reading *r, const cJSON *object, const char *member)
{
    const cJSON *node = rp_json_get(object, member);
    int64_t value = 0;
    if (node != NULL && !rp_json_int64(node, &value)) {
        fail(r, member, "is not a whole number");
    }
    return value;
}

static uint32_t small_of(
    struct reading *r, const cJSON *object, const char *member)
{
    int64_t value = number_of(r, object, member);
    if (value < 0 || value > UINT32_MAX) {
        fail(r, member, "is out of range");
        return 0;
    }
    return (uint32_t)value;
}

static bool parse_ns(const char *text, int64_t *out)
{
    uint64_t value = 0;
    bool negative = *text == '-';
    const char *c = text + (negative ? 1 : 0);
    if (*c == '\0') {
        return false;
    }
    for (; *c != '\0'; c++) {
        if (*c < '0' || *c > '9' || value > (uint64_t)INT64_MAX / 10) {
            return false;
        }
        value = value * 10 + (uint64_t)(*c - '0');
    }
    if (value > (uint64_t)INT64_MAX) {
        return false;
    }
    *out = negative ? -(int64_t)value : (int64_t)value;
    return true;
}

static int64_t ns_of_node(
    struct reading *r, const cJSON *node, const char *member)
{
    int64_t ns = 0;
    if (!cJSON_IsString(node) || !parse_ns(node->valuestring, &ns)) {
        fail(r, member, "is not nanoseconds as text");
    }
    return ns;
}

static int64_t ns_of(struct reading *r, const cJSON *object, const char *member,
    int64_t when_absent)
{
    const cJSON *node = rp_json_get(object, member);
    return node == NULL ? when_absent : ns_of_node(r, node, member);
}

static bool flag_of(const cJSON *object, const char *member)
{
    return cJSON_IsTrue(rp_json_get(object, member));
}

static struct rp_digest digest_of(
    struct reading *r, const cJSON *object, const char *member)
{
    struct rp_digest digest = {{0}};
    const cJSON *node = rp_json_get(object, member);
    if (node != NULL &&
        (!cJSON_IsString(node) ||
            !rp_digest_parse(rp_str_of(node->valuestring), &digest))) {
        fail(r, member, "is not a digest");
    }
    return digest;
}

static enum rp_reason reason_of(
    struct reading *r, const cJSON *object, const char *member)
{
    enum rp_reason reason = RP_REASON_NONE;
    if (!rp_reason_parse(rp_str_of(text_of(r, object, member)), &reason)) {
        fail(r, member, "is not a reason code");
    }
    return reason;
}

/* The index of the word in a table reached through `word_of`. */
static uint32_t word_of(struct reading *r, const cJSON *object,
    const char *member, const char *(*word_at)(uint32_t), uint32_t count)
{
    const char *word = text_of(r, object, member);
    for (uint32_t i = 0; i < count; i++) {
        if (strcmp(word_at(i), word) == 0) {
            return i;
        }
    }
    fail(r, member, "is not a known word");
    return 0;
}

static const char *event_word(uint32_t i)
{
    return rp_event_kind_name((enum rp_event_kind)i);
}
static const char *end_word(uint32_t i)
{
    return rp_call_end_name((enum rp_call_end)i);
}
static const char *action_word(uint32_t i)
{
    return rp_action_kind_name((enum rp_action_kind)i);
}

/* ---- events ---- */

static void read_stream(struct reading *r, const cJSON *object,
    const char *member, struct rp_digest *digest, uint64_t *bytes, bool *cut)
{
    const cJSON *stream = rp_json_get(object, member);
    if (stream != NULL) {
        *digest = digest_of(r, stream, "digest");
        int64_t produced = number_of(r, stream, "bytes");
        *bytes = produced < 0 ? 0 : (uint64_t)produced;
        *cut = flag_of(stream, "cut");
    }
}

static void read_gaps(
    struct reading *r, const cJSON *object, struct rp_completion *c)
{
    const cJSON *pair;
    cJSON_ArrayForEach(pair, rp_json_get(object, "gaps"))
    {
        const cJSON *start = cJSON_GetArrayItem(pair, 0);
        const cJSON *length = cJSON_GetArrayItem(pair, 1);
        if (c->gap_count == RP_GAPS_MAX || start == NULL || length == NULL) {
            fail(r, "gaps", "is not a short list of pairs");
            return;
        }
        c->gaps[c->gap_count++] = (struct rp_gap){
            {ns_of_node(r, start, "gaps")}, {ns_of_node(r, length, "gaps")}};
    }
    c->gaps_overflowed = flag_of(object, "gaps_overflowed");
}

static void copy_text(struct reading *r, char *out, size_t size,
    const char *text, const char *member)
{
    size_t len = strlen(text);
    if (len >= size) {
        fail(r, member, "is too long");
        return;
    }
    memcpy(out, text, len + 1);
}

static void read_usage(
    struct reading *r, const cJSON *object, struct rp_usage *usage)
{
    const cJSON *node = rp_json_get(object, "usage");
    if (node == NULL) {
        return;
    }
    usage->present = true;
    copy_text(r, usage->model, sizeof(usage->model), text_of(r, node, "model"),
        "model");
    usage->input_tokens = number_of(r, node, "input_tokens");
    usage->output_tokens = number_of(r, node, "output_tokens");
    usage->cost_micro_usd = number_of(r, node, "cost_micro_usd");
}

static void read_faults(
    struct reading *r, const cJSON *object, struct rp_completion *c)
{
    const cJSON *node;
    cJSON_ArrayForEach(node, rp_json_get(object, "faults"))
    {
        if (c->fault_count == RP_FAULT_MARKS_MAX) {
            fail(r, "faults", "is too long");
            return;
        }
        struct rp_fault_mark *mark = &c->faults[c->fault_count++];
        copy_text(r, mark->rule, sizeof(mark->rule), text_of(r, node, "rule"),
            "rule");
        copy_text(r, mark->fault, sizeof(mark->fault),
            text_of(r, node, "fault"), "fault");
        mark->before = digest_of(r, node, "before");
        mark->after = digest_of(r, node, "after");
    }
}

static const struct rp_completion *read_completion(
    struct reading *r, const cJSON *o)
{
    struct rp_completion *c = rp_arena_alloc(r->arena, sizeof(*c));
    c->call = small_of(r, o, "call");
    c->end = (enum rp_call_end)word_of(r, o, "end", end_word, RP_END_LOST + 1);
    c->exit_status =
        c->end == RP_END_EXITED ? (int32_t)number_of(r, o, "exit_status") : -1;
    c->signal = (int32_t)small_of(r, o, "signal");
    c->pid = (int32_t)small_of(r, o, "pid");
    c->why = reason_of(r, o, "why");
    c->pipe_held = flag_of(o, "pipe_held");
    c->term_sent = flag_of(o, "term_sent");
    c->kill_sent = flag_of(o, "kill_sent");
    c->duration.ns = ns_of(r, o, "duration", 0);
    c->first_byte.ns = ns_of(r, o, "first_byte", RP_DURATION_FOREVER.ns);
    read_stream(
        r, o, "output", &c->output_digest, &c->output_bytes, &c->output_cut);
    read_stream(r, o, "diagnostics", &c->diagnostics_digest,
        &c->diagnostics_bytes, &c->diagnostics_cut);
    read_stream(r, o, "log", &c->log_digest, &c->log_bytes, &c->log_cut);
    read_gaps(r, o, c);
    read_usage(r, o, &c->usage);
    c->retry_after.ns = ns_of(r, o, "retry_after", 0);
    read_faults(r, o, c);
    c->survivor_count = small_of(r, o, "survivors");
    copy_text(
        r, c->message, sizeof(c->message), text_of(r, o, "message"), "message");
    return c;
}

static void read_event(
    struct reading *r, const cJSON *o, struct rp_event *event)
{
    event->kind = (enum rp_event_kind)word_of(
        r, o, "kind", event_word, RP_EVENT_RESUMED + 1);
    switch (event->kind) {
    case RP_EVENT_SESSION_STARTED:
        event->started.input_digest = digest_of(r, o, "input");
        event->started.anchor.unix_ns = ns_of(r, o, "anchor", 0);
        break;
    case RP_EVENT_CALL_IDLE:
        event->path = needed_text(r, o, "path");
        event->idle.call = small_of(r, o, "call");
        event->idle.silent.ns = ns_of(r, o, "silent", 0);
        break;
    case RP_EVENT_CALL_COMPLETED:
        event->path = needed_text(r, o, "path");
        event->completed = read_completion(r, o);
        break;
    case RP_EVENT_TIMER_FIRED:
        event->timer.name = needed_text(r, o, "timer");
        break;
    case RP_EVENT_OPERATOR:
        event->command.command = RP_OPERATOR_CANCEL;
        if (strcmp(text_of(r, o, "command"), "cancel") != 0) {
            fail(r, "command", "is not a known word");
        }
        event->command.cause = reason_of(r, o, "cause");
        break;
    case RP_EVENT_RESUMED:
        event->resumed.incarnation = small_of(r, o, "incarnation");
        event->resumed.anchor.unix_ns = ns_of(r, o, "anchor", 0);
        break;
    }
}

/* ---- decisions ---- */

static void read_list(
    struct reading *r, const cJSON *node, struct rp_attr *attr)
{
    uint32_t count = (uint32_t)cJSON_GetArraySize(node);
    struct rp_str *items =
        rp_arena_array(r->arena, count, sizeof(struct rp_str));
    const cJSON *item;
    cJSON_ArrayForEach(item, node)
    {
        if (!cJSON_IsString(item)) {
            fail(r, attr->name, "is not a list of strings");
            return;
        }
        items[attr->item_count++] = rp_str_of(keep(r, item->valuestring));
    }
    attr->type = RP_ATTR_LIST;
    attr->items = items;
}

static void read_attr(
    struct reading *r, const cJSON *node, struct rp_decision *d)
{
    if (d->attr_count == RP_DECISION_ATTRS_MAX) {
        fail(r, "attrs", "has too many members");
        return;
    }
    struct rp_attr *attr = &d->attrs[d->attr_count++];
    attr->name = keep(r, node->string);
    if (cJSON_IsArray(node)) {
        read_list(r, node, attr);
    } else if (cJSON_IsString(node)) {
        attr->type = RP_ATTR_TEXT;
        attr->text = rp_str_of(keep(r, node->valuestring));
    } else if (cJSON_IsBool(node)) {
        attr->type = RP_ATTR_BOOL;
        attr->number = cJSON_IsTrue(node) ? 1 : 0;
    } else if (!rp_json_int64(node, &attr->number)) {
        fail(r, "attrs", "has a value of an unknown type");
    }
}

static void read_decision(
    struct reading *r, const cJSON *o, struct rp_decision *d)
{
    if (!rp_decision_parse(rp_str_of(text_of(r, o, "kind")), &d->kind)) {
        fail(r, "kind", "is not a kind of decision");
    }
    d->path = text_of(r, o, "path");
    d->reason = reason_of(r, o, "reason");
    const cJSON *attr;
    cJSON_ArrayForEach(attr, rp_json_get(o, "attrs"))
    {
        read_attr(r, attr, d);
    }
}

/* ---- actions ---- */

static void read_start(struct reading *r, const cJSON *o, struct rp_call *call)
{
    call->number = small_of(r, o, "call");
    call->path = needed_text(r, o, "path");
    call->task = needed_text(r, o, "task");
    call->attempt = small_of(r, o, "attempt");
    const char *agent = needed_text(r, o, "agent");
    if (r->plan != NULL) {
        call->agent = rp_plan_agent(r->plan, rp_str_of(agent));
    }
    call->agent_name = agent;
    call->input_digest = digest_of(r, o, "input");
    call->content = digest_of(r, o, "content");
}

static enum rp_cancel_mode read_mode(struct reading *r, const cJSON *o)
{
    const char *word = text_of(r, o, "mode");
    bool kill = strcmp(word, "kill") == 0;
    if (!kill && strcmp(word, "term") != 0) {
        fail(r, "mode", "is not a known word");
    }
    return kill ? RP_CANCEL_KILL : RP_CANCEL_TERM;
}

static void read_action(
    struct reading *r, const cJSON *o, struct rp_action *action)
{
    action->kind = (enum rp_action_kind)word_of(
        r, o, "kind", action_word, RP_ACTION_FINISH + 1);
    switch (action->kind) {
    case RP_ACTION_START_CALL:
        read_start(r, o, &action->start);
        break;
    case RP_ACTION_CANCEL_CALL:
        action->cancel.call = small_of(r, o, "call");
        action->cancel.path = needed_text(r, o, "path");
        action->cancel.mode = read_mode(r, o);
        action->cancel.reason = reason_of(r, o, "reason");
        break;
    case RP_ACTION_FINISH:
        break;
    }
}

/* ---- the whole ---- */

static void read_step(
    struct reading *r, const cJSON *root, struct rp_step *step)
{
    const cJSON *decisions = rp_json_get(root, "decisions");
    const cJSON *actions = rp_json_get(root, "actions");
    if (!cJSON_IsArray(decisions) || !cJSON_IsArray(actions)) {
        fail(r, "decisions, actions", "are not both arrays");
        return;
    }
    struct rp_decision *d = rp_arena_array(r->arena,
        (size_t)cJSON_GetArraySize(decisions), sizeof(struct rp_decision));
    struct rp_action *a = rp_arena_array(r->arena,
        (size_t)cJSON_GetArraySize(actions), sizeof(struct rp_action));
    const cJSON *item;
    cJSON_ArrayForEach(item, decisions)
    {
        read_decision(r, item, &d[step->decision_count++]);
    }
    cJSON_ArrayForEach(item, actions)
    {
        read_action(r, item, &a[step->action_count++]);
    }
    step->decisions = d;
    step->actions = a;
}

enum rp_code rp_record_read(struct rp_arena *arena, struct rp_str body,
    const struct rp_plan *plan, struct rp_event *event, struct rp_step *step,
    struct rp_err *err)
{
    struct rp_json_options options = RP_JSON_OPTIONS_INIT;
    struct rp_json_doc *doc = NULL;
    struct rp_json_error error;
    if (rp_json_read(&doc, body, &options, &error) != RP_OK) {
        return rp_err_set(err, RP_E_DAMAGED, "reading a record: %s at byte %zu",
            error.message, error.place.byte);
    }
    struct reading reading = {arena, plan, err, false};
    const cJSON *root = rp_json_root(doc);
    struct rp_event read_into = {.path = NULL};
    struct rp_step step_into = {.decisions = NULL};
    read_into.at.ns = ns_of(&reading, root, "at", -1);
    if (read_into.at.ns < 0) {
        fail(&reading, "at", "is missing or negative");
    }
    read_event(&reading, rp_json_get(root, "event"), &read_into);
    read_step(&reading, root, &step_into);
    rp_json_free(&doc);
    if (reading.failed) {
        return RP_E_DAMAGED;
    }
    *event = read_into;
    *step = step_into;
    return RP_OK;
}
