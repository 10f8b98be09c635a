#include "say.h"

#include <errno.h>
#include <unistd.h>

#include "text.h"

#define MESSAGE_BYTES_MAX (64u << 10)
#define SHOWN_GROWTH_MAX 4u /* of a byte that is shown as U+FFFD */

void rp__say_text(struct rp_str text)
{
    while (text.len > 0) {
        ssize_t n = write(STDERR_FILENO, text.ptr, text.len);
        if (n < 0 && errno == EINTR) {
            continue;
        }
        if (n <= 0) {
            return; /* nobody is left who could be told */
        }
        text.ptr += n;
        text.len -= (size_t)n;
    }
}

static void say(const char *before, const char *name, const char *after,
    const char *format, va_list args) RP_PRINTF(4, 0);

static void say(const char *before, const char *name, const char *after,
    const char *format, va_list args)
{
    static const struct rp__style style = {.unicode = true};
    struct rp_buf said;
    struct rp_buf line;
    rp_buf_init(&said, MESSAGE_BYTES_MAX);
    rp_buf_init(&line, MESSAGE_BYTES_MAX * SHOWN_GROWTH_MAX);
    rp_buf_addf(&said, "%s%s%s", before, name, after);
    rp_buf_addv(&said, format, args);
    /* Messages quote plans, workers and files of others. */
    (void)rp__text_add(&line, rp_buf_str(&said), 0, &style);
    rp_buf_add_char(&line, '\n');
    rp__say_text(rp_buf_str(&line));
    rp_buf_fini(&line);
    rp_buf_fini(&said);
}

void rp__say(const char *command, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    say("reprise ", command, ": ", format, args);
    va_end(args);
}

void rp__say_next(const char *format, ...)
{
    va_list args;
    va_start(args, format);
    say("  ", "", "", format, args);
    va_end(args);
}
