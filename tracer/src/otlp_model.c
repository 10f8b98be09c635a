#include "otlp_model.h"

#include <string.h>

#include <reprise/mem.h>
#include <reprise/span_limits.h>

/* Sampled; a random trace id; whether the parent is remote is known; it is. */
#define FLAG_SAMPLED 0x001u
#define FLAG_RANDOM 0x002u
#define FLAG_REMOTE_KNOWN 0x100u
#define FLAG_REMOTE 0x200u

#define RESOURCE_TAGS_OWN 10

static uint32_t trace_flags(const struct rp_session_head *head, bool remote)
{
    return FLAG_REMOTE_KNOWN | (remote ? FLAG_REMOTE : 0) |
           (head->sampled ? FLAG_SAMPLED : 0) |
           (head->trace_random ? FLAG_RANDOM : 0);
}

uint32_t rp__otlp_span_flags(
    const struct rp_span *span, const struct rp_session_head *head)
{
    return span->origin != NULL ? span->flags
                                : trace_flags(head, span->parent_remote);
}

uint32_t rp__otlp_link_flags(const struct rp_span *span,
    const struct rp_span_link *link, const struct rp_session_head *head)
{
    bool remote = memcmp(&link->trace, &head->trace, sizeof(head->trace)) != 0;
    return span->origin != NULL ? link->flags : trace_flags(head, remote);
}

/* What took no time takes a nanosecond, as some that show traces correct a
 * length of nothing, and say so. A merge takes it before, as the node that it
 * is in ends with it; all else afterwards. */
static bool takes_no_time(const struct rp_span *span)
{
    return span->origin == NULL && span->end_unix_ns <= span->start_unix_ns;
}

int64_t rp__otlp_start_ns(const struct rp_span *span)
{
    bool earlier = takes_no_time(span) && span->role == RP_SPAN_AGGREGATE;
    return span->start_unix_ns - (earlier ? 1 : 0);
}

int64_t rp__otlp_end_ns(const struct rp_span *span)
{
    bool later = takes_no_time(span) && span->role != RP_SPAN_AGGREGATE;
    return later                 ? span->start_unix_ns + 1
           : takes_no_time(span) ? span->start_unix_ns
                                 : span->end_unix_ns;
}

const struct rp_span *rp__otlp_limited(const struct rp_otlp_resource *resource,
    struct rp_arena *arena, const struct rp_span *span)
{
    return resource->limits == NULL
               ? span
               : rp_span_limited(resource->limits, arena, span);
}

bool rp__otlp_has_parent(const struct rp_span *span)
{
    static const struct rp_span_id none = {{0}};
    return memcmp(&span->parent, &none, sizeof(none)) != 0;
}

struct rp_str rp__otlp_tracestate(
    const struct rp_span *span, const struct rp_session_head *head)
{
    return span->origin != NULL ? span->tracestate : head->tracestate;
}

bool rp__otlp_run_next(struct rp__otlp_run *run,
    const struct rp_span *const *spans, uint32_t count, uint32_t *first)
{
    bool any = false;
    uint32_t i = *first;
    for (; i < count; i++) {
        if (!spans[i]->ended) {
            continue;
        }
        if (!any) {
            *run =
                (struct rp__otlp_run){.origin = spans[i]->origin, .begin = i};
            any = true;
        } else if (spans[i]->origin != run->origin) {
            break;
        }
        run->end = i + 1;
    }
    *first = i;
    return any;
}

static void add_tag(struct rp_tag *tags, uint32_t *count, struct rp_tag tag)
{
    if (tag.value.len == 0 || tag.key.len == 0) {
        return;
    }
    for (uint32_t i = 0; i < *count; i++) {
        if (rp_str_equal(tags[i].key, tag.key)) {
            return; /* what the program says of itself comes first */
        }
    }
    tags[(*count)++] = tag;
}

struct rp_tag *rp__otlp_resource_tags(
    const struct rp_otlp_resource *resource, uint32_t *count)
{
    struct rp_str name = resource->service_name;
    const struct rp_tag own[RESOURCE_TAGS_OWN] = {
        {RP_STR("service.name"), name.len > 0 ? name : RP_STR("reprise")},
        {RP_STR("service.version"), resource->service_version},
        {RP_STR("host.name"), resource->host_name},
        {RP_STR("host.arch"), resource->host_arch},
        {RP_STR("os.type"), resource->os_type},
        {RP_STR("os.name"), resource->os_name},
        {RP_STR("os.version"), resource->os_version},
        {RP_STR("telemetry.sdk.name"), RP_STR("reprise")},
        {RP_STR("telemetry.sdk.language"), RP_STR("c")},
        {RP_STR("telemetry.sdk.version"), resource->service_version},
    };
    struct rp_tag *tags = rp_mem_array(
        (size_t)RESOURCE_TAGS_OWN + resource->extra_count, sizeof(*tags));
    *count = 0;
    for (uint32_t i = 0; i < RESOURCE_TAGS_OWN; i++) {
        add_tag(tags, count, own[i]);
    }
    for (uint32_t i = 0; i < resource->extra_count; i++) {
        add_tag(tags, count, resource->extra[i]);
    }
    return tags;
}
