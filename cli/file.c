#include "file.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <reprise/mem.h>

#define CHUNK_BYTES ((size_t)64 << 10)
#define WHY_BYTES 128

void rp__file_errno(char *out, size_t out_size)
{
    int number = errno;
    if (strerror_r(number, out, out_size) != 0) {
        out[0] = '\0';
    }
    errno = number;
}

const char *rp__file_name(const char *path)
{
    return strcmp(path, "-") == 0 ? "standard input" : path;
}

static enum rp_code failed(
    const char *what, const char *path, struct rp_err *err)
{
    enum rp_code code = errno == ENOENT   ? RP_E_NOT_FOUND
                        : errno == EEXIST ? RP_E_EXISTS
                                          : RP_E_IO;
    char why[WHY_BYTES];
    rp__file_errno(why, sizeof(why));
    return rp_err_set(
        err, code, "cannot %s '%s': %s", what, rp__file_name(path), why);
}

/* What is read to its end has nothing for anybody else. */
static bool stdin_is_read;

static enum rp_code open_input(int *out, const char *path, struct rp_err *err)
{
    struct stat status;
    bool std = strcmp(path, "-") == 0;
    if (std && stdin_is_read) {
        return rp_err_set(err, RP_E_INVALID,
            "cannot read standard input twice: '-' stands for one file only");
    }
    stdin_is_read = stdin_is_read || std;
    int fd = std ? dup(STDIN_FILENO) : open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) {
        return failed("read", path, err);
    }
    if (fstat(fd, &status) == 0 && S_ISDIR(status.st_mode)) {
        (void)close(fd); /* nothing was written to it */
        return rp_err_set(err, RP_E_IO, "cannot read '%s': it is a directory",
            rp__file_name(path));
    }
    *out = fd;
    return RP_OK;
}

static enum rp_code too_large(
    const char *path, size_t bytes_max, struct rp_err *err)
{
    bool small = bytes_max < (size_t)1 << 20;
    return rp_err_set(err, RP_E_LIMIT,
        "cannot read '%s': it is larger than %zu %s", rp__file_name(path),
        small ? bytes_max >> 10 : bytes_max >> 20, small ? "KiB" : "MiB");
}

static enum rp_code read_all(char **out, size_t *out_bytes, int fd,
    const char *path, size_t bytes_max, struct rp_err *err)
{
    size_t room = CHUNK_BYTES;
    size_t used = 0;
    char *bytes = rp_mem_alloc(room);
    for (;;) {
        if (used + 1 == room) {
            room *= 2;
            bytes = rp_mem_grow(bytes, room, 1);
        }
        ssize_t n = read(fd, bytes + used, room - used - 1);
        if (n < 0 && errno == EINTR) {
            continue;
        }
        if (n < 0 || used + (size_t)n > bytes_max) {
            rp_mem_free(bytes);
            return n < 0 ? failed("read", path, err)
                         : too_large(path, bytes_max, err);
        }
        if (n == 0) {
            break;
        }
        used += (size_t)n;
    }
    bytes[used] = '\0';
    *out = bytes;
    *out_bytes = used;
    return RP_OK;
}

enum rp_code rp__file_read(char **out, size_t *out_bytes, const char *path,
    size_t bytes_max, struct rp_err *err)
{
    int fd = -1;
    enum rp_code rc = open_input(&fd, path, err);
    if (rc == RP_OK) {
        rc = read_all(out, out_bytes, fd, path, bytes_max, err);
        (void)close(fd); /* only read */
    }
    return rc;
}

enum rp_code rp__file_create(
    const char *path, struct rp_str bytes, unsigned mode, struct rp_err *err)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode);
    if (fd < 0) {
        return failed("create", path, err);
    }
    enum rp_code rc = RP_OK;
    while (bytes.len > 0) {
        ssize_t n = write(fd, bytes.ptr, bytes.len);
        if (n < 0 && errno != EINTR) {
            rc = failed("write", path, err);
            break;
        }
        if (n > 0) {
            bytes.ptr += n;
            bytes.len -= (size_t)n;
        }
    }
    if (close(fd) != 0 && rc == RP_OK) {
        rc = failed("write", path, err);
    }
    return rc;
}
