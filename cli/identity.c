#include "identity.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <reprise/identity.h>
#include <reprise/trace_context.h>

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

static struct rp_str variable(const char *name)
{
    return rp_str_of(getenv(name)); /* NULL: empty */
}

/* A head borrows its texts, and the environment's are as old as the process:
 * so is what is made of them. */
static struct rp_str kept(char *room, size_t size, const struct rp_buf *text)
{
    struct rp_str bytes = rp_buf_str(text);
    RP_ASSERT(bytes.len <= size);
    memcpy(room, bytes.len == 0 ? "" : bytes.ptr, bytes.len);
    return (struct rp_str){room, bytes.len};
}

static void join_trace(struct rp_session_head *head)
{
    static char state[RP_TRACESTATE_BYTES_MAX];
    struct rp_trace_context caller;
    struct rp_buf text;
    if (!rp_traceparent_parse(&caller, variable("TRACEPARENT"))) {
        return;
    }
    head->trace = caller.trace;
    head->parent_span = caller.parent;
    head->sampled = caller.sampled;
    head->trace_random = caller.random;
    rp_buf_init(&text, sizeof(state));
    if (rp_tracestate_clean(&text, variable("TRACESTATE"))) {
        head->tracestate = kept(state, sizeof(state), &text);
    }
    rp_buf_fini(&text);
}

static void take_baggage(struct rp_session_head *head)
{
    static char baggage[RP_BAGGAGE_BYTES_MAX];
    struct rp_buf text;
    rp_buf_init(&text, sizeof(baggage));
    rp_baggage_clean(&text, variable("BAGGAGE"));
    head->baggage = kept(baggage, sizeof(baggage), &text);
    rp_buf_fini(&text);
}

static void join_caller(struct rp_session_head *head)
{
    struct rp_propagators propagators =
        rp_propagators_of(variable("OTEL_PROPAGATORS"));
    if (propagators.tracecontext) {
        join_trace(head);
    }
    if (propagators.baggage) {
        take_baggage(head);
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
