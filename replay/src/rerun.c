/* The ordinary runner between a recording and a store that may be none. */
#include <reprise/rerun.h>

#include <string.h>

#include "mortal.h"

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

/* The lives of a session: one, and one more behind each death. */
struct lives {
    const struct rp_rerun *rerun;
    struct rp_rerun_result *result;
    struct rp_store *store;
    struct rp_clock *clock;
    struct rp_transport *journal;
    struct rp__mortal mortal; /* all zero when nothing dies */
};

/* A chain is for who keeps it: the store, or a life that another one resumes
 * from. */
static enum rp_run_records records_of(const struct rp_rerun *rerun)
{
    if (rerun->bare && rerun->steps_only) {
        return RP_RECORDS_STEPS;
    }
    bool kept = rerun->store != NULL || rerun->death_count > 0;
    return kept ? RP_RECORDS_CHAINED : RP_RECORDS_UNCHAINED;
}

/* One life: it ends when the session does, or dies. */
static enum rp_code live(const struct lives *l, struct rp_transport *transport,
    const struct rp_past *past, struct rp_err *err)
{
    const struct rp_rerun *rerun = l->rerun;
    bool dies = l->store == &l->mortal.base && l->mortal.until > 0;
    struct rp_run options = {
        .plan = rerun->plan,
        .head = rerun->head,
        .input = rerun->input,
        .clock = l->clock,
        .transport = transport,
        .store = l->store,
        .control = rp_transport_journal_operator(l->journal),
        .past = past,
        .sinks = rerun->sinks,
        .sink_count = dies ? 0 : rerun->sink_count, /* told of it later */
        .turn_max = RP_DURATION_FOREVER,
        .records = records_of(rerun),
        .memo = rerun->memo,
    };
    return rp_run(&options, &l->result->run, err);
}

/* Faults die with who forces them: what comes after a death is undisturbed. */
static enum rp_code live_on(struct lives *l, struct rp_err *err)
{
    const struct rp_rerun *rerun = l->rerun;
    struct rp__lent lent;
    rp__lent_init(&lent, l->journal);
    struct rp_transport *first = &lent.base;
    if (rerun->wrap != NULL) {
        first = rerun->wrap(rerun->wrap_context, first, l->clock);
    }
    l->mortal.until = rerun->death_count > 0 ? rerun->deaths[0] : 0;
    enum rp_code rc = live(l, first, NULL, err);
    lent.base.next = NULL;
    rp_transport_free(&first);
    for (uint32_t i = 1; l->mortal.died; i++) {
        rp_err_clear(err);
        rp_transport_journal_forget(l->journal);
        rc = rp__mortal_past(&l->mortal, rerun, err);
        l->result->death_count = i;
        l->mortal.until = i < rerun->death_count ? rerun->deaths[i] : 0;
        if (rc == RP_OK) {
            rc = live(l, l->journal, &l->mortal.past, err);
        }
    }
    return rc;
}

static enum rp_code run(const struct rp_rerun *rerun,
    struct rp_rerun_result *result, struct rp_store *store, struct rp_err *err)
{
    struct lives l = {
        .rerun = rerun,
        .result = result,
        .store = store,
        .clock = new_clock(rerun),
    };
    l.journal =
        rp_transport_journal_new(rerun->source, l.clock, rerun->changed);
    rp_transport_journal_ignore(
        l.journal, rerun->ignored, rerun->ignored_count);
    rp_transport_journal_refuse(
        l.journal, rerun->refused, rerun->refused_count);
    if (rerun->mended) {
        rp_transport_journal_mend(l.journal);
    }
    if (rerun->order != NULL) {
        rp_transport_journal_reorder(
            l.journal, rerun->order, rerun->order_count);
    }
    if (rerun->death_count > 0) {
        RP_ASSERT(!rerun->steps_only);
        rp__mortal_init(&l.mortal, store);
        l.store = &l.mortal.base;
    }
    enum rp_code rc = live_on(&l, err);
    if (!rerun->bare) {
        keep_answers(result, l.journal);
        keep_unused(result, l.journal);
    }
    rp_transport_free(&l.journal);
    rp_clock_free(&l.clock);
    rp__mortal_fini(&l.mortal);
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
