/* Processes that workers left behind and that this subreaper adopted. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <reprise/mem.h>

#include "worker.h"

#define CHILDREN_TEXT_MAX (1u << 20)
#define ENVIRON_BYTES_MAX (1u << 20)
/* The kernel gives a page of the list at a time while there is more of it. */
#define LIST_GOES_ON_BYTES 2048

struct rp__descendants {
    int children_fd; /* the kernel's list of our children */
    pid_t *spared;
    size_t spared_count;
    char *text;
};

static size_t read_children(struct rp__descendants *d)
{
    size_t len = 0;
    while (d->children_fd >= 0 && len < CHILDREN_TEXT_MAX - 1) {
        ssize_t got = pread(d->children_fd, d->text + len,
            CHILDREN_TEXT_MAX - 1 - len, (off_t)len);
        if (got <= 0) {
            break;
        }
        len += (size_t)got;
        if (got < LIST_GOES_ON_BYTES) {
            break;
        }
    }
    d->text[len] = '\0';
    return len;
}

struct rp__descendants *rp__descendants_new(void)
{
    struct rp__descendants *d = rp_mem_zalloc(sizeof(*d));
    char path[64];
    (void)snprintf(path, sizeof(path), "/proc/self/task/%ld/children",
        (long)syscall(SYS_gettid));
    d->children_fd = open(path, O_RDONLY | O_CLOEXEC);
    d->text = rp_mem_alloc(CHILDREN_TEXT_MAX);
    (void)read_children(d);
    char *end;
    for (char *at = d->text; *at != '\0'; at = end) {
        long pid = strtol(at, &end, 10);
        if (end == at) {
            break;
        }
        d->spared = rp_mem_grow(d->spared, d->spared_count + 1, sizeof(pid_t));
        d->spared[d->spared_count++] = (pid_t)pid;
    }
    return d;
}

void rp__descendants_free(struct rp__descendants **d)
{
    if (*d == NULL) {
        return;
    }
    if ((*d)->children_fd >= 0) {
        (void)close((*d)->children_fd); /* only read from */
    }
    rp_mem_free((*d)->spared);
    rp_mem_free((*d)->text);
    rp_mem_free(*d);
    *d = NULL;
}

static bool is_spared(const struct rp__descendants *d, pid_t pid)
{
    for (size_t i = 0; i < d->spared_count; i++) {
        if (d->spared[i] == pid) {
            return true;
        }
    }
    return false;
}

/* Whether the process was given this path; one that hides it is nobody's. */
static bool has_path(pid_t pid, const char *path)
{
    char name[64];
    (void)snprintf(name, sizeof(name), "/proc/%ld/environ", (long)pid);
    int fd = open(name, O_RDONLY | O_CLOEXEC);
    if (fd < 0) {
        return false;
    }
    struct rp_buf env;
    rp_buf_init(&env, ENVIRON_BYTES_MAX);
    char chunk[4096];
    ssize_t got;
    while ((got = read(fd, chunk, sizeof(chunk))) > 0) {
        rp_buf_add(&env, (struct rp_str){chunk, (size_t)got});
    }
    (void)close(fd); /* only read from */
    struct rp_buf wanted;
    rp_buf_init(&wanted, RP_PATH_LEN_MAX * 2);
    rp_buf_addf(&wanted, "REPRISE_PATH=%s", path);
    bool found = false;
    struct rp_str rest = rp_buf_str(&env);
    while (rest.ptr != NULL && rest.len > 0 && !found) {
        struct rp_str entry = rp_str_cut(rest, '\0', &rest);
        found = rp_str_equal(entry, rp_buf_str(&wanted));
    }
    rp_buf_fini(&env);
    rp_buf_fini(&wanted);
    return found;
}

static uint32_t count_children(const struct rp__descendants *d)
{
    uint32_t count = 0;
    for (const char *at = d->text; *at != '\0'; at++) {
        count += *at == ' ' ? 1 : 0;
    }
    return count;
}

bool rp__descendants_any(struct rp__descendants *d, uint32_t owned_count,
    bool (*owned)(void *context, pid_t pid), void *context)
{
    if (read_children(d) == 0 ||
        (d->spared_count == 0 && count_children(d) == owned_count)) {
        return false;
    }
    char *end;
    for (char *at = d->text; *at != '\0'; at = end) {
        long pid = strtol(at, &end, 10);
        if (end == at) {
            break;
        }
        if (!is_spared(d, (pid_t)pid) && !owned(context, (pid_t)pid)) {
            return true;
        }
    }
    return false;
}

enum fate { FATE_REAPED, FATE_SPARED, FATE_LIVES };

static enum fate end_one(pid_t pid, const char *path)
{
    siginfo_t info = {.si_pid = 0};
    if (waitid(P_PID, (id_t)pid, &info, WEXITED | WNOHANG) == 0 &&
        info.si_pid == pid) {
        return FATE_REAPED;
    }
    if (path != NULL && !has_path(pid, path)) {
        return FATE_SPARED; /* not this attempt's */
    }
    (void)kill(pid, SIGKILL); /* gone already is as good */
    return FATE_LIVES;
}

/* One look at all of them; `*reaped` when one had ended, whose own children
 * are ours by now and not in this look. */
static uint32_t end_round(struct rp__descendants *d, const char *path,
    bool (*owned)(void *context, pid_t pid), void *context, bool *reaped)
{
    uint32_t left = 0;
    *reaped = false;
    if (read_children(d) == 0) {
        return 0;
    }
    char *end;
    for (char *at = d->text; *at != '\0'; at = end) {
        long pid = strtol(at, &end, 10);
        if (end == at) {
            break;
        }
        if (!is_spared(d, (pid_t)pid) && !owned(context, (pid_t)pid)) {
            enum fate fate = end_one((pid_t)pid, path);
            left += fate == FATE_LIVES ? 1 : 0;
            *reaped = *reaped || fate == FATE_REAPED;
        }
    }
    return left;
}

uint32_t rp__descendants_end(struct rp__descendants *d, const char *path,
    bool (*owned)(void *context, pid_t pid), void *context)
{
    uint32_t left;
    bool reaped;
    do {
        left = end_round(d, path, owned, context, &reaped);
    } while (reaped);
    return left;
}

/* "sleep" of process 4711, or "?". */
static void read_name(pid_t pid, char out[32])
{
    char path[64];
    (void)snprintf(path, sizeof(path), "/proc/%ld/comm", (long)pid);
    (void)snprintf(out, 32, "?");
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) {
        return;
    }
    ssize_t got = read(fd, out, 31);
    (void)close(fd); /* only read from */
    out[got > 0 ? got : 0] = '\0';
    out[strcspn(out, "\n")] = '\0';
}

void rp__descendants_name(struct rp__descendants *d, char *out, size_t out_size)
{
    struct rp_buf names;
    char *end;
    rp_buf_init(&names, out_size - 1);
    (void)read_children(d);
    for (char *at = d->text; *at != '\0'; at = end) {
        long pid = strtol(at, &end, 10);
        if (end == at) {
            break;
        }
        if (!is_spared(d, (pid_t)pid)) {
            char name[32];
            read_name((pid_t)pid, name);
            rp_buf_addf(
                &names, "%s%ld (%s)", names.len == 0 ? "" : ", ", pid, name);
        }
    }
    (void)snprintf(out, out_size, "%.*s", (int)names.len,
        names.ptr == NULL ? "" : names.ptr);
    rp_buf_fini(&names);
}
