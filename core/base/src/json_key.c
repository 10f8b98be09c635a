/* json_key.c - key form: one spelling for all documents that mean the same. */
#include <stdlib.h>
#include <string.h>

#include <reprise/json_diff.h>

#include "json_internal.h"

/* A container being written. */
struct frame {
    const cJSON *next;               /* of an array: the item that comes next */
    struct rp__json_member *members; /* of an object; owned */
    size_t count;
    size_t at;
    bool object;
    bool begun;
};

#define NEAR_DEPTH 8    /* enough for most */
#define ROOM_FIRST 512u /* ditto: bytes of a document in key form */

struct writer {
    struct rp_buf *buf;
    struct frame *open; /* outermost first; `near`, or owned */
    size_t depth;
    size_t room;
    struct frame near[NEAR_DEPTH];
};

/* By the bytes that the names have when C0 80 is NUL again. */
int rp__json_name_compare(struct rp_str a, struct rp_str b)
{
    size_t shorter = a.len < b.len ? a.len : b.len;
    size_t at = 0;
    if (shorter > 0 && memcmp(a.ptr, b.ptr, shorter) == 0) {
        at = shorter;
    }
    while (at < shorter && a.ptr[at] == b.ptr[at]) {
        at++;
    }
    if (at == shorter) {
        return (a.len > b.len) - (a.len < b.len);
    }
    unsigned char left = (unsigned char)a.ptr[at];
    unsigned char right = (unsigned char)b.ptr[at];
    left = left == 0xc0 ? 0 : left;
    right = right == 0xc0 ? 0 : right;
    return (left > right) - (left < right);
}

static int compare_members(const void *left, const void *right)
{
    const struct rp__json_member *a = left;
    const struct rp__json_member *b = right;
    int order = rp__json_name_compare(a->name, b->name);
    if (order != 0) {
        return order;
    }
    return (a->position > b->position) - (a->position < b->position);
}

static size_t keep_last_of_equals(struct rp__json_member *members, size_t count)
{
    size_t kept = 0;
    for (size_t i = 0; i < count; i++) {
        if (i + 1 == count ||
            rp__json_name_compare(members[i].name, members[i + 1].name) != 0) {
            members[kept++] = members[i];
        }
    }
    return kept;
}

size_t rp__json_members(struct rp__json_member **out, const cJSON *object)
{
    size_t count = 0;
    bool sorted = true;
    struct rp__json_member *members =
        rp_mem_alloc(rp_json_size(object) * sizeof(*members));
    for (const cJSON *i = object->child; i != NULL; i = i->next, count++) {
        members[count] =
            (struct rp__json_member){rp_str_of(i->string), i, count};
        sorted = sorted &&
                 (count == 0 || rp__json_name_compare(members[count - 1].name,
                                    members[count].name) < 0);
    }
    if (!sorted) {
        qsort(members, count, sizeof(*members), compare_members);
        count = keep_last_of_equals(members, count);
    }
    *out = members;
    return count;
}

static void open_container(struct writer *w, const cJSON *node)
{
    if (w->depth == w->room) {
        w->room *= 2;
        if (w->open == w->near) {
            w->open = rp_mem_array(w->room, sizeof(*w->open));
            memcpy(w->open, w->near, sizeof(w->near));
        } else {
            w->open = rp_mem_grow(w->open, w->room, sizeof(*w->open));
        }
    }
    struct frame frame = {.next = node->child, .object = cJSON_IsObject(node)};
    if (frame.object && node->child != NULL) {
        frame.count = rp__json_members(&frame.members, node);
    }
    rp_buf_add_char(w->buf, frame.object ? '{' : '[');
    w->open[w->depth++] = frame;
}

static void write_value(struct writer *w, const cJSON *node)
{
    char scratch[32];
    if (cJSON_IsObject(node) || cJSON_IsArray(node)) {
        open_container(w, node);
        return;
    }
    struct rp_str text = cJSON_IsNumber(node)
                             ? rp_json_number_text(node, scratch)
                             : RP_STR("null");
    if (!rp_str_is(text, "null")) {
        rp__json_number_key(w->buf, text);
    } else {
        rp_json_write_text(w->buf, node); /* a leaf that has one spelling */
    }
}

/* The next value of the innermost container, its name written; NULL when the
 * container is complete. */
static const cJSON *step(struct writer *w, struct frame *frame)
{
    const cJSON *node = NULL;
    if (frame->object ? frame->at == frame->count : frame->next == NULL) {
        return NULL;
    }
    if (frame->begun) {
        rp_buf_add_char(w->buf, ',');
    }
    frame->begun = true;
    if (frame->object) {
        const struct rp__json_member *member = &frame->members[frame->at++];
        rp_json_write_string(w->buf, member->name);
        rp_buf_add_char(w->buf, ':');
        node = member->node;
    } else {
        node = frame->next;
        frame->next = node->next;
    }
    return node;
}

void rp_json_write_key(struct rp_buf *buf, const cJSON *node)
{
    RP_ASSERT(node != NULL);
    struct writer w = {.buf = buf, .room = NEAR_DEPTH};
    w.open = w.near;
    write_value(&w, node);
    while (w.depth > 0) {
        struct frame *frame = &w.open[w.depth - 1];
        const cJSON *next = buf->overflowed ? NULL : step(&w, frame);
        if (next != NULL) {
            write_value(&w, next);
        } else {
            rp_buf_add_char(buf, frame->object ? '}' : ']');
            rp_mem_free(frame->members);
            w.depth--;
        }
    }
    if (w.open != w.near) {
        rp_mem_free(w.open);
    }
}

struct rp_digest rp_json_key_digest(const cJSON *node)
{
    struct rp_buf buf;
    rp_buf_init(&buf, RP__JSON_ENDLESS);
    (void)rp_buf_reserve(&buf, ROOM_FIRST);
    rp_json_write_key(&buf, node);
    struct rp_digest digest = rp_digest_of(rp_buf_str(&buf));
    rp_buf_fini(&buf);
    return digest;
}

bool rp_json_key_equal(const cJSON *a, const cJSON *b)
{
    return rp_json_diff(a, b, 0, NULL, NULL) == 0;
}
