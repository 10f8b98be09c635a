/* schema_resolve.c - from the text of a reference to the node it names. */
#include "schema_compile.h"
#include "schema_uri.h"

#include <stdio.h>
#include <string.h>

#define NAMES_NEAR_MAX 200 /* looked at for a near spelling */

/* Parses a built-in meta-schema, which the compiled schema then owns. */
static const cJSON *built_in(struct rp__schema_compiler *c, struct rp_str text)
{
    struct rp_json_options options = RP_JSON_OPTIONS_INIT;
    struct rp__schema_built_in *entry = rp_mem_zalloc(sizeof(*entry));
    enum rp_code code = rp_json_read(&entry->doc, text, &options, NULL);
    RP_ASSERT(code == RP_OK); /* our own text */
    entry->next = c->schema->documents;
    c->schema->documents = entry;
    return rp_json_root(entry->doc);
}

const cJSON *rp__schema_document(
    struct rp__schema_compiler *c, struct rp_str uri)
{
    struct rp_str meta = rp__schema_meta_text(uri);
    if (meta.ptr != NULL) {
        return built_in(c, meta);
    }
    const struct rp_schema_files *files = &c->options->files;
    if (files->find == NULL || rp__uri_split(uri).scheme.ptr == NULL) {
        return NULL;
    }
    return files->find(files->context, uri);
}

static struct rp__schema_resource *open_named(
    struct rp__schema_compiler *c, const cJSON *at, struct rp_str uri)
{
    const cJSON *document = rp__schema_document(c, uri);
    if (document != NULL) {
        return rp__schema_open(c, document, uri);
    }
    bool is_relative = rp__uri_split(uri).scheme.ptr == NULL;
    (void)rp__schema_fail(c, RP_E_NOT_FOUND, at,
        is_relative ? "give the schema an \"$id\" or name a file beside it"
                    : "references are never fetched: deliver it as a file",
        "'%s' names '%.*s', which is not in the schema, not built in and was "
        "not delivered",
        at->string, RP_STR_ARG(uri));
    return NULL;
}

static struct rp__schema_resource *resource_of(struct rp__schema_compiler *c,
    const struct rp__schema_resource *from, const cJSON *at)
{
    struct rp_buf uri;
    rp_buf_init(&uri, RP_PLAN_BYTES_MAX);
    rp__uri_resolve(&uri, rp_str_of(from->uri), rp_str_of(at->valuestring));
    struct rp__schema_resource *resource =
        rp__schema_map_get(&c->resources, rp_buf_str(&uri));
    if (resource == NULL) {
        resource = open_named(c, at, rp_buf_str(&uri));
    }
    rp_buf_fini(&uri);
    return resource;
}

/* One step of a JSON pointer, "~0" and "~1" undone in place. */
static const cJSON *child_of(
    struct rp__schema_compiler *c, const cJSON *value, char *token)
{
    char *to = token;
    for (const char *p = token; *p != '\0'; p++) {
        bool is_escape = p[0] == '~' && (p[1] == '0' || p[1] == '1');
        *to++ = (char)(!is_escape ? *p : p[1] == '0' ? '~' : '/');
        p += is_escape ? 1 : 0;
    }
    *to = '\0';
    if (cJSON_IsObject(value)) {
        return rp_json_get(value, token);
    }
    size_t length = strlen(token);
    if (!cJSON_IsArray(value) || length == 0 || length > 9 ||
        strspn(token, "0123456789") != length ||
        (length > 1 && token[0] == '0')) {
        return NULL;
    }
    unsigned index = 0;
    for (const char *p = token; *p != '\0'; p++) {
        index = index * 10 + (unsigned)(*p - '0');
    }
    c->walked += index;
    if (c->walked > RP__SCHEMA_WALK_MAX) {
        (void)rp__schema_fail(c, RP_E_LIMIT, value, NULL,
            "references point into long lists too often");
        return NULL;
    }
    const cJSON *child = value->child;
    for (; child != NULL && index > 0; index--) {
        child = child->next;
    }
    return child;
}

/* Where a pointer ended: nothing in `holder` has this name. */
struct miss {
    const cJSON *holder;
    const char *token;
};

/* Follows `pointer` (which it cuts up); `*resource` becomes the innermost one
 * that holds what was found. */
static const cJSON *follow(struct rp__schema_compiler *c, char *pointer,
    const struct rp__schema_resource **resource, struct miss *miss)
{
    const cJSON *value = (*resource)->root;
    while (value != NULL && *pointer == '/') {
        char *token = pointer + 1;
        char *end = token + strcspn(token, "/");
        bool is_last = *end == '\0';
        *end = '\0';
        *miss = (struct miss){value, token};
        value = child_of(c, value, token);
        const struct rp__schema_place *place =
            value == NULL ? NULL : rp__schema_place_of(c, value);
        if (place != NULL) {
            *resource = place->resource;
        }
        if (is_last || value == NULL) {
            return value;
        }
        pointer = end;
        *pointer = '/';
    }
    return value;
}

static const cJSON *find_anchor(struct rp__schema_compiler *c,
    const struct rp__schema_resource *resource, struct rp_str name)
{
    struct rp_buf key;
    rp_buf_init(&key, RP_PLAN_BYTES_MAX);
    rp__schema_anchor_key(&key, resource, name);
    const cJSON *value = rp__schema_map_get(&c->anchors, rp_buf_str(&key));
    rp_buf_fini(&key);
    return value;
}

static bool fail_missing(struct rp__schema_compiler *c, const cJSON *at,
    const struct miss *miss, bool is_anchor)
{
    const char *names[NAMES_NEAR_MAX];
    size_t count = 0;
    const cJSON *m = miss->holder == NULL ? NULL : miss->holder->child;
    for (; m != NULL && count < NAMES_NEAR_MAX; m = m->next) {
        if (m->string != NULL && (cJSON_IsObject(m) || cJSON_IsArray(m))) {
            names[count++] = m->string;
        }
    }
    const char *near = rp__schema_near(rp_str_of(miss->token), names, count);
    char hint[160];
    (void)snprintf(hint, sizeof(hint), "%s%.100s%s",
        near != NULL ? "did you mean '"
        : is_anchor  ? "no schema there has this \"$anchor\""
                     : "nothing is at that JSON pointer",
        near != NULL ? near : "", near != NULL ? "'" : "");
    return rp__schema_fail(c, RP_E_NOT_FOUND, at, hint,
        "'%s' names '%s', which does not exist", at->string, at->valuestring);
}

bool rp__schema_resolve(struct rp__schema_compiler *c,
    const struct rp__schema_resource *from, const cJSON *at,
    struct rp__schema_target *out)
{
    const char *text = at->valuestring;
    const struct rp__schema_resource *resource =
        text[0] == '#' ? from : resource_of(c, from, at);
    if (resource == NULL) {
        return false;
    }
    struct rp_buf decoded;
    rp_buf_init(&decoded, RP_PLAN_BYTES_MAX);
    rp__uri_decode(&decoded, rp__uri_split(rp_str_of(text)).fragment);
    size_t length = decoded.len;
    char *fragment = rp_arena_dup(c->schema->arena, rp_buf_str(&decoded));
    rp_buf_fini(&decoded);
    struct miss miss = {NULL, NULL};
    out->anchor = NULL;
    const cJSON *value = resource->root;
    if (fragment[0] == '/') {
        value = follow(c, fragment, &resource, &miss);
    } else if (length > 0) {
        out->anchor = fragment;
        value = find_anchor(c, resource, (struct rp_str){fragment, length});
    }
    if (value == NULL) {
        return fail_missing(c, at, &miss, out->anchor != NULL);
    }
    if (!cJSON_IsObject(value) && !cJSON_IsBool(value)) {
        return rp__schema_fail(c, RP_E_INVALID, at, NULL,
            "'%s' names '%s', which is not a schema", at->string, text);
    }
    out->node = rp__schema_node_of(c, resource, value);
    return out->node != NULL;
}
