/* The metrics of a store, looked at while sessions are recorded. */
#include <reprise/metric_store.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <reprise/metric_text.h>
#include <reprise/store_care.h>

#include "support.h"

#define TEXT_MAX ((size_t)16 << 20)
#define NOW ((struct rp_wall){INT64_C(1770000000000000000)})

struct place {
    char *directory, *path;
    struct rp_store_sqlite *sqlite;
};

static int set_up(void **state)
{
    static const struct rp_store_sqlite_options options = {.create = true};
    struct place *place = rp_mem_zalloc(sizeof(*place));
    struct rp_err err = RP_ERR_INIT;
    place->directory = scratch_new();
    place->path = scratch_path(place->directory, "store.db");
    *state = place;
    return (int)rp_store_sqlite_open(
        &place->sqlite, place->path, &options, &err);
}

static int tear_down(void **state)
{
    struct place *place = *state;
    rp_store_sqlite_close(&place->sqlite);
    scratch_remove(&place->directory);
    rp_mem_free(place->path);
    rp_mem_free(place);
    return 0;
}

static struct rp_metric_store *open_metrics(
    struct place *place, struct rp_wall since)
{
    struct rp_err err = RP_ERR_INIT;
    struct rp_metric_store *store = NULL;
    const struct rp_metric_store_options options = {.since = since};
    assert_int_equal(
        rp_metric_store_open(&store, place->path, &options, &err), RP_OK);
    return store;
}

/* What is counted, without what is told as it is now. */
static char *look(struct rp_metric_store *store)
{
    struct rp_err err = RP_ERR_INIT;
    struct rp_buf text;
    rp_buf_init(&text, TEXT_MAX);
    assert_int_equal(rp_metric_store_look(store, NOW, &err), RP_OK);
    for (uint32_t i = 0; i < RP_METRIC_STORE_SIZE; i++) {
        if (i != RP_METRIC_SESSION_ACTIVE && i != RP_METRIC_SESSION_DIED &&
            i != RP_METRIC_TASK_ACTIVE && i != RP_METRIC_ATTEMPT_ACTIVE) {
            rp_metric_text_family(&text, RP_METRIC_OPENMETRICS,
                rp_metric_store_metrics(store), (enum rp_metric)i);
        }
    }
    rp_buf_add_char(&text, '\n');
    return rp_buf_take(&text, NULL);
}

static int64_t sum_of(struct rp_metric_store *store, enum rp_metric metric)
{
    uint32_t count;
    int64_t sum = 0;
    const struct rp_metric_point *points =
        rp_metrics_points(rp_metric_store_metrics(store), metric, &count);
    bool histogram =
        rp_metric_info(metric)->instrument == RP_INSTRUMENT_HISTOGRAM;
    for (uint32_t i = 0; i < count; i++) {
        sum += histogram ? (int64_t)points[i].count : points[i].value;
    }
    return sum;
}

static void commit(struct rp_store *store)
{
    struct rp_err err = RP_ERR_INIT;
    assert_int_equal(store->ops->commit(store, &err), RP_OK);
}

static void record_one(struct place *place, uint32_t n)
{
    struct rp_store *store = rp_store_sqlite_recorder(place->sqlite);
    struct journal journal;
    journal_begin(&journal, n, store, NULL);
    clinic_all(&journal);
    commit(store);
    rp_store_free(&store);
}

static void looking_often_counts_what_looking_once_does(void **state)
{
    struct place *place = *state;
    struct rp_store *store = rp_store_sqlite_recorder(place->sqlite);
    struct journal journal;
    struct rp_metric_store *often = open_metrics(place, (struct rp_wall){0});
    journal_begin(&journal, 1, store, NULL);
    for (uint32_t i = 1; i <= CLINIC_RECORDS; i++) {
        clinic_record(&journal, i);
        commit(store);
        rp_mem_free(look(often));
        assert_int_equal(
            sum_of(often, RP_METRIC_SESSION_DURATION), i == CLINIC_RECORDS);
    }
    rp_store_free(&store);
    struct rp_metric_store *once = open_metrics(place, (struct rp_wall){0});
    char *one = look(once);
    char *other = look(often);
    assert_string_equal(one, other);
    assert_int_equal(sum_of(once, RP_METRIC_TIMEOUTS), 1);
    assert_int_equal(sum_of(once, RP_METRIC_RETRIES), 1);
    assert_int_equal(sum_of(once, RP_METRIC_CONFLICTS), 1);
    rp_mem_free(one);
    rp_mem_free(other);
    rp_metric_store_close(&once);
    rp_metric_store_close(&often);
}

static void a_session_that_nobody_runs_has_died(void **state)
{
    struct place *place = *state;
    struct rp_store *store = rp_store_sqlite_recorder(place->sqlite);
    struct journal journal;
    journal_begin(&journal, 1, store, NULL);
    clinic_record(&journal, 1);
    clinic_record(&journal, 2);
    commit(store);
    rp_store_free(&store);
    struct rp_metric_store *metrics = open_metrics(place, (struct rp_wall){0});
    rp_mem_free(look(metrics));
    assert_int_equal(sum_of(metrics, RP_METRIC_SESSION_DIED), 1);
    assert_int_equal(sum_of(metrics, RP_METRIC_SESSION_ACTIVE), 0);
    assert_int_equal(sum_of(metrics, RP_METRIC_ATTEMPT_ACTIVE), 0);
    assert_int_equal(sum_of(metrics, RP_METRIC_ATTEMPT_DURATION), 1);
    rp_metric_store_close(&metrics);
}

static void what_was_recovered_counts_when_somebody_goes_on(void **state)
{
    struct place *place = *state;
    struct rp_store *store = rp_store_sqlite_recorder(place->sqlite);
    struct journal journal;
    struct rp_err err = RP_ERR_INIT;
    uint32_t ended;
    journal_begin(&journal, 1, store, NULL);
    clinic_record(&journal, 1);
    commit(store);
    rp_store_free(&store);
    struct rp_metric_store *metrics = open_metrics(place, (struct rp_wall){0});
    rp_mem_free(look(metrics));
    assert_int_equal(
        rp_store_sqlite_recover(&ended, place->sqlite, &journal.head.id, &err),
        RP_OK);
    assert_true(ended > 2);
    rp_mem_free(look(metrics));
    assert_int_equal(sum_of(metrics, RP_METRIC_ATTEMPT_DURATION), 0);
    assert_int_equal(sum_of(metrics, RP_METRIC_SESSION_DIED), 1);
    rp_metric_store_close(&metrics);
}

static void a_counter_stays_when_its_session_is_removed(void **state)
{
    struct place *place = *state;
    struct rp_store_removed removed = {0};
    struct rp_err err = RP_ERR_INIT;
    record_one(place, 1);
    record_one(place, 2);
    struct rp_metric_store *metrics = open_metrics(place, (struct rp_wall){0});
    rp_mem_free(look(metrics));
    assert_int_equal(sum_of(metrics, RP_METRIC_SESSION_DURATION), 2);
    assert_int_equal(rp_store_remove(&removed, place->sqlite, 1, &err), RP_OK);
    record_one(place, 3);
    rp_mem_free(look(metrics));
    assert_int_equal(sum_of(metrics, RP_METRIC_SESSION_DURATION), 3);
    assert_int_equal(sum_of(metrics, RP_METRIC_STORE_SESSIONS), 2);
    struct rp_metric_store *fresh = open_metrics(place, (struct rp_wall){0});
    rp_mem_free(look(fresh));
    assert_int_equal(sum_of(fresh, RP_METRIC_SESSION_DURATION), 2);
    rp_metric_store_close(&fresh);
    rp_metric_store_close(&metrics);
}

static void older_sessions_are_left_out_when_asked(void **state)
{
    struct place *place = *state;
    record_one(place, 1);
    record_one(place, 2);
    record_one(place, 3);
    struct rp_metric_store *all = open_metrics(place, (struct rp_wall){0});
    rp_mem_free(look(all));
    assert_int_equal(
        rp_metric_store_began(all).unix_ns, INT64_C(1760000001000000000));
    struct rp_metric_store *late =
        open_metrics(place, (struct rp_wall){INT64_C(1760000002000000000)});
    rp_mem_free(look(late));
    assert_int_equal(sum_of(all, RP_METRIC_SESSION_DURATION), 3);
    assert_int_equal(sum_of(late, RP_METRIC_SESSION_DURATION), 2);
    rp_metric_store_close(&late);
    rp_metric_store_close(&all);
}

static void an_empty_store_has_a_size_and_no_counts(void **state)
{
    struct place *place = *state;
    struct rp_metric_store *metrics = open_metrics(place, (struct rp_wall){0});
    char *text = look(metrics);
    assert_string_equal(text, "\n");
    assert_true(sum_of(metrics, RP_METRIC_STORE_SIZE) > 0);
    assert_int_equal(rp_metric_store_began(metrics).unix_ns, NOW.unix_ns);
    rp_mem_free(text);
    rp_metric_store_close(&metrics);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(looking_often_counts_what_looking_once_does),
        TEST(a_session_that_nobody_runs_has_died),
        TEST(what_was_recovered_counts_when_somebody_goes_on),
        TEST(a_counter_stays_when_its_session_is_removed),
        TEST(older_sessions_are_left_out_when_asked),
        TEST(an_empty_store_has_a_size_and_no_counts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
