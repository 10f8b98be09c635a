/* Where the store is, and the directory and file around it. This file,
 * held_files.c and checkpoint.c are the only ones of this floor that use POSIX:
 * SQLite makes no directories and cannot be told a mode. */
#define _POSIX_C_SOURCE 200809L

#include "sqlite_parts.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define STORE_DIRECTORY ".reprise"
#define STORE_FILE "store.db"

enum rp__path_kind rp__path_kind(const char *path, bool *empty)
{
    struct stat found;
    if (stat(path, &found) != 0) {
        return errno == ENOENT ? RP__PATH_NONE : RP__PATH_OTHER;
    }
    *empty = found.st_size == 0;
    return S_ISREG(found.st_mode) ? RP__PATH_FILE : RP__PATH_OTHER;
}

int64_t rp__path_bytes(const char *path)
{
    struct stat found;
    return stat(path, &found) == 0 ? (int64_t)found.st_size : -1;
}

static enum rp_code cannot(
    struct rp_err *err, const char *what, const char *path)
{
    char why[128];
    if (strerror_r(errno, why, sizeof(why)) != 0) {
        why[0] = '\0';
    }
    return rp_err_set(err, RP_E_IO, "cannot %s '%s': %s", what, path, why);
}

/* "a/b" of "a/b/c", "/" of "/c", "." of "c"; owned by the caller. */
static char *directory_of(const char *path)
{
    const char *slash = strrchr(path, '/');
    if (slash == NULL) {
        return rp_mem_dup(RP_STR("."));
    }
    size_t len = slash == path ? 1 : (size_t)(slash - path);
    return rp_mem_dup((struct rp_str){path, len});
}

static char *join(const char *directory, const char *name)
{
    struct rp_buf path;
    size_t len;
    rp_buf_init(&path, strlen(directory) + strlen(name) + 2);
    rp_buf_add_text(&path, directory);
    if (directory[0] != '\0' && directory[strlen(directory) - 1] != '/') {
        rp_buf_add_char(&path, '/');
    }
    rp_buf_add_text(&path, name);
    return rp_buf_take(&path, &len);
}

static bool is_there(const char *path)
{
    struct stat found;
    return stat(path, &found) == 0;
}

/* ---- creation ---- */

static enum rp_code make_file(
    const char *path, struct rp_str content, struct rp_err *err)
{
    int fd =
        open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (fd < 0 && errno == EEXIST) {
        return RP_OK; /* somebody was quicker, or it was there */
    }
    bool good =
        fd >= 0 && write(fd, content.ptr, content.len) == (ssize_t)content.len;
    enum rp_code rc = good ? RP_OK : cannot(err, "create", path);
    if (fd >= 0) {
        (void)close(fd); /* nothing of value is lost with it */
    }
    return rc;
}

static bool is_store_directory(const char *directory)
{
    const char *slash = strrchr(directory, '/');
    return strcmp(slash == NULL ? directory : slash + 1, STORE_DIRECTORY) == 0;
}

static enum rp_code make_directory(const char *directory, struct rp_err *err)
{
    if (mkdir(directory, 0700) != 0) {
        if (errno == EEXIST) {
            return RP_OK;
        }
        return cannot(err, "create directory", directory);
    }
    char *ignore = join(directory, ".gitignore");
    enum rp_code rc = make_file(ignore, RP_STR("*\n"), err);
    rp_mem_free(ignore);
    return rc;
}

enum rp_code rp__path_create(const char *path, struct rp_err *err)
{
    char *directory = directory_of(path);
    enum rp_code rc = RP_OK;
    if (is_store_directory(directory)) {
        rc = make_directory(directory, err);
    }
    if (rc == RP_OK) {
        rc = make_file(path, RP_STR(""), err);
    }
    rp_mem_free(directory);
    return rc;
}

/* ---- finding ---- */

static char *working_directory(struct rp_err *err)
{
    char *path = rp_mem_alloc(RP_PATH_LEN_MAX);
    if (getcwd(path, RP_PATH_LEN_MAX) == NULL) {
        (void)cannot(err, "tell the working directory", ".");
        rp_mem_free(path);
        return NULL;
    }
    return path;
}

/* Cuts the last part off; false at the root. */
static bool go_up(char *path)
{
    char *slash = strrchr(path, '/');
    if (slash == NULL || path[1] == '\0') {
        return false;
    }
    slash[slash == path ? 1 : 0] = '\0';
    return true;
}

static char *find_upward(const char *start)
{
    char *directory = rp_mem_dup(rp_str_of(start));
    char *found = NULL;
    do {
        char *path = join(directory, STORE_DIRECTORY "/" STORE_FILE);
        if (is_there(path)) {
            found = path;
        } else {
            rp_mem_free(path);
        }
    } while (found == NULL && go_up(directory));
    rp_mem_free(directory);
    return found;
}

static bool given(const char *text)
{
    return text != NULL && text[0] != '\0';
}

enum rp_code rp_store_locate(struct rp_store_place *out, const char *option,
    const char *environment, const char *directory, struct rp_err *err)
{
    struct rp_store_place place = {NULL, RP_STORE_DEFAULT, false};
    if (given(option)) {
        place.path = rp_mem_dup(rp_str_of(option));
        place.origin = RP_STORE_FROM_OPTION;
    } else if (given(environment)) {
        place.path = rp_mem_dup(rp_str_of(environment));
        place.origin = RP_STORE_FROM_ENVIRONMENT;
    } else {
        char *start = directory == NULL ? working_directory(err)
                                        : rp_mem_dup(rp_str_of(directory));
        if (start == NULL) {
            return RP_E_IO;
        }
        place.path = find_upward(start);
        place.origin = RP_STORE_FOUND;
        if (place.path == NULL) {
            place.path = join(start, STORE_DIRECTORY "/" STORE_FILE);
            place.origin = RP_STORE_DEFAULT;
        }
        rp_mem_free(start);
    }
    place.exists = is_there(place.path);
    *out = place;
    return RP_OK;
}

void rp_store_place_fini(struct rp_store_place *place)
{
    rp_mem_free(place->path);
    place->path = NULL;
}

/* ---- git ---- */

#define IGNORE_BYTES_MAX (256u << 10)

/* Whether a line of a .gitignore names `path`, relative to the directory of
 * that file, or a directory above it. */
static bool line_names(struct rp_str line, struct rp_str path)
{
    bool anchored = memchr(line.ptr, '/', line.len - 1) != NULL;
    if (line.len > 1 && line.ptr[line.len - 1] == '/') {
        line.len--;
    }
    if (line.len > 0 && line.ptr[0] == '/') {
        line.ptr++;
        line.len--;
    }
    size_t begin = 0;
    for (size_t i = 0; i <= path.len; i++) {
        if (i < path.len && path.ptr[i] != '/') {
            continue;
        }
        struct rp_str whole = {path.ptr, i};
        struct rp_str part = {path.ptr + begin, i - begin};
        if (rp_str_glob(line, anchored ? whole : part)) {
            return true;
        }
        begin = i + 1;
    }
    return false;
}

/* The last line that names it decides: 1 ignored, -1 not ignored, 0 silent. */
static int file_says(const char *ignore_file, struct rp_str path)
{
    FILE *file = fopen(ignore_file, "rb");
    if (file == NULL) {
        return 0;
    }
    char *text = rp_mem_alloc(IGNORE_BYTES_MAX);
    struct rp_str rest = {text, fread(text, 1, IGNORE_BYTES_MAX, file)};
    (void)fclose(file); /* it was only read */
    int verdict = 0;
    while (rest.ptr != NULL) {
        struct rp_str line = rp_str_trim(rp_str_cut(rest, '\n', &rest));
        bool negated = line.len > 1 && line.ptr[0] == '!';
        if (negated) {
            line.ptr++;
            line.len--;
        }
        if (line.len > 0 && line.ptr[0] != '#' && line_names(line, path)) {
            verdict = negated ? -1 : 1;
        }
    }
    rp_mem_free(text);
    return verdict;
}

static char *absolute(const char *path)
{
    char *start = path[0] == '/' ? NULL : working_directory(NULL);
    char *whole =
        start == NULL ? rp_mem_dup(rp_str_of(path)) : join(start, path);
    rp_mem_free(start);
    return whole;
}

bool rp_store_git_would_commit(const char *path)
{
    char *whole = absolute(path);
    char *directory = rp_mem_dup(rp_str_of(whole));
    int verdict = 0;
    bool in_work_tree = false;
    while (verdict == 0 && !in_work_tree && go_up(directory)) {
        size_t root = strlen(directory) == 1 ? 1 : strlen(directory) + 1;
        struct rp_str below = rp_str_of(whole + root);
        char *ignore = join(directory, ".gitignore");
        char *git = join(directory, ".git");
        char *exclude = join(directory, ".git/info/exclude");
        in_work_tree = is_there(git);
        verdict = file_says(ignore, below);
        if (verdict == 0 && in_work_tree) {
            verdict = file_says(exclude, below);
        }
        rp_mem_free(ignore);
        rp_mem_free(git);
        rp_mem_free(exclude);
    }
    rp_mem_free(whole);
    /* A rule was found before a work tree: look on for the tree itself. */
    while (!in_work_tree && verdict < 0 && go_up(directory)) {
        char *git = join(directory, ".git");
        in_work_tree = is_there(git);
        rp_mem_free(git);
    }
    rp_mem_free(directory);
    return in_work_tree && verdict <= 0;
}
