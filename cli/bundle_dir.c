#include "bundle_dir.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <reprise/mem.h>

#define ENDING ".bundle"

bool rp__bundle_dir_is(const char *path)
{
    struct stat about;
    return stat(path, &about) == 0 && S_ISDIR(about.st_mode);
}

static bool is_bundle(const struct dirent *entry)
{
    size_t len = strlen(entry->d_name);
    size_t ending = strlen(ENDING);
    return len > ending && strcmp(entry->d_name + len - ending, ENDING) == 0;
}

static int by_name(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

static char *joined(const char *directory, const char *name)
{
    size_t size = strlen(directory) + strlen(name) + 2;
    char *path = rp_mem_array(size, 1);
    (void)snprintf(path, size, "%s/%s", directory, name);
    return path;
}

static void add_path(struct rp__bundle_dir *dir, uint32_t *room, char *path)
{
    dir->paths = rp_mem_room(dir->paths, dir->count, room, sizeof(char *));
    dir->paths[dir->count++] = path;
}

enum rp_code rp__bundle_dir_read(
    struct rp__bundle_dir *out, const char *path, struct rp_err *err)
{
    struct rp__bundle_dir dir = {.paths = NULL};
    const struct dirent *entry;
    uint32_t room = 0;
    DIR *folder = opendir(path);
    if (folder == NULL) {
        return rp_err_set(err, RP_E_IO, "cannot read directory '%s'", path);
    }
    while ((entry = readdir(folder)) != NULL) {
        if (is_bundle(entry)) {
            add_path(&dir, &room, joined(path, entry->d_name));
        }
    }
    (void)closedir(folder); /* was only read */
    if (dir.count == 0) {
        return rp_err_set(
            err, RP_E_NOT_FOUND, "no *" ENDING " in directory '%s'", path);
    }
    qsort(dir.paths, dir.count, sizeof(char *), by_name);
    *out = dir;
    return RP_OK;
}

void rp__bundle_dir_fini(struct rp__bundle_dir *dir)
{
    for (uint32_t i = 0; i < dir->count; i++) {
        rp_mem_free(dir->paths[i]);
    }
    rp_mem_free(dir->paths);
    *dir = (struct rp__bundle_dir){.paths = NULL};
}
