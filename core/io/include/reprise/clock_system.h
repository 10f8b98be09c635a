/* clock_system.h - time from the operating system. Floor: io. */
#ifndef RP_CLOCK_SYSTEM_H
#define RP_CLOCK_SYSTEM_H

#include <reprise/clock.h>

/* Instant 0 is now. Release with rp_clock_free(). */
struct rp_clock *rp_clock_system_new(void);

/* Journal time stands still between the two. Twice is once. */
void rp_clock_system_pause(struct rp_clock *clock);
void rp_clock_system_resume(struct rp_clock *clock);

#endif
