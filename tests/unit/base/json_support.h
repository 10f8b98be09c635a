/* json_support.h - reading in tests: what must be read, and what must not. */
#ifndef RP_TESTS_JSON_SUPPORT_H
#define RP_TESTS_JSON_SUPPORT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include <reprise/json.h>
#include <reprise/json_diff.h>
#include <reprise/mem.h>

#define TEXT_MAX ((size_t)256 << 20)

static inline struct rp_json_doc *read_str(struct rp_str text)
{
    struct rp_json_doc *doc = NULL;
    struct rp_json_error error;
    if (rp_json_read(&doc, text, NULL, &error) != RP_OK) {
        fail_msg("'%.*s' at %zu: %s", RP_STR_ARG(text), error.place.byte,
            error.message);
    }
    return doc;
}

static inline struct rp_json_doc *read_text(const char *text)
{
    return read_str(rp_str_of(text));
}

typedef void write_form(struct rp_buf *buf, const cJSON *node);

static inline void assert_form(
    write_form *write, const cJSON *node, const char *expected)
{
    struct rp_buf buf;
    rp_buf_init(&buf, TEXT_MAX);
    write(&buf, node);
    assert_false(buf.overflowed);
    assert_string_equal(rp_buf_str(&buf).ptr, expected);
    rp_buf_fini(&buf);
}

static inline void assert_text(const cJSON *node, const char *expected)
{
    assert_form(rp_json_write_text, node, expected);
}

static inline void assert_key(const char *text, const char *expected)
{
    struct rp_json_doc *doc = read_text(text);
    assert_form(rp_json_write_key, rp_json_root(doc), expected);
    rp_json_free(&doc);
}

#endif
