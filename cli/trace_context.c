#include "trace_context.h"

#include <string.h>

#define VERSION_LEN 2
#define TRACE_AT 3
#define SPAN_AT (TRACE_AT + RP_TRACE_ID_HEX_LEN + 1)
#define FLAGS_AT (SPAN_AT + RP_SPAN_ID_HEX_LEN + 1)
#define LEN (FLAGS_AT + 2)
#define STATE_BYTES_MAX 512
#define FLAG_SAMPLED 1

static int digit_of(char c)
{
    if (c >= '0' && c <= '9') {
        return c - '0';
    }
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static bool is_hex(const char *text, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        if (digit_of(text[i]) < 0) {
            return false;
        }
    }
    return true;
}

/* Printable ASCII, as it goes into a header again. */
static struct rp_str state_of(const char *text)
{
    size_t len = text == NULL ? 0 : strlen(text);
    if (len > STATE_BYTES_MAX) {
        return RP_STR("");
    }
    for (size_t i = 0; i < len; i++) {
        if (text[i] < ' ' || text[i] > '~') {
            return RP_STR("");
        }
    }
    return rp_str_of(text);
}

bool rp__trace_context_parse(struct rp__trace_context *out,
    const char *traceparent, const char *tracestate)
{
    size_t len = traceparent == NULL ? 0 : strlen(traceparent);
    const char *t = traceparent;
    if (len < LEN || !is_hex(t, VERSION_LEN) || strncmp(t, "ff", 2) == 0) {
        return false;
    }
    bool first = strncmp(t, "00", VERSION_LEN) == 0;
    if ((first && len != LEN) || (len > LEN && t[LEN] != '-')) {
        return false;
    }
    struct rp_str trace = {t + TRACE_AT, RP_TRACE_ID_HEX_LEN};
    struct rp_str span = {t + SPAN_AT, RP_SPAN_ID_HEX_LEN};
    struct rp__trace_context found;
    if (t[TRACE_AT - 1] != '-' || t[SPAN_AT - 1] != '-' ||
        t[FLAGS_AT - 1] != '-' || !is_hex(trace.ptr, trace.len) ||
        !is_hex(span.ptr, span.len) || !is_hex(t + FLAGS_AT, 2) ||
        !rp_trace_id_parse(trace, &found.trace) ||
        !rp_span_id_parse(span, &found.parent)) {
        return false;
    }
    found.sampled = (digit_of(t[FLAGS_AT + 1]) & FLAG_SAMPLED) != 0;
    found.state = state_of(tracestate);
    *out = found;
    return true;
}
