/* transport_contract.h - what transport.h promises, as one suite of tests that
 * runs over any transport.
 *
 * A transport joins with a maker: how to build it, and how to make a worker
 * behind it do each of a few things. See test_transport_contract.c for the
 * list of those that are held to it. For tests.
 */
#ifndef RP_TESTS_TRANSPORT_CONTRACT_H
#define RP_TESTS_TRANSPORT_CONTRACT_H

#include <reprise/fault_rule.h>
#include <reprise/transport.h>

/* What a worker does. */
enum contract_worker {
    CONTRACT_DELIVERS, /* writes CONTRACT_OUTPUT and exits with 0, soon */
    CONTRACT_FAILS,    /* exits with 3, soon */
    CONTRACT_HANGS,    /* is silent until a signal ends it */
    CONTRACT_IGNORES,  /* is silent and ignores SIGTERM */
    CONTRACT_MISSING,  /* cannot be started */
    /* Delivers when it has the variable NEED that its call names, and a task in
     * the agreed form; else exits with 1. */
    CONTRACT_PICKY,
    CONTRACT_WORKERS
};
#define CONTRACT_OUTPUT "{\"ok\":1}\n"
#define CONTRACT_GRACE_MS 40
#define CONTRACT_CALLS_MAX 256

/* One transport under test. */
struct contract_bench {
    struct rp_transport *transport; /* the outermost, owned */
    struct rp_clock *clock;         /* the maker's */
    void *own;                      /* the maker's */
    struct rp_fault_rules rules;
    uint32_t last; /* number of the last call */
    /* Of what came out so far. */
    struct rp_instant reported;
    uint32_t completed[CONTRACT_CALLS_MAX + 1];
    uint32_t idled[CONTRACT_CALLS_MAX + 1];
};

struct contract_maker {
    const char *name;
    bool processes; /* pids are those of real processes */
    /* Sets transport, clock and own. */
    void (*open)(struct contract_bench *bench);
    /* Fills in what makes this call's worker do `what`; number, path, input,
     * timeout and idle are there. */
    void (*prepare)(struct contract_bench *bench, enum contract_worker what,
        struct rp_call *call);
    /* After the transport was freed. */
    void (*close)(struct contract_bench *bench);
};

/* A maker's transport, bare or under fault rules that must not be noticed. */
struct contract_subject {
    const char *name;
    const struct contract_maker *maker;
    bool decorated;
    const char *rules[2]; /* up to a NULL */
    uint32_t marks_max;   /* on a completion; else they change nothing */
};

/* The number of tests that failed; they are skipped for a lack. */
int contract_run(const struct contract_subject *subject);

/* What this machine lacks for a maker's workers, NULL if nothing. */
const char *contract_lack(const struct contract_maker *maker);

extern const struct contract_maker contract_scripted; /* virtual clock */
extern const struct contract_maker contract_exec;     /* real processes */
extern const struct contract_maker contract_journal;  /* from a recording */

#endif
