/* show - what happened in a session; what went in and out of its parts. */
#include <inttypes.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "command.h"
#include "conflict_values.h"
#include "out.h"
#include "phrase.h"
#include "say.h"
#include "session_arg.h"
#include "session_json.h"
#include "session_view.h"
#include "span_view.h"
#include "term.h"
#include "tree.h"

/* ---- as a tree ---- */

#define SAID_MAX 100 /* tries */
#define SAID_BYTES_MAX 200

static void add_facts(struct rp_buf *out, const struct rp__session_arg *arg)
{
    const struct rp_session_row *row = &arg->row;
    char hex[RP_DIGEST_HEX_LEN + 1];
    rp_buf_addf(out, "\n  session  %s", row->head.id.text);
    if (row->head.mode == RP_MODE_RERUN) {
        rp_buf_addf(out, ", a replay of %s", row->head.source.text);
    } else if (row->head.mode == RP_MODE_LIVE &&
               row->head.source.text[0] != '\0') {
        rp_buf_addf(out, ", made from %s", row->head.source.text);
    }
    rp_buf_add_text(out, "\n  began    ");
    rp_wall_write(out, row->head.began);
    rp_digest_hex(&row->head.plan, hex);
    rp_buf_addf(out,
        "\n  plan     %.16s\n  records  %" PRIu64 ", spans %" PRIu32
        ", seed %" PRIu64 "\n",
        hex, row->summary.record_count, row->span_count, row->head.seed);
    for (uint32_t i = 0; i < row->head.tag_count; i++) {
        static const struct rp__style plain = {false, true};
        rp_buf_add_text(out, i == 0 ? "  tags     " : ", ");
        (void)rp__text_add(out, row->head.tags[i].key, 0, &plain);
        rp_buf_add_char(out, '=');
        (void)rp__text_add(out, row->head.tags[i].value, 0, &plain);
        rp_buf_add_text(out, i + 1 == row->head.tag_count ? "\n" : "");
    }
}

/* What a person would ask next. */
static void add_next(struct rp_buf *out, const struct rp__session_arg *arg,
    const struct rp__view *view)
{
    const char *id = rp__phrase_short_id(&arg->row.head.id);
    const struct rp__item *failed = rp__phrase_first_failed(view);
    struct rp_buf store;
    rp_buf_init(&store, 8192);
    rp__session_store_option(&store, &arg->place);
    const char *option = store.len == 0 ? "" : store.ptr;
    rp_buf_add_char(out, '\n');
    if (failed != NULL && failed->try_count > 0) {
        rp_buf_addf(out, "  look closer  reprise show %s --io %s%s\n", id,
            failed->last_try->path, option);
    }
    if (arg->row.summary.outcome != RP_OUTCOME_NONE) {
        rp_buf_addf(out, "  run again    reprise replay %s%s\n", id, option);
    } else if (rp__session_runs(arg, &arg->row)) {
        rp_buf_addf(out, "  follow it    reprise watch %s%s\n", id, option);
        rp_buf_addf(out, "  end it       reprise cancel %s%s\n", id, option);
    } else {
        rp_buf_addf(out, "  go on        reprise resume %s%s\n", id, option);
    }
    rp_buf_fini(&store);
}

static struct rp_str last_line(struct rp_str text)
{
    text = rp_str_trim(text);
    for (size_t i = text.len; i > 0; i--) {
        if (text.ptr[i - 1] == '\n') {
            return (struct rp_str){text.ptr + i, text.len - i};
        }
    }
    return text;
}

/* The end of the standard error of what failed. What cannot be read is told by
 * who looks closer. */
static void read_said(
    const struct rp__session_arg *arg, struct rp__session_view *loaded)
{
    uint32_t depth = 0;
    uint32_t left = SAID_MAX;
    for (struct rp__item *item = loaded->view.root; item != NULL;
         item = rp__view_walk(item, &depth)) {
        for (struct rp__try *t = item->tries; t != NULL && left > 0;
             t = t->next) {
            char *bytes = NULL;
            size_t len = 0;
            if (t->accepted || rp_digest_is_zero(&t->diagnostics) ||
                rp_reader_payload(&bytes, &len, arg->reader, &t->diagnostics,
                    NULL) != RP_OK) {
                continue;
            }
            struct rp_str line = last_line((struct rp_str){bytes, len});
            line.len = line.len > SAID_BYTES_MAX ? SAID_BYTES_MAX : line.len;
            t->said = rp_arena_dup(loaded->arena, line);
            rp_mem_free(bytes);
            left--;
        }
    }
}

static int show_tree(
    const struct rp__session_arg *arg, struct rp__session_view *loaded)
{
    struct rp__term term = rp__term_of(STDOUT_FILENO);
    bool over = arg->row.summary.outcome != RP_OUTCOME_NONE;
    bool died = !over && !rp__session_runs(arg, &arg->row);
    struct rp__tree tree = {
        .view = &loaded->view,
        .id = &arg->row.head.id,
        .term = &term,
        .plan = loaded->plan,
        .now = rp__session_now(arg, &loaded->view),
        .died = died,
        .tries = true,
    };
    struct rp_buf out;
    rp_buf_init(&out, RP__OUT_BYTES_MAX);
    read_said(arg, loaded);
    rp__conflict_values_read(arg, loaded);
    (void)rp__tree_write(&out, &tree);
    if (died) {
        rp_buf_add_text(&out,
            "\n  Its orchestrator was lost; what is shown is what was "
            "recorded until then.\n");
    }
    add_facts(&out, arg);
    add_next(&out, arg, &loaded->view);
    bool written = rp__out_write("show", rp_buf_str(&out));
    rp_buf_fini(&out);
    return written ? RP__EXIT_OK : RP__EXIT_FAILED;
}

static int show_json(
    const struct rp__session_arg *arg, const struct rp__session_view *loaded)
{
    struct rp_buf out;
    cJSON *result = cJSON_CreateObject();
    rp_json_set_text(result, "schema", RP_STR("reprise.show/1"));
    rp__session_json(result, arg, &arg->row);
    rp__view_json(result, &loaded->view);
    rp_buf_init(&out, RP__OUT_BYTES_MAX);
    rp_json_write_text(&out, result);
    rp_buf_add_char(&out, '\n');
    cJSON_Delete(result);
    bool written = rp__out_write("show", rp_buf_str(&out));
    rp_buf_fini(&out);
    return written ? RP__EXIT_OK : RP__EXIT_FAILED;
}

/* ---- as spans ---- */

static void add_span_facts(
    struct rp_buf *out, const struct rp__session_arg *arg)
{
    static const struct rp__style plain = {false, true};
    const struct rp_session_row *row = &arg->row;
    bool imported = row->head.mode == RP_MODE_IMPORTED;
    char hex[RP_TRACE_ID_HEX_LEN + 1];
    rp_trace_id_hex(&row->head.trace, hex);
    rp_buf_addf(out, "\n  session  %s%s", row->head.id.text,
        imported ? ", imported" : "");
    if (imported && row->head.source.text[0] != '\0') {
        rp_buf_addf(out, "; it was %s", row->head.source.text);
    }
    rp_buf_addf(out, "\n  trace    %s\n  began    ", hex);
    rp_wall_write(out, row->head.began);
    rp_buf_addf(out, "\n  spans    %" PRIu32, row->span_count);
    if (row->spans_dropped > 0) {
        rp_buf_addf(out, ", %" PRIu32 " more had no room", row->spans_dropped);
    }
    if (row->head.program[0] != '\0') {
        rp_buf_add_text(out, "\n  made by  ");
        (void)rp__text_add(out, rp_str_of(row->head.program), 0, &plain);
    }
    rp_buf_add_char(out, '\n');
}

static void add_span_title(struct rp_buf *out,
    const struct rp__session_arg *arg, const struct rp__style *style)
{
    const struct rp_session_row *row = &arg->row;
    (void)rp__text_add(out, row->head.plan_name, 0, style);
    rp_buf_addf(out, "  %s  ", rp__phrase_short_id(&row->head.id));
    rp__text_begin(out, rp__phrase_outcome_colour(row->summary.outcome), style);
    rp_buf_add_text(out, rp__session_status(arg, row));
    rp__text_end(out, style);
    rp_buf_add_text(out, "  ");
    rp_duration_show(out, (struct rp_duration){row->summary.last_at.ns});
    rp_buf_add_char(out, '\n');
}

static enum rp_code add_spans(
    struct rp_buf *out, const struct rp__session_arg *arg, struct rp_err *err)
{
    struct rp__term term = rp__term_of(STDOUT_FILENO);
    add_span_title(out, arg, &term.style);
    enum rp_code rc = rp__span_tree_write(out, arg, &term, err);
    add_span_facts(out, arg);
    return rc;
}

static enum rp_code add_spans_json(
    struct rp_buf *out, const struct rp__session_arg *arg, struct rp_err *err)
{
    static const char *const empty[] = {"nodes", "tasks", "conflicts"};
    cJSON *result = cJSON_CreateObject();
    rp_json_set_text(result, "schema", RP_STR("reprise.show/1"));
    rp__session_json(result, arg, &arg->row);
    for (size_t i = 0; i < RP_COUNT_OF(empty); i++) {
        (void)cJSON_AddArrayToObject(result, empty[i]);
    }
    enum rp_code rc = rp__span_list_json(result, arg, err);
    rp_json_write_text(out, result);
    rp_buf_add_char(out, '\n');
    cJSON_Delete(result);
    return rc;
}

static int show_spans(
    const struct rp__session_arg *arg, const struct rp__args *args)
{
    struct rp_err err = RP_ERR_INIT;
    struct rp_buf out;
    rp_buf_init(&out, RP__OUT_BYTES_MAX);
    enum rp_code rc = rp__opt_flag(args, "json")
                          ? add_spans_json(&out, arg, &err)
                          : add_spans(&out, arg, &err);
    if (rc == RP_OK && out.overflowed) {
        rc = rp_err_set(&err, RP_E_LIMIT, "there is too much to show at once");
    }
    int status = rc != RP_OK ? rp__session_failed(arg, &err)
                 : rp__out_write("show", rp_buf_str(&out)) ? RP__EXIT_OK
                                                           : RP__EXIT_FAILED;
    rp_buf_fini(&out);
    return status;
}

/* ---- input and output ---- */

enum part { PART_INPUT, PART_OUTPUT, PART_STDERR, PART_LOG, PART_COUNT };

static const char *const part_names[] = {
    [PART_INPUT] = "input",
    [PART_OUTPUT] = "output",
    [PART_STDERR] = "stderr",
    [PART_LOG] = "log",
};

struct parts {
    struct rp_digest digests[PART_COUNT]; /* zero: there is none */
};

static const char aggregate_suffix[] = "/$aggregate";

static void parts_of_try(struct parts *out, const struct rp__try *t)
{
    out->digests[PART_INPUT] = t->input;
    out->digests[PART_OUTPUT] = t->output;
    out->digests[PART_STDERR] = t->diagnostics;
    out->digests[PART_LOG] = t->log;
}

static bool find_parts(struct parts *out, const struct rp__session_arg *arg,
    const struct rp__view *view, struct rp_str path)
{
    *out = (struct parts){.digests = {{{0}}}};
    if (path.len == 0 || rp_str_is(path, "session")) {
        out->digests[PART_INPUT] = arg->row.head.input;
        out->digests[PART_OUTPUT] = arg->row.summary.output;
        return true;
    }
    const struct rp__try *t = rp__view_find_try(view, path);
    if (t != NULL) {
        parts_of_try(out, t);
        return true;
    }
    if (rp_str_ends(path, rp_str_of(aggregate_suffix))) {
        path.len -= sizeof(aggregate_suffix) - 1; /* of its node */
    }
    const struct rp__item *item = rp__view_find(view, path);
    if (item == NULL) {
        return false;
    }
    if (item->last_try != NULL) {
        parts_of_try(out, item->last_try);
    }
    out->digests[PART_INPUT] = item->input;
    if (!rp_digest_is_zero(&item->output)) {
        out->digests[PART_OUTPUT] = item->output;
    }
    return true;
}

static int no_such_path(const struct rp__view *view, const char *path)
{
    const char *names[256];
    size_t count = 0;
    uint32_t depth = 0;
    for (struct rp__item *item = view->root;
         item != NULL && count < RP_COUNT_OF(names);
         item = rp__view_walk(item, &depth)) {
        names[count++] = item->path;
    }
    const char *near = rp_str_nearest(rp_str_of(path), names, count);
    if (near == NULL) {
        rp__say("show", "nothing in this session is named '%s'", path);
    } else {
        rp__say("show",
            "nothing in this session is named '%s'; did you mean '%s'?", path,
            near);
    }
    rp__say_next("reprise show names its parts; try gather/labs@1, or "
                 "session for the whole");
    return RP__EXIT_USAGE;
}

/* Raw bytes for programs; on a terminal without what could steer it. */
static void add_payload(struct rp_buf *out, struct rp_str bytes, bool raw)
{
    static const struct rp__style style = {false, true};
    if (raw) {
        rp_buf_add(out, bytes);
        return;
    }
    while (bytes.len > 0) {
        (void)rp__text_add(out, rp_str_cut(bytes, '\n', &bytes), 0, &style);
        rp_buf_add_char(out, '\n');
    }
}

static int add_part(struct rp_buf *out, const struct rp__session_arg *arg,
    const struct rp_digest *digest, bool raw)
{
    struct rp_err err = RP_ERR_INIT;
    char *bytes = NULL;
    size_t len = 0;
    if (rp_reader_payload(&bytes, &len, arg->reader, digest, &err) != RP_OK) {
        return rp__session_failed(arg, &err);
    }
    add_payload(out, (struct rp_str){bytes, len}, raw);
    rp_mem_free(bytes);
    return RP__GO_ON;
}

/* All parts under headings, or one of them byte for byte. */
static int add_parts(struct rp_buf *out, const struct rp__session_arg *arg,
    const struct parts *parts, const char *only)
{
    bool tty = isatty(STDOUT_FILENO) == 1;
    int status = RP__GO_ON;
    for (int i = 0; i < PART_COUNT && status == RP__GO_ON; i++) {
        const struct rp_digest *digest = &parts->digests[i];
        if (rp_digest_is_zero(digest) ||
            (only != NULL && strcmp(only, part_names[i]) != 0)) {
            continue;
        }
        if (only == NULL) {
            char hex[RP_DIGEST_HEX_LEN + 1];
            rp_digest_hex(digest, hex);
            rp_buf_addf(out, "== %s  sha256 %.16s\n", part_names[i], hex);
        }
        status = add_part(out, arg, digest, only != NULL && !tty);
        if (only == NULL && out->len > 0 && out->ptr[out->len - 1] != '\n') {
            rp_buf_add_char(out, '\n');
        }
    }
    return status;
}

static bool is_part(const char *name)
{
    for (int i = 0; i < PART_COUNT; i++) {
        if (strcmp(name, part_names[i]) == 0) {
            return true;
        }
    }
    return false;
}

static int show_io(const struct rp__session_arg *arg,
    const struct rp__view *view, const char *path, const char *only)
{
    struct parts parts;
    if (only != NULL && !is_part(only)) {
        rp__say(
            "show", "--part '%s' is none of input, output, stderr, log", only);
        return RP__EXIT_USAGE;
    }
    if (!find_parts(&parts, arg, view, rp_str_of(path))) {
        return no_such_path(view, path);
    }
    struct rp_buf out;
    rp_buf_init(&out, RP__OUT_BYTES_MAX);
    int status = add_parts(&out, arg, &parts, only);
    if (status == RP__GO_ON && out.len == 0) {
        rp__say("show", "'%s' has no %s", path, only == NULL ? "data" : only);
    }
    if (status == RP__GO_ON) {
        status = rp__out_write("show", rp_buf_str(&out)) ? RP__EXIT_OK
                                                         : RP__EXIT_FAILED;
    }
    rp_buf_fini(&out);
    return status;
}

/* ---- the command ---- */

static bool may_be_together(const struct rp__args *args)
{
    bool io = rp__opt_value(args, "io") != NULL;
    if (io && rp__opt_flag(args, "spans")) {
        rp__say("show", "--spans and --io are two different views");
        return false;
    }
    if (io && rp__opt_flag(args, "json")) {
        rp__say("show", "--io shows bytes as they are; --json is of the tree");
        return false;
    }
    if (!io && rp__opt_value(args, "part") != NULL) {
        rp__say("show", "--part is a part of what --io PATH shows");
        return false;
    }
    return true;
}

static int run(const struct rp__args *args)
{
    const char *path = rp__opt_value(args, "io");
    bool spans = rp__opt_flag(args, "spans");
    struct rp__session_arg arg;
    struct rp__session_view loaded = {.plan = NULL};
    if (!may_be_together(args)) {
        return RP__EXIT_USAGE;
    }
    int status = rp__session_find(&arg, args);
    if (status == RP__GO_ON && path != NULL) {
        status = rp__session_wants_records(&arg);
    }
    if (status == RP__GO_ON &&
        (spans || arg.row.head.mode == RP_MODE_IMPORTED)) {
        status = show_spans(&arg, args);
    }
    if (status == RP__GO_ON) {
        status = rp__session_view_load(&loaded, &arg);
    }
    if (status == RP__GO_ON) {
        status = path != NULL ? show_io(&arg, &loaded.view, path,
                                    rp__opt_value(args, "part"))
                 : rp__opt_flag(args, "json") ? show_json(&arg, &loaded)
                                              : show_tree(&arg, &loaded);
    }
    rp__session_view_fini(&loaded);
    rp__session_fini(&arg);
    return status;
}

static const struct rp__opt opts[] = {
    {"io", "PATH",
        "what went in and came out of a task (gather/labs), an "
        "attempt (gather/labs@2) or the session (session); of a node "
        "(gather) what its outputs were merged to",
        false, 0},
    {"part", "NAME",
        "with --io, only input, output, stderr or log, byte for "
        "byte",
        false, 0},
    {"spans", NULL, "its spans and their events, as they are exported", false,
        0},
    RP__OPT_JSON,
    RP__OPT_STORE,
    RP__OPT_END,
};

const struct rp__command rp__cmd_show = {
    .name = "show",
    .summary = "show what happened in a session",
    .arguments = "[SESSION]",
    .description =
        "Shows a session as a tree of its work: how each part ended, how "
        "long it took,\nevery try of what did not go well at once, what is "
        "missing and what conflicts.\n" RP__HELP_SESSION,
    .footer = "Exit status: 0; 2 no such session; 4 the store cannot be "
              "read.\n\n"
              "Examples:\n"
              "  reprise show\n"
              "  reprise show X4QK7M --io gather/labs@1\n"
              "  reprise show X4QK7M --io gather/labs --part stderr",
    .opts = opts,
    .arguments_min = 0,
    .arguments_max = 1,
    .run = run,
};
