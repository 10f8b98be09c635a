/* json_build.c - ordinary cJSON trees that keep exact numbers and NUL. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "json_internal.h"

/* cJSON gives NULL only when there is no memory, which ends the program. */
static cJSON *must(cJSON *node)
{
    RP_ASSERT(node != NULL);
    return node;
}

/* For cJSON to free. */
static char *text_for_cjson(struct rp_str text)
{
    char *copy = cJSON_malloc(text.len + 1);
    RP_ASSERT(copy != NULL);
    if (text.len > 0) {
        memcpy(copy, text.ptr, text.len);
    }
    copy[text.len] = '\0';
    return copy;
}

cJSON *rp_json_new_int(int64_t value)
{
    char text[32];
    int length = snprintf(text, sizeof(text), "%" PRId64, value);
    cJSON *node = must(cJSON_CreateNumber((double)value));
    node->valuestring = text_for_cjson((struct rp_str){text, (size_t)length});
    return node;
}

cJSON *rp_json_new_string(struct rp_str text)
{
    struct rp_buf scratch;
    rp_buf_init(&scratch, RP__JSON_ENDLESS);
    cJSON *node = must(cJSON_CreateNull());
    node->type = cJSON_String;
    node->valuestring = text_for_cjson(rp__json_name_held(text, &scratch));
    rp_buf_fini(&scratch);
    return node;
}

static cJSON *copy_one(const cJSON *node)
{
    cJSON *copy = must(cJSON_CreateNull());
    copy->type = node->type & 0xff;
    if ((cJSON_IsString(node) || cJSON_IsNumber(node)) &&
        node->valuestring != NULL) {
        copy->valuestring = text_for_cjson(rp__json_held(node));
    }
    if (cJSON_IsNumber(node) || cJSON_IsBool(node)) {
        copy->valueint = node->valueint;
        copy->valuedouble = node->valuedouble;
    }
    return copy;
}

/* As cJSON does it, which copies a name that is its own already. */
static void append(cJSON *parent, cJSON *child)
{
    child->next = NULL;
    if (parent->child == NULL) {
        parent->child = child;
        child->prev = child;
    } else {
        child->prev = parent->child->prev;
        parent->child->prev->next = child;
        parent->child->prev = child;
    }
}

/* A container whose members are being copied. */
struct copying {
    const cJSON *from;
    cJSON *to;
};

cJSON *rp_json_copy(const cJSON *node)
{
    RP_ASSERT(node != NULL);
    size_t depth = 0;
    size_t room = 0;
    struct copying *open = NULL;
    cJSON *root = copy_one(node);
    cJSON *copy = root;
    for (;;) {
        if (node->child != NULL) {
            if (depth == room) {
                room = room == 0 ? 32 : room * 2;
                open = rp_mem_grow(open, room, sizeof(*open));
            }
            open[depth++] = (struct copying){node, copy};
            node = node->child;
        } else {
            while (depth > 0 && node->next == NULL) {
                node = open[--depth].from;
            }
            if (depth == 0) {
                break;
            }
            node = node->next;
        }
        copy = copy_one(node);
        if (node->string != NULL) {
            copy->string = text_for_cjson(rp_str_of(node->string));
        }
        /* depth is not 0, so something was opened. */
        /* cppcheck-suppress nullPointer */
        append(open[depth - 1].to, copy);
    }
    rp_mem_free(open);
    return root;
}

cJSON *rp_json_share(const cJSON *node)
{
    RP_ASSERT(node != NULL);
    cJSON *shared = copy_one(node);
    if (node->child != NULL) {
        shared->child = node->child;
        shared->type |= cJSON_IsReference; /* never freed with this one */
    }
    return shared;
}

void rp_json_add_str(cJSON *object, struct rp_str name, cJSON *owned_value)
{
    RP_ASSERT(cJSON_IsObject(object));
    RP_ASSERT(owned_value != NULL);
    struct rp_buf scratch;
    rp_buf_init(&scratch, RP__JSON_ENDLESS);
    cJSON_free(owned_value->string);
    owned_value->string = text_for_cjson(rp__json_name_held(name, &scratch));
    append(object, owned_value);
    rp_buf_fini(&scratch);
}

void rp_json_add(cJSON *object, const char *name, cJSON *owned_value)
{
    rp_json_add_str(object, rp_str_of(name), owned_value);
}

void rp_json_set_str(cJSON *object, struct rp_str name, cJSON *owned_value)
{
    RP_ASSERT(owned_value != NULL);
    const cJSON *old = rp_json_get_str(object, name);
    if (old == NULL) {
        rp_json_add_str(object, name, owned_value);
        return;
    }
    cJSON_free(owned_value->string);
    owned_value->string = text_for_cjson(rp_str_of(old->string));
    cJSON_bool replaced = cJSON_ReplaceItemViaPointer(
        object, (cJSON *)(uintptr_t)(const void *)old, owned_value);
    RP_ASSERT(replaced);
}

void rp_json_set(cJSON *object, const char *name, cJSON *owned_value)
{
    rp_json_set_str(object, rp_str_of(name), owned_value);
}

void rp_json_set_text(cJSON *object, const char *name, struct rp_str text)
{
    rp_json_set(object, name, rp_json_new_string(text));
}

void rp_json_set_int(cJSON *object, const char *name, int64_t value)
{
    rp_json_set(object, name, rp_json_new_int(value));
}
