#include "story.h"

#include <inttypes.h>
#include <string.h>

#include "phrase.h"

#define LINE_BYTES_MAX ((size_t)64 << 10)
#define FIELDS_MAX 16

enum field_kind { FIELD_WORD, FIELD_INT, FIELD_BYTES, FIELD_TIME, FIELD_LIST };

struct field {
    const char *name; /* in JSON with _bytes and _ns behind it */
    enum field_kind kind;
    struct rp_str text;
    int64_t number;
    const struct rp_attr *list;
};

struct telling {
    const struct rp__story *story;
    const struct rp_record *record;
    const char *path;
    const char *event;
    struct field fields[FIELDS_MAX];
    uint32_t count;
    char attempt[RP_PATH_LEN_MAX];
};

/* ---- fields ---- */

static struct field *add(
    struct telling *t, const char *name, enum field_kind kind)
{
    RP_ASSERT(t->count < FIELDS_MAX);
    struct field *field = &t->fields[t->count++];
    *field = (struct field){.name = name, .kind = kind};
    return field;
}

static void add_text(struct telling *t, const char *name, struct rp_str text)
{
    if (text.len > 0) {
        add(t, name, FIELD_WORD)->text = text;
    }
}

static void add_number(
    struct telling *t, const char *name, enum field_kind kind, int64_t number)
{
    add(t, name, kind)->number = number;
}

static void add_attr(struct telling *t, const struct rp_decision *d,
    const char *attr_name, const char *name)
{
    const struct rp_attr *attr = rp_decision_attr(d, attr_name);
    if (attr == NULL) {
        return;
    }
    switch (attr->type) {
    case RP_ATTR_TEXT:
        add_text(t, name, attr->text);
        break;
    case RP_ATTR_INT:
    case RP_ATTR_BOOL:
        add_number(t, name,
            rp_str_ends(rp_str_of(attr_name), RP_STR("_ns")) ? FIELD_TIME
                                                             : FIELD_INT,
            attr->number);
        break;
    case RP_ATTR_LIST:
        add(t, name, FIELD_LIST)->list = attr;
        break;
    }
}

static void add_reason(struct telling *t, enum rp_reason reason)
{
    if (reason != RP_REASON_NONE && reason != RP_REASON_OK) {
        add_text(t, "reason", rp_str_of(rp_reason_name(reason)));
    }
}

/* ---- as a line ---- */

/* As it is, or quoted when it would not be one word. */
static void write_word(struct rp_buf *out, struct rp_str text)
{
    bool plain = text.len > 0;
    for (size_t i = 0; i < text.len; i++) {
        unsigned char c = (unsigned char)text.ptr[i];
        plain = plain && c > ' ' && c < 0x7F && c != '"' && c != '\\';
    }
    if (plain) {
        rp_buf_add(out, text);
        return;
    }
    struct rp_buf clean;
    const struct rp__style style = {false, true};
    rp_buf_init(&clean, LINE_BYTES_MAX);
    (void)rp__text_add(&clean, text, 0, &style);
    rp_json_write_string(out, rp_buf_str(&clean));
    rp_buf_fini(&clean);
}

/* Without the space, so that it stays one word: "2.1KiB". */
static void write_bytes(struct rp_buf *out, int64_t bytes)
{
    struct rp_buf text;
    rp_buf_init(&text, 64);
    rp__text_bytes(&text, (uint64_t)bytes);
    for (size_t i = 0; i < text.len; i++) {
        if (text.ptr[i] != ' ') {
            rp_buf_add_char(out, text.ptr[i]);
        }
    }
    rp_buf_fini(&text);
}

static void write_list(struct rp_buf *out, const struct rp_attr *list)
{
    for (uint32_t i = 0; i < list->item_count; i++) {
        rp_buf_add_text(out, i > 0 ? "," : "");
        write_word(out, list->items[i]);
    }
}

static void write_field(struct rp_buf *out, const struct field *field)
{
    /* A bare word where the name says nothing more. */
    bool bare = strcmp(field->name, "status") == 0;
    rp_buf_addf(out, " %s%s", bare ? "" : field->name, bare ? "" : "=");
    switch (field->kind) {
    case FIELD_WORD:
        write_word(out, field->text);
        break;
    case FIELD_INT:
        rp_buf_add_i64(out, field->number);
        break;
    case FIELD_BYTES:
        write_bytes(out, field->number);
        break;
    case FIELD_TIME:
        rp_duration_show(out, (struct rp_duration){field->number});
        break;
    case FIELD_LIST:
        write_list(out, field->list);
        break;
    }
}

static void write_line(struct rp_buf *out, const struct telling *t)
{
    const struct rp_session_head *head = t->story->head;
    struct rp_buf wall;
    rp_buf_init(&wall, 64);
    rp_wall_write(&wall,
        rp_wall_add(head->began, (struct rp_duration){t->record->at.ns}));
    /* "2026-01-31T09:00:00.000000000Z": from the hour to the millisecond. */
    rp_buf_addf(
        out, "%.12sZ %s ", wall.ptr + 11, rp__phrase_short_id(&head->id));
    write_word(out, rp_str_of(t->path[0] == '\0' ? "session" : t->path));
    rp_buf_addf(out, " %s", t->event);
    rp_buf_fini(&wall);
    for (uint32_t i = 0; i < t->count; i++) {
        write_field(out, &t->fields[i]);
    }
    rp_buf_add_char(out, '\n');
}

/* ---- as JSON ---- */

static void write_json_field(struct rp_buf *out, const struct field *field)
{
    switch (field->kind) {
    case FIELD_WORD:
        rp_buf_addf(out, ",\"%s\":", field->name);
        rp_json_write_string(out, field->text);
        break;
    case FIELD_INT:
        rp_buf_addf(out, ",\"%s\":%" PRId64, field->name, field->number);
        break;
    case FIELD_BYTES:
        rp_buf_addf(out, ",\"%s_bytes\":%" PRId64, field->name, field->number);
        break;
    case FIELD_TIME:
        rp_buf_addf(
            out, ",\"%s_ns\":\"%" PRId64 "\"", field->name, field->number);
        break;
    case FIELD_LIST:
        rp_buf_addf(out, ",\"%s\":[", field->name);
        for (uint32_t i = 0; i < field->list->item_count; i++) {
            rp_buf_add_text(out, i > 0 ? "," : "");
            rp_json_write_string(out, field->list->items[i]);
        }
        rp_buf_add_char(out, ']');
        break;
    }
}

static void write_json(struct rp_buf *out, const struct telling *t)
{
    const struct rp_session_head *head = t->story->head;
    rp_buf_addf(out,
        "{\"schema\":\"reprise.event/1\",\"session\":\"%s\","
        "\"seq\":%" PRIu64 ",\"at_ns\":\"%" PRId64 "\",\"time\":\"",
        head->id.text, t->record->seq, t->record->at.ns);
    rp_wall_write(
        out, rp_wall_add(head->began, (struct rp_duration){t->record->at.ns}));
    rp_buf_add_text(out, "\",\"path\":");
    rp_json_write_string(out, rp_str_of(t->path));
    rp_buf_addf(out, ",\"event\":\"%s\"", t->event);
    for (uint32_t i = 0; i < t->count; i++) {
        write_json_field(out, &t->fields[i]);
    }
    rp_buf_add_text(out, "}\n");
}

static void tell(struct telling *t)
{
    struct rp_buf line;
    rp_buf_init(&line, LINE_BYTES_MAX);
    if (t->story->json) {
        write_json(&line, t);
    } else {
        write_line(&line, t);
    }
    t->story->line(t->story->context, rp_buf_str(&line));
    rp_buf_fini(&line);
    t->count = 0;
}

/* ---- what is told of what ---- */

/* Attributes of decisions in the order they are told: name, shown as. */
struct told_attr {
    const char *attr, *shown;
};
struct told_decision {
    const char *event; /* NULL: told by something else */
    bool reason;
    struct told_attr attrs[8];
};

static const struct told_decision decisions[RP_DECISION_COUNT] = {
    [RP_DECISION_SESSION_BEGAN] = {"began", false, {{"plan", "plan"}}},
    [RP_DECISION_NODE_BEGAN] = {"began", false, {{"node", "node"}}},
    [RP_DECISION_NODE_ENDED] = {"ended", true, {{"status", "status"}}},
    [RP_DECISION_TASK_BEGAN] = {"began", false,
        {{"agent", "agent"}, {"role", "role"}, {"from", "from"}}},
    [RP_DECISION_TASK_QUEUED] = {"queued", false, {{NULL, NULL}}},
    [RP_DECISION_TASK_ENDED] = {"ended", true,
        {{"status", "status"}, {"attempts", "tries"}, {"class", "class"},
            {"detail", "detail"}}},
    [RP_DECISION_ACCEPTED] = {"accepted", false, {{"warning", "warning"}}},
    [RP_DECISION_REJECTED] = {"rejected", true,
        {{"class", "class"}, {"detail", "detail"}}},
    [RP_DECISION_RETRY] = {"retry", true,
        {{"attempt", "try"}, {"delay_ns", "after"}, {"class", "class"}}},
    [RP_DECISION_FALLBACK] = {"fallback", true, {{"agent", "agent"}}},
    [RP_DECISION_TIMED_OUT] = {"timeout", true, {{"limit_ns", "after"}}},
    [RP_DECISION_RELEASED] = {"gone", false, {{NULL, NULL}}},
    [RP_DECISION_LATE_RESULT] = {"late_result", true, {{NULL, NULL}}},
    [RP_DECISION_AGGREGATED] = {"aggregated", false,
        {{"delivered", "delivered"}, {"missing", "missing"}, {"facts", "facts"},
            {"conflicts", "conflicts"}}},
    [RP_DECISION_MISSING] = {"missing", true,
        {{"name", "name"}, {"status", "status"}, {"class", "class"}}},
    [RP_DECISION_CONFLICT] = {"conflict", false,
        {{"key", "key"}, {"kind", "kind"}, {"resolution", "resolution"},
            {"chosen", "chosen"}, {"sources", "sources"}}},
    [RP_DECISION_SYNTHESIS] = {"synthesis", false,
        {{"given", "given"}, {"cited", "cited"}, {"uncited", "uncited"},
            {"unresolved", "unresolved"}}},
    [RP_DECISION_BUDGET] = {"budget", true, {{"budget", "budget"}}},
    [RP_DECISION_CANCEL] = {"cancel", true, {{NULL, NULL}}},
    [RP_DECISION_SKIPPED] = {"skipped", true, {{NULL, NULL}}},
    [RP_DECISION_RESUMED] = {"resumed", true,
        {{"incarnation", "incarnation"}, {"interrupted", "interrupted"}}},
    [RP_DECISION_SESSION_ENDED] = {"ended", true,
        {{"outcome", "status"}, {"requested", "requested"},
            {"delivered", "delivered"}, {"detail", "detail"}}},
};

static void tell_decision(struct telling *t, const struct rp_decision *d)
{
    const struct told_decision *told = &decisions[d->kind];
    if (told->event == NULL) {
        return;
    }
    t->path = d->path;
    t->event = told->event;
    for (size_t i = 0;
         i < RP_COUNT_OF(told->attrs) && told->attrs[i].attr != NULL; i++) {
        add_attr(t, d, told->attrs[i].attr, told->attrs[i].shown);
    }
    if (told->reason) {
        add_reason(t, d->reason);
    }
    if (d->kind == RP_DECISION_SESSION_ENDED) {
        add_number(t, "took", FIELD_TIME, t->record->at.ns);
    }
    tell(t);
}

/* Speaks of the attempt that a call is of: its path without "/call:1". */
static void take_attempt(struct telling *t, const char *call_path)
{
    const char *end = strstr(call_path, "/call:");
    size_t len = end == NULL ? strlen(call_path) : (size_t)(end - call_path);
    len = len < sizeof(t->attempt) - 1 ? len : sizeof(t->attempt) - 1;
    memcpy(t->attempt, call_path, len);
    t->attempt[len] = '\0';
    t->path = t->attempt;
}

static void tell_start(struct telling *t, const struct rp_call *call)
{
    take_attempt(t, call->path);
    t->event = "start";
    add_text(t, "agent", rp_str_of(call->agent_name));
    if (call->agent != NULL) {
        const cJSON *first = rp_json_item(call->agent->exec, 0);
        add_text(t, "exec", rp_str_of(first == NULL ? "" : first->valuestring));
        add_number(t, "timeout", FIELD_TIME, call->agent->timeout.ns);
    }
    tell(t);
}

static void tell_cancel(struct telling *t, const struct rp_action *action)
{
    take_attempt(t, action->cancel.path);
    t->event = "stop";
    add_text(t, "by",
        action->cancel.mode == RP_CANCEL_KILL ? RP_STR("kill")
                                              : RP_STR("term"));
    add_reason(t, action->cancel.reason);
    tell(t);
}

static void tell_completion(struct telling *t, const struct rp_completion *c)
{
    t->event = "end";
    add_text(t, "status", rp_str_of(rp_call_end_name(c->end)));
    add_number(t, "took", FIELD_TIME, c->duration.ns);
    if (c->end == RP_END_EXITED && c->exit_status != 0) {
        add_number(t, "exit", FIELD_INT, c->exit_status);
    }
    if (c->signal != 0) {
        add_number(t, "signal", FIELD_INT, c->signal);
    }
    add_reason(t, c->why);
    if (c->pid != 0) {
        add_number(t, "pid", FIELD_INT, c->pid);
    }
    if (c->output_bytes > 0) {
        add_number(t, "out", FIELD_BYTES, (int64_t)c->output_bytes);
    }
    if (c->diagnostics_bytes > 0) {
        add_number(t, "err", FIELD_BYTES, (int64_t)c->diagnostics_bytes);
    }
    if (c->survivor_count > 0) {
        add_number(t, "survivors", FIELD_INT, c->survivor_count);
    }
    if (c->fault_count > 0) {
        add_text(t, "fault", rp_str_of(c->faults[0].fault));
    }
    add_text(t, "message", rp_str_of(c->message));
    tell(t);
}

static void tell_event(struct telling *t, const struct rp_event *event)
{
    if (event->kind == RP_EVENT_CALL_COMPLETED) {
        take_attempt(t, event->path);
        tell_completion(t, event->completed);
    } else if (event->kind == RP_EVENT_CALL_IDLE) {
        take_attempt(t, event->path);
        t->event = "idle";
        add_number(t, "silent", FIELD_TIME, event->idle.silent.ns);
        tell(t);
    }
}

void rp__story_tell(
    const struct rp__story *story, const struct rp_record *record)
{
    struct telling t = {.story = story, .record = record};
    tell_event(&t, record->event);
    for (uint32_t i = 0; i < record->step->decision_count; i++) {
        tell_decision(&t, &record->step->decisions[i]);
    }
    for (uint32_t i = 0; i < record->step->action_count; i++) {
        const struct rp_action *action = &record->step->actions[i];
        if (action->kind == RP_ACTION_START_CALL) {
            tell_start(&t, &action->start);
        } else if (action->kind == RP_ACTION_CANCEL_CALL) {
            tell_cancel(&t, action);
        }
    }
}
