#include "tape.h"

#include <time.h>

#include <reprise/mem.h>

#include "bench.h"
#include "session.h"

/* A payload, or a record when `body` is set. */
struct item {
    struct rp_digest digest;
    struct rp_str bytes;
    struct rp_str body;
    struct rp_record record;
    struct rp_event event;
    struct rp_step step;
};

struct bench_tape {
    struct rp_store base;
    struct rp_arena *arena;
    const struct rp_plan *plan;
    struct item **items;
    uint32_t count, room, record_count;
};

static struct bench_tape *self_of(struct rp_store *s)
{
    return RP_CONTAINER_OF(s, struct bench_tape, base);
}

static struct item *next_item(struct bench_tape *self)
{
    if (self->count == self->room) {
        self->room = self->room == 0 ? 256 : self->room * 2;
        self->items =
            rp_mem_grow(self->items, self->room, sizeof(struct item *));
    }
    struct item *item = rp_arena_alloc(self->arena, sizeof(*item));
    self->items[self->count++] = item;
    return item;
}

static enum rp_code tape_begin(
    struct rp_store *s, const struct rp_session_head *head, struct rp_err *err)
{
    (void)s;
    (void)head;
    (void)err;
    return RP_OK;
}

static enum rp_code tape_put(struct rp_store *s, const struct rp_digest *digest,
    struct rp_str bytes, struct rp_err *err)
{
    struct bench_tape *self = self_of(s);
    struct item *item = next_item(self);
    (void)err;
    item->digest = *digest;
    item->bytes = (struct rp_str){rp_arena_dup(self->arena, bytes), bytes.len};
    return RP_OK;
}

static enum rp_code tape_append(
    struct rp_store *s, const struct rp_record *record, struct rp_err *err)
{
    struct bench_tape *self = self_of(s);
    struct item *item = next_item(self);
    item->body = (struct rp_str){
        rp_arena_dup(self->arena, record->body), record->body.len};
    item->record = (struct rp_record){record->seq, record->at, item->body,
        record->digest, &item->event, &item->step};
    self->record_count++;
    return rp_record_read(
        self->arena, item->body, self->plan, &item->event, &item->step, err);
}

static enum rp_code tape_commit(struct rp_store *s, struct rp_err *err)
{
    (void)s;
    (void)err;
    return RP_OK;
}

/* NOLINTBEGIN(readability-non-const-parameter): as the interface has it */
static enum rp_code tape_get(struct rp_store *s, const struct rp_digest *digest,
    char **out, size_t *out_bytes, struct rp_err *err)
{
    (void)s;
    (void)digest;
    (void)out;
    (void)out_bytes;
    return rp_err_set(err, RP_E_NOT_FOUND, "a tape is not read");
}
/* NOLINTEND(readability-non-const-parameter) */

static void tape_free(struct rp_store *s)
{
    struct bench_tape *self = self_of(s);
    rp_arena_free(&self->arena);
    rp_mem_free(self->items);
    rp_mem_free(self);
}

static const struct rp_store_ops tape_ops = {
    .name = "tape",
    .begin = tape_begin,
    .put = tape_put,
    .append = tape_append,
    .commit = tape_commit,
    .get = tape_get,
    .free = tape_free,
};

struct bench_tape *bench_tape_record(const struct rp_plan *plan)
{
    struct rp_session_head head;
    struct bench_tape *self = rp_mem_zalloc(sizeof(*self));
    self->base.ops = &tape_ops;
    self->arena = rp_arena_new(1u << 20);
    self->plan = plan;
    bench_head_make(&head, plan);
    struct bench_run run = {.plan = plan, .head = &head, .store = &self->base};
    bench_run_instant(&run);
    return self;
}

void bench_tape_free(struct bench_tape **tape)
{
    if (*tape != NULL) {
        tape_free(&(*tape)->base);
        *tape = NULL;
    }
}

uint32_t bench_tape_record_count(const struct bench_tape *tape)
{
    return tape->record_count;
}

/* As the runner does: while another process writes, it tries again. */
static enum rp_code commit(struct rp_store *store, struct rp_err *err)
{
    const struct timespec pause = {0, RP_NS_PER_MS / 4};
    enum rp_code rc;
    while ((rc = store->ops->commit(store, err)) == RP_E_BUSY) {
        rp_err_clear(err);
        (void)nanosleep(&pause, NULL); /* shorter is as good */
    }
    return rc;
}

void bench_tape_play(const struct bench_tape *tape, struct rp_store *store,
    const struct rp_session_head *head, uint32_t records_per_commit)
{
    struct rp_err err = RP_ERR_INIT;
    uint32_t waiting = 0;
    enum rp_code rc = store->ops->begin(store, head, &err);
    for (uint32_t i = 0; i < tape->count && rc == RP_OK; i++) {
        const struct item *item = tape->items[i];
        if (item->body.len == 0) {
            rc = store->ops->put(store, &item->digest, item->bytes, &err);
            continue;
        }
        rc = store->ops->append(store, &item->record, &err);
        if (rc == RP_OK && ++waiting == records_per_commit) {
            rc = commit(store, &err);
            waiting = 0;
        }
    }
    if (rc == RP_OK && waiting > 0) {
        rc = commit(store, &err);
    }
    bench_check(rc, &err, "playing a tape");
}
