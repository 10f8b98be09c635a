/* Undoing is all it takes: what a write replaces is kept until the next sync.
 * Threads: called under one lock. */
#include "unsynced.h"

#include <string.h>

#include <reprise/mem.h>

/* The system writes to the disk by itself when much is waiting. */
#define UNSYNCED_BYTES_MAX ((size_t)64 << 20)

/* A write, or an end that was cut off: then there is nothing new. */
struct rp__unsynced_write {
    sqlite3_int64 at;
    int old_size, new_size;
    char *old, *new; /* owned */
};

static struct rp__unsynced *files;

static sqlite3_int64 size_of(const struct rp__unsynced *u)
{
    sqlite3_int64 size = 0;
    (void)u->real->pMethods->xFileSize(u->real, &size); /* of an open file */
    return size;
}

void rp__unsynced_open(struct rp__unsynced *u, sqlite3_file *real)
{
    *u = (struct rp__unsynced){.real = real, .next = files};
    u->size = size_of(u);
    files = u;
}

static void forget(struct rp__unsynced *u)
{
    for (size_t i = 0; i < u->count; i++) {
        rp_mem_free(u->writes[i].old);
        rp_mem_free(u->writes[i].new);
    }
    u->count = 0;
    u->bytes = 0;
}

void rp__unsynced_close(struct rp__unsynced *u)
{
    struct rp__unsynced **at = &files;
    while (*at != NULL && *at != u) {
        at = &(*at)->next;
    }
    if (*at != NULL) {
        *at = u->next;
    }
    forget(u);
    rp_mem_free(u->writes);
    *u = (struct rp__unsynced){.real = NULL};
}

/* What of a place is in the file, up to its end. */
static char *read_old(
    const struct rp__unsynced *u, sqlite3_int64 at, sqlite3_int64 *size)
{
    sqlite3_int64 left = size_of(u) - at;
    *size = left < 0 ? 0 : left < *size ? left : *size;
    if (*size == 0) {
        return NULL;
    }
    char *old = rp_mem_zalloc((size_t)*size);
    (void)u->real->pMethods->xRead(u->real, old, (int)*size, at);
    return old; /* what cannot be read is lost all the same */
}

static void add(struct rp__unsynced *u, const struct rp__unsynced_write *write)
{
    if (u->count == u->room) {
        u->room = u->room == 0 ? 64 : u->room * 2;
        u->writes = rp_mem_grow(u->writes, u->room, sizeof(*u->writes));
    }
    u->writes[u->count++] = *write;
    u->bytes += (size_t)write->old_size + (size_t)write->new_size;
    if (u->bytes > UNSYNCED_BYTES_MAX) {
        (void)u->real->pMethods->xSync(u->real, SQLITE_SYNC_NORMAL);
        rp__unsynced_synced(u);
    }
}

void rp__unsynced_writing(
    struct rp__unsynced *u, const void *bytes, int size, sqlite3_int64 at)
{
    sqlite3_int64 old_size = size;
    struct rp__unsynced_write write = {.at = at, .new_size = size};
    write.old = read_old(u, at, &old_size);
    write.old_size = (int)old_size;
    write.new = rp_mem_zalloc((size_t)size);
    memcpy(write.new, bytes, (size_t)size);
    add(u, &write);
}

void rp__unsynced_cutting(struct rp__unsynced *u, sqlite3_int64 size)
{
    sqlite3_int64 old_size = (sqlite3_int64)UNSYNCED_BYTES_MAX;
    struct rp__unsynced_write write = {.at = size};
    write.old = read_old(u, size, &old_size);
    write.old_size = (int)old_size;
    add(u, &write);
}

void rp__unsynced_synced(struct rp__unsynced *u)
{
    forget(u);
    u->size = size_of(u);
}

/* ---- the power fails: what cannot be written then is lost, too ---- */

static void undo(const struct rp__unsynced *u)
{
    for (size_t i = u->count; i > 0; i--) {
        const struct rp__unsynced_write *w = &u->writes[i - 1];
        if (w->old_size > 0) {
            (void)u->real->pMethods->xWrite(
                u->real, w->old, w->old_size, w->at);
        }
    }
    (void)u->real->pMethods->xTruncate(u->real, u->size);
}

static void redo_later(const struct rp__unsynced *u)
{
    for (size_t i = 1; i < u->count; i++) {
        const struct rp__unsynced_write *w = &u->writes[i];
        if (w->new_size > 0) {
            (void)u->real->pMethods->xWrite(
                u->real, w->new, w->new_size, w->at);
        } else {
            (void)u->real->pMethods->xTruncate(u->real, w->at);
        }
    }
}

void rp__unsynced_lose(bool reordered)
{
    for (const struct rp__unsynced *u = files; u != NULL; u = u->next) {
        undo(u);
        if (reordered) {
            redo_later(u);
        }
    }
}
