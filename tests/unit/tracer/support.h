/* support.h - a place for stores, and a recorded session made by hand. */
#ifndef RP_TRACER_SUPPORT_H
#define RP_TRACER_SUPPORT_H

#include <reprise/record.h>
#include <reprise/store.h>
#include <reprise/store_sqlite.h>

/* A new empty directory under $TMPDIR; removed with everything in it. */
char *scratch_new(void); /* owned, rp_mem_free() */
void scratch_remove(char **directory);
char *scratch_path(const char *directory, const char *name); /* owned */

char *file_bytes(const char *path, size_t *len); /* owned; NULL: no file */
/* Replaces the first `from` in the file by `to` of the same length. */
bool file_patch(const char *path, const char *from, const char *to);

/* Head number `n`: its own id, trace and start; everything else fixed. The
 * plan and input digests are those of plan_text and input_text. */
extern const char plan_text[], input_text[], output_text[];
struct rp_session_head head_of(uint32_t n);

/* A step being put together; reset before each. */
#define SCRIPT_MAX 16
struct script {
    struct rp_event event;
    struct rp_completion completion;
    struct rp_decision decisions[SCRIPT_MAX];
    struct rp_action actions[SCRIPT_MAX];
    struct rp_step step;
};
void script_at(struct script *script, enum rp_event_kind kind, int64_t ms);
void script_completed(struct script *script, int64_t ms, const char *call_path,
    enum rp_call_end end);
struct rp_decision *script_decide(struct script *script,
    enum rp_decision_kind kind, const char *path, enum rp_reason reason);
void script_text(struct rp_decision *d, const char *name, const char *text);
void script_int(struct rp_decision *d, const char *name, int64_t value);
void script_list(struct rp_decision *d, const char *name,
    const struct rp_str *items, uint32_t count);
struct rp_call *script_start(struct script *script, uint32_t number,
    const char *call_path, const char *task, uint32_t attempt);

/* Where records go: into a store, a fold, both or neither. */
struct rp_span_fold;
struct journal {
    struct rp_session_head head;
    struct rp_store *store;
    struct rp_span_fold *fold;
    struct rp_digest chain;
    uint64_t seq;
};
/* Begins in the store, and puts plan, input and output. */
void journal_begin(struct journal *journal, uint32_t n, struct rp_store *store,
    struct rp_span_fold *fold);
void journal_add(struct journal *journal, struct script *script);

/* The session of the tests, record by record (1 to CLINIC_RECORDS): labs
 * delivers, notes times out, is retried and fails, a conflict, a synthesis. */
#define CLINIC_RECORDS 7
void clinic_record(struct journal *journal, uint32_t number);
void clinic_all(struct journal *journal); /* with a commit after each */

#endif
