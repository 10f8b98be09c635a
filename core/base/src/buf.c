#include <reprise/buf.h>

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include <reprise/err.h>
#include <reprise/mem.h>

#define ROOM_FIRST ((size_t)64)

void rp_buf_init(struct rp_buf *buf, size_t max_bytes)
{
    RP_ASSERT(max_bytes < SIZE_MAX);
    *buf = (struct rp_buf){.max_bytes = max_bytes};
}

void rp_buf_fini(struct rp_buf *buf)
{
    if (buf == NULL) {
        return;
    }
    rp_mem_free(buf->ptr);
    *buf = (struct rp_buf){.max_bytes = buf->max_bytes};
}

void rp_buf_reset(struct rp_buf *buf)
{
    buf->len = 0;
    buf->overflowed = false;
    if (buf->ptr != NULL) {
        buf->ptr[0] = '\0';
    }
}

static bool make_more_room(struct rp_buf *buf, size_t extra)
{
    size_t need = buf->len + extra + 1;
    size_t room = buf->room > 0 ? buf->room : ROOM_FIRST;
    while (room < need) {
        room = room <= SIZE_MAX / 2 ? room * 2 : need;
    }
    if (room > buf->max_bytes + 1) {
        room = buf->max_bytes + 1;
    }
    buf->ptr = rp_mem_grow(buf->ptr, room, 1);
    buf->room = room;
    return true;
}

bool rp_buf_reserve(struct rp_buf *buf, size_t extra)
{
    if (buf->overflowed || extra > buf->max_bytes - buf->len) {
        buf->overflowed = true;
        return false;
    }
    return extra < buf->room - buf->len || make_more_room(buf, extra);
}

void rp_buf_add_u64(struct rp_buf *buf, uint64_t value)
{
    char digits[20];
    size_t at = sizeof(digits);
    do {
        digits[--at] = (char)('0' + value % 10);
        value /= 10;
    } while (value > 0);
    rp_buf_add(buf, (struct rp_str){digits + at, sizeof(digits) - at});
}

void rp_buf_add_i64(struct rp_buf *buf, int64_t value)
{
    if (value >= 0) {
        rp_buf_add_u64(buf, (uint64_t)value);
        return;
    }
    char text[24]; /* in one piece: an overflow adds nothing */
    int len = snprintf(text, sizeof(text), "%" PRId64, value);
    rp_buf_add(buf, (struct rp_str){text, (size_t)len});
}

void rp_buf_addf(struct rp_buf *buf, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    rp_buf_addv(buf, format, args);
    va_end(args);
}

void rp_buf_addv(struct rp_buf *buf, const char *format, va_list args)
{
    va_list again;
    size_t left = buf->overflowed ? 0 : buf->room - buf->len;
    char *end = left > 0 ? buf->ptr + buf->len : NULL;
    va_copy(again, args);
    int len = vsnprintf(end, left, format, args); /* it fits as a rule */
    RP_ASSERT(len >= 0);
    if ((size_t)len < left) {
        buf->len += (size_t)len;
        va_end(again);
        return;
    }
    if (end != NULL) {
        *end = '\0';
    }
    if (rp_buf_reserve(buf, (size_t)len)) {
        (void)vsnprintf(buf->ptr + buf->len, (size_t)len + 1, format, again);
        buf->len += (size_t)len;
    }
    va_end(again);
}

struct rp_str rp_buf_str(const struct rp_buf *buf)
{
    return (struct rp_str){buf->ptr != NULL ? buf->ptr : "", buf->len};
}

char *rp_buf_take(struct rp_buf *buf, size_t *len)
{
    char *taken = buf->ptr != NULL ? buf->ptr : rp_mem_zalloc(1);
    if (len != NULL) {
        *len = buf->len;
    }
    *buf = (struct rp_buf){.max_bytes = buf->max_bytes};
    return taken;
}
