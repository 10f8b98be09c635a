#include <reprise/span.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include <reprise/summary.h>

#include <span_attrs.h>
#include "support.h"

struct folded {
    struct journal journal;
    struct rp_span_fold *fold;
};

static void fold_upto(struct folded *f, uint32_t records, uint32_t span_max)
{
    journal_begin(&f->journal, 1, NULL, NULL);
    f->fold = rp_span_fold_new(&f->journal.head, span_max);
    f->journal.fold = f->fold;
    for (uint32_t i = 1; i <= records; i++) {
        clinic_record(&f->journal, i);
    }
}

static const struct rp_span *find(
    struct folded *f, enum rp_span_role role, const char *path)
{
    uint32_t count;
    const struct rp_span_change *changes =
        rp_span_fold_changes(f->fold, &count);
    for (uint32_t i = 0; i < count; i++) {
        if (changes[i].span->role == role &&
            rp_str_is(changes[i].span->path, path)) {
            return changes[i].span;
        }
    }
    fail_msg("there is no %s span '%s'", rp_span_role_name(role), path);
    return NULL;
}

static bool holds(struct rp_str text, const char *part)
{
    char *copy = rp_mem_dup(text);
    bool found = strstr(copy, part) != NULL;
    rp_mem_free(copy);
    return found;
}

static void assert_holds(struct rp_str text, const char *part)
{
    if (!holds(text, part)) {
        fail_msg("'%s' is not in %.*s", part, RP_STR_ARG(text));
    }
}

static void assert_is(struct rp_str text, const char *expected)
{
    if (!rp_str_is(text, expected)) {
        fail_msg("'%.*s' is not '%s'", RP_STR_ARG(text), expected);
    }
}

static void a_session_becomes_one_tree_whose_ids_are_those_of_its_paths(
    void **state)
{
    (void)state;
    struct folded f;
    fold_upto(&f, CLINIC_RECORDS, 0);
    uint32_t count;
    const struct rp_span_change *changes = rp_span_fold_changes(f.fold, &count);
    assert_int_equal(count, 10);
    const struct rp_session_head *head = &f.journal.head;
    uint32_t roots = 0;
    for (uint32_t i = 0; i < count; i++) {
        const struct rp_span *span = changes[i].span;
        assert_int_equal(span->number, i + 1);
        assert_true(span->ended);
        assert_true(span->end_unix_ns >= span->start_unix_ns);
        struct rp_span_id id = rp_span_id_of(
            &head->id, 1, span->path, rp_span_role_name(span->role));
        assert_memory_equal(&id, &span->id, sizeof(id));
        roots += span->parent_number == 0;
        if (span->parent_number != 0) {
            assert_true(span->parent_number < span->number);
            const struct rp_span *parent =
                changes[span->parent_number - 1].span;
            assert_memory_equal(&parent->id, &span->parent, sizeof(id));
            assert_true(parent->start_unix_ns <= span->start_unix_ns);
            assert_true(parent->end_unix_ns >= span->end_unix_ns);
        }
    }
    assert_int_equal(roots, 1);
    rp_span_fold_free(&f.fold);
}

static void names_and_kinds_follow_the_conventions(void **state)
{
    (void)state;
    struct folded f;
    fold_upto(&f, CLINIC_RECORDS, 0);
    const struct rp_span *root = find(&f, RP_SPAN_SESSION, "");
    assert_is(root->name, "invoke_workflow clinic");
    assert_int_equal(root->kind, RP_SPAN_INTERNAL);
    assert_holds(
        root->attributes, "\"gen_ai.operation.name\":\"invoke_workflow\"");
    assert_holds(root->attributes, "\"gen_ai.workflow.name\":\"clinic\"");
    assert_holds(root->attributes, "\"reprise.session.mode\":\"live\"");
    assert_holds(root->attributes, "\"reprise.session.outcome\":\"degraded\"");
    assert_int_equal(root->status, RP_SPAN_UNSET);
    assert_is(find(&f, RP_SPAN_NODE, "gather")->name, "gather");
    const struct rp_span *task = find(&f, RP_SPAN_TASK, "gather/labs");
    assert_is(task->name, "invoke_agent labs");
    assert_holds(task->attributes, "\"gen_ai.agent.name\":\"labs\"");
    assert_int_equal(task->status, RP_SPAN_UNSET);
    const struct rp_span *attempt = find(&f, RP_SPAN_ATTEMPT, "gather/labs@1");
    assert_is(attempt->name, "labs");
    assert_int_equal(attempt->kind, RP_SPAN_CLIENT);
    assert_holds(attempt->attributes, "\"process.pid\":4711");
    assert_holds(attempt->attributes, "\"process.exit.code\":0");
    assert_holds(attempt->attributes, "\"reprise.attempt.outcome\":\"ok\"");
    assert_holds(attempt->attributes, "\"reprise.worker.first_byte\":0.25");
    assert_is(find(&f, RP_SPAN_AGGREGATE, "gather/$aggregate")->name,
        "aggregate gather");
    rp_span_fold_free(&f.fold);
}

static void a_timeout_is_an_error_of_its_attempt_and_a_retry_links_to_it(
    void **state)
{
    (void)state;
    struct folded f;
    fold_upto(&f, CLINIC_RECORDS, 0);
    const struct rp_span *first = find(&f, RP_SPAN_ATTEMPT, "gather/notes@1");
    assert_int_equal(first->status, RP_SPAN_ERROR);
    assert_holds(first->attributes, "\"error.type\":\"timeout\"");
    assert_holds(first->attributes, "\"reprise.attempt.outcome\":\"timeout\"");
    assert_holds(first->attributes, "\"reprise.worker.signal\":15");
    assert_false(holds(first->attributes, "process.exit.code"));
    assert_int_equal(first->event_count, 3);
    assert_is(first->events[0].name, "reprise.timed_out");
    assert_is(first->events[0].attributes,
        "{\"reprise.reason\":\"timeout\",\"reprise.timeout.limit\":10.0}");
    assert_is(first->events[1].name, "reprise.cancel_requested");
    assert_is(first->events[2].name, "reprise.released");
    const struct rp_span *second = find(&f, RP_SPAN_ATTEMPT, "gather/notes@2");
    assert_int_equal(second->link_count, 1);
    assert_memory_equal(&second->links[0].span, &first->id, sizeof(first->id));
    assert_is(
        second->links[0].attributes, "{\"reprise.link.type\":\"retry_of\"}");
    const struct rp_span *task = find(&f, RP_SPAN_TASK, "gather/notes");
    assert_int_equal(task->status, RP_SPAN_ERROR);
    assert_is(task->message, "exit status 3");
    assert_holds(task->attributes, "\"error.type\":\"exit\"");
    assert_holds(task->attributes, "\"reprise.attempt.count\":2");
    assert_is(task->events[0].name, "reprise.retry");
    assert_holds(task->events[0].attributes, "\"reprise.retry.delay\":0.2");
    rp_span_fold_free(&f.fold);
}

static void an_injected_fault_marks_its_attempt(void **state)
{
    (void)state;
    struct folded f;
    fold_upto(&f, CLINIC_RECORDS, 0);
    const struct rp_span *attempt = find(&f, RP_SPAN_ATTEMPT, "gather/notes@2");
    assert_holds(attempt->attributes, "\"reprise.fault.injected\":true");
    assert_is(attempt->events[0].name, "reprise.fault_injected");
    assert_is(attempt->events[0].attributes,
        "{\"reprise.fault.rule\":\"r1\",\"reprise.fault.kind\":\"exit\"}");
    rp_span_fold_free(&f.fold);
}

static void a_synthesis_links_to_every_output_it_used(void **state)
{
    (void)state;
    struct folded f;
    fold_upto(&f, CLINIC_RECORDS, 0);
    const struct rp_span *labs = find(&f, RP_SPAN_TASK, "gather/labs");
    const struct rp_span *synthesis = find(&f, RP_SPAN_TASK, "summary");
    assert_holds(synthesis->attributes, "\"reprise.task.role\":\"synthesis\"");
    assert_holds(
        synthesis->attributes, "\"reprise.synthesis.given\":[\"labs\"]");
    assert_int_equal(synthesis->link_count, 1);
    assert_memory_equal(&synthesis->links[0].span, &labs->id, sizeof(labs->id));
    assert_is(synthesis->links[0].attributes,
        "{\"reprise.link.type\":\"contributes_to\"}");
    assert_false(holds(synthesis->attributes, "gen_ai.usage"));
    const struct rp_span *leaf = find(&f, RP_SPAN_ATTEMPT, "summary@1");
    assert_holds(leaf->attributes, "\"gen_ai.usage.input_tokens\":100");
    rp_span_fold_free(&f.fold);
}

static void conflicts_are_events_of_the_aggregate(void **state)
{
    (void)state;
    struct folded f;
    fold_upto(&f, CLINIC_RECORDS, 0);
    const struct rp_span *aggregate =
        find(&f, RP_SPAN_AGGREGATE, "gather/$aggregate");
    assert_int_equal(aggregate->event_count, 1);
    assert_is(aggregate->events[0].name, "reprise.conflict");
    assert_holds(aggregate->events[0].attributes,
        "\"reprise.conflict.sources\":[\"labs\",\"notes\"]");
    assert_holds(
        aggregate->attributes, "\"reprise.aggregation.inputs.count\":1");
    const struct rp_span *node = find(&f, RP_SPAN_NODE, "gather");
    assert_is(node->events[0].name, "reprise.missing");
    assert_int_equal(node->status, RP_SPAN_UNSET);
    rp_span_fold_free(&f.fold);
}

static void what_is_open_is_told_as_open(void **state)
{
    (void)state;
    struct folded f;
    fold_upto(&f, 3, 0);
    assert_false(find(&f, RP_SPAN_SESSION, "")->ended);
    assert_false(find(&f, RP_SPAN_ATTEMPT, "gather/notes@1")->ended);
    assert_int_equal(
        find(&f, RP_SPAN_ATTEMPT, "gather/notes@1")->status, RP_SPAN_ERROR);
    assert_true(find(&f, RP_SPAN_TASK, "gather/labs")->ended);
    rp_span_fold_free(&f.fold);
}

static void settling_forgets_what_was_taken_and_numbers_what_follows(
    void **state)
{
    (void)state;
    struct folded f;
    fold_upto(&f, 2, 0);
    rp_span_fold_settle(f.fold);
    uint32_t count;
    (void)rp_span_fold_changes(f.fold, &count);
    assert_int_equal(count, 0);
    clinic_record(&f.journal, 3);
    const struct rp_span_change *changes = rp_span_fold_changes(f.fold, &count);
    assert_int_equal(count, 2);
    assert_is(changes[0].span->path, "gather/notes");
    assert_false(changes[0].is_new);
    assert_false(changes[0].row_changed);
    assert_is(changes[1].span->path, "gather/notes@1");
    assert_true(changes[1].row_changed);
    assert_int_equal(changes[1].span->event_count, 2);
    rp_span_fold_settle(f.fold);
    clinic_record(&f.journal, 4);
    changes = rp_span_fold_changes(f.fold, &count);
    assert_int_equal(count, 1);
    assert_int_equal(changes[0].events_before, 2);
    assert_int_equal(changes[0].span->event_count, 1);
    assert_true(changes[0].span->ended);
    rp_span_fold_free(&f.fold);
}

static void spans_past_the_limit_are_counted_and_the_rest_stays_a_tree(
    void **state)
{
    (void)state;
    struct folded f;
    fold_upto(&f, CLINIC_RECORDS, 4);
    uint32_t count;
    const struct rp_span_change *changes = rp_span_fold_changes(f.fold, &count);
    assert_int_equal(count, 4);
    assert_int_equal(rp_span_fold_count(f.fold), 4);
    assert_true(rp_span_fold_dropped(f.fold) > 0);
    for (uint32_t i = 0; i < count; i++) {
        assert_true(changes[i].span->ended);
    }
    rp_span_fold_free(&f.fold);
}

static void records_that_do_not_fit_are_left_out(void **state)
{
    (void)state;
    struct folded f;
    fold_upto(&f, 0, 0);
    clinic_record(&f.journal, 4); /* the end of what never began */
    clinic_record(&f.journal, 3);
    clinic_record(&f.journal, 7);
    clinic_record(&f.journal, 1); /* after the end */
    uint32_t count;
    const struct rp_span_change *changes = rp_span_fold_changes(f.fold, &count);
    assert_int_equal(count, 1);
    assert_true(changes[0].span->ended);
    rp_span_fold_free(&f.fold);
}

static void what_was_read_from_a_record_folds_as_what_was_written(void **state)
{
    (void)state;
    struct folded f;
    fold_upto(&f, 6, 0);
    struct rp_arena *arena = rp_arena_new(0);
    struct script s;
    script_at(&s, RP_EVENT_TIMER_FIRED, 1);
    s.event.timer.name = "timeout a@1";
    struct rp_decision *d = script_decide(
        &s, RP_DECISION_TIMED_OUT, "gather/labs@1", RP_REASON_IDLE);
    script_int(d, "limit_ns", 5);
    struct rp_buf body;
    rp_buf_init(&body, 4096);
    rp_record_write(&body, &s.event, &s.step);
    struct rp_event event;
    struct rp_step step;
    struct rp_err err = RP_ERR_INIT;
    assert_int_equal(
        rp_record_read(arena, rp_buf_str(&body), NULL, &event, &step, &err),
        RP_OK);
    struct rp_span_fold *written = rp_span_fold_new(&f.journal.head, 0);
    struct rp_span_fold *read = rp_span_fold_new(&f.journal.head, 0);
    struct rp_record record = {
        1, event.at, rp_buf_str(&body), {{0}}, &s.event, &s.step};
    rp_span_fold_add(written, &record);
    record.event = &event;
    record.step = &step;
    rp_span_fold_add(read, &record);
    uint32_t a_count, b_count;
    const struct rp_span_change *a = rp_span_fold_changes(written, &a_count);
    const struct rp_span_change *b = rp_span_fold_changes(read, &b_count);
    assert_int_equal(a_count, b_count);
    assert_int_equal(a[0].span->event_count, b[0].span->event_count);
    assert_true(rp_str_equal(
        a[0].span->events[0].attributes, b[0].span->events[0].attributes));
    rp_span_fold_free(&written);
    rp_span_fold_free(&read);
    rp_buf_fini(&body);
    rp_arena_free(&arena);
    rp_span_fold_free(&f.fold);
}

/* decision.def lists fields in brackets: each must be known by attr.def. */
static void every_field_of_every_decision_has_an_attribute(void **state)
{
    (void)state;
    static const char *const meanings[RP_DECISION_COUNT] = {
#define RP_DECISION(name, word, meaning) [RP_DECISION_##name] = meaning,
#include <reprise/decision.def>
#undef RP_DECISION
    };
    size_t checked = 0;
    for (int kind = 0; kind < RP_DECISION_COUNT; kind++) {
        const char *open = strchr(meanings[kind], '[');
        struct rp_str rest = rp_str_of(open == NULL ? "" : open + 1);
        rest = rp_str_cut(rest, ']', &(struct rp_str){NULL, 0});
        while (rest.ptr != NULL && rest.len > 0) {
            struct rp_str field = rp_str_trim(rp_str_cut(rest, ',', &rest));
            char *name = rp_mem_dup(field);
            if (rp__key_of_field((enum rp_decision_kind)kind, name) ==
                RP__KEY_COUNT) {
                fail_msg("'%s' of %s is not in attr.def", name,
                    rp_decision_name((enum rp_decision_kind)kind));
            }
            rp_mem_free(name);
            checked++;
        }
    }
    assert_true(checked > 30);
}

/* No name is also the beginning of another: that is what tools refuse. */
static void no_attribute_is_also_a_namespace(void **state)
{
    (void)state;
    for (int a = 0; a < RP__KEY_COUNT; a++) {
        struct rp_str x = rp_str_of(rp__key_name((enum rp__key)a));
        for (int b = 0; b < RP__KEY_COUNT; b++) {
            struct rp_str y = rp_str_of(rp__key_name((enum rp__key)b));
            if (a != b && rp_str_starts(y, x) && y.ptr[x.len] == '.') {
                fail_msg("%s is a namespace of %s", x.ptr, y.ptr);
            }
            assert_true(a == b || !rp_str_equal(x, y));
        }
    }
}

static void a_summary_counts_what_a_session_did(void **state)
{
    (void)state;
    struct rp_session_head head = head_of(1);
    struct rp_summary summary;
    rp_summary_init(&summary, &head);
    assert_int_equal(summary.outcome, RP_OUTCOME_NONE);
    struct script s;
    for (int i = 0; i < 30; i++) { /* more notes than there is room for */
        script_at(&s, RP_EVENT_TIMER_FIRED, i);
        struct rp_decision *d = script_decide(
            &s, RP_DECISION_TASK_ENDED, "gather/notes", RP_REASON_DEADLINE);
        script_text(d, "status", "timed_out");
        struct rp_record record = {
            1, s.event.at, RP_STR(""), {{0}}, &s.event, &s.step};
        rp_summary_add(&summary, &record);
    }
    assert_int_equal(summary.record_count, 30);
    assert_true(strncmp(summary.notes, "notes timed out, notes", 22) == 0);
    assert_true(strlen(summary.notes) < RP_SUMMARY_NOTES_MAX);
    assert_true(summary.notes_left > 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(
            a_session_becomes_one_tree_whose_ids_are_those_of_its_paths),
        cmocka_unit_test(names_and_kinds_follow_the_conventions),
        cmocka_unit_test(
            a_timeout_is_an_error_of_its_attempt_and_a_retry_links_to_it),
        cmocka_unit_test(an_injected_fault_marks_its_attempt),
        cmocka_unit_test(a_synthesis_links_to_every_output_it_used),
        cmocka_unit_test(conflicts_are_events_of_the_aggregate),
        cmocka_unit_test(what_is_open_is_told_as_open),
        cmocka_unit_test(
            settling_forgets_what_was_taken_and_numbers_what_follows),
        cmocka_unit_test(
            spans_past_the_limit_are_counted_and_the_rest_stays_a_tree),
        cmocka_unit_test(records_that_do_not_fit_are_left_out),
        cmocka_unit_test(what_was_read_from_a_record_folds_as_what_was_written),
        cmocka_unit_test(every_field_of_every_decision_has_an_attribute),
        cmocka_unit_test(no_attribute_is_also_a_namespace),
        cmocka_unit_test(a_summary_counts_what_a_session_did),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
