#include "ignored.h"

#include <reprise/mem.h>
#include <reprise/transport_journal.h>

/* Takes the value that `pointer` leads to out of its parent. */
static void take_out(cJSON *root, struct rp_str pointer)
{
    size_t cut = pointer.len;
    while (cut > 0 && pointer.ptr[cut - 1] != '/') {
        cut--;
    }
    if (cut == 0) {
        return;
    }
    const cJSON *value = rp_json_at(root, pointer);
    const cJSON *parent =
        rp_json_at(root, (struct rp_str){pointer.ptr, cut - 1});
    if (value != NULL && parent != NULL) {
        cJSON_Delete(cJSON_DetachItemViaPointer(
            (cJSON *)(uintptr_t)parent, (cJSON *)(uintptr_t)value));
    }
}

/* ---- what the contract types ---- */

struct typed {
    const struct rp__ignored *ignored;
    cJSON **values; /* owned array of what belongs to the tree */
    size_t count;
    uint32_t room;
};

static bool is_ignored(const struct rp__ignored *ignored, const char *format)
{
    for (uint32_t i = 0; i < ignored->count; i++) {
        struct rp_str name;
        if (rp_ignored_format(rp_str_of(ignored->items[i]), &name) &&
            rp_str_is(name, format)) {
            return true;
        }
    }
    return false;
}

static void see(void *context, const cJSON *value, const char *format)
{
    struct typed *typed = context;
    if (!is_ignored(typed->ignored, format)) {
        return;
    }
    typed->values =
        rp_mem_room(typed->values, typed->count, &typed->room, sizeof(cJSON *));
    typed->values[typed->count++] = (cJSON *)(uintptr_t)value;
}

/* Every string of such a format becomes the same one: that there is one still
 * counts. Without a verdict nothing is typed. */
static void make_alike(cJSON *root, const struct rp__ignored *ignored)
{
    struct typed typed = {.ignored = ignored};
    if (ignored->contract != NULL && rp_schema_formats(ignored->contract, root,
                                         see, &typed, NULL) == RP_OK) {
        for (size_t i = 0; i < typed.count; i++) {
            (void)cJSON_SetValuestring(typed.values[i], "");
        }
    }
    rp_mem_free(typed.values);
}

/* ---- comparing ---- */

static cJSON *without(const struct rp__ignored *ignored, struct rp_str bytes)
{
    struct rp_json_doc *doc = NULL;
    struct rp_str name;
    if (rp_json_read(&doc, bytes, NULL, NULL) != RP_OK) {
        return NULL;
    }
    cJSON *copy = rp_json_copy(rp_json_root(doc));
    rp_json_free(&doc);
    make_alike(copy, ignored); /* while it still is what the contract wants */
    for (uint32_t i = 0; i < ignored->count; i++) {
        struct rp_str item = rp_str_of(ignored->items[i]);
        if (!rp_ignored_format(item, &name)) {
            take_out(copy, item);
        }
    }
    return copy;
}

bool rp__ignored_same(const struct rp__ignored *ignored, struct rp_str before,
    struct rp_str after)
{
    cJSON *one = without(ignored, before);
    cJSON *two = without(ignored, after);
    bool same = one != NULL && two != NULL && rp_json_key_equal(one, two);
    cJSON_Delete(one);
    cJSON_Delete(two);
    return same;
}

bool rp_ignored_format(struct rp_str item, struct rp_str *name)
{
    struct rp_str prefix = RP_STR("format:");
    bool is_format = rp_str_starts(item, prefix);
    if (is_format) {
        *name = (struct rp_str){item.ptr + prefix.len, item.len - prefix.len};
    }
    return is_format;
}
