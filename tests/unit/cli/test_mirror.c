/* What is written to a reader that does not read. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <signal.h>
#include <unistd.h>

#include <reprise/mem.h>

#include "mirror.h"

#define PIPE_READ_BYTES 65536

struct pipe_world {
    int fds[2];
    struct rp__mirror mirror;
};

static int setup(void **state)
{
    struct pipe_world *w = rp_mem_zalloc(sizeof(*w));
    struct sigaction ignore = {.sa_handler = SIG_IGN};
    (void)sigaction(SIGPIPE, &ignore, NULL);
    if (pipe(w->fds) != 0) {
        return -1;
    }
    rp__mirror_init(&w->mirror, w->fds[1]);
    *state = w;
    return 0;
}

static int teardown(void **state)
{
    struct pipe_world *w = *state;
    rp__mirror_fini(&w->mirror);
    for (int i = 0; i < 2; i++) {
        if (w->fds[i] >= 0) {
            (void)close(w->fds[i]);
        }
    }
    rp_mem_free(w);
    return 0;
}

static size_t read_some(struct pipe_world *w)
{
    static char bytes[PIPE_READ_BYTES];
    ssize_t n = read(w->fds[0], bytes, sizeof(bytes));
    assert_true(n >= 0);
    return (size_t)n;
}

static void a_line_arrives_whole(void **state)
{
    struct pipe_world *w = *state;
    rp__mirror_add(&w->mirror, RP_STR("one line\n"));
    rp__mirror_push(&w->mirror);
    assert_true(rp__mirror_is_empty(&w->mirror));
    assert_int_equal(read_some(w), 9);
}

static void a_reader_that_does_not_read_never_blocks_us(void **state)
{
    struct pipe_world *w = *state;
    char line[1000];
    memset(line, 'x', sizeof(line));
    uint64_t added = 0;
    while (w->mirror.dropped < 10) { /* would hang here if it blocked */
        rp__mirror_add(&w->mirror, (struct rp_str){line, sizeof(line)});
        rp__mirror_push(&w->mirror);
        added++;
    }
    assert_true(added * sizeof(line) > RP__MIRROR_BYTES_MAX);
    assert_int_equal(w->mirror.dropped, 10);
    assert_false(rp__mirror_is_empty(&w->mirror));
}

static void what_was_kept_arrives_when_the_reader_reads_again(void **state)
{
    struct pipe_world *w = *state;
    char line[1000];
    size_t added = 0;
    memset(line, 'x', sizeof(line));
    for (int i = 0; i < 500; i++) {
        rp__mirror_add(&w->mirror, (struct rp_str){line, sizeof(line)});
        rp__mirror_push(&w->mirror);
        added += sizeof(line);
    }
    assert_int_equal(w->mirror.dropped, 0);
    size_t got = 0;
    while (got < added) {
        got += read_some(w);
        rp__mirror_push(&w->mirror);
    }
    assert_int_equal(got, added);
    assert_true(rp__mirror_is_empty(&w->mirror));
}

static void a_reader_that_went_away_is_noticed_once(void **state)
{
    struct pipe_world *w = *state;
    (void)close(w->fds[0]);
    w->fds[0] = -1;
    rp__mirror_add(&w->mirror, RP_STR("lost\n"));
    rp__mirror_push(&w->mirror);
    assert_true(w->mirror.broken);
    assert_true(rp__mirror_is_empty(&w->mirror));
    rp__mirror_add(&w->mirror, RP_STR("lost too\n"));
    assert_int_equal(w->mirror.dropped, 1);
    rp__mirror_flush(&w->mirror, 1000000); /* does not wait for it */
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_line_arrives_whole),
        TEST(a_reader_that_does_not_read_never_blocks_us),
        TEST(what_was_kept_arrives_when_the_reader_reads_again),
        TEST(a_reader_that_went_away_is_noticed_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
