#include <reprise/protobuf.h>

#include <reprise/err.h>
#include <reprise/mem.h>

#define ROOM_FIRST ((size_t)4096)
/* In front of what is written behind: for the messages that it is part of. */
#define ROOM_FRONT ((size_t)1024)

void rp_pb_init(struct rp_pb *pb, size_t max_bytes)
{
    RP_ASSERT(max_bytes < SIZE_MAX / 2);
    *pb = (struct rp_pb){.max_bytes = max_bytes};
}

void rp_pb_fini(struct rp_pb *pb)
{
    if (pb != NULL) {
        rp_mem_free(pb->memory);
        *pb = (struct rp_pb){.max_bytes = pb->max_bytes};
    }
}

void rp_pb_reset(struct rp_pb *pb)
{
    pb->room = pb->memory_bytes;
    pb->end = pb->memory_bytes;
    pb->overflowed = false;
}

struct rp_str rp_pb_str(const struct rp_pb *pb)
{
    return pb->memory == NULL
               ? RP_STR("")
               : (struct rp_str){
                     (const char *)pb->memory + pb->room, rp_pb_mark(pb)};
}

/* The bytes go to where so many are in front of them. */
static void move(struct rp_pb *pb, size_t memory_bytes, size_t room)
{
    size_t used = rp_pb_mark(pb);
    uint8_t *memory = rp_mem_alloc(memory_bytes);
    if (used > 0) {
        memcpy(memory + room, pb->memory + pb->room, used);
    }
    rp_mem_free(pb->memory);
    pb->memory = memory;
    pb->memory_bytes = memory_bytes;
    pb->room = room;
    pb->end = room + used;
}

bool rp_pb_grow(struct rp_pb *pb, size_t extra)
{
    size_t used = rp_pb_mark(pb);
    if (pb->overflowed || extra > pb->max_bytes - used) {
        pb->overflowed = true;
        return false;
    }
    size_t size = pb->memory_bytes > 0 ? pb->memory_bytes * 2 : ROOM_FIRST;
    while (size < used + extra) {
        size *= 2;
    }
    size = size > pb->max_bytes ? pb->max_bytes : size;
    move(pb, size, size - used);
    return true;
}

uint8_t *rp_pb_grow_behind(struct rp_pb *pb, size_t count)
{
    size_t used = rp_pb_mark(pb);
    if (pb->overflowed || count > pb->max_bytes - used) {
        return NULL;
    }
    if (used == 0 && pb->memory_bytes >= ROOM_FRONT + count) {
        pb->room = ROOM_FRONT;
        pb->end = ROOM_FRONT;
    } else {
        move(pb, ROOM_FRONT + (used + count) * 2, ROOM_FRONT);
    }
    return pb->memory + pb->end;
}

/* In runs from the last to the first, as everything here. */
static void add_cleaned(struct rp_pb *pb, struct rp_str text)
{
    size_t done = 0;
    size_t bad;
    size_t runs_room = 0;
    size_t count = 0;
    size_t *bad_at = NULL;
    while (!rp_utf8_valid(
        (struct rp_str){text.ptr + done, text.len - done}, &bad)) {
        if (count == runs_room) {
            runs_room = runs_room * 2 + 16;
            bad_at = rp_mem_grow(bad_at, runs_room, sizeof(*bad_at));
        }
        bad_at[count++] = done + bad;
        done += bad + 1;
    }
    size_t end = text.len;
    while (count > 0) {
        size_t at = bad_at[--count];
        rp_pb_raw(pb, (struct rp_str){text.ptr + at + 1, end - at - 1});
        rp_pb_raw(pb, RP_STR("\xEF\xBF\xBD"));
        end = at;
    }
    rp_pb_raw(pb, (struct rp_str){text.ptr, end});
    rp_mem_free(bad_at);
}

void rp_pb_text(struct rp_pb *pb, uint32_t field, struct rp_str text)
{
    size_t mark = rp_pb_mark(pb);
    if (rp_utf8_valid(text, NULL)) {
        rp_pb_raw(pb, text);
    } else {
        add_cleaned(pb, text);
    }
    rp_pb_close(pb, field, mark);
}
