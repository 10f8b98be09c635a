/* Ends of calls as faults make them. */
#include "fault_end.h"

#include <inttypes.h>
#include <signal.h>
#include <stdio.h>

#include <reprise/rng.h>

bool rp__end_is_at_output(enum rp_fault_kind kind)
{
    return kind == RP_FAULT_KILL_MID_WRITE ||
           kind == RP_FAULT_KILL_AFTER_OUTPUT;
}

struct rp_digest rp__end_digest_of(struct rp_memo *memo, struct rp_str bytes)
{
    struct rp_digest none = {{0}};
    return bytes.len == 0 ? none : rp_memo_digest(memo, bytes);
}

void rp__end_set_output(
    struct rp_completion *c, struct rp_memo *memo, struct rp_str bytes)
{
    c->output = bytes;
    c->output_bytes = bytes.len;
    c->output_digest = rp__end_digest_of(memo, bytes);
}

/* What would have passed the limit is ended there, as a real worker is. */
void rp__end_bound_output(struct rp_completion *c, uint64_t bytes_max)
{
    if (bytes_max == 0 || c->output.len <= bytes_max ||
        c->end == RP_END_KILLED) {
        return;
    }
    uint64_t produced = c->output.len;
    rp__end_set_output(
        c, NULL, (struct rp_str){c->output.ptr, (size_t)bytes_max});
    c->output_bytes = produced;
    c->output_cut = true;
    c->end = RP_END_KILLED;
    c->why = RP_REASON_OUTPUT_TOO_LARGE;
    c->exit_status = -1;
    c->signal = SIGKILL;
    c->kill_sent = true;
    (void)snprintf(c->message, sizeof(c->message),
        "stdout passed its limit of %" PRIu64 " bytes; the worker was ended",
        bytes_max);
}

bool rp__end_has_no_place(
    const struct rp_fault_rule *rule, struct rp_str output)
{
    return rule->placed != RP_PLACED_NOT &&
           rp_fault_truncated_len(rule, output) == output.len;
}

static void keep_part(struct rp_completion *c, const struct rp_fault_rule *rule)
{
    size_t kept = rp_fault_truncated_len(rule, c->output);
    rp__end_set_output(c, NULL, (struct rp_str){c->output.ptr, kept});
}

/* A worker that delivered is ended by a signal, before the end or at it. */
static bool dies_of(struct rp_completion *c, const struct rp_fault_rule *rule)
{
    if (c->output.len == 0 || rp__end_has_no_place(rule, c->output)) {
        return false;
    }
    c->end = RP_END_SIGNALED;
    c->exit_status = -1;
    c->signal = rule->signal;
    if (rule->kind == RP_FAULT_KILL_MID_WRITE) {
        keep_part(c, rule);
    }
    return true;
}

/* Of a worker that ended by itself: status and output disagree. */
bool rp__end_change(struct rp_completion *c, const struct rp_fault_rule *rule)
{
    if (c->end != RP_END_EXITED || c->exit_status != 0) {
        return false;
    }
    if (rp__end_is_at_output(rule->kind)) {
        return dies_of(c, rule);
    }
    if (rule->kind == RP_FAULT_EXIT_NONZERO_FULL) {
        c->exit_status = rule->status;
        return true;
    }
    if (c->output.len == 0 || rp__end_has_no_place(rule, c->output)) {
        return false;
    }
    if (rule->kind == RP_FAULT_EXIT_ZERO_PARTIAL) {
        keep_part(c, rule);
    } else {
        rp__end_set_output(c, NULL, RP_STR(""));
    }
    return true;
}

/* In the words of the system. */
static const char *spawn_error(enum rp_fault_kind kind)
{
    return kind == RP_FAULT_SPAWN_ENOENT || kind == RP_FAULT_SPAWN_CWD_GONE
               ? "No such file or directory"
           : kind == RP_FAULT_SPAWN_EACCES ? "Permission denied"
           : kind == RP_FAULT_SPAWN_ENOMEM ? "Cannot allocate memory"
           : kind == RP_FAULT_SPAWN_EMFILE ? "Too many open files"
           : kind == RP_FAULT_SPAWN_E2BIG  ? "Argument list too long"
                                           : "Resource temporarily unavailable";
}

/* As the transport of real workers says it. */
void rp__end_refuse(struct rp_completion *c, const struct rp_fault_rule *rule,
    const char *program)
{
    enum rp_fault_kind kind = rule->kind;
    if (kind == RP_FAULT_SPAWN_EXIT_EARLY) {
        c->end = RP_END_EXITED;
        c->exit_status = rule->status;
        return;
    }
    c->end = RP_END_SPAWN;
    c->exit_status = -1;
    (void)snprintf(c->message, sizeof(c->message), "cannot start '%s'%s: %s",
        program, kind == RP_FAULT_SPAWN_CWD_GONE ? " in its directory" : "",
        spawn_error(kind));
}

void rp__end_mark(struct rp_completion *c, const struct rp_fault_rule *rule,
    const struct rp_digest *before, const struct rp_digest *after)
{
    if (c->fault_count == RP_FAULT_MARKS_MAX) {
        return;
    }
    struct rp_fault_mark *m = &c->faults[c->fault_count++];
    (void)snprintf(m->rule, sizeof(m->rule), "%s", rule->id);
    (void)snprintf(m->fault, sizeof(m->fault), "%s", rp_fault_name(rule->kind));
    if (before != NULL) {
        m->before = *before;
        m->after = *after;
    }
}

/* Most are somewhat late and some are very late: the 32 quantiles in the middle
 * of a log-normal distribution whose median and deviation are 1, in
 * thousandths. */
static const int64_t quantiles[] = {116, 187, 242, 292, 340, 388, 436, 485, 535,
    587, 641, 698, 758, 821, 889, 962, 1040, 1125, 1218, 1320, 1434, 1561, 1705,
    1870, 2064, 2294, 2577, 2937, 3421, 4128, 5344, 8618};

struct rp_duration rp__end_delay(
    const struct rp_fault_rule *rule, const struct rp_call *call, uint64_t seed)
{
    if (rule->kind != RP_FAULT_SLOW_DIST) {
        return rule->after;
    }
    uint64_t draw =
        rp_draw(seed, rp_str_of(call->task), rule->id, call->attempt);
    int64_t share = quantiles[draw % RP_COUNT_OF(quantiles)];
    int64_t most_ns = INT64_MAX / quantiles[RP_COUNT_OF(quantiles) - 1];
    if (rule->after.ns > most_ns) {
        return rule->after;
    }
    return (struct rp_duration){rule->after.ns * share / 1000};
}

void rp__end_tell_unfired(
    struct rp_buf *out, const struct rp_fault_rule *rule, uint32_t on)
{
    rp_buf_addf(out, "fault rule '%s' never fired: '", rule->id);
    rp_fault_rule_show(out, rule);
    if (rule->kind == RP_FAULT_CRASH) {
        rp_buf_add_text(out, "': the session ended before\n");
    } else if (rp_fault_target(rule->kind) != NULL) {
        rp_buf_addf(out, "': so much was not asked of the %s\n",
            rp_fault_target(rule->kind));
    } else if (on == 0) {
        rp_buf_add_text(out, "' was on no call\n");
    } else {
        rp_buf_addf(out, "' was on %" PRIu32 " call%s and changed none\n", on,
            on == 1 ? "" : "s");
    }
}
