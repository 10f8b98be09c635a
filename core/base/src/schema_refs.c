/* schema_refs.c - identifiers and references. */
#include "schema_uri.h"
#include "schema_words.h"

#include <string.h>

RP__COMPILES(id)
{
    if (!rp__schema_compile_text(c, node, rule)) {
        return false;
    }
    struct rp__uri uri = rp__uri_split(rp_str_of(rule->value->valuestring));
    return node->resource->dialect->draft == RP__DRAFT_07 ||
           uri.fragment.len == 0 ||
           rp__schema_fail(c, RP_E_INVALID, rule->value,
               "name a place inside a schema with \"$anchor\"",
               "'$id' is '%.100s', and must not have a fragment",
               rule->value->valuestring);
}

static bool is_anchor(const char *text)
{
    static const char letters[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz_";
    static const char others[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz_0123456789-.";
    return text[0] != '\0' && strchr(letters, text[0]) != NULL &&
           strspn(text, others) == strlen(text);
}

RP__COMPILES(anchor)
{
    if (!rp__schema_compile_text(c, node, rule)) {
        return false;
    }
    return is_anchor(rule->value->valuestring) ||
           rp__schema_fail(c, RP_E_INVALID, rule->value,
               "a letter or '_', then letters, digits, '-', '_' or '.'",
               "'%s' is '%.100s', which is no anchor name", rule->word->name,
               rule->value->valuestring);
}

RP__COMPILES(ref)
{
    struct rp__schema_target target;
    if (!rp__schema_compile_text(c, node, rule) ||
        !rp__schema_resolve(c, node->resource, rule->value, &target)) {
        return false;
    }
    rule->data = target.node;
    return true;
}

struct dynamic_ref {
    const struct rp__schema_node *target;
    uint32_t name_id; /* 0: behaves as a plain reference */
};

RP__COMPILES(dynamic_ref)
{
    struct rp__schema_target target;
    if (!rp__schema_compile_text(c, node, rule) ||
        !rp__schema_resolve(c, node->resource, rule->value, &target)) {
        return false;
    }
    struct dynamic_ref *ref = rp_arena_alloc(c->schema->arena, sizeof(*ref));
    ref->target = target.node;
    const cJSON *anchor = rp_json_get(target.node->source, "$dynamicAnchor");
    if (target.anchor != NULL && cJSON_IsString(anchor) &&
        strcmp(anchor->valuestring, target.anchor) == 0) {
        ref->name_id = rp__schema_name_id(c, target.anchor);
    }
    rule->data = ref;
    return true;
}

/* A reference that comes back to where it stands, for the same value, has no
 * end. New resources on the way can change where it leads, so a few visits
 * are allowed. */
static bool is_endless(const struct rp__schema_frame *frame,
    const struct rp__schema_node *target, uint64_t *length)
{
    unsigned visits = 0;
    for (const struct rp__schema_frame *f = frame; f != NULL; f = f->up) {
        ++*length;
        visits += f->node == target ? 1 : 0;
        if (f->step->descent != RP__IN_PLACE) {
            break;
        }
    }
    return visits >= RP__SCHEMA_LOOP_MAX;
}

static bool follow(struct rp__schema_judge *j,
    const struct rp__schema_frame *frame, const struct rp__schema_rule *rule,
    const struct rp__schema_node *target)
{
    RP_ASSERT(frame != NULL);
    uint64_t length = 0;
    if (is_endless(frame, target, &length)) {
        return rp__schema_stop(j,
            "the reference '%.200s' leads back to itself without end",
            rule->value->valuestring);
    }
    if (!rp__schema_charge(j, length / 16)) {
        return false;
    }
    struct rp__schema_step step = {
        .keyword = rule->word->name, .index = -1, .descent = RP__IN_PLACE};
    return rp__schema_apply(
        j, frame, &step, target, frame->instance, frame->seen);
}

RP__JUDGES(ref)
{
    return follow(j, frame, rule, rule->data);
}

static const struct rp__schema_node *dynamic_in(
    const struct rp__schema_resource *resource, uint32_t name_id,
    uint64_t *looked)
{
    for (const struct rp__schema_dynamic *d = resource->dynamics; d != NULL;
         d = d->next) {
        ++*looked;
        if (d->name_id == name_id) {
            return d->node;
        }
    }
    return NULL;
}

/* The outermost resource on the way here that has the anchor wins. */
RP__JUDGES(dynamic_ref)
{
    const struct dynamic_ref *ref = rule->data;
    const struct rp__schema_node *target = ref->target;
    const struct rp__schema_resource *last = NULL;
    uint64_t looked = 0;
    for (const struct rp__schema_frame *f = frame;
         f != NULL && ref->name_id != 0; f = f->up) {
        const struct rp__schema_resource *resource = f->node->resource;
        looked++;
        if (resource == last) {
            continue;
        }
        last = resource;
        const struct rp__schema_node *found =
            dynamic_in(resource, ref->name_id, &looked);
        target = found != NULL ? found : target;
    }
    return rp__schema_charge(j, looked / 8) && follow(j, frame, rule, target);
}
