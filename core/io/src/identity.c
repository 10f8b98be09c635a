#include <reprise/identity.h>

#include <errno.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>

struct chance {
    uint8_t id[10];
    uint8_t trace[16];
    uint8_t seed[8];
};

static enum rp_code draw(struct chance *out, struct rp_err *err)
{
    ssize_t n;
    do {
        n = getrandom(out, sizeof(*out), 0);
    } while (n < 0 && errno == EINTR);
    if (n != (ssize_t)sizeof(*out)) {
        return rp_err_set(err, RP_E_IO, "cannot draw a session's id: %s",
            strerrordesc_np(errno));
    }
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

enum rp_code rp_identity_make(struct rp_session_head *head, struct rp_err *err)
{
    struct chance chance;
    struct timespec now;
    enum rp_code rc = draw(&chance, err);
    if (rc != RP_OK) {
        return rc;
    }
    (void)clock_gettime(CLOCK_REALTIME, &now); /* always there */
    head->began.unix_ns = (int64_t)now.tv_sec * RP_NS_PER_S + now.tv_nsec;
    head->id = rp_session_id_of(head->began, chance.id);
    head->seed = number_of(chance.seed);
    memcpy(head->trace.bytes, chance.trace, sizeof(head->trace.bytes));
    head->trace.bytes[0] |= 1; /* all zero means "no trace" */
    head->sampled = true;
    head->trace_random = true; /* all but one bit of the first byte */
    /* `head` may have been another session's, in another caller's trace. */
    head->parent_span = (struct rp_span_id){{0}};
    head->tracestate = head->baggage = RP_STR("");
    return RP_OK;
}
