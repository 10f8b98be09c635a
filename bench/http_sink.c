#include "http_sink.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bench.h"

#define CONNECTIONS_MAX 8
#define REQUEST_BYTES_MAX ((size_t)8 << 20)

struct connection {
    int fd;
    char *bytes; /* owned: what came of a request */
    size_t len;
};

struct sink {
    struct connection connections[CONNECTIONS_MAX];
    nfds_t count;
    struct bench_sunk sunk;
};

static const char ok[] = "HTTP/1.1 200 OK\r\n"
                         "Content-Type: application/x-protobuf\r\n"
                         "Content-Length: 0\r\n\r\n";

static void send_all(int fd, const void *bytes, size_t len)
{
    const char *at = bytes;
    while (len > 0) {
        ssize_t n = send(fd, at, len, MSG_NOSIGNAL);
        if (n < 0 && errno != EINTR) {
            bench_fail("cannot send on loopback");
        }
        at += n > 0 ? n : 0;
        len -= n > 0 ? (size_t)n : 0;
    }
}

/* ---- the sink ---- */

static const uint8_t *varint(const uint8_t *at, uint64_t *value)
{
    *value = 0;
    for (int shift = 0; shift < 64; shift += 7) {
        *value |= (uint64_t)(*at & 127) << shift;
        if (*at++ < 128) {
            break;
        }
    }
    return at;
}

/* Spans are field 2 of field 2 of field 1. What is around them is skipped. */
static uint64_t count_spans(const uint8_t *at, const uint8_t *end, int depth)
{
    static const uint64_t wanted[] = {1, 2, 2};
    uint64_t count = 0;
    while (at < end) {
        uint64_t tag, value;
        at = varint(at, &tag);
        at = varint(at, &value); /* all fields there have a length */
        if ((tag & 7) != 2 || value > (uint64_t)(end - at)) {
            bench_fail("the sink reads something else than spans");
        }
        if (tag >> 3 == wanted[depth]) {
            count += depth == 2 ? 1 : count_spans(at, at + value, depth + 1);
        }
        at += value;
    }
    return count;
}

static size_t content_length(const char *head, const char *end)
{
    static const char name[] = "\r\ncontent-length:";
    for (; head + sizeof(name) - 1 < end; head++) {
        if (strncasecmp(head, name, sizeof(name) - 1) == 0) {
            return strtoull(head + sizeof(name) - 1, NULL, 10);
        }
    }
    return 0;
}

/* Takes the request that is there whole. */
static void take(struct sink *sink, struct connection *c)
{
    const char *body = memmem(c->bytes, c->len, "\r\n\r\n", 4);
    if (body == NULL) {
        return;
    }
    body += 4;
    size_t head_len = (size_t)(body - c->bytes);
    size_t len = content_length(c->bytes, body);
    if (c->len - head_len < len) {
        return;
    }
    sink->sunk.requests++;
    sink->sunk.body_bytes += len;
    sink->sunk.spans +=
        count_spans((const uint8_t *)body, (const uint8_t *)body + len, 0);
    c->len -= head_len + len;
    memmove(c->bytes, body + len, c->len);
    send_all(c->fd, ok, sizeof(ok) - 1);
}

static void take_connection(struct sink *sink, int listening)
{
    const int one = 1;
    int fd = accept(listening, NULL, NULL);
    if (fd < 0 || sink->count == CONNECTIONS_MAX) {
        bench_fail("the sink takes %d connections at most", CONNECTIONS_MAX);
    }
    (void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
    sink->connections[sink->count++] =
        (struct connection){.fd = fd, .bytes = malloc(REQUEST_BYTES_MAX)};
}

/* False: it has ended. */
static bool take_bytes(struct sink *sink, struct connection *c)
{
    ssize_t n = recv(c->fd, c->bytes + c->len, REQUEST_BYTES_MAX - c->len, 0);
    if (n <= 0) {
        return false;
    }
    c->len += (size_t)n;
    take(sink, c);
    return true;
}

static void run_sink(int listening, int stop_fd, int result_fd)
{
    static struct sink sink;
    for (;;) {
        struct pollfd fds[CONNECTIONS_MAX + 2] = {
            {.fd = stop_fd, .events = POLLIN},
            {.fd = listening, .events = POLLIN}};
        for (nfds_t i = 0; i < sink.count; i++) {
            fds[2 + i].fd = sink.connections[i].fd;
            fds[2 + i].events = POLLIN;
        }
        if (poll(fds, 2 + sink.count, -1) < 0) {
            continue;
        }
        for (nfds_t i = sink.count; i > 0; i--) {
            if (fds[1 + i].revents != 0 &&
                !take_bytes(&sink, &sink.connections[i - 1])) {
                (void)close(sink.connections[i - 1].fd);
                free(sink.connections[i - 1].bytes);
                sink.connections[i - 1] = sink.connections[--sink.count];
            }
        }
        if (fds[1].revents != 0) {
            take_connection(&sink, listening);
        }
        if (fds[0].revents != 0) {
            break;
        }
    }
    _exit(write(result_fd, &sink.sunk, sizeof(sink.sunk)) !=
          (ssize_t)sizeof(sink.sunk));
}

/* The first processor that may be used, or the last. */
static void stay(const cpu_set_t *allowed, bool last)
{
    cpu_set_t only;
    int found = -1;
    for (int i = 0; i < CPU_SETSIZE && (last || found < 0); i++) {
        found = CPU_ISSET(i, allowed) ? i : found;
    }
    CPU_ZERO(&only);
    CPU_SET(found < 0 ? 0 : found, &only);
    if (sched_setaffinity(0, sizeof(only), &only) != 0) {
        bench_fail("cannot stay on one processor");
    }
}

void bench_sink_start(struct bench_sink *sink, bool apart)
{
    struct sockaddr_in address = {
        .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof(address);
    int ends[2];
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0 || bind(fd, (struct sockaddr *)&address, size) != 0 ||
        listen(fd, CONNECTIONS_MAX) != 0 ||
        getsockname(fd, (struct sockaddr *)&address, &size) != 0 ||
        socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0) {
        bench_fail("cannot listen on loopback");
    }
    if (sched_getaffinity(0, sizeof(sink->processors), &sink->processors) !=
        0) {
        bench_fail("cannot tell which processors there are");
    }
    sink->pid = fork();
    if (apart) {
        stay(&sink->processors, sink->pid == 0);
    }
    if (sink->pid == 0) {
        (void)close(ends[0]);
        run_sink(fd, ends[1], ends[1]);
    }
    (void)close(fd);
    (void)close(ends[1]);
    sink->port = ntohs(address.sin_port);
    sink->result_fd = ends[0];
}

struct bench_sunk bench_sink_stop(struct bench_sink *sink)
{
    struct bench_sunk sunk = {.requests = 0};
    int status = -1;
    (void)shutdown(sink->result_fd, SHUT_WR); /* it reads the end */
    if (recv(sink->result_fd, &sunk, sizeof(sunk), MSG_WAITALL) !=
            (ssize_t)sizeof(sunk) ||
        waitpid(sink->pid, &status, 0) != sink->pid || status != 0) {
        bench_fail("the sink died");
    }
    (void)close(sink->result_fd);
    (void)sched_setaffinity(
        0, sizeof(sink->processors), &sink->processors); /* as it was */
    return sunk;
}

/* ---- a bare client ---- */

int bench_sink_connect(const struct bench_sink *sink)
{
    const struct sockaddr_in address = {.sin_family = AF_INET,
        .sin_port = htons((uint16_t)sink->port),
        .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    const int one = 1;
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0 ||
        connect(fd, (const struct sockaddr *)&address, sizeof(address)) != 0) {
        bench_fail("cannot connect to the sink");
    }
    (void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
    return fd;
}

void bench_sink_post(int fd, uint8_t *body, size_t len, size_t before)
{
    char head[256], answer[512] = {0};
    size_t got = 0;
    int head_len = snprintf(head, sizeof(head),
        "POST /v1/traces HTTP/1.1\r\nHost: 127.0.0.1\r\n"
        "Content-Type: application/x-protobuf\r\nContent-Length: %zu\r\n\r\n",
        len);
    if ((size_t)head_len > before) {
        bench_fail("there is no room for a head");
    }
    memcpy(body - head_len, head, (size_t)head_len);
    send_all(fd, body - head_len, (size_t)head_len + len);
    while (got < sizeof(ok) - 1) {
        ssize_t n = recv(fd, answer + got, sizeof(answer) - got, 0);
        if (n <= 0) {
            bench_fail("the sink does not answer");
        }
        got += (size_t)n;
    }
    if (memcmp(answer, ok, sizeof(ok) - 1) != 0) {
        bench_fail("the sink answers something else");
    }
}
