#include "memo.h"

#include <string.h>

struct rp_decision *rp__decide(struct rp_engine *e, enum rp_decision_kind kind,
    const char *path, enum rp_reason reason)
{
    struct emitted *out = &e->emitted;
    out->decisions = rp_mem_room(out->decisions, out->decision_count,
        &out->decision_room, sizeof(struct rp_decision));
    struct rp_decision *d = &out->decisions[out->decision_count++];
    *d = (struct rp_decision){.kind = kind, .path = path, .reason = reason};
    return d;
}

static struct rp_attr *add_attr(
    struct rp_decision *d, const char *name, enum rp_attr_type type)
{
    RP_ASSERT(d->attr_count < RP_DECISION_ATTRS_MAX);
    struct rp_attr *attr = &d->attrs[d->attr_count++];
    *attr = (struct rp_attr){.name = name, .type = type};
    return attr;
}

void rp__attr_int(struct rp_decision *d, const char *name, int64_t value)
{
    add_attr(d, name, RP_ATTR_INT)->number = value;
}

static void add_text(struct rp_engine *e, struct rp_decision *d,
    const char *name, struct rp_str text)
{
    if (text.len > 0) {
        struct rp_str copy = {rp_arena_dup(e->step, text), text.len};
        add_attr(d, name, RP_ATTR_TEXT)->text = copy;
    }
}

void rp__attr_word(struct rp_engine *e, struct rp_decision *d, const char *name,
    const char *word)
{
    add_text(e, d, name, rp_str_of(word));
}

void rp__attr_digest(struct rp_engine *e, struct rp_decision *d,
    const char *name, const struct rp_digest *digest)
{
    char hex[RP_DIGEST_HEX_LEN + 1];
    rp_digest_hex(digest, hex);
    add_text(e, d, name, rp_str_of(hex));
}

void rp__attr_list(struct rp_decision *d, const char *name,
    const struct rp_str *items, uint32_t count)
{
    if (count > 0) {
        struct rp_attr *attr = add_attr(d, name, RP_ATTR_LIST);
        attr->items = items;
        attr->item_count = count;
    }
}

struct rp_action *rp__act(struct rp_engine *e, enum rp_action_kind kind)
{
    struct emitted *out = &e->emitted;
    out->actions = rp_mem_room(out->actions, out->action_count,
        &out->action_room, sizeof(struct rp_action));
    struct rp_action *action = &out->actions[out->action_count++];
    *action = (struct rp_action){.kind = kind};
    return action;
}

void rp__act_cancel(struct rp_engine *e, struct call *call,
    enum rp_cancel_mode mode, enum rp_reason reason)
{
    struct rp_action *action = rp__act(e, RP_ACTION_CANCEL_CALL);
    action->cancel.call = call->number;
    action->cancel.path = call->path;
    action->cancel.mode = mode;
    action->cancel.reason = reason;
    call->killed = call->killed || mode == RP_CANCEL_KILL;
}

/* ---- made documents ---- */

static bool find_text(void *context, const cJSON *child, struct rp_str *text)
{
    const struct rp_engine *e = context;
    for (uint32_t i = 0; i < e->made_value_count; i++) {
        if (e->made_values[i].child == child) {
            *text = e->made_values[i].text;
            return true;
        }
    }
    const struct rp__memo_text *known = rp__memo_value(e->options.memo, child);
    if (known != NULL) {
        *text = known->bytes;
    }
    return known != NULL;
}

void rp__write_text(struct rp_engine *e, struct rp_buf *buf, const cJSON *value)
{
    struct rp_json_known known = {find_text, e};
    struct rp_str text;
    if (e->options.memo == NULL) {
        rp_json_write_text(buf, value);
    } else if (value->child != NULL && find_text(e, value->child, &text)) {
        rp_buf_add(buf, text);
    } else {
        rp_json_write_text_knowing(buf, value, &known);
    }
}

/* The text, in the memo or else in the session's arena. */
static struct rp_str keep_text(
    struct rp_engine *e, struct rp_str made, struct rp_digest *digest)
{
    const struct rp__memo_text *known = rp__memo_text(e->options.memo, made);
    if (known != NULL) {
        *digest = known->digest;
        return known->bytes;
    }
    *digest = rp_digest_of(made);
    return (struct rp_str){rp_arena_dup(e->session, made), made.len};
}

static void note_made(
    struct rp_engine *e, const cJSON *value, struct rp_str text)
{
    if (e->options.memo != NULL && value->child != NULL &&
        e->made_value_count < MADE_VALUES_MAX) {
        e->made_values[e->made_value_count++] =
            (struct made_value){value->child, text};
    }
}

struct rp_str rp__make_text(
    struct rp_engine *e, const cJSON *value, struct rp_digest *digest)
{
    struct rp_buf *buf = rp__scratch(e);
    rp__write_text(e, buf, value);
    struct rp_str text = keep_text(e, rp_buf_str(buf), digest);
    note_made(e, value, text);
    struct emitted *out = &e->emitted;
    out->made = rp_mem_room(
        out->made, out->made_count, &out->made_room, sizeof(struct rp_made));
    out->made[out->made_count++] = (struct rp_made){text, *digest};
    return text;
}

const struct rp_attr *rp_decision_attr(
    const struct rp_decision *decision, const char *name)
{
    for (uint32_t i = 0; i < decision->attr_count; i++) {
        if (strcmp(decision->attrs[i].name, name) == 0) {
            return &decision->attrs[i];
        }
    }
    return NULL;
}

bool rp_step_is_last(const struct rp_step *step)
{
    for (uint32_t i = 0; i < step->decision_count; i++) {
        if (step->decisions[i].kind == RP_DECISION_SESSION_ENDED) {
            return true;
        }
    }
    return false;
}
