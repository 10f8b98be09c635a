/* The words of the engine's enums: what records, spans and people see. */
#include <reprise/engine.h>
#include <reprise/store.h>

#include <string.h>

static bool find_word(
    const char *const *words, size_t count, struct rp_str text, size_t *out)
{
    for (size_t i = 0; i < count; i++) {
        if (words[i] != NULL && rp_str_is(text, words[i])) {
            *out = i;
            return true;
        }
    }
    return false;
}

/* ---- reasons ---- */

static const char *const reason_words[] = {
#define RP_REASON(name, word, meaning) [RP_REASON_##name] = word,
#include <reprise/reason.def>
#undef RP_REASON
};
static const char *const reason_meanings[] = {
#define RP_REASON(name, word, meaning) [RP_REASON_##name] = meaning,
#include <reprise/reason.def>
#undef RP_REASON
};

const char *rp_reason_name(enum rp_reason reason)
{
    RP_ASSERT((size_t)reason < RP_COUNT_OF(reason_words));
    return reason_words[reason];
}

const char *rp_reason_meaning(enum rp_reason reason)
{
    RP_ASSERT((size_t)reason < RP_COUNT_OF(reason_meanings));
    return reason_meanings[reason];
}

bool rp_reason_parse(struct rp_str text, enum rp_reason *out)
{
    size_t found = 0;
    if (!find_word(reason_words, RP_COUNT_OF(reason_words), text, &found)) {
        return false;
    }
    *out = (enum rp_reason)found;
    return true;
}

/* ---- decisions ---- */

static const char *const decision_words[] = {
#define RP_DECISION(name, word, meaning) [RP_DECISION_##name] = word,
#include <reprise/decision.def>
#undef RP_DECISION
};

const char *rp_decision_name(enum rp_decision_kind kind)
{
    RP_ASSERT((size_t)kind < RP_COUNT_OF(decision_words));
    return decision_words[kind];
}

bool rp_decision_parse(struct rp_str text, enum rp_decision_kind *out)
{
    size_t found = 0;
    if (!find_word(decision_words, RP_COUNT_OF(decision_words), text, &found)) {
        return false;
    }
    *out = (enum rp_decision_kind)found;
    return true;
}

/* ---- the rest ---- */

static const char *const event_words[] = {
    [RP_EVENT_SESSION_STARTED] = "session_started",
    [RP_EVENT_CALL_IDLE] = "call_idle",
    [RP_EVENT_CALL_COMPLETED] = "call_completed",
    [RP_EVENT_TIMER_FIRED] = "timer_fired",
    [RP_EVENT_OPERATOR] = "operator",
    [RP_EVENT_RESUMED] = "resumed",
};

const char *rp_event_kind_name(enum rp_event_kind kind)
{
    return event_words[kind];
}

static const char *const end_words[] = {
    [RP_END_EXITED] = "exited",
    [RP_END_SIGNALED] = "signaled",
    [RP_END_KILLED] = "killed",
    [RP_END_SPAWN] = "spawn_failed",
    [RP_END_TRANSPORT] = "transport",
    [RP_END_THROTTLED] = "throttled",
    [RP_END_LOST] = "lost",
};

const char *rp_call_end_name(enum rp_call_end end)
{
    return end_words[end];
}

static const char *const action_words[] = {
    [RP_ACTION_START_CALL] = "start_call",
    [RP_ACTION_CANCEL_CALL] = "cancel_call",
    [RP_ACTION_FINISH] = "finish",
};

const char *rp_action_kind_name(enum rp_action_kind kind)
{
    return action_words[kind];
}

static const char *const outcome_words[] = {
    [RP_OUTCOME_NONE] = "",
    [RP_OUTCOME_OK] = "ok",
    [RP_OUTCOME_DEGRADED] = "degraded",
    [RP_OUTCOME_FAILED] = "failed",
    [RP_OUTCOME_CANCELLED] = "cancelled",
};

const char *rp_outcome_name(enum rp_outcome outcome)
{
    return outcome_words[outcome];
}

bool rp_outcome_parse(struct rp_str text, enum rp_outcome *out)
{
    size_t found = 0;
    if (!find_word(outcome_words, RP_COUNT_OF(outcome_words), text, &found)) {
        return false;
    }
    *out = (enum rp_outcome)found;
    return true;
}

static const char *const status_words[] = {
    [RP_TASK_ACTIVE] = "active",
    [RP_TASK_OK] = "ok",
    [RP_TASK_FALLBACK] = "fallback",
    [RP_TASK_DEGRADED] = "degraded",
    [RP_TASK_FAILED] = "failed",
    [RP_TASK_TIMED_OUT] = "timed_out",
    [RP_TASK_CANCELLED] = "cancelled",
    [RP_TASK_SKIPPED] = "skipped",
    [RP_TASK_LOST] = "lost",
};

const char *rp_task_status_name(enum rp_task_status status)
{
    return status_words[status];
}

bool rp_task_status_parse(struct rp_str text, enum rp_task_status *out)
{
    size_t found = 0;
    if (!find_word(status_words, RP_COUNT_OF(status_words), text, &found)) {
        return false;
    }
    *out = (enum rp_task_status)found;
    return true;
}

static const char *const mode_words[] = {
    [RP_MODE_LIVE] = "live",
    [RP_MODE_RERUN] = "rerun",
    [RP_MODE_IMPORTED] = "imported",
};

const char *rp_mode_name(enum rp_mode mode)
{
    return mode_words[mode];
}

bool rp_mode_parse(struct rp_str text, enum rp_mode *out)
{
    size_t found = 0;
    if (!find_word(mode_words, RP_COUNT_OF(mode_words), text, &found)) {
        return false;
    }
    *out = (enum rp_mode)found;
    return true;
}
