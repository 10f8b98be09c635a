#include <reprise/control.h>

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <reprise/clock_system.h>
#include <reprise/mem.h>
#include <reprise/transport_exec.h>

#include "control_socket.h"
#include "signals.h"

#define REQUESTS_MAX 8

/* A connection; free when its descriptor is -1. */
struct client {
    struct rp_control *control;
    struct rp_source source;
    struct rp_buf line; /* what has no end yet */
};

struct rp_control {
    struct rp_operator base;
    struct rp_control_options options;
    struct rp_source signals, listener;
    struct client clients[RP_CONTROL_CLIENTS_MAX];
    enum rp_reason requests[REQUESTS_MAX]; /* causes of cancels, in order */
    uint32_t request_count;
};

/* ---- requests ---- */

static void request_cancel(struct rp_control *c, enum rp_reason cause)
{
    if (c->request_count < REQUESTS_MAX) { /* the ninth says nothing new */
        c->requests[c->request_count++] = cause;
    }
    rp_reactor_wake(c->options.reactor);
}

static bool control_next(struct rp_operator *op,
    enum rp_operator_command *command, enum rp_reason *cause)
{
    struct rp_control *c = RP_CONTAINER_OF(op, struct rp_control, base);
    if (c->request_count == 0) {
        return false;
    }
    *command = RP_OPERATOR_CANCEL;
    *cause = c->requests[0];
    c->request_count--;
    memmove(&c->requests[0], &c->requests[1],
        c->request_count * sizeof(c->requests[0]));
    return true;
}

static const struct rp_operator_ops control_ops = {
    .name = "control", .next = control_next};

/* ---- signals ---- */

static void take_signal(struct rp_control *c, int signo)
{
    if (signo == SIGINT) {
        request_cancel(c, RP_REASON_CANCELLED_SIGINT);
    } else if (signo == SIGTERM || signo == SIGHUP) {
        request_cancel(c, RP_REASON_CANCELLED_SIGTERM);
    } else if (signo == rp__signal_keeper_lost()) {
        request_cancel(c, RP_REASON_KEEPER_LOST);
        request_cancel(c, RP_REASON_KEEPER_LOST); /* nobody has time */
    }
}

/* Stands still until SIGCONT, or anything that asks for the end. The signals
 * are blocked, so that one that comes early is not missed. */
static void stand_still(struct rp_control *c)
{
    sigset_t ends;
    rp__signals_forwarded(&ends);
    (void)sigdelset(&ends, SIGTSTP);
    (void)sigdelset(&ends, SIGWINCH);
    rp_transport_exec_pause(c->options.exec);
    rp_clock_system_pause(c->options.clock);
    int signo = sigwaitinfo(&ends, NULL);
    rp_clock_system_resume(c->options.clock);
    rp_transport_exec_resume(c->options.exec);
    take_signal(c, signo);
}

static void signals_readable(void *context, uint32_t events)
{
    struct rp_control *c = context;
    struct signalfd_siginfo info;
    (void)events;
    while (read(c->signals.fd, &info, sizeof(info)) == sizeof(info)) {
        if (info.ssi_signo == SIGTSTP) {
            stand_still(c);
        } else {
            take_signal(c, (int)info.ssi_signo);
        }
    }
}

static enum rp_code listen_to_signals(struct rp_control *c, struct rp_err *err)
{
    sigset_t set;
    rp__signals_forwarded(&set);
    (void)sigprocmask(SIG_BLOCK, &set, NULL);
    int fd = signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC);
    if (fd < 0) {
        return rp_err_set(err, RP_E_IO, "cannot listen to signals: %s",
            strerrordesc_np(errno));
    }
    c->signals = (struct rp_source){fd, signals_readable, c, false};
    return rp_reactor_add(c->options.reactor, &c->signals, EPOLLIN, err);
}

/* ---- connections ---- */

static void close_source(struct rp_control *c, struct rp_source *source)
{
    if (source->fd >= 0) {
        rp_reactor_remove(c->options.reactor, source);
        (void)close(source->fd); /* nothing buffered is lost by it */
        source->fd = -1;
    }
}

static void close_client(struct client *client)
{
    close_source(client->control, &client->source);
    rp_buf_fini(&client->line);
}

/* Whoever does not read its answers loses them, and its connection. */
static bool answer(struct client *client, struct rp_str line)
{
    struct rp_control *c = client->control;
    struct rp_buf out;
    rp_buf_init(&out, RP_CONTROL_LINE_MAX * 2);
    if (rp__control_answer(&out, &c->options, line)) {
        request_cancel(c, RP_REASON_CANCELLED_OPERATOR);
    }
    rp_buf_add_char(&out, '\n');
    ssize_t sent =
        send(client->source.fd, out.ptr, out.len, MSG_DONTWAIT | MSG_NOSIGNAL);
    bool good = !out.overflowed && sent == (ssize_t)out.len;
    rp_buf_fini(&out);
    return good;
}

static bool answer_lines(struct client *client)
{
    struct rp_str rest = rp_buf_str(&client->line);
    bool good = !client->line.overflowed;
    while (good && rest.len > 0 && memchr(rest.ptr, '\n', rest.len) != NULL) {
        struct rp_str line = rp_str_cut(rest, '\n', &rest);
        good = answer(client, line);
    }
    if (!good) {
        return false;
    }
    struct rp_buf left;
    rp_buf_init(&left, RP_CONTROL_LINE_MAX);
    rp_buf_add(&left, rest);
    rp_buf_fini(&client->line);
    client->line = left;
    return true;
}

static void client_readable(void *context, uint32_t events)
{
    struct client *client = context;
    char chunk[4096];
    (void)events;
    ssize_t got = recv(client->source.fd, chunk, sizeof(chunk), MSG_DONTWAIT);
    if (got < 0 && (errno == EAGAIN || errno == EINTR)) {
        return;
    }
    if (got <= 0) {
        close_client(client);
        return;
    }
    rp_buf_add(&client->line, (struct rp_str){chunk, (size_t)got});
    if (!answer_lines(client)) {
        close_client(client);
    }
}

static bool is_heard(int fd)
{
    struct ucred peer;
    socklen_t len = sizeof(peer);
    return getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &len) == 0 &&
           (peer.uid == geteuid() || peer.uid == 0);
}

static struct client *free_client(struct rp_control *c)
{
    for (size_t i = 0; i < RP_COUNT_OF(c->clients); i++) {
        if (c->clients[i].source.fd < 0) {
            return &c->clients[i];
        }
    }
    return NULL;
}

static void listener_readable(void *context, uint32_t events)
{
    struct rp_control *c = context;
    (void)events;
    int fd = accept4(c->listener.fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (fd < 0) {
        return; /* gone before it was heard */
    }
    struct client *client = is_heard(fd) ? free_client(c) : NULL;
    if (client == NULL) {
        (void)close(fd); /* refused */
        return;
    }
    client->control = c;
    client->source = (struct rp_source){fd, client_readable, client, false};
    rp_buf_init(&client->line, RP_CONTROL_LINE_MAX);
    if (rp_reactor_add(c->options.reactor, &client->source, EPOLLIN, NULL) !=
        RP_OK) {
        close_client(client);
    }
}

static enum rp_code listen_to_socket(struct rp_control *c, struct rp_err *err)
{
    int fd;
    if (c->options.socket_path == NULL) {
        return RP_OK;
    }
    enum rp_code rc = rp__control_listen(&fd, c->options.socket_path, err);
    if (rc != RP_OK) {
        return rc;
    }
    c->listener = (struct rp_source){fd, listener_readable, c, false};
    return rp_reactor_add(c->options.reactor, &c->listener, EPOLLIN, err);
}

/* ---- making and freeing ---- */

enum rp_code rp_control_new(struct rp_control **out,
    const struct rp_control_options *options, struct rp_err *err)
{
    struct rp_control *c = rp_mem_zalloc(sizeof(*c));
    c->base.ops = &control_ops;
    c->options = *options;
    c->signals.fd = -1;
    c->listener.fd = -1;
    for (size_t i = 0; i < RP_COUNT_OF(c->clients); i++) {
        c->clients[i].source.fd = -1;
    }
    enum rp_code rc = listen_to_signals(c, err);
    if (rc == RP_OK) {
        rc = listen_to_socket(c, err);
    }
    if (rc != RP_OK) {
        rp_control_free(&c);
        return rc;
    }
    *out = c;
    return RP_OK;
}

void rp_control_free(struct rp_control **control)
{
    struct rp_control *c = *control;
    if (c == NULL) {
        return;
    }
    for (size_t i = 0; i < RP_COUNT_OF(c->clients); i++) {
        if (c->clients[i].source.fd >= 0) {
            close_client(&c->clients[i]);
        }
    }
    if (c->listener.fd >= 0) {
        (void)unlink(c->options.socket_path); /* gone already is as good */
    }
    close_source(c, &c->listener);
    close_source(c, &c->signals);
    rp_mem_free(c);
    *control = NULL;
}

struct rp_operator *rp_control_operator(struct rp_control *control)
{
    return &control->base;
}
