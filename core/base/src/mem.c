#include <reprise/mem.h>

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <reprise/err.h>

#define ROOM_FIRST 16u

static void print_and_abort(void *context, size_t size)
{
    (void)context;
    (void)fprintf(stderr, "reprise: out of memory (%zu bytes wanted)\n", size);
    abort();
}

/* Set at the start of the program, before there are threads. */
static struct {
    void (*run)(void *context, size_t size);
    void *context;
} exhausted = {print_and_abort, NULL};

void rp_mem_on_exhausted(
    void (*handler)(void *context, size_t size), void *context)
{
    exhausted.run = handler != NULL ? handler : print_and_abort;
    exhausted.context = handler != NULL ? context : NULL;
}

static RP_NORETURN void give_up(size_t size)
{
    exhausted.run(exhausted.context, size);
    abort(); /* a handler that returns has broken its contract */
}

static size_t product(size_t count, size_t size)
{
    if (size != 0 && count > SIZE_MAX / size) {
        give_up(SIZE_MAX);
    }
    size_t bytes = count * size;
    return bytes > 0 ? bytes : 1;
}

void *rp_mem_alloc(size_t size)
{
    void *ptr = malloc(product(1, size));
    if (ptr == NULL) {
        give_up(size);
    }
    return ptr;
}

void *rp_mem_zalloc(size_t size)
{
    return rp_mem_array(1, size);
}

void *rp_mem_array(size_t count, size_t size)
{
    size_t bytes = product(count, size);
    void *ptr = calloc(1, bytes);
    if (ptr == NULL) {
        give_up(bytes);
    }
    return ptr;
}

void *rp_mem_grow(void *ptr, size_t count, size_t size)
{
    size_t bytes = product(count, size);
    void *grown = realloc(ptr, bytes);
    if (grown == NULL) {
        give_up(bytes);
    }
    return grown;
}

void *rp_mem_room(void *items, size_t count, uint32_t *room, size_t size)
{
    if (count < *room) {
        return items;
    }
    RP_ASSERT(*room <= UINT32_MAX / 2);
    *room = *room == 0 ? ROOM_FIRST : *room * 2;
    return rp_mem_grow(items, *room, size);
}

char *rp_mem_dup(struct rp_str text)
{
    RP_ASSERT(text.len < SIZE_MAX);
    char *copy = rp_mem_alloc(text.len + 1);
    if (text.len > 0) {
        memcpy(copy, text.ptr, text.len);
    }
    copy[text.len] = '\0';
    return copy;
}

void rp_mem_free(void *ptr)
{
    free(ptr);
}
