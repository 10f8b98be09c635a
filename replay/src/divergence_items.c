#include "divergence_items.h"

#include <string.h>

/* ---- as in a record ---- */

/* A record of nothing else, cut down to the one thing in it. */
static struct rp_str text_of(struct rp_arena *arena, const struct rp_step *step)
{
    static const char before_actions[] = "],\"actions\":[";
    static const struct rp_event none = {.kind = RP_EVENT_OPERATOR};
    static const struct rp_step empty = {.decision_count = 0};
    static const char tail[] = "],\"actions\":[]}";
    struct rp_buf buf;
    rp_buf_init(&buf, RP_RECORD_BYTES_MAX);
    rp_record_write(&buf, &none, &empty);
    size_t begin = buf.len - (sizeof(tail) - 1);
    rp_buf_reset(&buf);
    rp_record_write(&buf, &none, step);
    size_t end = buf.len - (sizeof(tail) - 1);
    if (step->action_count > 0) {
        begin += sizeof(before_actions) - 1;
        end = buf.len - (sizeof("]}") - 1);
    }
    struct rp_str item = {buf.ptr + begin, end - begin};
    item.ptr = rp_arena_dup(arena, item);
    rp_buf_fini(&buf);
    return item;
}

void rp__item_of_decision(struct rp__item *out, struct rp_arena *arena,
    const struct rp_decision *decision)
{
    struct rp_step step = {.decisions = decision, .decision_count = 1};
    *out = (struct rp__item){
        .decision = decision,
        .path = decision->path,
        .text = text_of(arena, &step),
    };
}

void rp__item_of_action(struct rp__item *out, struct rp_arena *arena,
    const struct rp_action *action)
{
    struct rp_step step = {.actions = action, .action_count = 1};
    *out = (struct rp__item){
        .action = action, .path = "", .text = text_of(arena, &step)};
    switch (action->kind) {
    case RP_ACTION_START_CALL:
        out->path = action->start.path;
        break;
    case RP_ACTION_CANCEL_CALL:
        out->path = action->cancel.path;
        break;
    case RP_ACTION_FINISH:
        break;
    }
}

/* ---- alike or not ---- */

static const char *word_of(const struct rp__item *item)
{
    if (item->decision != NULL) {
        return rp_decision_name(item->decision->kind);
    }
    RP_ASSERT(item->action != NULL); /* it is one of the two */
    return rp_action_kind_name(item->action->kind);
}

static enum rp_reason reason_of(const struct rp__item *item)
{
    if (item->decision != NULL) {
        return item->decision->reason;
    }
    RP_ASSERT(item->action != NULL); /* it is one of the two */
    return item->action->kind == RP_ACTION_CANCEL_CALL
               ? item->action->cancel.reason
               : RP_REASON_NONE;
}

uint32_t rp__item_likeness(const struct rp__item *a, const struct rp__item *b)
{
    uint32_t score = 0;
    score += strcmp(word_of(a), word_of(b)) == 0 ? 3 : 0;
    score += strcmp(a->path, b->path) == 0 ? 2 : 0;
    if (score > 0 && reason_of(a) == reason_of(b)) {
        score++;
    }
    return score;
}

static bool of_input(const struct rp_attr *attr)
{
    return strcmp(attr->name, "input") == 0 ||
           strcmp(attr->name, "input_bytes") == 0;
}

/* The item without what it says of an input, as a text. */
static struct rp_str bare_decision(
    struct rp_arena *arena, const struct rp_decision *decision)
{
    struct rp_decision bare = *decision;
    bare.attr_count = 0;
    for (uint32_t i = 0; i < decision->attr_count; i++) {
        if (!of_input(&decision->attrs[i])) {
            bare.attrs[bare.attr_count++] = decision->attrs[i];
        }
    }
    struct rp_step step = {.decisions = &bare, .decision_count = 1};
    return text_of(arena, &step);
}

static struct rp_str bare_start(
    struct rp_arena *arena, const struct rp_action *action)
{
    struct rp_action bare = *action;
    bare.start.input_digest = (struct rp_digest){{0}};
    bare.start.content = (struct rp_digest){{0}};
    struct rp_step step = {.actions = &bare, .action_count = 1};
    return text_of(arena, &step);
}

bool rp__item_input_changed(
    const struct rp__item *was, const struct rp__item *is)
{
    struct rp_arena *scratch = rp_arena_new(0);
    bool changed = false;
    if (was->decision != NULL && is->decision != NULL) {
        changed = was->decision->kind == RP_DECISION_TASK_BEGAN &&
                  is->decision->kind == RP_DECISION_TASK_BEGAN &&
                  rp_str_equal(bare_decision(scratch, was->decision),
                      bare_decision(scratch, is->decision));
    } else if (was->action != NULL && is->action != NULL) {
        changed = was->action->kind == RP_ACTION_START_CALL &&
                  is->action->kind == RP_ACTION_START_CALL &&
                  rp_str_equal(bare_start(scratch, was->action),
                      bare_start(scratch, is->action));
    }
    rp_arena_free(&scratch);
    return changed;
}

/* ---- in words ---- */

static const char *deed_of(const struct rp__item *item)
{
    static const char *const deeds[] = {
        [RP_DECISION_SESSION_BEGAN] = "began",
        [RP_DECISION_NODE_BEGAN] = "began",
        [RP_DECISION_NODE_ENDED] = "ended",
        [RP_DECISION_TASK_BEGAN] = "began",
        [RP_DECISION_TASK_QUEUED] = "waited for a slot",
        [RP_DECISION_TASK_ENDED] = "ended",
        [RP_DECISION_ACCEPTED] = "was accepted",
        [RP_DECISION_REJECTED] = "was rejected",
        [RP_DECISION_RETRY] = "was retried",
        [RP_DECISION_FALLBACK] = "fell back",
        [RP_DECISION_TIMED_OUT] = "reached a limit",
        [RP_DECISION_RELEASED] = "was confirmed gone",
        [RP_DECISION_LATE_RESULT] = "answered too late",
        [RP_DECISION_AGGREGATED] = "was merged",
        [RP_DECISION_MISSING] = "was missing something",
        [RP_DECISION_CONFLICT] = "had a conflict",
        [RP_DECISION_SYNTHESIS] = "was written from its sources",
        [RP_DECISION_BUDGET] = "reached a budget",
        [RP_DECISION_CANCEL] = "was cancelled",
        [RP_DECISION_SKIPPED] = "was skipped",
        [RP_DECISION_SESSION_ENDED] = "ended",
    };
    static const char *const acts[] = {
        [RP_ACTION_START_CALL] = "was started",
        [RP_ACTION_CANCEL_CALL] = "was ended",
        [RP_ACTION_FINISH] = "was finished",
    };
    return item->decision != NULL ? deeds[item->decision->kind]
                                  : acts[item->action->kind];
}

/* "gather/labs ended as failed (attempts_exhausted)" */
static const char *clause_of(
    struct rp_arena *arena, const struct rp__item *item)
{
    const struct rp_attr *status = NULL;
    if (item->decision != NULL) {
        status = rp_decision_attr(item->decision, "status");
        status = status != NULL ? status
                                : rp_decision_attr(item->decision, "outcome");
    }
    const char *reason = rp_reason_name(reason_of(item));
    struct rp_str how = status == NULL ? RP_STR("") : status->text;
    return rp_arena_printf(arena, "%s %s%s%.*s%s%s%s",
        item->path[0] == '\0' ? "the session" : item->path, deed_of(item),
        how.len == 0 ? "" : " as ", RP_STR_ARG(how),
        reason[0] == '\0' ? "" : " (", reason, reason[0] == '\0' ? "" : ")");
}

const char *rp__item_phrase(struct rp_arena *arena, const struct rp__item *item)
{
    const char *reason = rp_reason_name(reason_of(item));
    return rp_arena_printf(arena, "%s%s%s%s%s%s", word_of(item),
        item->path[0] == '\0' ? "" : " ", item->path,
        reason[0] == '\0' ? "" : " (", reason, reason[0] == '\0' ? "" : ")");
}

const char *rp__item_sentence(struct rp_arena *arena,
    enum rp_divergence_class kind, const struct rp__item *was,
    const struct rp__item *is)
{
    if (kind == RP_DIVERGENCE_MISSING) {
        return rp_arena_printf(arena, "%s; not so now", clause_of(arena, was));
    }
    if (kind == RP_DIVERGENCE_EXTRA) {
        return rp_arena_printf(
            arena, "now %s; not recorded", clause_of(arena, was));
    }
    if (kind == RP_DIVERGENCE_INPUT_CHANGED) {
        bool content = was->action != NULL &&
                       rp_digest_equal(&was->action->start.input_digest,
                           &is->action->start.input_digest);
        return rp_arena_printf(arena, "%s with %s than now",
            clause_of(arena, was),
            content ? "another spec or other arguments" : "another input");
    }
    const char *before = clause_of(arena, was);
    const char *after = clause_of(arena, is);
    if (strcmp(before, after) == 0) {
        return rp_arena_printf(
            arena, "%s, and now with other attributes", before);
    }
    return rp_arena_printf(arena, "%s; now %s%s", before, after,
        kind == RP_DIVERGENCE_ORDER ? " at this place" : "");
}
