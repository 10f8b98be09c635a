#include <reprise/mem.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include <reprise/err.h>

static void memory_of_no_bytes_is_memory(void **state)
{
    (void)state;
    void *blocks[] = {rp_mem_alloc(0), rp_mem_zalloc(0), rp_mem_array(0, 8),
        rp_mem_grow(NULL, 0, 8)};
    for (size_t i = 0; i < RP_COUNT_OF(blocks); i++) {
        assert_non_null(blocks[i]);
        rp_mem_free(blocks[i]);
    }
    rp_mem_free(NULL);
}

static void a_copy_is_terminated(void **state)
{
    (void)state;
    char *copy = rp_mem_dup((struct rp_str){"abcdef", 3});
    assert_string_equal(copy, "abc");
    rp_mem_free(copy);
    copy = rp_mem_dup((struct rp_str){NULL, 0});
    assert_string_equal(copy, "");
    rp_mem_free(copy);
}

static void growing_keeps_what_was_there(void **state)
{
    (void)state;
    int *numbers = rp_mem_array(2, sizeof(*numbers));
    assert_int_equal(numbers[1], 0);
    numbers[1] = 7;
    numbers = rp_mem_grow(numbers, 1000, sizeof(*numbers));
    assert_int_equal(numbers[1], 7);
    rp_mem_free(numbers);
}

struct escape {
    jmp_buf back;
    size_t wanted;
};

static void leave(void *context, size_t size)
{
    struct escape *escape = context;
    escape->wanted = size;
    longjmp(escape->back, 1);
}

static void a_product_that_overflows_is_exhaustion(void **state)
{
    (void)state;
    struct escape escape = {.wanted = 0};
    rp_mem_on_exhausted(leave, &escape);
    if (setjmp(escape.back) == 0) {
        (void)rp_mem_array(SIZE_MAX / 2, 3);
        fail();
    }
    rp_mem_on_exhausted(NULL, NULL);
    assert_true(escape.wanted == SIZE_MAX);
}

static void an_arena_hands_out_zeroed_aligned_memory(void **state)
{
    (void)state;
    struct rp_arena *arena = rp_arena_new(256);
    for (size_t size = 0; size < 600; size++) {
        unsigned char *ptr = rp_arena_alloc(arena, size);
        assert_int_equal((uintptr_t)ptr % _Alignof(max_align_t), 0);
        for (size_t i = 0; i < size; i++) {
            assert_int_equal(ptr[i], 0);
        }
        memset(ptr, 0xA5, size);
    }
    rp_arena_free(&arena);
    assert_null(arena);
    rp_arena_free(&arena);
    rp_arena_free(NULL);
}

static void blocks_of_an_arena_do_not_overlap(void **state)
{
    (void)state;
    enum { COUNT = 500 };
    struct rp_arena *arena = rp_arena_new(0);
    unsigned char *blocks[COUNT];
    for (size_t i = 0; i < COUNT; i++) {
        size_t size = i % 7 == 0 ? 5000 : i + 1;
        blocks[i] = rp_arena_alloc(arena, size);
        memset(blocks[i], (int)(i % 251), size);
    }
    for (size_t i = 0; i < COUNT; i++) {
        size_t size = i % 7 == 0 ? 5000 : i + 1;
        assert_int_equal(blocks[i][0], i % 251);
        assert_int_equal(blocks[i][size - 1], i % 251);
    }
    rp_arena_free(&arena);
}

static void a_reset_arena_is_zeroed_and_small_again(void **state)
{
    (void)state;
    struct rp_arena *arena = rp_arena_new(128);
    rp_arena_reset(arena);
    for (int i = 0; i < 100; i++) {
        memset(rp_arena_alloc(arena, 100), 0xFF, 100);
    }
    size_t before = rp_arena_bytes(arena);
    rp_arena_reset(arena);
    assert_true(rp_arena_bytes(arena) < before);
    for (int i = 0; i < 100; i++) {
        unsigned char *ptr = rp_arena_alloc(arena, 100);
        for (size_t k = 0; k < 100; k++) {
            assert_int_equal(ptr[k], 0);
        }
    }
    rp_arena_free(&arena);
}

static void an_arena_copies_and_prints(void **state)
{
    (void)state;
    struct rp_arena *arena = rp_arena_new(0);
    assert_string_equal(
        rp_arena_dup(arena, (struct rp_str){"labs!", 4}), "labs");
    assert_string_equal(rp_arena_dup(arena, (struct rp_str){NULL, 0}), "");
    assert_string_equal(rp_arena_printf(arena, "%s@%d", "labs", 2), "labs@2");
    uint64_t *numbers = rp_arena_array(arena, 3, sizeof(*numbers));
    assert_true(numbers[2] == 0);
    rp_arena_free(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(memory_of_no_bytes_is_memory),
        cmocka_unit_test(a_copy_is_terminated),
        cmocka_unit_test(growing_keeps_what_was_there),
        cmocka_unit_test(a_product_that_overflows_is_exhaustion),
        cmocka_unit_test(an_arena_hands_out_zeroed_aligned_memory),
        cmocka_unit_test(blocks_of_an_arena_do_not_overlap),
        cmocka_unit_test(a_reset_arena_is_zeroed_and_small_again),
        cmocka_unit_test(an_arena_copies_and_prints),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
