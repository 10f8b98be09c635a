/* mortal.h - a session whose process dies behind some of its records, and is
 * gone on with, in a rerun. Floor: replay. */
#ifndef RP_MORTAL_H
#define RP_MORTAL_H

#include <reprise/rerun.h>
#include <reprise/resume.h>

/* A store that ends the run behind a record, and keeps what came before. */
struct rp__mortal {
    struct rp_store base;
    struct rp_store *inner;        /* borrowed; gets the records too */
    struct rp_store *kept;         /* owned, in memory */
    struct rp_recording *recorded; /* owned; of `kept`, up to the last death */
    struct rp_resume resume;
    struct rp_past past;
    uint64_t until; /* it dies behind that record; 0: it lives */
    uint32_t told;  /* records that the sinks know */
    bool begun, died;
};

void rp__mortal_init(struct rp__mortal *mortal, struct rp_store *inner);
void rp__mortal_fini(struct rp__mortal *mortal);

/* After a death: the past of the run that goes on, also told to the sinks. */
RP_NODISCARD enum rp_code rp__mortal_past(struct rp__mortal *mortal,
    const struct rp_rerun *rerun, struct rp_err *err);

/* A transport in front of one that outlives it: released, it leaves what is
 * behind it alone once that was taken out. */
struct rp__lent {
    struct rp_transport base;
};
void rp__lent_init(struct rp__lent *lent, struct rp_transport *inner);

#endif
