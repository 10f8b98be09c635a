/* Real processes on the system's clock, for the contract. */
#include "transport_contract.h"

#include <reprise/clock_system.h>
#include <reprise/mem.h>
#include <reprise/transport_exec.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

/* Between its output and its end a worker waits for a busy machine. */
#define LINGER_S 600

extern char **environ;

/* What transport_exec borrows. */
struct surroundings {
    struct rp_reactor *reactor;
    struct rp_session_head head;
    struct rp_plan plan;
    struct rp_plan_agent agents[CONTRACT_WORKERS];
};

static const char *const commands[CONTRACT_WORKERS][4] = {
    [CONTRACT_DELIVERS] = {"/bin/echo", "{\"ok\":1}"},
    [CONTRACT_FAILS] = {"/bin/sh", "-c", "exit 3"},
    [CONTRACT_HANGS] = {"/bin/sleep", "1000"},
    /* Ignored signals stay ignored in what exec starts. */
    [CONTRACT_IGNORES] = {"/bin/sh", "-c", "trap '' TERM; exec sleep 1000"},
    [CONTRACT_MISSING] = {"/nowhere/worker"},
    [CONTRACT_PICKY] = {"/bin/sh", "-c",
        "read -r task; case $task in '{\"task\":'*) ;; *) exit 1 ;; esac; "
        "test \"$NEED\" = 1 || exit 1; echo '{\"ok\":1}'"},
};

static const char *const no_env[] = {NULL};
static const char *const env[] = {"NEED=1", NULL};

static void open_exec(struct contract_bench *bench)
{
    static const uint8_t chance[10] = {3};
    struct surroundings *s = rp_mem_zalloc(sizeof(*s));
    bench->own = s;
    bench->clock = rp_clock_system_new();
    assert_int_equal(rp_reactor_new(&s->reactor, NULL), RP_OK);
    s->head.id = rp_session_id_of((struct rp_wall){1}, chance);
    s->head.trace = (struct rp_trace_id){{1}};
    s->head.incarnation = 1;
    s->plan.dir = "/";
    for (int i = 0; i < CONTRACT_WORKERS; i++) {
        s->agents[i] = (struct rp_plan_agent){
            .name = "a",
            .program = commands[i][0],
            .stdin_mode = RP_STDIN_TASK,
            .grace = {CONTRACT_GRACE_MS * RP_NS_PER_MS},
            .linger = {LINGER_S * RP_NS_PER_S},
            .output_bytes_max = 1u << 16,
        };
    }
    struct rp_exec_options options = {.reactor = s->reactor,
        .clock = bench->clock,
        .head = &s->head,
        .plan = &s->plan,
        .environ = environ};
    assert_int_equal(
        rp_transport_exec_new(&bench->transport, &options, NULL), RP_OK);
}

static void prepare(struct contract_bench *bench, enum contract_worker what,
    struct rp_call *call)
{
    struct surroundings *s = bench->own;
    call->agent = &s->agents[what];
    call->argv = commands[what];
    call->env = what == CONTRACT_PICKY ? env : no_env;
}

static void close_exec(struct contract_bench *bench)
{
    struct surroundings *s = bench->own;
    rp_reactor_free(&s->reactor);
    rp_clock_free(&bench->clock);
    rp_mem_free(s);
}

/* Under valgrind a vfork() is a fork(): what fails between it and exec is not
 * told, and the worker is in no process group yet when it can be cancelled. */
static bool vfork_shares_memory(void)
{
    volatile int shared = 0;
    pid_t child = vfork(); /* NOLINT(clang-analyzer-security.*) */
    if (child == 0) {
        shared = 1; /* NOLINT(clang-analyzer-unix.Vfork) */
        _exit(0);
    }
    assert_true(child > 0);
    assert_int_equal(waitpid(child, NULL, 0), child);
    return shared == 1;
}

const char *contract_lack(const struct contract_maker *maker)
{
    return maker->processes && !vfork_shares_memory()
               ? "real workers need a vfork() that shares memory"
               : NULL;
}

const struct contract_maker contract_exec = {
    .name = "exec",
    .processes = true,
    .open = open_exec,
    .prepare = prepare,
    .close = close_exec,
};
