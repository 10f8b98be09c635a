/* otlp_exchange.h - one request of OTLP and what its answer means, by the
 * specification of the protocol. Floor: tracer. Pure.
 */
#ifndef RP_OTLP_EXCHANGE_H
#define RP_OTLP_EXCHANGE_H

#include <reprise/http.h>
#include <reprise/metric_otlp.h>
#include <reprise/otlp_config.h>
#include <reprise/protobuf.h>
#include <reprise/span.h>

/* Measured before and after compression; nothing larger is sent. */
#define RP_OTLP_REQUEST_BYTES_MAX ((size_t)64 << 20)
#define RP_OTLP_RESPONSE_BYTES_MAX ((size_t)4 << 20)

/* The body of a request and its headers; used again for the next. */
struct rp_otlp_request {
    struct rp_buf json;
    struct rp_pb message;
    struct rp_buf packed;                         /* compressed */
    struct rp_str body;                           /* in one of them */
    const char *headers[RP_OTLP_HEADERS_MAX + 8]; /* ends with NULL */
};
void rp_otlp_request_init(struct rp_otlp_request *request);
void rp_otlp_request_fini(struct rp_otlp_request *request);

/* Writes the ended ones among the spans, or of a config of logs their events.
 * RP_E_LIMIT: the request would be too large; fewer spans may fit. `config`
 * outlives the request. */
RP_NODISCARD enum rp_code rp_otlp_request_write(struct rp_otlp_request *request,
    const struct rp_otlp_config *config,
    const struct rp_otlp_resource *resource, const struct rp_session_head *head,
    const struct rp_span *const *spans, uint32_t span_count,
    struct rp_err *err);

/* The same of metrics. */
RP_NODISCARD enum rp_code rp_otlp_request_metrics(
    struct rp_otlp_request *request, const struct rp_otlp_config *config,
    const struct rp_otlp_resource *resource,
    const struct rp_metric_document *document, struct rp_err *err);

enum rp_otlp_answer {
    RP_OTLP_ACCEPTED,  /* all of it, or all but `rejected` of it */
    RP_OTLP_RETRY,     /* the same again, later */
    RP_OTLP_TOO_LARGE, /* fewer at a time may do */
    RP_OTLP_REFUSED,   /* never again */
    RP_OTLP_STOPPED,   /* was ended here */
};

struct rp_otlp_verdict {
    enum rp_otlp_answer answer;
    uint64_t rejected;              /* ACCEPTED: so many were not taken */
    bool has_retry_after;           /* the other side said when */
    struct rp_duration retry_after; /* RETRY */
    char message[256];              /* "503: overloaded"; "" when all is well */
};

/* `rc` and `err` are what rp_http_post() gave; `now` is for answers that name a
 * date. */
struct rp_otlp_verdict rp_otlp_verdict_of(const struct rp_otlp_config *config,
    enum rp_code rc, const struct rp_err *err,
    const struct rp_http_response *response, struct rp_wall now);

/* How long to wait before try `number` (1: the first again), when nobody said:
 * growing, up to half a minute, and spread by `draw`. */
struct rp_duration rp_otlp_backoff(uint32_t number, uint64_t draw);

#endif
