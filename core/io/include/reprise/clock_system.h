/* clock_system.h - time from the operating system. Floor: io. */
#ifndef RP_CLOCK_SYSTEM_H
#define RP_CLOCK_SYSTEM_H

#include <reprise/clock.h>

/* Instant 0 is now. Release with rp_clock_free(). */
struct rp_clock *rp_clock_system_new(void);

/* The same with `now` as the journal time of now: a session goes on. */
struct rp_clock *rp_clock_system_new_at(struct rp_instant now);

/* Journal time stands still between the two. Twice is once. */
void rp_clock_system_pause(struct rp_clock *clock);
void rp_clock_system_resume(struct rp_clock *clock);

#endif
