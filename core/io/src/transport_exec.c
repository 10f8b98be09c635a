#include <reprise/transport_exec.h>

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <reprise/mem.h>

#include "worker.h"

static struct rp__exec *self_of(struct rp_transport *t)
{
    return RP_CONTAINER_OF(t, struct rp__exec, base);
}

static struct rp__worker *running(struct rp__exec *exec, uint32_t call)
{
    for (struct rp__worker *w = exec->workers; w != NULL; w = w->next) {
        if (w->call == call && w->state != WORKER_GONE && !w->is_second) {
            return w;
        }
    }
    return NULL;
}

bool rp__exec_owns(void *context, pid_t pid)
{
    const struct rp__exec *exec = context;
    for (const struct rp__worker *w = exec->workers; w != NULL; w = w->next) {
        if (w->pid == pid && w->state != WORKER_GONE) {
            return true;
        }
    }
    return false;
}

static void unlink_worker(struct rp__exec *exec, struct rp__worker *worker)
{
    struct rp__worker **at = &exec->workers;
    while (*at != NULL && *at != worker) {
        at = &(*at)->next;
    }
    if (*at != NULL) {
        *at = worker->next;
    }
    worker->next = NULL;
}

static void append_gone(struct rp__exec *exec, struct rp__worker *worker)
{
    if (exec->gone_tail == NULL) {
        exec->gone_head = worker;
    } else {
        exec->gone_tail->next = worker;
    }
    exec->gone_tail = worker;
}

static struct rp__worker *first_of(
    struct rp__exec *exec, const struct rp__worker *second)
{
    struct rp__worker *w = exec->workers;
    while (w != NULL && w->second != second) {
        w = w->next;
    }
    return w;
}

/* From running to waiting for poll. */
void rp__exec_gone(struct rp__exec *exec, struct rp__worker *worker)
{
    unlink_worker(exec, worker);
    exec->in_flight--;
    if (worker->second != NULL) { /* its call has not ended yet */
        worker->second->held = worker;
        worker->second = NULL;
        return;
    }
    struct rp__worker *first = worker->held;
    worker->held = NULL;
    append_gone(exec, worker);
    if (first != NULL) {
        append_gone(exec, first);
    } else if (worker->is_second && (first = first_of(exec, worker)) != NULL) {
        first->second = NULL;
    }
}

static struct rp__worker *start(
    struct rp__exec *exec, const struct rp_call *call)
{
    struct rp__worker *worker = rp__worker_new(exec, call);
    worker->next = exec->workers;
    exec->workers = worker;
    exec->in_flight++;
    exec->was_busy = true;
    rp__worker_start(worker, call);
    return worker;
}

/* The same once more: two workers, one key. */
static void start_again(
    struct rp__exec *exec, struct rp__worker *first, const struct rp_call *call)
{
    struct rp_call again = *call;
    again.idle = RP_DURATION_FOREVER; /* only the first one is heard */
    struct rp__worker *second = start(exec, &again);
    second->is_second = true;
    if (second->state != WORKER_GONE) {
        first->second = second;
    }
}

static enum rp_code exec_submit(
    struct rp_transport *t, const struct rp_call *call, struct rp_err *err)
{
    struct rp__exec *exec = self_of(t);
    (void)err;
    struct rp__worker *worker = start(exec, call);
    if (call->hardship != NULL && call->hardship->twice &&
        worker->state != WORKER_GONE) {
        start_again(exec, worker, call);
    }
    return RP_OK;
}

static void exec_cancel(
    struct rp_transport *t, uint32_t call, enum rp_cancel_mode mode)
{
    struct rp__exec *exec = self_of(t);
    struct rp__worker *next;
    for (struct rp__worker *w = exec->workers; w != NULL; w = next) {
        next = w->next;
        if (w->call == call) {
            rp__worker_end(w, mode == RP_CANCEL_KILL);
        }
    }
}

static bool exec_signal(struct rp_transport *t, uint32_t call, int signo)
{
    struct rp__exec *exec = self_of(t);
    bool reached = false;
    for (struct rp__worker *w = exec->workers; w != NULL; w = w->next) {
        if (w->call == call && w->state == WORKER_RUNNING) {
            reached = killpg(w->pid, signo) == 0 || reached;
        }
    }
    return reached;
}

/* ---- poll ---- */

static void fire_timers(struct rp__exec *exec, struct rp_instant now)
{
    struct rp__worker *next;
    for (struct rp__worker *w = exec->workers; w != NULL; w = next) {
        next = w->next;
        rp__worker_timers(w, now);
    }
}

/* Of those whose silence is due, the one that was due first. */
static struct rp__worker *idle_worker(
    struct rp__exec *exec, struct rp_instant now)
{
    struct rp__worker *first = NULL;
    for (struct rp__worker *w = exec->workers; w != NULL; w = w->next) {
        bool due = w->state == WORKER_RUNNING && !w->idle_told &&
                   !w->cancelled && !rp_instant_before(now, w->idle_at);
        if (due &&
            (first == NULL || rp_instant_before(w->idle_at, first->idle_at))) {
            first = w;
        }
    }
    return first;
}

static struct rp_instant earliest(const struct rp__exec *exec)
{
    struct rp_instant due = RP_INSTANT_NEVER;
    for (const struct rp__worker *w = exec->workers; w != NULL; w = w->next) {
        due = rp_instant_min(due, rp__worker_due(w));
    }
    return due;
}

static struct rp__worker *take_gone(struct rp__exec *exec)
{
    struct rp__worker *gone = exec->gone_head;
    if (gone != NULL) {
        exec->gone_head = gone->next;
        gone->next = NULL;
    }
    if (exec->gone_head == NULL) {
        exec->gone_tail = NULL;
    }
    return gone;
}

/* Silence was there when it was due, an end is told now: silence goes first. */
static bool take_report(
    struct rp__exec *exec, struct rp_instant now, struct rp_report *out)
{
    struct rp__worker *idle = idle_worker(exec, now);
    if (idle != NULL) {
        idle->idle_told = true;
        *out = (struct rp_report){.kind = RP_REPORT_IDLE,
            .at = idle->idle_at,
            .call = idle->call,
            .silent = rp_instant_since(now, idle->last_sign)};
        return true;
    }
    struct rp__worker *gone = take_gone(exec);
    while (gone != NULL && gone->is_second) {
        rp__worker_free(&gone);
        gone = take_gone(exec);
    }
    if (gone == NULL) {
        return false;
    }
    exec->delivered = gone;
    *out = (struct rp_report){.kind = RP_REPORT_COMPLETED,
        .at = now,
        .call = gone->call,
        .completion = &gone->completion};
    return true;
}

/* What an ended worker left behind is ended before its end is told. One look at
 * our children serves all that ended meanwhile. */
static void sweep(struct rp__exec *exec)
{
    bool looked = false, any = false;
    for (struct rp__worker *w = exec->gone_head; w != NULL; w = w->next) {
        if (w->swept || w->spawn_failed) {
            continue;
        }
        w->swept = true;
        if (!looked) {
            any = rp__descendants_any(
                exec->descendants, exec->in_flight, rp__exec_owns, exec);
            looked = true;
        }
        if (any) {
            (void)rp__descendants_end(
                exec->descendants, w->path, rp__exec_owns, exec);
        }
    }
}

/* Nothing runs: what was adopted meanwhile belongs to nobody. */
static void end_leftovers(struct rp__exec *exec)
{
    if (exec->was_busy && exec->in_flight == 0) {
        exec->was_busy = false;
        (void)rp__descendants_end(exec->descendants, NULL, rp__exec_owns, exec);
    }
}

/* What came while the caller was busy with something else, or the machine with
 * others, is taken before anything is judged by the time. */
static struct rp_instant catch_up(const struct rp__exec *exec)
{
    struct rp_instant now = rp_clock_now(exec->options.clock);
    if (rp_instant_before(now, earliest(exec))) {
        return now;
    }
    rp_reactor_wait(exec->options.reactor, (struct rp_duration){0});
    return rp_clock_now(exec->options.clock);
}

static enum rp_code exec_poll(struct rp_transport *t, struct rp_instant until,
    struct rp_report *out, struct rp_err *err)
{
    struct rp__exec *exec = self_of(t);
    (void)err;
    rp__worker_free(&exec->delivered);
    for (bool waited = false;; waited = true) {
        struct rp_instant now = catch_up(exec);
        fire_timers(exec, now);
        sweep(exec);
        if (take_report(exec, now, out)) {
            end_leftovers(exec);
            return RP_OK;
        }
        bool woken = rp_reactor_take_wake(exec->options.reactor);
        if (woken || (waited && !rp_instant_before(now, until))) {
            return RP_E_TIMEOUT;
        }
        struct rp_instant wake = rp_instant_min(until, earliest(exec));
        struct rp_duration longest = RP_DURATION_FOREVER;
        if (wake.ns != RP_INSTANT_NEVER.ns) {
            longest = rp_instant_since(wake, now);
            longest.ns = longest.ns < 0 ? 0 : longest.ns;
        }
        rp_reactor_wait(exec->options.reactor, longest);
    }
}

static bool exec_observe(
    struct rp_transport *t, uint32_t call, struct rp_call_state *out)
{
    struct rp__exec *exec = self_of(t);
    struct rp__worker *worker = running(exec, call);
    if (worker == NULL) {
        return false;
    }
    *out = (struct rp_call_state){
        .pid = worker->pid,
        .silent = rp_instant_since(
            rp_clock_now(exec->options.clock), worker->last_sign),
        .output_bytes = worker->bytes[STREAM_OUT],
    };
    memcpy(out->progress, worker->progress, sizeof(out->progress));
    return true;
}

/* ---- release ---- */

static void end_everything(struct rp__exec *exec)
{
    struct rp_instant limit = rp_instant_add(rp_clock_now(exec->options.clock),
        rp_duration_of_ms(RP_KILL_ROUNDS_MS));
    for (struct rp__worker *w = exec->workers; w != NULL; w = w->next) {
        rp__worker_end(w, true);
    }
    for (;;) {
        struct rp_instant now = rp_clock_now(exec->options.clock);
        fire_timers(exec, now);
        uint32_t left = 0;
        if (exec->workers == NULL) {
            left = rp__descendants_end(
                exec->descendants, NULL, rp__exec_owns, exec);
        }
        bool done = exec->workers == NULL && left == 0;
        if (done || !rp_instant_before(now, limit)) {
            return;
        }
        rp_reactor_wait(exec->options.reactor, rp_duration_of_ms(1));
    }
}

static void exec_free(struct rp_transport *t)
{
    struct rp__exec *exec = self_of(t);
    end_everything(exec);
    rp__worker_free(&exec->delivered);
    while (exec->gone_head != NULL) {
        struct rp__worker *gone = exec->gone_head;
        exec->gone_head = gone->next;
        rp__worker_free(&gone);
    }
    while (exec->workers != NULL) { /* could not be ended */
        struct rp__worker *worker = exec->workers;
        exec->workers = worker->next;
        rp__worker_free(&worker);
    }
    rp__descendants_free(&exec->descendants);
    rp_arena_free(&exec->shared);
    rp__secrets_fini(&exec->secrets);
    rp_mem_free(exec);
}

static const struct rp_transport_ops exec_ops = {
    .name = "exec",
    .submit = exec_submit,
    .cancel = exec_cancel,
    .signal = exec_signal,
    .poll = exec_poll,
    .observe = exec_observe,
    .free = exec_free,
};

enum rp_code rp_transport_exec_new(struct rp_transport **out,
    const struct rp_exec_options *options, struct rp_err *err)
{
    if (prctl(PR_SET_CHILD_SUBREAPER, 1L) != 0) {
        return rp_err_set(err, RP_E_IO, "cannot become a subreaper: %s",
            strerrordesc_np(errno));
    }
    struct sigaction ignore = {.sa_handler = SIG_IGN};
    (void)sigaction(SIGPIPE, &ignore, NULL);
    struct rp__exec *exec = rp_mem_zalloc(sizeof(*exec));
    exec->base.ops = &exec_ops;
    exec->options = *options;
    exec->pid = getpid();
    exec->descendants = rp__descendants_new();
    exec->shared = rp_arena_new(0);
    exec->passed =
        rp__worker_passed(exec->shared, options->environ, &exec->passed_count);
    for (char *const *entry = options->environ; *entry != NULL; entry++) {
        struct rp_str value;
        char *name = rp_mem_dup(rp_str_cut(rp_str_of(*entry), '=', &value));
        if (rp__secret_name(name)) {
            rp__secrets_add(&exec->secrets, name, value);
        }
        rp_mem_free(name);
    }
    *out = &exec->base;
    return RP_OK;
}

static void signal_all(struct rp_transport *t, int signo)
{
    struct rp__exec *exec = self_of(t);
    for (struct rp__worker *w = exec->workers; w != NULL; w = w->next) {
        if (w->state == WORKER_RUNNING) {
            (void)killpg(w->pid, signo); /* one that just ended needs none */
        }
    }
}

void rp_transport_exec_pause(struct rp_transport *t)
{
    signal_all(t, SIGSTOP);
}

void rp_transport_exec_resume(struct rp_transport *t)
{
    signal_all(t, SIGCONT);
}
