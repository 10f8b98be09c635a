/* tape.h - the calls of a recording, found by path and by content.
 * Floor: replay. */
#ifndef RP_REPLAY_TAPE_H
#define RP_REPLAY_TAPE_H

#include <reprise/mem.h>
#include <reprise/transport_journal.h>

/* A recorded call. Durations are since the record that dispatched it; FOREVER
 * stands for what did not happen. */
struct rp__taped {
    const struct rp_call *call;
    struct rp_instant began;
    const struct rp_completion *completion; /* NULL: none was recorded */
    const struct rp_event *event;           /* of the completion */
    struct rp_duration ended;
    uint64_t ended_seq;
    struct rp_duration idle, silent; /* the idle report */
    uint64_t idle_seq;
    struct rp_duration term, kill; /* when we asked it to end */
    enum rp_reason ended_for;      /* of the first such request */
    struct rp_duration known;      /* how far the recording goes */
    uint32_t used;                 /* answers given so far */
};

/* Something that an operator asked, or that a process died. */
struct rp__asked {
    uint64_t seq;
    struct rp_instant at;
    enum rp_operator_command command;
    enum rp_reason cause;
    uint32_t reports;               /* that came before it */
    const struct rp_event *resumed; /* NULL: an operator asked */
};

struct rp__tape {
    struct rp_recording *recording; /* borrowed, outlives us */
    struct rp_arena *arena;         /* owned */
    struct rp__taped *calls;        /* in order of dispatch */
    uint32_t count;
    struct rp__taped **by_path, **by_content; /* sorted */
    struct rp__asked *asked;
    uint32_t asked_count;
    const char *const *ignored; /* what of inputs does not count; borrowed */
    uint32_t ignored_count;
};

void rp__tape_init(struct rp__tape *tape, struct rp_recording *recording);
void rp__tape_fini(struct rp__tape *tape);

/* As if no process of the session had died: what a death cut short is no call,
 * and nobody resumes. False, and nothing is changed: it is not known what a
 * task would have delivered, since no other attempt of it ended. */
bool rp__tape_mend(struct rp__tape *tape);

/* The recorded call that answers `call`; NULL: none does. */
struct rp__taped *rp__tape_match(struct rp__tape *tape,
    const struct rp_call *call, enum rp_changed_input changed,
    enum rp_match *match);

/* Says what was asked, what is nearest and how the two differ. */
enum rp_code rp__tape_miss(
    struct rp__tape *tape, const struct rp_call *call, struct rp_err *err);

#endif
