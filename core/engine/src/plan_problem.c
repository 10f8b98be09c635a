/* plan_problem.c - a problem as a person sees it in a terminal.
 *
 *   plan.json:31:19: error: agents.notes.timeout: "10 sec" is not a duration
 *      31 |       "timeout": "10 sec",
 *         |                  ^^^^^^^^  write 10s, 500ms, 2m or 1h30m
 *
 * The plan may come from anyone: no character of it reaches the terminal that
 * could move the cursor, change colours or reverse the line.
 */
#include <reprise/plan.h>

#include <string.h>

#define LINE_COLUMNS_MAX 68 /* of source: with its number less than 80 */
#define LEAD_COLUMNS 24     /* shown before the place in a long line */
#define PATH_BYTES_MAX ((size_t)160)
#define REPLACEMENT 0xFFFDu

struct colours {
    const char *error, *mark, *quiet, *bold, *end;
};
static const struct colours plain = {"", "", "", "", ""};
static const struct colours ansi = {
    "\033[1;31m", "\033[31m", "\033[2m", "\033[1m", "\033[0m"};

/* Takes the first character off `text`; REPLACEMENT for what is not UTF-8. */
static uint32_t next_char(struct rp_str *text)
{
    static const uint8_t masks[] = {0, 0x7F, 0x1F, 0x0F, 0x07};
    for (size_t len = 1; len <= 4 && len <= text->len; len++) {
        if (!rp_utf8_valid((struct rp_str){text->ptr, len}, NULL)) {
            continue;
        }
        uint32_t c = (uint8_t)text->ptr[0] & masks[len];
        for (size_t i = 1; i < len; i++) {
            c = c << 6 | ((uint8_t)text->ptr[i] & 0x3Fu);
        }
        *text = (struct rp_str){text->ptr + len, text->len - len};
        return c;
    }
    *text = (struct rp_str){text->ptr + 1, text->len - 1};
    return REPLACEMENT;
}

struct range {
    uint32_t first, last;
};

static bool is_in(uint32_t c, const struct range *ranges, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (c >= ranges[i].first && c <= ranges[i].last) {
            return true;
        }
    }
    return false;
}

/* Controls, directions, invisible operators, marks of order and language. */
static const struct range unsafe[] = {
    {0x00, 0x1F},
    {0x7F, 0x9F},
    {0xAD, 0xAD},
    {0x61C, 0x61C},
    {0x180E, 0x180E},
    {0x200B, 0x200F},
    {0x2028, 0x202E},
    {0x2060, 0x206F},
    {0xFEFF, 0xFEFF},
    {0xFFF9, 0xFFFB},
    {0xE0000, 0xE0FFF},
};
/* Two columns wide in a terminal, near enough. */
static const struct range wide[] = {
    {0x1100, 0x115F},
    {0x2E80, 0x303E},
    {0x3041, 0xA4CF},
    {0xA960, 0xA97F},
    {0xAC00, 0xD7A3},
    {0xF900, 0xFAFF},
    {0xFE30, 0xFE6F},
    {0xFF00, 0xFF60},
    {0xFFE0, 0xFFE6},
    {0x1F300, 0x1F64F},
    {0x1F900, 0x1F9FF},
    {0x20000, 0x3FFFD},
};
static const struct range narrowest[] = {
    {0x300, 0x36F},
    {0x1AB0, 0x1AFF},
    {0x1DC0, 0x1DFF},
    {0x20D0, 0x20FF},
    {0xFE00, 0xFE0F},
    {0xFE20, 0xFE2F},
};

static size_t columns_of(uint32_t c)
{
    return is_in(c, narrowest, RP_COUNT_OF(narrowest)) ? 0
           : is_in(c, wide, RP_COUNT_OF(wide))         ? 2
                                                       : 1;
}

/* Adds one character, or what stands for it; returns its columns. */
static size_t add_char(struct rp_buf *out, struct rp_str *text)
{
    const char *begin = text->ptr;
    uint32_t c = next_char(text);
    if (c == '\t') {
        rp_buf_add_char(out, ' ');
        return 1;
    }
    if (c == REPLACEMENT || is_in(c, unsafe, RP_COUNT_OF(unsafe))) {
        rp_buf_add_text(out, "\xEF\xBF\xBD");
        return 1;
    }
    rp_buf_add(out, (struct rp_str){begin, (size_t)(text->ptr - begin)});
    return columns_of(c);
}

static void add_safe(struct rp_buf *out, struct rp_str text)
{
    while (text.len > 0) {
        (void)add_char(out, &text);
    }
}

static void add_path(struct rp_buf *out, struct rp_str path)
{
    if (path.len > PATH_BYTES_MAX) { /* the end says most */
        path.ptr += path.len - PATH_BYTES_MAX;
        path.len = PATH_BYTES_MAX;
        while (path.len > 0 && ((uint8_t)path.ptr[0] & 0xC0) == 0x80) {
            path.ptr++;
            path.len--;
        }
        rp_buf_add_text(out, "...");
    }
    add_safe(out, path);
}

static void add_head(struct rp_buf *out, const char *file_name,
    const struct rp_plan_problem *problem, const struct colours *c)
{
    rp_buf_add_text(out, c->bold);
    add_safe(out, rp_str_of(file_name));
    rp_buf_addf(out, ":%u:%u: ", problem->place.line, problem->place.column);
    rp_buf_addf(out, "%s%serror: %s%s", c->end, c->error, c->end, c->bold);
    if (problem->path[0] != '\0') {
        add_path(out, rp_str_of(problem->path));
        rp_buf_add_text(out, ": ");
    }
    add_safe(out, rp_str_of(problem->message));
    rp_buf_addf(out, "%s\n", c->end);
}

/* The line of `text` that holds the byte `at`. */
static struct rp_str line_at(struct rp_str text, size_t at, size_t *begin)
{
    size_t first = at < text.len ? at : text.len;
    size_t last = first;
    while (first > 0 && text.ptr[first - 1] != '\n') {
        first--;
    }
    while (
        last < text.len && text.ptr[last] != '\n' && text.ptr[last] != '\r') {
        last++;
    }
    *begin = first;
    return (struct rp_str){text.ptr + first, last - first};
}

/* Moves `at` back by up to `columns` characters, not before `first`. */
static size_t back(struct rp_str line, size_t at, size_t columns)
{
    while (at > 0 && columns > 0) {
        at--;
        columns -= ((uint8_t)line.ptr[at] & 0xC0) != 0x80 ? 1 : 0;
    }
    return at;
}

/* A window of the line, and in columns where the marks go below it. */
struct window {
    size_t before; /* columns left of the marks */
    size_t marked;
};

static struct window add_line(
    struct rp_buf *out, struct rp_str line, size_t begin, size_t end)
{
    struct window w = {0, 0};
    size_t from = 0;
    size_t columns = 0;
    if (begin > LINE_COLUMNS_MAX - LEAD_COLUMNS &&
        line.len > LINE_COLUMNS_MAX) {
        from = back(line, begin, LEAD_COLUMNS);
        rp_buf_add_text(out, from > 0 ? "..." : "");
        w.before = columns = from > 0 ? 3 : 0;
    }
    struct rp_str rest = {line.ptr + from, line.len - from};
    while (rest.len > 0 && columns < LINE_COLUMNS_MAX) {
        size_t at = line.len - rest.len;
        size_t taken = add_char(out, &rest);
        columns += taken;
        w.before += at < begin ? taken : 0;
        w.marked += at >= begin && at < end ? taken : 0;
    }
    rp_buf_add_text(out, rest.len > 0 ? "..." : "");
    w.marked = w.marked > 0 ? w.marked : 1;
    return w;
}

static void add_repeated(struct rp_buf *out, char c, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        rp_buf_add_char(out, c);
    }
}

void rp_plan_problem_show(struct rp_buf *out, const char *file_name,
    struct rp_str text, const struct rp_plan_problem *problem, bool colour)
{
    const struct colours *c = colour ? &ansi : &plain;
    size_t line_begin = 0;
    struct rp_str line = line_at(text, problem->place.byte, &line_begin);
    size_t begin = problem->place.byte - line_begin;
    size_t end = problem->end.byte > problem->place.byte
                     ? problem->end.byte - line_begin
                     : begin + 1;
    if (begin > line.len) { /* a text that is not the one that was read */
        begin = line.len;
    }
    add_head(out, file_name, problem, c);
    rp_buf_addf(out, "%s%5u | %s", c->quiet, problem->place.line, c->end);
    struct window w =
        add_line(out, line, begin, end < line.len ? end : line.len);
    rp_buf_addf(out, "\n%s      | %s", c->quiet, c->end);
    add_repeated(out, ' ', w.before);
    rp_buf_add_text(out, c->mark);
    add_repeated(out, '^', w.marked);
    rp_buf_add_text(out, c->end);
    if (problem->hint[0] != '\0') {
        rp_buf_add_text(out, "  ");
        add_safe(out, rp_str_of(problem->hint));
    }
    rp_buf_add_char(out, '\n');
}
