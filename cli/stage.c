#include "stage.h"

#include <unistd.h>

#include <reprise/clock_system.h>
#include <reprise/fault_inject.h>
#include <reprise/mem.h>
#include <reprise/transport_exec.h>

extern char **environ;

struct rp__stage {
    struct rp_reactor *reactor;
    struct rp_clock *clock;
    struct rp_transport *transport; /* the outermost */
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
    }
}

enum rp_code rp__stage_open(struct rp__stage **out,
    const struct rp__stage_options *options, struct rp_err *err)
{
    struct rp__stage *stage = rp_mem_zalloc(sizeof(*stage));
    enum rp_code rc = rp_reactor_new(&stage->reactor, err);
    if (rc == RP_OK) {
        stage->clock = rp_clock_system_new();
        struct rp_exec_options exec = {
            .reactor = stage->reactor,
            .clock = stage->clock,
            .head = options->head,
            .plan = options->plan,
            .environ = environ,
        };
        rc = rp_transport_exec_new(&stage->transport, &exec, err);
    }
    if (rc == RP_OK) {
        wrap(stage, options);
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
    rp_transport_free(&self->transport);
    rp_clock_free(&self->clock);
    rp_reactor_free(&self->reactor);
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

struct rp_operator *rp__stage_control(struct rp__stage *stage)
{
    (void)stage;
    return NULL;
}
