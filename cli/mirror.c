#include "mirror.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

/* A pipe that can be written to takes this much without blocking. */
#define CHUNK_BYTES_MAX ((size_t)4096)

void rp__mirror_init(struct rp__mirror *mirror, int fd)
{
    *mirror = (struct rp__mirror){.fd = fd};
    rp_buf_init(&mirror->kept, RP__MIRROR_BYTES_MAX);
}

void rp__mirror_fini(struct rp__mirror *mirror)
{
    rp_buf_fini(&mirror->kept);
}

bool rp__mirror_is_empty(const struct rp__mirror *mirror)
{
    return mirror->begin == mirror->kept.len;
}

static bool can_write(const struct rp__mirror *mirror, int wait_ms)
{
    struct pollfd one = {.fd = mirror->fd, .events = POLLOUT};
    return poll(&one, 1, wait_ms) == 1;
}

/* False when the reader takes nothing now. */
static bool write_chunk(struct rp__mirror *mirror)
{
    size_t len = mirror->kept.len - mirror->begin;
    len = len < CHUNK_BYTES_MAX ? len : CHUNK_BYTES_MAX;
    ssize_t n = write(mirror->fd, mirror->kept.ptr + mirror->begin, len);
    if (n > 0) {
        mirror->begin += (size_t)n;
        return true;
    }
    if (n < 0 && errno != EINTR && errno != EAGAIN) {
        mirror->broken = true;
        mirror->begin = mirror->kept.len;
    }
    return false;
}

static void forget_written(struct rp__mirror *mirror)
{
    if (rp__mirror_is_empty(mirror)) {
        rp_buf_reset(&mirror->kept);
        mirror->begin = 0;
    }
}

void rp__mirror_push(struct rp__mirror *mirror)
{
    while (!rp__mirror_is_empty(mirror) && can_write(mirror, 0) &&
           write_chunk(mirror)) {
    }
    forget_written(mirror);
}

void rp__mirror_flush(struct rp__mirror *mirror, int wait_ms)
{
    while (!rp__mirror_is_empty(mirror) && can_write(mirror, wait_ms) &&
           (write_chunk(mirror) || !mirror->broken)) {
    }
    forget_written(mirror);
}

/* Makes room at the end by moving what is kept to the start. */
static void compact(struct rp__mirror *mirror)
{
    size_t left = mirror->kept.len - mirror->begin;
    if (mirror->begin > 0) {
        memmove(mirror->kept.ptr, mirror->kept.ptr + mirror->begin, left + 1);
        mirror->kept.len = left;
        mirror->begin = 0;
    }
}

void rp__mirror_add(struct rp__mirror *mirror, struct rp_str line)
{
    if (mirror->kept.len + line.len >= RP__MIRROR_BYTES_MAX) {
        compact(mirror);
    }
    if (mirror->broken || mirror->kept.len + line.len >= RP__MIRROR_BYTES_MAX) {
        mirror->dropped++;
        return;
    }
    rp_buf_add(&mirror->kept, line);
}
