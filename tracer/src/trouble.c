/* SQLite's way to the system, with trouble on it. Threads: the one that writes
 * and the one that checkpoints. */
#define _POSIX_C_SOURCE 200809L

#include "sqlite_parts.h"

#include <limits.h>
#include <pthread.h>
#include <string.h>

#define VFS_NAME "reprise-trouble"

/* What SQLite calls a file of ours; the system's own follows it. */
struct file {
    sqlite3_file base;
    bool troubled; /* the database or its log */
};

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static struct rp_store_troubles *troubles; /* under mutex; NULL: none */
static sqlite3_vfs *system_vfs;
static sqlite3_vfs vfs;

static sqlite3_file *real_of(sqlite3_file *file)
{
    return (sqlite3_file *)(void *)((char *)file + sizeof(struct file));
}

/* ---- trouble ---- */

enum request { WRITE, SYNC, OPEN };

static bool concerns(enum rp_store_trouble_kind kind, enum request request)
{
    switch (kind) {
    case RP_STORE_TROUBLE_FULL:
    case RP_STORE_TROUBLE_SHORT_WRITE:
        return request == WRITE;
    case RP_STORE_TROUBLE_IO_ERROR:
        return request != OPEN;
    case RP_STORE_TROUBLE_FSYNC:
    case RP_STORE_TROUBLE_SLOW_SYNC:
        return request == SYNC;
    case RP_STORE_TROUBLE_NO_FILE:
        return request == OPEN;
    }
    return false;
}

/* What this request meets; of several the first. Each counts for itself. */
static bool meets(
    sqlite3_file *file, enum request request, struct rp_store_trouble *out)
{
    bool any = false;
    if (!((struct file *)(void *)file)->troubled) {
        return false;
    }
    (void)pthread_mutex_lock(&mutex); /* fails only when it is none */
    for (uint32_t i = 0; troubles != NULL && i < troubles->count; i++) {
        struct rp_store_trouble *t = &troubles->items[i];
        if (!concerns(t->kind, request)) {
            continue;
        }
        t->met++;
        if (t->met >= t->first && t->met <= t->last) {
            t->fired++;
            if (!any) {
                *out = *t;
            }
            any = true;
        }
    }
    (void)pthread_mutex_unlock(&mutex); /* the same */
    return any;
}

static int trouble_write(
    sqlite3_file *file, const void *bytes, int size, sqlite3_int64 at)
{
    sqlite3_file *real = real_of(file);
    struct rp_store_trouble met;
    if (!meets(file, WRITE, &met)) {
        return real->pMethods->xWrite(real, bytes, size, at);
    }
    if (met.kind == RP_STORE_TROUBLE_SHORT_WRITE) {
        (void)real->pMethods->xWrite(real, bytes, size / 2, at);
    }
    return met.kind == RP_STORE_TROUBLE_IO_ERROR ? SQLITE_IOERR_WRITE
                                                 : SQLITE_FULL;
}

static int trouble_sync(sqlite3_file *file, int flags)
{
    sqlite3_file *real = real_of(file);
    struct rp_store_trouble met;
    if (!meets(file, SYNC, &met)) {
        return real->pMethods->xSync(real, flags);
    }
    if (met.kind != RP_STORE_TROUBLE_SLOW_SYNC) {
        return SQLITE_IOERR_FSYNC;
    }
    int64_t ms = met.by.ns / RP_NS_PER_MS;
    (void)sqlite3_sleep(ms > INT_MAX ? INT_MAX : (int)ms);
    return real->pMethods->xSync(real, flags);
}

/* ---- all else is the system's ---- */

static int trouble_close(sqlite3_file *file)
{
    return real_of(file)->pMethods->xClose(real_of(file));
}

static int trouble_read(
    sqlite3_file *file, void *bytes, int size, sqlite3_int64 at)
{
    return real_of(file)->pMethods->xRead(real_of(file), bytes, size, at);
}

static int trouble_truncate(sqlite3_file *file, sqlite3_int64 size)
{
    return real_of(file)->pMethods->xTruncate(real_of(file), size);
}

static int trouble_file_size(sqlite3_file *file, sqlite3_int64 *out)
{
    return real_of(file)->pMethods->xFileSize(real_of(file), out);
}

static int trouble_lock(sqlite3_file *file, int level)
{
    return real_of(file)->pMethods->xLock(real_of(file), level);
}

static int trouble_unlock(sqlite3_file *file, int level)
{
    return real_of(file)->pMethods->xUnlock(real_of(file), level);
}

static int trouble_check_lock(sqlite3_file *file, int *out)
{
    return real_of(file)->pMethods->xCheckReservedLock(real_of(file), out);
}

static int trouble_control(sqlite3_file *file, int op, void *arg)
{
    return real_of(file)->pMethods->xFileControl(real_of(file), op, arg);
}

static int trouble_sector_size(sqlite3_file *file)
{
    return real_of(file)->pMethods->xSectorSize(real_of(file));
}

static int trouble_device(sqlite3_file *file)
{
    return real_of(file)->pMethods->xDeviceCharacteristics(real_of(file));
}

static int trouble_shm_map(
    sqlite3_file *file, int page, int size, int extend, void volatile **out)
{
    return real_of(file)->pMethods->xShmMap(
        real_of(file), page, size, extend, out);
}

static int trouble_shm_lock(sqlite3_file *file, int at, int count, int flags)
{
    return real_of(file)->pMethods->xShmLock(real_of(file), at, count, flags);
}

static void trouble_shm_barrier(sqlite3_file *file)
{
    real_of(file)->pMethods->xShmBarrier(real_of(file));
}

static int trouble_shm_unmap(sqlite3_file *file, int remove)
{
    return real_of(file)->pMethods->xShmUnmap(real_of(file), remove);
}

static const sqlite3_io_methods methods = {
    .iVersion = 2, /* nothing is mapped but shared memory */
    .xClose = trouble_close,
    .xRead = trouble_read,
    .xWrite = trouble_write,
    .xTruncate = trouble_truncate,
    .xSync = trouble_sync,
    .xFileSize = trouble_file_size,
    .xLock = trouble_lock,
    .xUnlock = trouble_unlock,
    .xCheckReservedLock = trouble_check_lock,
    .xFileControl = trouble_control,
    .xSectorSize = trouble_sector_size,
    .xDeviceCharacteristics = trouble_device,
    .xShmMap = trouble_shm_map,
    .xShmLock = trouble_shm_lock,
    .xShmBarrier = trouble_shm_barrier,
    .xShmUnmap = trouble_shm_unmap,
};

static int trouble_open(sqlite3_vfs *self, const char *name, sqlite3_file *file,
    int flags, int *out_flags)
{
    struct file *ours = (struct file *)(void *)file;
    (void)self;
    *ours = (struct file){
        .troubled = (flags & (SQLITE_OPEN_MAIN_DB | SQLITE_OPEN_WAL)) != 0};
    struct rp_store_trouble met;
    if (meets(file, OPEN, &met)) {
        return SQLITE_CANTOPEN;
    }
    int rc =
        system_vfs->xOpen(system_vfs, name, real_of(file), flags, out_flags);
    ours->base.pMethods = rc == SQLITE_OK ? &methods : NULL;
    return rc;
}

/* ---- opening and closing ---- */

const char *rp__trouble_begin(struct rp_store_troubles *these)
{
    if (these == NULL || these->count == 0) {
        return NULL; /* SQLite's own */
    }
    (void)pthread_mutex_lock(&mutex); /* fails only when it is none */
    RP_ASSERT(troubles == NULL);      /* one connection at a time */
    system_vfs = sqlite3_vfs_find(NULL);
    vfs = *system_vfs;
    vfs.zName = VFS_NAME;
    vfs.szOsFile += (int)sizeof(struct file);
    vfs.xOpen = trouble_open;
    troubles = sqlite3_vfs_register(&vfs, 0) == SQLITE_OK ? these : NULL;
    (void)pthread_mutex_unlock(&mutex); /* the same */
    return troubles == NULL ? NULL : VFS_NAME;
}

void rp__trouble_end(const struct rp_store_troubles *these)
{
    if (these == NULL || these->count == 0) {
        return;
    }
    (void)pthread_mutex_lock(&mutex); /* fails only when it is none */
    if (troubles == these) {
        (void)sqlite3_vfs_unregister(&vfs); /* it was registered */
        troubles = NULL;
    }
    (void)pthread_mutex_unlock(&mutex); /* the same */
}
