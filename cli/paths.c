#include "paths.h"

#include <reprise/mem.h>

void rp__paths_add(struct rp__paths *paths, const char *path)
{
    if (paths->count == paths->room) {
        paths->room = paths->room == 0 ? 16 : 2 * paths->room;
        paths->items = rp_mem_grow(paths->items, paths->room, sizeof(char *));
    }
    paths->items[paths->count++] = rp_mem_dup(rp_str_of(path));
}

void rp__paths_fini(struct rp__paths *paths)
{
    for (uint32_t i = 0; i < paths->count; i++) {
        rp_mem_free(paths->items[i]);
    }
    rp_mem_free(paths->items);
    *paths = (struct rp__paths){.items = NULL};
}
