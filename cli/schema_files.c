#include "schema_files.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include <reprise/limits.h>
#include <reprise/mem.h>

#include "excerpt.h"
#include "file.h"

#define FILES_MAX 256
#define URI_BYTES_MAX ((size_t)16 << 10)

struct schema_file {
    char *uri; /* without fragment */
    char *bytes;
    struct rp_json_doc *doc; /* NULL: it could not be read */
};

struct rp__schema_set {
    struct rp_schema *root;
    struct schema_file files[FILES_MAX]; /* the first is the root */
    uint32_t file_count;
    const char *path;
    struct rp_buf *report;
};

/* ---- file: URIs ---- */

static bool is_plain(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
           (c >= '0' && c <= '9') ||
           (c != '\0' && strchr("-._~/!$&'()*+,;=:@", c) != NULL);
}

static void add_file_uri(struct rp_buf *out, const char *absolute_path)
{
    rp_buf_add_text(out, "file://");
    for (const char *c = absolute_path; *c != '\0'; c++) {
        if (is_plain(*c)) {
            rp_buf_add_char(out, *c);
        } else {
            rp_buf_addf(out, "%%%02X", (unsigned)(unsigned char)*c);
        }
    }
}

static int hex_digit(char c)
{
    const char *digits = "0123456789abcdef";
    const char *at = strchr(digits, c >= 'A' && c <= 'F' ? c + 32 : c);
    return c == '\0' || at == NULL ? -1 : (int)(at - digits);
}

/* False if the URI names no file. */
static bool path_of_uri(struct rp_buf *out, struct rp_str uri)
{
    struct rp_str scheme = RP_STR("file://");
    if (!rp_str_starts(uri, scheme)) {
        return false;
    }
    for (size_t i = scheme.len; i < uri.len; i++) {
        char c = uri.ptr[i];
        if (c == '%' && i + 2 < uri.len) {
            int high = hex_digit(uri.ptr[i + 1]);
            int low = hex_digit(uri.ptr[i + 2]);
            if (high < 0 || low < 0 || high + low == 0) {
                return false;
            }
            c = (char)(high * 16 + low);
            i += 2;
        }
        rp_buf_add_char(out, c);
    }
    return out->len > 0 && out->ptr[0] == '/';
}

/* ---- documents ---- */

static void tell_syntax(struct rp__schema_set *set, const char *path,
    struct rp_str text, const struct rp_json_error *error)
{
    static const struct rp__style plain = {false, true};
    rp_buf_addf(set->report, "%s:%u:%u: error: not JSON: %s (byte %zu)\n",
        rp__file_name(path), error->place.line, error->place.column,
        error->message, error->place.byte);
    rp__excerpt_add(set->report, text, &error->place, 0, error->hint, &plain);
}

/* The file as the next of the set; false if it cannot be used, told. */
static bool add_file(
    struct rp__schema_set *set, const char *path, struct rp_str uri)
{
    struct rp_err err = RP_ERR_INIT;
    struct rp_json_error error;
    struct rp_json_options options = RP_JSON_OPTIONS_INIT;
    char *bytes = NULL;
    size_t len = 0;
    if (set->file_count == FILES_MAX) {
        rp_buf_addf(set->report, "%s: more than %d files\n", path, FILES_MAX);
        return false;
    }
    if (rp__file_read(&bytes, &len, path, RP__SCHEMA_BYTES_MAX, &err) !=
        RP_OK) {
        rp_buf_addf(set->report, "%s\n", err.text);
        return false;
    }
    struct schema_file *file = &set->files[set->file_count++];
    struct rp_str text = {bytes, len};
    file->uri = rp_mem_dup(uri);
    file->bytes = bytes;
    options.duplicates = RP_JSON_DUPLICATES_REFUSE;
    if (rp_json_read(&file->doc, text, &options, &error) != RP_OK) {
        tell_syntax(set, path, text, &error);
        return false;
    }
    return true;
}

static const cJSON *find(void *context, struct rp_str uri)
{
    struct rp__schema_set *set = context;
    for (uint32_t i = 0; i < set->file_count; i++) {
        const struct schema_file *file = &set->files[i];
        if (rp_str_is(uri, file->uri)) {
            return file->doc == NULL ? NULL : rp_json_root(file->doc);
        }
    }
    struct rp_buf path;
    rp_buf_init(&path, URI_BYTES_MAX);
    bool found = path_of_uri(&path, uri) && add_file(set, path.ptr, uri);
    rp_buf_fini(&path);
    return found ? rp_json_root(set->files[set->file_count - 1].doc) : NULL;
}

static void notice(void *context, const struct rp_schema_error *what)
{
    struct rp__schema_set *set = context;
    rp_buf_addf(set->report, "%s: note: %s: %s%s%s\n", rp__file_name(set->path),
        what->pointer[0] == '\0' ? "/" : what->pointer, what->message,
        what->hint[0] == '\0' ? "" : "; ", what->hint);
}

/* ---- the set ---- */

static void base_uri(struct rp_buf *out, const char *path)
{
    char absolute[PATH_MAX];
    bool input = strcmp(path, "-") == 0;
    if (realpath(input ? "." : path, absolute) != NULL) {
        add_file_uri(out, absolute);
        rp_buf_add_text(out, input ? "/-" : "");
    }
}

static enum rp_code compile(
    struct rp__schema_set *set, bool assert_format, struct rp_str uri)
{
    const struct schema_file *file = &set->files[0];
    struct rp_schema_error error;
    struct rp_schema_options options = {
        .base_uri = uri,
        .files = {find, set},
        .assert_format = assert_format,
        .notices = {notice, set},
    };
    enum rp_code rc = rp_schema_compile(
        &set->root, rp_json_root(file->doc), &options, &error);
    if (rc == RP_OK) {
        return RP_OK;
    }
    const cJSON *node =
        rp_json_at(rp_json_root(file->doc), rp_str_of(error.pointer));
    rp_buf_addf(set->report, "%s", rp__file_name(set->path));
    if (node != NULL) {
        struct rp_json_place place =
            rp_json_span_of(node, rp_str_of(file->bytes)).begin;
        rp_buf_addf(set->report, ":%u:%u", place.line, place.column);
    }
    rp_buf_addf(set->report, ": error: %s%s%s%s%s\n", error.pointer,
        error.pointer[0] == '\0' ? "" : ": ", error.message,
        error.hint[0] == '\0' ? "" : "; ", error.hint);
    return rc;
}

enum rp_code rp__schema_set_open(struct rp__schema_set **out, const char *path,
    bool assert_format, struct rp_buf *report)
{
    struct rp__schema_set *set = rp_mem_zalloc(sizeof(*set));
    struct rp_buf uri;
    rp_buf_init(&uri, URI_BYTES_MAX);
    set->path = path;
    set->report = report;
    base_uri(&uri, path);
    enum rp_code rc = RP_E_INVALID;
    if (add_file(set, path, rp_buf_str(&uri))) {
        rc = compile(set, assert_format, rp_buf_str(&uri));
    }
    if (rc == RP_OK) {
        *out = set;
        set = NULL;
    }
    rp__schema_set_close(&set);
    rp_buf_fini(&uri);
    return rc;
}

void rp__schema_set_close(struct rp__schema_set **set)
{
    if (*set == NULL) {
        return;
    }
    rp_schema_free(&(*set)->root);
    for (uint32_t i = 0; i < (*set)->file_count; i++) {
        rp_json_free(&(*set)->files[i].doc);
        rp_mem_free((*set)->files[i].bytes);
        rp_mem_free((*set)->files[i].uri);
    }
    rp_mem_free(*set);
    *set = NULL;
}

const struct rp_schema *rp__schema_set_root(const struct rp__schema_set *set)
{
    return set->root;
}
