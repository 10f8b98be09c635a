#include "sweep_oracle.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <reprise/json.h>
#include <reprise/schema.h>

#include "file.h"
#include "sweep_doc.h"
#include "sweep_program.h"

#define BYTES_MAX ((size_t)4 << 20)
#define DOCUMENT_BYTES_MAX ((size_t)256 << 20)
#define ORACLES_MAX 256

struct oracle {
    const char *id;
    struct rp_schema *when, *check, *sometimes; /* owned, or NULL */
    const char **argv;                          /* NULL: none */
    uint32_t held; /* SOMETIMES: in so many scenarios */
};

struct rp__sweep_oracles {
    char *text;              /* owned */
    struct rp_json_doc *doc; /* owned */
    struct rp_arena *arena;  /* owned */
    const char *path;        /* of the file, for messages */
    char folder[PATH_MAX];   /* of the file: programs run there */
    struct oracle items[ORACLES_MAX];
    uint32_t count;
};

/* ---- reading ---- */

static enum rp_code wrong(const struct rp__sweep_oracles *o, uint32_t index,
    const char *what, struct rp_err *err)
{
    return rp_err_set(err, RP_E_INVALID, "%s: oracle %u: %s",
        rp__file_name(o->path), index + 1, what);
}

static enum rp_code read_schema(struct rp_schema **out,
    const struct rp__sweep_oracles *o, const cJSON *entry, const char *name,
    struct rp_err *err)
{
    const cJSON *schema = rp_json_get(entry, name);
    struct rp_schema_error error;
    if (schema == NULL) {
        return RP_OK;
    }
    if (rp_schema_compile(out, schema, NULL, &error) == RP_OK) {
        return RP_OK;
    }
    return rp_err_set(err, RP_E_INVALID, "%s: oracle '%s': %s%s: %s",
        rp__file_name(o->path), rp__sweep_text(entry, "id"), name,
        error.pointer, error.message);
}

/* Before thousands of scenarios are played; what stands on PATH is looked for
 * when it is run. */
static enum rp_code find_program(const struct rp__sweep_oracles *o,
    const struct oracle *oracle, struct rp_err *err)
{
    const char *program = oracle->argv[0];
    const char *path = program[0] == '/' ? program
                                         : rp_arena_printf(o->arena, "%s/%s",
                                               o->folder, program);
    if (strchr(program, '/') == NULL || access(path, X_OK) == 0) {
        return RP_OK;
    }
    char why[128];
    rp__file_errno(why, sizeof(why));
    return rp_err_set(err, RP_E_INVALID, "%s: oracle '%s': cannot run '%s': %s",
        rp__file_name(o->path), oracle->id, path, why);
}

static enum rp_code read_argv(struct rp__sweep_oracles *o,
    struct oracle *oracle, const cJSON *list, struct rp_err *err)
{
    const cJSON *word;
    uint32_t count = 0;
    if (list == NULL) {
        return RP_OK;
    }
    oracle->argv =
        rp_arena_array(o->arena, rp_json_size(list) + 1, sizeof(const char *));
    cJSON_ArrayForEach(word, list)
    {
        if (!cJSON_IsString(word)) {
            return wrong(o, o->count, "'exec' must be a list of texts", err);
        }
        oracle->argv[count++] = word->valuestring;
    }
    return count > 0 ? find_program(o, oracle, err)
                     : wrong(o, o->count, "'exec' names no program", err);
}

static enum rp_code known_members(
    const struct rp__sweep_oracles *o, const cJSON *entry, struct rp_err *err)
{
    static const char *const names[] = {
        "id", "when", "check", "sometimes", "exec"};
    const cJSON *member;
    cJSON_ArrayForEach(member, entry)
    {
        bool known = false;
        for (size_t i = 0; i < RP_COUNT_OF(names); i++) {
            known = known || strcmp(member->string, names[i]) == 0;
        }
        if (!known) {
            const char *near = rp_str_nearest(
                rp_str_of(member->string), names, RP_COUNT_OF(names));
            return rp_err_set(err, RP_E_INVALID,
                "%s: oracle %u: no member '%s'%s%s%s", rp__file_name(o->path),
                o->count + 1, member->string,
                near == NULL ? "" : "; did you mean '",
                near == NULL ? "" : near, near == NULL ? "" : "'?");
        }
    }
    return RP_OK;
}

static bool is_taken(const struct rp__sweep_oracles *o, const char *id)
{
    for (uint32_t i = 0; i < o->count; i++) {
        if (strcmp(o->items[i].id, id) == 0) {
            return true;
        }
    }
    return false;
}

static enum rp_code read_oracle(
    struct rp__sweep_oracles *o, const cJSON *entry, struct rp_err *err)
{
    struct oracle *oracle = &o->items[o->count];
    *oracle = (struct oracle){.id = rp__sweep_text(entry, "id")};
    enum rp_code rc = known_members(o, entry, err);
    if (rc == RP_OK && oracle->id[0] == '\0') {
        rc = wrong(o, o->count, "'id' is missing", err);
    }
    if (rc == RP_OK && is_taken(o, oracle->id)) {
        rc = wrong(o, o->count, "another one has the same 'id'", err);
    }
    if (rc == RP_OK) {
        rc = read_schema(&oracle->when, o, entry, "when", err);
    }
    if (rc == RP_OK) {
        rc = read_schema(&oracle->check, o, entry, "check", err);
    }
    if (rc == RP_OK) {
        rc = read_schema(&oracle->sometimes, o, entry, "sometimes", err);
    }
    if (rc == RP_OK) {
        rc = read_argv(o, oracle, rp_json_get(entry, "exec"), err);
    }
    uint32_t kinds = (oracle->check != NULL) + (oracle->sometimes != NULL) +
                     (oracle->argv != NULL);
    if (rc == RP_OK && kinds != 1) {
        rc = wrong(o, o->count,
            "it needs exactly one of 'check', 'sometimes' and 'exec'", err);
    }
    o->count++; /* what was compiled is released with it */
    return rc;
}

static enum rp_code read_all(struct rp__sweep_oracles *o, struct rp_err *err)
{
    const cJSON *list = rp_json_get(rp_json_root(o->doc), "oracles");
    const cJSON *entry;
    if (!cJSON_IsArray(list)) {
        return rp_err_set(err, RP_E_INVALID, "%s: there is no list 'oracles'",
            rp__file_name(o->path));
    }
    if (rp_json_size(list) == 0) {
        return rp_err_set(err, RP_E_INVALID, "%s: there is no oracle in it",
            rp__file_name(o->path));
    }
    if (rp_json_size(list) > ORACLES_MAX) {
        return rp_err_set(err, RP_E_LIMIT, "%s: more than %d oracles",
            rp__file_name(o->path), ORACLES_MAX);
    }
    cJSON_ArrayForEach(entry, list)
    {
        enum rp_code rc = read_oracle(o, entry, err);
        if (rc != RP_OK) {
            return rc;
        }
    }
    return RP_OK;
}

static enum rp_code find_folder(
    struct rp__sweep_oracles *o, const char *path, struct rp_err *err)
{
    if (realpath(path, o->folder) == NULL) {
        return rp_err_set(err, RP_E_IO, "cannot find the folder of '%s'", path);
    }
    char *slash = strrchr(o->folder, '/');
    slash[slash == o->folder ? 1 : 0] = '\0';
    return RP_OK;
}

enum rp_code rp__sweep_oracles_load(
    struct rp__sweep_oracles **out, const char *path, struct rp_err *err)
{
    struct rp__sweep_oracles *o = rp_mem_zalloc(sizeof(*o));
    struct rp_json_options options = RP_JSON_OPTIONS_INIT;
    struct rp_json_error error;
    size_t len = 0;
    o->path = path;
    o->arena = rp_arena_new(0);
    options.comments = true;
    enum rp_code rc = rp__file_read(&o->text, &len, path, BYTES_MAX, err);
    if (rc == RP_OK) {
        rc = find_folder(o, path, err);
    }
    if (rc == RP_OK) {
        rc = rp_json_read(
            &o->doc, (struct rp_str){o->text, len}, &options, &error);
        if (rc != RP_OK) {
            (void)rp_err_set(err, rc, "%s:%u:%u: %s", rp__file_name(path),
                error.place.line, error.place.column, error.message);
        }
    }
    if (rc == RP_OK) {
        rc = read_all(o, err);
    }
    if (rc == RP_OK) {
        *out = o;
    } else {
        rp__sweep_oracles_free(&o);
    }
    return rc;
}

void rp__sweep_oracles_free(struct rp__sweep_oracles **oracles)
{
    struct rp__sweep_oracles *o = *oracles;
    if (o == NULL) {
        return;
    }
    for (uint32_t i = 0; i < o->count; i++) {
        rp_schema_free(&o->items[i].when);
        rp_schema_free(&o->items[i].check);
        rp_schema_free(&o->items[i].sometimes);
    }
    rp_json_free(&o->doc);
    rp_arena_free(&o->arena);
    rp_mem_free(o->text);
    rp_mem_free(o);
    *oracles = NULL;
}

/* ---- the document of a scenario ---- */

static cJSON *reasons_of(const struct rp_sweep_task *task)
{
    cJSON *reasons = cJSON_CreateArray();
    for (uint32_t i = 0; i < task->attempt_count; i++) {
        cJSON_AddItemToArray(
            reasons, rp_json_new_string(
                         rp_str_of(rp_reason_name(task->attempts[i].reason))));
    }
    return reasons;
}

static cJSON *tasks_of(const struct rp_sweep_trace *trace)
{
    cJSON *tasks = cJSON_CreateObject();
    for (uint32_t i = 0; i < trace->task_count; i++) {
        const struct rp_sweep_task *task = &trace->tasks[i];
        cJSON *entry = cJSON_CreateObject();
        rp_json_set_text(
            entry, "status", rp_str_of(rp_task_status_name(task->status)));
        rp_json_set_int(entry, "attempts", task->attempt_count);
        rp_json_set(entry, "reasons", reasons_of(task));
        rp_json_set_str(tasks, rp_str_of(task->path), entry);
    }
    return tasks;
}

/* The envelope, and what a sweep knows besides. */
static cJSON *document_of(
    const struct rp_sweep_case *c, const struct rp_sweep_trace *trace)
{
    struct rp_json_doc *envelope = NULL;
    cJSON *rules = cJSON_CreateArray();
    if (trace->envelope == NULL ||
        rp_json_read(&envelope, rp_str_of(trace->envelope), NULL, NULL) !=
            RP_OK) {
        cJSON_Delete(rules);
        return NULL;
    }
    cJSON *doc = rp_json_copy(rp_json_root(envelope));
    rp_json_free(&envelope);
    for (uint32_t i = 0; i < c->rule_count; i++) {
        cJSON_AddItemToArray(rules, rp_json_new_string(rp_str_of(c->rules[i])));
    }
    rp_json_set(doc, "rules", rules);
    rp_json_set_text(
        doc, "verdict", rp_str_of(rp_verdict_name(c->judgement.verdict)));
    rp_json_set_text(
        doc, "headline", rp_str_of(rp_verdict_headline(c->judgement.verdict)));
    rp_json_set(doc, "tasks", tasks_of(trace));
    return doc;
}

/* ---- judging ---- */

struct judging {
    struct rp__sweep_oracles *oracles;
    struct rp_sweep *sweep;
    struct rp_sweep_case *c;
    struct rp_json_doc *doc; /* as it is read: with an index, and exact */
    struct rp_str text;
    uint32_t *inconclusive;
    char detail[512];
};

static void note_violation(
    void *context, const struct rp_schema_violation *violation)
{
    struct judging *j = context;
    if (j->detail[0] == '\0') {
        (void)snprintf(j->detail, sizeof(j->detail), "%s: %s",
            violation->instance_pointer[0] == '\0'
                ? "the scenario"
                : violation->instance_pointer,
            violation->message);
    }
}

static void find(struct judging *j, const struct oracle *oracle)
{
    struct rp_arena *arena = j->sweep->arena;
    struct rp_sweep_finding finding = {RP_GAP_ORACLE,
        rp_arena_dup(arena, rp_str_of(oracle->id)),
        rp_arena_dup(arena, rp_str_of(j->detail))};
    rp_sweep_add_finding(j->sweep, j->c, &finding);
}

static bool holds(struct judging *j, const struct rp_schema *schema)
{
    bool valid = false;
    j->detail[0] = '\0';
    enum rp_code rc = rp_schema_judge(
        schema, rp_json_root(j->doc), &valid, 1, note_violation, j, NULL);
    return rc == RP_OK && valid;
}

static enum rp_code judge_program(
    struct judging *j, const struct oracle *oracle, struct rp_err *err)
{
    enum rp__program_verdict verdict;
    char said[RP__PROGRAM_SAID_MAX];
    enum rp_code rc = rp__program_judge(
        &verdict, said, oracle->argv, j->oracles->folder, j->text, err);
    if (rc != RP_OK) {
        return rc;
    }
    (void)snprintf(j->detail, sizeof(j->detail), "%s",
        said[0] == '\0' ? "it exited with 1" : said);
    if (verdict == RP__PROGRAM_FAIL) {
        find(j, oracle);
    }
    *j->inconclusive += verdict == RP__PROGRAM_INCONCLUSIVE ? 1 : 0;
    return RP_OK;
}

static enum rp_code judge_one(
    struct judging *j, struct oracle *oracle, struct rp_err *err)
{
    if (oracle->when != NULL && !holds(j, oracle->when)) {
        return RP_OK;
    }
    if (oracle->sometimes != NULL) {
        oracle->held += holds(j, oracle->sometimes) ? 1 : 0;
    } else if (oracle->check != NULL) {
        if (!holds(j, oracle->check)) {
            find(j, oracle);
        }
    } else {
        return judge_program(j, oracle, err);
    }
    return RP_OK;
}

static enum rp_code judge_case(struct judging *j, struct rp_err *err)
{
    struct rp_buf text;
    cJSON *doc = document_of(j->c, &j->sweep->rig.trace);
    enum rp_code rc = RP_OK;
    if (doc == NULL) {
        return RP_OK; /* it did not come to an end: there is nothing to judge */
    }
    rp_buf_init(&text, DOCUMENT_BYTES_MAX);
    rp_json_write_text(&text, doc);
    cJSON_Delete(doc);
    j->text = rp_buf_str(&text);
    if (rp_json_read(&j->doc, j->text, NULL, NULL) == RP_OK) {
        for (uint32_t i = 0; i < j->oracles->count && rc == RP_OK; i++) {
            rc = judge_one(j, &j->oracles->items[i], err);
        }
    }
    rp_json_free(&j->doc);
    rp_buf_fini(&text);
    return rc;
}

static bool was_played(const struct rp_sweep_case *c)
{
    return c->judgement.verdict != RP_VERDICT_PRUNED &&
           c->judgement.verdict != RP_VERDICT_NEEDS_LIVE &&
           c->judgement.verdict != RP_VERDICT_HARNESS;
}

/* What should hold at least once, and never did. */
static void find_unseen(struct judging *j)
{
    for (uint32_t i = 0; i < j->oracles->count; i++) {
        const struct oracle *oracle = &j->oracles->items[i];
        if (oracle->sometimes != NULL && oracle->held == 0) {
            (void)snprintf(j->detail, sizeof(j->detail),
                "it should hold in some scenario, and holds in none");
            j->c = NULL;
            find(j, oracle);
        }
    }
}

enum rp_code rp__sweep_oracles_judge(struct rp__sweep_oracles *oracles,
    struct rp_sweep *sweep, uint32_t *inconclusive, struct rp_err *err)
{
    struct judging j = {
        .oracles = oracles, .sweep = sweep, .inconclusive = inconclusive};
    enum rp_code rc = RP_OK;
    *inconclusive = 0;
    for (uint32_t i = 0; i < sweep->case_count && rc == RP_OK; i++) {
        j.c = sweep->cases[i];
        if (was_played(j.c) &&
            rp_sweep_rig_whole(&sweep->rig, j.c->rules, j.c->rule_count)) {
            rc = judge_case(&j, err);
        }
    }
    if (rc == RP_OK) {
        find_unseen(&j);
    }
    return rc;
}
