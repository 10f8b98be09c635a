/* buf.h - bytes being built: bounded and sticky.
 *
 * A buffer is told its maximum when it is made. The first append that would
 * pass it marks the buffer as overflowed and adds nothing; later appends add
 * nothing either. What was there stays readable. Callers check once, at the
 * end. Contents are always followed by a NUL that is not counted. Floor: base.
 */
#ifndef RP_BUF_H
#define RP_BUF_H

#include <stdarg.h>
#include <stdint.h>

#include <reprise/attr.h>
#include <reprise/str.h>

struct rp_buf {
    char *ptr; /* NULL until the first append */
    size_t len;
    size_t room;
    size_t max_bytes;
    bool overflowed;
};

void rp_buf_init(struct rp_buf *buf, size_t max_bytes);
void rp_buf_fini(struct rp_buf *buf);  /* NULL, zeroed and used: all allowed */
void rp_buf_reset(struct rp_buf *buf); /* empties, keeps the memory */

/* Makes room for `extra` bytes and a terminator; false when that would pass
 * the maximum, or something did before. */
bool rp_buf_reserve(struct rp_buf *buf, size_t extra);

/* Here, so that what is known of `bytes` is made use of. */
static inline void rp_buf_add(struct rp_buf *buf, struct rp_str bytes)
{
    if ((bytes.len < buf->room - buf->len && !buf->overflowed) ||
        rp_buf_reserve(buf, bytes.len)) {
        if (bytes.ptr != NULL) {
            memcpy(buf->ptr + buf->len, bytes.ptr, bytes.len);
        }
        buf->len += bytes.len;
        buf->ptr[buf->len] = '\0';
    }
}

static inline void rp_buf_add_text(struct rp_buf *buf, const char *text)
{
    rp_buf_add(buf, rp_str_of(text));
}

static inline void rp_buf_add_char(struct rp_buf *buf, char c)
{
    rp_buf_add(buf, (struct rp_str){&c, 1});
}

void rp_buf_add_u64(struct rp_buf *buf, uint64_t value); /* decimal */
void rp_buf_add_i64(struct rp_buf *buf, int64_t value);
void rp_buf_addf(struct rp_buf *buf, const char *format, ...) RP_PRINTF(2, 3);
void rp_buf_addv(struct rp_buf *buf, const char *format, va_list args)
    RP_PRINTF(2, 0);

struct rp_str rp_buf_str(const struct rp_buf *buf); /* borrowed */

/* Hands the bytes (terminated) to the caller, who frees them with
 * rp_mem_free(); the buffer is empty afterwards. Never NULL. */
char *rp_buf_take(struct rp_buf *buf, size_t *len);

#endif
