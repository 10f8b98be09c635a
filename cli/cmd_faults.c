/* faults - what can be made to go wrong. */
#include <inttypes.h>
#include <string.h>

#include <cjson/cJSON.h>

#include <reprise/fault_catalogue.h>
#include <reprise/fault_example.h>
#include <reprise/json.h>

#include "command.h"
#include "faults_arg.h"
#include "out.h"
#include "say.h"
#include "term.h"
#include "text.h"

#define NAME_COLUMNS 22
#define CHANGED_BYTES_MAX ((size_t)8 << 20)
#define SHOWN_BYTES_MAX 320

/* ---- for programs ---- */

static void add_readers(cJSON *doc, enum rp_fault_kind kind)
{
    struct rp_buf changed;
    struct rp_buf strict;
    rp_buf_init(&changed, CHANGED_BYTES_MAX);
    rp_buf_init(&strict, CHANGED_BYTES_MAX);
    if (rp_fault_example_changed(&changed, kind)) {
        cJSON *readers = cJSON_AddObjectToObject(doc, "readers");
        rp_fault_read_strictly(&strict, rp_buf_str(&changed));
        rp_json_set_text(readers, "strict", rp_buf_str(&strict));
        rp_json_set_text(
            readers, "lenient", rp_str_of(rp_fault_read_leniently(kind)));
    }
    rp_buf_fini(&strict);
    rp_buf_fini(&changed);
}

static void add_json(struct rp_buf *out, enum rp_fault_kind kind)
{
    const struct rp_fault_info *info = rp_fault_info(kind);
    const struct rp_fault_param *param;
    cJSON *doc = cJSON_CreateObject();
    rp_json_set_text(doc, "schema", RP_STR("reprise.fault/1"));
    rp_json_set_text(doc, "fault", rp_str_of(info->name));
    rp_json_set_text(doc, "class", rp_str_of(rp_fault_class_name(info->class)));
    rp_json_set(doc, "data", cJSON_CreateBool(rp_fault_is_data(kind)));
    rp_json_set_text(doc, "done", rp_str_of(info->done));
    rp_json_set_text(doc, "seen", rp_str_of(info->seen));
    rp_json_set_text(doc, "defence", rp_str_of(info->proves));
    cJSON *params = cJSON_AddObjectToObject(doc, "parameters");
    for (uint32_t i = 0; (param = rp_fault_param(kind, i)) != NULL; i++) {
        rp_json_set_text(params, param->name, rp_str_of(param->meaning));
    }
    add_readers(doc, kind);
    rp_json_write_text(out, doc);
    rp_buf_add_char(out, '\n');
    cJSON_Delete(doc);
}

/* ---- for people ---- */

static void add_row(struct rp_buf *out, enum rp_fault_kind kind)
{
    const struct rp_fault_info *info = rp_fault_info(kind);
    rp_buf_addf(out, "  %-*s %s\n", NAME_COLUMNS, info->name, info->done);
}

static void add_class(struct rp_buf *out, enum rp_fault_class class,
    const struct rp__style *style)
{
    rp__text_begin(out, RP__BOLD, style);
    rp_buf_add_text(out, rp_fault_class_name(class));
    rp__text_end(out, style);
    rp_buf_addf(out, ": %s\n", rp_fault_class_meaning(class));
    for (int i = 0; i < RP_FAULT_KIND_COUNT; i++) {
        if (rp_fault_info((enum rp_fault_kind)i)->class == class) {
            add_row(out, (enum rp_fault_kind)i);
        }
    }
}

static void add_line(struct rp_buf *out, const char *label, const char *text)
{
    rp_buf_addf(out, "  %-9s %s\n", label, text);
}

/* A line each, what is not text in a form that shows; long ones are cut. */
static void add_shown(
    struct rp_buf *out, struct rp_str bytes, const struct rp__style *style)
{
    bool cut = bytes.len > SHOWN_BYTES_MAX;
    struct rp_str rest = {bytes.ptr, cut ? SHOWN_BYTES_MAX : bytes.len};
    while (rest.ptr != NULL && rest.len > 0) {
        struct rp_str line = rp_str_cut(rest, '\n', &rest);
        rp_buf_add_text(out, "    ");
        (void)rp__text_add(out, line, 0, style);
        rp_buf_add_char(out, '\n');
    }
    if (cut) {
        rp_buf_add_text(out, "    and so on: ");
        rp__text_bytes(out, bytes.len);
        rp_buf_add_char(out, '\n');
    }
    if (bytes.len == 0) {
        rp_buf_add_text(out, "    (nothing)\n");
    }
}

/* What it makes of an output, and what readers make of that. */
static void explain_output(
    struct rp_buf *out, enum rp_fault_kind kind, const struct rp__style *style)
{
    struct rp_buf changed;
    struct rp_buf strict;
    rp_buf_init(&changed, CHANGED_BYTES_MAX);
    rp_buf_init(&strict, CHANGED_BYTES_MAX);
    if (rp_fault_example_changed(&changed, kind)) {
        rp_fault_read_strictly(&strict, rp_buf_str(&changed));
        rp_buf_add_text(out, "  of\n");
        add_shown(out, rp_str_of(rp_fault_example()), style);
        rp_buf_add_text(out, "  it makes\n");
        add_shown(out, rp_buf_str(&changed), style);
        rp_buf_add_text(out, "  strict    ");
        (void)rp__text_add(out, rp_buf_str(&strict), 0, style);
        rp_buf_add_text(out, "\n");
        add_line(out, "lenient", rp_fault_read_leniently(kind));
    }
    rp_buf_fini(&strict);
    rp_buf_fini(&changed);
}

static void explain(
    struct rp_buf *out, enum rp_fault_kind kind, const struct rp__style *style)
{
    const struct rp_fault_info *info = rp_fault_info(kind);
    const struct rp_fault_param *param;
    rp__text_begin(out, RP__BOLD, style);
    rp_buf_add_text(out, info->name);
    rp__text_end(out, style);
    rp_buf_addf(out, ": %s\n", info->done);
    add_line(out, "class", rp_fault_class_meaning(info->class));
    add_line(out, "seen", info->seen);
    add_line(out, "defence", info->proves);
    for (uint32_t i = 0; (param = rp_fault_param(kind, i)) != NULL; i++) {
        add_line(out, param->name, param->meaning);
    }
    explain_output(out, kind, style);
    rp_buf_addf(out, "  %-9s reprise run plan.json --fault 'AGENT : %s'\n",
        "try it", info->name);
}

/* ---- the command ---- */

static void say_no_fault(const char *name, const char *near)
{
    uint32_t count = 0;
    for (int i = 0; i < RP_FAULT_KIND_COUNT; i++) {
        const char *known = rp_fault_info((enum rp_fault_kind)i)->name;
        count += rp_str_starts(rp_str_of(known), rp_str_of(name)) ? 1 : 0;
    }
    if (count > 1) {
        rp__say("faults", "%" PRIu32 " faults begin with '%s'", count, name);
    } else {
        rp__say("faults", "'%s' is no fault", name);
    }
    if (near != NULL) {
        rp__say_next("did you mean %s?", near);
    }
    if (near == NULL || count > 1) {
        rp__say_next("reprise faults list lists them");
    }
}

/* Those that are named, or all; false when one is not known. */
static bool add_all(struct rp_buf *out, const struct rp__args *args, bool json)
{
    struct rp__style style = rp__term_of(1).style;
    for (uint32_t i = 1; i < args->count; i++) {
        enum rp_fault_kind kind;
        const char *near = NULL;
        if (!rp_fault_find(&kind, rp_str_of(args->items[i]), &near)) {
            say_no_fault(args->items[i], near);
            return false;
        }
        if (json) {
            add_json(out, kind);
        } else {
            explain(out, kind, &style);
        }
    }
    for (int i = 0; json && args->count == 1 && i < RP_FAULT_KIND_COUNT; i++) {
        add_json(out, (enum rp_fault_kind)i);
    }
    for (int i = 0; !json && args->count == 1 && i < RP_FAULT_CLASS_COUNT;
         i++) {
        add_class(out, (enum rp_fault_class)i, &style);
    }
    return true;
}

/* ---- profiles ---- */

static void add_profile(struct rp_buf *out, const struct rp__embedded *profile)
{
    struct rp_json_doc *doc = NULL;
    struct rp_str text = {profile->bytes, profile->len};
    enum rp_code rc = rp_json_read(&doc, text, NULL, NULL);
    RP_ASSERT(rc == RP_OK); /* it is ours */
    const cJSON *root = rp_json_root(doc);
    rp_buf_addf(out, "  %-*s %s\n", NAME_COLUMNS,
        rp_json_get(root, "name")->valuestring,
        rp_json_get(root, "note")->valuestring);
    rp_json_free(&doc);
}

/* All of them as a list, or the files of some. */
static bool add_profiles(struct rp_buf *out, const struct rp__args *args)
{
    for (const struct rp__embedded *p = rp__embedded_profiles;
         args->count == 1 && p->name != NULL; p++) {
        add_profile(out, p);
    }
    for (uint32_t i = 1; i < args->count; i++) {
        const struct rp__embedded *p = rp__faults_profile(args->items[i]);
        if (p == NULL) {
            rp__say("faults", "'%s' is no profile", args->items[i]);
            rp__say_next("reprise faults profiles lists them");
            return false;
        }
        rp_buf_add(out, (struct rp_str){p->bytes, p->len});
    }
    return true;
}

static int show_profiles(const struct rp__args *args)
{
    struct rp_buf out;
    int status = RP__EXIT_USAGE;
    if (rp__opt_flag(args, "json")) {
        rp__say("faults", "profiles takes no --json: their files are JSON");
        return RP__EXIT_USAGE;
    }
    rp_buf_init(&out, RP__OUT_BYTES_MAX);
    if (add_profiles(&out, args)) {
        status = rp__out_write("faults", rp_buf_str(&out)) ? RP__EXIT_OK
                                                           : RP__EXIT_FAILED;
    }
    rp_buf_fini(&out);
    return status;
}

static int run(const struct rp__args *args)
{
    struct rp_buf out;
    if (strcmp(args->items[0], "profiles") == 0) {
        return show_profiles(args);
    }
    bool list = strcmp(args->items[0], "list") == 0;
    if (!list && strcmp(args->items[0], "explain") != 0) {
        rp__say("faults", "'%s' is neither list, explain nor profiles",
            args->items[0]);
        return RP__EXIT_USAGE;
    }
    if (list != (args->count == 1)) {
        rp__say("faults", list ? "list takes no names; explain does"
                               : "explain needs the name of a fault");
        return RP__EXIT_USAGE;
    }
    rp_buf_init(&out, RP__OUT_BYTES_MAX);
    int status = RP__EXIT_USAGE;
    if (add_all(&out, args, rp__opt_flag(args, "json"))) {
        status = rp__out_write("faults", rp_buf_str(&out)) ? RP__EXIT_OK
                                                           : RP__EXIT_FAILED;
    }
    rp_buf_fini(&out);
    return status;
}

static const struct rp__opt opts[] = {
    {"json", NULL, "one JSON document a line; reprise schema has its form",
        false, 0},
    RP__OPT_END,
};

const struct rp__command rp__cmd_faults = {
    .name = "faults",
    .summary = "list what can be made to go wrong",
    .arguments = "list|explain|profiles [NAME]...",
    .description =
        "Lists the faults that --fault and a sweep force, by class, or "
        "explains some:\nwhat is done to the worker, what is seen of it, what "
        "defends against it, and its\nparameters; of a changed output an "
        "example, what a strict reader says of it and\nwhat a lenient one "
        "makes of it. A name may be cut where it is still the only\none.\n\n"
        "Profiles are rules for --faults that come with the program: "
        "lists them, or\nprints some, to be changed.",
    .footer = "Exit status: 0; 2 no such fault or profile.\n\n"
              "Examples:\n"
              "  reprise faults list\n"
              "  reprise faults explain out.truncate slow.drip\n"
              "  reprise run plan.json --fault 'labs @1 : out.fence'\n"
              "  reprise faults profiles bad-json >mine.json",
    .opts = opts,
    .arguments_min = 1,
    .arguments_max = RP__ARGS_MAX,
    .run = run,
};
