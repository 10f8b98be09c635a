#include "phrase.h"

#include <inttypes.h>
#include <string.h>

#include <reprise/engine.h>

/* ---- marks ---- */

static const struct rp__mark state_marks[] = {
    [RP__ITEM_WAITING] = {"\xC2\xB7", ".", RP__DIM},
    [RP__ITEM_QUEUED] = {"\xC2\xB7", ".", RP__DIM},
    [RP__ITEM_RUNNING] = {"\xE2\x96\xB8", ">", RP__CYAN},
    [RP__ITEM_PAUSED] = {"\xE2\x97\x8C", "~", RP__YELLOW},
    [RP__ITEM_ENDED] = {" ", " ", RP__PLAIN},
};

static const struct rp__mark status_marks[] = {
    [RP_TASK_ACTIVE] = {"\xE2\x96\xB8", ">", RP__CYAN},
    [RP_TASK_OK] = {"\xE2\x9C\x93", "+", RP__GREEN},
    [RP_TASK_FALLBACK] = {"\xE2\x86\xB7", "~", RP__YELLOW},
    [RP_TASK_DEGRADED] = {"!", "!", RP__YELLOW},
    [RP_TASK_FAILED] = {"\xE2\x9C\x97", "x", RP__RED},
    [RP_TASK_TIMED_OUT] = {"\xE2\x9C\x97", "x", RP__RED},
    [RP_TASK_CANCELLED] = {"-", "-", RP__DIM},
    [RP_TASK_SKIPPED] = {"-", "-", RP__DIM},
    [RP_TASK_LOST] = {"\xE2\x9C\x97", "x", RP__RED},
};

struct rp__mark rp__phrase_mark(const struct rp__item *item)
{
    return item->state == RP__ITEM_ENDED ? status_marks[item->status]
                                         : state_marks[item->state];
}

enum rp__colour rp__phrase_outcome_colour(enum rp_outcome outcome)
{
    static const enum rp__colour colours[] = {
        [RP_OUTCOME_NONE] = RP__CYAN,
        [RP_OUTCOME_OK] = RP__GREEN,
        [RP_OUTCOME_DEGRADED] = RP__YELLOW,
        [RP_OUTCOME_FAILED] = RP__RED,
        [RP_OUTCOME_CANCELLED] = RP__YELLOW,
    };
    return colours[outcome];
}

const char *rp__phrase_short_id(const struct rp_session_id *id)
{
    return id->text + RP_SESSION_ID_LEN - RP__SHORT_ID_LEN;
}

/* ---- parts ---- */

/* Sets parts apart by a separator, but not in front of the first. */
struct parts {
    struct rp_buf *out;
    size_t begin;
};

static struct rp_buf *next_part(struct parts *parts, const char *separator)
{
    if (parts->out->len > parts->begin) {
        rp_buf_add_text(parts->out, separator);
    }
    return parts->out;
}

static void add_list(
    struct rp_buf *out, const char *const *items, uint32_t count)
{
    enum { SHOWN_MAX = 6 };
    for (uint32_t i = 0; i < count && i < SHOWN_MAX; i++) {
        rp_buf_addf(out, "%s%s", i > 0 ? ", " : "", items[i]);
    }
    if (count > SHOWN_MAX) {
        rp_buf_addf(out, " and %" PRIu32 " more", count - SHOWN_MAX);
    }
}

static void add_reason(
    struct parts *parts, enum rp_reason reason, const char *detail)
{
    if (reason != RP_REASON_NONE && reason != RP_REASON_OK) {
        rp_buf_add_text(next_part(parts, ": "), rp_reason_meaning(reason));
    }
    if (detail[0] != '\0') {
        rp_buf_add_text(next_part(parts, ": "), detail);
    }
}

/* ---- tries ---- */

/* Accepted, and yet: `word` is a reason code. */
static void add_warning(struct rp_buf *out, const char *word)
{
    enum rp_reason reason;
    bool known = rp_reason_parse(rp_str_of(word), &reason);
    rp_buf_addf(out, "but %s", known ? rp_reason_meaning(reason) : word);
}

/* What the engine's detail does not say already. */
static void add_status(struct parts *parts, const struct rp__try *t)
{
    if (t->detail[0] != '\0') {
        return;
    }
    if (t->end == RP_END_EXITED && t->exit_status != 0) {
        rp_buf_addf(
            next_part(parts, "; "), "exit status %" PRId32, t->exit_status);
    } else if (t->end == RP_END_SIGNALED) {
        rp_buf_addf(
            next_part(parts, "; "), "ended by signal %" PRId32, t->signal);
    }
    if (t->message[0] != '\0') {
        rp_buf_add_text(next_part(parts, "; "), t->message);
    }
}

static void add_process_end(struct parts *parts, const struct rp__try *t)
{
    add_status(parts, t);
    if (t->end == RP_END_KILLED) {
        rp_buf_add_text(
            next_part(parts, "; "), t->kill_sent ? "killed" : "ended");
    }
    if (t->pipe_held) {
        rp_buf_add_text(next_part(parts, "; "), "a child held its output");
    }
    if (t->survivor_count > 0) {
        rp_buf_addf(next_part(parts, "; "),
            "%" PRIu32 " of its processes could not be ended",
            t->survivor_count);
    }
    if (t->fault[0] != '\0') {
        rp_buf_addf(next_part(parts, "; "), "fault injected: %s", t->fault);
    }
}

void rp__phrase_try(struct rp_buf *out, const struct rp__try *t)
{
    struct parts parts = {out, out->len};
    bool lost = t->class == RP_CLASS_LOST; /* nobody saw its end */
    if (!t->completed && !lost && t->released.ns == RP_INSTANT_NEVER.ns) {
        rp_buf_add_text(next_part(&parts, ""), "in flight");
        return;
    }
    if (t->class != RP_CLASS_NONE) {
        rp_buf_add_text(next_part(&parts, ""), rp_class_name(t->class));
    } else if (t->accepted) {
        rp_buf_add_text(next_part(&parts, ""), "ok");
    }
    add_reason(&parts, t->reason, t->detail);
    if (t->warning[0] != '\0') {
        add_warning(next_part(&parts, ", "), t->warning);
    }
    add_process_end(&parts, t);
    if (t->completed && t->output_bytes > 0) {
        rp_buf_add_text(next_part(&parts, "; "), "output ");
        rp__text_bytes(out, t->output_bytes);
    }
    if (!t->completed && !lost) {
        rp_buf_add_text(next_part(&parts, "; "), "not yet gone");
    }
}

/* "3 tries (1 malformed, 1 timeout)" */
static void add_tries(struct parts *parts, const struct rp__item *item)
{
    uint32_t counts[RP_CLASS_COUNT] = {0};
    bool any = false;
    if (item->try_count < 2) {
        return;
    }
    for (const struct rp__try *t = item->tries; t != NULL; t = t->next) {
        counts[t->class] += t->class != RP_CLASS_NONE;
    }
    rp__text_count(next_part(parts, "; "), (int64_t)item->try_count, "trie");
    /* "trie" and "tries": one try is never told here. */
    for (uint32_t i = 0; i < RP_CLASS_COUNT; i++) {
        if (counts[i] > 0) {
            rp_buf_addf(parts->out, "%s%" PRIu32 " %s", any ? ", " : " (",
                counts[i], rp_class_name((enum rp_class)i));
            any = true;
        }
    }
    rp_buf_add_text(parts->out, any ? ")" : "");
}

/* ---- tasks ---- */

static const char *const status_words[] = {
    [RP_TASK_ACTIVE] = "",
    [RP_TASK_OK] = "",
    [RP_TASK_FALLBACK] = "by its fallback, after",
    [RP_TASK_DEGRADED] = "the plan's fallback value, after",
    [RP_TASK_FAILED] = "failed",
    [RP_TASK_TIMED_OUT] = "timed out",
    [RP_TASK_CANCELLED] = "cancelled",
    [RP_TASK_SKIPPED] = "skipped",
    [RP_TASK_LOST] = "lost",
};

static void add_synthesis(struct parts *parts, const struct rp__item *item)
{
    if (item->given_count > 0) {
        rp_buf_add_text(next_part(parts, "; "), "used ");
        add_list(parts->out, item->given, item->given_count);
    }
    if (item->unresolved_count > 0) {
        rp_buf_add_text(
            next_part(parts, "; "), "cites what it was not given: ");
        add_list(parts->out, item->unresolved, item->unresolved_count);
    }
}

/* Whose limit it was that ended the last try, so that it can be found in the
 * plan: " (agents.labs.idle: 3.0s)". */
static void add_limit(struct rp_buf *out, const struct rp__item *item)
{
    const struct rp__try *t = item->last_try;
    if (t == NULL || t->agent == NULL || t->reason != item->reason ||
        (t->reason != RP_REASON_IDLE && t->reason != RP_REASON_TIMEOUT)) {
        return;
    }
    bool idle = t->reason == RP_REASON_IDLE;
    rp_buf_addf(
        out, " (agents.%s.%s: ", t->agent->name, idle ? "idle" : "timeout");
    rp_duration_show(out, idle ? t->agent->idle : t->agent->timeout);
    rp_buf_add_char(out, ')');
}

static void add_last_try(struct parts *parts, const struct rp__item *item)
{
    const struct rp__try *t = item->last_try;
    if (t == NULL) {
        return;
    }
    if (item->status != RP_TASK_OK) {
        add_process_end(parts, t);
        return;
    }
    if (t->warning[0] != '\0') {
        add_warning(next_part(parts, "; "), t->warning);
    }
    if (t->fault[0] != '\0') {
        rp_buf_addf(next_part(parts, "; "), "fault injected: %s", t->fault);
    }
}

void rp__phrase_end(struct rp_buf *out, const struct rp__item *item)
{
    struct parts parts = {out, out->len};
    rp_buf_add_text(next_part(&parts, ""), status_words[item->status]);
    if (item->status != RP_TASK_OK) {
        bool after = item->status == RP_TASK_FALLBACK ||
                     item->status == RP_TASK_DEGRADED;
        struct parts reason = {out, after ? out->len : parts.begin};
        if (after) {
            rp_buf_add_char(out, ' ');
            reason.begin = out->len;
        }
        add_reason(&reason, item->reason, item->detail);
        add_limit(out, item);
    }
    if (item->status != RP_TASK_SKIPPED) {
        add_last_try(&parts, item);
        add_tries(&parts, item);
    }
    if (item->synthesis) {
        add_synthesis(&parts, item);
    }
}

/* ---- nodes ---- */

static bool delivered(const struct rp__item *item)
{
    return item->state == RP__ITEM_ENDED &&
           (item->status == RP_TASK_OK || item->status == RP_TASK_FALLBACK);
}

void rp__phrase_node(struct rp_buf *out, const struct rp__item *item)
{
    uint32_t done = 0;
    const struct rp__item *slowest = NULL;
    for (const struct rp__item *c = item->first; c != NULL; c = c->next) {
        done += delivered(c);
        if (c->ended.ns != RP_INSTANT_NEVER.ns &&
            (slowest == NULL || rp_instant_before(slowest->ended, c->ended))) {
            slowest = c;
        }
    }
    if (item->state != RP__ITEM_ENDED) {
        if (item->state == RP__ITEM_WAITING) {
            rp_buf_add_text(out, "waiting");
        } else if (item->node != NULL && item->node->kind == RP_NODE_PARALLEL) {
            rp_buf_addf(out, "%" PRIu32 " of %" PRIu32 ", need %" PRIu32, done,
                item->child_count, item->node->need);
        } else {
            rp_buf_addf(
                out, "%" PRIu32 " of %" PRIu32, done, item->child_count);
        }
        return;
    }
    if (item->status == RP_TASK_SKIPPED) {
        rp_buf_addf(out, "skipped: %s", rp_reason_meaning(item->reason));
        return;
    }
    rp_buf_addf(out, "%" PRIu32 " of %" PRIu32 " delivered in ", done,
        item->child_count);
    rp_duration_show(out, rp_instant_since(item->ended, item->began));
    if (slowest != NULL && item->child_count > 1) {
        rp_buf_addf(out, " (slowest: %s)", slowest->name);
    }
    if (item->status == RP_TASK_DEGRADED) {
        rp_buf_add_text(out, "; degraded");
    } else if (item->status != RP_TASK_OK) {
        rp_buf_addf(out, "; %s", status_words[item->status]);
        struct parts parts = {out, 0};
        add_reason(&parts, item->reason, item->detail);
    }
}

void rp__phrase_conflict(struct rp_buf *out, const struct rp__conflict *c)
{
    enum rp_reason kind;
    bool known = rp_reason_parse(rp_str_of(c->kind), &kind);
    rp_buf_addf(
        out, "%s: %s", c->key, known ? rp_reason_meaning(kind) : c->kind);
    if (c->values != NULL) {
        rp_buf_addf(out, " (%s)", c->values);
    } else if (c->source_count > 0) {
        rp_buf_add_text(out, " (");
        add_list(out, c->sources, c->source_count);
        rp_buf_add_char(out, ')');
    }
    rp_buf_addf(out, "; %s", c->resolution);
    if (c->chosen[0] != '\0') {
        rp_buf_addf(out, ": %s", c->chosen);
    }
}

/* ---- the whole ---- */

const struct rp__item *rp__phrase_first_failed(const struct rp__view *view)
{
    uint32_t depth = 0;
    for (struct rp__item *item = view->root; item != NULL;
         item = rp__view_walk(item, &depth)) {
        if (item->kind == RP__ITEM_TASK && !item->fallback &&
            item->state == RP__ITEM_ENDED && item->status != RP_TASK_OK &&
            item->status != RP_TASK_SKIPPED) {
            return item;
        }
    }
    return NULL;
}
