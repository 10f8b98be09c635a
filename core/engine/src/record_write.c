/* One step as canonical bytes. Members that have their usual value are left
 * out; what is there is in a fixed order. */
#include <reprise/record.h>

#include <inttypes.h>
#include <string.h>

/* ---- members ---- */

/* Writes `"name":` with the comma that may be due. */
static inline void name(struct rp_buf *out, const char *member)
{
    char last = out->len == 0 ? '{' : out->ptr[out->len - 1];
    struct rp_str text = rp_str_of(member);
    if (!rp_buf_reserve(out, text.len + sizeof(",\"\":"))) {
        return;
    }
    char *at = out->ptr + out->len;
    if (last != '{' && last != '[') {
        *at++ = ',';
    }
    *at++ = '"';
    memcpy(at, text.ptr, text.len);
    memcpy(at + text.len, "\":", sizeof("\":"));
    out->len = (size_t)(at - out->ptr) + text.len + 2;
}

static void text(struct rp_buf *out, const char *member, const char *value)
{
    if (value != NULL && value[0] != '\0') {
        name(out, member);
        rp_json_write_string(out, rp_str_of(value));
    }
}

/* One of our own names, in which nothing is to be escaped. */
static void word(struct rp_buf *out, const char *member, const char *value)
{
    if (value[0] != '\0') {
        name(out, member);
        rp_buf_add_char(out, '"');
        rp_buf_add_text(out, value);
        rp_buf_add_char(out, '"');
    }
}

static void number(struct rp_buf *out, const char *member, int64_t value)
{
    name(out, member);
    rp_buf_add_i64(out, value);
}

static void number_unless_0(
    struct rp_buf *out, const char *member, int64_t value)
{
    if (value != 0) {
        number(out, member, value);
    }
}

/* 64 bits as text: not every reader of JSON has them. */
static void nanoseconds(struct rp_buf *out, const char *member, int64_t ns)
{
    name(out, member);
    rp_buf_add_char(out, '"');
    rp_buf_add_i64(out, ns);
    rp_buf_add_char(out, '"');
}

static void flag(struct rp_buf *out, const char *member, bool value)
{
    if (value) {
        name(out, member);
        rp_buf_add_text(out, "true");
    }
}

static void digest(
    struct rp_buf *out, const char *member, const struct rp_digest *value)
{
    if (!rp_digest_is_zero(value)) {
        char hex[RP_DIGEST_HEX_LEN + 1];
        rp_digest_hex(value, hex);
        word(out, member, hex);
    }
}

/* ---- events ---- */

static void write_stream(struct rp_buf *out, const char *member,
    const struct rp_digest *stored, uint64_t produced_bytes, bool cut)
{
    if (produced_bytes == 0 && rp_digest_is_zero(stored)) {
        return;
    }
    name(out, member);
    rp_buf_add_char(out, '{');
    digest(out, "digest", stored);
    number(out, "bytes", (int64_t)produced_bytes);
    flag(out, "cut", cut);
    rp_buf_add_char(out, '}');
}

static void write_gaps(struct rp_buf *out, const struct rp_completion *c)
{
    if (c->gap_count == 0) {
        return;
    }
    name(out, "gaps");
    rp_buf_add_char(out, '[');
    for (uint32_t i = 0; i < c->gap_count; i++) {
        rp_buf_addf(out, "%s[\"%" PRId64 "\",\"%" PRId64 "\"]",
            i == 0 ? "" : ",", c->gaps[i].start.ns, c->gaps[i].length.ns);
    }
    rp_buf_add_char(out, ']');
    flag(out, "gaps_overflowed", c->gaps_overflowed);
}

static void write_usage(struct rp_buf *out, const struct rp_usage *usage)
{
    if (!usage->present) {
        return;
    }
    name(out, "usage");
    rp_buf_add_char(out, '{');
    text(out, "model", usage->model);
    number(out, "input_tokens", usage->input_tokens);
    number(out, "output_tokens", usage->output_tokens);
    number(out, "cost_micro_usd", usage->cost_micro_usd);
    rp_buf_add_char(out, '}');
}

static void write_faults(struct rp_buf *out, const struct rp_completion *c)
{
    if (c->fault_count == 0) {
        return;
    }
    name(out, "faults");
    rp_buf_add_char(out, '[');
    for (uint32_t i = 0; i < c->fault_count; i++) {
        if (i > 0) {
            rp_buf_add_char(out, ',');
        }
        rp_buf_add_char(out, '{');
        text(out, "rule", c->faults[i].rule);
        text(out, "fault", c->faults[i].fault);
        digest(out, "before", &c->faults[i].before);
        digest(out, "after", &c->faults[i].after);
        rp_buf_add_char(out, '}');
    }
    rp_buf_add_char(out, ']');
}

static void write_completion(struct rp_buf *out, const struct rp_completion *c)
{
    word(out, "end", rp_call_end_name(c->end));
    if (c->end == RP_END_EXITED) {
        number(out, "exit_status", c->exit_status);
    }
    number_unless_0(out, "signal", c->signal);
    number_unless_0(out, "pid", c->pid);
    word(out, "why", rp_reason_name(c->why));
    flag(out, "pipe_held", c->pipe_held);
    flag(out, "term_sent", c->term_sent);
    flag(out, "kill_sent", c->kill_sent);
    nanoseconds(out, "duration", c->duration.ns);
    if (c->first_byte.ns != RP_DURATION_FOREVER.ns) {
        nanoseconds(out, "first_byte", c->first_byte.ns);
    }
    write_stream(
        out, "output", &c->output_digest, c->output_bytes, c->output_cut);
    write_stream(out, "diagnostics", &c->diagnostics_digest,
        c->diagnostics_bytes, c->diagnostics_cut);
    write_stream(out, "log", &c->log_digest, c->log_bytes, c->log_cut);
    write_gaps(out, c);
    write_usage(out, &c->usage);
    if (c->retry_after.ns != 0) {
        nanoseconds(out, "retry_after", c->retry_after.ns);
    }
    write_faults(out, c);
    number_unless_0(out, "survivors", c->survivor_count);
    text(out, "message", c->message);
}

static void write_event(struct rp_buf *out, const struct rp_event *event)
{
    rp_buf_add_char(out, '{');
    word(out, "kind", rp_event_kind_name(event->kind));
    switch (event->kind) {
    case RP_EVENT_SESSION_STARTED:
        digest(out, "input", &event->started.input_digest);
        nanoseconds(out, "anchor", event->started.anchor.unix_ns);
        break;
    case RP_EVENT_CALL_IDLE:
        number(out, "call", event->idle.call);
        text(out, "path", event->path);
        nanoseconds(out, "silent", event->idle.silent.ns);
        break;
    case RP_EVENT_CALL_COMPLETED:
        number(out, "call", event->completed->call);
        text(out, "path", event->path);
        write_completion(out, event->completed);
        break;
    case RP_EVENT_TIMER_FIRED:
        text(out, "timer", event->timer.name);
        break;
    case RP_EVENT_OPERATOR:
        text(out, "command", "cancel");
        word(out, "cause", rp_reason_name(event->command.cause));
        break;
    case RP_EVENT_RESUMED:
        number(out, "incarnation", event->resumed.incarnation);
        nanoseconds(out, "anchor", event->resumed.anchor.unix_ns);
        break;
    }
    rp_buf_add_char(out, '}');
}

/* ---- decisions ---- */

static void write_attr(struct rp_buf *out, const struct rp_attr *attr)
{
    name(out, attr->name);
    switch (attr->type) {
    case RP_ATTR_INT:
        rp_buf_add_i64(out, attr->number);
        break;
    case RP_ATTR_BOOL:
        rp_buf_add_text(out, attr->number != 0 ? "true" : "false");
        break;
    case RP_ATTR_TEXT:
        rp_json_write_string(out, attr->text);
        break;
    case RP_ATTR_LIST:
        rp_buf_add_char(out, '[');
        for (uint32_t i = 0; i < attr->item_count; i++) {
            if (i > 0) {
                rp_buf_add_char(out, ',');
            }
            rp_json_write_string(out, attr->items[i]);
        }
        rp_buf_add_char(out, ']');
        break;
    }
}

static void write_decision(struct rp_buf *out, const struct rp_decision *d)
{
    rp_buf_add_char(out, '{');
    word(out, "kind", rp_decision_name(d->kind));
    text(out, "path", d->path);
    word(out, "reason", rp_reason_name(d->reason));
    if (d->attr_count > 0) {
        name(out, "attrs");
        rp_buf_add_char(out, '{');
        for (uint32_t i = 0; i < d->attr_count; i++) {
            write_attr(out, &d->attrs[i]);
        }
        rp_buf_add_char(out, '}');
    }
    rp_buf_add_char(out, '}');
}

/* ---- actions ---- */

static void write_start(struct rp_buf *out, const struct rp_call *call)
{
    number(out, "call", call->number);
    text(out, "path", call->path);
    text(out, "task", call->task);
    number(out, "attempt", call->attempt);
    text(out, "agent", call->agent_name);
    digest(out, "input", &call->input_digest);
    digest(out, "content", &call->content);
}

static void write_action(struct rp_buf *out, const struct rp_action *action)
{
    rp_buf_add_char(out, '{');
    word(out, "kind", rp_action_kind_name(action->kind));
    switch (action->kind) {
    case RP_ACTION_START_CALL:
        write_start(out, &action->start);
        break;
    case RP_ACTION_CANCEL_CALL:
        number(out, "call", action->cancel.call);
        text(out, "path", action->cancel.path);
        text(out, "mode",
            action->cancel.mode == RP_CANCEL_KILL ? "kill" : "term");
        word(out, "reason", rp_reason_name(action->cancel.reason));
        break;
    case RP_ACTION_FINISH:
        break;
    }
    rp_buf_add_char(out, '}');
}

void rp_record_write(struct rp_buf *out, const struct rp_event *event,
    const struct rp_step *step)
{
    rp_buf_add_char(out, '{');
    nanoseconds(out, "at", event->at.ns);
    name(out, "event");
    write_event(out, event);
    name(out, "decisions");
    rp_buf_add_char(out, '[');
    for (uint32_t i = 0; i < step->decision_count; i++) {
        if (i > 0) {
            rp_buf_add_char(out, ',');
        }
        write_decision(out, &step->decisions[i]);
    }
    rp_buf_add_char(out, ']');
    name(out, "actions");
    rp_buf_add_char(out, '[');
    for (uint32_t i = 0; i < step->action_count; i++) {
        if (i > 0) {
            rp_buf_add_char(out, ',');
        }
        write_action(out, &step->actions[i]);
    }
    rp_buf_add_text(out, "]}");
}

struct rp_digest rp_record_chain(
    const struct rp_digest *previous, struct rp_str body)
{
    const struct rp_str parts[] = {
        {(const char *)previous->bytes, sizeof(previous->bytes)},
        body,
    };
    return rp_digest_of_parts(parts, RP_COUNT_OF(parts));
}
