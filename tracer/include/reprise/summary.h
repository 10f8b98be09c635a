/* summary.h - what a list of sessions shows of one, kept up to date record by
 * record. Pure: no store, no clock. Floor: tracer.
 */
#ifndef RP_SUMMARY_H
#define RP_SUMMARY_H

#include <reprise/record.h>
#include <reprise/store.h>

#define RP_SUMMARY_NOTES_MAX 200

struct rp_summary {
    enum rp_outcome outcome; /* NONE: not ended */
    uint64_t record_count;
    struct rp_instant last_at; /* journal time of the last record: when the
                                  session ended, what it took */
    struct rp_digest chain;    /* of the last record */
    /* Tasks of the plan, fallback agents not counted; while the session runs,
     * those that began and delivered so far. */
    int64_t requested, delivered;
    int64_t tasks, attempts, retries, timeouts, fallbacks, conflicts;
    int64_t input_tokens, output_tokens, cost_micro_usd;
    struct rp_digest output; /* payload: the session's output; zero if none */
    /* What did not go as asked, for people: "notes timed out, labs: fallback".
     * UTF-8. */
    char notes[RP_SUMMARY_NOTES_MAX];
    uint32_t notes_left; /* that had no room in it */
};

void rp_summary_init(
    struct rp_summary *summary, const struct rp_session_head *head);
void rp_summary_add(struct rp_summary *summary, const struct rp_record *record);

#endif
