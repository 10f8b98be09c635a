/* crash.h - a store behind some of whose records the process is killed: the
 * fault 'crash' of a session that runs live. Floor: cli. */
#ifndef RP_CLI_CRASH_H
#define RP_CLI_CRASH_H

#include <reprise/fault_rule.h>
#include <reprise/store.h>

/* Around `inner`, which it owns; `rules` are borrowed and outlive it. Gives
 * `inner` back when no rule is a crash. */
RP_NODISCARD struct rp_store *rp__crash_new(
    struct rp_store *inner, const struct rp_fault_rules *rules);

/* Of what a session was begun with (see rp_session_head.faults), the rules
 * that hold for whoever goes on with it, too: crashes. */
void rp__crash_rules(struct rp_fault_rules *out, struct rp_str faults);

#endif
