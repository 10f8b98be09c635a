/* The ordinary runner between a recording and a store that may be none. */
#include <reprise/rerun.h>

#include <string.h>

/* Keeps the bodies of records, and passes everything on when there is a store
 * to pass it to. */
struct keeping {
    struct rp_store base;
    struct rp_store *inner; /* borrowed; NULL: none */
    struct rp_arena *arena; /* borrowed, outlives us */
    struct rp_str *bodies;
    uint32_t count, room;
};

static struct keeping *self_of(struct rp_store *s)
{
    return RP_CONTAINER_OF(s, struct keeping, base);
}

static enum rp_code keeping_begin(
    struct rp_store *s, const struct rp_session_head *head, struct rp_err *err)
{
    struct rp_store *inner = self_of(s)->inner;
    return inner == NULL ? RP_OK : inner->ops->begin(inner, head, err);
}

static enum rp_code keeping_put(struct rp_store *s,
    const struct rp_digest *digest, struct rp_str bytes, struct rp_err *err)
{
    struct rp_store *inner = self_of(s)->inner;
    return inner == NULL ? RP_OK : inner->ops->put(inner, digest, bytes, err);
}

static enum rp_code keeping_append(
    struct rp_store *s, const struct rp_record *record, struct rp_err *err)
{
    struct keeping *self = self_of(s);
    if (self->count == self->room) {
        self->room = self->room == 0 ? 128 : self->room * 2;
        self->bodies =
            rp_mem_grow(self->bodies, self->room, sizeof(struct rp_str));
    }
    self->bodies[self->count++] = (struct rp_str){
        rp_arena_dup(self->arena, record->body), record->body.len};
    struct rp_store *inner = self->inner;
    return inner == NULL ? RP_OK : inner->ops->append(inner, record, err);
}

static enum rp_code keeping_commit(struct rp_store *s, struct rp_err *err)
{
    struct rp_store *inner = self_of(s)->inner;
    return inner == NULL ? RP_OK : inner->ops->commit(inner, err);
}

static enum rp_code keeping_get(struct rp_store *s,
    const struct rp_digest *digest, char **out, size_t *out_bytes,
    struct rp_err *err)
{
    struct rp_store *inner = self_of(s)->inner;
    return inner == NULL
               ? rp_err_set(err, RP_E_NOT_FOUND, "nothing is kept of a rerun")
               : inner->ops->get(inner, digest, out, out_bytes, err);
}

static void keeping_free(struct rp_store *s)
{
    rp_mem_free(self_of(s)->bodies);
}

static const struct rp_store_ops keeping_ops = {
    .name = "keeping",
    .begin = keeping_begin,
    .put = keeping_put,
    .append = keeping_append,
    .commit = keeping_commit,
    .get = keeping_get,
    .free = keeping_free,
};

/* ---- comparing ---- */

/* Records of the same bytes are the same values: they are not read twice. */
static enum rp_code read_again(struct rp_recorded *out,
    const struct rp_recorded *before, struct rp_str body,
    const struct rp_plan *plan, struct rp_arena *arena)
{
    if (before != NULL && rp_str_equal(before->body, body)) {
        *out = *before;
        return RP_OK;
    }
    out->body = body;
    return rp_record_read(arena, body, plan, &out->event, &out->step, NULL);
}

static void compare(struct rp_rerun_result *result,
    const struct rp_rerun *rerun, const struct keeping *kept)
{
    uint32_t count = 0;
    const struct rp_recorded *before =
        rp_recording_records(rerun->source, &count);
    struct rp_recorded *after =
        rp_arena_array(result->arena, kept->count, sizeof(struct rp_recorded));
    for (uint32_t i = 0; i < kept->count; i++) {
        after[i].seq = i + 1;
        enum rp_code rc = read_again(&after[i], i < count ? &before[i] : NULL,
            kept->bodies[i], rerun->plan, result->arena);
        RP_ASSERT(rc == RP_OK); /* we wrote it */
        const struct rp_event *event = &after[i].event;
        if (event->kind == RP_EVENT_CALL_COMPLETED) {
            result->worker_time.ns += event->completed->duration.ns;
        }
    }
    result->records = after;
    result->record_count = kept->count;
    rp_compare(
        &result->comparison, result->arena, before, count, after, kept->count);
}

static void keep_answers(
    struct rp_rerun_result *result, const struct rp_transport *journal)
{
    uint32_t count = 0;
    const struct rp_journal_answer *answers =
        rp_transport_journal_answers(journal, &count);
    result->answers =
        rp_arena_array(result->arena, count, sizeof(struct rp_journal_answer));
    result->answer_count = count;
    for (uint32_t i = 0; i < count; i++) {
        result->answers[i] = (struct rp_journal_answer){
            rp_arena_dup(result->arena, rp_str_of(answers[i].path)),
            rp_arena_dup(result->arena, rp_str_of(answers[i].source)),
            answers[i].match};
    }
}

static void keep_unused(
    struct rp_rerun_result *result, const struct rp_transport *journal)
{
    const char *path;
    bool used;
    uint32_t count = 0;
    while (rp_transport_journal_used(journal, count, &path, &used)) {
        count++;
    }
    const char **unused = rp_arena_array(result->arena, count, sizeof(char *));
    for (uint32_t i = 0; i < count; i++) {
        (void)rp_transport_journal_used(
            journal, i, &path, &used); /* is there */
        if (!used) {
            unused[result->unused_count++] = path;
        }
    }
    result->unused = unused;
}

/* ---- running ---- */

struct rp_session_head rp_rerun_head(const struct rp_recording *source)
{
    struct rp_session_head head = *rp_recording_head(source);
    head.source = head.id;
    head.source_trace = head.trace;
    head.mode = RP_MODE_RERUN;
    head.incarnation = 1;
    return head;
}

/* Journal time goes on where it began then. */
static struct rp_clock *new_clock(const struct rp_rerun *rerun)
{
    uint32_t count = 0;
    const struct rp_recorded *records =
        rp_recording_records(rerun->source, &count);
    struct rp_clock *clock = rp_clock_virtual_new(rerun->head->began);
    if (count > 0) {
        rp_clock_virtual_advance(clock, records[0].event.at);
    }
    return clock;
}

static enum rp_code run(const struct rp_rerun *rerun,
    struct rp_rerun_result *result, struct rp_store *store, struct rp_err *err)
{
    struct rp_clock *clock = new_clock(rerun);
    struct rp_transport *journal =
        rp_transport_journal_new(rerun->source, clock, rerun->changed);
    struct rp_transport *outermost = journal;
    rp_transport_journal_ignore(journal, rerun->ignored, rerun->ignored_count);
    if (rerun->order != NULL) {
        rp_transport_journal_reorder(journal, rerun->order, rerun->order_count);
    }
    if (rerun->wrap != NULL) {
        outermost = rerun->wrap(rerun->wrap_context, journal, clock);
    }
    struct rp_run options = {
        .plan = rerun->plan,
        .head = rerun->head,
        .input = rerun->input,
        .clock = clock,
        .transport = outermost,
        .store = store,
        .control = rp_transport_journal_operator(journal),
        .sinks = rerun->sinks,
        .sink_count = rerun->sink_count,
        .turn_max = RP_DURATION_FOREVER,
        .steps_only = rerun->bare && rerun->steps_only,
    };
    enum rp_code rc = rp_run(&options, &result->run, err);
    if (!rerun->bare) {
        keep_answers(result, journal);
        keep_unused(result, journal);
    }
    rp_transport_free(&outermost);
    rp_clock_free(&clock);
    return rc;
}

enum rp_code rp_rerun(const struct rp_rerun *rerun,
    struct rp_rerun_result *result, struct rp_err *err)
{
    struct rp_rerun whole = *rerun;
    if (whole.plan == NULL) {
        whole.plan = rp_recording_plan(whole.source);
    }
    if (whole.input.len == 0) {
        whole.input = rp_recording_input(whole.source);
    }
    *result = (struct rp_rerun_result){.arena = NULL};
    if (whole.bare) {
        RP_ASSERT(whole.store != NULL);
        return run(&whole, result, whole.store, err);
    }
    result->arena = rp_arena_new(32u << 10);
    struct keeping keeping = {
        .base = {&keeping_ops},
        .inner = whole.store,
        .arena = result->arena,
    };
    enum rp_code rc = run(&whole, result, &keeping.base, err);
    compare(result, &whole, &keeping);
    keeping_free(&keeping.base);
    return rc;
}

void rp_rerun_result_fini(struct rp_rerun_result *result)
{
    rp_run_result_fini(&result->run);
    rp_arena_free(&result->arena);
    *result = (struct rp_rerun_result){.arena = NULL};
}
