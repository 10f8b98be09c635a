/* badfs.c - a disk that fails, for one program: preloaded, it lets so many
 * writes to a store pass and fails those after it. REPRISE_BADFS is
 * "KIND:COUNT" or "KIND:COUNT:once", KIND one of full (ENOSPC), broken (EIO;
 * syncs too) and sync (EIO of syncs only). */
#include <dlfcn.h>
#include <errno.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>
#include <unistd.h>

#define PATH_BYTES 4096

static atomic_int passed;

static int is_of_store(int fd)
{
    char name[64];
    char path[PATH_BYTES];
    (void)snprintf(name, sizeof(name), "/proc/self/fd/%d", fd);
    ssize_t len = readlink(name, path, sizeof(path) - 1);
    if (len < 0) {
        return 0;
    }
    path[len] = '\0';
    return strstr(path, "store.db") != NULL;
}

/* Whether this one fails; with what, is in errno. */
static int fails(int fd, int is_sync)
{
    const char *order = getenv("REPRISE_BADFS");
    const char *colon = order == NULL ? NULL : strchr(order, ':');
    if (colon == NULL || !is_of_store(fd)) {
        return 0;
    }
    int full = strncmp(order, "full", 4) == 0;
    int sync_only = strncmp(order, "sync", 4) == 0;
    if (sync_only ? !is_sync : full && is_sync) {
        return 0;
    }
    long count = strtol(colon + 1, NULL, 10);
    int before = atomic_fetch_add(&passed, 1);
    int once = strstr(colon, ":once") != NULL;
    errno = full ? ENOSPC : EIO;
    return once ? before == count : before >= count;
}

/* ISO C has no conversion from what dlsym() returns to a function. */
#define NEXT(pointer, name)                                                    \
    do {                                                                       \
        void *found = dlsym(RTLD_NEXT, name);                                  \
        memcpy(&(pointer), &found, sizeof(found));                             \
    } while (0)

ssize_t pwrite64(int fd, const void *bytes, size_t size, off64_t at)
{
    ssize_t (*next)(int, const void *, size_t, off64_t);
    NEXT(next, "pwrite64");
    return fails(fd, 0) ? -1 : next(fd, bytes, size, at);
}

ssize_t pwrite(int fd, const void *bytes, size_t size, off_t at)
{
    return pwrite64(fd, bytes, size, at);
}

int fsync(int fd)
{
    int (*next)(int);
    NEXT(next, "fsync");
    return fails(fd, 1) ? -1 : next(fd);
}

int fdatasync(int fd)
{
    int (*next)(int);
    NEXT(next, "fdatasync");
    return fails(fd, 1) ? -1 : next(fd);
}
