/* sweep_oracle.h - what a user wants to hold in every scenario of a sweep.
 * Floor: cli.
 *
 *   {"oracles": [
 *      {"id": "missing-is-said", "when": SCHEMA, "check": SCHEMA},
 *      {"id": "stand-in-is-used", "sometimes": SCHEMA},
 *      {"id": "own", "exec": ["./check", "--strict"]}]}
 *
 * Schemas and programs are given a document for each scenario: its rules,
 * verdict, outcome, output, what is missing, conflicts, tasks. */
#ifndef RP_CLI_SWEEP_ORACLE_H
#define RP_CLI_SWEEP_ORACLE_H

#include <reprise/sweep.h>

struct rp__sweep_oracles; /* owned */

/* RP_E_INVALID: `path` is not such a file; the text says where. */
RP_NODISCARD enum rp_code rp__sweep_oracles_load(
    struct rp__sweep_oracles **out, const char *path, struct rp_err *err);
void rp__sweep_oracles_free(struct rp__sweep_oracles **oracles);

/* Plays every scenario once more, whole, and adds what does not hold to the
 * findings of the sweep. RP_E_IO: a program could not be run, or judged
 * nothing. `*inconclusive` counts programs that could not say. */
RP_NODISCARD enum rp_code rp__sweep_oracles_judge(
    struct rp__sweep_oracles *oracles, struct rp_sweep *sweep,
    uint32_t *inconclusive, struct rp_err *err);

#endif
