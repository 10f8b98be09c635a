/* plan_read.c - from bytes to a plan: parse, read, freeze, read again.
 *
 * What a plan holds always comes from its frozen form: a plan that was written
 * by hand is read to be checked, frozen, and read from that. So a session that
 * starts from a file and one that starts from what was recorded are the same.
 */
#include "plan_reader.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <reprise/id.h>
#include <reprise/limits.h>

/* Key form sorts "$" before every key of a plan. */
#define FROZEN_BEGINS "{\"$frozen\":"

static rp__plan_read_value read_version, read_name, read_budget, read_reserve;

/* --- tables ------------------------------------------------------------- */

static const struct rp__plan_range concurrency_range = {1, RP_CONCURRENCY_MAX};
static const struct rp__plan_range attempts_range = {
    1, RP_SESSION_ATTEMPTS_MAX};
static const struct rp__plan_span wall_span = {.off = true};

static const struct rp__plan_field reserve_fields[] = {
    {"synthesis", RP__PLAN_STRING, true, read_reserve, 0, NULL,
        "write a share, as \"20%\""},
};
static const struct rp__plan_shape reserve_shape = {
    "\"reserve\"", reserve_fields, RP_COUNT_OF(reserve_fields)};

static rp__plan_read_value read_reserves;
static const struct rp__plan_field budget_fields[] = {
    {"wall", RP__PLAN_STRING, false, rp__plan_read_duration,
        offsetof(struct rp_plan_budget, wall), &wall_span,
        RP__PLAN_HINT_DURATION},
    {"attempts", RP__PLAN_NUMBER, false, rp__plan_read_count,
        offsetof(struct rp_plan_budget, attempts), &attempts_range, NULL},
    {"reserve", RP__PLAN_OBJECT, false, read_reserves,
        offsetof(struct rp_plan_budget, reserve_permille), NULL,
        "write { \"synthesis\": \"20%\" }"},
};
static const struct rp__plan_shape budget_shape = {
    "\"budget\"", budget_fields, RP_COUNT_OF(budget_fields)};

#define AT(member) offsetof(struct rp__plan_whole, member)
#define HINT_SCHEMA "write a JSON Schema"

static const struct rp__plan_field plan_fields[] = {
    {"reprise", RP__PLAN_NUMBER, true, read_version, 0, NULL,
        "write \"reprise\": 1"},
    {"name", RP__PLAN_STRING, true, read_name, AT(plan.name), NULL,
        "write \"name\": \"my-plan\""},
    {"description", RP__PLAN_STRING, false, rp__plan_read_text, AT(description),
        NULL, NULL},
    {"$schema", RP__PLAN_STRING, false, rp__plan_read_nothing, 0, NULL, NULL},
    {"defaults", RP__PLAN_OBJECT, false, rp__plan_read_defaults, 0, NULL, NULL},
    {"input", RP__PLAN_OBJECT | RP__PLAN_BOOL, false, rp__plan_read_contract,
        AT(input), NULL, HINT_SCHEMA},
    {"output", RP__PLAN_OBJECT | RP__PLAN_BOOL, false, rp__plan_read_contract,
        AT(output), NULL, HINT_SCHEMA},
    {"budget", RP__PLAN_OBJECT, false, read_budget, AT(plan.budget), NULL,
        "write { \"wall\": \"60s\" }"},
    {"concurrency", RP__PLAN_NUMBER, false, rp__plan_read_count,
        AT(plan.concurrency), &concurrency_range, NULL},
    {"agents", RP__PLAN_OBJECT, true, rp__plan_read_agents, 0, NULL,
        "write { \"name\": { \"exec\": [\"./worker\"] } }"},
    {"flow", RP__PLAN_OBJECT, true, rp__plan_read_flow, 0, NULL,
        "write { \"agent\": \"name\" }"},
    {"$frozen", RP__PLAN_OBJECT, false, rp__plan_read_nothing, 0, NULL, NULL},
};
static const struct rp__plan_shape plan_shape = {
    "a plan", plan_fields, RP_COUNT_OF(plan_fields) - 1};
static const struct rp__plan_shape frozen_shape = {
    "a frozen plan", plan_fields, RP_COUNT_OF(plan_fields)};

/* --- the plan ----------------------------------------------------------- */

#define CONCURRENCY_DEFAULT 8

static bool begins_frozen(struct rp_str bytes)
{
    return rp_str_starts(bytes, RP_STR(FROZEN_BEGINS));
}

static enum rp_code parse(struct rp__plan_reader *reader)
{
    struct rp_json_options options = RP_JSON_OPTIONS_INIT;
    bool frozen = begins_frozen(reader->bytes);
    options.bytes_max = frozen ? RP_PLAN_FROZEN_BYTES_MAX : RP_PLAN_BYTES_MAX;
    options.depth_max =
        frozen ? RP_PLAN_DEPTH_MAX + RP_PLAN_NEST_MAX : RP_PLAN_DEPTH_MAX;
    options.duplicates = RP_JSON_DUPLICATES_REFUSE;
    options.comments = true;
    struct rp_json_error error = {0};
    enum rp_code rc =
        rp_json_read(&reader->whole->doc, reader->bytes, &options, &error);
    if (rc != RP_OK) {
        rp__plan_problem_syntax(reader, &error);
        return rc;
    }
    reader->root = rp_json_root(reader->whole->doc);
    if (frozen) {
        reader->frozen = rp_json_get(reader->root, "$frozen");
    }
    return RP_OK;
}

/* The directory that relative names start from. */
static void read_dir(struct rp__plan_reader *reader, const char *dir)
{
    const cJSON *frozen_dir = rp_json_get(reader->frozen, "dir");
    if (cJSON_IsString(frozen_dir)) {
        dir = frozen_dir->valuestring;
    }
    if (reader->frozen != NULL &&
        (dir == NULL || !cJSON_IsString(frozen_dir) || dir[0] != '/')) {
        rp__plan_problem(reader, reader->frozen, NULL,
            "the frozen plan does not say what its directory was");
    }
    reader->whole->plan.dir =
        rp_arena_dup(reader->arena, rp_str_of(dir != NULL ? dir : "/"));
}

/* The default input: at the top of the input's schema, or of the file that
 * the schema names. */
static void read_default_input(struct rp__plan_reader *reader)
{
    const struct rp__plan_contract *contract = reader->whole->input;
    if (contract == NULL) {
        return;
    }
    const cJSON *value = rp_json_get(contract->node, "default");
    const cJSON *at = NULL;
    if (value == NULL && rp_json_get(contract->node, "$ref") != NULL &&
        contract->file_count > 0) {
        value = rp_json_get(contract->files[0]->root, "default");
        at = contract->node;
    }
    if (value != NULL) {
        reader->whole->plan.input_default = value;
        rp__plan_contract_judge(reader, contract, value, at,
            "the default input breaks its own schema");
    }
}

static void read_all(struct rp__plan_reader *reader)
{
    struct rp__plan_whole *whole = reader->whole;
    whole->plan.concurrency = CONCURRENCY_DEFAULT;
    whole->plan.budget.wall = RP_DURATION_FOREVER;
    rp__plan_defaults_init(reader);
    if (!rp__plan_shape_read(reader,
            reader->frozen != NULL ? &frozen_shape : &plan_shape, reader->root,
            whole)) {
        return;
    }
    whole->plan.input = whole->input != NULL ? whole->input->schema : NULL;
    whole->plan.output = whole->output != NULL ? whole->output->schema : NULL;
    read_default_input(reader);
    rp__plan_references_check(reader);
}

/* One pass: bytes to a whole plan that is not frozen yet, or problems. */
static enum rp_code read_pass(struct rp__plan_whole *whole, struct rp_str bytes,
    const char *dir, const struct rp_plan_files *files,
    struct rp_plan_problems *problems)
{
    struct rp__plan_reader reader = {
        .whole = whole,
        .arena = whole->arena,
        .bytes = bytes,
        .files = files,
        .problems = problems,
    };
    enum rp_code rc = parse(&reader);
    if (rc != RP_OK) {
        return rc;
    }
    read_dir(&reader, dir);
    if (reader.frozen == NULL && files == NULL) {
        rp__plan_problem(
            &reader, reader.root, NULL, "this is not a frozen plan");
        return RP_E_INVALID;
    }
    if (problems->count == 0) {
        read_all(&reader);
    }
    rp__plan_problems_sort(problems);
    return problems->count > 0 ? RP_E_INVALID : RP_OK;
}

static struct rp__plan_whole *whole_new(void)
{
    struct rp__plan_whole *whole = rp_mem_zalloc(sizeof(*whole));
    whole->arena = rp_arena_new(0);
    return whole;
}

static void whole_free(struct rp__plan_whole *whole)
{
    if (whole == NULL) {
        return;
    }
    for (struct rp__plan_contract *it = whole->contracts; it != NULL;
         it = it->next) {
        rp_schema_free(&it->schema);
    }
    for (struct rp__plan_file *it = whole->files; it != NULL; it = it->next) {
        rp_json_free(&it->doc);
    }
    rp_json_free(&whole->doc);
    rp_arena_free(&whole->arena);
    rp_mem_free(whole);
}

/* Places are those in the text that a person wrote. */
static void take_places(
    const struct rp_plan_node *to, const struct rp_plan_node *from)
{
    struct rp_plan_node *node = (struct rp_plan_node *)(uintptr_t)to;
    RP_ASSERT(to->child_count == from->child_count);
    node->place = from->place;
    for (uint32_t i = 0; i < to->child_count; i++) {
        take_places(to->children[i], from->children[i]);
    }
}

static enum rp_code freeze(
    struct rp__plan_whole *whole, struct rp_plan_problems *problems)
{
    rp__plan_specify(whole);
    if (rp__plan_freeze(whole)) {
        return RP_OK;
    }
    struct rp__plan_reader reader = {.problems = problems};
    struct rp_json_error error = {.place = {0, 1, 1}};
    (void)snprintf(error.message, sizeof(error.message),
        "with every file it refers to the plan takes more than %u MiB",
        RP_PLAN_FROZEN_BYTES_MAX >> 20);
    rp__plan_problem_syntax(&reader, &error);
    return RP_E_LIMIT;
}

/* Replaces `*whole` by what its frozen form says. */
static enum rp_code read_frozen(
    struct rp__plan_whole **whole, struct rp_plan_problems *problems)
{
    struct rp__plan_whole *written = *whole;
    struct rp__plan_whole *thawed = whole_new();
    enum rp_code rc =
        read_pass(thawed, written->plan.frozen, NULL, NULL, problems);
    if (rc == RP_OK) {
        rc = freeze(thawed, problems);
    }
    if (rc == RP_OK) {
        RP_ASSERT(rp_digest_equal(&thawed->plan.digest, &written->plan.digest));
        take_places(thawed->plan.flow, written->plan.flow);
        *whole = thawed;
        thawed = written;
    }
    whole_free(thawed);
    return rc;
}

static void sum_up(struct rp_err *err, enum rp_code rc,
    const struct rp_plan_problems *problems)
{
    if (problems->count > 0) {
        const struct rp_plan_problem *first = &problems->items[0];
        (void)rp_err_set(err, rc,
            "reading the plan: line %u, column %u: %s%s%s", first->place.line,
            first->place.column, first->path,
            first->path[0] != '\0' ? ": " : "", first->message);
    }
}

enum rp_code rp_plan_read(struct rp_plan **out, struct rp_str bytes,
    const char *dir, const struct rp_plan_files *files,
    struct rp_plan_problems *problems, struct rp_err *err)
{
    RP_ASSERT(out != NULL);
    RP_ASSERT(problems != NULL);
    struct rp__plan_whole *whole = whole_new();
    enum rp_code rc = read_pass(whole, bytes, dir, files, problems);
    if (rc == RP_OK) {
        rc = freeze(whole, problems);
    }
    if (rc == RP_OK && !rp_str_equal(bytes, whole->plan.frozen)) {
        rc = read_frozen(&whole, problems);
    }
    if (rc == RP_OK) {
        *out = &whole->plan;
        return RP_OK;
    }
    sum_up(err, rc, problems);
    whole_free(whole);
    return rc;
}

void rp_plan_free(struct rp_plan **plan)
{
    if (plan != NULL && *plan != NULL) {
        whole_free(RP_CONTAINER_OF(*plan, struct rp__plan_whole, plan));
        *plan = NULL;
    }
}

const struct rp_plan_agent *rp_plan_agent(
    const struct rp_plan *plan, struct rp_str name)
{
    uint32_t low = 0;
    uint32_t high = plan->agent_count;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        int order = rp_str_compare(rp_str_of(plan->agents[middle].name), name);
        if (order == 0) {
            return &plan->agents[middle];
        }
        if (order < 0) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return NULL;
}

/* --- readers of single keys --------------------------------------------- */

static void read_version(struct rp__plan_reader *reader, const cJSON *value,
    void *target, const struct rp__plan_field *field)
{
    (void)target;
    int64_t version = 0;
    if (!rp_json_int64(value, &version) || version != RP_PLAN_VERSION) {
        rp__plan_problem(reader, value, field->hint,
            "%s is not a version of plans that this program knows",
            rp__plan_shown(reader, value));
    }
}

static void read_name(struct rp__plan_reader *reader, const cJSON *value,
    void *target, const struct rp__plan_field *field)
{
    rp__plan_read_text(reader, value, target, field);
    if (!rp_name_valid(rp_str_of(value->valuestring))) {
        rp__plan_problem(reader, value, RP__PLAN_HINT_NAME, "%s is not a name",
            rp__plan_shown(reader, value));
    }
}

static void read_budget(struct rp__plan_reader *reader, const cJSON *value,
    void *target, const struct rp__plan_field *field)
{
    (void)field;
    (void)rp__plan_shape_read(reader, &budget_shape, value, target);
}

static void read_reserves(struct rp__plan_reader *reader, const cJSON *value,
    void *target, const struct rp__plan_field *field)
{
    (void)field;
    (void)rp__plan_shape_read(reader, &reserve_shape, value, target);
}

#define RESERVE_PERMILLE_MAX 900

/* "20%" or "12.5%", in thousandths. */
static bool parse_percent(const char *text, uint32_t *permille)
{
    size_t digits = strspn(text, "0123456789");
    const char *rest = text + digits;
    if (digits == 0 || digits > 3) {
        return false;
    }
    uint32_t value = 0;
    for (size_t i = 0; i < digits; i++) {
        value = value * 10 + (uint32_t)(text[i] - '0');
    }
    value *= 10;
    if (rest[0] == '.' && rest[1] >= '0' && rest[1] <= '9') {
        value += (uint32_t)(rest[1] - '0');
        rest += 2;
    }
    *permille = value;
    return strcmp(rest, "%") == 0;
}

static void read_reserve(struct rp__plan_reader *reader, const cJSON *value,
    void *target, const struct rp__plan_field *field)
{
    uint32_t permille = 0;
    if (!parse_percent(value->valuestring, &permille)) {
        rp__plan_problem(reader, value, field->hint, "%s is not a share",
            rp__plan_shown(reader, value));
    } else if (permille > RESERVE_PERMILLE_MAX) {
        rp__plan_problem(reader, value, "write at most \"90%\"",
            "%s leaves too little for everything else",
            rp__plan_shown(reader, value));
    } else {
        *(uint32_t *)target = permille;
    }
}
