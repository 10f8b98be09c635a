/* plan.h - what a session runs: agents, flow, contracts, budgets. Immutable.
 *
 * A plan is read from JSON (comments allowed), checked whole, with every
 * problem reported at once, and frozen: defaults written out, the digests of
 * referenced files and the identity of executables noted. docs/plan.md is the
 * reference of the format. Floor: engine. Reading is pure: files come from the
 * caller through `rp_plan_files`.
 */
#ifndef RP_PLAN_H
#define RP_PLAN_H

#include <reprise/digest.h>
#include <reprise/err.h>
#include <reprise/json.h>
#include <reprise/schema.h>
#include <reprise/time.h>

#define RP_PLAN_VERSION 1

#define RP_PLAN_FILES_MAX 1000 /* documents that schemas refer to */
#define RP_PLAN_FILES_BYTES_MAX (16u << 20) /* of all of them together */
#define RP_PLAN_FROZEN_BYTES_MAX (64u << 20)
#define RP_PLAN_DEPTH_MAX 256 /* of nesting of the text and of each file */

/* Why an attempt or task failed. The word is in records, plans and spans. */
enum rp_class {
    RP_CLASS_NONE = 0,
    RP_CLASS_SPAWN,     /* could not be started */
    RP_CLASS_TIMEOUT,   /* `timeout`, or the task's `deadline` */
    RP_CLASS_IDLE,      /* silent for longer than `idle` */
    RP_CLASS_CRASH,     /* ended by a signal that we did not send */
    RP_CLASS_EXIT,      /* exited with a status other than 0 */
    RP_CLASS_MALFORMED, /* output is not one whole document of its mode */
    RP_CLASS_CONTRACT,  /* a document that breaks the contract */
    RP_CLASS_TRANSPORT, /* the connection, not the worker */
    RP_CLASS_THROTTLED, /* the worker asks us to come back later */
    RP_CLASS_CANCELLED, /* ended on request */
    RP_CLASS_LOST,      /* the orchestrator died and the effect is unknown */
    RP_CLASS_BUDGET,    /* a budget was used up */
    RP_CLASS_COUNT
};
const char *rp_class_name(enum rp_class value); /* "timeout"; "" for NONE */
bool rp_class_parse(struct rp_str text, enum rp_class *out);

enum rp_effects {
    RP_EFFECTS_EXTERNAL, /* default: may have acted on the world */
    RP_EFFECTS_IDEMPOTENT,
    RP_EFFECTS_NONE,
};
enum rp_stdin_mode {
    RP_STDIN_TASK,  /* {"task","attempt","input","context","deadline_ms"} */
    RP_STDIN_INPUT, /* the bare input, text form */
    RP_STDIN_TEXT,  /* a string input as its bytes */
    RP_STDIN_NONE,  /* /dev/null */
};
enum rp_stdout_mode {
    RP_STDOUT_JSON,  /* one document and nothing else */
    RP_STDOUT_TEXT,  /* UTF-8 text becomes a JSON string */
    RP_STDOUT_JSONL, /* lines of documents, the last one is the output */
};
const char *rp_effects_name(enum rp_effects value);
const char *rp_stdin_mode_name(enum rp_stdin_mode value);
const char *rp_stdout_mode_name(enum rp_stdout_mode value);

struct rp_retry {
    uint32_t attempts;              /* at least 1: the first counts */
    struct rp_duration backoff_min; /* of the first pause */
    struct rp_duration backoff_max;
    uint32_t on; /* bit (1u << class) for each class that is retried */
};

/* One entry of an agent's environment; entries are in byte order of names. */
enum rp_env_kind {
    RP_ENV_TEMPLATE, /* `value` is a string that may hold references */
    RP_ENV_PASS,     /* taken from the variable `from` of our environment */
    RP_ENV_SECRET,   /* the same, and masked wherever it shows up */
};
struct rp_plan_env {
    const char *name;
    enum rp_env_kind kind;
    const cJSON *value; /* TEMPLATE */
    const char *from;   /* PASS, SECRET */
};

enum rp_fallback_kind {
    RP_FALLBACK_NONE,
    RP_FALLBACK_AGENT,
    RP_FALLBACK_VALUE,
};

struct rp_plan_agent {
    const char *name;
    uint32_t index;      /* in plan->agents */
    const cJSON *exec;   /* array of strings; all but the first may hold
                            references, to "input" only */
    const char *program; /* what exec[0] was found to be, absolute */
    int64_t program_size_bytes;
    int64_t program_mtime_ns;
    const struct rp_plan_env *env;
    uint32_t env_count;
    const char *cwd; /* absolute, or NULL: the plan's directory */
    enum rp_stdin_mode stdin_mode;
    enum rp_stdout_mode stdout_mode;
    enum rp_effects effects;
    const struct rp_schema *input;  /* NULL: anything */
    const struct rp_schema *output; /* NULL: anything */
    const char *const *echo; /* pointers whose value must equal the input's */
    uint32_t echo_count;
    struct rp_duration timeout;  /* of an attempt, from dispatch */
    struct rp_duration idle;     /* of silence; FOREVER when off */
    struct rp_duration deadline; /* of the task; FOREVER when off */
    struct rp_duration grace;    /* between SIGTERM and SIGKILL */
    struct rp_duration linger;   /* allowed after a whole document */
    uint64_t output_bytes_max;
    struct rp_retry retry;
    bool optional;
    enum rp_fallback_kind fallback;
    const struct rp_plan_agent *fallback_agent;
    const cJSON *fallback_value;
    struct rp_digest spec_digest; /* of what it is asked to be, key form */
};

enum rp_node_kind {
    RP_NODE_AGENT,
    RP_NODE_SEQUENCE,
    RP_NODE_PARALLEL,
};
enum rp_role { RP_ROLE_NONE, RP_ROLE_SYNTHESIS };
enum rp_join { RP_JOIN_ALL, RP_JOIN_ENOUGH };
enum rp_resolve { RP_RESOLVE_FLAG, RP_RESOLVE_PREFER };

struct rp_conflict_rule {
    const char *key; /* glob over fact keys */
    enum rp_resolve resolve;
    const char *const *order; /* PREFER: names of children, best first */
    uint32_t order_count;
};

struct rp_aggregate_rule {
    bool facts;                  /* whether the three pointers are given */
    const char *at;              /* array of facts in each output */
    const char *key;             /* in each fact */
    const char *value;           /* in each fact; "" is the whole fact */
    const char *const *critical; /* globs: must be stated by two sources */
    uint32_t critical_count;
    const struct rp_conflict_rule *conflicts; /* first match decides */
    uint32_t conflict_count;
};

/* A node of the flow. */
struct rp_plan_node {
    enum rp_node_kind kind;
    const char *id;             /* "" for a root combinator without one */
    uint32_t index;             /* preorder number in the plan */
    struct rp_json_place place; /* in the plan's text */
    const struct rp_plan_node *parent;
    const struct rp_plan_node *const *children; /* in the plan's order */
    uint32_t child_count;
    bool optional; /* node's own, or its agent's */

    /* AGENT */
    const struct rp_plan_agent *agent;
    const cJSON *input; /* template, NULL: the session's input */
    enum rp_role role;
    const char *cites; /* pointer to the array of cited names, or NULL */

    /* PARALLEL */
    uint32_t need; /* successes among children that are not optional */
    enum rp_join join;
    const struct rp_aggregate_rule *aggregate; /* NULL: none */
};

struct rp_plan_budget {
    struct rp_duration wall;   /* FOREVER when off */
    uint32_t attempts;         /* 0 when off */
    uint32_t reserve_permille; /* of both, kept for synthesis */
};

struct rp_plan {
    const char *name;
    const char *dir;                /* absolute directory of the plan file */
    const struct rp_schema *input;  /* NULL: anything */
    const cJSON *input_default;     /* NULL: none */
    const struct rp_schema *output; /* of the session, NULL: anything */
    struct rp_plan_budget budget;
    uint32_t concurrency;               /* attempts in flight */
    const struct rp_plan_agent *agents; /* in byte order of their names */
    uint32_t agent_count;
    const struct rp_plan_node *flow;
    uint32_t node_count;
    struct rp_digest digest; /* of `frozen`, which is in key form */
    struct rp_str frozen;    /* the whole plan as one JSON document; reads back
                                to an equal plan without any file */
};

/* Where a plan's files and executables come from. Every function is called
 * only while reading. */
struct rp_plan_files {
    /* The bytes of `name`, relative to the plan's directory: owned by the
     * callee, valid while the plan is read. RP_E_NOT_FOUND, RP_E_IO. */
    enum rp_code (*read)(void *context, const char *name, struct rp_str *out,
        struct rp_err *err);
    /* Resolves argv[0] of a worker: "./x" relative to the plan's directory, a
     * bare name on PATH. Size and mtime identify what was found.
     * RP_E_NOT_FOUND: there is nothing of that name; anything else (it is not
     * executable, a directory, out of reach) says in `err` what is wrong. */
    enum rp_code (*resolve)(void *context, const char *name, char *out_path,
        size_t out_size, int64_t *size_bytes, int64_t *mtime_ns,
        struct rp_err *err);
    void *context;
};

struct rp_plan_problem {
    struct rp_json_place place; /* begin of what is wrong */
    struct rp_json_place end;   /* exclusive, same line or later */
    const char *pointer;        /* "/agents/notes/timeout" */
    const char *path;           /* for people: "agents.notes.timeout" */
    const char *message;        /* "\"10 sec\" is not a duration" */
    const char *hint;           /* "write 10s, 500ms, 2m or 1h30m", or "" */
};
struct rp_plan_problems {
    struct rp_arena *arena; /* owned */
    struct rp_plan_problem *items;
    uint32_t count;
    bool more; /* past RP_PLAN_ERRORS_MAX */
};
void rp_plan_problems_fini(struct rp_plan_problems *problems);

/* Adds a problem as a person sees it: place, message, the line of `text` (the
 * plan as it was read) with what is wrong underlined, hint. Every character of
 * the plan that could steer a terminal is replaced. Ends with a newline. */
void rp_plan_problem_show(struct rp_buf *out, const char *file_name,
    struct rp_str text, const struct rp_plan_problem *problem, bool colour);

/* Reads and freezes a plan, or a frozen plan (which asks `files` nothing: NULL
 * is allowed then, and `dir` is the one that was frozen). `dir` is the absolute
 * directory of the file. On RP_E_INVALID and RP_E_LIMIT `problems` (initialised
 * to zero by the caller, released by rp_plan_problems_fini) has every problem
 * in order of place, and `err` the first. `*out` is owned by the caller, and
 * needs neither `bytes` nor `files` any more.
 *
 * What a plan holds always comes from its frozen form: documents written in it
 * (inputs, fallback values) have their members in byte order of names and
 * their numbers in key form, however they were typed. */
RP_NODISCARD enum rp_code rp_plan_read(struct rp_plan **out,
    struct rp_str bytes, const char *dir, const struct rp_plan_files *files,
    struct rp_plan_problems *problems, struct rp_err *err);
void rp_plan_free(struct rp_plan **plan);

const struct rp_plan_agent *rp_plan_agent(
    const struct rp_plan *plan, struct rp_str name);

/* The JSON Schema of the plan format, for editors. Static. */
const char *rp_plan_schema(void);

#endif
