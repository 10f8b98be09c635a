#include "template.h"

#include <string.h>

#include <reprise/mem.h>

#define OPEN "${{"
#define OPEN_LEN ((size_t)3)
#define ESCAPED "$${{"
#define ESCAPED_LEN ((size_t)4)
#define NODE_BYTES ((size_t)16) /* a node counts for this and its strings */

/* A string is a row of pieces. */
enum piece_kind { PIECE_END, PIECE_TEXT, PIECE_REFERENCE };
struct piece {
    enum piece_kind kind;
    struct rp_str text;             /* TEXT, as it shall appear */
    struct rp__reference reference; /* REFERENCE */
};

struct resolver {
    const struct rp__scope *scope;
    size_t bytes_left;
    struct rp_err *err;
};

static cJSON *resolve(struct resolver *self, const cJSON *template);

static bool starts_at(struct rp_str s, size_t at, const char *word, size_t len)
{
    return s.len - at >= len && memcmp(s.ptr + at, word, len) == 0;
}

static struct rp_str from(struct rp_str s, size_t at)
{
    return (struct rp_str){s.ptr + at, s.len - at};
}

/* Splits " name/pointer " at its first slash. */
static struct rp__reference parse_reference(
    const cJSON *node, struct rp_str inside)
{
    struct rp_str word = rp_str_trim(inside);
    size_t slash = 0;
    while (slash < word.len && word.ptr[slash] != '/') {
        slash++;
    }
    return (struct rp__reference){
        .node = node,
        .name = {word.ptr, slash},
        .pointer = from(word, slash),
        .fault = word.len == 0 ? "a reference without a name" : NULL,
    };
}

static struct piece reference_piece(const cJSON *node, struct rp_str *rest)
{
    struct rp_str inside = from(*rest, OPEN_LEN);
    size_t end = 0;
    while (end < inside.len && !starts_at(inside, end, "}}", 2)) {
        end++;
    }
    struct piece piece = {.kind = PIECE_REFERENCE};
    if (end == inside.len) {
        piece.reference.node = node;
        piece.reference.fault = "\"${{\" without \"}}\"";
        *rest = from(inside, end);
        return piece;
    }
    piece.reference = parse_reference(node, (struct rp_str){inside.ptr, end});
    *rest = from(inside, end + 2);
    return piece;
}

/* Where the text that `s` begins with ends: both openings begin with '$'. */
static size_t text_end(struct rp_str s)
{
    size_t at = 1;
    while (at < s.len) {
        const char *dollar = memchr(s.ptr + at, '$', s.len - at);
        if (dollar == NULL) {
            return s.len;
        }
        at = (size_t)(dollar - s.ptr);
        if (starts_at(s, at, OPEN, OPEN_LEN) ||
            starts_at(s, at, ESCAPED, ESCAPED_LEN)) {
            return at;
        }
        at++;
    }
    return s.len;
}

/* The next piece of a string template; `*rest` moves behind it. */
static struct piece next_piece(const cJSON *node, struct rp_str *rest)
{
    if (rest->len == 0) {
        return (struct piece){.kind = PIECE_END};
    }
    if (starts_at(*rest, 0, OPEN, OPEN_LEN)) {
        return reference_piece(node, rest);
    }
    struct piece piece = {.kind = PIECE_TEXT};
    if (starts_at(*rest, 0, ESCAPED, ESCAPED_LEN)) {
        piece.text = (struct rp_str){rest->ptr + 1, ESCAPED_LEN - 1};
        *rest = from(*rest, ESCAPED_LEN);
        return piece;
    }
    size_t len = text_end(*rest);
    piece.text = (struct rp_str){rest->ptr, len};
    *rest = from(*rest, len);
    return piece;
}

/* Whether `node` is a reference as a whole value: an object with the member
 * "from", perhaps "at", and no other. */
static bool whole_reference(const cJSON *node, struct rp__reference *out)
{
    if (!cJSON_IsObject(node)) {
        return false;
    }
    const cJSON *name = NULL, *at = NULL;
    for (const cJSON *it = node->child; it != NULL; it = it->next) {
        if (strcmp(it->string, "from") == 0) {
            name = it;
        } else if (strcmp(it->string, "at") == 0) {
            at = it;
        } else {
            return false;
        }
    }
    if (name == NULL) {
        return false;
    }
    *out = (struct rp__reference){.node = node};
    if (!cJSON_IsString(name)) {
        out->fault = "\"from\" is not a string";
    } else if (at != NULL && !cJSON_IsString(at)) {
        out->fault = "\"at\" is not a string";
    } else {
        out->name = rp_str_of(name->valuestring);
        out->pointer = rp_str_of(at != NULL ? at->valuestring : "");
    }
    return true;
}

/* Whether the string is one reference and nothing else. */
static bool sole_reference(const cJSON *string, struct rp__reference *out)
{
    struct rp_str rest = rp_str_of(string->valuestring);
    struct piece piece = next_piece(string, &rest);
    if (piece.kind != PIECE_REFERENCE || rest.len > 0) {
        return false;
    }
    *out = piece.reference;
    return true;
}

/* Takes `bytes` from what the result may hold. */
static bool spend(struct resolver *self, size_t bytes)
{
    if (bytes > self->bytes_left) {
        (void)rp_err_set(self->err, RP_E_LIMIT,
            "resolving references: the result passes %zu bytes",
            RP__TEMPLATE_BYTES_MAX);
        return false;
    }
    self->bytes_left -= bytes;
    return true;
}

static size_t text_len(const char *text)
{
    return text != NULL ? strlen(text) : 0;
}

/* Counts a tree before it is copied. */
static bool spend_tree(struct resolver *self, const cJSON *node)
{
    if (!spend(self, NODE_BYTES + text_len(node->string) +
                         text_len(node->valuestring))) {
        return false;
    }
    for (const cJSON *it = node->child; it != NULL; it = it->next) {
        if (!spend_tree(self, it)) {
            return false;
        }
    }
    return true;
}

/* The document a reference names, borrowed; NULL with an error if none. */
static const cJSON *follow(
    struct resolver *self, const struct rp__reference *reference)
{
    if (reference->fault != NULL) {
        (void)rp_err_set(self->err, RP_E_INVALID, "resolving references: %s",
            reference->fault);
        return NULL;
    }
    const cJSON *root =
        self->scope->lookup(self->scope->context, reference->name);
    if (root == NULL) {
        (void)rp_err_set(self->err, RP_E_NOT_FOUND,
            "resolving references: there is no value of '%.*s'",
            RP_STR_ARG(reference->name));
        return NULL;
    }
    const cJSON *found = rp_json_at(root, reference->pointer);
    if (found == NULL) {
        (void)rp_err_set(self->err, RP_E_NOT_FOUND,
            "resolving references: the value of '%.*s' has nothing at '%.*s'",
            RP_STR_ARG(reference->name), RP_STR_ARG(reference->pointer));
    }
    return found;
}

static cJSON *resolve_reference(
    struct resolver *self, const struct rp__reference *reference)
{
    const cJSON *found = follow(self, reference);
    if (found == NULL || !spend_tree(self, found)) {
        return NULL;
    }
    return rp_json_share(found);
}

/* Adds a value as it reads inside a string; U+0000 stays C0 80. */
static void add_value(struct rp_buf *out, const cJSON *value)
{
    if (cJSON_IsString(value)) {
        rp_buf_add_text(out, value->valuestring);
    } else {
        rp_json_write_text(out, value);
    }
}

static enum rp_code join_pieces(
    struct resolver *self, const cJSON *string, struct rp_buf *out)
{
    struct rp_str rest = rp_str_of(string->valuestring);
    for (;;) {
        struct piece piece = next_piece(string, &rest);
        if (piece.kind == PIECE_END) {
            break;
        }
        if (piece.kind == PIECE_TEXT) {
            rp_buf_add(out, piece.text);
            continue;
        }
        const cJSON *value = follow(self, &piece.reference);
        if (value == NULL) {
            return RP_E_NOT_FOUND; /* `err` has the exact code */
        }
        add_value(out, value);
    }
    if (out->overflowed) {
        return rp_err_set(self->err, RP_E_LIMIT,
            "resolving references: a string passes %zu bytes", out->max_bytes);
    }
    return RP_OK;
}

static cJSON *resolve_string(struct resolver *self, const cJSON *string)
{
    struct rp__reference reference;
    if (sole_reference(string, &reference)) {
        return resolve_reference(self, &reference);
    }
    struct rp_buf text;
    rp_buf_init(&text, RP__TEMPLATE_BYTES_MAX);
    cJSON *result = NULL;
    if (join_pieces(self, string, &text) == RP_OK &&
        spend(self, NODE_BYTES + text.len)) {
        result = cJSON_CreateString(text.len > 0 ? text.ptr : "");
    }
    rp_buf_fini(&text);
    return result;
}

static cJSON *resolve_object(struct resolver *self, const cJSON *object)
{
    cJSON *result = cJSON_CreateObject();
    for (const cJSON *it = object->child; it != NULL; it = it->next) {
        cJSON *value = spend(self, NODE_BYTES + text_len(it->string))
                           ? resolve(self, it)
                           : NULL;
        if (value == NULL) {
            cJSON_Delete(result);
            return NULL;
        }
        rp_json_add(result, it->string, value);
    }
    return result;
}

static cJSON *resolve_array(struct resolver *self, const cJSON *array)
{
    cJSON *result = cJSON_CreateArray();
    for (const cJSON *it = array->child; it != NULL; it = it->next) {
        cJSON *value = spend(self, NODE_BYTES) ? resolve(self, it) : NULL;
        if (value == NULL) {
            cJSON_Delete(result);
            return NULL;
        }
        (void)cJSON_AddItemToArray(result, value); /* both are there */
    }
    return result;
}

static cJSON *resolve(struct resolver *self, const cJSON *template)
{
    struct rp__reference reference;
    if (whole_reference(template, &reference)) {
        return resolve_reference(self, &reference);
    }
    if (cJSON_IsString(template)) {
        return resolve_string(self, template);
    }
    if (cJSON_IsObject(template)) {
        return resolve_object(self, template);
    }
    if (cJSON_IsArray(template)) {
        return resolve_array(self, template);
    }
    return spend_tree(self, template) ? rp_json_copy(template) : NULL;
}

cJSON *rp__template_resolve(
    const cJSON *template, const struct rp__scope *scope, struct rp_err *err)
{
    RP_ASSERT(template != NULL);
    RP_ASSERT(scope != NULL);
    struct resolver self = {scope, RP__TEMPLATE_BYTES_MAX, err};
    return resolve(&self, template);
}

enum rp_code rp__template_text(const cJSON *string,
    const struct rp__scope *scope, struct rp_buf *out, struct rp_err *err)
{
    RP_ASSERT(cJSON_IsString(string));
    struct rp_err own = RP_ERR_INIT;
    struct resolver self = {scope, RP__TEMPLATE_BYTES_MAX, &own};
    size_t before = out->len;
    if (join_pieces(&self, string, out) != RP_OK) {
        return rp_err_set(err, own.code, "%s", own.text);
    }
    if (out->len > before && strstr(out->ptr + before, "\xC0\x80") != NULL) {
        return rp_err_set(err, RP_E_INVALID,
            "resolving references: the text holds U+0000, which an argument "
            "or an environment value cannot");
    }
    return RP_OK;
}

static void each_in_string(
    const cJSON *string, rp__template_visit *visit, void *context)
{
    struct rp_str rest = rp_str_of(string->valuestring);
    for (;;) {
        struct piece piece = next_piece(string, &rest);
        if (piece.kind == PIECE_END) {
            return;
        }
        if (piece.kind == PIECE_REFERENCE) {
            visit(context, &piece.reference);
        }
    }
}

void rp__template_each(
    const cJSON *template, rp__template_visit *visit, void *context)
{
    struct rp__reference reference;
    if (whole_reference(template, &reference)) {
        visit(context, &reference);
        return;
    }
    if (cJSON_IsString(template)) {
        each_in_string(template, visit, context);
        return;
    }
    for (const cJSON *it = template->child; it != NULL; it = it->next) {
        rp__template_each(it, visit, context);
    }
}

struct name_list {
    struct rp_str *names;
    size_t count, max;
};

static void note_name(void *context, const struct rp__reference *reference)
{
    struct name_list *list = context;
    for (size_t i = 0; i < list->count; i++) {
        if (rp_str_equal(list->names[i], reference->name)) {
            return;
        }
    }
    if (reference->fault == NULL && list->count < list->max) {
        list->names[list->count++] = reference->name;
    }
}

size_t rp__template_names(
    const cJSON *template, struct rp_str *names, size_t max)
{
    struct name_list list = {names, 0, max};
    rp__template_each(template, note_name, &list);
    return list.count;
}
