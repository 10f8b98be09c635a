/* mem.h - allocation that does not fail, and arenas by lifetime.
 *
 * Running out of memory ends the program with a message through one
 * replaceable handler; every size that comes from outside is bounded before it
 * gets here. Floor: base. rp_mem_* are thread-safe, an arena is not.
 */
#ifndef RP_MEM_H
#define RP_MEM_H

#include <stddef.h>
#include <stdint.h>

#include <reprise/attr.h>
#include <reprise/str.h>

/* All return memory of at least one byte; `count * size` is checked. */
void *rp_mem_alloc(size_t size);
void *rp_mem_zalloc(size_t size);
void *rp_mem_array(size_t count, size_t size);           /* zeroed */
void *rp_mem_grow(void *ptr, size_t count, size_t size); /* realloc */
/* An array with room for one more than `count`: twice as large when it is full,
 * and `*room` follows. `items` NULL begins one. */
void *rp_mem_room(void *items, size_t count, uint32_t *room, size_t size);
char *rp_mem_dup(struct rp_str text); /* adds a terminator */
void rp_mem_free(void *ptr);          /* NULL is allowed */

/* Called with the size that could not be had; must not return. NULL restores
 * the default, which prints one line to stderr and aborts. */
void rp_mem_on_exhausted(
    void (*handler)(void *context, size_t size), void *context);

/* Bytes handed out together and freed together. */
struct rp_arena;

/* Owned by the caller. `chunk_bytes` 0 means a default of 4 KiB. */
struct rp_arena *rp_arena_new(size_t chunk_bytes);
void rp_arena_free(struct rp_arena **arena);
void rp_arena_reset(struct rp_arena *arena); /* keeps one chunk */

/* Zeroed, aligned for any type, valid until reset or free. */
void *rp_arena_alloc(struct rp_arena *arena, size_t size);
void *rp_arena_array(struct rp_arena *arena, size_t count, size_t size);
char *rp_arena_dup(struct rp_arena *arena, struct rp_str text);
char *rp_arena_printf(struct rp_arena *arena, const char *format, ...)
    RP_PRINTF(2, 3);
size_t rp_arena_bytes(const struct rp_arena *arena); /* held from the system */

#endif
