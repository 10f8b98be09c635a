/* check - are these files JSON, do they meet a schema, are they plans. */
#include <string.h>

#include <reprise/limits.h>
#include <reprise/mem.h>

#include "command.h"
#include "excerpt.h"
#include "file.h"
#include "out.h"
#include "plan_arg.h"
#include "say.h"
#include "schema_files.h"
#include "term.h"

#define VIOLATIONS_MAX 1000 /* of one file; more is said to be more */
#define PLAN_WORD "\"reprise\""

enum verdict { VALID, INVALID, UNUSABLE };

static const char *const verdict_words[] = {
    [VALID] = "valid", [INVALID] = "invalid", [UNUSABLE] = "unusable"};
static const int verdict_exits[] = {[VALID] = RP__EXIT_OK,
    [INVALID] = RP__EXIT_FAILED,
    [UNUSABLE] = RP__EXIT_USAGE};

struct checking {
    const struct rp_schema *schema; /* NULL: JSON, or plans */
    bool plans;
    struct rp__style style;
    struct rp_buf text; /* what a person reads */
    cJSON *files;       /* what a program reads; NULL: not asked for */
    enum verdict worst;
};

/* One file while it is judged. */
struct judged {
    struct checking *all;
    const char *path;
    struct rp_str bytes;
    const cJSON *root;
    cJSON *entry;      /* NULL: not asked for */
    cJSON *violations; /* of `entry` */
    uint32_t count;
    bool plan;
};

/* ---- what is wrong ---- */

static void add_place(cJSON *entry, const struct rp_json_place *place)
{
    rp_json_set_int(entry, "line", place->line);
    rp_json_set_int(entry, "column", place->column);
    rp_json_set_int(entry, "byte", (int64_t)place->byte);
}

static void add_head(struct judged *j, const struct rp_json_place *place)
{
    struct rp_buf *out = &j->all->text;
    rp__text_begin(out, RP__BOLD, &j->all->style);
    (void)rp__text_add(
        out, rp_str_of(rp__file_name(j->path)), 0, &j->all->style);
    if (place != NULL) {
        rp_buf_addf(out, ":%u:%u", place->line, place->column);
    }
    rp_buf_add_char(out, ':');
    rp__text_end(out, &j->all->style);
    rp_buf_add_char(out, ' ');
}

static void tell_syntax(struct judged *j, const struct rp_json_error *error)
{
    struct rp_buf *out = &j->all->text;
    add_head(j, &error->place);
    rp_buf_addf(out, "%s (byte %zu)\n", error->message, error->place.byte);
    rp__excerpt_add(
        out, j->bytes, &error->place, 0, error->hint, &j->all->style);
    if (j->entry != NULL) {
        cJSON *entry = cJSON_AddObjectToObject(j->entry, "error");
        rp_json_set_text(entry, "message", rp_str_of(error->message));
        rp_json_set_text(entry, "hint", rp_str_of(error->hint));
        add_place(entry, &error->place);
    }
}

static void tell_violation(
    void *context, const struct rp_schema_violation *violation)
{
    struct judged *j = context;
    struct rp_buf *out = &j->all->text;
    const struct rp__style *style = &j->all->style;
    const cJSON *node =
        rp_json_at(j->root, rp_str_of(violation->instance_pointer));
    struct rp_json_place place = {0, 0, 0};
    if (node != NULL) {
        place = rp_json_span_of(node, j->bytes).begin;
    }
    j->count++;
    add_head(j, node == NULL ? NULL : &place);
    if (violation->instance_pointer[0] != '\0') {
        (void)rp__text_add(
            out, rp_str_of(violation->instance_pointer), 0, style);
        rp_buf_add_text(out, ": ");
    }
    (void)rp__text_add(out, rp_str_of(violation->message), 0, style);
    rp_buf_add_text(out, "\n    schema: ");
    (void)rp__text_add(out, rp_str_of(violation->keyword_pointer), 0, style);
    rp_buf_add_char(out, '\n');
    if (j->entry == NULL) {
        return;
    }
    cJSON *entry = cJSON_CreateObject();
    rp_json_set_text(entry, "instance", rp_str_of(violation->instance_pointer));
    rp_json_set_text(
        entry, "keyword_at", rp_str_of(violation->keyword_pointer));
    rp_json_set_text(entry, "keyword", rp_str_of(violation->keyword));
    rp_json_set_text(entry, "message", rp_str_of(violation->message));
    if (node != NULL) {
        add_place(entry, &place);
    }
    cJSON_AddItemToArray(j->violations, entry);
}

static void tell_failure(struct judged *j, const char *text)
{
    rp__say("check", "%s", text);
    if (j->entry != NULL) {
        cJSON *entry = cJSON_AddObjectToObject(j->entry, "error");
        rp_json_set_text(entry, "message", rp_str_of(text));
        rp_json_set_text(entry, "hint", RP_STR(""));
    }
}

/* ---- judging one file ---- */

static enum verdict judge_schema(struct judged *j)
{
    struct rp_err err = RP_ERR_INIT;
    bool valid = false;
    if (j->all->schema == NULL) {
        return VALID;
    }
    if (rp_schema_judge(j->all->schema, j->root, &valid, VIOLATIONS_MAX,
            tell_violation, j, &err) != RP_OK) {
        struct rp_buf text;
        rp_buf_init(&text, RP_ERR_TEXT_MAX * 2);
        rp_buf_addf(
            &text, "cannot judge '%s': %s", rp__file_name(j->path), err.text);
        tell_failure(j, text.ptr);
        rp_buf_fini(&text);
        return UNUSABLE;
    }
    if (j->count == VIOLATIONS_MAX) {
        rp_buf_addf(&j->all->text, "%s: only the first %d are shown\n",
            rp__file_name(j->path), VIOLATIONS_MAX);
    }
    return valid ? VALID : INVALID;
}

static enum verdict judge_json(struct judged *j)
{
    struct rp_json_options options = RP_JSON_OPTIONS_INIT;
    struct rp_json_error error;
    struct rp_json_doc *doc = NULL;
    if (rp_json_read(&doc, j->bytes, &options, &error) != RP_OK) {
        tell_syntax(j, &error);
        return error.limit ? UNUSABLE : INVALID;
    }
    j->root = rp_json_root(doc);
    enum verdict verdict = judge_schema(j);
    rp_json_free(&doc);
    return verdict;
}

static void tell_problem(
    struct judged *j, const struct rp_plan_problem *problem)
{
    rp_plan_problem_show(&j->all->text, rp__file_name(j->path), j->bytes,
        problem, j->all->style.colour);
    if (j->entry != NULL) {
        cJSON *entry = cJSON_CreateObject();
        rp_json_set_text(entry, "instance", rp_str_of(problem->pointer));
        rp_json_set_text(entry, "message", rp_str_of(problem->message));
        rp_json_set_text(entry, "hint", rp_str_of(problem->hint));
        add_place(entry, &problem->place);
        cJSON_AddItemToArray(j->violations, entry);
    }
}

/* `bytes` are owned from here on. */
static enum verdict judge_plan(struct judged *j, char *bytes, size_t len)
{
    struct rp__plan_arg plan;
    struct rp_err err = RP_ERR_INIT;
    enum rp_code rc = rp__plan_arg_read(&plan, j->path, bytes, len, &err);
    j->plan = true;
    j->count = plan.problems.count;
    for (uint32_t i = 0; i < plan.problems.count; i++) {
        tell_problem(j, &plan.problems.items[i]);
    }
    if (rc != RP_OK && j->count == 0) {
        tell_failure(j, err.text);
    }
    rp__plan_arg_fini(&plan);
    return rc == RP_OK ? VALID : j->count > 0 ? INVALID : UNUSABLE;
}

/* A plan says so itself. One that is no JSON yet, and may hold a comment, is
 * known by the word. */
static bool is_plan(struct rp_str bytes)
{
    struct rp_json_options options = RP_JSON_OPTIONS_INIT;
    struct rp_json_error error;
    struct rp_json_doc *doc = NULL;
    options.comments = true;
    if (rp_json_read(&doc, bytes, &options, &error) != RP_OK) {
        return strstr(bytes.ptr, PLAN_WORD) != NULL; /* a NUL ends it */
    }
    bool is = rp_json_get(rp_json_root(doc), "reprise") != NULL;
    rp_json_free(&doc);
    return is;
}

static enum verdict judge_file(struct judged *j)
{
    struct rp_err err = RP_ERR_INIT;
    char *bytes = NULL;
    size_t len = 0;
    size_t most = j->all->plans ? RP_PLAN_BYTES_MAX : RP_INPUT_BYTES_MAX;
    if (rp__file_read(&bytes, &len, j->path, most, &err) != RP_OK) {
        tell_failure(j, err.text);
        return UNUSABLE;
    }
    j->bytes = (struct rp_str){bytes, len};
    if (j->all->plans || (j->all->schema == NULL && is_plan(j->bytes))) {
        return judge_plan(j, bytes, len);
    }
    enum verdict verdict = judge_json(j);
    rp_mem_free(bytes);
    return verdict;
}

static void add_verdict(struct judged *j, enum verdict verdict)
{
    struct rp_buf *out = &j->all->text;
    if (verdict != UNUSABLE) {
        (void)rp__text_add(
            out, rp_str_of(rp__file_name(j->path)), 0, &j->all->style);
        rp_buf_add_text(out, ": ");
        rp__text_begin(
            out, verdict == VALID ? RP__GREEN : RP__RED, &j->all->style);
        rp_buf_add_text(out, verdict_words[verdict]);
        rp__text_end(out, &j->all->style);
        if (j->count > 0) {
            rp_buf_add_text(out, ", ");
            rp__text_count(out, j->count, j->plan ? "error" : "violation");
        }
        rp_buf_add_char(out, '\n');
    }
    if (verdict > j->all->worst) {
        j->all->worst = verdict;
    }
    if (j->entry != NULL) {
        rp_json_set_text(
            j->entry, "verdict", rp_str_of(verdict_words[verdict]));
        cJSON_AddItemToArray(j->all->files, j->entry);
    }
}

static void check_file(struct checking *all, const char *path)
{
    struct judged j = {.all = all, .path = path};
    if (all->files != NULL) {
        j.entry = cJSON_CreateObject();
        rp_json_set_text(j.entry, "file", rp_str_of(path));
        rp_json_set_text(j.entry, "verdict", RP_STR(""));
        j.violations = cJSON_AddArrayToObject(j.entry, "violations");
    }
    add_verdict(&j, judge_file(&j));
}

/* ---- the command ---- */

static bool print_result(struct checking *all)
{
    if (all->files == NULL) {
        return rp__out_write("check", rp_buf_str(&all->text));
    }
    cJSON *result = cJSON_CreateObject();
    rp_json_set_text(result, "schema", RP_STR("reprise.check/1"));
    rp_json_set(result, "valid", cJSON_CreateBool(all->worst == VALID));
    rp_json_set(result, "files", all->files);
    rp_buf_reset(&all->text);
    rp_json_write_text(&all->text, result);
    rp_buf_add_char(&all->text, '\n');
    cJSON_Delete(result);
    return rp__out_write("check", rp_buf_str(&all->text));
}

static int check_files(const struct rp__args *args, struct checking *all)
{
    rp_buf_init(&all->text, RP__OUT_BYTES_MAX);
    for (uint32_t i = 0; i < args->count; i++) {
        check_file(all, args->items[i]);
    }
    int status = verdict_exits[all->worst];
    if (!print_result(all)) {
        status = RP__EXIT_FAILED;
    }
    rp_buf_fini(&all->text);
    return status;
}

static bool reads_input_twice(const struct rp__args *args, const char *schema)
{
    int count = schema != NULL && strcmp(schema, "-") == 0;
    for (uint32_t i = 0; i < args->count; i++) {
        count += strcmp(args->items[i], "-") == 0;
    }
    return count > 1;
}

static int run(const struct rp__args *args)
{
    const char *schema = rp__opt_value(args, "schema");
    struct checking all = {
        .plans = rp__opt_flag(args, "plan"), .style = rp__term_of(1).style};
    struct rp__schema_set *set = NULL;
    struct rp_buf report;
    if (all.plans && schema != NULL) {
        rp__say("check", "--plan and --schema exclude each other");
        return RP__EXIT_USAGE;
    }
    if (schema == NULL && rp__opt_flag(args, "format")) {
        rp__say("check", "--format is about what a --schema says");
        return RP__EXIT_USAGE;
    }
    if (reads_input_twice(args, schema)) {
        rp__say("check", "standard input ('-') can be read only once");
        return RP__EXIT_USAGE;
    }
    rp_buf_init(&report, RP__OUT_BYTES_MAX);
    if (schema != NULL) {
        enum rp_code rc = rp__schema_set_open(
            &set, schema, rp__opt_flag(args, "format"), &report);
        rp__say_text(rp_buf_str(&report));
        if (rc != RP_OK) {
            rp__say("check", "the schema '%s' cannot be used",
                rp__file_name(schema));
            rp_buf_fini(&report);
            return RP__EXIT_USAGE;
        }
        all.schema = rp__schema_set_root(set);
    }
    if (rp__opt_flag(args, "json")) {
        all.files = cJSON_CreateArray();
    }
    int status = check_files(args, &all);
    rp__schema_set_close(&set);
    rp_buf_fini(&report);
    return status;
}

static const struct rp__opt opts[] = {
    {"schema", "FILE",
        "a JSON Schema (draft 2020-12 or draft-07) that the "
        "files must meet; relative references are files "
        "beside it",
        false, 0},
    {"format", NULL, "'format' in the schema is asserted, not only noted",
        false, 0},
    {"plan", NULL, "the files are plans, whatever is in them", false, 0},
    RP__OPT_JSON,
    RP__OPT_END,
};

const struct rp__command rp__cmd_check = {
    .name = "check",
    .summary = "check plans, and documents against schemas",
    .arguments = "FILE...",
    .description =
        "Checks each FILE ('-': standard input): that it meets the schema, "
        "where one is\ngiven; else, when it has a member \"reprise\", that "
        "it is a plan without errors;\nelse that it is JSON and nothing else. "
        "Every error is named with its line and\ncolumn. Nothing is "
        "started.",
    .footer =
        "Exit status: 0 all are valid; 1 one is not; 2 the schema or a file "
        "cannot be\nused.\n\n"
        "Examples:\n"
        "  reprise check plan.json\n"
        "  reprise check --schema schemas/labs.json answer.json\n"
        "  ./labs <case.json | reprise check --schema schemas/labs.json -",
    .opts = opts,
    .arguments_min = 1,
    .arguments_max = RP__ARGS_MAX,
    .run = run,
};
