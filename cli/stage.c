#include "stage.h"

#include <limits.h>
#include <unistd.h>

#include <reprise/clock_system.h>
#include <reprise/control.h>
#include <reprise/fault_inject.h>
#include <reprise/lease.h>
#include <reprise/mem.h>
#include <reprise/transport_exec.h>

#include "session_arg.h"

extern char **environ;

struct rp__stage {
    struct rp_reactor *reactor;
    struct rp_clock *clock;
    struct rp_transport *exec;          /* the innermost, borrowed */
    struct rp_transport *transport;     /* the outermost */
    bool has_faults;                    /* `transport` injects them */
    const struct rp_fault_rules *rules; /* borrowed, outlives us */
    struct rp_lease *lease;
    struct rp_control *control;
    char socket_path[PATH_MAX];
};

/* Faults are outermost: they touch stubs as they touch workers. */
static void wrap(
    struct rp__stage *stage, const struct rp__stage_options *options)
{
    if (options->stub_count > 0) {
        stage->transport = rp__stub_new(stage->transport, stage->clock,
            options->stubs, options->stub_count);
    }
    if (options->faults != NULL && options->faults->rules.count > 0) {
        stage->transport = rp_fault_inject_new(stage->transport,
            &options->faults->rules, stage->clock, options->head->seed);
        stage->has_faults = true;
        stage->rules = &options->faults->rules;
    }
}

/* The session is ours, and can be reached. */
static enum rp_code take_session(struct rp__stage *stage,
    const struct rp__stage_options *options, struct rp_err *err)
{
    char path[PATH_MAX];
    const char *session = options->head->id.text;
    if (options->store_path == NULL) {
        return RP_OK;
    }
    if (!rp_lease_path(
            path, sizeof(path), options->store_path, session, ".lock") ||
        !rp_lease_path(stage->socket_path, sizeof(stage->socket_path),
            options->store_path, session, ".sock")) {
        return rp_err_set(err, RP_E_LIMIT, "the path of the store is too long");
    }
    /* Somebody may be looking whether it is held. */
    (void)rp_lease_wait(path, rp_duration_of_ms(RP__LEASE_PATIENCE_MS));
    return rp_lease_take(&stage->lease, path, err);
}

static enum rp_code listen_to_people(struct rp__stage *stage,
    const struct rp__stage_options *options, struct rp_err *err)
{
    struct rp_control_options control = {
        .reactor = stage->reactor,
        .clock = stage->clock,
        .exec = stage->exec,
        .transport = stage->transport,
        .socket_path = stage->lease == NULL ? NULL : stage->socket_path,
        .session = options->head->id.text,
    };
    return rp_control_new(&stage->control, &control, err);
}

enum rp_code rp__stage_open(struct rp__stage **out,
    const struct rp__stage_options *options, struct rp_err *err)
{
    struct rp__stage *stage = rp_mem_zalloc(sizeof(*stage));
    enum rp_code rc = take_session(stage, options, err);
    if (rc == RP_OK) {
        rc = rp_reactor_new(&stage->reactor, err);
    }
    if (rc == RP_OK) {
        struct rp_instant zero = {0};
        stage->clock = rp_clock_system_new_at(
            options->past == NULL ? zero : options->past->last);
        struct rp_exec_options exec = {
            .reactor = stage->reactor,
            .clock = stage->clock,
            .head = options->head,
            .incarnation =
                options->past == NULL ? 0 : options->past->incarnation,
            .plan = options->plan,
            .environ = environ,
        };
        rc = rp_transport_exec_new(&stage->transport, &exec, err);
    }
    if (rc == RP_OK) {
        stage->exec = stage->transport;
        wrap(stage, options);
        rc = listen_to_people(stage, options, err);
    }
    if (rc == RP_OK) {
        *out = stage;
        return RP_OK;
    }
    rp__stage_close(&stage);
    return rc;
}

void rp__stage_close(struct rp__stage **stage)
{
    struct rp__stage *self = *stage;
    if (self == NULL) {
        return;
    }
    rp_control_free(&self->control);
    rp_transport_free(&self->transport);
    rp_clock_free(&self->clock);
    rp_reactor_free(&self->reactor);
    rp_lease_drop(&self->lease);
    rp_mem_free(self);
    *stage = NULL;
}

struct rp_clock *rp__stage_clock(struct rp__stage *stage)
{
    return stage->clock;
}

struct rp_transport *rp__stage_transport(struct rp__stage *stage)
{
    return stage->transport;
}

void rp__stage_note(struct rp__stage *stage, uint32_t rule, uint32_t times)
{
    if (stage->has_faults) {
        rp_fault_inject_note(stage->transport, rule, times);
    }
}

void rp__stage_tell_unfired(struct rp_buf *out, struct rp__stage *stage)
{
    if (stage->has_faults) {
        rp_fault_inject_tell_unfired(out, stage->transport);
    }
}

bool rp__stage_all_fired(const struct rp__stage *stage)
{
    bool all = true;
    for (uint32_t i = 0; stage->has_faults && i < stage->rules->count; i++) {
        all = all && (!rp_fault_rule_is_due(&stage->rules->items[i]) ||
                         rp_fault_inject_fired(stage->transport, i) > 0);
    }
    return all;
}

uint32_t rp__stage_fired(const struct rp__stage *stage, uint32_t rule)
{
    return stage->has_faults ? rp_fault_inject_fired(stage->transport, rule)
                             : 0;
}

bool rp__stage_as_expected(struct rp_buf *out, struct rp__stage *stage,
    const struct rp_run_result *result)
{
    bool met = true;
    for (uint32_t i = 0; stage->has_faults && i < stage->rules->count; i++) {
        struct rp_fault_end end = {
            .fired = rp__stage_fired(stage, i),
            .outcome = result->outcome,
            .took = result->took,
        };
        met = rp_fault_expect_met(out, &stage->rules->items[i], &end) && met;
    }
    return met;
}

struct rp_operator *rp__stage_control(struct rp__stage *stage)
{
    return rp_control_operator(stage->control);
}
