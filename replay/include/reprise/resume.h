/* resume.h - the past of a session whose process died, for the run that goes
 * on with it. Floor: replay. */
#ifndef RP_RESUME_H
#define RP_RESUME_H

#include <reprise/recording.h>
#include <reprise/runner.h>

/* Feeds the records of a recording; its address is the past's context. */
struct rp_resume {
    struct rp_recording *recording; /* borrowed, outlives the run */
    uint32_t next;
    struct rp_completion completion; /* of the event that was given last */
};

/* RP_E_STATE: the session has ended, there is nothing to go on with. */
RP_NODISCARD enum rp_code rp_resume_past(struct rp_past *past,
    struct rp_resume *resume, struct rp_recording *recording,
    struct rp_err *err);

#endif
