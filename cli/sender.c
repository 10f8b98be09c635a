#include "sender.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <reprise/digest.h>
#include <reprise/lease.h>

#include "exit.h"
#include "say.h"
#include "text.h"

#define WARNINGS_BYTES_MAX 65536
#define LOOKS_MAX 100
#define LOOK_MS 100 /* for a store or a lease that is not there yet */

/* ---- the process ---- */

struct sending {
    const struct rp__senders *senders;
    const struct rp__sender *sender;
    struct rp_http *http;
    struct rp_exporter *exporter;       /* of spans, or */
    struct rp_metric_exporter *metrics; /* of metrics */
    struct rp_lease *lease;             /* one process a destination */
    int stop_fd;
    bool stopping; /* is to deliver what is left */
    struct rp_wall stopped_at;
    bool last;    /* and does */
    bool patient; /* a person waits for this, and was told nothing */
    struct rp__trouble_export trouble;
    struct rp__sender_result result;
};

/* True when told to stop, after at most `ms`. Nothing is ever written there:
 * it is the end that counts. */
static bool stop_within(const struct sending *s, int ms)
{
    struct pollfd fd = {.fd = s->stop_fd, .events = POLLIN};
    return poll(&fd, 1, ms) > 0;
}

static void world_begin(void *context, const struct rp_http_request *request,
    struct rp_http_response *response)
{
    struct sending *s = context;
    rp__trouble_begin_post(&s->trouble, s->http, request, response);
}

static enum rp_code world_end(void *context, struct rp_err *err)
{
    struct sending *s = context;
    enum rp_code rc = rp__trouble_end_post(&s->trouble, s->http, err);
    if (rc != RP_OK && s->patient) { /* who waits hears for what, once */
        s->patient = false;
        rp__say(s->senders->command, "%s: %s; trying again", s->sender->url,
            err->text);
    }
    return rc;
}

static struct rp_wall world_now(void *context)
{
    struct timespec now;
    (void)context;
    (void)clock_gettime(
        CLOCK_REALTIME, &now); /* of this clock it cannot fail */
    return (struct rp_wall){now.tv_sec * RP_NS_PER_S + now.tv_nsec};
}

static void notice_stop(struct sending *s, int wait_ms)
{
    if (!s->stopping && stop_within(s, wait_ms)) {
        s->stopping = true;
        s->stopped_at = world_now(s);
    }
}

/* While what is left is delivered, there is nothing more to be told. */
static bool world_stopped(void *context)
{
    struct sending *s = context;
    notice_stop(s, 0);
    return s->stopping && !s->last;
}

/* A request that is under way may come to its end: given up, all of it would
 * be sent again. */
static bool world_abandoned(void *context)
{
    struct sending *s = context;
    notice_stop(s, 0);
    return s->stopping && world_now(s).unix_ns - s->stopped_at.unix_ns >
                              s->sender->config.end_timeout.ns;
}

static void world_wait(void *context, struct rp_duration time)
{
    struct sending *s = context;
    int64_t ms = time.ns / RP_NS_PER_MS;
    ms = ms > INT32_MAX ? INT32_MAX : ms;
    if (!s->last) {
        notice_stop(s, (int)ms);
        return;
    }
    struct timespec pause = {
        .tv_sec = ms / 1000, .tv_nsec = ms % 1000 * RP_NS_PER_MS};
    (void)nanosleep(&pause, NULL); /* woken early, it tries early */
}

static enum rp_code take_lease(struct sending *s, struct rp_err *err)
{
    char path[4096], name[32];
    struct rp_digest digest = rp_digest_of(rp_str_of(s->sender->url));
    (void)snprintf(name, sizeof(name), "export-%02x%02x%02x%02x%02x%02x",
        digest.bytes[0], digest.bytes[1], digest.bytes[2], digest.bytes[3],
        digest.bytes[4], digest.bytes[5]);
    if (!rp_lease_path(
            path, sizeof(path), s->senders->store_path, name, ".lock")) {
        return rp_err_set(err, RP_E_LIMIT, "the path of the store is too long");
    }
    return rp_lease_take(&s->lease, path, err);
}

static enum rp_code open_exporter(struct sending *s, enum rp__sender_task task,
    const struct rp_otlp_world *world, struct rp_err *err)
{
    struct rp_exporter_options options = {
        .store_path = s->senders->store_path,
        .config = &s->sender->config,
        .url = s->sender->url,
        .resource = &s->senders->resource,
        .capture = s->senders->capture,
        .no_queue = task == RP__SEND_SESSIONS,
        .from = s->senders->from,
        .world = world,
    };
    return rp_exporter_open(&s->exporter, &options, err);
}

static bool of_metrics(const struct sending *s)
{
    return s->sender->config.signal == RP_OTLP_METRICS;
}

static enum rp_code open_metrics(
    struct sending *s, const struct rp_otlp_world *world, struct rp_err *err)
{
    const struct rp_metric_exporter_options options = {
        .store_path = s->senders->store_path,
        .metrics = &s->senders->metrics,
        .config = &s->sender->config,
        .url = s->sender->url,
        .resource = &s->senders->resource,
        .world = world,
    };
    return rp_metric_exporter_open(&s->metrics, &options, err);
}

static enum rp_code open_either(struct sending *s, enum rp__sender_task task,
    const struct rp_otlp_world *world, struct rp_err *err)
{
    if (s->exporter != NULL || s->metrics != NULL) {
        return RP_OK;
    }
    return of_metrics(s) ? open_metrics(s, world, err)
                         : open_exporter(s, task, world, err);
}

/* How often it is looked again after one was told to stop. */
static int looks_left(const struct sending *s)
{
    int64_t looks =
        s->sender->config.export_timeout.ns / RP_NS_PER_MS / LOOK_MS;
    return looks > LOOKS_MAX ? LOOKS_MAX : (int)looks;
}

static enum rp_code try_ready(struct sending *s, enum rp__sender_task task,
    const struct rp_otlp_world *world, struct rp_err *err)
{
    bool alone =
        of_metrics(s) ? task == RP__SEND_FOLLOW : task != RP__SEND_SESSIONS;
    enum rp_code rc = open_either(s, task, world, err);
    return rc == RP_OK && alone ? take_lease(s, err) : rc;
}

/* The store may be about to come. Who sends spans makes its tables; for who
 * only reads, a file without any is none yet. */
static bool may_come(
    const struct sending *s, enum rp__sender_task task, enum rp_code rc)
{
    bool none = rc == RP_E_NOT_FOUND || (of_metrics(s) && rc == RP_E_INVALID);
    return rc == RP_E_BUSY || (task == RP__SEND_FOLLOW && none);
}

/* Metrics are those of the whole store, whoever sends them. */
static bool others_do(const struct sending *s, enum rp_code rc)
{
    return of_metrics(s) && s->stopping && rc == RP_E_BUSY;
}

/* The store may not be there yet, and another process may be sending to this
 * destination: both are waited for until it is time to stop, and a moment. */
static enum rp_code make_ready(struct sending *s, enum rp__sender_task task,
    const struct rp_otlp_world *world, struct rp_err *err)
{
    int left = looks_left(s);
    for (;;) {
        rp_err_clear(err);
        enum rp_code rc = try_ready(s, task, world, err);
        if (others_do(s, rc)) {
            rp_metric_exporter_close(&s->metrics);
            rp_err_clear(err);
            return RP_OK;
        }
        if (rc == RP_OK || !may_come(s, task, rc) || left <= 0) {
            return rc;
        }
        if (s->stopping || task != RP__SEND_FOLLOW) {
            left--;
        }
        if (s->stopping) {
            (void)poll(NULL, 0, LOOK_MS); /* there is nothing to listen to */
        } else {
            notice_stop(s, LOOK_MS);
        }
    }
}

/* What was not taken is told again, and more right, the next time. */
static enum rp_code follow_metrics(struct sending *s, struct rp_err *err)
{
    int delay_ms = (int)(s->sender->config.schedule_delay.ns / RP_NS_PER_MS);
    enum rp_code rc = RP_OK;
    while (rc == RP_OK && !s->stopping) {
        notice_stop(s, delay_ms > 0 ? delay_ms : 1);
        if (!s->stopping) {
            rc = rp_metric_exporter_push(
                s->metrics, s->sender->config.export_timeout, err);
        }
        if (rc == RP_E_CANCELLED || rc == RP_E_TIMEOUT) {
            rp_err_clear(err);
            rc = RP_OK;
        }
    }
    s->last = true;
    return rc == RP_OK ? rp_metric_exporter_push(
                             s->metrics, s->sender->config.end_timeout, err)
                       : rc;
}

static enum rp_code follow(struct sending *s, struct rp_err *err)
{
    int delay_ms = (int)(s->sender->config.schedule_delay.ns / RP_NS_PER_MS);
    enum rp_code rc = RP_OK;
    while (rc == RP_OK && !s->stopping) {
        notice_stop(s, delay_ms);
        if (!s->stopping) {
            rc = rp_exporter_drain(s->exporter, RP_DURATION_FOREVER, err);
        }
        if (rc == RP_E_CANCELLED) {
            rp_err_clear(err);
            rc = RP_OK;
        }
    }
    s->last = true;
    return rc == RP_OK ? rp_exporter_drain(
                             s->exporter, s->sender->config.end_timeout, err)
                       : rc;
}

static enum rp_code send_sessions(struct sending *s, struct rp_err *err)
{
    enum rp_code rc = RP_OK;
    for (uint32_t i = 0; i < s->senders->session_count && rc == RP_OK; i++) {
        rc = rp_exporter_send(s->exporter, &s->senders->sessions[i],
            s->sender->config.export_timeout, err);
    }
    return rc;
}

static enum rp_code do_task(
    struct sending *s, enum rp__sender_task task, struct rp_err *err)
{
    if (of_metrics(s) && s->metrics == NULL) {
        return RP_OK; /* somebody else does it */
    }
    if (of_metrics(s)) {
        return task == RP__SEND_FOLLOW
                   ? follow_metrics(s, err)
                   : rp_metric_exporter_push(
                         s->metrics, s->sender->config.export_timeout, err);
    }
    switch (task) {
    case RP__SEND_PENDING:
        return rp_exporter_drain(
            s->exporter, s->sender->config.export_timeout, err);
    case RP__SEND_FOLLOW:
        return follow(s, err);
    case RP__SEND_SESSIONS:
        return send_sessions(s, err);
    }
    RP_ASSERT(false);
    return RP_OK;
}

static void conclude(struct sending *s, enum rp_code rc, struct rp_err *err)
{
    struct rp_err why = RP_ERR_INIT;
    s->result.code = rc;
    (void)snprintf(s->result.text, sizeof(s->result.text), "%s", err->text);
    if (s->metrics != NULL) {
        s->result.counts = *rp_metric_exporter_counts(s->metrics);
    }
    if (s->exporter != NULL) {
        s->result.counts = *rp_exporter_counts(s->exporter);
        if (rp_exporter_left(s->exporter, &s->result.left, &why) != RP_OK &&
            rc == RP_OK) {
            s->result.code = RP_E_STORE;
            (void)snprintf(
                s->result.text, sizeof(s->result.text), "%s", why.text);
        }
    }
    rp_exporter_close(&s->exporter);
    rp_metric_exporter_close(&s->metrics);
    rp_http_close(&s->http);
    rp_lease_drop(&s->lease);
}

/* ^C is for who started it, and says when to stop. Nobody who reads what the
 * session prints waits for this process. */
static void become_sender(void)
{
    int null = open("/dev/null", O_RDWR | O_CLOEXEC);
    (void)dup2(null, STDIN_FILENO);
    (void)dup2(null, STDOUT_FILENO);
    (void)close(null);
    static const int ignored[] = {SIGINT, SIGTERM, SIGHUP, SIGPIPE};
    struct sigaction ignore = {.sa_handler = SIG_IGN};
    (void)setsid(); /* a group of its own; fails only for its leader */
    for (size_t i = 0; i < sizeof(ignored) / sizeof(ignored[0]); i++) {
        (void)sigaction(ignored[i], &ignore, NULL);
    }
}

static _Noreturn void be_sender(const struct rp__senders *senders,
    const struct rp__sender *sender, enum rp__sender_task task, int fds[2])
{
    struct rp_err err = RP_ERR_INIT;
    struct sending s = {.senders = senders,
        .sender = sender,
        .stop_fd = fds[0],
        .patient = senders->from == NULL,
        .trouble = {.rules = senders->faults}};
    struct rp_otlp_world world = {world_begin, world_end, world_now, world_wait,
        world_stopped, world_abandoned, &s};
    become_sender();
    enum rp_code rc = rp_http_open(&s.http, &err);
    if (rc == RP_OK) {
        rc = make_ready(&s, task, &world, &err);
    }
    if (rc == RP_OK) {
        rc = do_task(&s, task, &err);
    }
    conclude(&s, rc, &err);
    memcpy(s.result.fired, s.trouble.fired, sizeof(s.result.fired));
    ssize_t n = write(fds[1], &s.result, sizeof(s.result));
    _exit(n == (ssize_t)sizeof(s.result) ? 0 : 1);
}

/* ---- starting and ending ---- */

static void close_all(const struct rp__senders *senders)
{
    for (uint32_t i = 0; i < senders->count; i++) {
        (void)close(senders->items[i].stop_fd);
        (void)close(senders->items[i].result_fd);
    }
}

/* Not for what is executed. */
static bool make_pipe(int fds[2])
{
    if (pipe(fds) != 0) {
        return false;
    }
    (void)fcntl(fds[0], F_SETFD, FD_CLOEXEC); /* cannot fail on a pipe */
    (void)fcntl(fds[1], F_SETFD, FD_CLOEXEC);
    return true;
}

static bool start_one(struct rp__senders *senders, struct rp__sender *sender,
    enum rp__sender_task task)
{
    int stop[2], result[2];
    if (!make_pipe(stop)) {
        return false;
    }
    if (!make_pipe(result)) {
        (void)close(stop[0]);
        (void)close(stop[1]);
        return false;
    }
    sender->pid = fork();
    if (sender->pid == 0) {
        (void)close(stop[1]);
        (void)close(result[0]);
        close_all(senders); /* those that were started before */
        be_sender(senders, sender, task, (int[2]){stop[0], result[1]});
    }
    (void)close(stop[0]);
    (void)close(result[1]);
    sender->stop_fd = stop[1];
    sender->result_fd = result[0];
    return sender->pid > 0;
}

bool rp__senders_start(struct rp__senders *senders, enum rp__sender_task task)
{
    (void)fflush(NULL); /* or it would be written again */
    for (uint32_t i = 0; i < senders->count; i++) {
        if (!start_one(senders, &senders->items[i], task)) {
            rp__say(senders->command,
                "cannot start the process that sends to %s",
                senders->items[i].url);
            rp__senders_stop(senders);
            return false;
        }
    }
    return true;
}

void rp__senders_stop(struct rp__senders *senders)
{
    for (uint32_t i = 0; i < senders->count; i++) {
        if (senders->items[i].stop_fd >= 0) {
            (void)close(senders->items[i].stop_fd);
            senders->items[i].stop_fd = -1;
        }
    }
}

static bool wait_for(struct rp__sender *sender, struct rp__sender_result *out)
{
    size_t done = 0;
    while (done < sizeof(*out)) {
        ssize_t n =
            read(sender->result_fd, (char *)out + done, sizeof(*out) - done);
        if (n == 0 || (n < 0 && errno != EINTR)) {
            break;
        }
        done += n > 0 ? (size_t)n : 0;
    }
    (void)close(sender->result_fd);
    while (waitpid(sender->pid, NULL, 0) < 0 && errno == EINTR) {
    }
    sender->pid = -1;
    sender->result_fd = -1;
    return done == sizeof(*out);
}

/* ---- what came of it ---- */

static void tell_counts(const struct rp__senders *senders,
    const struct rp__sender *sender, const struct rp__sender_result *result)
{
    struct rp_buf line;
    rp_buf_init(&line, WARNINGS_BYTES_MAX);
    rp_buf_addf(&line, "%s: ", sender->url);
    rp__text_count(&line, (int64_t)result->counts.sent,
        rp_otlp_signal_info(sender->config.signal)->one);
    rp_buf_add_text(&line, " delivered");
    if (result->counts.rejected > 0) {
        rp_buf_addf(&line, ", %llu refused",
            (unsigned long long)result->counts.rejected);
    }
    if (result->left > 0) {
        rp_buf_addf(&line, ", %llu left", (unsigned long long)result->left);
    }
    if (result->counts.problem[0] != '\0') {
        rp_buf_addf(&line, "; %s", result->counts.problem);
    }
    rp__say(senders->command, "%.*s", RP_STR_ARG(rp_buf_str(&line)));
    rp_buf_fini(&line);
}

static bool is_delivery(enum rp_code code)
{
    return code == RP_OK || code == RP_E_TIMEOUT || code == RP_E_CANCELLED;
}

/* RP__EXIT_OK: all was taken. */
static int tell_one(
    struct rp__senders *senders, struct rp__sender *sender, bool also_good)
{
    struct rp__sender_result result;
    if (!wait_for(sender, &result)) {
        rp__say(
            senders->command, "the process that sends to %s died", sender->url);
        return RP__EXIT_FAILED;
    }
    for (uint32_t i = 0; i < RP_FAULT_RULES_MAX; i++) {
        senders->fired[i] += result.fired[i];
    }
    bool good =
        result.code == RP_OK && result.left == 0 && result.counts.rejected == 0;
    if (!is_delivery(result.code)) {
        rp__say(senders->command, "%s: %s", sender->url, result.text);
    }
    if (is_delivery(result.code) && (also_good || !good)) {
        tell_counts(senders, sender, &result);
    }
    return good                        ? RP__EXIT_OK
           : result.code == RP_E_STORE ? RP__EXIT_STORE
           : result.code == RP_OK      ? RP__EXIT_DEGRADED
                                       : RP__EXIT_FAILED;
}

int rp__senders_tell(struct rp__senders *senders, bool also_good)
{
    int worst = RP__EXIT_OK;
    for (uint32_t i = 0; i < senders->count; i++) {
        int status = tell_one(senders, &senders->items[i], also_good);
        senders->items[i].status = status;
        worst = status == RP__EXIT_STORE || worst == RP__EXIT_OK ? status
                : status == RP__EXIT_FAILED && worst == RP__EXIT_DEGRADED
                    ? status
                    : worst;
    }
    return worst;
}

bool rp__senders_lack_spans(const struct rp__senders *senders)
{
    for (uint32_t i = 0; i < senders->count; i++) {
        if (senders->items[i].config.signal == RP_OTLP_TRACES &&
            senders->items[i].status != RP__EXIT_OK) {
            return true;
        }
    }
    return false;
}
