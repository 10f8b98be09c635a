/* text.h - text as a terminal shows it. Pure. Floor: cli.
 *
 * What comes from outside (plans, workers, stores) may hold bytes that steer a
 * terminal: everything that is shown goes through rp__text_add().
 */
#ifndef RP_CLI_TEXT_H
#define RP_CLI_TEXT_H

#include <stdint.h>

#include <reprise/buf.h>
#include <reprise/time.h>

/* How text is written for one reader. */
struct rp__style {
    bool colour;
    bool unicode; /* false: ASCII only */
};

enum rp__colour {
    RP__PLAIN,
    RP__BOLD,
    RP__DIM,
    RP__RED,
    RP__GREEN,
    RP__YELLOW,
    RP__CYAN,
};

/* Adds at most `columns` columns of `text` (0: all of it). Line ends and tabs
 * become a space, controls, broken UTF-8 and direction marks a replacement;
 * what is cut ends in an ellipsis. Returns the columns that were used. */
size_t rp__text_add(struct rp_buf *out, struct rp_str text, size_t columns,
    const struct rp__style *style);
/* Columns that `text` takes, escape sequences not counted. */
size_t rp__text_columns(struct rp_str text);
void rp__text_spaces(struct rp_buf *out, size_t count);

/* Between these two, text is coloured; nothing when colours are off. */
void rp__text_begin(
    struct rp_buf *out, enum rp__colour colour, const struct rp__style *style);
void rp__text_end(struct rp_buf *out, const struct rp__style *style);

/* "0 B", "999 B", "2.1 KiB", "41 KiB", "1.5 GiB". */
void rp__text_bytes(struct rp_buf *out, uint64_t bytes);
/* "just now", "42 s ago", "2 min ago", "3 h ago", "5 days ago". */
void rp__text_age(struct rp_buf *out, struct rp_duration age);
/* One word for a shell: quoted when it must be. */
void rp__text_shell(struct rp_buf *out, const char *word);
/* "1 task", "2 tasks". */
void rp__text_count(struct rp_buf *out, int64_t count, const char *noun);

#endif
