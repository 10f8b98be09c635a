/* What is written quickly is what is written otherwise. Attributes with a space
 * in front are never written quickly, and mean the same. */
#include <reprise/otlp_proto.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include <reprise/mem.h>

#include "otlp_quick.h"

#define ROUNDS 2000
#define SPANS 24
#define BYTES_MAX (16u << 20)

static const struct rp_otlp_resource resource = {.service_name = {"test", 4}};
static const struct rp_session_head head = {
    .trace = {{1, 2, 3}}, .sampled = true};

/* ---- writing ---- */

struct list {
    struct rp_arena *arena;
    const struct rp_span *spans[SPANS];
    uint32_t count;
};

/* In memory of its own size, so that reading past it is seen. */
static void add(struct list *list, struct rp_str attributes, bool slow)
{
    struct rp_span span = {.number = list->count + 1,
        .kind = RP_SPAN_CLIENT,
        .role = (enum rp_span_role)(list->count % RP_SPAN_OTHER),
        .ended = true,
        .start_unix_ns = 1000,
        .end_unix_ns = 2000 + list->count,
        .id = {{9, 8, 7, (uint8_t)list->count}},
        .name = RP_STR("a name"),
        .attributes = attributes};
    if (slow) {
        span.attributes = rp_str_of(rp_arena_printf(
            list->arena, " %.*s", (int)attributes.len, attributes.ptr));
        struct rp_span *copy = rp_arena_alloc(list->arena, sizeof(*copy));
        *copy = span;
        list->spans[list->count++] = copy;
    } else {
        list->spans[list->count++] = rp_span_copy(list->arena, &span);
    }
}

static void write_list(struct rp_pb *out, const struct list *list)
{
    rp_pb_init(out, BYTES_MAX);
    rp_otlp_proto_write(out, &resource, &head, list->spans, list->count);
    assert_false(out->overflowed);
}

static void assert_same(const struct rp_str *attributes, uint32_t count)
{
    struct list quick = {.arena = rp_arena_new(0)};
    struct list slow = {.arena = rp_arena_new(0)};
    struct rp_pb a, b;
    for (uint32_t i = 0; i < count; i++) {
        add(&quick, attributes[i], false);
        add(&slow, attributes[i], true);
    }
    write_list(&a, &quick);
    write_list(&b, &slow);
    struct rp_str x = rp_pb_str(&a);
    struct rp_str y = rp_pb_str(&b);
    if (!rp_str_equal(x, y)) {
        for (uint32_t i = 0; i < count; i++) {
            print_error("%.*s\n", (int)attributes[i].len, attributes[i].ptr);
        }
        fail_msg("%zu bytes and %zu bytes are not the same", x.len, y.len);
    }
    rp_pb_fini(&a);
    rp_pb_fini(&b);
    rp_arena_free(&quick.arena);
    rp_arena_free(&slow.arena);
}

static bool is_quick(const char *attributes)
{
    struct rp__otlp_quick *quick = rp__otlp_quick_new();
    struct rp_pb out;
    rp_pb_init(&out, BYTES_MAX);
    bool good = rp__otlp_quick_write(quick, &out, 9, 0, rp_str_of(attributes));
    assert_true(good || rp_pb_str(&out).len == 0);
    rp_pb_fini(&out);
    rp__otlp_quick_free(&quick);
    return good;
}

/* ---- chance ---- */

static uint64_t chance_state;

static uint64_t chance(uint64_t below)
{
    chance_state ^= chance_state << 13;
    chance_state ^= chance_state >> 7;
    chance_state ^= chance_state << 17;
    return chance_state % below;
}

static void add_text(struct rp_buf *out)
{
    static const size_t lengths[] = {
        0, 1, 5, 7, 15, 16, 17, 31, 32, 33, 48, 64, 100, 126, 127, 128, 400};
    size_t len = lengths[chance(RP_COUNT_OF(lengths))];
    rp_buf_add_char(out, '"');
    for (size_t i = 0; i < len; i++) {
        rp_buf_add_char(out, (char)('a' + i % 26));
    }
    if (chance(8) == 0) {
        static const char *const rare[] = {"\xC3\xA4", "\xF0\x9F\x98\x80",
            "\xFF", "\\n", "\\u00e4", "\\\"", "\x7F", "{}", ",", ":"};
        rp_buf_add_text(out, rare[chance(RP_COUNT_OF(rare))]);
    }
    rp_buf_add_char(out, '"');
}

static void add_list(struct rp_buf *out)
{
    uint64_t count = chance(4);
    rp_buf_add_char(out, '[');
    for (uint64_t i = 0; i < count; i++) {
        rp_buf_add_text(out, i == 0 ? "" : ",");
        add_text(out);
    }
    rp_buf_add_char(out, ']');
}

static void add_value(struct rp_buf *out)
{
    static const char *const fixed[] = {"0", "1", "-1", "127", "128", "16383",
        "16384", "9999999", "12345678", "123456789012345678",
        "9223372036854775807", "-9223372036854775808", "18446744073709551615",
        "-0", "0.0", "-0.0", "0.25", "1234567.1234567", "12345678.5", "0.1",
        "123456789.123456789", "0.12345678901234567", "1e5", "1.5e-7", "true",
        "false", "null", "{}", "{\"a\":1}", "{\"$double\":\"NaN\"}",
        "{\"$bytes\":\"AAE=\"}", "[1,2]", "[[]]"};
    switch (chance(4)) {
    case 0:
        rp_buf_add_text(out, fixed[chance(RP_COUNT_OF(fixed))]);
        break;
    case 1:
        add_text(out);
        break;
    case 2:
        rp_buf_add_u64(out, chance(UINT64_C(1) << chance(40)));
        break;
    default:
        if (chance(4) == 0) {
            add_list(out);
        } else { /* seldom another one than before */
            rp_buf_addf(out, "\"value %u\"", chance(9) == 0);
        }
        break;
    }
}

static void add_object(struct rp_buf *out, uint64_t keys)
{
    uint64_t count = chance(12);
    rp_buf_add_char(out, '{');
    for (uint64_t i = 0; i < count; i++) {
        uint64_t key = chance(6) == 0 ? chance(keys) : i;
        rp_buf_addf(out, "%s\"", i == 0 ? "" : ",");
        for (uint64_t k = key % 50; k > 0; k--) {
            rp_buf_add_char(out, 'k');
        }
        rp_buf_addf(out, "%llu\":", (unsigned long long)key);
        add_value(out);
    }
    rp_buf_add_char(out, '}');
}

/* ---- tests ---- */

static void random_attributes_are_written_as_the_slow_way_writes_them(
    void **state)
{
    (void)state;
    chance_state = UINT64_C(0x9E3779B97F4A7C15);
    for (int round = 0; round < ROUNDS; round++) {
        struct rp_buf texts[SPANS];
        struct rp_str attributes[SPANS];
        uint64_t keys = chance(5) == 0 ? 1000 : 12;
        for (uint32_t i = 0; i < SPANS; i++) {
            rp_buf_init(&texts[i], BYTES_MAX);
            add_object(&texts[i], keys);
            attributes[i] = rp_buf_str(&texts[i]);
        }
        assert_same(attributes, SPANS);
        for (uint32_t i = 0; i < SPANS; i++) {
            rp_buf_fini(&texts[i]);
        }
    }
}

static void a_text_that_was_cut_anywhere_is_no_object_either_way(void **state)
{
    static const char text[] =
        "{\"key\":\"a value that is longer than a block of bytes\",\"number\":"
        "1234567890,\"list\":[\"a\",\"b\"],\"cost\":1.25,\"yes\":true,"
        "\"a.key.that.is.longer.than.most\":\"\xC3\xA4\",\"last\":-5}";
    (void)state;
    for (size_t len = 0; len <= sizeof(text) - 1; len++) {
        struct rp_str both[] = {{text, len}, {text, sizeof(text) - 1},
            {text, len}}; /* also when its keys and values are known */
        assert_same(both, RP_COUNT_OF(both));
    }
}

static void one_byte_that_is_another_is_seen(void **state)
{
    static const char text[] = "{\"a\":\"xyz\",\"b\":12,\"c\":[\"d\"],"
                               "\"e\":0.5,\"f\":false}";
    static const char others[] = "\"\\{}[],:.-0 \x01\x80\xC3?e";
    (void)state;
    for (size_t at = 0; at < sizeof(text) - 1; at++) {
        for (size_t i = 0; i < sizeof(others) - 1; i++) {
            char changed[sizeof(text)];
            memcpy(changed, text, sizeof(text));
            changed[at] = others[i];
            struct rp_str list[] = {{text, sizeof(text) - 1},
                {changed, sizeof(text) - 1}, {text, sizeof(text) - 1}};
            assert_same(list, RP_COUNT_OF(list));
        }
    }
}

static void the_usual_is_quick(void **state)
{
    (void)state;
    assert_true(is_quick("{}"));
    assert_true(is_quick("{\"a\":\"text\",\"b\":-12,\"c\":0.125,\"d\":true}"));
    assert_true(is_quick("{\"reprise.input.from\":[\"gather\",\"\xC3\xA4\"]}"));
    assert_true(is_quick("{\"reprise.path\":\"gather/\xC3\xA4@2\"}"));
    assert_false(is_quick("{\"a\":\"\\n\"}"));
    assert_false(is_quick("{\"a\":{\"b\":1}}"));
    assert_false(is_quick("{\"a\":\"\xFF\"}"));
    assert_false(is_quick(""));
    assert_false(is_quick("{"));
    assert_false(is_quick("[]"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(
            random_attributes_are_written_as_the_slow_way_writes_them),
        cmocka_unit_test(a_text_that_was_cut_anywhere_is_no_object_either_way),
        cmocka_unit_test(one_byte_that_is_another_is_seen),
        cmocka_unit_test(the_usual_is_quick),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
