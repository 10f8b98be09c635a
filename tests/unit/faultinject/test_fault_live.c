/* The same faults over scripted, played and real workers. No test sleeps: each
 * waits in the transport's poll for what must come. */
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>

#include <cmocka.h>

#include <reprise/fault_inject.h>
#include <reprise/mem.h>

#include "transport_contract.h"

#define WAIT_MAX_MS 300000 /* ends what hangs, on the slowest machine */
#define LOOK_MS 10
#define KILL_MS 400 /* after the output, unless the machine is slow */

static struct contract_bench *open_bench(
    const struct contract_maker *maker, const char *first, const char *second)
{
    struct contract_bench *bench = rp_mem_zalloc(sizeof(*bench));
    struct rp_err err = RP_ERR_INIT;
    enum rp_code rc = rp_fault_rule_add(&bench->rules, rp_str_of(first), &err);
    if (rc == RP_OK && second != NULL) {
        rc = rp_fault_rule_add(&bench->rules, rp_str_of(second), &err);
    }
    if (rc != RP_OK) {
        fail_msg("%s", err.text);
    }
    maker->open(bench);
    bench->transport =
        rp_fault_inject_new(bench->transport, &bench->rules, bench->clock, 1);
    return bench;
}

static void close_bench(
    const struct contract_maker *maker, struct contract_bench *bench)
{
    rp_transport_free(&bench->transport);
    maker->close(bench);
    rp_mem_free(bench);
}

static uint32_t submit(const struct contract_maker *maker,
    struct contract_bench *bench, enum contract_worker what, int64_t idle_ms)
{
    struct rp_call call = {
        .number = ++bench->last,
        .path = "a@1/call:1",
        .task = "a",
        .attempt = 1,
        .agent_name = "a",
        .input = RP_STR("{}"),
        .timeout = {30 * RP_NS_PER_S},
        .idle = idle_ms == 0 ? RP_DURATION_FOREVER : rp_duration_of_ms(idle_ms),
    };
    maker->prepare(bench, what, &call);
    assert_int_equal(
        bench->transport->ops->submit(bench->transport, &call, NULL), RP_OK);
    return call.number;
}

static struct rp_report next_report(struct contract_bench *bench)
{
    struct rp_report report;
    struct rp_err err = RP_ERR_INIT;
    struct rp_instant until = rp_instant_add(
        rp_clock_now(bench->clock), rp_duration_of_ms(WAIT_MAX_MS));
    enum rp_code rc;
    do {
        rc =
            bench->transport->ops->poll(bench->transport, until, &report, &err);
    } while (rc == RP_E_TIMEOUT &&
             rp_instant_before(rp_clock_now(bench->clock), until));
    if (rc != RP_OK) {
        fail_msg("nothing was reported: %s", err.text);
    }
    return report;
}

/* A real worker may be silent because it has not yet begun: until it has
 * delivered, ended, and is held back. */
static void await_output(const struct contract_maker *maker,
    struct contract_bench *bench, uint32_t call)
{
    struct rp_transport *t = bench->transport;
    struct rp_call_state seen = {.pid = 0};
    struct rp_report report;
    bool is_there = !maker->processes;
    for (int64_t ms = 0; ms < WAIT_MAX_MS && !is_there; ms += LOOK_MS) {
        struct rp_instant until = rp_instant_add(
            rp_clock_now(bench->clock), rp_duration_of_ms(LOOK_MS));
        enum rp_code rc = t->ops->poll(t, until, &report, NULL);
        assert_true(rc == RP_E_TIMEOUT || report.kind == RP_REPORT_IDLE);
        is_there = rc == RP_E_TIMEOUT && t->ops->observe(t, call, &seen) &&
                   seen.output_bytes > 0 && kill(seen.pid, 0) != 0;
    }
    assert_true(is_there);
}

static const struct rp_completion *completion(struct contract_bench *bench)
{
    struct rp_report report = next_report(bench);
    assert_int_equal(report.kind, RP_REPORT_COMPLETED);
    return report.completion;
}

static void assert_marked(const struct rp_completion *c, const char *fault)
{
    assert_int_equal(c->fault_count, 1);
    assert_string_equal(c->faults[0].rule, "r1");
    assert_string_equal(c->faults[0].fault, fault);
}

static void a_hang_is_silent_until_it_is_cancelled(void **state)
{
    const struct contract_maker *maker = *state;
    struct contract_bench *bench = open_bench(maker, "** : hang", NULL);
    uint32_t call = submit(maker, bench, CONTRACT_DELIVERS, 30);
    assert_int_equal(next_report(bench).kind, RP_REPORT_IDLE);
    bench->transport->ops->cancel(bench->transport, call, RP_CANCEL_TERM);
    const struct rp_completion *c = completion(bench);
    assert_int_equal(c->end, RP_END_KILLED);
    assert_int_equal(c->output.len, 0);
    assert_marked(c, "hang");
    assert_int_equal(rp_fault_inject_fired(bench->transport, 0), 1);
    close_bench(maker, bench);
}

static void a_kill_at_the_start_comes_before_the_first_instruction(void **state)
{
    const struct contract_maker *maker = *state;
    static const struct {
        const char *rule;
        int signo;
    } cases[] = {{"** : kill", SIGKILL}, {"** : kill(signal=SIGTERM)", SIGTERM},
        {"** : kill(signal=SIGHUP)", SIGHUP}};
    for (size_t k = 0; k < RP_COUNT_OF(cases); k++) {
        struct contract_bench *bench = open_bench(maker, cases[k].rule, NULL);
        submit(maker, bench, CONTRACT_DELIVERS, 0);
        const struct rp_completion *c = completion(bench);
        assert_int_equal(c->end, RP_END_SIGNALED);
        assert_int_equal(c->signal, cases[k].signo);
        assert_int_equal(c->output.len, 0);
        assert_false(c->kill_sent);
        assert_marked(c, "kill");
        close_bench(maker, bench);
    }
}

static void a_kill_after_a_while_ends_what_still_runs(void **state)
{
    const struct contract_maker *maker = *state;
    struct contract_bench *bench =
        open_bench(maker, "** : kill(after=20ms)", NULL);
    submit(maker, bench, CONTRACT_HANGS, 0);
    const struct rp_completion *c = completion(bench);
    assert_int_equal(c->end, RP_END_SIGNALED);
    assert_int_equal(c->signal, SIGKILL);
    assert_true(c->duration.ns >= 20 * RP_NS_PER_MS);
    assert_marked(c, "kill");
    close_bench(maker, bench);
}

static void a_truncation_keeps_what_it_says_and_has_both_digests(void **state)
{
    const struct contract_maker *maker = *state;
    struct contract_bench *bench =
        open_bench(maker, "** : out.truncate(4)", NULL);
    submit(maker, bench, CONTRACT_DELIVERS, 0);
    const struct rp_completion *c = completion(bench);
    struct rp_digest before = rp_digest_of(RP_STR(CONTRACT_OUTPUT));
    struct rp_digest after = rp_digest_of(RP_STR("{\"ok"));
    assert_int_equal(c->end, RP_END_EXITED);
    assert_true(rp_str_is(c->output, "{\"ok"));
    assert_int_equal(c->output_bytes, 4);
    assert_true(rp_digest_equal(&c->output_digest, &after));
    assert_marked(c, "out.truncate");
    assert_true(rp_digest_equal(&c->faults[0].before, &before));
    assert_true(rp_digest_equal(&c->faults[0].after, &after));
    close_bench(maker, bench);
}

static void a_hang_and_a_kill_leave_two_marks(void **state)
{
    const struct contract_maker *maker = *state;
    struct contract_bench *bench =
        open_bench(maker, "** : hang", "** : kill(after=20ms, signal=SIGTERM)");
    submit(maker, bench, CONTRACT_DELIVERS, 0);
    const struct rp_completion *c = completion(bench);
    assert_int_equal(c->end, RP_END_SIGNALED);
    assert_int_equal(c->signal, SIGTERM);
    assert_int_equal(c->fault_count, 2);
    assert_string_equal(c->faults[0].fault, "hang");
    assert_string_equal(c->faults[1].fault, "kill");
    close_bench(maker, bench);
}

/* It is dead and nobody has looked yet: the signal goes nowhere. */
static void a_kill_of_what_has_ended_did_not_fire(void **state)
{
    const struct contract_maker *maker = *state;
    struct rp_call_state seen;
    siginfo_t info;
    struct contract_bench *bench =
        open_bench(maker, "** : kill(after=1us)", NULL);
    uint32_t call = submit(maker, bench, CONTRACT_DELIVERS, 0);
    assert_true(bench->transport->ops->observe(bench->transport, call, &seen));
    assert_int_equal(
        waitid(P_PID, (id_t)seen.pid, &info, WEXITED | WNOWAIT), 0);
    const struct rp_completion *c = completion(bench);
    assert_int_equal(c->end, RP_END_EXITED);
    assert_true(rp_str_is(c->output, CONTRACT_OUTPUT));
    assert_int_equal(c->fault_count, 0);
    assert_int_equal(rp_fault_inject_fired(bench->transport, 0), 0);
    close_bench(maker, bench);
}

/* To all others it hangs, so that is what the signal ends. */
static void a_kill_of_what_ended_and_is_held_back_fires(void **state)
{
    const struct contract_maker *maker = *state;
    struct rp_call_state seen;
    siginfo_t info;
    struct contract_bench *bench =
        open_bench(maker, "** : hang.after_output", "** : kill(after=1us)");
    uint32_t call = submit(maker, bench, CONTRACT_DELIVERS, 0);
    assert_true(bench->transport->ops->observe(bench->transport, call, &seen));
    assert_int_equal(
        waitid(P_PID, (id_t)seen.pid, &info, WEXITED | WNOWAIT), 0);
    const struct rp_completion *c = completion(bench);
    assert_int_equal(c->end, RP_END_SIGNALED);
    assert_int_equal(c->signal, SIGKILL);
    assert_true(rp_str_is(c->output, CONTRACT_OUTPUT));
    assert_int_equal(c->fault_count, 2);
    assert_int_equal(rp_fault_inject_fired(bench->transport, 1), 1);
    close_bench(maker, bench);
}

/* What the engine is told, but for times and pids. */
struct told {
    const char *rule, *fault;
    bool idles; /* it is silent first, and cancelled then */
    enum rp_call_end end;
    int32_t status, signal;
    const char *output;
    bool kill_sent;
    enum contract_worker what;
};

static const struct told all_told[] = {
    {"** : hang.before_output", "hang.before_output", true, RP_END_KILLED, -1,
        SIGTERM, "", false, CONTRACT_DELIVERS},
    {"** : hang.mid_output", "hang.mid_output", true, RP_END_KILLED, -1,
        SIGTERM, "{\"ok", false, CONTRACT_DELIVERS},
    {"** : hang.after_output", "hang.after_output", true, RP_END_KILLED, -1,
        SIGTERM, CONTRACT_OUTPUT, false, CONTRACT_DELIVERS},
    {"** : hang.ignore_term", "hang.ignore_term", true, RP_END_KILLED, -1,
        SIGKILL, "", true, CONTRACT_DELIVERS},
    {"** : late.result(1ms)", "late.result", false, RP_END_EXITED, 0, 0,
        CONTRACT_OUTPUT, false, CONTRACT_DELIVERS},
    {"** : late.result(1h)", "late.result", true, RP_END_KILLED, -1, SIGTERM,
        CONTRACT_OUTPUT, false, CONTRACT_DELIVERS},
    {"** : slow.drip(40ms)", "slow.drip", false, RP_END_EXITED, 0, 0,
        CONTRACT_OUTPUT, false, CONTRACT_DELIVERS},
    {"** : kill.sigterm", "kill.sigterm", false, RP_END_SIGNALED, -1, SIGTERM,
        "", false, CONTRACT_DELIVERS},
    {"** : kill.segv", "kill.segv", false, RP_END_SIGNALED, -1, SIGSEGV, "",
        false, CONTRACT_DELIVERS},
    {"** : kill.abort", "kill.abort", false, RP_END_SIGNALED, -1, SIGABRT, "",
        false, CONTRACT_DELIVERS},
    {"** : kill.mid_write", "kill.mid_write", false, RP_END_SIGNALED, -1,
        SIGKILL, "{\"ok", false, CONTRACT_DELIVERS},
    {"** : kill.after_output(SIGTERM)", "kill.after_output", false,
        RP_END_SIGNALED, -1, SIGTERM, CONTRACT_OUTPUT, false,
        CONTRACT_DELIVERS},
    {"** : spawn.exit_early(3)", "spawn.exit_early", false, RP_END_EXITED, 3, 0,
        "", false, CONTRACT_DELIVERS},
    {"** : exit.nonzero_full", "exit.nonzero_full", false, RP_END_EXITED, 1, 0,
        CONTRACT_OUTPUT, false, CONTRACT_DELIVERS},
    {"** : exit.zero_empty", "exit.zero_empty", false, RP_END_EXITED, 0, 0, "",
        false, CONTRACT_DELIVERS},
    {"** : exit.zero_partial", "exit.zero_partial", false, RP_END_EXITED, 0, 0,
        "{\"ok", false, CONTRACT_DELIVERS},
    {"** : spawn.lost", "spawn.lost", true, RP_END_KILLED, -1, SIGTERM, "",
        false, CONTRACT_DELIVERS},
    {"** : res.mem", "res.mem", false, RP_END_SIGNALED, -1, SIGSEGV, "", false,
        CONTRACT_DELIVERS},
    {"** : res.nofile", "res.nofile", false, RP_END_EXITED, 127, 0, "", false,
        CONTRACT_DELIVERS},
    {"** : backpressure.stderr", "backpressure.stderr", false, RP_END_EXITED, 0,
        0, CONTRACT_OUTPUT, false, CONTRACT_DELIVERS},
    {"** : out.split_writes", "out.split_writes", false, RP_END_EXITED, 0, 0,
        CONTRACT_OUTPUT, false, CONTRACT_DELIVERS},
    {"** : hang.inherited_pipe", "hang.inherited_pipe", false, RP_END_EXITED, 0,
        0, CONTRACT_OUTPUT, false, CONTRACT_DELIVERS},
    {"** : spawn.enoent", "spawn.enoent", false, RP_END_SPAWN, -1, 0, "", false,
        CONTRACT_DELIVERS},
    {"** : spawn.cwd_gone", "spawn.cwd_gone", false, RP_END_SPAWN, -1, 0, "",
        false, CONTRACT_DELIVERS},
    {"** : spawn.double", "spawn.double", false, RP_END_EXITED, 0, 0,
        CONTRACT_OUTPUT, false, CONTRACT_DELIVERS},
    {"** : spawn.env_missing", "spawn.env_missing", false, RP_END_EXITED, 1, 0,
        "", false, CONTRACT_PICKY},
    {"** : spawn.env_missing(N*)", "spawn.env_missing", false, RP_END_EXITED, 1,
        0, "", false, CONTRACT_PICKY},
    {"** : spawn.version_skew", "spawn.version_skew", false, RP_END_EXITED, 1,
        0, "", false, CONTRACT_PICKY},
    {"** : kill.oom", "kill.oom", false, RP_END_EXITED, 137, 0, "", false,
        CONTRACT_DELIVERS},
    {"** : kill.leader_only", "kill.leader_only", false, RP_END_SIGNALED, -1,
        SIGKILL, "", false, CONTRACT_DELIVERS},
};

static void every_world_tells_the_same_of_a_fault(void **state)
{
    const struct contract_maker *maker = *state;
    for (size_t i = 0; i < RP_COUNT_OF(all_told); i++) {
        const struct told *told = &all_told[i];
        struct contract_bench *bench = open_bench(maker, told->rule, NULL);
        uint32_t call = submit(maker, bench, told->what, told->idles ? 300 : 0);
        if (told->idles) {
            struct rp_report report = next_report(bench);
            assert_int_equal(report.kind, RP_REPORT_IDLE);
            assert_true(report.silent.ns >= 300 * RP_NS_PER_MS);
            if (told->output[0] != '\0') {
                await_output(maker, bench, call);
            }
            bench->transport->ops->cancel(
                bench->transport, call, RP_CANCEL_TERM);
        }
        const struct rp_completion *c = completion(bench);
        assert_marked(c, told->fault);
        assert_int_equal(c->end, told->end);
        assert_int_equal(c->exit_status, told->status);
        assert_int_equal(c->signal, told->signal);
        assert_true(rp_str_is(c->output, told->output));
        assert_int_equal(c->output_bytes, strlen(told->output));
        assert_int_equal(c->term_sent, told->idles);
        assert_int_equal(c->kill_sent, told->kill_sent);
        assert_int_equal(rp_fault_inject_fired(bench->transport, 0), 1);
        close_bench(maker, bench);
    }
}

static void what_it_writes_and_holds_is_told_too(void **state)
{
    const struct contract_maker *maker = *state;
    struct contract_bench *bench =
        open_bench(maker, "** : backpressure.stderr(200KiB)", NULL);
    submit(maker, bench, CONTRACT_DELIVERS, 0);
    const struct rp_completion *c = completion(bench);
    assert_true(c->diagnostics_bytes >= 200u << 10);
    assert_false(c->pipe_held);
    close_bench(maker, bench);
    bench = open_bench(maker, "** : hang.inherited_pipe", NULL);
    submit(maker, bench, CONTRACT_DELIVERS, 0);
    c = completion(bench);
    assert_true(c->pipe_held);
    assert_true(c->duration.ns >= RP_END_OF_FILE_WAIT_MS * RP_NS_PER_MS);
    assert_int_equal(rp_fault_inject_fired(bench->transport, 0), 1);
    close_bench(maker, bench);
}

/* Who names no variable is without none. */
static void what_there_is_not_cannot_be_missing(void **state)
{
    const struct contract_maker *maker = *state;
    struct contract_bench *bench =
        open_bench(maker, "** : spawn.env_missing", NULL);
    submit(maker, bench, CONTRACT_DELIVERS, 0);
    const struct rp_completion *c = completion(bench);
    assert_true(rp_str_is(c->output, CONTRACT_OUTPUT));
    assert_int_equal(c->fault_count, 0);
    submit(maker, bench, CONTRACT_PICKY, 0);
    c = completion(bench);
    assert_int_equal(c->exit_status, 1);
    assert_marked(c, "spawn.env_missing");
    close_bench(maker, bench);
}

/* Neither of the two outlives the call, and one end of it is told. */
static void who_is_started_twice_is_ended_twice(void **state)
{
    const struct contract_maker *maker = *state;
    struct contract_bench *bench = open_bench(maker, "** : spawn.double", NULL);
    uint32_t call = submit(maker, bench, CONTRACT_HANGS, 20);
    assert_int_equal(next_report(bench).kind, RP_REPORT_IDLE);
    bench->transport->ops->cancel(bench->transport, call, RP_CANCEL_TERM);
    const struct rp_completion *c = completion(bench);
    assert_int_equal(c->call, call);
    assert_int_equal(c->end, RP_END_KILLED);
    assert_marked(c, "spawn.double");
    uint32_t next = submit(maker, bench, CONTRACT_DELIVERS, 0);
    c = completion(bench);
    assert_int_equal(c->call, next);
    assert_int_equal(c->exit_status, 0);
    close_bench(maker, bench);
    if (maker->processes) {
        assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
    }
}

/* Of a real one nobody can tell why it failed. */
static void a_recorded_failure_is_not_put_down_to_the_fault(void **state)
{
    const struct contract_maker *maker = *state;
    struct contract_bench *bench = open_bench(maker, "** : res.fsize", NULL);
    submit(maker, bench, CONTRACT_FAILS, 0);
    const struct rp_completion *c = completion(bench);
    assert_int_equal(c->end, RP_END_EXITED);
    assert_int_equal(c->exit_status, 3);
    assert_int_equal(c->fault_count, maker->processes ? 1 : 0);
    close_bench(maker, bench);
}

/* Signs of life are no result: only who gives up on it ends it. */
static void a_heartbeat_is_never_idle(void **state)
{
    const struct contract_maker *maker = *state;
    struct contract_bench *bench =
        open_bench(maker, "** : hang.heartbeat_only", NULL);
    uint32_t call = submit(maker, bench, CONTRACT_DELIVERS, 20);
    struct rp_report report;
    struct rp_instant until =
        rp_instant_add(rp_clock_now(bench->clock), rp_duration_of_ms(100));
    while (rp_instant_before(rp_clock_now(bench->clock), until)) {
        assert_int_equal(
            bench->transport->ops->poll(bench->transport, until, &report, NULL),
            RP_E_TIMEOUT);
    }
    bench->transport->ops->cancel(bench->transport, call, RP_CANCEL_KILL);
    const struct rp_completion *c = completion(bench);
    assert_int_equal(c->end, RP_END_KILLED);
    assert_int_equal(c->signal, SIGKILL);
    assert_int_equal(c->output.len, 0);
    assert_marked(c, "hang.heartbeat_only");
    close_bench(maker, bench);
}

/* Whether the worker delivered before it was killed. */
static bool is_killed_with_its_output(
    const struct contract_maker *maker, int64_t after_ms)
{
    char rule[64];
    (void)snprintf(rule, sizeof(rule), "** : kill(after=%dms)", (int)after_ms);
    struct contract_bench *bench =
        open_bench(maker, "** : hang.after_output", rule);
    submit(maker, bench, CONTRACT_DELIVERS, 0);
    const struct rp_completion *c = completion(bench);
    bool delivered = c->output.len > 0;
    assert_int_equal(c->end, RP_END_SIGNALED);
    assert_int_equal(c->signal, SIGKILL);
    assert_true(c->duration.ns >= after_ms * RP_NS_PER_MS);
    if (delivered) {
        assert_true(rp_str_is(c->output, CONTRACT_OUTPUT));
        assert_int_equal(c->fault_count, 2);
        assert_string_equal(c->faults[0].fault, "hang.after_output");
        assert_string_equal(c->faults[1].fault, "kill");
    }
    close_bench(maker, bench);
    return delivered;
}

static void what_is_held_back_can_be_killed_and_seen(void **state)
{
    const struct contract_maker *maker = *state;
    int64_t after_ms = KILL_MS;
    /* only a real worker may need more time, on a loaded machine */
    while (!is_killed_with_its_output(maker, after_ms)) {
        assert_true(maker->processes && after_ms < WAIT_MAX_MS);
        after_ms *= 2;
    }
}

/* What is held when all ends is ended with it. */
static void what_is_held_back_is_freed_with_the_rest(void **state)
{
    const struct contract_maker *maker = *state;
    struct contract_bench *bench =
        open_bench(maker, "** : hang.after_output", NULL);
    struct rp_call_state seen;
    uint32_t call = submit(maker, bench, CONTRACT_DELIVERS, 300);
    assert_int_equal(next_report(bench).kind, RP_REPORT_IDLE);
    await_output(maker, bench, call);
    assert_true(bench->transport->ops->observe(bench->transport, call, &seen));
    assert_int_equal(seen.output_bytes, strlen(CONTRACT_OUTPUT));
    close_bench(maker, bench);
}

static void the_machine_lacks_what_it_takes(void **state)
{
    print_message("%s\n", contract_lack(*state));
    skip();
}

static int run_over(const struct contract_maker *maker)
{
    void *context = (void *)(uintptr_t)(const void *)maker;
#define TEST(name) cmocka_unit_test_prestate(name, context)
    const struct CMUnitTest tests[] = {
        TEST(a_hang_is_silent_until_it_is_cancelled),
        TEST(a_kill_at_the_start_comes_before_the_first_instruction),
        TEST(a_kill_after_a_while_ends_what_still_runs),
        TEST(a_truncation_keeps_what_it_says_and_has_both_digests),
        TEST(a_hang_and_a_kill_leave_two_marks),
        TEST(every_world_tells_the_same_of_a_fault),
        TEST(what_it_writes_and_holds_is_told_too),
        TEST(what_there_is_not_cannot_be_missing),
        TEST(who_is_started_twice_is_ended_twice),
        TEST(a_recorded_failure_is_not_put_down_to_the_fault),
        TEST(a_heartbeat_is_never_idle),
        TEST(what_is_held_back_can_be_killed_and_seen),
        TEST(what_is_held_back_is_freed_with_the_rest),
    };
    const struct CMUnitTest of_processes[] = {
        TEST(a_kill_of_what_has_ended_did_not_fire),
        TEST(a_kill_of_what_ended_and_is_held_back_fires)};
    const struct CMUnitTest lacks[] = {TEST(the_machine_lacks_what_it_takes)};
    if (contract_lack(maker) != NULL) {
        return cmocka_run_group_tests_name(maker->name, lacks, NULL, NULL);
    }
    int failed = cmocka_run_group_tests_name(maker->name, tests, NULL, NULL);
    if (maker->processes) {
        failed +=
            cmocka_run_group_tests_name("processes", of_processes, NULL, NULL);
    }
    return failed;
}

int main(void)
{
    return run_over(&contract_scripted) + run_over(&contract_journal) +
           run_over(&contract_exec);
}
