/* SQLite's way to the system, with trouble on it. Threads: the one that writes
 * and the one that checkpoints. */
#define _POSIX_C_SOURCE 200809L

#include "sqlite_parts.h"

#include <limits.h>
#include <pthread.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "unsynced.h"

#define VFS_NAME "reprise-trouble"

/* What SQLite calls a file of ours; the system's own follows it. */
struct file {
    sqlite3_file base;
    bool troubled; /* the database or its log */
    struct rp__unsynced unsynced;
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

enum request { READ, WRITE, SYNC, OPEN, LOOK };

static bool concerns(enum rp_store_trouble_kind kind, enum request request)
{
    switch (kind) {
    case RP_STORE_TROUBLE_FULL:
    case RP_STORE_TROUBLE_SHORT_WRITE:
    case RP_STORE_TROUBLE_BIT_FLIP:
    case RP_STORE_TROUBLE_POWER_CUT:
        return request == WRITE;
    case RP_STORE_TROUBLE_IO_ERROR:
        return request == WRITE || request == SYNC;
    case RP_STORE_TROUBLE_READ_ONLY:
        return request == WRITE || request == OPEN;
    case RP_STORE_TROUBLE_READ_FLIP:
        return request == READ;
    case RP_STORE_TROUBLE_GONE:
        return request == LOOK;
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

/* Nobody comes back from this: the process is gone as with the machine. */
static void cut_power(const struct rp_store_trouble *met, sqlite3_file *real,
    const void *bytes, int size, sqlite3_int64 at)
{
    (void)pthread_mutex_lock(&mutex); /* fails only when it is none */
    if (met->cut == RP_STORE_CUT_TORN) {
        (void)real->pMethods->xWrite(real, bytes, size / 2, at);
    } else {
        rp__unsynced_lose(met->cut == RP_STORE_CUT_REORDERED);
    }
    (void)kill(getpid(), SIGKILL);
    for (;;) {
        (void)pause();
    }
}

static bool may_lose(sqlite3_file *file)
{
    return ((struct file *)(void *)file)->unsynced.real != NULL;
}

static int write_through(
    sqlite3_file *file, const void *bytes, int size, sqlite3_int64 at)
{
    sqlite3_file *real = real_of(file);
    if (may_lose(file)) {
        (void)pthread_mutex_lock(&mutex); /* fails only when it is none */
        rp__unsynced_writing(
            &((struct file *)(void *)file)->unsynced, bytes, size, at);
        (void)pthread_mutex_unlock(&mutex); /* the same */
    }
    return real->pMethods->xWrite(real, bytes, size, at);
}

static void flip(void *bytes, int size, uint64_t draw)
{
    uint64_t bit = draw % ((uint64_t)size * CHAR_BIT);
    ((unsigned char *)bytes)[bit / CHAR_BIT] ^=
        (unsigned char)(1u << bit % CHAR_BIT);
}

static int trouble_read(
    sqlite3_file *file, void *bytes, int size, sqlite3_int64 at)
{
    struct rp_store_trouble met;
    int rc = real_of(file)->pMethods->xRead(real_of(file), bytes, size, at);
    if (size > 0 && meets(file, READ, &met)) {
        flip(bytes, size, met.draw + met.met);
    }
    return rc;
}

/* The disk takes it, and keeps something else. */
static int write_flipped(sqlite3_file *file, const void *bytes, int size,
    sqlite3_int64 at, uint64_t draw)
{
    unsigned char *copy = rp_mem_zalloc((size_t)size + 1);
    memcpy(copy, bytes, (size_t)size);
    flip(copy, size, draw);
    int rc = write_through(file, copy, size, at);
    rp_mem_free(copy);
    return rc;
}

static int trouble_write(
    sqlite3_file *file, const void *bytes, int size, sqlite3_int64 at)
{
    struct rp_store_trouble met;
    if (!meets(file, WRITE, &met)) {
        return write_through(file, bytes, size, at);
    }
    if (met.kind == RP_STORE_TROUBLE_POWER_CUT) {
        cut_power(&met, real_of(file), bytes, size, at);
    }
    if (met.kind == RP_STORE_TROUBLE_BIT_FLIP) {
        return write_flipped(file, bytes, size, at, met.draw + met.met);
    }
    if (met.kind == RP_STORE_TROUBLE_SHORT_WRITE) {
        (void)write_through(file, bytes, size / 2, at);
    }
    bool full = met.kind == RP_STORE_TROUBLE_FULL ||
                met.kind == RP_STORE_TROUBLE_SHORT_WRITE;
    return full ? SQLITE_FULL : SQLITE_IOERR_WRITE;
}

static int sync_through(sqlite3_file *file, int flags)
{
    int rc = real_of(file)->pMethods->xSync(real_of(file), flags);
    if (rc == SQLITE_OK && may_lose(file)) {
        (void)pthread_mutex_lock(&mutex); /* fails only when it is none */
        rp__unsynced_synced(&((struct file *)(void *)file)->unsynced);
        (void)pthread_mutex_unlock(&mutex); /* the same */
    }
    return rc;
}

static int trouble_sync(sqlite3_file *file, int flags)
{
    struct rp_store_trouble met;
    if (!meets(file, SYNC, &met)) {
        return sync_through(file, flags);
    }
    if (met.kind != RP_STORE_TROUBLE_SLOW_SYNC) {
        return SQLITE_IOERR_FSYNC;
    }
    int64_t ms = met.by.ns / RP_NS_PER_MS;
    (void)sqlite3_sleep(ms > INT_MAX ? INT_MAX : (int)ms);
    return sync_through(file, flags);
}

static int trouble_close(sqlite3_file *file)
{
    if (may_lose(file)) {
        (void)pthread_mutex_lock(&mutex); /* fails only when it is none */
        rp__unsynced_close(&((struct file *)(void *)file)->unsynced);
        (void)pthread_mutex_unlock(&mutex); /* the same */
    }
    return real_of(file)->pMethods->xClose(real_of(file));
}

static int trouble_truncate(sqlite3_file *file, sqlite3_int64 size)
{
    if (may_lose(file)) {
        (void)pthread_mutex_lock(&mutex); /* fails only when it is none */
        rp__unsynced_cutting(&((struct file *)(void *)file)->unsynced, size);
        (void)pthread_mutex_unlock(&mutex); /* the same */
    }
    return real_of(file)->pMethods->xTruncate(real_of(file), size);
}

static int trouble_control(sqlite3_file *file, int op, void *arg)
{
    struct rp_store_trouble met;
    if (op == SQLITE_FCNTL_HAS_MOVED && meets(file, LOOK, &met)) {
        *(int *)arg = 1;
        return SQLITE_OK;
    }
    return real_of(file)->pMethods->xFileControl(real_of(file), op, arg);
}

/* ---- all else is the system's ---- */

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

static bool power_may_fail(void)
{
    bool may = false;
    (void)pthread_mutex_lock(&mutex); /* fails only when it is none */
    for (uint32_t i = 0; troubles != NULL && i < troubles->count; i++) {
        may = may || troubles->items[i].kind == RP_STORE_TROUBLE_POWER_CUT;
    }
    (void)pthread_mutex_unlock(&mutex); /* the same */
    return may;
}

static int trouble_open(sqlite3_vfs *self, const char *name, sqlite3_file *file,
    int flags, int *out_flags)
{
    struct file *ours = (struct file *)(void *)file;
    (void)self;
    *ours = (struct file){
        .troubled = (flags & (SQLITE_OPEN_MAIN_DB | SQLITE_OPEN_WAL)) != 0};
    struct rp_store_trouble met = {.kind = RP_STORE_TROUBLE_FULL};
    bool troubled = meets(file, OPEN, &met);
    if (troubled && met.kind == RP_STORE_TROUBLE_NO_FILE) {
        return SQLITE_CANTOPEN;
    }
    if (troubled) { /* as the system's own does it where it may not write */
        flags &= ~(SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE);
        flags |= SQLITE_OPEN_READONLY;
    }
    int rc =
        system_vfs->xOpen(system_vfs, name, real_of(file), flags, out_flags);
    ours->base.pMethods = rc == SQLITE_OK ? &methods : NULL;
    if (rc == SQLITE_OK && ours->troubled && power_may_fail()) {
        (void)pthread_mutex_lock(&mutex); /* fails only when it is none */
        rp__unsynced_open(&ours->unsynced, real_of(file));
        (void)pthread_mutex_unlock(&mutex); /* the same */
    }
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
