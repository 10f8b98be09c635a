/* Faults of a place in a JSON document: pure functions of its bytes. */
#include "fault_place.h"

#include <string.h>

#include <reprise/mem.h>

#define TEXT_BYTES_MAX ((size_t)128 << 20)

bool rp_fault_alters(enum rp_fault_kind kind)
{
    return kind == RP_FAULT_OUT_MISSING || kind == RP_FAULT_OUT_NULL ||
           kind == RP_FAULT_CONTRADICT || kind == RP_FAULT_WRONG_ENTITY;
}

/* ---- something else, as plausible ---- */

/* "active" where another entry of the same list says "stopped". */
static const char *said_elsewhere(
    const cJSON *root, struct rp_str at, const cJSON *value)
{
    size_t member = at.len;
    while (member > 0 && at.ptr[member - 1] != '/') {
        member--;
    }
    size_t item = member == 0 ? 0 : member - 1;
    while (item > 0 && at.ptr[item - 1] != '/') {
        item--;
    }
    const cJSON *list =
        item == 0 ? NULL : rp_json_at(root, (struct rp_str){at.ptr, item - 1});
    if (!cJSON_IsArray(list)) {
        return NULL;
    }
    struct rp_str rest = {at.ptr + member - (member == 0 ? 0 : 1),
        at.len - member + (member == 0 ? 0 : 1)};
    const cJSON *entry;
    cJSON_ArrayForEach(entry, list)
    {
        const cJSON *other = rp_json_at(entry, rest);
        if (cJSON_IsString(other) &&
            strcmp(other->valuestring, value->valuestring) != 0) {
            return other->valuestring;
        }
    }
    return NULL;
}

/* The last digit is another one; a text without any is longer. */
cJSON *rp__fault_other_text(const char *text)
{
    char *copy = rp_mem_dup(rp_str_of(text));
    for (size_t i = strlen(copy); i > 0; i--) {
        if (copy[i - 1] >= '0' && copy[i - 1] <= '9') {
            copy[i - 1] = copy[i - 1] == '9' ? '1' : (char)(copy[i - 1] + 1);
            cJSON *other = rp_json_new_string(rp_str_of(copy));
            rp_mem_free(copy);
            return other;
        }
    }
    struct rp_buf longer;
    rp_buf_init(&longer, TEXT_BYTES_MAX);
    rp_buf_addf(&longer, "not %s", copy);
    cJSON *other = rp_json_new_string(rp_buf_str(&longer));
    rp_buf_fini(&longer);
    rp_mem_free(copy);
    return other;
}

static cJSON *other_number(const cJSON *value)
{
    char scratch[32];
    struct rp_str text = rp_json_number_text(value, scratch);
    char *copy = rp_mem_dup(text);
    for (size_t i = 0; i < text.len; i++) {
        if (copy[i] >= '1' && copy[i] <= '9') {
            copy[i] = copy[i] == '9' ? '1' : (char)(copy[i] + 1);
            break;
        }
    }
    if (rp_str_is(text, copy)) {
        rp_mem_free(copy); /* zero, however it is written */
        return rp_json_new_int(1);
    }
    struct rp_json_doc *doc = NULL;
    cJSON *other = NULL;
    if (rp_json_read(&doc, rp_str_of(copy), NULL, NULL) == RP_OK) {
        other = rp_json_copy(rp_json_root(doc));
    }
    rp_json_free(&doc);
    rp_mem_free(copy);
    return other;
}

static cJSON *contradiction(
    const cJSON *root, struct rp_str at, const cJSON *value)
{
    if (cJSON_IsBool(value)) {
        return cJSON_CreateBool(!cJSON_IsTrue(value));
    }
    if (cJSON_IsNumber(value)) {
        return other_number(value);
    }
    if (!cJSON_IsString(value)) {
        return NULL;
    }
    const char *said = said_elsewhere(root, at, value);
    return said == NULL ? rp__fault_other_text(value->valuestring)
                        : rp_json_new_string(rp_str_of(said));
}

/* ---- putting it there ---- */

/* What stands in place of the value; NULL for nothing at all. */
static bool replacement(cJSON **out, const struct rp_fault_rule *rule,
    const cJSON *root, const cJSON *value)
{
    *out = NULL;
    if (rule->kind == RP_FAULT_OUT_MISSING) {
        return rule->at[0] != '\0';
    }
    if (rule->kind == RP_FAULT_OUT_NULL) {
        *out = cJSON_IsNull(value) ? NULL : cJSON_CreateNull();
    } else if (rule->kind == RP_FAULT_WRONG_ENTITY) {
        *out = cJSON_IsString(value) ? rp__fault_other_text(value->valuestring)
                                     : NULL;
    } else {
        *out = contradiction(root, rp_str_of(rule->at), value);
    }
    return *out != NULL;
}

static void put(struct rp_buf *out, struct rp_str bytes, const cJSON *value,
    const cJSON *other)
{
    struct rp_json_extent extent = rp_json_extent_of(value);
    size_t begin = extent.begin;
    size_t end = extent.end;
    if (other == NULL) { /* with its name, and one comma */
        begin = value->string == NULL ? begin : extent.key_begin;
        size_t before = begin;
        while (before > 0 && strchr(" \t\r\n", bytes.ptr[before - 1])) {
            before--;
        }
        while (end < bytes.len && strchr(" \t\r\n", bytes.ptr[end])) {
            end++;
        }
        if (end < bytes.len && bytes.ptr[end] == ',') {
            end++;
        } else if (before > 0 && bytes.ptr[before - 1] == ',') {
            begin = before - 1;
        }
    }
    rp_buf_add(out, (struct rp_str){bytes.ptr, begin});
    if (other != NULL) {
        rp_json_write_text(out, other);
    }
    rp_buf_add(out, (struct rp_str){bytes.ptr + end, bytes.len - end});
}

bool rp_fault_altered(
    struct rp_buf *out, const struct rp_fault_rule *rule, struct rp_str bytes)
{
    struct rp_json_doc *doc = NULL;
    cJSON *other = NULL;
    if (rp_json_read(&doc, bytes, NULL, NULL) != RP_OK) {
        return false;
    }
    const cJSON *root = rp_json_root(doc);
    const cJSON *value = rp_json_at(root, rp_str_of(rule->at));
    bool changes = value != NULL && replacement(&other, rule, root, value);
    if (changes) {
        put(out, bytes, value, other);
    }
    cJSON_Delete(other);
    rp_json_free(&doc);
    return changes;
}
