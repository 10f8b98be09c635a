/* fault_rule.h - what goes wrong, where and when: one sentence a rule.
 *
 *   {"id": "r1",
 *    "on":   {"path": "gather/labs"},        or "agent"; globs
 *    "when": {"nth": "1..2", "attempt": 1, "prob": "30%"},   all optional
 *    "do":   {"fault": "kill", "after": "200ms", "signal": "SIGKILL"},
 *    "expect": {"verdict": ["degraded"], "within": "35s"}}         optional
 *
 * and the same sentence for the shell:
 *
 *   gather/labs [1..2] @1 ?30% : kill(after=200ms) => degraded<35s
 *
 *   orchestrator [3] : crash                  behind the third record
 *
 * A bare word before the colon names a task's path or an agent. Without
 * `when` a rule fires at every attempt of what it is on. docs/faults.md is
 * the reference. Floor: faultinject. Pure.
 */
#ifndef RP_FAULT_RULE_H
#define RP_FAULT_RULE_H

#include <reprise/engine.h>
#include <reprise/fault_catalogue.h>
#include <reprise/plan.h>
#include <reprise/step.h>

#define RP_FAULT_RULES_MAX 64
#define RP_FAULT_ID_LEN_MAX 64
#define RP_FAULT_AT_LEN_MAX 255
#define RP_FAULT_TEXT_MAX 4096 /* bytes of one rule, in either notation */

enum rp_fault_cut {
    RP_CUT_BYTES,    /* keep `amount` bytes */
    RP_CUT_PERMILLE, /* keep `amount` thousandths */
    RP_CUT_IN_STRING,
    RP_CUT_IN_NUMBER,
    RP_CUT_IN_UTF8,
    RP_CUT_IN_ESCAPE,
    RP_CUT_BETWEEN_KEYS,
    RP_CUT_BEFORE_CLOSE,
    RP_CUT_LINES, /* keep `amount` lines */
};

/* CRASH: what the record decided is durable, and not begun; or it is begun, and
 * nothing that came of it is durable. */
enum rp_fault_moment { RP_MOMENT_BEFORE, RP_MOMENT_AFTER };

enum rp_fault_where { RP_WHERE_BEFORE, RP_WHERE_INSIDE, RP_WHERE_AFTER };

/* Whether it is at a place in the output, which then is in `cut`. */
enum rp_fault_placed { RP_PLACED_NOT, RP_PLACED_BYTE, RP_PLACED_EVENT };

/* A point of a session, passed once: a time since it began; the dispatch of the
 * first call, or the end of a call, of a task (glob over paths and agents). */
enum rp_fault_point_kind {
    RP_POINT_NONE,
    RP_POINT_TIME,
    RP_POINT_BEGAN,
    RP_POINT_ENDED,
};
struct rp_fault_point {
    enum rp_fault_point_kind kind;
    struct rp_duration time;
    char task[RP_FAULT_ID_LEN_MAX * 2];
};

/* What a call is given, at a JSON Pointer: texts as they are, else JSON. */
#define RP_FAULT_MATCHES_MAX 2
struct rp_fault_match {
    char pointer[128], glob[128];
};

/* Counts from 1, both ends included. */
struct rp_fault_range {
    uint32_t first, last;
};

struct rp_fault_rule {
    char id[RP_FAULT_ID_LEN_MAX + 1];
    char path[256];            /* glob over task paths, "" when not given */
    char agent[128];           /* glob over agent names, "" when not given */
    bool either;               /* a bare word: path or agent */
    struct rp_fault_range nth; /* of the rule's matches in the session */
    struct rp_fault_range attempt; /* of the task */
    uint32_t permille;             /* of keyed chance; 1000: always */
    struct rp_fault_match matches[RP_FAULT_MATCHES_MAX];
    uint32_t match_count;
    struct rp_fault_point after_point, until_point; /* of dispatch */
    char after_rule[RP_FAULT_ID_LEN_MAX + 1];       /* it fired before; "" */
    uint32_t max;                                   /* firings; 0: any number */
    uint32_t max_of_all; /* of all rules together; ditto */
    enum rp_fault_placed placed;
    enum rp_fault_kind kind;
    enum rp_fault_cut cut;
    uint64_t amount;
    struct rp_duration after; /* KILL: from the start; SLOW: how much later */
    int signal;
    int32_t status;
    enum rp_fault_where where;
    uint32_t form; /* of those that its kind has, simplest first */
    enum rp_fault_moment moment;
    /* A pointer into the output, "": all; SPAWN_ENV_MISSING: a name. */
    char at[RP_FAULT_AT_LEN_MAX + 1];
    uint32_t expected;         /* bit by enum rp_outcome; 0: nothing is */
    struct rp_duration within; /* of the session; FOREVER */
};

/* What sem.canary leaves, to be looked for. */
#define RP_FAULT_CANARY "canary-5f1d"

struct rp_fault_rules {
    struct rp_fault_rule items[RP_FAULT_RULES_MAX];
    uint32_t count;
};

/* Adds the rule that `text` says, in either notation (JSON begins with '{');
 * of one that does several things in turn, one for each attempt.
 * RP_E_INVALID names the word that is wrong and what is near to it;
 * RP_E_LIMIT: too many rules, or too long a text. */
RP_NODISCARD enum rp_code rp_fault_rule_add(
    struct rp_fault_rules *rules, struct rp_str text, struct rp_err *err);

/* Adds the rules of a plan of faults, in either notation each:
 *   {"faults": 1, "name": "…", "note": "…", "rules": [RULE, "labs : hang", …],
 *    "stop_when": [{"fired": ">= 5"}, {"wall": "> 10m"}]}
 * When it shall stop is written into each of its rules.
 * Errors are those of rp_fault_rule_add(). */
RP_NODISCARD enum rp_code rp_fault_rules_read(
    struct rp_fault_rules *rules, struct rp_str text, struct rp_err *err);

/* Whether every rule can match something of `plan`: a task, and an attempt
 * that it may have. RP_E_NOT_FOUND names the first that cannot and the nearest
 * name. */
RP_NODISCARD enum rp_code rp_fault_rules_fit(const struct rp_fault_rules *rules,
    const struct rp_plan *plan, struct rp_err *err);

/* Behind which records the orchestrator dies, growing; RP_FAULT_RULES_MAX of
 * them find room. Returns how many. */
uint32_t rp_fault_rules_deaths(
    const struct rp_fault_rules *rules, uint64_t *deaths);

/* Whether `rule` is on this call: without the conditions that depend on what
 * was before in the session. Pure; chance is
 * rp_draw(seed, task path, rule id, attempt). */
bool rp_fault_rule_matches(const struct rp_fault_rule *rule,
    const struct rp_call *call, uint64_t seed);

/* How a session ended. */
struct rp_fault_end {
    uint32_t fired; /* how often the rule did */
    enum rp_outcome outcome;
    struct rp_duration took;
};
/* Whether it is as the rule expects, and a sentence about it; a rule that did
 * not fire is not. True, and no sentence: it expects nothing. */
bool rp_fault_expect_met(struct rp_buf *out, const struct rp_fault_rule *rule,
    const struct rp_fault_end *end);
/* Whether a rule that never fired is one that should have: what is left to
 * chance may also be left out. */
bool rp_fault_rule_is_due(const struct rp_fault_rule *rule);
/* Whether any of them expects something. */
bool rp_fault_rules_expect(const struct rp_fault_rules *rules);

/* The rules written out, as a JSON array. */
void rp_fault_rules_write(
    struct rp_buf *out, const struct rp_fault_rules *rules);
/* In the shell's notation. */
void rp_fault_rule_show(struct rp_buf *out, const struct rp_fault_rule *rule);

/* The JSON Schema of one rule, for editors. Static. */
const char *rp_fault_schema(void);

/* What a fault of class out or sem makes of an output: a pure function of the
 * rule, the bytes and 64 bits of chance. False, and nothing added: the output
 * has no such place. */
bool rp_fault_change(struct rp_buf *out, const struct rp_fault_rule *rule,
    struct rp_str bytes, uint64_t draw);

/* out.truncate as a function of bytes: how many of them are kept. Equal to
 * `bytes.len` when there is no place of that kind to cut at. */
size_t rp_fault_truncated_len(
    const struct rp_fault_rule *rule, struct rp_str bytes);

/* The faults of a place in the output, as a function of bytes: what they make
 * of one JSON document, into `out`. False: there is no such place, or nothing
 * would change. */
bool rp_fault_altered(
    struct rp_buf *out, const struct rp_fault_rule *rule, struct rp_str bytes);
/* Whether it is one of these. */
bool rp_fault_alters(enum rp_fault_kind kind);

#endif
