#include "identity.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>

#include "file.h"
#include "trace_context.h"

struct chance {
    uint8_t id[10];
    uint8_t trace[16];
    uint8_t seed[8];
};

struct rp_wall rp__identity_wall_now(void)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_REALTIME, &now); /* always there */
    return (struct rp_wall){(int64_t)now.tv_sec * RP_NS_PER_S + now.tv_nsec};
}

static enum rp_code draw(struct chance *out, struct rp_err *err)
{
    ssize_t n;
    do {
        n = getrandom(out, sizeof(*out), 0);
    } while (n < 0 && errno == EINTR);
    if (n != (ssize_t)sizeof(*out)) {
        char why[128];
        rp__file_errno(why, sizeof(why));
        return rp_err_set(err, RP_E_IO, "cannot draw a session's id: %s", why);
    }
    return RP_OK;
}

static enum rp_code parse_seed(
    const char *text, uint64_t *out, struct rp_err *err)
{
    char *end = NULL;
    errno = 0;
    unsigned long long value = strtoull(text, &end, 10);
    if (text[0] < '0' || text[0] > '9' || *end != '\0' || errno != 0) {
        return rp_err_set(err, RP_E_INVALID,
            "--seed '%s' is not a number from 0 to 18446744073709551615", text);
    }
    *out = value;
    return RP_OK;
}

static uint64_t number_of(const uint8_t bytes[8])
{
    uint64_t value = 0;
    for (int i = 0; i < 8; i++) {
        value = value << 8 | bytes[i];
    }
    return value;
}

static void join_trace(
    struct rp_session_head *head, const struct chance *chance)
{
    struct rp__trace_context caller;
    if (rp__trace_context_parse(
            &caller, getenv("TRACEPARENT"), getenv("TRACESTATE"))) {
        head->trace = caller.trace;
        head->parent_span = caller.parent;
        head->tracestate = caller.state;
        head->sampled = caller.sampled;
        return;
    }
    memcpy(head->trace.bytes, chance->trace, sizeof(head->trace.bytes));
    head->trace.bytes[0] |= 1; /* all zero means "no trace" */
    head->sampled = true;
}

enum rp_code rp__identity_make(
    struct rp_session_head *head, const char *seed, struct rp_err *err)
{
    struct chance chance;
    enum rp_code rc = draw(&chance, err);
    if (rc != RP_OK) {
        return rc;
    }
    head->seed = number_of(chance.seed);
    if (seed != NULL) {
        rc = parse_seed(seed, &head->seed, err);
    }
    head->began = rp__identity_wall_now();
    head->id = rp_session_id_of(head->began, chance.id);
    join_trace(head, &chance);
    return rc;
}
