#include "excerpt.h"

#include <inttypes.h>

#define BEFORE_BYTES_MAX ((size_t)40) /* shown in front of the place */
#define AFTER_BYTES_MAX ((size_t)30)
#define MARK_COLUMNS_MAX ((size_t)30)

static bool inside_character(struct rp_str text, size_t at)
{
    return at < text.len && ((unsigned char)text.ptr[at] & 0xC0) == 0x80;
}

/* The part of the line around `byte`, on whole characters. */
static struct rp_str window_of(struct rp_str text, size_t byte)
{
    size_t begin = byte;
    while (begin > 0 && text.ptr[begin - 1] != '\n' &&
           byte - begin < BEFORE_BYTES_MAX) {
        begin--;
    }
    while (begin < byte && inside_character(text, begin)) {
        begin++;
    }
    size_t end = byte;
    while (end < text.len && text.ptr[end] != '\n' &&
           end - byte < AFTER_BYTES_MAX) {
        end++;
    }
    while (inside_character(text, end)) {
        end++;
    }
    return (struct rp_str){text.ptr + begin, end - begin};
}

static void add_carets(struct rp_buf *out, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        rp_buf_add_char(out, '^');
    }
}

void rp__excerpt_add(struct rp_buf *out, struct rp_str text,
    const struct rp_json_place *place, size_t end_byte, const char *hint,
    const struct rp__style *style)
{
    size_t byte = place->byte < text.len ? place->byte : text.len;
    struct rp_str window = window_of(text, byte);
    struct rp_str before = {window.ptr, (size_t)(text.ptr + byte - window.ptr)};
    struct rp_str after = {text.ptr + byte, window.len - before.len};
    struct rp_str wrong = after;
    if (end_byte > byte && end_byte - byte < after.len) {
        wrong.len = end_byte - byte;
    }
    rp_buf_addf(out, "%5" PRIu32 " | ", place->line);
    size_t columns = rp__text_add(out, before, 0, style);
    (void)rp__text_add(out, after, 0, style);
    rp_buf_add_text(out, "\n      | ");
    rp__text_spaces(out, columns);
    rp__text_begin(out, RP__RED, style);
    size_t marks = end_byte > byte ? rp__text_columns(wrong) : 1;
    marks = marks > MARK_COLUMNS_MAX ? MARK_COLUMNS_MAX : marks;
    add_carets(out, marks == 0 ? 1 : marks);
    rp__text_end(out, style);
    if (hint[0] != '\0') {
        rp_buf_add_text(out, "  ");
        (void)rp__text_add(out, rp_str_of(hint), 0, style);
    }
    rp_buf_add_char(out, '\n');
}
