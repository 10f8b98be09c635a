/* json_diff.c - where two documents differ, walked side by side. */
#include <string.h>

#include <reprise/json_diff.h>

#include "json_internal.h"

/* One of two containers. Its members are looked up through its index, or
 * through `sorted` when it is wide and has none. */
struct side {
    const cJSON *node;
    const cJSON *next; /* the member or item that comes next */
    struct rp__json_member *sorted;
    size_t count;
};

struct pair {
    struct side before;
    struct side after;
    size_t index;       /* of the next item */
    size_t pointer_len; /* of the pointer to the containers */
    bool object;
};

struct diff {
    size_t max;
    size_t count;
    rp_json_diff_report *report;
    void *context;
    struct rp_buf pointer;
    struct pair *open; /* outermost first */
    size_t depth;
    uint32_t room;
};

static int kind_of(const cJSON *node)
{
    int known = cJSON_False | cJSON_True | cJSON_Number | cJSON_String |
                cJSON_Array | cJSON_Object;
    int kind = node->type & known;
    return kind == 0 ? cJSON_NULL : kind; /* as the writers have it */
}

static bool numbers_equal(const cJSON *a, const cJSON *b)
{
    char scratch_a[32];
    char scratch_b[32];
    struct rp_str text_a = rp_json_number_text(a, scratch_a);
    struct rp_str text_b = rp_json_number_text(b, scratch_b);
    if (rp_str_equal(text_a, text_b)) {
        return true;
    }
    if (rp_str_is(text_a, "null") || rp_str_is(text_b, "null")) {
        return false;
    }
    struct rp_buf key_a;
    struct rp_buf key_b;
    rp_buf_init(&key_a, RP__JSON_ENDLESS);
    rp_buf_init(&key_b, RP__JSON_ENDLESS);
    rp__json_number_key(&key_a, text_a);
    rp__json_number_key(&key_b, text_b);
    bool equal = rp_str_equal(rp_buf_str(&key_a), rp_buf_str(&key_b));
    rp_buf_fini(&key_a);
    rp_buf_fini(&key_b);
    return equal;
}

static void tell(struct diff *d, enum rp_json_change change,
    const cJSON *before, const cJSON *after)
{
    if (d->count < d->max) {
        struct rp_str pointer = {
            d->pointer.len == 0 ? "" : d->pointer.ptr, d->pointer.len};
        struct rp_json_difference difference = {change, pointer, before, after};
        d->report(d->context, &difference);
    }
    d->count++;
}

static struct side side_of(const cJSON *node)
{
    struct side side = {.node = node, .next = node->child};
    if (cJSON_IsObject(node) && rp__json_own(node) == NULL &&
        rp_json_size(node) > RP__JSON_NARROW_MAX) {
        side.count = rp__json_members(&side.sorted, node);
    }
    return side;
}

static const cJSON *look_up(const struct side *side, struct rp_str name)
{
    if (side->sorted == NULL) {
        return rp_json_get_str(side->node, name);
    }
    size_t low = 0;
    size_t high = side->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        int order = rp__json_name_compare(side->sorted[middle].name, name);
        if (order == 0) {
            return side->sorted[middle].node;
        }
        if (order < 0) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return NULL;
}

static void open_pair(struct diff *d, const cJSON *before, const cJSON *after)
{
    d->open = rp_mem_room(d->open, d->depth, &d->room, sizeof(*d->open));
    d->open[d->depth++] = (struct pair){
        .before = side_of(before),
        .after = side_of(after),
        .pointer_len = d->pointer.len,
        .object = cJSON_IsObject(before),
    };
}

static void compare(struct diff *d, const cJSON *before, const cJSON *after)
{
    int kind = kind_of(before);
    bool equal = kind == kind_of(after);
    if (equal && (kind == cJSON_Object || kind == cJSON_Array)) {
        open_pair(d, before, after);
        return;
    }
    if (equal && kind == cJSON_Number) {
        equal = numbers_equal(before, after);
    } else if (equal && kind == cJSON_String) {
        equal = rp_str_equal(rp__json_held(before), rp__json_held(after));
    }
    if (!equal) {
        tell(d, RP_JSON_CHANGED, before, after);
    }
}

/* Compares or reports one member or item; false when there is none left. */
static bool step_object(struct diff *d, struct pair *pair)
{
    bool first = pair->before.next != NULL;
    struct side *mine = first ? &pair->before : &pair->after;
    const struct side *other = first ? &pair->after : &pair->before;
    const cJSON *member = mine->next;
    if (member == NULL) {
        return false;
    }
    mine->next = member->next;
    struct rp_str name = rp_str_of(member->string);
    const cJSON *twin = look_up(other, name);
    if ((!first && twin != NULL) || look_up(mine, name) != member) {
        return true; /* compared already, or not the last of its name */
    }
    rp_json_pointer_add(&d->pointer, name);
    if (twin != NULL) {
        compare(d, member, twin);
    } else if (first) {
        tell(d, RP_JSON_REMOVED, member, NULL);
    } else {
        tell(d, RP_JSON_ADDED, NULL, member);
    }
    return true;
}

static bool step_array(struct diff *d, struct pair *pair)
{
    const cJSON *before = pair->before.next;
    const cJSON *after = pair->after.next;
    if (before == NULL && after == NULL) {
        return false;
    }
    rp_buf_add_char(&d->pointer, '/');
    rp_buf_add_u64(&d->pointer, pair->index++);
    pair->before.next = before == NULL ? NULL : before->next;
    pair->after.next = after == NULL ? NULL : after->next;
    if (before == NULL) {
        tell(d, RP_JSON_ADDED, NULL, after);
    } else if (after == NULL) {
        tell(d, RP_JSON_REMOVED, before, NULL);
    } else {
        compare(d, before, after);
    }
    return true;
}

static void cut_pointer(struct diff *d, size_t length)
{
    if (d->pointer.len > length) {
        d->pointer.len = length;
        d->pointer.ptr[length] = '\0';
    }
}

size_t rp_json_diff(const cJSON *before, const cJSON *after, size_t max,
    rp_json_diff_report *report, void *context)
{
    RP_ASSERT(before != NULL);
    RP_ASSERT(after != NULL);
    RP_ASSERT(max == 0 || report != NULL);
    struct diff d = {.max = max, .report = report, .context = context};
    rp_buf_init(&d.pointer, RP__JSON_ENDLESS);
    compare(&d, before, after);
    while (d.depth > 0) {
        struct pair *pair = &d.open[d.depth - 1];
        cut_pointer(&d, pair->pointer_len);
        bool more = d.count <= max && (pair->object ? step_object(&d, pair)
                                                    : step_array(&d, pair));
        if (!more) {
            rp_mem_free(pair->before.sorted);
            rp_mem_free(pair->after.sorted);
            d.depth--;
        }
    }
    rp_mem_free(d.open);
    rp_buf_fini(&d.pointer);
    return d.count;
}
