/* plan_exec.c - how an agent's process is started, and what it must echo. */
#include "plan_reader.h"

#include <stdlib.h>
#include <string.h>

#include <reprise/limits.h>

/* Whether a string can be an argument: no U+0000, which is held as C0 80. */
static bool is_argument(struct rp__plan_reader *reader, const cJSON *value)
{
    if (strstr(value->valuestring, "\xC0\x80") == NULL) {
        return true;
    }
    rp__plan_problem(
        reader, value, NULL, "what a process is given cannot hold U+0000");
    return false;
}

static bool has_reference(const cJSON *value)
{
    return strstr(value->valuestring, "${{") != NULL;
}

void rp__plan_read_exec(struct rp__plan_reader *reader, const cJSON *value,
    void *target, const struct rp__plan_field *field)
{
    size_t bytes = 0;
    bool good = value->child != NULL;
    for (const cJSON *it = value->child; it != NULL; it = it->next) {
        if (!rp__plan_type_is(reader, it, RP__PLAN_STRING, field->hint) ||
            !is_argument(reader, it)) {
            good = false;
            continue;
        }
        bytes += strlen(it->valuestring) + 1 + sizeof(char *);
        if (it != value->child) {
            rp__plan_agent_text_check(reader, it);
        } else if (it->valuestring[0] == '\0' || has_reference(it)) {
            rp__plan_problem(
                reader, it, field->hint, "the program must be named as it is");
            good = false;
        }
    }
    if (value->child == NULL) {
        rp__plan_problem(reader, value, field->hint, "\"exec\" is empty");
    } else if (bytes > RP_ARG_BYTES_MAX) {
        rp__plan_problem(reader, value, "give it as the input",
            "the arguments take more than %u KiB", RP_ARG_BYTES_MAX >> 10);
    } else if (good) {
        *(const cJSON **)target = value;
    }
}

static bool env_name_is_free(struct rp__plan_reader *reader, const cJSON *entry)
{
    struct rp_str name = rp_str_of(entry->string);
    RP_ASSERT(name.ptr != NULL); /* of an object's member */
    size_t letters = strspn(name.ptr,
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz_0123456789");
    if (name.len == 0 || letters < name.len ||
        (name.ptr[0] >= '0' && name.ptr[0] <= '9')) {
        rp__plan_problem_name(reader, entry, "letters, digits and '_'",
            "%s is not a name of a variable",
            rp__plan_shown_text(reader, name));
        return false;
    }
    if (rp_str_starts(name, RP_STR("REPRISE_")) ||
        rp_str_is(name, "TRACEPARENT") || rp_str_is(name, "TRACESTATE")) {
        rp__plan_problem_name(reader, entry, "take another name",
            "\"%s\" is set by reprise itself", entry->string);
        return false;
    }
    return true;
}

struct env_source {
    const char *pass, *secret;
};
static const struct rp__plan_field env_fields[] = {
    {"pass", RP__PLAN_STRING, false, rp__plan_read_text,
        offsetof(struct env_source, pass), NULL, "write a variable's name"},
    {"secret", RP__PLAN_STRING, false, rp__plan_read_text,
        offsetof(struct env_source, secret), NULL, "write a variable's name"},
};
static const struct rp__plan_shape env_shape = {
    "a variable", env_fields, RP_COUNT_OF(env_fields)};

static void read_env_entry(
    struct rp__plan_reader *reader, const cJSON *entry, struct rp_plan_env *out)
{
    const char *hint =
        "write \"text\", { \"pass\": \"VAR\" } or { \"secret\": \"VAR\" }";
    out->name = rp_arena_dup(reader->arena, rp_str_of(entry->string));
    (void)env_name_is_free(reader, entry);
    if (!rp__plan_type_is(
            reader, entry, RP__PLAN_STRING | RP__PLAN_OBJECT, hint)) {
        return;
    }
    if (cJSON_IsString(entry)) {
        out->kind = RP_ENV_TEMPLATE;
        out->value = entry;
        (void)is_argument(reader, entry);
        rp__plan_agent_text_check(reader, entry);
        return;
    }
    struct env_source source = {NULL, NULL};
    uint32_t before = reader->problems->count;
    (void)rp__plan_shape_read(reader, &env_shape, entry, &source);
    if (reader->problems->count > before) {
        return; /* one mistake, one problem */
    }
    if ((source.pass == NULL) == (source.secret == NULL)) {
        rp__plan_problem(
            reader, entry, hint, "a variable has exactly one source");
        return;
    }
    out->kind = source.pass != NULL ? RP_ENV_PASS : RP_ENV_SECRET;
    out->from = source.pass != NULL ? source.pass : source.secret;
    if (out->from[0] == '\0' || strpbrk(out->from, "=\xC0") != NULL) {
        rp__plan_problem(reader, entry->child, NULL,
            "%s is not a name of a variable",
            rp__plan_shown(reader, entry->child));
    }
}

void rp__plan_read_env(struct rp__plan_reader *reader, const cJSON *value,
    void *target, const struct rp__plan_field *field)
{
    (void)field;
    struct rp__plan_draft *draft = target;
    uint32_t count = 0;
    const cJSON **members = rp__plan_members_sorted(reader, value, &count);
    struct rp_plan_env *env =
        rp_arena_array(reader->arena, count, sizeof(*env));
    for (uint32_t i = 0; i < count; i++) {
        read_env_entry(reader, members[i], &env[i]);
    }
    draft->agent.env = env;
    draft->agent.env_count = count;
}

void rp__plan_read_cwd(struct rp__plan_reader *reader, const cJSON *value,
    void *target, const struct rp__plan_field *field)
{
    (void)field;
    struct rp__plan_draft *draft = target;
    const char *text = value->valuestring;
    if (text[0] == '\0' || strlen(text) > RP_PATH_LEN_MAX ||
        has_reference(value) || !is_argument(reader, value)) {
        rp__plan_problem(reader, value,
            "write a directory, relative to the plan's or absolute",
            "%s is not a directory's name", rp__plan_shown(reader, value));
        return;
    }
    draft->source.cwd = rp_arena_dup(reader->arena, rp_str_of(text));
    draft->agent.cwd = text[0] == '/' ? draft->source.cwd
                                      : rp_arena_printf(reader->arena, "%s/%s",
                                            reader->whole->plan.dir, text);
}

static rp__plan_read_value read_echo;
static const struct rp__plan_field contract_fields[] = {
    {"echo", RP__PLAN_STRING | RP__PLAN_ARRAY, true, read_echo, 0, NULL,
        "write \"/patient/id\" or a list of such pointers"},
};
static const struct rp__plan_shape contract_shape = {
    "\"contract\"", contract_fields, RP_COUNT_OF(contract_fields)};

void rp__plan_read_agent_contract(struct rp__plan_reader *reader,
    const cJSON *value, void *target, const struct rp__plan_field *field)
{
    (void)field;
    (void)rp__plan_shape_read(reader, &contract_shape, value, target);
}

static void read_echo(struct rp__plan_reader *reader, const cJSON *value,
    void *target, const struct rp__plan_field *field)
{
    struct rp__plan_draft *draft = target;
    const cJSON *first = cJSON_IsArray(value) ? value->child : value;
    uint32_t room =
        cJSON_IsArray(value) ? (uint32_t)cJSON_GetArraySize(value) : 1;
    const char **pointers =
        rp_arena_array(reader->arena, room, sizeof(*pointers));
    uint32_t count = 0;
    for (const cJSON *it = first; it != NULL && count < room; it = it->next) {
        if (rp__plan_type_is(reader, it, RP__PLAN_STRING, field->hint)) {
            rp__plan_read_pointer(reader, it, &pointers[count++], field);
        } else {
            room--;
        }
    }
    draft->agent.echo = pointers;
    draft->agent.echo_count = count;
}

/* --- the program -------------------------------------------------------- */

static void thaw_program(struct rp__plan_reader *reader, const cJSON *at,
    struct rp__plan_program *program)
{
    const cJSON *all = rp_json_get(reader->frozen, "executables");
    const cJSON *entry = rp_json_get(all, program->name);
    const cJSON *path = rp_json_get(entry, "path");
    const cJSON *mtime = rp_json_get(entry, "mtime_ns");
    char *end = NULL;
    if (cJSON_IsString(mtime)) {
        program->mtime_ns = strtoll(mtime->valuestring, &end, 10);
    }
    const cJSON *size = rp_json_get(entry, "size");
    if (!cJSON_IsString(path) || size == NULL ||
        !rp_json_int64(size, &program->size_bytes) || end == NULL ||
        end == mtime->valuestring || *end != '\0') {
        rp__plan_problem(reader, at, NULL,
            "the frozen plan does not say what %s was",
            rp__plan_shown(reader, at));
        return;
    }
    program->path = rp_arena_dup(reader->arena, rp_str_of(path->valuestring));
}

static void resolve_program(struct rp__plan_reader *reader, const cJSON *at,
    struct rp__plan_program *program)
{
    char path[RP_PATH_LEN_MAX * 2] = "";
    struct rp_err err = RP_ERR_INIT;
    enum rp_code rc =
        reader->files->resolve(reader->files->context, program->name, path,
            sizeof(path), &program->size_bytes, &program->mtime_ns, &err);
    if (rc == RP_OK) {
        program->path = rp_arena_dup(reader->arena, rp_str_of(path));
        return;
    }
    const char *shown = rp__plan_shown(reader, at);
    bool bare = strchr(program->name, '/') == NULL;
    if (rc != RP_E_NOT_FOUND) {
        rp__plan_problem(
            reader, at, NULL, "cannot run %s: %s", shown, err.text);
    } else if (bare) {
        rp__plan_problem(reader, at,
            "a program beside the plan is written \"./name\"",
            "no executable %s on PATH", shown);
    } else {
        rp__plan_problem(reader, at, NULL, "no executable %s in %s", shown,
            reader->whole->plan.dir);
    }
}

static const struct rp__plan_program *program_named(
    struct rp__plan_reader *reader, const cJSON *at)
{
    struct rp__plan_program *known = reader->whole->programs;
    while (known != NULL && strcmp(known->name, at->valuestring) != 0) {
        known = known->next;
    }
    if (known != NULL && known->path != NULL) {
        return known;
    }
    struct rp__plan_program *program =
        rp_arena_alloc(reader->arena, sizeof(*program));
    program->name = rp_arena_dup(reader->arena, rp_str_of(at->valuestring));
    if (reader->frozen != NULL) {
        thaw_program(reader, at, program);
    } else {
        resolve_program(reader, at, program);
    }
    if (known == NULL) { /* a failure is reported wherever it is used */
        program->next = reader->whole->programs;
        reader->whole->programs = program;
    }
    return program;
}

void rp__plan_find_program(
    struct rp__plan_reader *reader, struct rp__plan_draft *draft)
{
    const struct rp__plan_program *program =
        program_named(reader, draft->agent.exec->child);
    draft->agent.program = program->path;
    draft->agent.program_size_bytes = program->size_bytes;
    draft->agent.program_mtime_ns = program->mtime_ns;
}
