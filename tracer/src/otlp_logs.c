#include <reprise/otlp_logs.h>

#include <reprise/span_limits.h>

/* Events that are no deviation from what was asked. */
static const char *const usual[] = {
    "reprise.task_queued",
    "reprise.released",
    "reprise.resumed",
    "reprise.cancel_requested",
};

enum rp_log_severity rp_log_severity(struct rp_str event_name)
{
    for (size_t i = 0; i < RP_COUNT_OF(usual); i++) {
        if (rp_str_is(event_name, usual[i])) {
            return RP_LOG_INFO;
        }
    }
    if (rp_str_is(event_name, "exception")) {
        return RP_LOG_ERROR;
    }
    return rp_str_starts(event_name, RP_STR("reprise.")) ? RP_LOG_WARN
                                                         : RP_LOG_INFO;
}

uint32_t rp_otlp_logs_count(const struct rp_otlp_resource *resource,
    const struct rp_span *const *spans, uint32_t span_count)
{
    uint32_t most =
        resource->limits == NULL ? UINT32_MAX : resource->limits->events;
    uint32_t count = 0;
    for (uint32_t i = 0; i < span_count; i++) {
        uint32_t events = spans[i]->ended ? spans[i]->event_count : 0;
        count += events < most ? events : most;
    }
    return count;
}
