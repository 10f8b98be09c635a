/* sweep_tell.h - what a sweep found, for people: the matrix first, then the
 * gaps, worst first. Pure. Floor: cli. */
#ifndef RP_CLI_SWEEP_TELL_H
#define RP_CLI_SWEEP_TELL_H

#include <reprise/sweep.h>

#include "sweep_live.h"
#include "text.h"

struct rp__sweep_tale {
    const struct rp_sweep *sweep;
    struct rp_sweep_rig
        *rig; /* of it, to play what is drawn; NULL: nothing is */
    const struct rp_session_id *session;
    const char *plan_file;       /* as it was named; NULL: none was */
    struct rp_str plan_text;     /* of that file; empty without */
    const char *session_options; /* " --store FILE" or "" */
    const char *input_option;    /* " --input …" of a live run, or "" */
    /* For each gap why it is accepted; NULL: it is not. */
    const char *const *accepted;
    uint32_t inconclusive; /* judgements of programs that could not say */
    const struct rp__sweep_live *live; /* NULL: nothing was tried live */
    const char *const *accept_notes;   /* entries that are expired or idle */
    uint32_t accept_note_count;
};

void rp__sweep_tell(struct rp_buf *out, const struct rp__sweep_tale *tale,
    const struct rp__style *style);

/* How many gaps are not accepted. */
uint32_t rp__sweep_open_gaps(const struct rp__sweep_tale *tale);

/* One line: how late a task may be. */
void rp__sweep_margin_line(
    struct rp_buf *out, const struct rp_sweep_margin *margin);
/* What the result rests on and what it leaves open, the last line says of how
 * much it speaks. */
void rp__sweep_foot(struct rp_buf *out, const struct rp__sweep_tale *tale);

/* The command lines that show a gap: in virtual time, and live. */
void rp__sweep_replay_line(struct rp_buf *out,
    const struct rp__sweep_tale *tale, const struct rp_sweep_gap *gap);
void rp__sweep_live_line(struct rp_buf *out, const struct rp__sweep_tale *tale,
    const struct rp_sweep_gap *gap);

#endif
