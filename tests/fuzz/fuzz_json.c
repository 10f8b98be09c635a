/* Whatever is read can be written in each form and read again, and is the
 * same. Whatever is called truncated can be completed, and every beginning of
 * a document is a document or is called truncated. */
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <reprise/err.h>
#include <reprise/json.h>
#include <reprise/json_diff.h>
#include <reprise/mem.h>

#define FORM_BYTES_MAX ((size_t)64 << 20)
#define CUT_BYTES_MAX 200 /* longer inputs are not cut, nor completed */

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

typedef void write_form(struct rp_buf *buf, const cJSON *node);

static void try_form(const cJSON *root, write_form *write)
{
    struct rp_buf form;
    struct rp_buf again;
    struct rp_json_doc *doc = NULL;
    rp_buf_init(&form, FORM_BYTES_MAX);
    rp_buf_init(&again, FORM_BYTES_MAX);
    write(&form, root);
    RP_ASSERT(!form.overflowed);
    RP_ASSERT(rp_json_read(&doc, rp_buf_str(&form), NULL, NULL) == RP_OK);
    RP_ASSERT(rp_json_key_equal(root, rp_json_root(doc)));
    struct rp_digest read = rp_json_key_digest(root);
    struct rp_digest written = rp_json_key_digest(rp_json_root(doc));
    RP_ASSERT(rp_digest_equal(&read, &written));
    write(&again, rp_json_root(doc));
    RP_ASSERT(rp_str_equal(rp_buf_str(&form), rp_buf_str(&again)));
    rp_json_free(&doc);
    rp_buf_fini(&again);
    rp_buf_fini(&form);
}

static void try_copy(const cJSON *root)
{
    cJSON *copy = rp_json_copy(root);
    RP_ASSERT(rp_json_key_equal(copy, root));
    cJSON_Delete(copy);
}

static enum rp_code read_only(struct rp_str bytes,
    const struct rp_json_options *options, struct rp_json_error *error)
{
    struct rp_json_doc *doc = NULL;
    enum rp_code code = rp_json_read(&doc, bytes, options, error);
    rp_json_free(&doc);
    return code;
}

static void try_beginnings(
    struct rp_str bytes, const struct rp_json_options *options)
{
    for (size_t len = 0; len < bytes.len && len <= CUT_BYTES_MAX; len++) {
        struct rp_json_error error;
        char *exact = rp_mem_dup((struct rp_str){bytes.ptr, len});
        struct rp_str beginning = {exact, len};
        if (read_only(beginning, options, &error) != RP_OK) {
            RP_ASSERT(error.truncated);
            RP_ASSERT(error.place.byte == len);
        }
        rp_mem_free(exact);
    }
}

/* What ends things, the inner ones first: strings before containers. */
static const char *const ends[] = {"\"", "}", "]", ":", "0", "c", "\\", "u",
    "d", "e", "l", "s", "a", "r", "\x80", "\x90", "\xa0", "\xbf", "*"};

/* Adds `text` if the bytes are whole or cut short then. */
static bool add_if_sound(struct rp_buf *buf, const char *text,
    const struct rp_json_options *options, enum rp_code *code,
    struct rp_json_error *error)
{
    size_t len = buf->len;
    struct rp_json_error now;
    rp_buf_add_text(buf, text);
    *code = read_only(rp_buf_str(buf), options, &now);
    if (*code == RP_E_INVALID && !now.truncated) {
        buf->len = len;
        return false;
    }
    *error = now;
    return true;
}

static enum rp_code add_end(struct rp_buf *buf,
    const struct rp_json_options *options, struct rp_json_error *error)
{
    enum rp_code code;
    bool in_comment = strstr(error->message, "comment") != NULL;
    bool on_line = buf->len > 0 && buf->ptr[buf->len - 1] != '\n';
    if ((on_line && add_if_sound(buf, "\n", options, &code, error)) ||
        (in_comment && add_if_sound(buf, "*/", options, &code, error))) {
        return code;
    }
    for (size_t i = 0; i < RP_COUNT_OF(ends); i++) {
        if (add_if_sound(buf, ends[i], options, &code, error)) {
            return code;
        }
    }
    error->truncated = false; /* nothing continues it */
    return RP_E_INVALID;
}

static void try_to_complete(struct rp_str bytes,
    const struct rp_json_options *options, const struct rp_json_error *why)
{
    struct rp_buf buf;
    struct rp_json_error error = *why;
    enum rp_code code = RP_E_INVALID;
    rp_buf_init(&buf, FORM_BYTES_MAX);
    rp_buf_add(&buf, bytes);
    for (size_t i = 0; code == RP_E_INVALID && i < 8 * bytes.len + 16; i++) {
        RP_ASSERT(error.truncated);
        code = add_end(&buf, options, &error);
    }
    RP_ASSERT(code != RP_E_INVALID);
    rp_buf_fini(&buf);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct rp_str bytes = {(const char *)data, size};
    for (int comments = 0; comments < 2; comments++) {
        struct rp_json_options options = RP_JSON_OPTIONS_INIT;
        options.comments = comments == 1;
        struct rp_json_doc *doc = NULL;
        struct rp_json_error error = {.message = ""};
        enum rp_code code = rp_json_read(&doc, bytes, &options, &error);
        if (code == RP_OK) {
            try_form(rp_json_root(doc), rp_json_write_text);
            try_form(rp_json_root(doc), rp_json_write_key);
            try_form(rp_json_root(doc), rp_json_write_pretty);
            try_copy(rp_json_root(doc));
            rp_json_free(&doc);
            try_beginnings(bytes, &options);
            continue;
        }
        RP_ASSERT(error.message[0] != '\0');
        RP_ASSERT(rp_utf8_valid(rp_str_of(error.message), NULL));
        RP_ASSERT(error.place.byte <= size);
        if (error.truncated && size <= CUT_BYTES_MAX) {
            try_to_complete(bytes, &options, &error);
        }
    }
    return 0;
}
