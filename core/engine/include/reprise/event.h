/* event.h - what goes into the engine. Values; floor: engine.
 *
 * An event says when it happened (journal time), and carries borrowed bytes
 * beside their digests; a record holds the digests only.
 */
#ifndef RP_EVENT_H
#define RP_EVENT_H

#include <reprise/digest.h>
#include <reprise/limits.h>
#include <reprise/plan.h>
#include <reprise/reason.h>
#include <reprise/time.h>

enum rp_event_kind {
    RP_EVENT_SESSION_STARTED,
    RP_EVENT_CALL_IDLE,      /* at most once a call, before its completion */
    RP_EVENT_CALL_COMPLETED, /* exactly once a call */
    RP_EVENT_TIMER_FIRED,
    RP_EVENT_OPERATOR,
    RP_EVENT_RESUMED, /* a new process goes on where another died */
};
const char *rp_event_kind_name(enum rp_event_kind kind);

/* What the transport saw at the end of a call. Judging it is the engine's. */
enum rp_call_end {
    RP_END_EXITED,    /* exit_status is set, 0 or not; all output is here */
    RP_END_SIGNALED,  /* `signal` is set and was not ours */
    RP_END_KILLED,    /* ended by us: cancelled, or as `why` says */
    RP_END_SPAWN,     /* never started */
    RP_END_TRANSPORT, /* the connection failed */
    RP_END_THROTTLED,
    RP_END_LOST, /* the orchestrator died meanwhile */
};
const char *rp_call_end_name(enum rp_call_end end);

/* A stretch without any byte or event from the worker. */
struct rp_gap {
    struct rp_duration start; /* since dispatch */
    struct rp_duration length;
};

struct rp_usage {
    bool present;
    int64_t input_tokens, output_tokens;
    int64_t cost_micro_usd;
    char model[64];
};

/* An injected fault that touched a call. */
struct rp_fault_mark {
    char rule[65];                  /* the rule's id */
    char fault[32];                 /* catalogue name */
    struct rp_digest before, after; /* of the output, zero if not changed */
};
#define RP_FAULT_MARKS_MAX 4

struct rp_completion {
    uint32_t call;
    enum rp_call_end end;
    int32_t exit_status; /* EXITED, else -1 */
    int32_t signal;      /* SIGNALED and KILLED, else 0 */
    int32_t pid;         /* 0 when never started */
    /* KILLED by the transport's own judgement: PIPE_HELD never (that is a
     * flag), HUNG_AFTER_OUTPUT, OUTPUT_TOO_LARGE; NONE when cancelled. */
    enum rp_reason why;
    bool pipe_held; /* a descendant held the output after the exit */
    bool term_sent, kill_sent;
    struct rp_str output, diagnostics, log; /* stdout, stderr, fd 3 lines */
    struct rp_digest output_digest, diagnostics_digest, log_digest;
    uint64_t output_bytes, diagnostics_bytes, log_bytes; /* as produced */
    bool output_cut, diagnostics_cut, log_cut; /* less is kept than produced */
    struct rp_duration duration;               /* dispatch to confirmed gone */
    struct rp_duration first_byte;   /* dispatch to it; FOREVER if none came */
    struct rp_gap gaps[RP_GAPS_MAX]; /* running maxima, in order of start */
    uint32_t gap_count;
    bool gaps_overflowed;
    struct rp_usage usage;
    struct rp_duration retry_after; /* THROTTLED; 0 when not said */
    struct rp_fault_mark faults[RP_FAULT_MARKS_MAX];
    uint32_t fault_count;
    uint32_t survivor_count; /* processes that could not be ended */
    bool endured;            /* what was hard for its call was real */
    char message[256]; /* "cannot start './labs': No such file or directory" */
};

enum rp_operator_command { RP_OPERATOR_CANCEL };

struct rp_event {
    enum rp_event_kind kind;
    struct rp_instant at; /* never earlier than the event before */
    const char *path; /* CALL_*: "gather/labs@1/call:1"; wins over numbers */
    union {
        struct {
            struct rp_str input; /* text form, borrowed */
            struct rp_digest input_digest;
            struct rp_wall anchor; /* label: the wall time of instant 0 */
        } started;
        struct {
            uint32_t call;
            struct rp_duration silent; /* since the last sign of life */
        } idle;
        const struct rp_completion *completed; /* borrowed */
        struct {
            const char *name; /* "timeout gather/labs@1" */
        } timer;
        struct {
            enum rp_operator_command command;
            enum rp_reason cause; /* CANCELLED_SIGINT, … */
        } command;
        struct {
            uint32_t incarnation;  /* 2 for the first of them */
            struct rp_wall anchor; /* label: the wall time of instant 0, as
                                      this incarnation would have it */
        } resumed;
    };
};

#endif
