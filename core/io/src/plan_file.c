#include <reprise/plan_file.h>

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <reprise/limits.h>
#include <reprise/mem.h>

struct rp_plan_disk {
    char *folder;
    char **files; /* owned: what was read */
    size_t count;
    uint32_t room;
};

struct rp_plan_disk *rp_plan_disk_new(const char *folder)
{
    struct rp_plan_disk *disk = rp_mem_zalloc(sizeof(*disk));
    disk->folder = rp_mem_dup(rp_str_of(folder));
    return disk;
}

void rp_plan_disk_free(struct rp_plan_disk **disk)
{
    struct rp_plan_disk *self = *disk;
    if (self == NULL) {
        return;
    }
    for (size_t i = 0; i < self->count; i++) {
        rp_mem_free(self->files[i]);
    }
    rp_mem_free(self->files);
    rp_mem_free(self->folder);
    rp_mem_free(self);
    *disk = NULL;
}

static char *join(const char *folder, const char *name)
{
    struct rp_buf path;
    rp_buf_init(&path, PATH_MAX * 2);
    if (name[0] != '/') {
        rp_buf_addf(&path, "%s/", folder);
    }
    rp_buf_add_text(&path, name);
    return rp_buf_take(&path, NULL);
}

static enum rp_code failed(
    struct rp_err *err, const char *what, const char *name)
{
    enum rp_code code =
        errno == ENOENT || errno == ENOTDIR ? RP_E_NOT_FOUND : RP_E_IO;
    return rp_err_set(
        err, code, "%s '%s': %s", what, name, strerrordesc_np(errno));
}

static enum rp_code read_all(
    int fd, const char *name, struct rp_buf *out, struct rp_err *err)
{
    char chunk[16384];
    for (;;) {
        ssize_t got = read(fd, chunk, sizeof(chunk));
        if (got < 0 && errno == EINTR) {
            continue;
        }
        if (got < 0) {
            return failed(err, "cannot read", name);
        }
        if (got == 0) {
            break;
        }
        rp_buf_add(out, (struct rp_str){chunk, (size_t)got});
    }
    if (out->overflowed) {
        return rp_err_set(err, RP_E_LIMIT, "'%s' is larger than %u bytes", name,
            RP_PLAN_BYTES_MAX);
    }
    return RP_OK;
}

static enum rp_code disk_read(
    void *context, const char *name, struct rp_str *out, struct rp_err *err)
{
    struct rp_plan_disk *self = context;
    char *path = join(self->folder, name);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    rp_mem_free(path);
    if (fd < 0) {
        return failed(err, "cannot open", name);
    }
    struct rp_buf bytes;
    rp_buf_init(&bytes, RP_PLAN_BYTES_MAX);
    enum rp_code rc = read_all(fd, name, &bytes, err);
    (void)close(fd); /* read only: nothing can be lost */
    if (rc != RP_OK) {
        rp_buf_fini(&bytes);
        return rc;
    }
    self->files =
        rp_mem_room(self->files, self->count, &self->room, sizeof(char *));
    size_t len = 0;
    char *text = rp_buf_take(&bytes, &len);
    self->files[self->count++] = text;
    *out = (struct rp_str){text, len};
    return RP_OK;
}

/* ---- executables ---- */

static bool is_executable(const char *path, struct stat *info)
{
    if (stat(path, info) != 0) {
        return false;
    }
    if (!S_ISREG(info->st_mode)) {
        errno = EACCES;
        return false;
    }
    return access(path, X_OK) == 0;
}

static bool keep_path(char *out, size_t size, const char *path)
{
    int len = snprintf(out, size, "%s", path);
    return len >= 0 && (size_t)len < size;
}

static enum rp_code found(const char *path, const struct stat *info,
    char *out_path, size_t out_size, int64_t *size_bytes, int64_t *mtime_ns,
    struct rp_err *err)
{
    if (!keep_path(out_path, out_size, path)) {
        return rp_err_set(err, RP_E_LIMIT, "the path '%s' is too long", path);
    }
    *size_bytes = info->st_size;
    *mtime_ns =
        (int64_t)info->st_mtim.tv_sec * RP_NS_PER_S + info->st_mtim.tv_nsec;
    return RP_OK;
}

static enum rp_code search_path(const char *name, char *out_path,
    size_t out_size, int64_t *size_bytes, int64_t *mtime_ns, struct rp_err *err)
{
    const char *list = getenv("PATH");
    struct rp_str rest = rp_str_of(list == NULL ? "/usr/bin:/bin" : list);
    while (rest.ptr != NULL) {
        struct rp_str folder = rp_str_cut(rest, ':', &rest);
        char path[PATH_MAX];
        int len =
            snprintf(path, sizeof(path), "%.*s/%s", RP_STR_ARG(folder), name);
        struct stat info;
        if (folder.len > 0 && len > 0 && (size_t)len < sizeof(path) &&
            is_executable(path, &info)) {
            return found(
                path, &info, out_path, out_size, size_bytes, mtime_ns, err);
        }
    }
    return rp_err_set(err, RP_E_NOT_FOUND, "no executable '%s' on PATH", name);
}

static enum rp_code disk_resolve(void *context, const char *name,
    char *out_path, size_t out_size, int64_t *size_bytes, int64_t *mtime_ns,
    struct rp_err *err)
{
    struct rp_plan_disk *self = context;
    if (strchr(name, '/') == NULL) {
        return search_path(name, out_path, out_size, size_bytes, mtime_ns, err);
    }
    const char *tail = strncmp(name, "./", 2) == 0 ? name + 2 : name;
    char *path = join(self->folder, tail);
    struct stat info;
    enum rp_code rc =
        is_executable(path, &info)
            ? found(path, &info, out_path, out_size, size_bytes, mtime_ns, err)
        : errno == EACCES && access(path, F_OK) == 0
            ? rp_err_set(err, RP_E_IO, "it is %s",
                  S_ISREG(info.st_mode) ? "not executable (chmod +x)"
                                        : "no file")
            : failed(err, "cannot run", name);
    rp_mem_free(path);
    return rc;
}

struct rp_plan_files rp_plan_disk_files(struct rp_plan_disk *disk)
{
    return (struct rp_plan_files){disk_read, disk_resolve, disk};
}
