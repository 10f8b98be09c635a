#include <reprise/recording.h>

#include <inttypes.h>
#include <string.h>

/* Payloads that were asked for, by digest; open addressing. */
struct kept {
    struct rp_digest digest;
    char *bytes; /* owned; NULL: free slot */
    size_t len;
};

struct rp_recording {
    struct rp_reader *reader; /* one of the two, borrowed */
    struct rp_store *store;
    struct rp_session_head head;
    struct rp_arena *arena; /* of the records */
    struct rp_plan *plan;
    struct rp_str input;
    struct rp_recorded *records;
    uint32_t count, room;
    struct rp_digest chain; /* of the last record that was added */
    struct kept *kept;
    size_t kept_count, slot_count;
    struct rp_recording_damage damage;
};

const struct rp_session_head *rp_recording_head(const struct rp_recording *r)
{
    return &r->head;
}

const struct rp_plan *rp_recording_plan(const struct rp_recording *r)
{
    return r->plan;
}

struct rp_str rp_recording_input(const struct rp_recording *r)
{
    return r->input;
}

const struct rp_recorded *rp_recording_records(
    const struct rp_recording *r, uint32_t *count)
{
    *count = r->count;
    return r->records;
}

struct rp_record rp_recorded_as_record(const struct rp_recorded *recorded)
{
    return (struct rp_record){
        .seq = recorded->seq,
        .at = recorded->event.at,
        .body = recorded->body,
        .event = &recorded->event,
        .step = &recorded->step,
    };
}

struct rp_digest rp_recording_chain(const struct rp_recording *r)
{
    return r->chain;
}

bool rp_recording_ended(const struct rp_recording *r)
{
    if (r->count == 0) {
        return false;
    }
    const struct rp_step *step = &r->records[r->count - 1].step;
    return step->action_count > 0 &&
           step->actions[step->action_count - 1].kind == RP_ACTION_FINISH;
}

/* ---- payloads ---- */

static struct kept *slot_of(
    struct rp_recording *r, const struct rp_digest *digest)
{
    uint64_t hash;
    memcpy(&hash, digest->bytes, sizeof(hash));
    size_t at = (size_t)(hash % r->slot_count);
    while (r->kept[at].bytes != NULL &&
           !rp_digest_equal(&r->kept[at].digest, digest)) {
        at = (at + 1) % r->slot_count;
    }
    return &r->kept[at];
}

static void make_room(struct rp_recording *r)
{
    if (r->kept_count * 2 < r->slot_count) {
        return;
    }
    struct kept *old = r->kept;
    size_t old_count = r->slot_count;
    r->slot_count = old_count == 0 ? 64 : old_count * 2;
    r->kept = rp_mem_array(r->slot_count, sizeof(struct kept));
    for (size_t i = 0; i < old_count; i++) {
        if (old[i].bytes != NULL) {
            *slot_of(r, &old[i].digest) = old[i];
        }
    }
    rp_mem_free(old);
}

enum rp_code rp_recording_payload(struct rp_str *out, struct rp_recording *r,
    const struct rp_digest *digest, struct rp_err *err)
{
    make_room(r);
    struct kept *slot = slot_of(r, digest);
    if (slot->bytes == NULL) {
        char *bytes;
        size_t len;
        if (r->reader == NULL && r->store == NULL) {
            return rp_err_set(err, RP_E_NOT_FOUND, "no such payload is kept");
        }
        enum rp_code rc =
            r->reader != NULL
                ? rp_reader_payload(&bytes, &len, r->reader, digest, err)
                : r->store->ops->get(r->store, digest, &bytes, &len, err);
        if (rc != RP_OK) {
            return rc;
        }
        *slot = (struct kept){*digest, bytes, len};
        r->kept_count++;
    }
    *out = (struct rp_str){slot->bytes, slot->len};
    return RP_OK;
}

void rp_recording_close(struct rp_recording *r)
{
    r->reader = NULL;
    r->store = NULL;
}

/* A digest of zeros stands for no bytes. */
static enum rp_code fill(struct rp_str *out, struct rp_recording *r,
    const struct rp_digest *digest, struct rp_err *err)
{
    static const struct rp_digest none;
    *out = (struct rp_str){"", 0};
    return rp_digest_equal(digest, &none)
               ? RP_OK
               : rp_recording_payload(out, r, digest, err);
}

enum rp_code rp_recording_fill(struct rp_recording *r, struct rp_event *event,
    struct rp_completion *completion, struct rp_err *err)
{
    if (event->kind == RP_EVENT_SESSION_STARTED) {
        return fill(
            &event->started.input, r, &event->started.input_digest, err);
    }
    if (event->kind != RP_EVENT_CALL_COMPLETED) {
        return RP_OK;
    }
    *completion = *event->completed;
    event->completed = completion;
    enum rp_code rc =
        fill(&completion->output, r, &completion->output_digest, err);
    if (rc == RP_OK) {
        rc = fill(
            &completion->diagnostics, r, &completion->diagnostics_digest, err);
    }
    if (rc == RP_OK) {
        rc = fill(&completion->log, r, &completion->log_digest, err);
    }
    return rc;
}

/* ---- loading ---- */

static enum rp_code damaged(struct rp_recording *r, uint64_t seq,
    const struct rp_err *what, struct rp_err *err)
{
    r->damage.seq = seq;
    memcpy(r->damage.what, what->text, sizeof(r->damage.what));
    return rp_err_set(err, RP_E_DAMAGED, "session %s is damaged: %s",
        r->head.id.text, what->text);
}

static enum rp_code add_record(struct rp_recording *r, uint64_t seq,
    struct rp_str body, const struct rp_digest *digest, struct rp_err *err)
{
    struct rp_err why = RP_ERR_INIT;
    r->chain = rp_record_chain(&r->chain, body);
    if (seq != r->count + 1u) {
        (void)rp_err_set(
            &why, RP_E_DAMAGED, "record %" PRIu32 " is missing", r->count + 1);
        return damaged(r, r->count + 1u, &why, err);
    }
    if (!rp_digest_equal(&r->chain, digest)) {
        (void)rp_err_set(&why, RP_E_DAMAGED,
            "record %" PRIu64 " does not match its digest", seq);
        return damaged(r, seq, &why, err);
    }
    if (r->count == r->room) {
        r->room = r->room == 0 ? 64 : r->room * 2;
        r->records =
            rp_mem_grow(r->records, r->room, sizeof(struct rp_recorded));
    }
    struct rp_recorded *record = &r->records[r->count];
    record->seq = seq;
    record->body = (struct rp_str){rp_arena_dup(r->arena, body), body.len};
    if (rp_record_read(r->arena, record->body, r->plan, &record->event,
            &record->step, &why) != RP_OK) {
        rp_err_prefix(&why, "record %" PRIu64, seq);
        return damaged(r, seq, &why, err);
    }
    r->count++;
    return RP_OK;
}

static enum rp_code add_from_reader(
    struct rp_recording *r, int64_t session_no, struct rp_err *err)
{
    struct rp_records *rows = NULL;
    enum rp_code rc = rp_reader_records(&rows, r->reader, session_no, 1, err);
    bool found = rc == RP_OK;
    while (rc == RP_OK && found) {
        struct rp_record_row row;
        rc = rp_records_next(rows, &found, &row, err);
        if (rc == RP_OK && found) {
            rc = add_record(r, row.seq, row.body, &row.digest, err);
        }
    }
    rp_records_free(&rows);
    return rc;
}

static enum rp_code add_from_memory(struct rp_recording *r, struct rp_err *err)
{
    size_t count;
    const struct rp_memory_record *records =
        rp_store_memory_records(r->store, &count);
    enum rp_code rc = RP_OK;
    for (size_t i = 0; rc == RP_OK && i < count; i++) {
        rc = add_record(
            r, records[i].seq, records[i].body, &records[i].digest, err);
    }
    return rc;
}

/* The plan and the input: what the records are about. */
static enum rp_code open_head(struct rp_recording *r, struct rp_err *err)
{
    struct rp_err why = RP_ERR_INIT;
    struct rp_plan_problems problems = {0};
    struct rp_str frozen = {NULL, 0};
    struct rp_buf text;
    rp_buf_init(&text, RP_RECORD_BYTES_MAX);
    rp_session_head_write(&text, &r->head);
    r->chain = rp_digest_of(rp_buf_str(&text));
    rp_buf_fini(&text);
    enum rp_code rc = rp_recording_payload(&frozen, r, &r->head.plan, &why);
    if (rc == RP_OK) {
        rc = rp_plan_read(&r->plan, frozen, "/", NULL, &problems, &why);
        rp_plan_problems_fini(&problems);
    }
    if (rc == RP_OK) {
        rc = rp_recording_payload(&r->input, r, &r->head.input, &why);
    }
    return rc == RP_OK ? RP_OK : damaged(r, 0, &why, err);
}

static struct rp_recording *recording_new(const struct rp_session_head *head)
{
    struct rp_recording *r = rp_mem_zalloc(sizeof(*r));
    r->head = *head;
    r->arena = rp_arena_new(32u << 10);
    return r;
}

static enum rp_code give(struct rp_recording **out, struct rp_recording *r,
    enum rp_code rc, struct rp_recording_damage *damage)
{
    if (damage != NULL) {
        *damage = r->damage;
    }
    if (rc == RP_OK) {
        *out = r;
    } else {
        rp_recording_free(&r);
    }
    return rc;
}

enum rp_code rp_recording_load(struct rp_recording **out,
    struct rp_reader *reader, const struct rp_session_row *row,
    struct rp_recording_damage *damage, struct rp_err *err)
{
    if (row->head.mode == RP_MODE_IMPORTED) {
        return rp_err_set(err, RP_E_STATE,
            "session %s was imported as spans: it has no records",
            row->head.id.text);
    }
    struct rp_recording *r = recording_new(&row->head);
    r->reader = reader;
    enum rp_code rc = open_head(r, err);
    if (rc == RP_OK) {
        rc = add_from_reader(r, row->no, err);
    }
    return give(out, r, rc, damage);
}

enum rp_code rp_recording_of_memory(struct rp_recording **out,
    struct rp_store *store, const struct rp_session_head *head,
    struct rp_recording_damage *damage, struct rp_err *err)
{
    struct rp_recording *r = recording_new(head);
    r->store = store;
    enum rp_code rc = open_head(r, err);
    if (rc == RP_OK) {
        rc = add_from_memory(r, err);
    }
    return give(out, r, rc, damage);
}

void rp_recording_free(struct rp_recording **recording)
{
    struct rp_recording *r = *recording;
    if (r == NULL) {
        return;
    }
    for (size_t i = 0; i < r->slot_count; i++) {
        rp_mem_free(r->kept[i].bytes);
    }
    rp_mem_free(r->kept);
    rp_mem_free(r->records);
    rp_plan_free(&r->plan);
    rp_arena_free(&r->arena);
    rp_mem_free(r);
    *recording = NULL;
}
