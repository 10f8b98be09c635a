#include <reprise/digest.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <pthread.h>

#include <reprise/attr.h>

enum { THREADS = 4, ROUNDS = 2000 };

struct worker {
    pthread_t thread;
    char text[64];
    struct rp_digest first;
    uint32_t differing;
};

static void *hash_again_and_again(void *context)
{
    struct worker *worker = context;
    struct rp_str text = {worker->text, sizeof(worker->text)};
    worker->first = rp_digest_of(text);
    for (int i = 0; i < ROUNDS; i++) {
        struct rp_digest digest = rp_digest_of(text);
        worker->differing += !rp_digest_equal(&digest, &worker->first);
    }
    return NULL;
}

static void threads_do_not_disturb_each_others_digests(void **state)
{
    (void)state;
    struct worker workers[THREADS] = {0};
    for (size_t i = 0; i < THREADS; i++) {
        workers[i].text[0] = (char)i;
        int started = pthread_create(
            &workers[i].thread, NULL, hash_again_and_again, &workers[i]);
        assert_int_equal(started, 0);
    }
    for (size_t i = 0; i < THREADS; i++) {
        assert_int_equal(pthread_join(workers[i].thread, NULL), 0);
    }
    for (size_t i = 0; i < THREADS; i++) {
        struct rp_digest alone = rp_digest_of(
            (struct rp_str){workers[i].text, sizeof(workers[i].text)});
        assert_int_equal(workers[i].differing, 0);
        assert_true(rp_digest_equal(&alone, &workers[i].first));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(threads_do_not_disturb_each_others_digests),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
