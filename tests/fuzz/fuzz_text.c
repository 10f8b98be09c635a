/* The small readers: durations, wall times, globs, UTF-8, ids. What they
 * accept they can write, and it reads as the same. */
#include <stddef.h>
#include <stdint.h>

#include <reprise/err.h>
#include <reprise/id.h>
#include <reprise/str.h>
#include <reprise/time.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void try_times(struct rp_str text)
{
    struct rp_buf buf;
    rp_buf_init(&buf, 64);
    struct rp_duration duration, again;
    if (rp_duration_parse(text, &duration)) {
        rp_duration_write(&buf, duration);
        RP_ASSERT(rp_duration_parse(rp_buf_str(&buf), &again));
        RP_ASSERT(again.ns == duration.ns);
        rp_buf_reset(&buf);
        rp_duration_show(&buf, duration);
        RP_ASSERT(buf.len > 0 && buf.len <= 8);
    }
    struct rp_wall wall, wall_again;
    if (rp_wall_parse(text, &wall)) {
        rp_buf_reset(&buf);
        rp_wall_write(&buf, wall);
        RP_ASSERT(rp_wall_parse(rp_buf_str(&buf), &wall_again));
        RP_ASSERT(wall.unix_ns == wall_again.unix_ns);
    }
    rp_buf_fini(&buf);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct rp_str text = {(const char *)data, size};
    try_times(text);
    size_t bad = 0;
    if (!rp_utf8_valid(text, &bad)) {
        RP_ASSERT(bad < size);
        RP_ASSERT(rp_utf8_valid((struct rp_str){text.ptr, bad}, NULL));
    }
    struct rp_str rest;
    struct rp_str pattern = rp_str_cut(text, '\n', &rest);
    if (rest.len < 256 && pattern.len < 64) {
        (void)rp_str_glob(pattern, rest); /* it ends, and reads no further */
        RP_ASSERT(rp_str_distance(pattern, pattern, 9) == 0);
        (void)rp_str_distance(pattern, rest, 9);
    }
    struct rp_session_id id;
    if (rp_session_id_parse(text, &id)) {
        RP_ASSERT(rp_str_equal(text, rp_str_of(id.text)));
    }
    return 0;
}
