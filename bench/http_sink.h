/* http_sink.h - a process that takes requests on loopback, reads them to their
 * ends, counts the spans in them and answers 200 with nothing. */
#ifndef BENCH_HTTP_SINK_H
#define BENCH_HTTP_SINK_H

#include <sched.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

struct bench_sink {
    pid_t pid;
    int port;
    int result_fd;
    cpu_set_t processors; /* of who started it, before */
};
struct bench_sunk {
    uint64_t requests, body_bytes, spans;
};
/* `apart`: on a processor of its own, and who starts it on another, where there
 * are two, as with a collector that is elsewhere. Else the system decides,
 * which likes to have them take turns on one. */
void bench_sink_start(struct bench_sink *sink, bool apart);
/* Ends it, and takes back where who started it may run; what it took in all. */
struct bench_sunk bench_sink_stop(struct bench_sink *sink);

/* A bare client: a connection that stays open. */
int bench_sink_connect(const struct bench_sink *sink);
/* Sends a request whose body is there, and waits for the answer. `before` is
 * room in front of the body for the head. */
void bench_sink_post(int fd, uint8_t *body, size_t len, size_t before);

#endif
