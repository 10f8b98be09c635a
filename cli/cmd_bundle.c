/* bundle - sessions as one file. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <reprise/bundle.h>
#include <reprise/mem.h>

#include "command.h"
#include "file.h"
#include "redact_arg.h"
#include "say.h"
#include "session_arg.h"

struct bundling {
    struct rp__session_arg arg;
    struct rp_session_row *rows;      /* owned; recordings borrow from them */
    struct rp_recording **recordings; /* owned */
    struct rp_redacted *redacted;     /* owned; NULL: nothing is taken out */
    uint32_t count;
};

static int load(struct bundling *b, const char *name)
{
    struct rp_err err = RP_ERR_INIT;
    int status = rp__session_name(&b->arg, name);
    if (status != RP__GO_ON) {
        return status;
    }
    b->rows[b->count] = b->arg.row;
    for (uint32_t i = 0; i < b->count; i++) {
        if (strcmp(b->rows[i].head.id.text, b->arg.row.head.id.text) == 0) {
            return RP__GO_ON; /* named twice is there once */
        }
    }
    if (rp_recording_load(&b->recordings[b->count], b->arg.reader,
            &b->rows[b->count], NULL, &err) != RP_OK) {
        return rp__session_failed(&b->arg, &err);
    }
    b->count++;
    return RP__GO_ON;
}

static enum rp_code write_sessions(
    struct bundling *b, FILE *out, struct rp_err *err)
{
    uint32_t count;
    if (b->redacted == NULL) {
        return rp_bundle_write(out, b->recordings, b->count, err);
    }
    const struct rp_redacted_session *sessions =
        rp_redacted_sessions(b->redacted, &count);
    struct rp_recording **recordings = rp_arena_array(
        b->arg.arena, (size_t)count + 1, sizeof(struct rp_recording *));
    for (uint32_t i = 0; i < count; i++) {
        recordings[i] = sessions[i].recording;
    }
    return rp_bundle_write(out, recordings, count, err);
}

/* A device or a pipe is written to and never replaced. */
static bool is_no_file(const char *path)
{
    struct stat status;
    return stat(path, &status) == 0 && !S_ISREG(status.st_mode);
}

/* The system's reason, in place of what a library made of it. */
static enum rp_code system_reason(struct rp_err *err)
{
    char why[128];
    rp__file_errno(why, sizeof(why));
    rp_err_clear(err);
    return rp_err_set(err, RP_E_IO, "%s", why);
}

/* A file of that name is there when it is whole, and not before. */
static int write_bundle(struct bundling *b, const char *path)
{
    struct rp_err err = RP_ERR_INIT;
    char why[128];
    bool std = strcmp(path, "-") == 0;
    bool direct = std || is_no_file(path);
    const char *part =
        direct ? path : rp_arena_printf(b->arg.arena, "%s.part", path);
    FILE *out = std ? stdout : fopen(part, "wb");
    if (out == NULL) {
        rp__file_errno(why, sizeof(why));
        rp__say("bundle", "cannot write '%s': %s", part, why);
        return RP__EXIT_FAILED;
    }
    errno = 0;
    enum rp_code rc = write_sessions(b, out, &err);
    if (rc == RP_E_IO && errno != 0) {
        rc = system_reason(&err);
    }
    if (!std && (fclose(out) != 0 ||
                    (rc == RP_OK && !direct && rename(part, path) != 0))) {
        rc = system_reason(&err);
    }
    if (rc != RP_OK) {
        if (std) {
            rp__say("bundle", "cannot write to standard output: %s", err.text);
        } else {
            rp__say("bundle", "cannot write '%s': %s", path, err.text);
        }
        if (!direct) {
            (void)unlink(part); /* gone already is as good */
        }
        return rc == RP_E_IO ? RP__EXIT_FAILED : RP__EXIT_STORE;
    }
    return RP__EXIT_OK;
}

/* Whether there is one. */
static bool tell_idle_rules(const struct rp_redacted *redacted)
{
    const char *rule;
    uint32_t count = 0;
    while ((rule = rp_redacted_idle(redacted, count)) != NULL) {
        rp__say("bundle", "the rule '%s' found nothing", rule);
        count++;
    }
    return count > 0;
}

static int run(const struct rp__args *args)
{
    struct bundling b = {.count = 0};
    const char *path = rp__opt_value(args, "output");
    if (path == NULL) {
        rp__say("bundle", "--output says where to; - is standard output");
        return RP__EXIT_USAGE;
    }
    uint32_t named = args->count == 0 ? 1 : args->count;
    b.rows = rp_mem_array(named, sizeof(struct rp_session_row));
    b.recordings = rp_mem_array(named, sizeof(struct rp_recording *));
    int status = rp__session_open(&b.arg, args);
    for (uint32_t i = 0; status == RP__GO_ON && i < named; i++) {
        status =
            load(&b, args->count == 0 ? RP__SESSION_LATEST : args->items[i]);
    }
    if (status == RP__GO_ON && rp__redact_asked(args)) {
        status = rp__redact(&b.redacted, &b.arg, args, b.recordings, b.count);
    }
    if (status == RP__GO_ON) {
        status = write_bundle(&b, path);
    }
    if (status == RP__EXIT_OK && b.redacted != NULL &&
        tell_idle_rules(b.redacted)) {
        /* What was to be taken out may be spelt otherwise, and still there. */
        status = RP__EXIT_DEGRADED;
    }
    rp_redacted_free(&b.redacted);
    for (uint32_t i = 0; i < b.count; i++) {
        rp_recording_free(&b.recordings[i]);
    }
    rp__session_fini(&b.arg);
    rp_mem_free(b.rows);
    rp_mem_free(b.recordings);
    return status;
}

static const struct rp__opt opts[] = {
    {"output", "FILE", "the bundle; - is standard output", false, 'o'},
    RP__OPT_REDACT,
    RP__OPT_STORE,
    RP__OPT_END,
};

const struct rp__command rp__cmd_bundle = {
    .name = "bundle",
    .summary = "put sessions into one file",
    .arguments = "[SESSION]...",
    .description =
        "Writes sessions with all that they recorded into one file. It is the "
        "same byte\nfor byte whenever it is made, and is checked whole when "
        "it is read. A bundle\nmay stand wherever a SESSION is looked at: "
        "reprise show FILE, verify, replay,\ndiff, play, export. To keep its "
        "sessions: reprise import.\n\n"
        "What a RULE of --redact finds is replaced by a token everywhere: in "
        "inputs,\noutputs, the plan, standard error. A RULE with a / in front "
        "is a JSON Pointer (*\nis one name in it, ** any number), else a "
        "regular expression over all texts. The\nsame value has the same "
        "token under the same key, so that the bundle verifies.\nContracts "
        "that tokens break are taken out of its plan and "
        "named.\n" RP__HELP_SESSION,
    .footer = "Exit status: 0 it was written; 1 it cannot be written, or would "
              "be decided\notherwise after redaction; 2 no such session, or a "
              "rule is wrong; 3 it was\nwritten, and a rule found nothing; 4 "
              "the store cannot be read.\n\n"
              "Examples:\n"
              "  reprise bundle 6PB5MY -o case.bundle\n"
              "  reprise bundle 6PB5MY -o case.bundle --redact /patient "
              "--redact 'MRN-[0-9]+'",
    .opts = opts,
    .arguments_min = 0,
    .arguments_max = RP__ARGS_MAX,
    .run = run,
};
