/* term.h - what a descriptor can show. Floor: cli. */
#ifndef RP_CLI_TERM_H
#define RP_CLI_TERM_H

#include "text.h"

struct rp__term {
    bool tty;
    bool moves; /* the cursor can be moved: redrawing is possible */
    struct rp__style style;
    uint32_t columns, rows;
};

/* The environment, NULL where not set. */
struct rp__term_env {
    const char *no_color, *force_color, *term, *lc_all, *lc_ctype, *lang;
};

/* Pure: what follows from the environment; size is 80 x 24. */
struct rp__term rp__term_decide(bool tty, const struct rp__term_env *env);
/* Of a descriptor and this process' environment. */
struct rp__term rp__term_of(int fd);
/* Asks for the size again; keeps the old one when there is none. */
void rp__term_resize(struct rp__term *term, int fd);

#endif
