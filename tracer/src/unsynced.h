/* unsynced.h - what a file was told and may forget when the power fails: all
 * that was written since the last sync. Internal to tracer. */
#ifndef RP_TRACER_UNSYNCED_H
#define RP_TRACER_UNSYNCED_H

#include <sqlite3.h>
#include <stdbool.h>
#include <stddef.h>

struct rp__unsynced_write;

/* Of one file; zeroed: of none. */
struct rp__unsynced {
    sqlite3_file *real; /* borrowed; the system's own */
    sqlite3_int64 size; /* of the file, as it is on the disk */
    struct rp__unsynced_write *writes;
    size_t count, room, bytes;
    struct rp__unsynced *next; /* of those that are open */
};

void rp__unsynced_open(struct rp__unsynced *u, sqlite3_file *real);
/* With what was written, unless the power fails first. */
void rp__unsynced_close(struct rp__unsynced *u);
/* Before it is done. */
void rp__unsynced_writing(
    struct rp__unsynced *u, const void *bytes, int size, sqlite3_int64 at);
void rp__unsynced_cutting(struct rp__unsynced *u, sqlite3_int64 size);
/* It is on the disk. */
void rp__unsynced_synced(struct rp__unsynced *u);

/* The open files as they are on the disk when the power fails; `reordered`: the
 * first write since each one's sync is lost, and later ones are not. */
void rp__unsynced_lose(bool reordered);

#endif
