#include <reprise/lease.h>

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <reprise/mem.h>

#define PAUSE_MS 5

struct rp_lease {
    int fd;
    char *path;
};

static void make_folder_of(const char *path)
{
    char folder[PATH_MAX];
    (void)snprintf(folder, sizeof(folder), "%s", path);
    char *slash = strrchr(folder, '/');
    if (slash != NULL && slash != folder) {
        *slash = '\0';
        (void)mkdir(folder, 0700); /* what is wrong with it, open() tells */
    }
}

/* A file that was removed between open and lock is not the lock. */
static bool is_same_file(int fd, const char *path)
{
    struct stat held, named;
    return fstat(fd, &held) == 0 && stat(path, &named) == 0 &&
           held.st_ino == named.st_ino && held.st_dev == named.st_dev;
}

enum rp_code rp_lease_take(
    struct rp_lease **out, const char *path, struct rp_err *err)
{
    make_folder_of(path);
    for (;;) {
        int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
        if (fd < 0) {
            return rp_err_set(err, RP_E_IO, "cannot open the lease '%s': %s",
                path, strerrordesc_np(errno));
        }
        if (flock(fd, LOCK_EX | LOCK_NB) != 0) {
            int why = errno;
            (void)close(fd); /* nothing was written */
            return rp_err_set(err, why == EWOULDBLOCK ? RP_E_BUSY : RP_E_IO,
                "cannot take the lease '%s': %s", path, strerrordesc_np(why));
        }
        if (is_same_file(fd, path)) {
            struct rp_lease *lease = rp_mem_zalloc(sizeof(*lease));
            lease->fd = fd;
            lease->path = rp_mem_dup(rp_str_of(path));
            *out = lease;
            return RP_OK;
        }
        (void)close(fd); /* it was removed: once more */
    }
}

void rp_lease_drop(struct rp_lease **lease)
{
    struct rp_lease *self = *lease;
    if (self == NULL) {
        return;
    }
    (void)unlink(self->path); /* gone already is as good */
    (void)close(self->fd);    /* unlocks */
    rp_mem_free(self->path);
    rp_mem_free(self);
    *lease = NULL;
}

bool rp_lease_held(const char *path)
{
    int fd = open(path, O_RDWR | O_CLOEXEC);
    if (fd < 0) {
        return false;
    }
    bool held = flock(fd, LOCK_SH | LOCK_NB) != 0 && errno == EWOULDBLOCK;
    (void)close(fd); /* unlocks */
    return held;
}

bool rp_lease_wait(const char *path, struct rp_duration patience)
{
    const struct timespec pause = {.tv_nsec = PAUSE_MS * 1000000};
    bool held = rp_lease_held(path);
    for (int64_t ms = 0; held && ms * 1000000 < patience.ns; ms += PAUSE_MS) {
        (void)nanosleep(&pause, NULL); /* a signal ends it early */
        held = rp_lease_held(path);
    }
    return !held;
}

bool rp_lease_path(char *out, unsigned long size, const char *store_path,
    const char *session, const char *ending)
{
    const char *slash = strrchr(store_path, '/');
    int folder_len = slash == NULL ? 1 : (int)(slash - store_path);
    int len = snprintf(out, size, "%.*s/run/%s%s", folder_len,
        slash == NULL ? "." : store_path, session, ending);
    return len > 0 && (unsigned long)len < size;
}
