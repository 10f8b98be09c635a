/* Moves the write-ahead log into the database, on a thread of its own.
 *
 * SQLite would do it inside a commit, waiting for the disk while timers are
 * due. Here the committing thread only counts pages. A passive checkpoint
 * disturbs nobody, but with many writers it never comes to the end of the log,
 * so the log would grow for ever: past a limit the thread takes the write lock
 * for the short rest; who commits meanwhile finds the store busy and retries.
 */
#include "sqlite_parts.h"

#include <threads.h>

#define WANT_PAGES 2000     /* 8 MiB of log: start moving it */
#define RESTART_PAGES 16000 /* 64 MiB: make the next writer start over */
#define REST_PAGES 256      /* 1 MiB: moved in no time */
#define PASSES_MAX 8
#define RESTART_WAIT_MS 1000 /* for the write lock, among busy writers */

struct rp__checkpointer {
    thrd_t thread;
    mtx_t lock;
    cnd_t wake;
    char *path; /* owned */
    bool want;  /* under lock, as the next */
    bool stop;
};

/* Each pass moves what was written during the one before, so passes become
 * shorter, and with them the rest for which the write lock is held. Whatever
 * fails here is tried again after another commit; no commit depends on it. */
static void checkpoint(sqlite3 *db)
{
    int pages = 0, before, moved;
    int passes = 0;
    do {
        before = pages;
        if (sqlite3_wal_checkpoint_v2(db, NULL, SQLITE_CHECKPOINT_PASSIVE,
                &pages, &moved) != SQLITE_OK) {
            return;
        }
        passes++;
    } while (pages > RESTART_PAGES && pages - before > REST_PAGES &&
             passes < PASSES_MAX);
    if (pages > RESTART_PAGES) {
        (void)sqlite3_wal_checkpoint_v2(
            db, NULL, SQLITE_CHECKPOINT_RESTART, NULL, NULL);
    }
}

static int work(void *context)
{
    struct rp__checkpointer *self = context;
    sqlite3 *db = NULL;
    int rc = sqlite3_open_v2(
        self->path, &db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, NULL);
    (void)sqlite3_busy_timeout(db, RESTART_WAIT_MS); /* cannot fail */
    if (rc == SQLITE_OK) {
        /* A connection that has read nothing does not know of the log. */
        rc = sqlite3_exec(db, "PRAGMA user_version", NULL, NULL, NULL);
    }
    (void)mtx_lock(&self->lock); /* of a plain mutex: cannot fail */
    while (!self->stop) {
        if (!self->want) {
            (void)cnd_wait(&self->wake, &self->lock);
            continue;
        }
        self->want = false;
        (void)mtx_unlock(&self->lock);
        if (rc == SQLITE_OK) {
            checkpoint(db);
        }
        (void)mtx_lock(&self->lock);
    }
    (void)mtx_unlock(&self->lock);
    (void)sqlite3_close(db); /* has no statements */
    return 0;
}

static struct rp__checkpointer *start(const char *path)
{
    struct rp__checkpointer *self = rp_mem_zalloc(sizeof(*self));
    self->path = rp_mem_dup(rp_str_of(path));
    if (mtx_init(&self->lock, mtx_plain) != thrd_success) {
        goto no_lock;
    }
    if (cnd_init(&self->wake) != thrd_success) {
        goto no_wake;
    }
    if (thrd_create(&self->thread, work, self) == thrd_success) {
        return self;
    }
    cnd_destroy(&self->wake);
no_wake:
    mtx_destroy(&self->lock);
no_lock:
    rp_mem_free(self->path);
    rp_mem_free(self);
    return NULL;
}

void rp__checkpoint_want(struct rp_store_sqlite *sqlite, int page_count)
{
    if (page_count < WANT_PAGES) {
        return;
    }
    if (sqlite->checkpointer == NULL) {
        sqlite->checkpointer = start(sqlite3_db_filename(sqlite->db, "main"));
    }
    struct rp__checkpointer *self = sqlite->checkpointer;
    if (self == NULL) {
        return; /* no thread to be had: closing moves the log */
    }
    (void)mtx_lock(&self->lock);
    self->want = true;
    (void)cnd_signal(&self->wake);
    (void)mtx_unlock(&self->lock);
}

void rp__checkpoint_stop(struct rp_store_sqlite *sqlite)
{
    struct rp__checkpointer *self = sqlite->checkpointer;
    if (self == NULL) {
        return;
    }
    (void)mtx_lock(&self->lock);
    self->stop = true;
    (void)cnd_signal(&self->wake);
    (void)mtx_unlock(&self->lock);
    (void)thrd_join(self->thread, NULL); /* it was started and ends */
    cnd_destroy(&self->wake);
    mtx_destroy(&self->lock);
    rp_mem_free(self->path);
    rp_mem_free(self);
    sqlite->checkpointer = NULL;
}
