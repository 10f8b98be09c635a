/* A session as people look at it: model, tree and lines, from records. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "phrase.h"
#include "story.h"
#include "tree.h"

/* One step: when, in milliseconds, and its body. */
struct step_text {
    int64_t at_ms;
    const char *event, *decisions, *actions;
};

#define STARTED "{\"kind\":\"session_started\",\"anchor\":\"1000000000\"}"
#define BEGAN(path, agent)                                                     \
    "{\"kind\":\"task_began\",\"path\":\"" path                                \
    "\",\"attrs\":{\"agent\":\"" agent "\",\"input_bytes\":12}}"
#define START(call, task, attempt, agent)                                      \
    "{\"kind\":\"start_call\",\"call\":" #call ",\"path\":\"" task "@" attempt \
    "/call:1\",\"task\":\"" task "\",\"attempt\":" attempt                     \
    ",\"agent\":\"" agent "\"}"
#define COMPLETED(call, path, more)                                            \
    "{\"kind\":\"call_completed\",\"call\":" #call ",\"path\":\"" path         \
    "/call:1\"," more "}"
#define EXITED                                                                 \
    "\"end\":\"exited\",\"exit_status\":0,\"pid\":812,\"duration\":"           \
    "\"1100000000\",\"output\":{\"bytes\":2150}"

/* gather: labs delivers, meds at its second try, notes times out. */
static const struct step_text steps[] = {
    {0, STARTED,
        "{\"kind\":\"session_began\",\"attrs\":{\"plan\":\"clinic\"}},"
        "{\"kind\":\"node_began\",\"path\":\"gather\",\"attrs\":{\"node\":"
        "\"parallel\"}}," BEGAN("gather/labs", "labs") "," BEGAN(
            "gather/meds", "meds") "," BEGAN("gather/notes", "notes"),
        START(1, "gather/labs", "1", "labs") "," START(2, "gather/meds", "1",
            "meds") "," START(3, "gather/notes", "1", "notes")},
    {500, COMPLETED(2, "gather/meds@1", EXITED),
        "{\"kind\":\"rejected\",\"path\":\"gather/meds@1\",\"reason\":"
        "\"output_truncated\",\"attrs\":{\"class\":\"malformed\",\"detail\":"
        "\"byte 4,096\"}},{\"kind\":\"retry\",\"path\":\"gather/meds\","
        "\"reason\":\"output_truncated\",\"attrs\":{\"attempt\":2,"
        "\"delay_ns\":200000000,\"class\":\"malformed\"}}",
        ""},
    {700, "{\"kind\":\"timer_fired\",\"timer\":\"backoff gather/meds\"}", "",
        START(4, "gather/meds", "2", "meds")},
    {900, COMPLETED(4, "gather/meds@2", EXITED),
        "{\"kind\":\"accepted\",\"path\":\"gather/meds@2\",\"reason\":"
        "\"ok\"},{\"kind\":\"task_ended\",\"path\":\"gather/meds\",\"reason\":"
        "\"ok\",\"attrs\":{\"status\":\"ok\",\"attempts\":2}}",
        ""},
    {1100, COMPLETED(1, "gather/labs@1", EXITED),
        "{\"kind\":\"accepted\",\"path\":\"gather/labs@1\",\"reason\":"
        "\"ok\"},{\"kind\":\"task_ended\",\"path\":\"gather/labs\",\"reason\":"
        "\"ok\",\"attrs\":{\"status\":\"ok\",\"attempts\":1}}",
        ""},
    {10000, "{\"kind\":\"timer_fired\",\"timer\":\"timeout gather/notes@1\"}",
        "{\"kind\":\"timed_out\",\"path\":\"gather/notes@1\",\"reason\":"
        "\"timeout\",\"attrs\":{\"limit_ns\":10000000000}},{\"kind\":"
        "\"task_ended\",\"path\":\"gather/notes\",\"reason\":\"timeout\","
        "\"attrs\":{\"status\":\"timed_out\",\"class\":\"timeout\","
        "\"attempts\":1}},{\"kind\":\"conflict\",\"path\":"
        "\"gather/$aggregate\",\"reason\":\"disagree\",\"attrs\":{\"key\":"
        "\"allergy\",\"kind\":\"disagree\",\"resolution\":\"flag\","
        "\"sources\":[\"labs\",\"meds\"]}},{\"kind\":\"node_ended\",\"path\":"
        "\"gather\",\"reason\":\"partial\",\"attrs\":{\"status\":"
        "\"degraded\"}}",
        "{\"kind\":\"cancel_call\",\"call\":3,\"path\":"
        "\"gather/notes@1/call:1\",\"mode\":\"kill\",\"reason\":"
        "\"timeout\"}"},
    {10100,
        COMPLETED(3, "gather/notes@1",
            "\"end\":\"killed\",\"signal\":9,\"pid\":814,\"kill_sent\":true,"
            "\"duration\":\"10100000000\""),
        "{\"kind\":\"released\",\"path\":\"gather/notes@1\"},{\"kind\":"
        "\"session_ended\",\"reason\":\"partial\",\"attrs\":{\"outcome\":"
        "\"degraded\",\"requested\":3,\"delivered\":2}}",
        "{\"kind\":\"finish\"}"},
};

static const struct rp_session_id id = {"01J00000000000000000H4X7QK"};

struct world {
    struct rp__view view;
    struct rp_arena *arena;
    struct rp_buf out;
    struct rp__term term;
    struct rp_session_head head;
    struct rp__story story;
};

static void take_line(void *context, struct rp_str line)
{
    struct world *w = context;
    rp_buf_add(&w->out, line);
}

static int setup(void **state)
{
    struct world *w = rp_mem_zalloc(sizeof(*w));
    w->arena = rp_arena_new(0);
    rp__view_init(&w->view, NULL);
    rp_buf_init(&w->out, 1u << 20);
    w->term = (struct rp__term){.columns = 80, .rows = 24};
    w->term.style.unicode = true;
    w->head.id = id;
    w->head.began.unix_ns = INT64_C(43201) * RP_NS_PER_S;
    w->story = (struct rp__story){&w->head, false, take_line, w};
    *state = w;
    return 0;
}

static int teardown(void **state)
{
    struct world *w = *state;
    rp__view_fini(&w->view);
    rp_buf_fini(&w->out);
    rp_arena_free(&w->arena);
    rp_mem_free(w);
    return 0;
}

/* Feeds the steps before `until_ms`; with `story`, tells them too. */
static void feed(struct world *w, int64_t until_ms, bool story)
{
    for (size_t i = 0; i < RP_COUNT_OF(steps) && steps[i].at_ms < until_ms;
         i++) {
        struct rp_event event;
        struct rp_step step;
        struct rp_err err = RP_ERR_INIT;
        const char *text = rp_arena_printf(w->arena,
            "{\"at\":\"%lld\",\"event\":%s,\"decisions\":[%s],"
            "\"actions\":[%s]}",
            (long long)(steps[i].at_ms * RP_NS_PER_MS), steps[i].event,
            steps[i].decisions, steps[i].actions);
        enum rp_code rc = rp_record_read(
            w->arena, rp_str_of(text), NULL, &event, &step, &err);
        if (rc != RP_OK) {
            fail_msg("step %zu: %s", i, err.text);
        }
        struct rp_record record = {
            i + 1, event.at, rp_str_of(text), {{0}}, &event, &step};
        rp__view_add(&w->view, &record);
        if (story) {
            rp__story_tell(&w->story, &record);
        }
    }
}

static const char *draw(struct world *w, struct rp__tree tree)
{
    tree.view = &w->view;
    tree.id = &id;
    tree.term = &w->term;
    rp_buf_reset(&w->out);
    (void)rp__tree_write(&w->out, &tree);
    return w->out.ptr;
}

static struct rp_instant at_ms(int64_t ms)
{
    return (struct rp_instant){ms * RP_NS_PER_MS};
}

/* ---- the model ---- */

static void tasks_and_tries_are_found_by_path(void **state)
{
    struct world *w = *state;
    feed(w, INT64_MAX, false);
    struct rp__item *meds = rp__view_find(&w->view, RP_STR("gather/meds"));
    assert_non_null(meds);
    assert_int_equal(meds->status, RP_TASK_OK);
    assert_int_equal(meds->try_count, 2);
    struct rp__try *first =
        rp__view_find_try(&w->view, RP_STR("gather/meds@1"));
    assert_non_null(first);
    assert_int_equal(first->class, RP_CLASS_MALFORMED);
    assert_string_equal(first->detail, "byte 4,096");
    assert_false(first->accepted);
    assert_true(first->next->accepted);
    assert_null(rp__view_find(&w->view, RP_STR("gather/gone")));
    assert_null(rp__view_find_try(&w->view, RP_STR("gather/meds@3")));
    assert_null(rp__view_find_try(&w->view, RP_STR("gather/meds@")));
    assert_null(rp__view_find_try(&w->view, RP_STR("gather/meds@x")));
}

static void a_task_between_two_tries_waits_for_the_second(void **state)
{
    struct world *w = *state;
    feed(w, 600, false);
    struct rp__item *meds = rp__view_find(&w->view, RP_STR("gather/meds"));
    assert_int_equal(meds->state, RP__ITEM_PAUSED);
    assert_int_equal(meds->retry_at.ns, 700 * RP_NS_PER_MS);
    assert_int_equal(w->view.running_count, 2);
}

static void the_session_knows_its_outcome_and_counts(void **state)
{
    struct world *w = *state;
    feed(w, INT64_MAX, false);
    assert_int_equal(w->view.outcome, RP_OUTCOME_DEGRADED);
    assert_int_equal(w->view.requested, 3);
    assert_int_equal(w->view.delivered, 2);
    assert_int_equal(w->view.attempt_count, 4);
    assert_int_equal(w->view.running_count, 0);
    assert_string_equal(rp__phrase_first_failed(&w->view)->name, "notes");
}

static void conflicts_belong_to_the_node_that_merged(void **state)
{
    struct world *w = *state;
    feed(w, INT64_MAX, false);
    struct rp__item *gather = rp__view_find(&w->view, RP_STR("gather"));
    assert_non_null(gather->conflicts);
    assert_string_equal(gather->conflicts->key, "allergy");
    assert_int_equal(gather->conflicts->source_count, 2);
    assert_null(gather->conflicts->next);
}

static void thousands_of_items_are_found_again(void **state)
{
    struct world *w = *state;
    char path[32];
    for (int i = 0; i < 3000; i++) {
        struct rp_decision d = {.kind = RP_DECISION_TASK_QUEUED, .path = path};
        struct rp_event event = {.kind = RP_EVENT_TIMER_FIRED};
        struct rp_step step = {.decisions = &d, .decision_count = 1};
        struct rp_record record = {
            (uint64_t)i + 1, {0}, RP_STR(""), {{0}}, &event, &step};
        (void)snprintf(path, sizeof(path), "wide/n%d", i);
        rp__view_add(&w->view, &record);
    }
    struct rp__item *wide = rp__view_find(&w->view, RP_STR("wide"));
    assert_int_equal(wide->child_count, 3000);
    assert_non_null(rp__view_find(&w->view, RP_STR("wide/n2999")));
    struct rp__tree tree = {.live = true, .lines_max = 20};
    (void)draw(w, tree);
    uint32_t lines = 0;
    for (size_t i = 0; i < w->out.len; i++) {
        lines += w->out.ptr[i] == '\n';
    }
    assert_true(lines <= 20);
    assert_non_null(strstr(w->out.ptr, "  and 2982 queued, 1 waiting\n"));
}

/* ---- the tree ---- */

static void a_running_tree_shows_what_each_worker_does(void **state)
{
    struct world *w = *state;
    feed(w, 600, false);
    struct rp__tree tree = {.live = true, .now = at_ms(600)};
    assert_string_equal(draw(w, tree),
        "clinic  H4X7QK  0.6s\n"
        "  \xE2\x96\xB8 gather  0 of 3\n"
        "    \xE2\x96\xB8 labs    0.6s\n"
        "    \xE2\x97\x8C meds           try 2 in 0.1s (the output stops "
        "before its document ends)\n"
        "    \xE2\x96\xB8 notes   0.6s\n");
}

static void finished_branches_fold_while_it_runs(void **state)
{
    struct world *w = *state;
    feed(w, 10050, false);
    struct rp__tree tree = {.live = true, .now = at_ms(10050)};
    const char *text = draw(w, tree);
    assert_non_null(strstr(text, "gather  2 of 3 delivered in 10.0s"));
    assert_null(strstr(text, "labs  "));
}

static void the_last_tree_says_how_each_part_ended(void **state)
{
    struct world *w = *state;
    feed(w, INT64_MAX, false);
    struct rp__tree tree = {.now = at_ms(10100)};
    assert_string_equal(draw(w, tree),
        "clinic  H4X7QK  DEGRADED  10.1s\n"
        "  because less than requested was delivered\n"
        "  ! gather  2 of 3 delivered in 10.0s (slowest: notes); degraded\n"
        "    \xE2\x9C\x93 labs    1.1s\n"
        "    \xE2\x9C\x93 meds    0.9s   2 tries (1 malformed)\n"
        "    \xE2\x9C\x97 notes  10.0s   timed out: the attempt's timeout was "
        "reached; killed\n"
        "    ! conflict  allergy: different values for one key (labs, meds); "
        "flag\n");
}

static void tries_have_lines_of_their_own_when_asked(void **state)
{
    struct world *w = *state;
    feed(w, INT64_MAX, false);
    struct rp__tree tree = {.now = at_ms(10100), .tries = true};
    const char *text = draw(w, tree);
    assert_non_null(strstr(text,
        "@1     0.5s   malformed: the output stops before its document "
        "ends: byte 4,096; output 2.1 KiB\n"));
    assert_non_null(strstr(text, "@2     0.2s   ok; output 2.1 KiB\n"));
    assert_null(strstr(text, "@1     1.1s")); /* labs went well at once */
}

static void an_ascii_tree_is_ascii(void **state)
{
    struct world *w = *state;
    feed(w, INT64_MAX, false);
    w->term.style.unicode = false;
    struct rp__tree tree = {.now = at_ms(10100), .tries = true};
    for (const char *c = draw(w, tree); *c != '\0'; c++) {
        assert_true((unsigned char)*c < 0x7F);
    }
}

static void a_dead_session_says_what_was_in_flight(void **state)
{
    struct world *w = *state;
    feed(w, 1000, false);
    struct rp__tree tree = {.now = at_ms(1000), .died = true};
    const char *text = draw(w, tree);
    assert_non_null(strstr(text, "clinic  H4X7QK  DIED  0.9s\n"));
    assert_non_null(strstr(text, "in flight when it died (try 1)"));
}

static void live_lines_never_pass_the_width(void **state)
{
    struct world *w = *state;
    feed(w, 600, false);
    w->term.columns = 40;
    struct rp__tree tree = {.live = true, .now = at_ms(600)};
    struct rp_str rest = rp_str_of(draw(w, tree));
    while (rest.len > 0) {
        struct rp_str line = rp_str_cut(rest, '\n', &rest);
        assert_true(rp__text_columns(line) < 40);
    }
}

/* ---- lines ---- */

static void each_event_is_one_line(void **state)
{
    struct world *w = *state;
    feed(w, 600, true);
    assert_string_equal(w->out.ptr,
        "12:00:01.000Z H4X7QK session began plan=clinic\n"
        "12:00:01.000Z H4X7QK gather began node=parallel\n"
        "12:00:01.000Z H4X7QK gather/labs began agent=labs\n"
        "12:00:01.000Z H4X7QK gather/meds began agent=meds\n"
        "12:00:01.000Z H4X7QK gather/notes began agent=notes\n"
        "12:00:01.000Z H4X7QK gather/labs@1 start agent=labs\n"
        "12:00:01.000Z H4X7QK gather/meds@1 start agent=meds\n"
        "12:00:01.000Z H4X7QK gather/notes@1 start agent=notes\n"
        "12:00:01.500Z H4X7QK gather/meds@1 end exited took=1.1s pid=812 "
        "out=2.1KiB\n"
        "12:00:01.500Z H4X7QK gather/meds@1 rejected class=malformed "
        "detail=\"byte 4,096\" reason=output_truncated\n"
        "12:00:01.500Z H4X7QK gather/meds retry try=2 after=0.2s "
        "class=malformed reason=output_truncated\n");
}

static void each_event_is_one_json_document(void **state)
{
    struct world *w = *state;
    w->story.json = true;
    feed(w, INT64_MAX, true);
    struct rp_str rest = rp_buf_str(&w->out);
    size_t count = 0;
    while (rest.len > 0) {
        struct rp_json_doc *doc = NULL;
        struct rp_str line = rp_str_cut(rest, '\n', &rest);
        assert_int_equal(rp_json_read(&doc, line, NULL, NULL), RP_OK);
        const cJSON *root = rp_json_root(doc);
        assert_string_equal(
            rp_json_get(root, "schema")->valuestring, "reprise.event/1");
        assert_string_equal(rp_json_get(root, "session")->valuestring, id.text);
        assert_non_null(rp_json_get(root, "event"));
        rp_json_free(&doc);
        count++;
    }
    assert_int_equal(count, 26);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(tasks_and_tries_are_found_by_path),
        TEST(a_task_between_two_tries_waits_for_the_second),
        TEST(the_session_knows_its_outcome_and_counts),
        TEST(conflicts_belong_to_the_node_that_merged),
        TEST(thousands_of_items_are_found_again),
        TEST(a_running_tree_shows_what_each_worker_does),
        TEST(finished_branches_fold_while_it_runs),
        TEST(the_last_tree_says_how_each_part_ended),
        TEST(tries_have_lines_of_their_own_when_asked),
        TEST(an_ascii_tree_is_ascii),
        TEST(a_dead_session_says_what_was_in_flight),
        TEST(live_lines_never_pass_the_width),
        TEST(each_event_is_one_line),
        TEST(each_event_is_one_json_document),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
