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

static int is_bundle(const struct dirent *entry)
{
    size_t len = strlen(entry->d_name);
    size_t ending = strlen(ENDING);
    return len > ending && strcmp(entry->d_name + len - ending, ENDING) == 0;
}

/* Not alphasort(): that follows the locale. */
static int by_name(const struct dirent **a, const struct dirent **b)
{
    return strcmp((*a)->d_name, (*b)->d_name);
}

static char *joined(const char *directory, const char *name)
{
    size_t size = strlen(directory) + strlen(name) + 2;
    char *path = rp_mem_array(size, 1);
    (void)snprintf(path, size, "%s/%s", directory, name);
    return path;
}

enum rp_code rp__bundle_dir_read(
    struct rp__bundle_dir *out, const char *path, struct rp_err *err)
{
    struct dirent **entries = NULL;
    int count = scandir(path, &entries, is_bundle, by_name);
    if (count < 0) {
        return rp_err_set(err, RP_E_IO, "cannot read directory '%s'", path);
    }
    if (count == 0) {
        free(entries);
        return rp_err_set(
            err, RP_E_NOT_FOUND, "no *" ENDING " in directory '%s'", path);
    }
    out->count = (uint32_t)count;
    out->paths = rp_mem_array((size_t)count, sizeof(char *));
    for (int i = 0; i < count; i++) {
        out->paths[i] = joined(path, entries[i]->d_name);
        free(entries[i]);
    }
    free(entries);
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
