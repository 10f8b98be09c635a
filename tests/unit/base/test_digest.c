#include <reprise/digest.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include <reprise/attr.h>

static void digests_are_sha_256(void **state)
{
    (void)state;
    char hex[RP_DIGEST_HEX_LEN + 1];
    struct rp_digest empty = rp_digest_of((struct rp_str){NULL, 0});
    rp_digest_hex(&empty, hex);
    assert_string_equal(hex, "e3b0c44298fc1c149afbf4c8996fb924"
                             "27ae41e4649b934ca495991b7852b855");
    struct rp_digest abc = rp_digest_of(RP_STR("abc"));
    rp_digest_hex(&abc, hex);
    assert_string_equal(hex, "ba7816bf8f01cfea414140de5dae2223"
                             "b00361a396177a9cb410ff61f20015ad");
    assert_false(rp_digest_equal(&empty, &abc));
}

/* Test cases 1, 2 and 6 of RFC 4231. */
static void keyed_digests_are_hmac_sha_256(void **state)
{
    char key[131];
    memset(key, 0xaa, sizeof(key));
    const struct {
        struct rp_str key, text;
        const char *hex;
    } cases[] = {
        {RP_STR("\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b"
                "\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b"),
            RP_STR("Hi There"),
            "b0344c61d8db38535ca8afceaf0bf12b"
            "881dc200c9833da726e9376c2e32cff7"},
        {RP_STR("Jefe"), RP_STR("what do ya want for nothing?"),
            "5bdcc146bf60754e6a042426089575c7"
            "5a003f089d2739839dec58b964ec3843"},
        {{key, sizeof(key)},
            RP_STR("Test Using Larger Than Block-Size Key - Hash Key First"),
            "60e431591ee0b67f0d8a26aacbf5b77f"
            "8e0bc6213728c5140546040f0ee37f54"},
    };
    (void)state;
    for (size_t i = 0; i < RP_COUNT_OF(cases); i++) {
        char hex[RP_DIGEST_HEX_LEN + 1];
        struct rp_str rest = cases[i].text;
        const struct rp_str pieces[] = {
            {rest.ptr, 3}, {NULL, 0}, {rest.ptr + 3, rest.len - 3}};
        struct rp_digest keyed =
            rp_digest_keyed(cases[i].key, pieces, RP_COUNT_OF(pieces));
        rp_digest_hex(&keyed, hex);
        assert_string_equal(hex, cases[i].hex);
    }
}

static void pieces_give_the_digest_of_the_whole(void **state)
{
    (void)state;
    char text[300];
    for (size_t i = 0; i < sizeof(text); i++) {
        text[i] = (char)i;
    }
    struct rp_digest whole = rp_digest_of((struct rp_str){text, sizeof(text)});
    struct rp_digester *digester = rp_digester_new();
    for (size_t piece = 1; piece < sizeof(text); piece += 17) {
        rp_digester_begin(digester);
        for (size_t at = 0; at < sizeof(text); at += piece) {
            size_t left = sizeof(text) - at;
            rp_digester_add(digester,
                (struct rp_str){text + at, left < piece ? left : piece});
        }
        struct rp_digest pieces = rp_digester_end(digester);
        assert_true(rp_digest_equal(&whole, &pieces));
    }
    rp_digester_free(&digester);
    assert_null(digester);
    rp_digester_free(&digester);
}

static void digests_interleave(void **state)
{
    (void)state;
    struct rp_digester *digester = rp_digester_new();
    rp_digester_begin(digester);
    rp_digester_add(digester, RP_STR("ab"));
    struct rp_digest between = rp_digest_of(RP_STR("other"));
    rp_digester_add(digester, RP_STR("c"));
    struct rp_digest pieces = rp_digester_end(digester);
    struct rp_digest whole = rp_digest_of(RP_STR("abc"));
    assert_true(rp_digest_equal(&pieces, &whole));
    assert_false(rp_digest_equal(&between, &whole));
    rp_digester_free(&digester);
}

static void the_text_of_a_digest_reads_back(void **state)
{
    (void)state;
    char hex[RP_DIGEST_HEX_LEN + 1];
    struct rp_digest abc = rp_digest_of(RP_STR("abc"));
    struct rp_digest back = {{0}};
    rp_digest_hex(&abc, hex);
    assert_true(rp_digest_parse(rp_str_of(hex), &back));
    assert_true(rp_digest_equal(&abc, &back));
}

static void other_text_is_refused_and_changes_nothing(void **state)
{
    (void)state;
    struct rp_digest out = {{0}};
    assert_false(rp_digest_parse(RP_STR(""), &out));
    char hex[] = "ba7816bf8f01cfea414140de5dae2223"
                 "b00361a396177a9cb410ff61f20015ad0";
    assert_false(rp_digest_parse((struct rp_str){hex, 65}, &out));
    assert_false(rp_digest_parse((struct rp_str){hex, 63}, &out));
    hex[63] = 'g';
    assert_false(rp_digest_parse((struct rp_str){hex, 64}, &out));
    hex[63] = 'D'; /* one digest has one text */
    assert_false(rp_digest_parse((struct rp_str){hex, 64}, &out));
    assert_true(rp_digest_is_zero(&out));
    out.bytes[31] = 1;
    assert_false(rp_digest_is_zero(&out));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(digests_are_sha_256),
        cmocka_unit_test(keyed_digests_are_hmac_sha_256),
        cmocka_unit_test(pieces_give_the_digest_of_the_whole),
        cmocka_unit_test(digests_interleave),
        cmocka_unit_test(the_text_of_a_digest_reads_back),
        cmocka_unit_test(other_text_is_refused_and_changes_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
