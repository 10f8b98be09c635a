#define _GNU_SOURCE /* mkdtemp, nftw */

#include "support.h"

#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <reprise/span.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

/* ---- files ---- */

char *scratch_new(void)
{
    const char *root = getenv("TMPDIR");
    char path[512];
    (void)snprintf(path, sizeof(path), "%s/reprise-tracer-XXXXXX",
        root == NULL ? "/tmp" : root);
    assert_non_null(mkdtemp(path));
    return rp_mem_dup(rp_str_of(path));
}

static int remove_one(
    const char *path, const struct stat *what, int kind, struct FTW *where)
{
    (void)what;
    (void)kind;
    (void)where;
    return remove(path);
}

void scratch_remove(char **directory)
{
    (void)nftw(*directory, remove_one, 16, FTW_DEPTH | FTW_PHYS);
    rp_mem_free(*directory);
    *directory = NULL;
}

char *scratch_path(const char *directory, const char *name)
{
    char path[1024];
    (void)snprintf(path, sizeof(path), "%s/%s", directory, name);
    return rp_mem_dup(rp_str_of(path));
}

char *file_bytes(const char *path, size_t *len)
{
    FILE *file = fopen(path, "rb");
    if (file == NULL) {
        return NULL;
    }
    struct rp_buf bytes;
    rp_buf_init(&bytes, 256u << 20);
    char part[65536];
    size_t got;
    while ((got = fread(part, 1, sizeof(part), file)) > 0) {
        rp_buf_add(&bytes, (struct rp_str){part, got});
    }
    (void)fclose(file);
    return rp_buf_take(&bytes, len);
}

bool file_patch(const char *path, const char *from, const char *to)
{
    size_t len;
    char *bytes = file_bytes(path, &len);
    char *at = memmem(bytes, len, from, strlen(from));
    if (at != NULL) {
        FILE *file = fopen(path, "r+b");
        assert_non_null(file);
        assert_int_equal(fseek(file, at - bytes, SEEK_SET), 0);
        assert_int_equal(fwrite(to, 1, strlen(to), file), strlen(to));
        assert_int_equal(fclose(file), 0);
    }
    rp_mem_free(bytes);
    return at != NULL;
}

/* ---- heads ---- */

const char plan_text[] = "{\"reprise\":1,\"name\":\"clinic\"}";
const char input_text[] = "{\"encounter\":\"E1\"}";
const char output_text[] = "{\"summary\":\"fine\"}";

struct rp_session_head head_of(uint32_t n)
{
    static const struct rp_tag tags[] = {
        {{"team", 4}, {"red", 3}}, {{"ward", 4}, {"7", 1}}};
    uint8_t chance[10] = {0};
    memcpy(chance, &n, sizeof(n));
    struct rp_session_head head = {
        .sampled = true,
        .mode = RP_MODE_LIVE,
        .seed = UINT64_MAX - n,
        .engine_rev = RP_ENGINE_REV,
        .incarnation = 1,
        .began = {INT64_C(1760000000000000000) + n * RP_NS_PER_S},
        .plan_name = RP_STR("clinic"),
        .plan = rp_digest_of(rp_str_of(plan_text)),
        .input = rp_digest_of(rp_str_of(input_text)),
        .tags = tags,
        .tag_count = 2,
        .program = "reprise 0.1.0",
    };
    head.id = rp_session_id_of(head.began, chance);
    memset(head.trace.bytes, 0xab, sizeof(head.trace.bytes));
    memcpy(head.trace.bytes, &n, sizeof(n));
    return head;
}

/* ---- steps ---- */

void script_at(struct script *script, enum rp_event_kind kind, int64_t ms)
{
    memset(script, 0, sizeof(*script));
    script->event.kind = kind;
    script->event.at.ns = ms * RP_NS_PER_MS;
    script->step.decisions = script->decisions;
    script->step.actions = script->actions;
}

void script_completed(struct script *script, int64_t ms, const char *call_path,
    enum rp_call_end end)
{
    script_at(script, RP_EVENT_CALL_COMPLETED, ms);
    script->event.path = call_path;
    script->event.completed = &script->completion;
    script->completion.end = end;
    script->completion.exit_status = end == RP_END_EXITED ? 0 : -1;
    script->completion.pid = 4711;
    script->completion.duration.ns = RP_NS_PER_S;
    script->completion.first_byte = RP_DURATION_FOREVER;
}

struct rp_decision *script_decide(struct script *script,
    enum rp_decision_kind kind, const char *path, enum rp_reason reason)
{
    assert_true(script->step.decision_count < SCRIPT_MAX);
    struct rp_decision *d = &script->decisions[script->step.decision_count++];
    d->kind = kind;
    d->path = path;
    d->reason = reason;
    return d;
}

void script_text(struct rp_decision *d, const char *name, const char *text)
{
    d->attrs[d->attr_count++] = (struct rp_attr){
        .name = name, .type = RP_ATTR_TEXT, .text = rp_str_of(text)};
}

void script_int(struct rp_decision *d, const char *name, int64_t value)
{
    d->attrs[d->attr_count++] =
        (struct rp_attr){.name = name, .type = RP_ATTR_INT, .number = value};
}

void script_list(struct rp_decision *d, const char *name,
    const struct rp_str *items, uint32_t count)
{
    d->attrs[d->attr_count++] = (struct rp_attr){.name = name,
        .type = RP_ATTR_LIST,
        .items = items,
        .item_count = count};
}

struct rp_call *script_start(struct script *script, uint32_t number,
    const char *call_path, const char *task, uint32_t attempt)
{
    assert_true(script->step.action_count < SCRIPT_MAX);
    struct rp_action *action = &script->actions[script->step.action_count++];
    const char *slash = strrchr(task, '/');
    action->kind = RP_ACTION_START_CALL;
    action->start.number = number;
    action->start.path = call_path;
    action->start.task = task;
    action->start.attempt = attempt;
    action->start.agent_name = slash == NULL ? task : slash + 1;
    action->start.input_digest = rp_digest_of(rp_str_of(input_text));
    return &action->start;
}

/* ---- journals ---- */

void journal_begin(struct journal *journal, uint32_t n, struct rp_store *store,
    struct rp_span_fold *fold)
{
    *journal = (struct journal){head_of(n), store, fold, {{0}}, 0};
    struct rp_buf text;
    rp_buf_init(&text, 1u << 20);
    rp_session_head_write(&text, &journal->head);
    journal->chain = rp_digest_of(rp_buf_str(&text));
    rp_buf_fini(&text);
    if (store == NULL) {
        return;
    }
    struct rp_err err = RP_ERR_INIT;
    assert_int_equal(store->ops->begin(store, &journal->head, &err), RP_OK);
    const char *const texts[] = {plan_text, input_text, output_text};
    for (size_t i = 0; i < RP_COUNT_OF(texts); i++) {
        struct rp_digest digest = rp_digest_of(rp_str_of(texts[i]));
        assert_int_equal(
            store->ops->put(store, &digest, rp_str_of(texts[i]), &err), RP_OK);
    }
}

void journal_add(struct journal *journal, struct script *script)
{
    struct rp_buf body;
    rp_buf_init(&body, 1u << 20);
    rp_record_write(&body, &script->event, &script->step);
    journal->chain = rp_record_chain(&journal->chain, rp_buf_str(&body));
    struct rp_record record = {++journal->seq, script->event.at,
        rp_buf_str(&body), journal->chain, &script->event, &script->step};
    struct rp_err err = RP_ERR_INIT;
    if (journal->store != NULL) {
        assert_int_equal(
            journal->store->ops->append(journal->store, &record, &err), RP_OK);
    }
    if (journal->fold != NULL) {
        rp_span_fold_add(journal->fold, &record);
    }
    rp_buf_fini(&body);
}

/* ---- the clinic ---- */

static void digest_text(
    struct rp_decision *d, const char *name, const char *text, char *hex)
{
    struct rp_digest digest = rp_digest_of(rp_str_of(text));
    rp_digest_hex(&digest, hex);
    script_text(d, name, hex);
}

static void begin_task(
    struct script *s, const char *path, const char *agent, char *hex)
{
    struct rp_decision *d =
        script_decide(s, RP_DECISION_TASK_BEGAN, path, RP_REASON_NONE);
    script_text(d, "agent", agent);
    if (strcmp(agent, "writer") == 0) {
        static const struct rp_str from[] = {{"gather", 6}};
        script_text(d, "role", "synthesis");
        script_list(d, "from", from, 1);
    }
    digest_text(d, "input", input_text, hex);
    script_int(d, "input_bytes", (int64_t)strlen(input_text));
}

static void end_task(struct script *s, const char *path, const char *status,
    const char *class, int64_t attempts)
{
    struct rp_decision *d = script_decide(s, RP_DECISION_TASK_ENDED, path,
        class[0] == '\0' ? RP_REASON_OK : RP_REASON_ATTEMPTS_EXHAUSTED);
    script_text(d, "status", status);
    if (class[0] != '\0') {
        script_text(d, "class", class);
        script_text(d, "detail", "exit status 3");
    }
    script_int(d, "attempts", attempts);
}

static void took_output(struct script *s)
{
    s->completion.output_digest = rp_digest_of(rp_str_of(output_text));
    s->completion.output_bytes = strlen(output_text);
}

static void clinic_1(struct script *s, char *hex)
{
    script_at(s, RP_EVENT_SESSION_STARTED, 0);
    s->event.started.input_digest = rp_digest_of(rp_str_of(input_text));
    struct rp_decision *d =
        script_decide(s, RP_DECISION_SESSION_BEGAN, "", RP_REASON_NONE);
    script_text(d, "plan", "clinic");
    d = script_decide(s, RP_DECISION_NODE_BEGAN, "gather", RP_REASON_NONE);
    script_text(d, "node", "parallel");
    begin_task(s, "gather/labs", "labs", hex);
    begin_task(s, "gather/notes", "notes", hex);
    script_start(s, 1, "gather/labs@1/call:1", "gather/labs", 1);
    script_start(s, 2, "gather/notes@1/call:1", "gather/notes", 1);
}

static void clinic_2(struct script *s, char *hex)
{
    script_completed(s, 1000, "gather/labs@1/call:1", RP_END_EXITED);
    s->completion.call = 1;
    took_output(s);
    s->completion.first_byte.ns = 250 * RP_NS_PER_MS;
    struct rp_decision *d =
        script_decide(s, RP_DECISION_ACCEPTED, "gather/labs@1", RP_REASON_OK);
    digest_text(d, "output", output_text, hex);
    end_task(s, "gather/labs", "ok", "", 1);
}

static void clinic_3(struct script *s)
{
    script_at(s, RP_EVENT_TIMER_FIRED, 10000);
    s->event.timer.name = "timeout gather/notes@1";
    struct rp_decision *d = script_decide(
        s, RP_DECISION_TIMED_OUT, "gather/notes@1", RP_REASON_TIMEOUT);
    script_int(d, "limit_ns", 10 * RP_NS_PER_S);
    d = script_decide(s, RP_DECISION_RETRY, "gather/notes", RP_REASON_TIMEOUT);
    script_int(d, "attempt", 2);
    script_int(d, "delay_ns", 200 * RP_NS_PER_MS);
    script_text(d, "class", "timeout");
    struct rp_action *a = &s->actions[s->step.action_count++];
    a->kind = RP_ACTION_CANCEL_CALL;
    a->cancel.call = 2;
    a->cancel.path = "gather/notes@1/call:1";
    a->cancel.mode = RP_CANCEL_TERM;
    a->cancel.reason = RP_REASON_TIMEOUT;
}

static void clinic_4(struct script *s)
{
    script_completed(s, 10100, "gather/notes@1/call:1", RP_END_KILLED);
    s->completion.call = 2;
    s->completion.signal = 15;
    s->completion.term_sent = true;
    script_decide(s, RP_DECISION_RELEASED, "gather/notes@1", RP_REASON_NONE);
}

static void clinic_5(struct script *s)
{
    script_at(s, RP_EVENT_TIMER_FIRED, 10300);
    s->event.timer.name = "backoff gather/notes";
    script_start(s, 3, "gather/notes@2/call:1", "gather/notes", 2);
}

static void aggregate(struct script *s)
{
    static const struct rp_str sources[] = {{"labs", 4}, {"notes", 5}};
    struct rp_decision *d = script_decide(
        s, RP_DECISION_MISSING, "gather", RP_REASON_ATTEMPTS_EXHAUSTED);
    script_text(d, "name", "notes");
    script_text(d, "status", "failed");
    script_text(d, "class", "exit");
    d = script_decide(
        s, RP_DECISION_CONFLICT, "gather/$aggregate", RP_REASON_DISAGREE);
    script_text(d, "key", "allergy");
    script_text(d, "kind", "disagree");
    script_text(d, "resolution", "flag");
    script_list(d, "sources", sources, 2);
    d = script_decide(
        s, RP_DECISION_AGGREGATED, "gather/$aggregate", RP_REASON_OK);
    script_int(d, "delivered", 1);
    script_int(d, "missing", 1);
    script_int(d, "facts", 4);
    script_int(d, "conflicts", 1);
    d = script_decide(s, RP_DECISION_NODE_ENDED, "gather", RP_REASON_OK);
    script_text(d, "status", "ok");
}

static void clinic_6(struct script *s, char *hex)
{
    script_completed(s, 11000, "gather/notes@2/call:1", RP_END_EXITED);
    s->completion.call = 3;
    s->completion.exit_status = 3;
    s->completion.fault_count = 1;
    memcpy(s->completion.faults[0].rule, "r1", sizeof("r1"));
    memcpy(s->completion.faults[0].fault, "exit", sizeof("exit"));
    struct rp_decision *d = script_decide(
        s, RP_DECISION_REJECTED, "gather/notes@2", RP_REASON_EXIT_NONZERO);
    script_text(d, "class", "exit");
    script_text(d, "detail", "exit status 3");
    end_task(s, "gather/notes", "failed", "exit", 2);
    aggregate(s);
    begin_task(s, "summary", "writer", hex);
    script_start(s, 4, "summary@1/call:1", "summary", 1);
}

static void clinic_7(struct script *s, char *hex)
{
    static const struct rp_str given[] = {{"labs", 4}};
    static const struct rp_str sources[] = {{"gather/labs", 11}};
    script_completed(s, 12000, "summary@1/call:1", RP_END_EXITED);
    s->completion.call = 4;
    took_output(s);
    s->completion.usage = (struct rp_usage){true, 100, 20, 1500, "m-1"};
    struct rp_decision *d =
        script_decide(s, RP_DECISION_ACCEPTED, "summary@1", RP_REASON_OK);
    digest_text(d, "output", output_text, hex);
    d = script_decide(s, RP_DECISION_SYNTHESIS, "summary", RP_REASON_NONE);
    script_list(d, "given", given, 1);
    script_list(d, "sources", sources, 1);
    end_task(s, "summary", "ok", "", 1);
    d = script_decide(s, RP_DECISION_SESSION_ENDED, "", RP_REASON_PARTIAL);
    script_text(d, "outcome", "degraded");
    script_int(d, "requested", 3);
    script_int(d, "delivered", 2);
    digest_text(d, "output", output_text, hex);
    s->actions[s->step.action_count++].kind = RP_ACTION_FINISH;
}

void clinic_record(struct journal *journal, uint32_t number)
{
    struct script s;
    char hex[RP_DIGEST_HEX_LEN + 1];
    switch (number) {
    case 1:
        clinic_1(&s, hex);
        break;
    case 2:
        clinic_2(&s, hex);
        break;
    case 3:
        clinic_3(&s);
        break;
    case 4:
        clinic_4(&s);
        break;
    case 5:
        clinic_5(&s);
        break;
    case 6:
        clinic_6(&s, hex);
        break;
    default:
        clinic_7(&s, hex);
        break;
    }
    journal_add(journal, &s);
}

void clinic_all(struct journal *journal)
{
    struct rp_err err = RP_ERR_INIT;
    for (uint32_t i = 1; i <= CLINIC_RECORDS; i++) {
        clinic_record(journal, i);
        if (journal->store != NULL) {
            assert_int_equal(
                journal->store->ops->commit(journal->store, &err), RP_OK);
        }
    }
}
