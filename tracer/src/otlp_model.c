#include "otlp_model.h"

#include <string.h>

#include <reprise/mem.h>

#define RESOURCE_TAGS_OWN 10

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
