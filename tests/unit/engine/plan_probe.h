/* plan_probe.h - plans for tests: files and programs out of a table. */
#ifndef RP_PLAN_PROBE_H
#define RP_PLAN_PROBE_H

#include <reprise/plan.h>

#define PROBE_DIR "/srv/plans"

struct probe_file {
    const char *name;
    const char *text; /* NULL: cannot be read */
};

struct probe {
    struct rp_plan *plan;
    struct rp_plan_problems problems;
    enum rp_code code;
    struct rp_err err;
    char *text; /* what was read */
    uint32_t files_asked;
    uint32_t programs_asked;
    const struct probe_file *files; /* ends with a NULL name */
};

/* Reads a plan. In `text` a single quote stands for a double one. Programs
 * are found, "./nope" and "nope" excepted; "./locked" is not executable. */
void probe_read(struct probe *probe, const char *text);
/* The same, as it is. */
void probe_read_bytes(struct probe *probe, struct rp_str bytes);
/* The plan of `probe` read again from its frozen form, without files. */
void probe_thaw(struct probe *out, const struct probe *probe);
void probe_fini(struct probe *probe);

/* Double quotes for single ones; for rp_mem_free(). */
char *probe_quoted(const char *text);
/* Every problem as "line:column path: message (hint)", a line each; for
 * rp_mem_free(). */
char *probe_problems(const struct probe *probe);

/* A plan whose one agent has more keys, from line 3 on. */
#define PLAN_AGENT(keys)                                                       \
    "{'reprise':1,'name':'p','agents':{\n'a':{'exec':['./a']\n" keys           \
    "}},\n'flow':{'agent':'a'}}"
/* A plan with the agents a and b and a flow, from line 3 on. */
#define PLAN_FLOW(flow)                                                        \
    "{'reprise':1,'name':'p','agents':{'a':{'exec':['./a']},\n"                \
    "'b':{'exec':['./b'],'optional':true}},'flow':\n" flow "}"
/* A plan with more keys at the top, from line 2 on. */
#define PLAN_TOP(keys)                                                         \
    "{'reprise':1,'name':'p','agents':{'a':{'exec':['./a']}},"                 \
    "'flow':{'agent':'a'}\n" keys "}"

#endif
