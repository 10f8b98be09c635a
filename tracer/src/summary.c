#include <reprise/summary.h>

#include <stdio.h>
#include <string.h>

void rp_summary_init(
    struct rp_summary *summary, const struct rp_session_head *head)
{
    *summary = (struct rp_summary){.outcome = RP_OUTCOME_NONE};
    struct rp_buf text;
    rp_buf_init(&text, RP_RECORD_BYTES_MAX);
    rp_session_head_write(&text, head);
    summary->chain = rp_digest_of(rp_buf_str(&text));
    rp_buf_fini(&text);
}

/* ---- notes ---- */

struct note {
    enum rp_task_status status;
    const char *words; /* after the task's name */
};

static const struct note notes[] = {
    {RP_TASK_FALLBACK, " by fallback"},
    {RP_TASK_DEGRADED, " degraded"},
    {RP_TASK_FAILED, " failed"},
    {RP_TASK_TIMED_OUT, " timed out"},
    {RP_TASK_LOST, " lost"},
};

static const char *note_of(enum rp_task_status status)
{
    for (size_t i = 0; i < RP_COUNT_OF(notes); i++) {
        if (notes[i].status == status) {
            return notes[i].words;
        }
    }
    return NULL; /* ok, or cancelled and skipped with something else */
}

static void add_note(
    struct rp_summary *summary, const char *path, const char *words)
{
    const char *slash = strrchr(path, '/');
    const char *name = slash == NULL ? path : slash + 1;
    const char *comma = summary->notes[0] == '\0' ? "" : ", ";
    size_t used = strlen(summary->notes);
    size_t more = strlen(comma) + strlen(name) + strlen(words);
    if (used + more >= sizeof(summary->notes)) {
        summary->notes_left++;
        return;
    }
    (void)snprintf(summary->notes + used, sizeof(summary->notes) - used,
        "%s%s%s", comma, name, words); /* it fits */
}

/* ---- decisions ---- */

static int64_t int_of(
    const struct rp_decision *d, const char *name, int64_t otherwise)
{
    const struct rp_attr *attr = rp_decision_attr(d, name);
    return attr != NULL && attr->type == RP_ATTR_INT ? attr->number : otherwise;
}

static struct rp_str text_of(const struct rp_decision *d, const char *name)
{
    const struct rp_attr *attr = rp_decision_attr(d, name);
    return attr != NULL && attr->type == RP_ATTR_TEXT ? attr->text : RP_STR("");
}

static bool stands_in(const char *path)
{
    return rp_str_ends(rp_str_of(path), RP_STR("/$fallback"));
}

static void task_ended(struct rp_summary *summary, const struct rp_decision *d)
{
    enum rp_task_status status;
    if (stands_in(d->path) ||
        !rp_task_status_parse(text_of(d, "status"), &status)) {
        return;
    }
    summary->delivered += status == RP_TASK_OK || status == RP_TASK_FALLBACK;
    const char *words = note_of(status);
    if (words != NULL) {
        add_note(summary, d->path, words);
    }
}

static void session_ended(
    struct rp_summary *summary, const struct rp_decision *d)
{
    (void)rp_outcome_parse(text_of(d, "outcome"), &summary->outcome);
    /* untouched when it is not a word we know: then it did not end */
    summary->requested = int_of(d, "requested", summary->requested);
    summary->delivered = int_of(d, "delivered", summary->delivered);
    (void)rp_digest_parse(text_of(d, "output"), &summary->output);
    /* absent when the session delivered nothing */
}

static void add_decision(
    struct rp_summary *summary, const struct rp_decision *d)
{
    switch (d->kind) {
    case RP_DECISION_TASK_BEGAN:
        summary->tasks++;
        summary->requested += !stands_in(d->path);
        break;
    case RP_DECISION_TASK_ENDED:
        task_ended(summary, d);
        break;
    case RP_DECISION_RETRY:
        summary->retries++;
        break;
    case RP_DECISION_FALLBACK:
        summary->fallbacks++;
        break;
    case RP_DECISION_TIMED_OUT:
        summary->timeouts++;
        break;
    case RP_DECISION_CONFLICT:
        summary->conflicts++;
        break;
    case RP_DECISION_SESSION_ENDED:
        session_ended(summary, d);
        break;
    case RP_DECISION_SESSION_BEGAN:
    case RP_DECISION_NODE_BEGAN:
    case RP_DECISION_NODE_ENDED:
    case RP_DECISION_TASK_QUEUED:
    case RP_DECISION_ACCEPTED:
    case RP_DECISION_REJECTED:
    case RP_DECISION_RELEASED:
    case RP_DECISION_LATE_RESULT:
    case RP_DECISION_AGGREGATED:
    case RP_DECISION_MISSING:
    case RP_DECISION_SYNTHESIS:
    case RP_DECISION_BUDGET:
    case RP_DECISION_CANCEL:
    case RP_DECISION_SKIPPED:
    case RP_DECISION_RESUMED:
    case RP_DECISION_COUNT:
        break;
    }
}

void rp_summary_add(struct rp_summary *summary, const struct rp_record *record)
{
    const struct rp_step *step = record->step;
    for (uint32_t i = 0; i < step->decision_count; i++) {
        add_decision(summary, &step->decisions[i]);
    }
    for (uint32_t i = 0; i < step->action_count; i++) {
        summary->attempts += step->actions[i].kind == RP_ACTION_START_CALL;
    }
    if (record->event->kind == RP_EVENT_CALL_COMPLETED &&
        record->event->completed->usage.present) {
        const struct rp_usage *usage = &record->event->completed->usage;
        summary->input_tokens += usage->input_tokens;
        summary->output_tokens += usage->output_tokens;
        summary->cost_micro_usd += usage->cost_micro_usd;
    }
    summary->record_count++;
    summary->last_at = record->at;
    summary->chain = record->digest;
}
