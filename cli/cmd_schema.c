/* schema - the JSON Schemas of what the program reads and writes. */
#include <stdio.h>
#include <string.h>

#include <reprise/fault_rule.h>
#include <reprise/mem.h>
#include <reprise/plan.h>

#include "command.h"
#include "embedded.h"
#include "out.h"
#include "say.h"

#define NAMES_MAX 32
#define SUFFIX "-1.json"

/* In the program, besides what is in docs/json. */
static const struct {
    const char *name, *meaning;
    const char *(*text)(void);
} built[] = {
    {"plan", "plans", rp_plan_schema},
    {"rules", "fault rules, as in run --fault", rp_fault_schema},
};

static const struct {
    const char *name, *meaning;
} meanings[] = {
    {"check", "reprise check --json"},
    {"diff", "reprise diff --json"},
    {"event", "a line of reprise run --progress json"},
    {"fault", "a line of reprise faults list --json"},
    {"ls", "a line of reprise ls --json"},
    {"order", "reprise replay --order ORDER --json"},
    {"receipt", "a line of reprise receipt"},
    {"replay", "reprise replay --json"},
    {"run", "reprise run --envelope"},
    {"show", "reprise show --json"},
    {"sweep", "reprise sweep --format json"},
    {"verify", "a line of reprise verify --json"},
};

/* "show" of "show-1.json". */
static struct rp_str name_of(const struct rp__embedded *file)
{
    size_t len = strlen(file->name);
    size_t suffix = strlen(SUFFIX);
    return (struct rp_str){file->name, len > suffix ? len - suffix : len};
}

static const char *meaning_of(struct rp_str name)
{
    for (size_t i = 0; i < RP_COUNT_OF(meanings); i++) {
        if (rp_str_is(name, meanings[i].name)) {
            return meanings[i].meaning;
        }
    }
    return "";
}

static int print_list(void)
{
    struct rp_buf out;
    rp_buf_init(&out, 65536);
    for (size_t i = 0; i < RP_COUNT_OF(built); i++) {
        rp_buf_addf(&out, "%-8s %s\n", built[i].name, built[i].meaning);
    }
    for (const struct rp__embedded *file = rp__embedded_json;
         file->name != NULL; file++) {
        struct rp_str name = name_of(file);
        rp_buf_addf(&out, "%-8.*s %s\n", RP_STR_ARG(name), meaning_of(name));
    }
    bool written = rp__out_write("schema", rp_buf_str(&out));
    rp_buf_fini(&out);
    return written ? RP__EXIT_OK : RP__EXIT_FAILED;
}

static int print(struct rp_str text)
{
    bool ended = rp_str_ends(text, RP_STR("\n"));
    return rp__out_write("schema", text) &&
                   (ended || rp__out_write("schema", RP_STR("\n")))
               ? RP__EXIT_OK
               : RP__EXIT_FAILED;
}

static int unknown(const char *name)
{
    static char texts[NAMES_MAX][32];
    const char *names[NAMES_MAX];
    size_t count = 0;
    for (size_t i = 0; i < RP_COUNT_OF(built); i++) {
        names[count++] = built[i].name;
    }
    for (const struct rp__embedded *file = rp__embedded_json;
         file->name != NULL && count < NAMES_MAX; file++) {
        struct rp_str text = name_of(file);
        (void)snprintf(
            texts[count], sizeof(texts[count]), "%.*s", RP_STR_ARG(text));
        names[count] = texts[count];
        count++;
    }
    const char *near = rp_str_nearest(rp_str_of(name), names, count);
    if (near == NULL) {
        rp__say("schema", "no schema '%s'", name);
    } else {
        rp__say("schema", "no schema '%s'; did you mean '%s'?", name, near);
    }
    rp__say_next("reprise schema lists them");
    return RP__EXIT_USAGE;
}

static int run(const struct rp__args *args)
{
    if (args->count == 0) {
        return print_list();
    }
    const char *name = args->items[0];
    for (size_t i = 0; i < RP_COUNT_OF(built); i++) {
        if (strcmp(name, built[i].name) == 0) {
            return print(rp_str_of(built[i].text()));
        }
    }
    for (const struct rp__embedded *file = rp__embedded_json;
         file->name != NULL; file++) {
        if (rp_str_is(name_of(file), name)) {
            return print((struct rp_str){file->bytes, file->len});
        }
    }
    return unknown(name);
}

static const struct rp__opt opts[] = {RP__OPT_END};

const struct rp__command rp__cmd_schema = {
    .name = "schema",
    .summary = "print the JSON Schema of a format",
    .arguments = "[NAME]",
    .description =
        "Prints the JSON Schema (draft 2020-12) of what the program reads or "
        "writes, for\neditors and other programs. Without NAME, lists them. "
        "A document names its\nform itself, as in \"schema\": "
        "\"reprise.show/1\"; the number is raised when a\nreader of the old "
        "form could not read the new one.",
    .footer = "Exit status: 0; 2 no such schema.\n\n"
              "Example:\n"
              "  reprise schema plan >plan.schema.json",
    .opts = opts,
    .arguments_min = 0,
    .arguments_max = 1,
    .run = run,
};
