#include <reprise/mem.h>

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <reprise/err.h>

/* Under the address sanitizer each block is followed by a gap, and what is not
 * handed out is poisoned, so that running past a block is seen. */
#if defined(__SANITIZE_ADDRESS__)
#define ARENA_POISONS
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define ARENA_POISONS
#endif
#endif
#if defined(ARENA_POISONS)
#include <sanitizer/asan_interface.h>
#define GAP_BYTES sizeof(max_align_t)
#else
#define GAP_BYTES ((size_t)0)
#define ASAN_POISON_MEMORY_REGION(ptr, size) ((void)(ptr), (void)(size))
#define ASAN_UNPOISON_MEMORY_REGION(ptr, size) ((void)(ptr), (void)(size))
#endif

#define CHUNK_BYTES_DEFAULT ((size_t)4096)
#define CHUNK_BYTES_MAX ((size_t)256 << 10) /* what doubling stops at */

/* The bytes follow the header. They are made zero as they are handed out:
 * most chunks are given back before they are full. */
struct chunk {
    struct chunk *next;
    size_t room;
    size_t used;
    max_align_t bytes[];
};

struct rp_arena {
    struct chunk *chunks; /* the first is the one in use */
    size_t next_bytes;    /* room of the next chunk */
    size_t held_bytes;
};

static struct chunk *chunk_new(struct rp_arena *arena, size_t room)
{
    RP_ASSERT(room <= SIZE_MAX - sizeof(struct chunk));
    struct chunk *chunk = rp_mem_alloc(sizeof(*chunk) + room);
    *chunk = (struct chunk){.room = room};
    arena->held_bytes += sizeof(*chunk) + room;
    ASAN_POISON_MEMORY_REGION(chunk->bytes, room);
    return chunk;
}

struct rp_arena *rp_arena_new(size_t chunk_bytes)
{
    struct rp_arena *arena = rp_mem_zalloc(sizeof(*arena));
    arena->next_bytes = chunk_bytes > 0 ? chunk_bytes : CHUNK_BYTES_DEFAULT;
    return arena;
}

static void free_chunks(struct rp_arena *arena, struct chunk *chunk)
{
    while (chunk != NULL) {
        struct chunk *next = chunk->next;
        arena->held_bytes -= sizeof(*chunk) + chunk->room;
        ASAN_UNPOISON_MEMORY_REGION(chunk->bytes, chunk->room);
        rp_mem_free(chunk);
        chunk = next;
    }
}

void rp_arena_free(struct rp_arena **arena)
{
    if (arena == NULL || *arena == NULL) {
        return;
    }
    free_chunks(*arena, (*arena)->chunks);
    rp_mem_free(*arena);
    *arena = NULL;
}

void rp_arena_reset(struct rp_arena *arena)
{
    struct chunk *kept = arena->chunks;
    if (kept == NULL) {
        return;
    }
    free_chunks(arena, kept->next);
    kept->next = NULL;
    ASAN_POISON_MEMORY_REGION(kept->bytes, kept->used);
    kept->used = 0;
}

/* A request too large for the chunk in use gets a chunk; the one with more
 * room left afterwards is used on. */
static struct chunk *add_chunk(struct rp_arena *arena, size_t size)
{
    struct chunk *old = arena->chunks;
    size_t room = size > arena->next_bytes ? size : arena->next_bytes;
    struct chunk *chunk = chunk_new(arena, room);
    if (arena->next_bytes < CHUNK_BYTES_MAX) {
        arena->next_bytes *= 2;
    }
    if (old != NULL && old->room - old->used > room - size) {
        chunk->next = old->next;
        old->next = chunk;
    } else {
        chunk->next = old;
        arena->chunks = chunk;
    }
    return chunk;
}

/* Bytes that the caller writes, whatever they were. */
static void *take(struct rp_arena *arena, size_t size)
{
    const size_t align = sizeof(max_align_t);
    RP_ASSERT(size <= SIZE_MAX / 2);
    size_t need = size == 0 ? align : (size + align - 1) / align * align;
    need += GAP_BYTES;
    struct chunk *chunk = arena->chunks;
    if (chunk == NULL || need > chunk->room - chunk->used) {
        chunk = add_chunk(arena, need);
    }
    char *ptr = (char *)chunk->bytes + chunk->used;
    chunk->used += need;
    ASAN_UNPOISON_MEMORY_REGION(ptr, size);
    return ptr;
}

void *rp_arena_alloc(struct rp_arena *arena, size_t size)
{
    return memset(take(arena, size), 0, size);
}

void *rp_arena_array(struct rp_arena *arena, size_t count, size_t size)
{
    RP_ASSERT(size == 0 || count <= SIZE_MAX / 2 / size);
    return rp_arena_alloc(arena, count * size);
}

char *rp_arena_dup(struct rp_arena *arena, struct rp_str text)
{
    char *copy = take(arena, text.len + 1);
    if (text.len > 0) {
        memcpy(copy, text.ptr, text.len);
    }
    copy[text.len] = '\0';
    return copy;
}

char *rp_arena_printf(struct rp_arena *arena, const char *format, ...)
{
    char near[256]; /* enough as a rule, and then written once */
    va_list args;
    va_start(args, format);
    int len = vsnprintf(near, sizeof(near), format, args);
    va_end(args);
    RP_ASSERT(len >= 0);
    if ((size_t)len < sizeof(near)) {
        return rp_arena_dup(arena, (struct rp_str){near, (size_t)len});
    }
    char *text = take(arena, (size_t)len + 1);
    va_start(args, format);
    (void)vsnprintf(text, (size_t)len + 1, format, args);
    va_end(args);
    return text;
}

size_t rp_arena_bytes(const struct rp_arena *arena)
{
    return sizeof(*arena) + arena->held_bytes;
}
