/* step.h - what comes out of the engine: decisions and actions. Values.
 *
 * Everything here is borrowed from the engine and valid until its next step.
 * Floor: engine.
 */
#ifndef RP_STEP_H
#define RP_STEP_H

#include <reprise/event.h>
#include <reprise/plan.h>
#include <reprise/reason.h>

enum rp_decision_kind {
#define RP_DECISION(name, word, meaning) RP_DECISION_##name,
#include <reprise/decision.def>
#undef RP_DECISION
    RP_DECISION_COUNT
};
const char *rp_decision_name(enum rp_decision_kind kind);
bool rp_decision_parse(struct rp_str text, enum rp_decision_kind *out);

enum rp_attr_type { RP_ATTR_INT, RP_ATTR_BOOL, RP_ATTR_TEXT, RP_ATTR_LIST };

/* A named value; names are those in brackets in decision.def. */
struct rp_attr {
    const char *name;
    enum rp_attr_type type;
    int64_t number;             /* INT, BOOL */
    struct rp_str text;         /* TEXT: UTF-8; digests as 64 hex digits */
    const struct rp_str *items; /* LIST of TEXT */
    uint32_t item_count;
};
#define RP_DECISION_ATTRS_MAX 10

struct rp_decision {
    enum rp_decision_kind kind;
    const char *path; /* what it concerns: "" the session, "gather",
                         "gather/labs", "gather/labs@2", "gather/$aggregate" */
    enum rp_reason reason;
    struct rp_attr attrs[RP_DECISION_ATTRS_MAX];
    uint32_t attr_count;
};
/* The attribute of that name, NULL if there is none. */
const struct rp_attr *rp_decision_attr(
    const struct rp_decision *decision, const char *name);

enum rp_action_kind {
    RP_ACTION_START_CALL,
    RP_ACTION_CANCEL_CALL,
    RP_ACTION_FINISH,
};
const char *rp_action_kind_name(enum rp_action_kind kind);

enum rp_cancel_mode {
    RP_CANCEL_TERM, /* SIGTERM, `grace` later SIGKILL */
    RP_CANCEL_KILL, /* SIGKILL now */
};

/* One contact with the world that shall begin. */
/* What a worker can be short of, each with a limit of the system's own. */
enum rp_scarce {
    RP_SCARCE_MEMORY,      /* bytes of address space */
    RP_SCARCE_FILE_SIZE,   /* bytes */
    RP_SCARCE_DESCRIPTORS, /* how many, those that it is given included */
    RP_SCARCE_PROCESSES,   /* of the user; root has no such limit */
    RP_SCARCE_CPU,         /* whole seconds */
    RP_SCARCE_CORE,        /* bytes */
    RP_SCARCE_COUNT
};

/* How it is ended before its program begins. */
enum rp_doom {
    RP_DOOM_NONE,
    RP_DOOM_LEADER, /* SIGKILL, and its group has another that lives on */
    RP_DOOM_CHILD,  /* SIGKILL of what a shell started; the shell says 137 */
};

/* Faults: what is made hard for a worker. All zero: nothing is. */
struct rp_hardship {
    uint32_t limited; /* bit by enum rp_scarce */
    uint64_t limits[RP_SCARCE_COUNT];
    bool stdin_closed; /* before it is given its task */
    bool pipe_held;    /* by a process that it leaves behind */
    bool newer_task;   /* given in a form that is not the agreed one */
    bool twice;        /* started twice; the first start counts */
    enum rp_doom doom;
    /* Glob over the names of variables that it is not given; "": all that the
     * plan names. NULL: none. */
    const char *env_missing;
    uint64_t stderr_bytes; /* written before its program begins */
    uint32_t read_bytes; /* its output is read in such pieces; 0: as it comes */
};

struct rp_call {
    uint32_t number;  /* 1, 2, … in the session, in order of dispatch */
    const char *path; /* "gather/labs@1/call:1" */
    const char *task; /* "gather/labs" */
    uint32_t attempt; /* 1, 2, …: the fencing token */
    const struct rp_plan_agent *agent; /* NULL when read without a plan */
    const char *agent_name;
    struct rp_str input; /* text form */
    struct rp_digest input_digest;
    struct rp_digest content;   /* agent spec, input and arguments, key form */
    const char *const *argv;    /* resolved, NULL-terminated */
    const char *const *env;     /* "NAME=value" of TEMPLATE entries, ditto */
    struct rp_duration timeout; /* what is left for this attempt */
    struct rp_duration idle;    /* FOREVER when off */
    bool stopped; /* a fault: must be stopped before its first instruction */
    const struct rp_hardship *hardship; /* NULL: none */
};

struct rp_action {
    enum rp_action_kind kind;
    union {
        struct rp_call start;
        struct {
            uint32_t call;
            const char *path;
            enum rp_cancel_mode mode;
            enum rp_reason reason;
        } cancel;
    };
};

/* A document that the engine made and a record refers to by digest. */
struct rp_made {
    struct rp_str bytes;
    struct rp_digest digest;
};

struct rp_step {
    const struct rp_decision *decisions;
    uint32_t decision_count;
    const struct rp_action *actions;
    uint32_t action_count;
    const struct rp_made *made;
    uint32_t made_count;
};

/* Whether it ended the session: nothing follows it. */
bool rp_step_is_last(const struct rp_step *step);

#endif
