/* opt.h - command lines: one table per command gives parser and --help.
 * Floor: cli. Single-threaded.
 *
 * Options may stand anywhere, as `--name value` or `--name=value`; `--` ends
 * them; `-` is an ordinary argument. Of an option that is given twice the last
 * counts, unless it is a list.
 */
#ifndef RP_CLI_OPT_H
#define RP_CLI_OPT_H

#include <stdbool.h>
#include <stdint.h>

#include <reprise/buf.h>

#define RP__OPTS_MAX 24
#define RP__ARGS_MAX 1024 /* positional arguments, and values of all lists */

struct rp__opt {
    const char *name;     /* without dashes */
    const char *argument; /* "FILE"; NULL: a flag */
    const char *help;
    bool list;   /* may be given several times */
    char letter; /* a short form, or 0 */
};

struct rp__args;

struct rp__command {
    const char *name;
    const char *summary;        /* a line for the list of commands */
    const char *arguments;      /* "PLAN [FILE]...", or "" */
    const char *description;    /* paragraphs, lines broken already */
    const char *footer;         /* exit status and examples, ditto */
    const struct rp__opt *opts; /* ends with an entry without a name */
    uint32_t arguments_min, arguments_max;
    int (*run)(const struct rp__args *args); /* returns an enum rp__exit */
};

struct rp__opt_value {
    uint32_t opt;      /* index in the command's table */
    const char *value; /* "" for a flag */
};

struct rp__args {
    const struct rp__command *command;
    const char *items[RP__ARGS_MAX]; /* positional, borrowed from argv */
    uint32_t count;
    struct rp__opt_value values[RP__ARGS_MAX]; /* in order */
    uint32_t value_count;
    bool help; /* --help was given: nothing else counts */
};

/* `argv` is what follows the command's name, borrowed and outliving `args`.
 * On false `problem` has a sentence, and what to do in a second line. */
bool rp__opt_parse(struct rp__args *args, const struct rp__command *command,
    int argc, char *const *argv, struct rp_buf *problem);

/* The option must be in the command's table. */
const char *rp__opt_value(const struct rp__args *args, const char *name);
bool rp__opt_flag(const struct rp__args *args, const char *name);
/* The value at `index` of a list, NULL past the last. */
const char *rp__opt_list(
    const struct rp__args *args, const char *name, uint32_t index);

void rp__opt_help(struct rp_buf *out, const struct rp__command *command);

#endif
