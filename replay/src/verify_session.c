/* A session of a store: whole first, then decided again. */
#include <reprise/verify.h>

#include <stdio.h>

#include "divergence.h"

static void give_damage(
    struct rp_verification *out, uint64_t seq, const char *what)
{
    *out = rp__verification_new();
    rp__divergence_set(
        &out->first, out->arena, RP_DIVERGENCE_DAMAGED, seq, "", what);
}

/* What lists show of a session, made from its records again: as many as the
 * row knew of, as a running session goes on meanwhile. */
static struct rp_summary summary_of(
    const struct rp_recording *recording, const struct rp_session_row *row)
{
    uint32_t count;
    const struct rp_recorded *records = rp_recording_records(recording, &count);
    struct rp_summary summary;
    rp_summary_init(&summary, rp_recording_head(recording));
    for (uint32_t i = 0; i < count && i < row->summary.record_count; i++) {
        struct rp_record record = rp_recorded_as_record(&records[i]);
        rp_summary_add(&summary, &record);
    }
    return summary;
}

/* The row of a session is a copy for lists; one that tells another end than
 * the records is damage. Texts for people may change with the program. */
static bool row_fits(struct rp_verification *out,
    const struct rp_recording *recording, const struct rp_session_row *row)
{
    const struct rp_summary *shown = &row->summary;
    struct rp_summary found = summary_of(recording, row);
    bool ended = found.outcome != RP_OUTCOME_NONE;
    const char *what = NULL;
    if (shown->outcome != found.outcome) {
        what = "outcome";
    } else if (!rp_digest_equal(&shown->output, &found.output)) {
        what = "output";
    } else if (shown->last_at.ns != found.last_at.ns) {
        what = "time";
    } else if (ended && (shown->requested != found.requested ||
                            shown->delivered != found.delivered)) {
        what = "number of tasks";
    }
    if (what != NULL) {
        char text[RP_ERR_TEXT_MAX];
        (void)snprintf(text, sizeof(text),
            "the row of the session has another %s than its records", what);
        give_damage(out, found.record_count, text);
    }
    return what == NULL;
}

static enum rp_code load_and_verify(struct rp_verification *out,
    struct rp_reader *reader, const struct rp_session_row *row,
    const struct rp_plan *plan, struct rp_err *err)
{
    struct rp_recording *recording = NULL;
    struct rp_recording_damage damage = {.seq = 0};
    struct rp_err why = RP_ERR_INIT;
    enum rp_code rc = rp_recording_load(&recording, reader, row, &damage, &why);
    if (rc == RP_E_DAMAGED) {
        give_damage(out, damage.seq, damage.what);
        return RP_OK;
    }
    if (rc != RP_OK) {
        return rp_err_set(err, rc, "%s", why.text);
    }
    if (row_fits(out, recording, row)) {
        rc = rp_verify(out, recording, plan, err);
    }
    rp_recording_free(&recording);
    return rc;
}

enum rp_code rp_verify_session(struct rp_verification *out,
    struct rp_reader *reader, const struct rp_session_row *row,
    const struct rp_plan *plan, struct rp_err *err)
{
    struct rp_check check;
    enum rp_code rc = rp_reader_check(&check, reader, row->no, err);
    if (rc != RP_OK) {
        return rc;
    }
    if (check.damaged) {
        give_damage(out, check.damaged_seq, check.what);
        return RP_OK;
    }
    return load_and_verify(out, reader, row, plan, err);
}
