#include <reprise/span_capture.h>

#include <string.h>

#include <reprise/json.h>

#include "attr_tokens.h"
#include "span_attrs.h"
#include "reader_parts.h"

#define DEPTH_MAX 256
#define ELLIPSIS "\xE2\x80\xA6"
#define CONTENT_BYTES_MAX (512u << 20)

bool rp_capture_parse(struct rp_str text, enum rp_capture *out)
{
    static const char *const names[] = {
        [RP_CAPTURE_NONE] = "none",
        [RP_CAPTURE_PREVIEW] = "preview",
        [RP_CAPTURE_FULL] = "full",
    };
    for (size_t i = 0; i < RP_COUNT_OF(names); i++) {
        if (rp_str_is(text, names[i])) {
            *out = (enum rp_capture)i;
            return true;
        }
    }
    return false;
}

/* ---- previews ---- */

/* A walk through JSON that is known to be good; `safe` is the last place where
 * it can be cut, `safe_depth` what is to be closed there. */
struct walk {
    struct rp_str text;
    size_t at, safe;
    uint32_t depth, safe_depth;
    char closers[DEPTH_MAX];
};

static bool is_space(char c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

/* Behind the character or escape at `at`. */
static size_t behind_unit(struct rp_str text, size_t at)
{
    if (text.ptr[at] == '\\') {
        return at + (text.ptr[at + 1] == 'u' ? 6 : 2);
    }
    at++;
    while (at < text.len && ((unsigned char)text.ptr[at] & 0xC0) == 0x80) {
        at++;
    }
    return at;
}

static size_t behind_string(struct rp_str text, size_t at)
{
    at++;
    while (at < text.len && text.ptr[at] != '"') {
        at = behind_unit(text, at);
    }
    return at + 1;
}

/* Whether the walk can be cut where it is; remembers it. */
static bool is_within(struct walk *w, size_t end)
{
    if (end + w->depth > RP_CAPTURE_PREVIEW_BYTES_MAX) {
        return false;
    }
    w->safe = end;
    w->safe_depth = w->depth;
    return true;
}

/* Takes the next token; false: it does not fit, or there are too many in each
 * other. `*text_at` is where a string began that does not fit. */
static bool take(struct walk *w, size_t *text_at)
{
    char c = w->text.ptr[w->at];
    size_t end = w->at + 1;
    if (is_space(c) || c == ',' || c == ':') {
        w->at++;
        return true;
    }
    if (c == '{' || c == '[') {
        if (w->depth == DEPTH_MAX) {
            return false;
        }
        w->closers[w->depth++] = c == '{' ? '}' : ']';
    } else if (c == '}' || c == ']') {
        w->depth--;
    } else if (c == '"') {
        end = behind_string(w->text, w->at);
        size_t next = end;
        while (next < w->text.len && is_space(w->text.ptr[next])) {
            next++;
        }
        if (next < w->text.len && w->text.ptr[next] == ':') {
            w->at = next;
            return true; /* a key: it is cut with its value */
        }
        *text_at =
            end + w->depth > RP_CAPTURE_PREVIEW_BYTES_MAX ? w->at : *text_at;
    } else {
        while (end < w->text.len &&
               strchr(",]} \t\r\n", w->text.ptr[end]) == NULL) {
            end++;
        }
    }
    w->at = end;
    return is_within(w, end);
}

/* As much of the string at `at` as there is room for, with its quotes. */
static bool cut_string(struct rp_buf *out, const struct walk *w, size_t at)
{
    size_t extra = w->depth + strlen(ELLIPSIS) + 1;
    size_t end = at + 1;
    for (;;) {
        size_t next = behind_unit(w->text, end);
        bool low = next + 1 < w->text.len && w->text.ptr[end] == '\\' &&
                   w->text.ptr[end + 1] == 'u' && w->text.ptr[next] == '\\';
        next = low ? behind_unit(w->text, next) : next; /* maybe a pair */
        if (next + extra > RP_CAPTURE_PREVIEW_BYTES_MAX) {
            break;
        }
        end = next;
    }
    if (end <= at + 1) {
        return false;
    }
    rp_buf_add(out, (struct rp_str){w->text.ptr, end});
    rp_buf_add_text(out, ELLIPSIS "\"");
    return true;
}

static void preview_json(struct rp_buf *out, struct rp_str text)
{
    struct walk w = {.text = text};
    size_t text_at = SIZE_MAX;
    while (w.at < text.len && take(&w, &text_at)) {
    }
    uint32_t depth = w.depth;
    if (text_at == SIZE_MAX || !cut_string(out, &w, text_at)) {
        rp_buf_add(out, (struct rp_str){text.ptr, w.safe});
        depth = w.safe_depth;
    }
    while (depth > 0) {
        rp_buf_add_char(out, w.closers[--depth]);
    }
}

static void preview_text(struct rp_buf *out, struct rp_str text)
{
    size_t before = out->len;
    size_t len = text.len < RP_CAPTURE_PREVIEW_BYTES_MAX
                     ? text.len
                     : RP_CAPTURE_PREVIEW_BYTES_MAX;
    for (;;) { /* escapes make it longer */
        out->len = before;
        while (len > 0 && len < text.len &&
               ((unsigned char)text.ptr[len] & 0xC0) == 0x80) {
            len--;
        }
        rp_json_write_string(out, (struct rp_str){text.ptr, len});
        if (out->len - before <= RP_CAPTURE_PREVIEW_BYTES_MAX) {
            return;
        }
        len = len * 3 / 4;
    }
}

void rp_capture_preview(struct rp_buf *out, struct rp_str text)
{
    struct rp_json_doc *doc = NULL;
    if (rp_json_read(&doc, text, NULL, NULL) != RP_OK) {
        preview_text(out, text);
    } else if (text.len <= RP_CAPTURE_PREVIEW_BYTES_MAX) {
        rp_buf_add(out, text);
    } else {
        preview_json(out, text);
    }
    rp_json_free(&doc);
}

/* ---- spans ---- */

struct content {
    enum rp__key digest, content;
};
static const struct content contents[] = {
    {RP__KEY_INPUT_DIGEST, RP__KEY_INPUT_CONTENT},
    {RP__KEY_OUTPUT_DIGEST, RP__KEY_OUTPUT_CONTENT},
    {RP__KEY_STDERR_DIGEST, RP__KEY_STDERR_CONTENT},
};

static bool find_digest(
    struct rp_digest *out, const struct rp__tokens *tokens, enum rp__key key)
{
    for (uint32_t i = 0; i + 1 < tokens->count; i++) {
        const struct rp__token *name = &tokens->items[i];
        if (name->kind == RP__TOKEN_KEY &&
            rp_str_is(name->text, rp__key_name(key)) &&
            name[1].kind == RP__TOKEN_TEXT) {
            return rp_digest_parse(name[1].text, out);
        }
    }
    return false;
}

static enum rp_code add_content(struct rp_buf *out, struct rp_reader *reader,
    const struct rp_digest *digest, enum rp_capture capture, struct rp_err *err)
{
    char *bytes = NULL;
    size_t len = 0;
    enum rp_code rc = rp_reader_payload(&bytes, &len, reader, digest, err);
    if (rc == RP_OK && capture == RP_CAPTURE_FULL) {
        rp_json_write_string(out, (struct rp_str){bytes, len});
    } else if (rc == RP_OK) {
        struct rp_buf preview;
        rp_buf_init(&preview, CONTENT_BYTES_MAX);
        rp_capture_preview(&preview, (struct rp_str){bytes, len});
        rp_json_write_string(out, rp_buf_str(&preview));
        rp_buf_fini(&preview);
    }
    rp_mem_free(bytes);
    return rc;
}

/* `tokens` are those of the attributes as they are in the store. */
static enum rp_code add_contents(struct rp_buf *out,
    const struct rp__tokens *tokens, struct rp_reader *reader,
    enum rp_capture capture, struct rp_err *err)
{
    enum rp_code rc = RP_OK;
    for (size_t i = 0; i < RP_COUNT_OF(contents) && rc == RP_OK; i++) {
        struct rp_digest digest;
        if (!find_digest(&digest, tokens, contents[i].digest)) {
            continue;
        }
        size_t before = out->len;
        rp_buf_addf(out, ",\"%s\":", rp__key_name(contents[i].content));
        rc = add_content(out, reader, &digest, capture, err);
        if (rc == RP_E_NOT_FOUND) {
            out->len = before;
            rp_err_clear(err);
            rc = RP_OK;
        }
    }
    return rc;
}

static enum rp_code add_captured(struct rp_span *copy, struct rp_arena *arena,
    struct rp_reader *reader, enum rp_capture capture, struct rp_err *err)
{
    struct rp__tokens tokens = {.items = NULL};
    enum rp_code rc = RP_OK;
    if (rp__tokens_read(&tokens, copy->attributes) && tokens.count > 0) {
        struct rp_str old = copy->attributes;
        struct rp_buf attributes;
        rp_buf_init(&attributes, CONTENT_BYTES_MAX);
        rp_buf_add(&attributes, (struct rp_str){old.ptr, old.len - 1});
        rc = add_contents(&attributes, &tokens, reader, capture, err);
        rp_buf_add_char(&attributes, '}');
        if (rc == RP_OK && attributes.overflowed) {
            rc = rp_err_set(err, RP_E_LIMIT,
                "the contents of a span are more than %u bytes",
                CONTENT_BYTES_MAX);
        }
        if (rc == RP_OK) {
            copy->attributes = (struct rp_str){
                rp_arena_dup(arena, rp_buf_str(&attributes)), attributes.len};
        }
        rp_buf_fini(&attributes);
    }
    rp__tokens_fini(&tokens);
    return rc;
}

enum rp_code rp_span_capture(struct rp_span **out, struct rp_arena *arena,
    struct rp_reader *reader, enum rp_capture capture,
    const struct rp_span *span, struct rp_err *err)
{
    struct rp_span *copy = rp_span_copy(arena, span);
    const struct rp_digest *key = NULL;
    enum rp_code rc = RP_OK;
    if (span->origin == NULL) {
        rc = rp_reader_digest_key(&key, reader, err);
        if (rc == RP_OK && capture != RP_CAPTURE_NONE) {
            rc = add_captured(copy, arena, reader, capture, err);
        }
        if (rc == RP_OK) {
            rp__span_keyed(copy, arena, key, &reader->keyed);
        }
    }
    if (rc == RP_OK) {
        *out = copy;
    }
    return rc;
}
