/* schema_registry.c - which schemas a document holds, and what names them.
 *
 * Scanning follows the table of keywords, so that an "$id" inside an "enum" or
 * an unknown keyword is the data it is.
 */
#include "schema_compile.h"
#include "schema_uri.h"

#include <string.h>

static struct rp_str key_of(const uintptr_t *address)
{
    return (struct rp_str){(const char *)address, sizeof(*address)};
}

struct rp__schema_place *rp__schema_place_of(
    const struct rp__schema_compiler *c, const cJSON *value)
{
    uintptr_t address = (uintptr_t)value;
    return rp__schema_map_get(&c->places, key_of(&address));
}

static void add_place(struct rp__schema_compiler *c, const cJSON *value,
    struct rp__schema_resource *resource)
{
    struct rp__schema_place *place =
        rp_arena_alloc(c->schema->arena, sizeof(*place));
    place->resource = resource;
    uintptr_t address = (uintptr_t)value;
    rp__schema_map_put(&c->places, c->schema->arena, key_of(&address), place);
}

static struct rp__schema_resource *add_resource(struct rp__schema_compiler *c,
    const cJSON *document, const cJSON *root, struct rp_str uri,
    const struct rp__schema_dialect *dialect)
{
    struct rp__schema_resource *resource =
        rp_arena_alloc(c->schema->arena, sizeof(*resource));
    resource->uri = rp_arena_dup(c->schema->arena, uri);
    resource->document = document;
    resource->root = root;
    resource->dialect = dialect;
    resource->next = c->list;
    c->list = resource;
    rp__schema_map_put(&c->resources, c->schema->arena, uri, resource);
    return resource;
}

uint32_t rp__schema_name_id(struct rp__schema_compiler *c, const char *name)
{
    struct rp_str key = rp_str_of(name);
    uint32_t *id = rp__schema_map_get(&c->names, key);
    if (id == NULL) {
        id = rp_arena_alloc(c->schema->arena, sizeof(*id));
        *id = ++c->name_count;
        rp__schema_map_put(&c->names, c->schema->arena, key, id);
    }
    return *id;
}

void rp__schema_anchor_key(struct rp_buf *key,
    const struct rp__schema_resource *resource, struct rp_str name)
{
    uintptr_t address = (uintptr_t)resource;
    rp_buf_add(key, key_of(&address));
    rp_buf_add(key, name);
}

static void add_anchor(struct rp__schema_compiler *c,
    struct rp__schema_resource *resource, struct rp_str name,
    const cJSON *value)
{
    struct rp_buf key;
    rp_buf_init(&key, RP_PLAN_BYTES_MAX);
    rp__schema_anchor_key(&key, resource, name);
    rp__schema_map_put(
        &c->anchors, c->schema->arena, rp_buf_str(&key), (void *)value);
    rp_buf_fini(&key);
}

static void add_anchors(struct rp__schema_compiler *c,
    struct rp__schema_resource *resource, const cJSON *value)
{
    const cJSON *anchor = rp_json_get(value, "$anchor");
    if (cJSON_IsString(anchor)) {
        add_anchor(c, resource, rp_str_of(anchor->valuestring), value);
    }
    const cJSON *dynamic = rp_json_get(value, "$dynamicAnchor");
    if (cJSON_IsString(dynamic)) {
        add_anchor(c, resource, rp_str_of(dynamic->valuestring), value);
        struct rp__schema_dynamic *d =
            rp_arena_alloc(c->schema->arena, sizeof(*d));
        d->source = value;
        d->name_id = rp__schema_name_id(c, dynamic->valuestring);
        d->next = resource->dynamics;
        resource->dynamics = d;
        c->has_new_dynamics = true;
    }
}

/* The "$id" that counts: in draft-07 none beside a "$ref". */
static const char *id_of(
    const cJSON *value, const struct rp__schema_dialect *dialect)
{
    const cJSON *id = rp_json_get(value, "$id");
    if (!cJSON_IsString(id) || (dialect->draft == RP__DRAFT_07 &&
                                   rp_json_get(value, "$ref") != NULL)) {
        return NULL;
    }
    return id->valuestring;
}

/* The resource that `value` belongs to: the one around it, or its own. */
static struct rp__schema_resource *enter(struct rp__schema_compiler *c,
    const cJSON *value, struct rp__schema_resource *around)
{
    const char *id = id_of(value, around->dialect);
    if (id == NULL) {
        return around;
    }
    struct rp__schema_resource *resource = around;
    struct rp__uri parts = rp__uri_split(rp_str_of(id));
    bool is_anchor_only =
        around->dialect->draft == RP__DRAFT_07 && id[0] == '#';
    if (!is_anchor_only && value != around->root) {
        const cJSON *declared = rp_json_get(value, "$schema");
        const struct rp__schema_dialect *dialect =
            declared == NULL ? around->dialect
                             : rp__schema_dialect_of(c, declared);
        if (dialect == NULL) {
            return NULL;
        }
        struct rp_buf uri;
        rp_buf_init(&uri, RP_PLAN_BYTES_MAX);
        rp__uri_resolve(&uri, rp_str_of(around->uri), rp_str_of(id));
        resource =
            add_resource(c, around->document, value, rp_buf_str(&uri), dialect);
        rp_buf_fini(&uri);
    }
    if (around->dialect->draft == RP__DRAFT_07 && parts.fragment.len > 0) {
        add_anchor(c, resource, parts.fragment, value);
    }
    return resource;
}

static bool scan_each(struct rp__schema_compiler *c, const cJSON *holder,
    struct rp__schema_resource *resource, unsigned depth)
{
    for (const cJSON *child = holder->child; child != NULL;
         child = child->next) {
        if (!rp__schema_scan(c, child, resource, depth)) {
            return false;
        }
    }
    return true;
}

static bool scan_keyword(struct rp__schema_compiler *c,
    enum rp__schema_shape shape, const cJSON *value,
    struct rp__schema_resource *resource, unsigned depth)
{
    switch (shape) {
    case RP__SHAPE_NONE:
        return true;
    case RP__SHAPE_SCHEMA:
        return rp__schema_scan(c, value, resource, depth);
    case RP__SHAPE_LIST:
        return !cJSON_IsArray(value) || scan_each(c, value, resource, depth);
    case RP__SHAPE_MAP:
    case RP__SHAPE_MAP_OR_NAMES:
        return !cJSON_IsObject(value) || scan_each(c, value, resource, depth);
    case RP__SHAPE_SCHEMA_OR_LIST:
        return cJSON_IsArray(value)
                   ? scan_each(c, value, resource, depth)
                   : rp__schema_scan(c, value, resource, depth);
    }
    return true;
}

bool rp__schema_scan(struct rp__schema_compiler *c, const cJSON *value,
    struct rp__schema_resource *resource, unsigned depth)
{
    if (depth > RP__SCHEMA_SCAN_DEPTH_MAX) {
        return rp__schema_fail(c, RP_E_LIMIT, value, NULL,
            "schemas are nested deeper than %d", RP__SCHEMA_SCAN_DEPTH_MAX);
    }
    if ((!cJSON_IsObject(value) && !cJSON_IsBool(value)) ||
        rp__schema_place_of(c, value) != NULL) {
        return true;
    }
    if (cJSON_IsObject(value)) {
        resource = enter(c, value, resource);
        if (resource == NULL) {
            return false;
        }
        if (resource->dialect->draft == RP__DRAFT_2020) {
            add_anchors(c, resource, value);
        }
    }
    add_place(c, value, resource);
    if (!cJSON_IsObject(value)) {
        return true;
    }
    const cJSON *member = rp__schema_member_next(value, NULL);
    for (; member != NULL; member = rp__schema_member_next(value, member)) {
        const struct rp__schema_word *word =
            rp__schema_word_find(member->string, resource->dialect);
        if (word != NULL &&
            !scan_keyword(c, word->shape, member, resource, depth + 1)) {
            return false;
        }
    }
    return true;
}

struct rp__schema_resource *rp__schema_open(
    struct rp__schema_compiler *c, const cJSON *document, struct rp_str uri)
{
    if (c->document_count == RP__SCHEMA_DOCUMENTS_MAX) {
        (void)rp__schema_fail(c, RP_E_LIMIT, document, NULL,
            "references lead to more than %d documents",
            RP__SCHEMA_DOCUMENTS_MAX);
        return NULL;
    }
    c->document_count++;
    /* Known under its address before anything in it can fail. */
    struct rp__schema_resource *resource =
        add_resource(c, document, document, uri, c->dialect);
    const cJSON *declared = rp_json_get(document, "$schema");
    if (declared != NULL) {
        resource->dialect = rp__schema_dialect_of(c, declared);
        if (resource->dialect == NULL) {
            return NULL;
        }
        if (c->document_count == 1) {
            c->dialect = resource->dialect;
        }
    }
    const char *id = id_of(document, resource->dialect);
    if (id != NULL) {
        struct rp_buf own;
        rp_buf_init(&own, RP_PLAN_BYTES_MAX);
        rp__uri_resolve(&own, uri, rp_str_of(id));
        resource->uri = rp_arena_dup(c->schema->arena, rp_buf_str(&own));
        rp__schema_map_put(
            &c->resources, c->schema->arena, rp_buf_str(&own), resource);
        rp_buf_fini(&own);
    }
    return rp__schema_scan(c, document, resource, 0) ? resource : NULL;
}
