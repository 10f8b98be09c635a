/* I14: whatever the order in which workers are done, the result is the same. */
#include <string.h>

#include <reprise/order.h>

#include "sweep_space.h"

#define SAMPLES 100 /* where there are too many orders for all of them */

/* "gather" of "gather/labs@1/call:1". */
static const char *node_of(struct rp_sweep *s, const char *call)
{
    const char *end = strchr(call, '@');
    size_t len = end == NULL ? strlen(call) : (size_t)(end - call);
    while (len > 0 && call[len - 1] != '/') {
        len--;
    }
    len -= len > 0 ? 1 : 0;
    return rp_arena_dup(s->arena, (struct rp_str){call, len});
}

static void find(struct rp_sweep *s, const struct rp_order_report *report)
{
    const char *first = report->first == NULL ? "" : report->first;
    const char *second = report->second == NULL ? "" : report->second;
    struct rp_sweep_finding finding = {
        .gap = RP_GAP_ORDER,
        .path = node_of(s, first),
        .detail = rp_arena_printf(s->arena,
            "%s is another one when %s completes before %s", report->what,
            second, first),
    };
    rp_sweep_add_finding(s, NULL, &finding);
}

/* What happened faster or slower shows it with a fault that can be forced;
 * then this adds nothing. */
static bool is_known(const struct rp_sweep *s)
{
    for (uint32_t i = 0; i < s->gap_count; i++) {
        if (s->gaps[i].gap == RP_GAP_ORDER) {
            return true;
        }
    }
    return false;
}

void rp__sweep_orders_try(struct rp_sweep *s)
{
    const struct rp_sweep_ground *ground = &s->rig.ground;
    struct rp_session_head head = rp_rerun_head(ground->recording);
    struct rp_order_report report;
    struct rp_err err = RP_ERR_INIT;
    head.seed = ground->seed;
    head.plan = ground->plan->digest;
    head.plan_name = rp_str_of(ground->plan->name);
    struct rp_rerun base = {
        .source = ground->recording,
        .plan = ground->plan,
        .head = &head,
        .changed = ground->changed,
        .mended = true,
    };
    struct rp_order_choice choice = {RP_ORDER_SHUFFLE, ground->seed, SAMPLES};
    if (rp_order_explore(&report, &base, &choice, &err) != RP_OK) {
        return; /* so it is for the baseline, which was told */
    }
    s->orders = (struct rp_sweep_orders){
        .tried = report.tried,
        .possible = report.possible,
        .possible_more = report.possible_more,
    };
    if (report.finding == RP_ORDER_MISS) {
        s->orders.miss = rp_arena_dup(s->arena, rp_str_of(report.what));
    } else if (report.finding != RP_ORDER_SAME && !is_known(s)) {
        find(s, &report);
    }
    rp_order_report_fini(&report);
}
