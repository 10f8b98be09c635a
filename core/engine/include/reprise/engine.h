/* engine.h - the session as a pure function of its events.
 *
 * The engine reads no clock, no environment, no global and no file; time is in
 * the event, chance is rp_draw(). The same engine runs live, in verification,
 * in replay and under simulated faults. Floor: engine. Single-threaded; two
 * engines share nothing.
 */
#ifndef RP_ENGINE_H
#define RP_ENGINE_H

#include <reprise/event.h>
#include <reprise/id.h>
#include <reprise/memo.h>
#include <reprise/plan.h>
#include <reprise/step.h>

/* Raised by any change of a decision; the old behaviour stays behind the old
 * number, so that recordings verify for ever.
 * 2: an output with a name twice in one object is refused; 1 took the last. */
#define RP_ENGINE_REV 2

enum rp_outcome {
    RP_OUTCOME_NONE, /* not ended */
    RP_OUTCOME_OK,
    RP_OUTCOME_DEGRADED,
    RP_OUTCOME_FAILED,
    RP_OUTCOME_CANCELLED,
};
const char *rp_outcome_name(enum rp_outcome outcome);
bool rp_outcome_parse(struct rp_str text, enum rp_outcome *out);

/* How a task ended; the word is in records and spans. */
enum rp_task_status {
    RP_TASK_ACTIVE, /* not ended */
    RP_TASK_OK,
    RP_TASK_FALLBACK, /* delivered by its fallback agent */
    RP_TASK_DEGRADED, /* delivered a fallback value */
    RP_TASK_FAILED,
    RP_TASK_TIMED_OUT,
    RP_TASK_CANCELLED,
    RP_TASK_SKIPPED,
    RP_TASK_LOST,
};
const char *rp_task_status_name(enum rp_task_status status);
bool rp_task_status_parse(struct rp_str text, enum rp_task_status *out);

struct rp_engine;

struct rp_engine_options {
    struct rp_session_id session;
    uint64_t seed;
    uint32_t engine_rev;  /* RP_ENGINE_REV for a new session */
    struct rp_memo *memo; /* borrowed, outlives the engine; NULL: none */
};

/* `plan` is borrowed and outlives the engine. */
struct rp_engine *rp_engine_new(
    const struct rp_plan *plan, const struct rp_engine_options *options);
void rp_engine_free(struct rp_engine **engine);

/* Takes one event. `*out` is borrowed until the next step. RP_E_STATE: the
 * event does not fit (not started, already ended, an unknown call or timer,
 * time running backwards, a timer is due that was not fired): nothing
 * changed. */
RP_NODISCARD enum rp_code rp_engine_step(struct rp_engine *engine,
    const struct rp_event *event, struct rp_step *out, struct rp_err *err);

/* The earliest timer; false if none is set. A timer must be fired, by its
 * name ("timeout gather/labs@1"), before any other event whose time is not
 * before `*due`; of equal times the one set first. `*name` is borrowed until
 * the next step; `name` may be NULL: making one costs more than the time. */
bool rp_engine_next_timer(
    const struct rp_engine *engine, struct rp_instant *due, const char **name);

/* "gather/labs@1/call:1" of a call that was started, else NULL. Lives as long
 * as the engine. */
const char *rp_engine_call_path(const struct rp_engine *engine, uint32_t call);

bool rp_engine_ended(const struct rp_engine *engine);
enum rp_outcome rp_engine_outcome(const struct rp_engine *engine);
/* The session's output, text form; empty when there is none. Borrowed. */
struct rp_str rp_engine_output(const struct rp_engine *engine);
/* {"outcome","output","requested","delivered","missing","conflicts"} as text
 * form: what --envelope prints. Borrowed. Only after the end. */
struct rp_str rp_engine_envelope(const struct rp_engine *engine);

/* Walks the whole object; aborts on a broken invariant. For tests. */
void rp_engine_check(const struct rp_engine *engine);

#endif
