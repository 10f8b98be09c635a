/* What a session that goes on did before: summary and spans come to where they
 * were when its process died. */
#include <reprise/reader.h>

#include "sqlite_parts.h"

static enum rp_code take_record(struct rp_summary *summary,
    struct rp_span_fold *fold, const struct rp_record_row *row,
    const struct rp_plan *plan, struct rp_arena *arena, struct rp_err *err)
{
    struct rp_event event;
    struct rp_step step;
    struct rp_record record = {
        row->seq, row->at, row->body, row->digest, &event, &step};
    enum rp_code rc =
        rp_record_read(arena, row->body, plan, &event, &step, err);
    if (rc == RP_OK) {
        rp_summary_add(summary, &record);
        rp_span_fold_add(fold, &record);
        rp_span_fold_settle(fold); /* it is in the store */
    }
    return rc;
}

static enum rp_code take_records(struct rp_summary *summary,
    struct rp_span_fold *fold, struct rp_reader *reader, int64_t no,
    const struct rp_plan *plan, struct rp_err *err)
{
    struct rp_records *records = NULL;
    struct rp_arena *arena = rp_arena_new(0);
    bool found = true;
    enum rp_code rc = rp_reader_records(&records, reader, no, 1, err);
    while (rc == RP_OK && found) {
        struct rp_record_row row;
        rc = rp_records_next(records, &found, &row, err);
        if (rc == RP_OK && found) {
            rc = take_record(summary, fold, &row, plan, arena, err);
            rp_arena_reset(arena);
        }
    }
    rp_records_free(&records);
    rp_arena_free(&arena);
    return rc;
}

enum rp_code rp__session_past(int64_t *no, struct rp_summary *summary,
    struct rp_span_fold *fold, const struct rp_store_sqlite *sqlite,
    const struct rp_session_head *head, const struct rp_plan *plan,
    struct rp_err *err)
{
    struct rp_reader *reader = NULL;
    struct rp_session_row row;
    struct rp_arena *arena = rp_arena_new(0);
    enum rp_code rc = rp_reader_open(&reader, sqlite->path, err);
    if (rc == RP_OK) {
        rc = rp_reader_find(&row, reader, rp_str_of(head->id.text), arena, err);
    }
    if (rc == RP_OK && row.summary.outcome != RP_OUTCOME_NONE) {
        rc = rp_err_set(err, RP_E_STATE, "session %s has ended: %s",
            head->id.text, rp_outcome_name(row.summary.outcome));
    }
    if (rc == RP_OK) {
        rc = take_records(summary, fold, reader, row.no, plan, err);
    }
    if (rc == RP_OK) {
        *no = row.no;
    }
    rp_reader_close(&reader);
    rp_arena_free(&arena);
    return rc;
}
