/* The files that this process has open as stores.
 *
 * POSIX drops all locks of a process on a file when it closes any descriptor
 * of it. SQLite knows that of its own; somebody who opens the file to look at
 * it does not, and after that another process may take itself for the last one,
 * move the log and remove it, while it is written here. */
#define _POSIX_C_SOURCE 200809L

#include "sqlite_parts.h"

#include <pthread.h>
#include <sys/stat.h>

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static struct held {
    struct rp__file_id id;
    uint32_t connections;
} * files;
static uint32_t file_count;

static struct held *find(const struct rp__file_id *id)
{
    for (uint32_t i = 0; i < file_count; i++) {
        if (files[i].id.device == id->device &&
            files[i].id.inode == id->inode) {
            return &files[i];
        }
    }
    return NULL;
}

static struct held *add(const struct rp__file_id *id)
{
    files = rp_mem_grow(files, (size_t)file_count + 1, sizeof(*files));
    files[file_count] = (struct held){*id, 0};
    return &files[file_count++];
}

enum rp_code rp__file_hold(struct rp__file_id *out, const char *path,
    enum rp_code (*look)(const char *path, struct rp_err *err),
    struct rp_err *err)
{
    struct stat st;
    enum rp_code rc = RP_OK;
    if (stat(path, &st) != 0) {
        return rp_err_set(err, RP_E_IO, "cannot read the store '%s'", path);
    }
    const struct rp__file_id id = {
        (uint64_t)st.st_dev, (uint64_t)st.st_ino, true};
    (void)pthread_mutex_lock(&mutex); /* fails only when it is none */
    struct held *held = find(&id);
    if (held == NULL) {
        rc = look(path, err);
    }
    if (rc == RP_OK) {
        held = held == NULL ? add(&id) : held;
        held->connections++;
        *out = id;
    }
    (void)pthread_mutex_unlock(&mutex); /* the same */
    return rc;
}

void rp__file_release(const struct rp__file_id *id)
{
    if (!id->held) {
        return;
    }
    (void)pthread_mutex_lock(&mutex); /* fails only when it is none */
    struct held *held = find(id);
    RP_ASSERT(held != NULL);
    if (--held->connections == 0) {
        *held = files[--file_count];
    }
    if (file_count == 0) {
        rp_mem_free(files);
        files = NULL;
    }
    (void)pthread_mutex_unlock(&mutex); /* the same */
}
