#include "again.h"

#include <reprise/mem.h>
#include <reprise/verify.h>

#include "command.h"
#include "identity.h"
#include "phrase.h"
#include "say.h"

const char *rp__again_name(const struct rp__again *again)
{
    return rp__phrase_short_id(&again->arg.row.head.id);
}

static bool tell_divergence(
    const struct rp__again *again, const struct rp_verification *result)
{
    if (result->first.kind == RP_DIVERGENCE_NONE) {
        return false;
    }
    rp__say(again->command, "%s does not verify (%s): %s",
        rp__again_name(again), rp_divergence_name(result->first.kind),
        result->first.what);
    rp__say_next("all of it: reprise verify %s", rp__again_name(again));
    return true;
}

/* What is built upon must be what happened. */
static int prove(struct rp__again *again)
{
    struct rp_err err = RP_ERR_INIT;
    struct rp_verification result;
    if (rp_verify_session(
            &result, again->arg.reader, &again->arg.row, NULL, &err) != RP_OK) {
        return rp__session_failed(&again->arg, &err);
    }
    bool diverges = tell_divergence(again, &result);
    rp_verification_fini(&result);
    return diverges ? RP__EXIT_FAILED : RP__GO_ON;
}

/* Verified once more, which gets it every payload it needs. */
static int load(struct rp__again *again)
{
    struct rp_err err = RP_ERR_INIT;
    struct rp_verification result;
    if (rp_recording_load(&again->recording, again->arg.reader, &again->arg.row,
            NULL, &err) != RP_OK ||
        rp_verify(&result, again->recording, NULL, &err) != RP_OK) {
        return rp__session_failed(&again->arg, &err);
    }
    rp_verification_fini(&result);
    return RP__GO_ON;
}

static int go(struct rp__again *again)
{
    struct rp__run_plan *run = &again->run;
    rp_reader_close(&again->arg.reader); /* not to be had across a fork */
    const struct rp_plan *plan =
        again->plan != NULL ? again->plan : rp_recording_plan(again->recording);
    run->plan.plan = /* only read, as everybody does with a plan */
        (struct rp_plan *)(uintptr_t)plan;
    rp_buf_init(&run->input.text, RP_INPUT_BYTES_MAX);
    rp_buf_add(&run->input.text, again->input.len > 0
                                     ? again->input
                                     : rp_recording_input(again->recording));
    run->place = again->arg.place;
    int status = rp__session_go(run);
    rp_buf_fini(&run->input.text);
    return status;
}

/* ---- a new session ---- */

void rp__descent_fini(struct rp__descent *descent)
{
    rp_mem_free(descent->tags);
    descent->tags = NULL;
}

static void add_relation(const struct rp__again *again, const char *relation,
    struct rp__descent *descent, struct rp_session_head *head)
{
    uint32_t kept = 0;
    descent->tags =
        rp_mem_array((size_t)head->tag_count + 1, sizeof(struct rp_tag));
    for (uint32_t i = 0; i < head->tag_count; i++) {
        if (!rp_str_is(head->tags[i].key, relation)) {
            descent->tags[kept++] = head->tags[i];
        }
    }
    descent->tags[kept++] = (struct rp_tag){
        rp_str_of(relation), rp_str_of(again->arg.row.head.id.text)};
    head->tags = descent->tags;
    head->tag_count = kept;
}

int rp__again_descend(
    struct rp__again *again, const char *relation, struct rp__descent *descent)
{
    struct rp_err err = RP_ERR_INIT;
    struct rp_session_head *head = &again->run.head;
    *head = *rp_recording_head(again->recording);
    if (rp__identity_make(head, NULL, &err) != RP_OK) {
        rp__say(again->command, "%s", err.text);
        return RP__EXIT_FAILED;
    }
    head->mode = RP_MODE_LIVE;
    head->source = again->arg.row.head.id;
    head->source_trace = again->arg.row.head.trace;
    head->engine_rev = RP_ENGINE_REV;
    head->incarnation = 1;
    head->faults = RP_STR("");
    head->program = "reprise " RP_VERSION;
    add_relation(again, relation, descent, head);
    return RP__GO_ON;
}

int rp__again_take_faults(struct rp__again *again, const char *at)
{
    if (!rp__faults_arg_parse_at(&again->run.faults, again->args,
            rp_recording_plan(again->recording), at)) {
        return RP__EXIT_USAGE;
    }
    again->run.head.faults = rp__faults_arg_text(&again->run.faults);
    return RP__GO_ON;
}

/* ---- the command ---- */

static int find(struct rp__again *again, const struct rp__args *args)
{
    again->run.command = again->command;
    again->run.envelope = rp__opt_flag(args, "envelope");
    again->run.detach = rp__opt_flag(args, "detach");
    again->run.commit_fd = -1;
    return rp__choice_parse(&again->run.choice, args) &&
                   rp__durability_take(&again->run.durability, args)
               ? rp__session_find(&again->arg, args)
               : RP__EXIT_USAGE;
}

int rp__again_run(
    const struct rp__args *args, const struct rp__again_steps *steps, void *own)
{
    struct rp__again *again = rp_mem_zalloc(sizeof(*again));
    int (*const after[])(struct rp__again *) = {
        prove, load, steps->prepare, go};
    again->command = args->command->name;
    again->args = args;
    again->own = own;
    int status = find(again, args);
    if (status == RP__GO_ON && again->arg.bundles != NULL) {
        rp__say(again->command,
            "a session in a bundle is only looked at; reprise import first");
        status = RP__EXIT_USAGE;
    }
    if (status == RP__GO_ON) {
        status = steps->refuse(again);
    }
    if (status == RP__GO_ON &&
        (!rp__senders_configure(&again->run.senders, args, false) ||
            !rp__senders_add_metrics(&again->run.senders, args))) {
        status = RP__EXIT_USAGE;
    }
    for (size_t i = 0; status == RP__GO_ON && i < RP_COUNT_OF(after); i++) {
        status = after[i](again);
    }
    rp__senders_fini(&again->run.senders);
    rp__faults_arg_fini(&again->run.faults);
    rp_recording_free(&again->recording);
    rp__session_fini(&again->arg);
    rp_mem_free(again);
    return status;
}
