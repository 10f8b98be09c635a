/* What a caller gives to be passed on: what is accepted is written as it may
 * be, and that reads as the same. */
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <reprise/err.h>
#include <reprise/trace_context.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void try_parent(struct rp_str text)
{
    struct rp_trace_context context, again;
    char written[RP_TRACEPARENT_LEN + 1];
    char twice[RP_TRACEPARENT_LEN + 1];
    if (rp_traceparent_parse(&context, text)) {
        rp_traceparent_write(written, &context);
        RP_ASSERT(strlen(written) == RP_TRACEPARENT_LEN);
        RP_ASSERT(rp_traceparent_parse(&again, rp_str_of(written)));
        rp_traceparent_write(twice, &again);
        RP_ASSERT(strcmp(written, twice) == 0);
    }
}

static size_t members_of(struct rp_str list)
{
    size_t count = 0;
    while (list.len > 0) {
        RP_ASSERT(rp_str_cut(list, ',', &list).len > 0);
        count++;
    }
    return count;
}

static void try_state(struct rp_str text)
{
    struct rp_buf once, twice;
    rp_buf_init(&once, RP_TRACESTATE_BYTES_MAX);
    rp_buf_init(&twice, RP_TRACESTATE_BYTES_MAX);
    if (rp_tracestate_clean(&once, text)) {
        RP_ASSERT(once.len <= RP_TRACESTATE_BYTES_MAX);
        RP_ASSERT(members_of(rp_buf_str(&once)) <= RP_TRACESTATE_MEMBERS_MAX);
        RP_ASSERT(rp_tracestate_clean(&twice, rp_buf_str(&once)));
        RP_ASSERT(rp_str_equal(rp_buf_str(&once), rp_buf_str(&twice)));
    } else {
        RP_ASSERT(once.len == 0);
    }
    rp_buf_fini(&once);
    rp_buf_fini(&twice);
}

static void try_baggage(struct rp_str text)
{
    struct rp_buf once, twice;
    rp_buf_init(&once, RP_BAGGAGE_BYTES_MAX);
    rp_buf_init(&twice, RP_BAGGAGE_BYTES_MAX);
    rp_baggage_clean(&once, text);
    RP_ASSERT(!once.overflowed);
    RP_ASSERT(members_of(rp_buf_str(&once)) <= RP_BAGGAGE_MEMBERS_MAX);
    rp_baggage_clean(&twice, rp_buf_str(&once));
    RP_ASSERT(rp_str_equal(rp_buf_str(&once), rp_buf_str(&twice)));
    rp_buf_fini(&once);
    rp_buf_fini(&twice);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct rp_str text = {(const char *)data, size};
    try_parent(text);
    try_state(text);
    try_baggage(text);
    (void)rp_propagators_of(text);
    return 0;
}
