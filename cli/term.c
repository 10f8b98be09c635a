#include "term.h"

#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#define COLUMNS_DEFAULT 80
#define ROWS_DEFAULT 24
#define COLUMNS_MIN 20
#define COLUMNS_MAX 1000

static bool is_set(const char *value)
{
    return value != NULL && value[0] != '\0';
}

/* As setlocale() would choose, without loading a locale. */
static bool locale_is_utf8(const struct rp__term_env *env)
{
    const char *name = is_set(env->lc_all)     ? env->lc_all
                       : is_set(env->lc_ctype) ? env->lc_ctype
                       : is_set(env->lang)     ? env->lang
                                               : "";
    static const char *const spellings[] = {"UTF-8", "utf-8", "UTF8", "utf8"};
    for (size_t i = 0; i < RP_COUNT_OF(spellings); i++) {
        if (strstr(name, spellings[i]) != NULL) {
            return true;
        }
    }
    return false;
}

struct rp__term rp__term_decide(bool tty, const struct rp__term_env *env)
{
    bool dumb = !is_set(env->term) || strcmp(env->term, "dumb") == 0;
    bool forced =
        is_set(env->force_color) && strcmp(env->force_color, "0") != 0;
    bool refused =
        is_set(env->no_color) || (is_set(env->force_color) && !forced);
    struct rp__term term = {
        .tty = tty,
        .moves = tty && !dumb,
        .style = {.colour = !refused && (forced || (tty && !dumb)),
            .unicode = locale_is_utf8(env)},
        .columns = COLUMNS_DEFAULT,
        .rows = ROWS_DEFAULT,
    };
    return term;
}

void rp__term_resize(struct rp__term *term, int fd)
{
    struct winsize size;
    if (term->tty && ioctl(fd, TIOCGWINSZ, &size) == 0 && size.ws_col > 0 &&
        size.ws_row > 0) {
        term->columns = size.ws_col < COLUMNS_MIN   ? COLUMNS_MIN
                        : size.ws_col > COLUMNS_MAX ? COLUMNS_MAX
                                                    : size.ws_col;
        term->rows = size.ws_row;
    }
}

struct rp__term rp__term_of(int fd)
{
    struct rp__term_env env = {
        .no_color = getenv("NO_COLOR"),
        .force_color = getenv("FORCE_COLOR"),
        .term = getenv("TERM"),
        .lc_all = getenv("LC_ALL"),
        .lc_ctype = getenv("LC_CTYPE"),
        .lang = getenv("LANG"),
    };
    struct rp__term term = rp__term_decide(isatty(fd) == 1, &env);
    rp__term_resize(&term, fd);
    return term;
}
