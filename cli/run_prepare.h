/* run_prepare.h - everything that can be wrong with a session is found out
 * before anything starts or is created. Floor: cli. */
#ifndef RP_CLI_RUN_PREPARE_H
#define RP_CLI_RUN_PREPARE_H

#include <reprise/recording.h>
#include <reprise/runner.h>

#include "durability_arg.h"
#include "faults_arg.h"
#include "input.h"
#include "outcome.h"
#include "plan_arg.h"
#include "sender.h"
#include "stub.h"

#define RP__TAGS_MAX 64

struct rp__run_plan {
    const char *command;
    const char *plan_file, *input_option; /* as they were given */
    struct rp__choice choice;
    bool require_ok, envelope, detach;
    int commit_fd; /* -1: none */
    enum rp_durability durability;
    struct rp__plan_arg plan;
    struct rp__input input;
    struct rp__stub *stubs; /* owned, with their outputs */
    uint32_t stub_count;
    struct rp_tag tags[RP__TAGS_MAX];
    uint32_t tag_count;
    struct rp__faults_arg faults;
    struct rp_store_place place;
    struct rp_session_head head;
    struct rp__senders senders; /* of its spans, beside it */
    const struct rp_past *past; /* of a session that goes on, else NULL */
    const struct rp_recording *recording; /* with it; all it needs is kept */
};

/* RP__GO_ON, or a status after the person was told. Fini is due whatever is
 * returned. */
int rp__run_prepare(struct rp__run_plan *out, const struct rp__args *args);
void rp__run_fini(struct rp__run_plan *run);

#endif
