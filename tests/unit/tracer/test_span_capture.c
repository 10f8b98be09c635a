/* Previews: short, and JSON whatever they are cut from. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <reprise/json.h>
#include <reprise/rng.h>
#include <reprise/span_capture.h>

static struct rp_str preview_of(struct rp_buf *out, struct rp_str text)
{
    rp_buf_reset(out);
    rp_capture_preview(out, text);
    return rp_buf_str(out);
}

static void is_short_json(struct rp_str preview)
{
    struct rp_json_doc *doc = NULL;
    assert_true(preview.len <= RP_CAPTURE_PREVIEW_BYTES_MAX);
    if (rp_json_read(&doc, preview, NULL, NULL) != RP_OK) {
        fail_msg("no JSON: %.*s", RP_STR_ARG(preview));
    }
    rp_json_free(&doc);
}

static void what_is_short_stays_as_it_is(void **state)
{
    (void)state;
    struct rp_buf out;
    rp_buf_init(&out, 1u << 20);
    assert_true(rp_str_is(
        preview_of(&out, RP_STR("{ \"a\": [1, 2] }")), "{ \"a\": [1, 2] }"));
    assert_true(rp_str_is(
        preview_of(&out, RP_STR("no \"JSON\"")), "\"no \\\"JSON\\\"\""));
    assert_true(rp_str_is(preview_of(&out, RP_STR("")), "\"\""));
    rp_buf_fini(&out);
}

static void a_long_string_is_cut_and_ends_with_an_ellipsis(void **state)
{
    (void)state;
    struct rp_buf text, out;
    rp_buf_init(&text, 1u << 20);
    rp_buf_init(&out, 1u << 20);
    rp_buf_add_text(&text, "{\"list\":[{\"k\":1},{\"long\":\"");
    for (int i = 0; i < 1000; i++) {
        rp_buf_add_text(&text, "\\uD83D\\uDE00\xC3\xA4");
    }
    rp_buf_add_text(&text, "\"}],\"after\":true}");
    struct rp_str preview = preview_of(&out, rp_buf_str(&text));
    is_short_json(preview);
    assert_true(preview.len > RP_CAPTURE_PREVIEW_BYTES_MAX - 20);
    assert_true(rp_str_ends(preview, RP_STR("\xE2\x80\xA6\"}]}")));
    rp_buf_fini(&text);
    rp_buf_fini(&out);
}

static void text_that_is_no_json_is_cut_as_a_string(void **state)
{
    (void)state;
    struct rp_buf text, out;
    rp_buf_init(&text, 1u << 20);
    rp_buf_init(&out, 1u << 20);
    for (int i = 0; i < 3000; i++) {
        rp_buf_add_text(&text, "\x01\xFF\xC3\xA4");
    }
    is_short_json(preview_of(&out, rp_buf_str(&text)));
    assert_true(out.len > RP_CAPTURE_PREVIEW_BYTES_MAX / 2);
    rp_buf_fini(&text);
    rp_buf_fini(&out);
}

/* A value of random shape. */
static void add_random(struct rp_buf *out, uint64_t seed)
{
    uint32_t drawn = 0;
    uint32_t depth = 0;
    char closers[64];
    rp_buf_add_text(out, "[0");
    closers[depth++] = ']';
    while (out->len < 6000) {
        bool map = closers[depth - 1] == '}';
        uint64_t what = rp_draw(seed, RP_STR("preview"), "shape", drawn++) % 8;
        if (what < 2 && depth > 1) {
            rp_buf_add_char(out, closers[--depth]);
            continue;
        }
        rp_buf_add_text(out, map ? ",\"key\\\"\":" : " , ");
        if (what < 5 && depth < 60) {
            bool inner = what == 3;
            rp_buf_add_text(out, inner ? "{\"a\":null" : "[ 1");
            closers[depth++] = inner ? '}' : ']';
        } else {
            rp_buf_add_text(out, what == 6   ? "\"t\\\\\\\"\xE2\x82\xAC\\n\""
                                 : what == 7 ? "-12.5e+3"
                                             : "true");
        }
    }
    while (depth > 0) {
        rp_buf_add_char(out, closers[--depth]);
    }
}

static void whatever_is_cut_is_json_again(void **state)
{
    (void)state;
    struct rp_buf text, out;
    rp_buf_init(&text, 1u << 20);
    rp_buf_init(&out, 1u << 20);
    for (uint64_t seed = 1; seed <= 300; seed++) {
        rp_buf_reset(&text);
        add_random(&text, seed);
        struct rp_json_doc *doc = NULL;
        assert_int_equal(
            rp_json_read(&doc, rp_buf_str(&text), NULL, NULL), RP_OK);
        rp_json_free(&doc);
        struct rp_str preview = preview_of(&out, rp_buf_str(&text));
        is_short_json(preview);
        assert_true(preview.len > RP_CAPTURE_PREVIEW_BYTES_MAX - 200);
    }
    rp_buf_fini(&text);
    rp_buf_fini(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_short_stays_as_it_is),
        cmocka_unit_test(a_long_string_is_cut_and_ends_with_an_ellipsis),
        cmocka_unit_test(text_that_is_no_json_is_cut_as_a_string),
        cmocka_unit_test(whatever_is_cut_is_json_again),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
