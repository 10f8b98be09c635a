/* main.c - finds the command and runs it. Nothing happens before that, so that
 * asking for the version costs what an empty program costs. */
#include <string.h>
#include <unistd.h>

#include <reprise/mem.h>

#include "command.h"
#include "out.h"
#include "say.h"

#define TEXT_BYTES_MAX ((size_t)64 << 10)

static const struct rp__command *const commands[] = {
    &rp__cmd_init,
    &rp__cmd_run,
    &rp__cmd_watch,
    &rp__cmd_cancel,
    &rp__cmd_resume,
    &rp__cmd_retry,
    &rp__cmd_fork,
    &rp__cmd_worker,
    &rp__cmd_ls,
    &rp__cmd_show,
    &rp__cmd_verify,
    &rp__cmd_receipt,
    &rp__cmd_diff,
    &rp__cmd_replay,
    &rp__cmd_sweep,
    &rp__cmd_faults,
    &rp__cmd_play,
    &rp__cmd_check,
    &rp__cmd_bundle,
    &rp__cmd_import,
    &rp__cmd_export,
    &rp__cmd_metrics,
    &rp__cmd_rm,
    &rp__cmd_store,
    &rp__cmd_schema,
};

static const char intro[] =
    "usage: reprise COMMAND [ARGUMENT]... [OPTION]...\n\n"
    "Runs multi-agent sessions, writes down what happens in them, and runs "
    "them\nagain: as they were, changed, or under failures.\n\nCommands:\n";

static const char outro[] =
    "\n  reprise COMMAND --help tells more of one.\n\n"
    "Exit status: 0 all is well; 1 the session failed, or what was checked is\n"
    "wrong; 2 the command line or the plan is wrong and nothing was started;\n"
    "3 degraded: there is a result, and something is missing from it; 4 the\n"
    "store could not be read or written; 130 and 143 interrupted; 137 the\n"
    "orchestrator was lost.\n\n"
    "Environment: REPRISE_STORE names the store. NO_COLOR and FORCE_COLOR are\n"
    "obeyed. TRACEPARENT, TRACESTATE and BAGGAGE make a session part of the\n"
    "caller's trace.\n";

static const struct rp__command *find(const char *name)
{
    for (size_t i = 0; i < RP_COUNT_OF(commands); i++) {
        if (strcmp(commands[i]->name, name) == 0) {
            return commands[i];
        }
    }
    return NULL;
}

static void overview(struct rp_buf *out)
{
    rp_buf_add_text(out, intro);
    for (size_t i = 0; i < RP_COUNT_OF(commands); i++) {
        rp_buf_addf(
            out, "  %-9s %s\n", commands[i]->name, commands[i]->summary);
    }
    rp_buf_add_text(out, outro);
}

static int print_help(const struct rp__command *command)
{
    struct rp_buf text;
    rp_buf_init(&text, TEXT_BYTES_MAX);
    if (command == NULL) {
        overview(&text);
    } else {
        rp__opt_help(&text, command);
    }
    bool written = rp__out_write("help", rp_buf_str(&text));
    rp_buf_fini(&text);
    return written ? RP__EXIT_OK : RP__EXIT_FAILED;
}

/* What shells complete, one word a line: "WORD<tab>ARGUMENT<tab>HELP". Of a
 * command also what its own arguments are. */
static int print_words(const struct rp__command *command)
{
    struct rp_buf text;
    rp_buf_init(&text, TEXT_BYTES_MAX);
    for (size_t i = 0; command == NULL && i < RP_COUNT_OF(commands); i++) {
        rp_buf_addf(
            &text, "%s\t\t%s\n", commands[i]->name, commands[i]->summary);
    }
    if (command != NULL) {
        rp_buf_addf(&text, "\t%s\t\n", command->arguments);
    }
    for (const struct rp__opt *opt = command == NULL ? NULL : command->opts;
         opt != NULL && opt->name != NULL; opt++) {
        rp_buf_addf(&text, "--%s\t%s\t%s\n", opt->name,
            opt->argument == NULL ? "" : opt->argument, opt->help);
    }
    bool written = rp__out_write("--complete", rp_buf_str(&text));
    rp_buf_fini(&text);
    return written ? RP__EXIT_OK : RP__EXIT_FAILED;
}

static int no_command(const char *name)
{
    const char *names[RP_COUNT_OF(commands) + 2] = {"--help", "--version"};
    for (size_t i = 0; i < RP_COUNT_OF(commands); i++) {
        names[i + 2] = commands[i]->name;
    }
    const char *near =
        rp_str_nearest(rp_str_of(name), names, RP_COUNT_OF(names));
    struct rp_buf text;
    rp_buf_init(&text, TEXT_BYTES_MAX);
    rp_buf_addf(&text, "reprise: no %s '%s'",
        name[0] == '-' ? "option" : "command", name);
    if (near != NULL) {
        rp_buf_addf(&text, "; did you mean '%s'?", near);
    }
    rp_buf_add_text(&text, "\nreprise --help lists the commands\n");
    rp__say_text(rp_buf_str(&text));
    rp_buf_fini(&text);
    return RP__EXIT_USAGE;
}

static int run_command(
    const struct rp__command *command, int argc, char *const *argv)
{
    struct rp__args *args = rp_mem_zalloc(sizeof(*args));
    struct rp_buf problem;
    int status = RP__EXIT_USAGE;
    rp_buf_init(&problem, TEXT_BYTES_MAX);
    rp__out_prepare();
    if (!rp__opt_parse(args, command, argc, argv, &problem)) {
        rp__say_text(rp_buf_str(&problem));
    } else if (args->help) {
        status = print_help(command);
    } else {
        status = command->run(args);
    }
    rp_buf_fini(&problem);
    rp_mem_free(args);
    return status;
}

int main(int argc, char **argv)
{
    const char *first = argc > 1 ? argv[1] : "";
    if (strcmp(first, "--version") == 0) {
        return rp__out_write("--version", RP_STR("reprise " RP_VERSION "\n"))
                   ? RP__EXIT_OK
                   : RP__EXIT_FAILED;
    }
    if (argc < 2) {
        struct rp_buf text;
        rp_buf_init(&text, TEXT_BYTES_MAX);
        overview(&text);
        rp__say_text(rp_buf_str(&text));
        rp_buf_fini(&text);
        return RP__EXIT_USAGE;
    }
    if (strcmp(first, "--help") == 0 || strcmp(first, "-h") == 0 ||
        strcmp(first, "help") == 0) {
        return argc > 2 && find(argv[2]) == NULL
                   ? no_command(argv[2])
                   : print_help(argc > 2 ? find(argv[2]) : NULL);
    }
    if (strcmp(first, "--complete") == 0) {
        return print_words(argc > 2 ? find(argv[2]) : NULL);
    }
    const struct rp__command *command = find(first);
    return command == NULL ? no_command(first)
                           : run_command(command, argc - 2, argv + 2);
}
