/* stage.h - what a session runs on: its lease, clock and transport, with stubs
 * and faults around it, and who may steer it. Floor: cli. */
#ifndef RP_CLI_STAGE_H
#define RP_CLI_STAGE_H

#include <reprise/runner.h>

#include "faults_arg.h"
#include "stub.h"

struct rp__stage_options {
    const struct rp_plan *plan;
    const struct rp_session_head *head;
    const char *store_path; /* whose session can be controlled; NULL: not */
    const struct rp__stub *stubs;
    uint32_t stub_count;
    const struct rp__faults_arg *faults; /* NULL: none */
    const struct rp_past *past; /* of a session that goes on, or NULL */
};

struct rp__stage;

/* What `options` points to is borrowed and outlives the stage. */
RP_NODISCARD enum rp_code rp__stage_open(struct rp__stage **out,
    const struct rp__stage_options *options, struct rp_err *err);
void rp__stage_close(struct rp__stage **stage); /* ends what still runs */

struct rp_clock *rp__stage_clock(struct rp__stage *stage);
struct rp_transport *rp__stage_transport(struct rp__stage *stage);
/* A rule that is on no call has fired so often more. */
void rp__stage_note(struct rp__stage *stage, uint32_t rule, uint32_t times);
uint32_t rp__stage_fired(const struct rp__stage *stage, uint32_t rule);
/* A line for each rule that has not fired; nothing without rules. */
void rp__stage_tell_unfired(struct rp_buf *out, struct rp__stage *stage);
/* Whether each rule fired that is not left to chance. */
bool rp__stage_all_fired(const struct rp__stage *stage);
/* Whether the session ended as every rule expects; a line for each that expects
 * something. */
bool rp__stage_as_expected(struct rp_buf *out, struct rp__stage *stage,
    const struct rp_run_result *result);
/* Signals and, when the session is recorded, its control socket. */
struct rp_operator *rp__stage_control(struct rp__stage *stage);

#endif
