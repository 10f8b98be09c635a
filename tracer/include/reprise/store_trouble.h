/* store_trouble.h - a disk that is full, breaks or is slow under a store, on
 * purpose: between SQLite and the system. Floor: tracer.
 *
 * Only what a connection that was opened with it asks of its files is in
 * trouble; nothing of it is left when that is closed.
 */
#ifndef RP_STORE_TROUBLE_H
#define RP_STORE_TROUBLE_H

#include <stdint.h>

#include <reprise/time.h>

#define RP_STORE_TROUBLES_MAX 64

enum rp_store_trouble_kind {
    RP_STORE_TROUBLE_FULL,        /* a write finds no room */
    RP_STORE_TROUBLE_SHORT_WRITE, /* half of a write does */
    RP_STORE_TROUBLE_IO_ERROR,    /* a write or a sync fails */
    RP_STORE_TROUBLE_FSYNC,       /* a sync fails */
    RP_STORE_TROUBLE_SLOW_SYNC,   /* a sync takes longer */
    RP_STORE_TROUBLE_NO_FILE,     /* a file cannot be opened */
    RP_STORE_TROUBLE_READ_ONLY,   /* files can only be read */
    RP_STORE_TROUBLE_GONE,        /* the file was removed meanwhile */
    RP_STORE_TROUBLE_BIT_FLIP,    /* a bit of a write arrives otherwise */
    RP_STORE_TROUBLE_READ_FLIP,   /* a bit of a read does */
    RP_STORE_TROUBLE_POWER_CUT,   /* the process dies before a write, and what
                                     was written and not synced is lost */
};

/* What a power cut leaves of writes that were not synced. */
enum rp_store_cut {
    RP_STORE_CUT_LOST,      /* none */
    RP_STORE_CUT_TORN,      /* all, and half of the next one */
    RP_STORE_CUT_REORDERED, /* all but the first */
};

struct rp_store_trouble {
    enum rp_store_trouble_kind kind;
    uint32_t first, last;  /* of what it is about, from 1 */
    struct rp_duration by; /* SLOW_SYNC */
    uint64_t draw;         /* BIT_FLIP, READ_FLIP: chance: which bit */
    enum rp_store_cut cut; /* POWER_CUT */
    uint32_t met;          /* how often that was asked for, so far */
    uint32_t fired;
};

struct rp_store_troubles {
    struct rp_store_trouble items[RP_STORE_TROUBLES_MAX];
    uint32_t count;
};

#endif
