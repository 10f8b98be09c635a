#include "opt.h"

#include <string.h>

#include <reprise/err.h>

#define HELP_COLUMN 26
#define HELP_WIDTH 78

static uint32_t opt_count(const struct rp__command *command)
{
    uint32_t count = 0;
    while (command->opts[count].name != NULL) {
        count++;
    }
    RP_ASSERT(count < RP__OPTS_MAX);
    return count;
}

/* ---- parsing ---- */

struct parsing {
    struct rp__args *args;
    const struct rp__command *command;
    struct rp_buf *problem;
    int argc, at;
    char *const *argv;
};

static bool fail(struct parsing *p, const char *format, ...) RP_PRINTF(2, 3);

static bool fail(struct parsing *p, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    rp_buf_addf(p->problem, "reprise %s: ", p->command->name);
    rp_buf_addv(p->problem, format, args);
    va_end(args);
    rp_buf_addf(p->problem, "\nreprise %s --help lists its arguments\n",
        p->command->name);
    return false;
}

static bool unknown_option(struct parsing *p, struct rp_str name)
{
    const char *names[RP__OPTS_MAX + 1];
    uint32_t count = opt_count(p->command);
    for (uint32_t i = 0; i < count; i++) {
        names[i] = p->command->opts[i].name;
    }
    names[count++] = "help";
    const char *near = rp_str_nearest(name, names, count);
    if (near == NULL) {
        return fail(p, "no option '--%.*s'", RP_STR_ARG(name));
    }
    return fail(
        p, "no option '--%.*s'; did you mean '--%s'?", RP_STR_ARG(name), near);
}

static bool take(struct parsing *p, uint32_t opt, const char *value)
{
    struct rp__args *args = p->args;
    if (args->value_count == RP__ARGS_MAX) {
        return fail(p, "more than %d options", RP__ARGS_MAX);
    }
    args->values[args->value_count++] = (struct rp__opt_value){opt, value};
    return true;
}

/* A file without a name is a variable of a shell that is not set. */
static bool names_file(const struct rp__opt *opt)
{
    return strcmp(opt->argument, "FILE") == 0;
}

/* `value` is what stood behind the '=', or NULL. */
static bool take_option(struct parsing *p, uint32_t index, const char *value)
{
    const struct rp__opt *opt = &p->command->opts[index];
    if (opt->argument == NULL) {
        if (value != NULL) {
            return fail(
                p, "--%s takes no value, but was given '%s'", opt->name, value);
        }
        return take(p, index, "");
    }
    if (value == NULL) {
        if (p->at + 1 >= p->argc) {
            return fail(p, "--%s needs a value: --%s %s", opt->name, opt->name,
                opt->argument);
        }
        value = p->argv[++p->at];
    }
    if (value[0] == '\0' && names_file(opt)) {
        return fail(
            p, "--%s is empty: it needs a %s", opt->name, opt->argument);
    }
    return take(p, index, value);
}

static bool take_long(struct parsing *p, const char *text)
{
    const char *equals = strchr(text, '=');
    size_t len = equals == NULL ? strlen(text) : (size_t)(equals - text);
    struct rp_str name = {text, len};
    const char *value = equals == NULL ? NULL : equals + 1;
    if (rp_str_is(name, "help")) {
        p->args->help = true;
        return true;
    }
    for (uint32_t i = 0; i < opt_count(p->command); i++) {
        if (rp_str_is(name, p->command->opts[i].name)) {
            return take_option(p, i, value);
        }
    }
    return unknown_option(p, name);
}

/* `-o FILE` and `-oFILE`; letters of flags are not combined. */
static bool take_short(struct parsing *p, const char *text)
{
    if (strcmp(text, "h") == 0) {
        p->args->help = true;
        return true;
    }
    for (uint32_t i = 0; i < opt_count(p->command); i++) {
        if (p->command->opts[i].letter == text[0]) {
            return take_option(p, i, text[1] == '\0' ? NULL : text + 1);
        }
    }
    return fail(p, "no option '-%s'", text);
}

static bool take_argument(struct parsing *p, const char *text)
{
    struct rp__args *args = p->args;
    if (args->count == p->command->arguments_max ||
        args->count == RP__ARGS_MAX) {
        return fail(p, "one argument too many: '%s'", text);
    }
    args->items[args->count++] = text;
    return true;
}

static bool take_one(struct parsing *p, bool *options)
{
    const char *text = p->argv[p->at];
    if (!*options || text[0] != '-' || text[1] == '\0') {
        return take_argument(p, text);
    }
    if (strcmp(text, "--") == 0) {
        *options = false;
        return true;
    }
    return text[1] == '-' ? take_long(p, text + 2) : take_short(p, text + 1);
}

bool rp__opt_parse(struct rp__args *args, const struct rp__command *command,
    int argc, char *const *argv, struct rp_buf *problem)
{
    struct parsing p = {args, command, problem, argc, 0, argv};
    bool options = true;
    args->command = command;
    args->count = 0;
    args->value_count = 0;
    args->help = false;
    for (; p.at < argc; p.at++) {
        if (!take_one(&p, &options)) {
            return false;
        }
    }
    if (!args->help && args->count < command->arguments_min) {
        return fail(&p, "what is missing: %s", command->arguments);
    }
    return true;
}

/* ---- asking ---- */

static uint32_t index_of(const struct rp__command *command, const char *name)
{
    uint32_t i = 0;
    while (command->opts[i].name != NULL &&
           strcmp(command->opts[i].name, name) != 0) {
        i++;
    }
    RP_ASSERT(command->opts[i].name != NULL);
    return i;
}

const char *rp__opt_value(const struct rp__args *args, const char *name)
{
    uint32_t opt = index_of(args->command, name);
    const char *value = NULL;
    for (uint32_t i = 0; i < args->value_count; i++) {
        value = args->values[i].opt == opt ? args->values[i].value : value;
    }
    return value;
}

bool rp__opt_flag(const struct rp__args *args, const char *name)
{
    return rp__opt_value(args, name) != NULL;
}

const char *rp__opt_list(
    const struct rp__args *args, const char *name, uint32_t index)
{
    uint32_t opt = index_of(args->command, name);
    for (uint32_t i = 0; i < args->value_count; i++) {
        if (args->values[i].opt == opt && index-- == 0) {
            return args->values[i].value;
        }
    }
    return NULL;
}

/* ---- help ---- */

/* Words of `text` from column HELP_COLUMN on, broken before HELP_WIDTH. */
static void add_wrapped(struct rp_buf *out, const char *text)
{
    size_t column = HELP_COLUMN;
    struct rp_str rest = rp_str_of(text);
    while (rest.len > 0) {
        struct rp_str word = rp_str_cut(rest, ' ', &rest);
        if (column > HELP_COLUMN && column + word.len + 1 > HELP_WIDTH) {
            rp_buf_addf(out, "\n%*s", HELP_COLUMN, "");
            column = HELP_COLUMN;
        } else if (column > HELP_COLUMN) {
            rp_buf_add_char(out, ' ');
            column++;
        }
        rp_buf_add(out, word);
        column += word.len;
    }
    rp_buf_add_char(out, '\n');
}

static void add_option(struct rp_buf *out, const struct rp__opt *opt)
{
    size_t before = out->len;
    rp_buf_add_text(out, "  ");
    if (opt->letter != 0) {
        rp_buf_addf(out, "-%c, ", opt->letter);
    }
    rp_buf_addf(out, "--%s", opt->name);
    if (opt->argument != NULL) {
        rp_buf_addf(out, " %s", opt->argument);
    }
    rp_buf_add_text(out, opt->list ? " ..." : "");
    size_t width = out->len - before;
    if (width + 2 > HELP_COLUMN) {
        rp_buf_add_char(out, '\n');
        width = 0;
    }
    rp_buf_addf(out, "%*s", (int)(HELP_COLUMN - width), "");
    add_wrapped(out, opt->help);
}

void rp__opt_help(struct rp_buf *out, const struct rp__command *command)
{
    static const struct rp__opt help = {
        "help", NULL, "print this and do nothing else", false, 'h'};
    rp_buf_addf(out, "usage: reprise %s%s%s [OPTION]...\n\n", command->name,
        command->arguments[0] == '\0' ? "" : " ", command->arguments);
    rp_buf_addf(out, "%s\n\nOptions:\n", command->description);
    for (uint32_t i = 0; i < opt_count(command); i++) {
        add_option(out, &command->opts[i]);
    }
    add_option(out, &help);
    rp_buf_addf(out, "\n%s\n", command->footer);
}
