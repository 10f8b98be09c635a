/* floor_spawn.h - the bare loop that any runner of processes contains: pipes,
 * spawn, write, read to the end of file, wait. */
#ifndef BENCH_FLOOR_SPAWN_H
#define BENCH_FLOOR_SPAWN_H

#include <stdint.h>

#include <reprise/str.h>

enum floor_how { FLOOR_VFORK, FLOOR_POSIX_SPAWN };

struct floor_spawn {
    const char *const *argv;
    struct rp_str request; /* written to each worker's standard input */
    uint32_t count, in_flight;
    enum floor_how how;
    /* Called when so many are in flight for the first time; may be NULL. */
    void (*at_peak)(void *context);
    void *context;
};

/* Seconds that it took. */
double floor_spawn_run(const struct floor_spawn *floor);

#endif
