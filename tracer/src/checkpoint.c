/* Moves the write-ahead log into the database, on a thread of its own.
 *
 * SQLite would do it inside a commit, waiting for the disk while timers are
 * due. Here the committing thread only counts pages. A passive checkpoint
 * disturbs nobody, but with many writers it never comes to the end of the log,
 * so the log would grow for ever: past a limit the thread takes the write lock
 * for the short rest; who commits meanwhile finds the store busy and retries.
 */
#define _POSIX_C_SOURCE 200809L /* threads that take no signals */

#include "sqlite_parts.h"

#include <pthread.h>
#include <signal.h>

#define WANT_PAGES 2000     /* 8 MiB of log: start moving it */
#define RESTART_PAGES 16000 /* 64 MiB: make the next writer start over */
#define REST_PAGES 256      /* 1 MiB: moved in no time */
#define PASSES_MAX 8
#define RESTART_WAIT_MS 1000 /* for the write lock, among busy writers */

struct rp__checkpointer {
    pthread_t thread;
    pthread_mutex_t lock;
    pthread_cond_t wake;
    char *path; /* owned */
    const char *vfs;
    bool want; /* under lock, as the next */
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

static void *work(void *context)
{
    struct rp__checkpointer *self = context;
    sqlite3 *db = NULL;
    int rc = sqlite3_open_v2(self->path, &db,
        SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, self->vfs);
    (void)sqlite3_busy_timeout(db, RESTART_WAIT_MS); /* cannot fail */
    if (rc == SQLITE_OK) {
        /* A connection that has read nothing does not know of the log. */
        rc = sqlite3_exec(db, "PRAGMA user_version", NULL, NULL, NULL);
    }
    (void)pthread_mutex_lock(&self->lock); /* of a plain mutex: cannot fail */
    while (!self->stop) {
        if (!self->want) {
            (void)pthread_cond_wait(&self->wake, &self->lock);
            continue;
        }
        self->want = false;
        (void)pthread_mutex_unlock(&self->lock);
        if (rc == SQLITE_OK) {
            checkpoint(db);
        }
        (void)pthread_mutex_lock(&self->lock);
    }
    (void)pthread_mutex_unlock(&self->lock);
    (void)sqlite3_close(db); /* has no statements */
    return NULL;
}

static void release(struct rp__checkpointer *self)
{
    (void)pthread_cond_destroy(&self->wake);  /* nobody waits for it */
    (void)pthread_mutex_destroy(&self->lock); /* nobody holds it */
    rp_mem_free(self->path);
    rp_mem_free(self);
}

/* Signals are for the thread that runs the session: a new thread inherits the
 * mask of the moment. */
static struct rp__checkpointer *start(const char *path, const char *vfs)
{
    struct rp__checkpointer *self = rp_mem_zalloc(sizeof(*self));
    sigset_t all, before;
    self->path = rp_mem_dup(rp_str_of(path));
    self->vfs = vfs;
    /* with default attributes these four cannot fail */
    (void)pthread_mutex_init(&self->lock, NULL);
    (void)pthread_cond_init(&self->wake, NULL);
    (void)sigfillset(&all);
    (void)pthread_sigmask(SIG_SETMASK, &all, &before);
    int rc = pthread_create(&self->thread, NULL, work, self);
    (void)pthread_sigmask(SIG_SETMASK, &before, NULL);
    if (rc != 0) {
        release(self);
        return NULL;
    }
    return self;
}

void rp__checkpoint_want(struct rp_store_sqlite *sqlite, int page_count)
{
    if (page_count < WANT_PAGES) {
        return;
    }
    if (sqlite->checkpointer == NULL) {
        sqlite->checkpointer =
            start(sqlite3_db_filename(sqlite->db, "main"), sqlite->vfs);
    }
    struct rp__checkpointer *self = sqlite->checkpointer;
    if (self == NULL) {
        return; /* no thread to be had: closing moves the log */
    }
    (void)pthread_mutex_lock(&self->lock);
    self->want = true;
    (void)pthread_cond_signal(&self->wake);
    (void)pthread_mutex_unlock(&self->lock);
}

void rp__checkpoint_stop(struct rp_store_sqlite *sqlite)
{
    struct rp__checkpointer *self = sqlite->checkpointer;
    if (self == NULL) {
        return;
    }
    (void)pthread_mutex_lock(&self->lock);
    self->stop = true;
    (void)pthread_cond_signal(&self->wake);
    (void)pthread_mutex_unlock(&self->lock);
    (void)pthread_join(self->thread, NULL); /* it was started and ends */
    release(self);
    sqlite->checkpointer = NULL;
}
