/* The two ends of a control socket. */
#include "control_socket.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include <reprise/mem.h>

/* An address holds 107 bytes; the folder is named by a descriptor, so that
 * only the file's name must fit. */
static enum rp_code address_of(struct sockaddr_un *out, int *folder_fd,
    const char *path, struct rp_err *err)
{
    const char *slash = strrchr(path, '/');
    char *folder =
        slash == NULL
            ? rp_mem_dup(rp_str_of("."))
            : rp_mem_dup((struct rp_str){path, (size_t)(slash - path + 1)});
    int fd = open(folder, O_PATH | O_DIRECTORY | O_CLOEXEC);
    int why = errno;
    rp_mem_free(folder);
    if (fd < 0) {
        return rp_err_set(err, why == ENOENT ? RP_E_NOT_FOUND : RP_E_IO,
            "cannot reach the folder of '%s': %s", path, strerrordesc_np(why));
    }
    *out = (struct sockaddr_un){.sun_family = AF_UNIX};
    int len = snprintf(out->sun_path, sizeof(out->sun_path),
        "/proc/self/fd/%d/%s", fd, slash == NULL ? path : slash + 1);
    if (len < 0 || (size_t)len >= sizeof(out->sun_path)) {
        (void)close(fd); /* holds no data */
        return rp_err_set(
            err, RP_E_LIMIT, "'%s' is too long for a socket", path);
    }
    *folder_fd = fd;
    return RP_OK;
}

static enum rp_code open_socket(int *fd, struct rp_err *err)
{
    *fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    return *fd >= 0 ? RP_OK
                    : rp_err_set(err, RP_E_IO, "cannot make a socket: %s",
                          strerrordesc_np(errno));
}

/* ---- the session's end ---- */

enum rp_code rp__control_listen(int *fd, const char *path, struct rp_err *err)
{
    struct sockaddr_un address;
    int folder = -1;
    int made = -1;
    enum rp_code rc = address_of(&address, &folder, path, err);
    if (rc == RP_OK) {
        rc = open_socket(&made, err);
    }
    if (rc != RP_OK) {
        goto out;
    }
    (void)unlink(path); /* the lease says that nobody listens there */
    mode_t before = umask(0177);
    int bound = bind(made, (struct sockaddr *)&address, sizeof(address));
    (void)umask(before);
    if (bound != 0 || listen(made, RP_CONTROL_CLIENTS_MAX) != 0 ||
        fcntl(made, F_SETFL, O_NONBLOCK) != 0) {
        rc = rp_err_set(err, RP_E_IO, "cannot listen at '%s': %s", path,
            strerrordesc_np(errno));
        goto out;
    }
    *fd = made;
    made = -1;
out:
    if (folder >= 0) {
        (void)close(folder); /* holds no data */
    }
    if (made >= 0) {
        (void)close(made); /* nothing was sent */
    }
    return rc;
}

/* ---- the other end ---- */

static enum rp_code connect_to(int *fd, const char *path, struct rp_err *err)
{
    struct sockaddr_un address;
    int folder = -1;
    enum rp_code rc = address_of(&address, &folder, path, err);
    if (rc != RP_OK) {
        return rc;
    }
    rc = open_socket(fd, err);
    if (rc == RP_OK &&
        connect(*fd, (struct sockaddr *)&address, sizeof(address)) != 0) {
        bool nobody = errno == ENOENT || errno == ECONNREFUSED;
        rc = rp_err_set(err, nobody ? RP_E_NOT_FOUND : RP_E_IO,
            "cannot connect to '%s': %s", path, strerrordesc_np(errno));
        (void)close(*fd); /* nothing was sent */
    }
    (void)close(folder); /* holds no data */
    return rc;
}

static enum rp_code failed(const char *path, struct rp_err *err)
{
    bool late = errno == EAGAIN || errno == EWOULDBLOCK;
    return rp_err_set(err, late ? RP_E_TIMEOUT : RP_E_IO,
        "no answer from '%s': %s", path,
        late ? "it took too long" : strerrordesc_np(errno));
}

static enum rp_code exchange(struct rp_buf *answer, int fd, const char *path,
    const char *request, struct rp_err *err)
{
    char chunk[4096];
    size_t len = strlen(request);
    if (send(fd, request, len, MSG_NOSIGNAL) != (ssize_t)len ||
        send(fd, "\n", 1, MSG_NOSIGNAL) != 1) {
        return failed(path, err);
    }
    while (answer->len == 0 || answer->ptr[answer->len - 1] != '\n') {
        ssize_t got = recv(fd, chunk, sizeof(chunk), 0);
        if (got < 0) {
            return failed(path, err);
        }
        if (got == 0 || answer->overflowed) {
            return rp_err_set(
                err, RP_E_IO, "'%s' ended without an answer", path);
        }
        rp_buf_add(answer, (struct rp_str){chunk, (size_t)got});
    }
    answer->len--;
    return RP_OK;
}

enum rp_code rp_control_ask(char **answer, const char *path,
    const char *request, struct rp_duration longest, struct rp_err *err)
{
    int fd;
    enum rp_code rc = connect_to(&fd, path, err);
    if (rc != RP_OK) {
        return rc;
    }
    struct timeval limit = {
        .tv_sec = (time_t)(longest.ns / RP_NS_PER_S),
        .tv_usec = (suseconds_t)(longest.ns % RP_NS_PER_S / 1000),
    };
    struct rp_buf got;
    rp_buf_init(&got, RP_CONTROL_LINE_MAX * 2);
    (void)setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit));
    (void)setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof(limit));
    rc = exchange(&got, fd, path, request, err);
    (void)close(fd); /* the answer is here */
    if (rc == RP_OK) {
        got.ptr[got.len] = '\0';
        *answer = rp_buf_take(&got, NULL);
    } else {
        rp_buf_fini(&got);
    }
    return rc;
}
