/* json_write.c - documents as text: as short as can be, or for people.
 *
 * Trees that were built may be deeper than any that was read, so the way back
 * up is kept in memory of its own and not on the C stack.
 */
#include <string.h>

#include "json_internal.h"

#define NEAR_DEPTH 64
#define INDENT_COUNT 2

struct writer {
    struct rp_buf *buf;
    bool pretty;
    const struct rp_json_known *known; /* NULL: none */
    const cJSON **open; /* containers being written, outermost first */
    size_t depth;
    size_t room;
    const cJSON *near[NEAR_DEPTH]; /* enough for most */
};

/* How a control character, quote or backslash is written. */
static void write_escaped(struct rp_buf *buf, unsigned char c)
{
    static const char hex[] = "0123456789abcdef";
    static const char names[] = "\"\\\b\f\n\r\t";
    static const char letters[] = "\"\\bfnrt";
    const char *name = c == 0 ? NULL : strchr(names, c);
    if (name != NULL) {
        rp_buf_add(
            buf, (struct rp_str){(char[]){'\\', letters[name - names]}, 2});
        return;
    }
    char text[] = {'\\', 'u', '0', '0', hex[c >> 4], hex[c & 15]};
    rp_buf_add(buf, (struct rp_str){text, sizeof(text)});
}

/* One byte or character that is not plain ASCII; returns behind it. */
static const char *write_special(
    struct rp_buf *buf, const char *at, const char *end)
{
    unsigned char byte = (unsigned char)*at;
    if (byte < 0x80) {
        write_escaped(buf, byte);
        return at + 1;
    }
    if (byte == 0xc0 && end - at > 1 && at[1] == (char)0x80) {
        write_escaped(buf, 0);
        return at + 2;
    }
    bool cut;
    rp_buf_add(buf, RP_STR("\xef\xbf\xbd"));
    if (rp__json_char_bytes(at, end, &cut) == 0 && cut) {
        return end; /* one character, cut off by the end */
    }
    return at + 1;
}

void rp_json_write_string(struct rp_buf *buf, struct rp_str text)
{
    const char *at = text.len == 0 ? "" : text.ptr;
    const char *end = at + text.len;
    rp_buf_add_char(buf, '"');
    while (at < end) {
        const char *run = at;
        at = rp__json_sound_end(run, end);
        rp_buf_add(buf, (struct rp_str){run, (size_t)(at - run)});
        if (at < end) {
            at = write_special(buf, at, end);
        }
    }
    rp_buf_add_char(buf, '"');
}

static void write_leaf(struct rp_buf *buf, const cJSON *node)
{
    char scratch[32];
    if (cJSON_IsString(node)) {
        rp_json_write_string(buf, rp__json_held(node));
    } else if (cJSON_IsNumber(node)) {
        rp_buf_add(buf, rp_json_number_text(node, scratch));
    } else if (cJSON_IsTrue(node)) {
        rp_buf_add(buf, RP_STR("true"));
    } else if (cJSON_IsFalse(node)) {
        rp_buf_add(buf, RP_STR("false"));
    } else {
        rp_buf_add(buf, RP_STR("null")); /* raw and invalid nodes as well */
    }
}

static bool is_container(const cJSON *node)
{
    return cJSON_IsObject(node) || cJSON_IsArray(node);
}

static void begin_line(struct writer *w)
{
    if (w->pretty) {
        rp_buf_add_char(w->buf, '\n');
        for (size_t i = 0; i < w->depth * INDENT_COUNT; i++) {
            rp_buf_add_char(w->buf, ' ');
        }
    }
}

static void push(struct writer *w, const cJSON *node)
{
    if (w->depth == w->room) {
        w->room *= 2;
        if (w->open == w->near) {
            w->open = rp_mem_array(w->room, sizeof(const cJSON *));
            memcpy(w->open, w->near, sizeof(w->near));
        } else {
            w->open = rp_mem_grow(w->open, w->room, sizeof(const cJSON *));
        }
    }
    w->open[w->depth++] = node;
}

static bool write_known(struct writer *w, const cJSON *node)
{
    struct rp_str text;
    if (w->known == NULL || (node->type & cJSON_IsReference) == 0 ||
        !w->known->find(w->known->context, node->child, &text)) {
        return false;
    }
    rp_buf_add(w->buf, text);
    return true;
}

/* Up to the first thing that closes: a leaf, or an empty container. */
static const cJSON *write_down(struct writer *w, const cJSON *node)
{
    for (;;) {
        if (w->depth > 0 && cJSON_IsObject(w->open[w->depth - 1])) {
            rp_json_write_string(w->buf, rp_str_of(node->string));
            rp_buf_add_text(w->buf, w->pretty ? ": " : ":");
        }
        if (write_known(w, node)) {
            return node;
        }
        if (!is_container(node)) {
            write_leaf(w->buf, node);
            return node;
        }
        if (node->child == NULL) {
            rp_buf_add_text(w->buf, cJSON_IsObject(node) ? "{}" : "[]");
            return node;
        }
        rp_buf_add_char(w->buf, cJSON_IsObject(node) ? '{' : '[');
        push(w, node);
        begin_line(w);
        node = node->child;
    }
}

/* Closes what ends with `node`; the one that comes next, NULL at the end. */
static const cJSON *write_up(struct writer *w, const cJSON *node)
{
    while (w->depth > 0 && node->next == NULL) {
        node = w->open[--w->depth];
        begin_line(w);
        rp_buf_add_char(w->buf, cJSON_IsObject(node) ? '}' : ']');
    }
    if (w->depth == 0) { /* `next` of the root is not ours */
        return NULL;
    }
    rp_buf_add_char(w->buf, ',');
    begin_line(w);
    return node->next;
}

static void write_tree(struct rp_buf *buf, const cJSON *node, bool pretty,
    const struct rp_json_known *known)
{
    RP_ASSERT(node != NULL);
    struct writer w = {
        .buf = buf, .pretty = pretty, .known = known, .room = NEAR_DEPTH};
    w.open = w.near;
    while (node != NULL && !buf->overflowed) {
        node = write_up(&w, write_down(&w, node));
    }
    if (w.open != w.near) {
        rp_mem_free(w.open);
    }
}

void rp_json_write_text(struct rp_buf *buf, const cJSON *node)
{
    write_tree(buf, node, false, NULL);
}

void rp_json_write_text_knowing(
    struct rp_buf *buf, const cJSON *node, const struct rp_json_known *known)
{
    write_tree(buf, node, false, known);
}

void rp_json_write_pretty(struct rp_buf *buf, const cJSON *node)
{
    write_tree(buf, node, true, NULL);
}
