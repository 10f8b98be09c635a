/* plan_contract.c - schemas and the files they refer to.
 *
 * A schema of a plan stands at file:///DIR/plan.json, so that "$ref" is
 * relative to the plan's directory. A file that it names is read once, checked
 * as strictly as a plan, and kept for freezing.
 */
#include "plan_reader.h"

#include <string.h>

#include <reprise/limits.h>

#define FILE_SCHEME "file://"

static bool is_unreserved(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
           (c >= '0' && c <= '9') || strchr("-._~/", c) != NULL;
}

static void add_base_uri(struct rp_buf *uri, const char *dir)
{
    rp_buf_add_text(uri, FILE_SCHEME);
    for (const char *c = dir; *c != '\0'; c++) {
        if (is_unreserved(*c)) {
            rp_buf_add_char(uri, *c);
        } else {
            rp_buf_addf(uri, "%%%02X", (unsigned)(unsigned char)*c);
        }
    }
    if (!rp_str_ends(rp_buf_str(uri), RP_STR("/"))) {
        rp_buf_add_char(uri, '/');
    }
    rp_buf_add_text(uri, "plan.json");
}

/* The path a file URI names; false for any other. */
static bool path_of(struct rp_buf *path, struct rp_str uri)
{
    struct rp_str scheme = RP_STR(FILE_SCHEME);
    if (!rp_str_starts(uri, scheme) || uri.len == scheme.len ||
        uri.ptr[scheme.len] != '/') {
        return false;
    }
    for (size_t i = scheme.len; i < uri.len; i++) {
        char c = uri.ptr[i];
        if (c == '%' && uri.len - i > 2 && rp_hex_digit(uri.ptr[i + 1]) >= 0 &&
            rp_hex_digit(uri.ptr[i + 2]) >= 0) {
            c = (char)(rp_hex_digit(uri.ptr[i + 1]) * 16 +
                       rp_hex_digit(uri.ptr[i + 2]));
            i += 2;
        }
        if (c == '\0' || c == '?') { /* no file is called so, or a query */
            return false;
        }
        rp_buf_add_char(path, c);
    }
    return !path->overflowed;
}

/* `path` seen from `dir`: both absolute, without dots. */
static void add_relative(
    struct rp_buf *name, struct rp_str path, struct rp_str dir)
{
    size_t common = 0;
    size_t i = 0;
    while (i < dir.len && i < path.len && dir.ptr[i] == path.ptr[i]) {
        common = dir.ptr[i] == '/' ? i + 1 : common;
        i++;
    }
    if (i == dir.len && (i == path.len || path.ptr[i] == '/')) {
        common = i < path.len ? i + 1 : i;
    }
    for (size_t j = common; j < dir.len; j++) {
        if (j == common || dir.ptr[j - 1] == '/') {
            rp_buf_add_text(name, "../");
        }
    }
    rp_buf_add(name, (struct rp_str){path.ptr + common, path.len - common});
}

static bool has_reference_to(const cJSON *member, const char *name)
{
    if (member->string == NULL || strcmp(member->string, "$ref") != 0 ||
        !cJSON_IsString(member)) {
        return false;
    }
    const char *text = member->valuestring;
    text += strncmp(text, "./", 2) == 0 ? 2 : 0;
    return strcspn(text, "#") == strlen(name) &&
           strncmp(text, name, strlen(name)) == 0;
}

/* Where the plan refers to the file `name`; `schema` itself if nowhere. */
static const cJSON *reference_to(const cJSON *schema, const char *name)
{
    for (const cJSON *it = schema->child; it != NULL; it = it->next) {
        if (has_reference_to(it, name)) {
            return it;
        }
        const cJSON *inside = reference_to(it, name);
        if (inside != it) {
            return inside;
        }
    }
    return schema;
}

static struct rp__plan_file *add_file(
    struct rp__plan_reader *reader, const char *name)
{
    struct rp__plan_file *file = rp_arena_alloc(reader->arena, sizeof(*file));
    file->name = rp_arena_dup(reader->arena, rp_str_of(name));
    file->next = reader->whole->files;
    reader->whole->files = file;
    reader->file_count++;
    return file;
}

/* Reads the text of a file into a document. */
static void parse_file(struct rp__plan_reader *reader, const cJSON *at,
    struct rp__plan_file *file, struct rp_str bytes)
{
    struct rp_json_options options = RP_JSON_OPTIONS_INIT;
    options.bytes_max = RP_PLAN_BYTES_MAX;
    options.depth_max = RP_PLAN_DEPTH_MAX;
    options.duplicates = RP_JSON_DUPLICATES_REFUSE;
    struct rp_json_error error = {0};
    if (rp_json_read(&file->doc, bytes, &options, &error) == RP_OK) {
        file->root = rp_json_root(file->doc);
        return;
    }
    rp__plan_problem(reader, at, error.hint[0] != '\0' ? error.hint : NULL,
        "%s:%u:%u: %s", file->name, error.place.line, error.place.column,
        error.message);
}

static void load_file(
    struct rp__plan_reader *reader, const cJSON *at, struct rp__plan_file *file)
{
    if (reader->frozen != NULL) {
        const cJSON *files = rp_json_get(reader->frozen, "files");
        file->root = rp_json_get(files, file->name);
        if (file->root == NULL) {
            rp__plan_problem(reader, at, NULL,
                "the frozen plan does not hold the file %s",
                rp__plan_shown_text(reader, rp_str_of(file->name)));
        }
        return;
    }
    struct rp_str bytes = {NULL, 0};
    struct rp_err err = RP_ERR_INIT;
    enum rp_code rc =
        reader->files->read(reader->files->context, file->name, &bytes, &err);
    if (rc == RP_E_NOT_FOUND) {
        rp__plan_problem(reader, at, NULL, "no file %s in %s",
            rp__plan_shown_text(reader, rp_str_of(file->name)),
            reader->whole->plan.dir);
    } else if (rc != RP_OK) {
        rp__plan_problem(reader, at, NULL, "cannot read %s: %s",
            rp__plan_shown_text(reader, rp_str_of(file->name)), err.text);
    } else if (reader->file_count > RP_PLAN_FILES_MAX ||
               bytes.len > RP_PLAN_FILES_BYTES_MAX - reader->file_bytes) {
        rp__plan_problem(reader, at, NULL,
            "schemas refer to more than %d files or %u MiB", RP_PLAN_FILES_MAX,
            RP_PLAN_FILES_BYTES_MAX >> 20);
    } else {
        reader->file_bytes += bytes.len;
        parse_file(reader, at, file, bytes);
    }
}

static const struct rp__plan_file *file_named(
    struct rp__plan_reader *reader, const char *name)
{
    struct rp__plan_file *file = reader->whole->files;
    while (file != NULL && strcmp(file->name, name) != 0) {
        file = file->next;
    }
    if (file == NULL) {
        file = add_file(reader, name);
        load_file(reader, reference_to(reader->compiling->node, name), file);
    }
    return file;
}

static void note_use(
    struct rp__plan_reader *reader, const struct rp__plan_file *file)
{
    struct rp__plan_contract *contract = reader->compiling;
    const struct rp__plan_file **files = rp_arena_array(
        reader->arena, contract->file_count + 1u, sizeof(*files));
    for (uint32_t i = 0; i < contract->file_count; i++) {
        files[i] = contract->files[i];
    }
    files[contract->file_count++] = file;
    contract->files = files;
}

/* rp_schema_files.find */
static const cJSON *find(void *context, struct rp_str uri)
{
    struct rp__plan_reader *reader = context;
    struct rp_buf path, name;
    rp_buf_init(&path, RP_PATH_LEN_MAX);
    rp_buf_init(&name, RP_PATH_LEN_MAX * 2);
    const struct rp__plan_file *file = NULL;
    if (path_of(&path, uri)) {
        add_relative(
            &name, rp_buf_str(&path), rp_str_of(reader->whole->plan.dir));
    }
    if (name.len > 0 && !name.overflowed) {
        file = file_named(reader, name.ptr);
        note_use(reader, file);
    }
    rp_buf_fini(&name);
    rp_buf_fini(&path);
    return file != NULL ? file->root : NULL;
}

/* Whether the compiler fails because a file could not be had, which was
 * reported when it was asked for. */
static bool lacks_file(const struct rp__plan_contract *contract)
{
    for (uint32_t i = 0; i < contract->file_count; i++) {
        if (contract->files[i]->root == NULL) {
            return true;
        }
    }
    return false;
}

/* The compiler begins its message with "in 'URI': " when the fault is in
 * another document than the one it was given. */
static void report_in_file(struct rp__plan_reader *reader,
    const struct rp__plan_contract *contract,
    const struct rp_schema_error *error)
{
    const char *message = strstr(error->message, "': ");
    const cJSON *at = contract->node;
    const char *name = error->message;
    for (uint32_t i = 0; i < contract->file_count; i++) {
        const struct rp__plan_file *file = contract->files[i];
        if (strstr(error->message, file->name) != NULL) {
            at = reference_to(contract->node, file->name);
            name = file->name;
        }
    }
    rp__plan_problem(reader, at, error->hint[0] != '\0' ? error->hint : NULL,
        "%s is not a valid schema: at \"%s\": %s", name, error->pointer,
        message != NULL ? message + strlen("': ") : error->message);
}

static void report_schema(struct rp__plan_reader *reader,
    const struct rp__plan_contract *contract,
    const struct rp_schema_error *error)
{
    if (strncmp(error->message, "in '", 4) == 0) {
        report_in_file(reader, contract, error);
        return;
    }
    const cJSON *at = rp_json_at(contract->node, rp_str_of(error->pointer));
    rp__plan_problem(reader, at != NULL ? at : contract->node,
        error->hint[0] != '\0' ? error->hint : NULL, "not a valid schema: %s",
        error->message);
}

static void compile(
    struct rp__plan_reader *reader, struct rp__plan_contract *contract)
{
    struct rp_buf base;
    rp_buf_init(&base, RP_PATH_LEN_MAX * 4);
    add_base_uri(&base, reader->whole->plan.dir);
    struct rp_schema_options options = {
        .base_uri = rp_buf_str(&base),
        .files = {find, reader},
    };
    struct rp_schema_error error = {0};
    reader->compiling = contract;
    enum rp_code rc =
        rp_schema_compile(&contract->schema, contract->node, &options, &error);
    reader->compiling = NULL;
    if (rc != RP_OK && !lacks_file(contract)) {
        report_schema(reader, contract, &error);
    }
    rp_buf_fini(&base);
}

/* The contract that stands at `node`, compiled once; never NULL. */
static const struct rp__plan_contract *contract_of(
    struct rp__plan_reader *reader, const cJSON *node)
{
    struct rp_digest key = rp_json_key_digest(node);
    struct rp__plan_contract *known = reader->whole->contracts;
    while (known != NULL && !rp_digest_equal(&known->key, &key)) {
        known = known->next;
    }
    if (known != NULL) {
        return known;
    }
    struct rp__plan_contract *contract =
        rp_arena_alloc(reader->arena, sizeof(*contract));
    contract->key = key;
    contract->node = node;
    contract->next = reader->whole->contracts;
    reader->whole->contracts = contract;
    compile(reader, contract);
    return contract;
}

void rp__plan_read_contract(struct rp__plan_reader *reader, const cJSON *value,
    void *target, const struct rp__plan_field *field)
{
    (void)field;
    *(const struct rp__plan_contract **)target = contract_of(reader, value);
}

struct verdict {
    struct rp__plan_reader *reader;
    const cJSON *value;
    const cJSON *at; /* NULL: in the value itself */
    const char *what;
};

/* rp_schema_report */
static void report_violation(
    void *context, const struct rp_schema_violation *violation)
{
    const struct verdict *self = context;
    const cJSON *at = self->at;
    if (at == NULL) {
        at = rp_json_at(self->value, rp_str_of(violation->instance_pointer));
    }
    rp__plan_problem(self->reader, at != NULL ? at : self->value, NULL,
        "%s: %s", self->what, violation->message);
}

void rp__plan_contract_judge(struct rp__plan_reader *reader,
    const struct rp__plan_contract *contract, const cJSON *value,
    const cJSON *at, const char *what)
{
    if (contract == NULL || contract->schema == NULL) {
        return;
    }
    struct verdict self = {reader, value, at, what};
    struct rp_err err = RP_ERR_INIT;
    bool valid = false;
    if (rp_schema_judge(contract->schema, value, &valid, RP_PLAN_ERRORS_MAX,
            report_violation, &self, &err) != RP_OK) {
        rp__plan_problem(
            reader, at != NULL ? at : value, NULL, "%s: %s", what, err.text);
    }
}
