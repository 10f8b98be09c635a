/* plan_reader.h - what the files of the plan reader share.
 *
 *   plan_read.c       the story: parse, read, freeze, read what was frozen
 *   plan_fields.c     objects by table: keys, types, values
 *   plan_agent.c      agents and defaults    plan_exec.c   their processes
 *   plan_flow.c       nodes          plan_fan_in.c   need, aggregate
 *   plan_contract.c   schemas and the files they refer to
 *   plan_reference.c  whether what a node refers to is there by then
 *   plan_freeze.c     the plan as one document, digests
 *   plan_report.c     problems: where, what, what to write instead
 *
 * Everything read lives in one arena with the plan. A reading function reports
 * what is wrong and goes on: whoever calls it need not know.
 */
#ifndef RP_PLAN_READER_H
#define RP_PLAN_READER_H

#include <reprise/mem.h>
#include <reprise/plan.h>

/* A document that schemas refer to. */
struct rp__plan_file {
    struct rp__plan_file *next;
    const char *name;        /* relative to the plan's directory */
    struct rp_json_doc *doc; /* owned; NULL when it is part of a frozen plan */
    const cJSON *root;       /* NULL: could not be had, and was reported */
};

/* A schema as it stands in the plan. */
struct rp__plan_contract {
    struct rp__plan_contract *next;
    struct rp_digest key; /* of `node` */
    const cJSON *node;
    struct rp_schema *schema;           /* owned; NULL if wrong, and reported */
    const struct rp__plan_file **files; /* what it refers to */
    uint32_t file_count;
};

/* An executable: exec[0] of one agent or several. */
struct rp__plan_program {
    struct rp__plan_program *next;
    const char *name;
    const char *path; /* NULL: not found, and reported */
    int64_t size_bytes;
    int64_t mtime_ns;
};

/* Of an agent, what freezing needs beside struct rp_plan_agent. */
struct rp__plan_source {
    const cJSON *node;
    const char *cwd; /* as written, NULL when it is not */
    const struct rp__plan_contract *input, *output;
};

/* A plan with all it owns. */
struct rp__plan_whole {
    struct rp_plan plan; /* first: rp_plan_free() gets its address */
    struct rp_arena *arena;
    struct rp_json_doc *doc;
    const char *description; /* NULL: none */
    const struct rp__plan_contract *input, *output;
    struct rp__plan_source *sources; /* of the agents, same order */
    struct rp__plan_file *files;
    struct rp__plan_contract *contracts;
    struct rp__plan_program *programs;
};

struct rp__plan_reader {
    struct rp__plan_whole *whole;
    struct rp_arena *arena; /* of `whole` */
    struct rp_str bytes;
    const cJSON *root;
    const cJSON *frozen;               /* member "$frozen", or NULL */
    const struct rp_plan_files *files; /* NULL when frozen */
    struct rp_plan_problems *problems;
    struct rp_json_place cursor; /* last place asked for */
    struct rp_plan_agent defaults;
    struct rp_plan_agent *agents; /* whole->plan.agents, while it is filled */
    struct rp_plan_node **nodes;  /* in preorder */
    uint32_t node_room;
    bool too_many_nodes;                 /* was reported */
    struct rp__plan_contract *compiling; /* collects the files it asks for */
    uint32_t file_count;
    size_t file_bytes;
};

/* plan_report.c ---------------------------------------------------------- */

/* Notes a problem with a value. `hint` may be NULL. */
void rp__plan_problem(struct rp__plan_reader *reader, const cJSON *value,
    const char *hint, const char *format, ...) RP_PRINTF(4, 5);
/* The same, pointing at the name of a member instead of its value. */
void rp__plan_problem_name(struct rp__plan_reader *reader, const cJSON *member,
    const char *hint, const char *format, ...) RP_PRINTF(4, 5);
/* The one problem of a text that is not JSON. */
void rp__plan_problem_syntax(
    struct rp__plan_reader *reader, const struct rp_json_error *error);
/* A value as a message shows it: quoted, short. In the problems' arena. */
const char *rp__plan_shown(struct rp__plan_reader *reader, const cJSON *value);
const char *rp__plan_shown_text(
    struct rp__plan_reader *reader, struct rp_str text);
/* "did you mean \"writer\"?", or `otherwise` when no name is near. */
const char *rp__plan_nearest(struct rp__plan_reader *reader, struct rp_str word,
    const char *const *names, size_t count, const char *otherwise);
/* "one of a, b, c". */
const char *rp__plan_choice(struct rp__plan_reader *reader, const char *before,
    const char *const *names, size_t count);
struct rp_json_place rp__plan_place(
    struct rp__plan_reader *reader, size_t byte);
void rp__plan_problems_sort(struct rp_plan_problems *problems);

/* plan_fields.c ---------------------------------------------------------- */

enum rp__plan_type {
    RP__PLAN_STRING = 1,
    RP__PLAN_OBJECT = 2,
    RP__PLAN_ARRAY = 4,
    RP__PLAN_BOOL = 8,
    RP__PLAN_NUMBER = 16,
    RP__PLAN_ANY = 63, /* with null */
};

struct rp__plan_field;
/* Reads `value`, whose type was checked, into `target` (the field's place in
 * the structure). */
typedef void rp__plan_read_value(struct rp__plan_reader *reader,
    const cJSON *value, void *target, const struct rp__plan_field *field);

/* One key an object may have. */
struct rp__plan_field {
    const char *name;
    unsigned types;
    bool required;
    rp__plan_read_value *read;
    size_t offset;      /* of the target in the structure */
    const void *detail; /* what `read` wants to know, or NULL */
    const char *hint;   /* what to write, when it is of another type */
};
/* One kind of object. Fields are read in the table's order. */
struct rp__plan_shape {
    const char *what; /* "an agent" */
    const struct rp__plan_field *fields;
    size_t count;
};

/* Reads a value by the table; false if it is no object (reported). */
bool rp__plan_shape_read(struct rp__plan_reader *reader,
    const struct rp__plan_shape *shape, const cJSON *value, void *target);
/* Whether `value` has one of `types`; reported if not. */
bool rp__plan_type_is(struct rp__plan_reader *reader, const cJSON *value,
    unsigned types, const char *hint);

/* Targets and details of the readers for plain values. */
rp__plan_read_value rp__plan_read_node;     /* const cJSON *: as it is */
rp__plan_read_value rp__plan_read_text;     /* const char * */
rp__plan_read_value rp__plan_read_bool;     /* bool */
rp__plan_read_value rp__plan_read_count;    /* uint32_t; rp__plan_range */
rp__plan_read_value rp__plan_read_size;     /* uint64_t bytes */
rp__plan_read_value rp__plan_read_duration; /* rp_duration; rp__plan_span */
rp__plan_read_value rp__plan_read_word;     /* an enum; rp__plan_words */
rp__plan_read_value rp__plan_read_pointer;  /* const char *: JSON pointer */
rp__plan_read_value rp__plan_read_nothing;  /* accepted, not used */
rp__plan_read_value rp__plan_read_later;    /* refused; detail: sentence */

struct rp__plan_range {
    uint32_t least, most;
};
struct rp__plan_span {
    bool zero; /* 0s is allowed */
    bool off;  /* "off" is, and means FOREVER */
};
struct rp__plan_words { /* the index is the enum's value */
    const char *const *names;
    size_t count;
};

/* A list of strings; `text_read` judges each. */
struct rp__plan_texts {
    const char **items;
    uint32_t count;
};
void rp__plan_texts_read(struct rp__plan_reader *reader, const cJSON *array,
    struct rp__plan_texts *out);

bool rp__plan_duration(struct rp__plan_reader *reader, const cJSON *at,
    struct rp_str text, struct rp_duration *out);
/* A name of an agent, a node or a child; reported if it cannot be one. */
bool rp__plan_name_check(struct rp__plan_reader *reader, const cJSON *at,
    struct rp_str name, bool is_key);

#define RP__PLAN_HINT_NAME                                                     \
    "a letter, then up to 63 letters, digits, '-' and '_'"
#define RP__PLAN_HINT_DURATION "write 10s, 500ms, 2m or 1h30m"

/* The members of an object in byte order of their names. */
const cJSON **rp__plan_members_sorted(
    struct rp__plan_reader *reader, const cJSON *object, uint32_t *count);

/* plan_contract.c -------------------------------------------------------- */

rp__plan_read_value rp__plan_read_contract; /* const rp__plan_contract * */
/* Reports what in `value` breaks the contract (NULL: none is broken), at `at`,
 * or where it stands when `at` is NULL; `what` begins the message. */
void rp__plan_contract_judge(struct rp__plan_reader *reader,
    const struct rp__plan_contract *contract, const cJSON *value,
    const cJSON *at, const char *what);

/* plan_agent.c ----------------------------------------------------------- */

/* An agent while it is read. */
struct rp__plan_draft {
    struct rp_plan_agent agent;
    struct rp__plan_source source;
    const cJSON *fallback;
};

void rp__plan_defaults_init(struct rp__plan_reader *reader);
rp__plan_read_value rp__plan_read_defaults; /* reader->defaults */
rp__plan_read_value rp__plan_read_agents;   /* the plan's agents */
/* The agent that `value` names, or NULL (reported). */
const struct rp_plan_agent *rp__plan_agent_named(
    struct rp__plan_reader *reader, const cJSON *value);

/* plan_exec.c ------------------------------------------------------------ */

#define RP__PLAN_HINT_EXEC "write [\"./worker\", \"--flag\"]"

rp__plan_read_value rp__plan_read_exec; /* agent.exec */
/* All of a struct rp__plan_draft. */
rp__plan_read_value rp__plan_read_env, rp__plan_read_cwd,
    rp__plan_read_agent_contract;
/* Fills what exec[0] is found to be, or reports it. */
void rp__plan_find_program(
    struct rp__plan_reader *reader, struct rp__plan_draft *draft);

/* plan_flow.c, plan_fan_in.c ---------------------------------------------- */

rp__plan_read_value rp__plan_read_flow; /* the plan's flow */
void rp__plan_fan_in_read(struct rp__plan_reader *reader, const cJSON *value,
    const cJSON *need, const cJSON *aggregate, struct rp_plan_node *node);

/* plan_reference.c ------------------------------------------------------- */

void rp__plan_references_check(struct rp__plan_reader *reader);
/* For a string of an agent: only "input" may be referred to. */
void rp__plan_agent_text_check(
    struct rp__plan_reader *reader, const cJSON *string);

/* plan_freeze.c ---------------------------------------------------------- */

/* Sets the agents' spec digests. */
void rp__plan_specify(struct rp__plan_whole *whole);
/* Fills plan->frozen and plan->digest; false when it is too large. */
bool rp__plan_freeze(struct rp__plan_whole *whole);

/* Sizes as plans write them: "16MiB", "100B". */
void rp__plan_size_write(struct rp_buf *out, uint64_t bytes);

#endif
