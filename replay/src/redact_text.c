#include "redact_text.h"

#include <string.h>

/* What is left of standard error when its middle was cut out. */
static const char cut_mark[] = "\n[...]\n";
#define CUT_BYTES (sizeof(cut_mark) - 1)

struct rewriting {
    const struct rp__values *values;
    struct rp_str bytes; /* of the document */
    size_t copied;       /* of them, so far */
    struct rp_buf *out;
    bool plan, changed;
};

/* ---- documents ---- */

/* `end` exclusive; what stood between is replaced by `with`. */
static void splice(
    struct rewriting *w, size_t begin, size_t end, struct rp_str with)
{
    rp_buf_add(
        w->out, (struct rp_str){w->bytes.ptr + w->copied, begin - w->copied});
    rp_buf_add(w->out, with);
    w->copied = end;
    w->changed = true;
}

static size_t end_of_string(struct rp_str bytes, size_t begin)
{
    size_t at = begin + 1;
    while (bytes.ptr[at] != '"') {
        at += bytes.ptr[at] == '\\' ? 2 : 1;
    }
    return at + 1;
}

static void rewrite_string(
    struct rewriting *w, const char *text, size_t begin, size_t end, bool data)
{
    struct rp_buf token;
    rp_buf_init(&token, RP__REDACT_BYTES_MAX);
    bool changed = data ? rp__values_text(w->values, rp_str_of(text), &token)
                        : rp__values_bytes(w->values, rp_str_of(text), &token);
    if (changed) {
        struct rp_buf quoted;
        rp_buf_init(&quoted, RP__REDACT_BYTES_MAX);
        rp_json_write_string(&quoted, rp_buf_str(&token));
        splice(w, begin, end, rp_buf_str(&quoted));
        rp_buf_fini(&quoted);
    }
    rp_buf_fini(&token);
}

static void rewrite_scalar(struct rewriting *w, const cJSON *node, bool data)
{
    struct rp_json_extent extent = rp_json_extent_of(node);
    if (cJSON_IsString(node)) {
        rewrite_string(w, node->valuestring, extent.begin, extent.end, data);
    } else if (data && cJSON_IsNumber(node)) {
        char scratch[32];
        struct rp_buf token;
        rp_buf_init(&token, RP__REDACT_BYTES_MAX);
        if (rp__values_number(
                w->values, rp_json_number_text(node, scratch), &token)) {
            splice(w, extent.begin, extent.end, rp_buf_str(&token));
        }
        rp_buf_fini(&token);
    }
}

/* In a plan the documents that are given to workers or compared with theirs. */
static bool holds_data(const cJSON *node)
{
    static const char *const names[] = {
        "default", "const", "enum", "examples", "value"};
    for (size_t i = 0; node->string != NULL && i < RP_COUNT_OF(names); i++) {
        if (strcmp(node->string, names[i]) == 0) {
            return true;
        }
    }
    return false;
}

/* As deep as the reader allows. */
static void rewrite_node(struct rewriting *w, const cJSON *node, bool data)
{
    data = data || holds_data(node);
    rewrite_scalar(w, node, data);
    for (const cJSON *it = node->child; it != NULL; it = it->next) {
        if (it->string != NULL) {
            size_t begin = rp_json_extent_of(it).key_begin;
            rewrite_string(
                w, it->string, begin, end_of_string(w->bytes, begin), data);
        }
        rewrite_node(w, it, data);
    }
}

static bool rewrite_document(const struct rp__values *values,
    struct rp_str bytes, bool plan, struct rp_buf *out, bool *changed)
{
    struct rp_json_doc *doc = NULL;
    if (rp_json_read(&doc, bytes, NULL, NULL) != RP_OK) {
        return false;
    }
    struct rewriting w = {.values = values, .bytes = bytes, .out = out};
    rewrite_node(&w, rp_json_root(doc), !plan);
    rp_buf_add(
        out, (struct rp_str){bytes.ptr + w.copied, bytes.len - w.copied});
    rp_json_free(&doc);
    *changed = *changed || w.changed;
    return true;
}

/* ---- anything else ---- */

static size_t find_cut(struct rp_str text)
{
    for (size_t at = 0; at + CUT_BYTES <= text.len; at++) {
        if (memcmp(text.ptr + at, cut_mark, CUT_BYTES) == 0) {
            return at;
        }
    }
    return text.len;
}

/* The last value of a text may be cut as the whole is, those at a cut in its
 * middle, too. */
static bool rewrite_texts(
    const struct rp__values *values, struct rp_str text, struct rp_buf *out)
{
    bool changed = false;
    bool cut = false;
    for (;;) {
        size_t len = find_cut(text);
        struct rp_str piece = {text.ptr, len};
        changed |= rp__values_cut(values, piece, cut, true, out);
        if (len == text.len) {
            return changed;
        }
        rp_buf_add_text(out, cut_mark);
        text.ptr += len + CUT_BYTES;
        text.len -= len + CUT_BYTES;
        cut = true;
    }
}

static bool is_document(struct rp_str line)
{
    struct rp_json_doc *doc = NULL;
    struct rp_str text = rp_str_trim(line);
    bool good = text.len > 1 && strchr("{[\"", text.ptr[0]) != NULL &&
                rp_json_read(&doc, line, NULL, NULL) == RP_OK;
    rp_json_free(&doc);
    return good;
}

/* Lines that are documents as such, all between them as one text. */
static bool rewrite_lines(
    const struct rp__values *values, struct rp_str bytes, struct rp_buf *out)
{
    struct rp_str text = {bytes.ptr, 0};
    struct rp_str rest = bytes;
    bool changed = false;
    while (rest.len > 0) {
        const char *newline = memchr(rest.ptr, '\n', rest.len);
        size_t len =
            newline == NULL ? rest.len : (size_t)(newline - rest.ptr) + 1;
        struct rp_str line = {rest.ptr, len};
        rest.ptr += len;
        rest.len -= len;
        if (!is_document(line)) {
            text.len += len;
            continue;
        }
        changed |= text.len > 0 && rewrite_texts(values, text, out);
        (void)rewrite_document(values, line, false, out, &changed); /* is one */
        text = (struct rp_str){rest.ptr, 0};
    }
    return (text.len > 0 && rewrite_texts(values, text, out)) || changed;
}

bool rp__redact_bytes(
    const struct rp__values *values, struct rp_str bytes, struct rp_buf *out)
{
    bool changed = false;
    if (rewrite_document(values, bytes, false, out, &changed)) {
        return changed;
    }
    return rewrite_lines(values, bytes, out);
}

bool rp__redact_plan(
    const struct rp__values *values, struct rp_str bytes, struct rp_buf *out)
{
    bool changed = false;
    (void)rewrite_document(values, bytes, true, out, &changed); /* it is one */
    return changed;
}
