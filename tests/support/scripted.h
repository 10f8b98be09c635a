/* scripted.h - a transport whose workers are lines of a table, on a virtual
 * clock. It keeps the contract of transport.h. A stopped worker takes SIGKILL
 * at once and any other signal when SIGCONT comes; it never goes on. For
 * tests. */
#ifndef RP_TESTS_SCRIPTED_H
#define RP_TESTS_SCRIPTED_H

#include <reprise/transport.h>

/* What one attempt does; the first line whose path matches is played. */
struct script_line {
    const char *path; /* glob over "gather/labs@1" */
    int64_t after_ms; /* -1: never ends by itself */
    const char *output;
    int exit_status;
    int signal;      /* not 0: ends by it */
    int64_t gone_ms; /* from SIGTERM to gone; -1: ignores SIGTERM */
    bool spawn_fails;
};

struct script {
    const struct script_line *lines;
    uint32_t count;
};

/* `script` and `clock` (virtual) are borrowed and outlive the transport. */
struct rp_transport *scripted_new(
    const struct script *script, struct rp_clock *clock);
uint32_t scripted_submitted(const struct rp_transport *t);

#endif
