/* protobuf.h - the wire format of protocol buffers, written back to front.
 * Floor: tracer. Single-threaded.
 *
 * What is written last stands first. A message is written from its last field
 * to its first and then closed, when its length is known: so no size is
 * computed in advance and nothing is moved afterwards.
 *
 *     size_t mark = rp_pb_mark(pb);
 *     rp_pb_text(pb, 2, value);
 *     rp_pb_text(pb, 1, key);
 *     rp_pb_close(pb, 9, mark);        field 9: a message of these two
 *
 * A list whose parts are cheaper written from the first to the last may be
 * written behind what is there (rp_pb_behind); marks from before are then those
 * of messages that this is part of.
 *
 * A buffer is bounded and sticky as rp_buf is: what would pass the maximum
 * marks it as overflowed, and nothing is added from then on. Fields of proto3
 * that hold their default are for the caller to leave out.
 */
#ifndef RP_PROTOBUF_H
#define RP_PROTOBUF_H

#include <stdint.h>
#include <string.h>

#include <reprise/attr.h>
#include <reprise/str.h>

enum rp_pb_wire {
    RP_PB_VARINT = 0,
    RP_PB_FIXED64 = 1,
    RP_PB_BYTES = 2,
    RP_PB_FIXED32 = 5,
};

struct rp_pb {
    uint8_t *memory; /* owned */
    size_t memory_bytes;
    size_t room; /* in front of the bytes */
    size_t end;  /* of the bytes, in the memory */
    size_t max_bytes;
    bool overflowed;
};

void rp_pb_init(struct rp_pb *pb, size_t max_bytes);
void rp_pb_fini(struct rp_pb *pb);
void rp_pb_reset(struct rp_pb *pb);              /* empties, keeps the memory */
struct rp_str rp_pb_str(const struct rp_pb *pb); /* borrowed */

/* Makes room in front; false: overflowed. */
bool rp_pb_grow(struct rp_pb *pb, size_t extra);

/* Where up to `count` bytes may be written behind what is there; NULL: so many
 * would pass the maximum, and nothing is marked. Then rp_pb_written() says how
 * many were. */
uint8_t *rp_pb_grow_behind(struct rp_pb *pb, size_t count);
static inline uint8_t *rp_pb_behind(struct rp_pb *pb, size_t count)
{
    return count <= pb->memory_bytes - pb->end && !pb->overflowed
               ? pb->memory + pb->end
               : rp_pb_grow_behind(pb, count);
}
static inline void rp_pb_written(struct rp_pb *pb, size_t count)
{
    pb->end += count;
    pb->overflowed = pb->overflowed || pb->end - pb->room > pb->max_bytes;
}

/* The next `count` bytes in front, to be filled; NULL: overflowed. */
static inline uint8_t *rp_pb_take(struct rp_pb *pb, size_t count)
{
    if ((count > pb->room || pb->overflowed) && !rp_pb_grow(pb, count)) {
        return NULL;
    }
    pb->room -= count;
    return pb->memory + pb->room;
}

static inline void rp_pb_raw(struct rp_pb *pb, struct rp_str bytes)
{
    uint8_t *to = bytes.len == 0 ? NULL : rp_pb_take(pb, bytes.len);
    if (to != NULL) {
        memcpy(to, bytes.ptr, bytes.len);
    }
}

static inline void rp_pb_varint(struct rp_pb *pb, uint64_t value)
{
    if (value < 128) { /* most are */
        uint8_t *only = rp_pb_take(pb, 1);
        if (only != NULL) {
            *only = (uint8_t)value;
        }
        return;
    }
    size_t count = 1;
    for (uint64_t rest = value >> 7; rest > 0; rest >>= 7) {
        count++;
    }
    uint8_t *to = rp_pb_take(pb, count);
    if (to == NULL) {
        return;
    }
    while (value > 127) {
        *to++ = (uint8_t)(value | 128);
        value >>= 7;
    }
    *to = (uint8_t)value;
}

static inline void rp_pb_tag(
    struct rp_pb *pb, uint32_t field, enum rp_pb_wire wire)
{
    rp_pb_varint(pb, (uint64_t)field << 3 | (uint64_t)wire);
}

/* ---- fields ---- */

/* bool, enum, uint32, uint64, and int32 and int64 as their two's complement */
static inline void rp_pb_u64(struct rp_pb *pb, uint32_t field, uint64_t value)
{
    rp_pb_varint(pb, value);
    rp_pb_tag(pb, field, RP_PB_VARINT);
}

/* sint32, sint64 */
static inline void rp_pb_zigzag(struct rp_pb *pb, uint32_t field, int64_t value)
{
    uint64_t bits = (uint64_t)value << 1;
    rp_pb_u64(pb, field, value < 0 ? ~bits : bits);
}

/* fixed64, sfixed64 */
static inline void rp_pb_fixed64(
    struct rp_pb *pb, uint32_t field, uint64_t value)
{
    uint8_t *to = rp_pb_take(pb, 8);
    for (int i = 0; to != NULL && i < 8; i++) {
        to[i] = (uint8_t)(value >> 8 * i);
    }
    rp_pb_tag(pb, field, RP_PB_FIXED64);
}

static inline void rp_pb_fixed32(
    struct rp_pb *pb, uint32_t field, uint32_t value)
{
    uint8_t *to = rp_pb_take(pb, 4);
    for (int i = 0; to != NULL && i < 4; i++) {
        to[i] = (uint8_t)(value >> 8 * i);
    }
    rp_pb_tag(pb, field, RP_PB_FIXED32);
}

static inline void rp_pb_double(struct rp_pb *pb, uint32_t field, double value)
{
    uint64_t bits;
    memcpy(&bits, &value, sizeof(bits));
    rp_pb_fixed64(pb, field, bits);
}

static inline void rp_pb_bytes(
    struct rp_pb *pb, uint32_t field, struct rp_str bytes)
{
    rp_pb_raw(pb, bytes);
    rp_pb_varint(pb, bytes.len);
    rp_pb_tag(pb, field, RP_PB_BYTES);
}

/* A string: what is not UTF-8 becomes U+FFFD, byte for byte. */
void rp_pb_text(struct rp_pb *pb, uint32_t field, struct rp_str text);

/* ---- messages ---- */

static inline size_t rp_pb_mark(const struct rp_pb *pb)
{
    return pb->end - pb->room;
}

/* What was written since `mark` is a message, or a packed field. The room in
 * front of what is written behind may be more than the maximum leaves. */
static inline void rp_pb_close(struct rp_pb *pb, uint32_t field, size_t mark)
{
    pb->overflowed = pb->overflowed || rp_pb_mark(pb) > pb->max_bytes;
    rp_pb_varint(pb, rp_pb_mark(pb) - mark);
    rp_pb_tag(pb, field, RP_PB_BYTES);
}

#endif
