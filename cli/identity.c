#include "identity.h"

#include <errno.h>
#include <stdlib.h>
#include <time.h>

#include <reprise/identity.h>

#include "trace_context.h"

struct rp_wall rp__identity_wall_now(void)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_REALTIME, &now); /* always there */
    return (struct rp_wall){(int64_t)now.tv_sec * RP_NS_PER_S + now.tv_nsec};
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

static void join_caller(struct rp_session_head *head)
{
    struct rp__trace_context caller;
    if (rp__trace_context_parse(
            &caller, getenv("TRACEPARENT"), getenv("TRACESTATE"))) {
        head->trace = caller.trace;
        head->parent_span = caller.parent;
        head->tracestate = caller.state;
        head->sampled = caller.sampled;
    }
}

enum rp_code rp__identity_make(
    struct rp_session_head *head, const char *seed, struct rp_err *err)
{
    enum rp_code rc = rp_identity_make(head, err);
    if (rc == RP_OK && seed != NULL) {
        rc = parse_seed(seed, &head->seed, err);
    }
    join_caller(head);
    return rc;
}
