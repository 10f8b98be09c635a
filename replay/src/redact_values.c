#include "redact_values.h"

#include <stdlib.h>
#include <string.h>

#include "redact_spelling.h"

#define TOKEN_BYTES 8 /* of the digest */
#define TOKEN_BEGIN "redacted-"
#define TOKEN_LEN (sizeof(TOKEN_BEGIN) - 1 + 2u * TOKEN_BYTES)
#define ENCODED_BYTES_MAX ((size_t)256 << 20)
#define PREFIX_BYTES RP__VALUE_BYTES_MIN
#define ALONE_BYTES_MAX 7 /* of digits that longer numbers have by chance */

struct value {
    struct rp_str text; /* of a number its key form, without a sign */
    struct rp_str token;
    const char *why; /* borrowed, outlives us */
    bool number;
};

/* One way in which a value stands in bytes. */
struct needle {
    struct rp_str text;
    struct rp_str token;
    const char *why;
    bool digits; /* only digits and points */
    bool alone;  /* few of them: no part of a longer number is meant */
};

struct rp__values {
    struct rp_arena *arena;
    struct rp_str key;
    struct value *values; /* in order once sealed */
    size_t count, room;
    struct needle *needles; /* ditto */
    size_t needle_count, needle_room;
    bool begins[1 << 16]; /* whether one begins with these two bytes */
};

/* ---- keyed digests ---- */

struct rp_digest rp__values_mac(
    const struct rp__values *values, const char *kind, struct rp_str text)
{
    struct rp_digest key = rp_digest_of(values->key);
    const struct rp_str pieces[] = {{kind, strlen(kind) + 1}, text};
    return rp_digest_keyed(
        (struct rp_str){(const char *)key.bytes, sizeof(key.bytes)}, pieces,
        RP_COUNT_OF(pieces));
}

static struct rp_str kept(const struct rp__values *values, struct rp_str text)
{
    return (struct rp_str){rp_arena_dup(values->arena, text), text.len};
}

/* A name in a plan too, so that names can be taken out. */
static struct rp_str text_token(
    const struct rp__values *values, struct rp_str text)
{
    char hex[RP_DIGEST_HEX_LEN + 1];
    struct rp_digest mac = rp__values_mac(values, "text", text);
    rp_digest_hex(&mac, hex);
    const char *token = rp_arena_printf(
        values->arena, TOKEN_BEGIN "%.*s", 2 * TOKEN_BYTES, hex);
    return rp_str_of(token);
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* As many other digits, so that it stays a number of its kind and size; the
 * first and the last are no zeros, so that none is lost. */
static struct rp_str number_token(
    const struct rp__values *values, struct rp_str key_form)
{
    char *token = rp_arena_dup(values->arena, key_form);
    struct rp_str rest;
    size_t len = rp_str_cut(key_form, 'e', &rest).len;
    struct rp_digest mac = rp__values_mac(values, "number", key_form);
    for (size_t i = 0; i < len; i++) {
        unsigned drawn = mac.bytes[i % sizeof(mac.bytes)];
        bool edge = i == 0 || i + 1 == len;
        token[i] = (char)(edge ? '1' + drawn % 9 : '0' + drawn % 10);
    }
    if (memcmp(token, key_form.ptr, len) == 0 && len > 0) {
        token[0] = token[0] == '9' ? '1' : (char)(token[0] + 1);
    }
    return (struct rp_str){token, key_form.len};
}

/* ---- collecting ---- */

struct rp__values *rp__values_new(struct rp_str key)
{
    struct rp__values *values = rp_mem_zalloc(sizeof(*values));
    values->arena = rp_arena_new(64u << 10);
    values->key = kept(values, key);
    return values;
}

void rp__values_free(struct rp__values **values)
{
    struct rp__values *self = *values;
    if (self == NULL) {
        return;
    }
    rp_mem_free(self->values);
    rp_mem_free(self->needles);
    rp_arena_free(&self->arena);
    rp_mem_free(self);
    *values = NULL;
}

static void add(
    struct rp__values *values, struct rp_str text, const char *why, bool number)
{
    if (values->count == values->room) {
        values->room = values->room == 0 ? 64 : values->room * 2;
        values->values =
            rp_mem_grow(values->values, values->room, sizeof(struct value));
    }
    values->values[values->count++] = (struct value){
        .text = kept(values, text), .why = why, .number = number};
}

void rp__values_add_text(
    struct rp__values *values, struct rp_str text, const char *why)
{
    if (text.len > 0) {
        add(values, text, why, false);
    }
}

/* "-5.0" and "5" are one: their digits in key form. */
static bool key_form(struct rp_str text, struct rp_buf *out)
{
    struct rp_json_doc *doc = NULL;
    if (rp_json_read(&doc, text, NULL, NULL) != RP_OK) {
        return false;
    }
    const cJSON *root = rp_json_root(doc);
    bool number = cJSON_IsNumber(root);
    if (number) {
        rp_json_write_key(out, root);
    }
    rp_json_free(&doc);
    return number;
}

void rp__values_add_number(
    struct rp__values *values, struct rp_str text, const char *why)
{
    struct rp_buf form;
    rp_buf_init(&form, ENCODED_BYTES_MAX);
    if (key_form(text, &form)) {
        add(values, rp__spell_unsigned(rp_buf_str(&form)), why, true);
    }
    rp_buf_fini(&form);
}

/* ---- needles ---- */

static bool only_digits(struct rp_str text)
{
    for (size_t i = 0; i < text.len; i++) {
        if (!is_digit(text.ptr[i]) && text.ptr[i] != '.') {
            return false;
        }
    }
    return true;
}

static void add_needle(struct rp__values *values, struct rp_str text,
    struct rp_str token, const char *why)
{
    if (text.len < PREFIX_BYTES) {
        return;
    }
    if (values->needle_count == values->needle_room) {
        values->needle_room =
            values->needle_room == 0 ? 64 : values->needle_room * 2;
        values->needles = rp_mem_grow(
            values->needles, values->needle_room, sizeof(struct needle));
    }
    bool digits = only_digits(text);
    values->needles[values->needle_count++] = (struct needle){
        text, token, why, digits, digits && text.len <= ALONE_BYTES_MAX};
}

/* As it is, in JSON, in JSON of ASCII, and in JSON inside of JSON. */
static void add_spellings(struct rp__values *values, const struct value *value)
{
    struct rp_str forms[4] = {value->text};
    if (value->text.len < PREFIX_BYTES) {
        return;
    }
    forms[1] = rp__spell_escaped(values->arena, value->text);
    forms[2] = rp__spell_ascii(values->arena, value->text, false);
    forms[3] = rp__spell_ascii(values->arena, value->text, true);
    for (size_t i = 0; i < RP_COUNT_OF(forms); i++) {
        add_needle(values, forms[i], value->token, value->why);
        add_needle(values, rp__spell_escaped(values->arena, forms[i]),
            value->token, value->why);
    }
}

/* ---- order ---- */

static int compare_values(const void *a, const void *b)
{
    const struct value *x = a;
    const struct value *y = b;
    int order = rp_str_compare(x->text, y->text);
    return order != 0 ? order : (int)x->number - (int)y->number;
}

static int compare_prefix(struct rp_str a, struct rp_str b)
{
    return memcmp(a.ptr, b.ptr, PREFIX_BYTES);
}

/* By their first bytes, and of those the longest first. */
static int compare_needles(const void *a, const void *b)
{
    const struct needle *x = a;
    const struct needle *y = b;
    int order = compare_prefix(x->text, y->text);
    if (order != 0) {
        return order;
    }
    if (x->text.len != y->text.len) {
        return x->text.len > y->text.len ? -1 : 1;
    }
    order = rp_str_compare(x->text, y->text);
    return order != 0 ? order : rp_str_compare(x->token, y->token);
}

static void sort_values(struct rp__values *values)
{
    size_t kept_count = 0;
    if (values->count > 0) {
        qsort(values->values, values->count, sizeof(struct value),
            compare_values);
    }
    for (size_t i = 0; i < values->count; i++) {
        if (i == 0 ||
            compare_values(&values->values[i], &values->values[i - 1]) != 0) {
            values->values[kept_count++] = values->values[i];
        }
    }
    values->count = kept_count;
}

void rp__values_seal(struct rp__values *values)
{
    sort_values(values);
    for (size_t i = 0; i < values->count; i++) {
        struct value *value = &values->values[i];
        if (value->number) {
            value->token = number_token(values, value->text);
            add_needle(values, rp__spell_decimal(values->arena, value->text),
                rp__spell_decimal(values->arena, value->token), value->why);
        } else {
            value->token = text_token(values, value->text);
            add_spellings(values, value);
        }
    }
    if (values->needle_count > 0) {
        qsort(values->needles, values->needle_count, sizeof(struct needle),
            compare_needles);
    }
    for (size_t i = 0; i < values->needle_count; i++) {
        const unsigned char *text =
            (const unsigned char *)values->needles[i].text.ptr;
        values->begins[text[0] << 8 | text[1]] = true;
    }
}

uint32_t rp__values_count(
    const struct rp__values *values, uint32_t *short_count)
{
    *short_count = 0;
    for (size_t i = 0; i < values->count; i++) {
        *short_count += values->values[i].text.len < RP__VALUE_BYTES_MIN;
    }
    return (uint32_t)values->count;
}

/* ---- looking ---- */

static const struct value *find_value(
    const struct rp__values *values, struct rp_str text, bool number)
{
    struct value key = {.text = text, .number = number};
    return values->count == 0 ? NULL
                              : bsearch(&key, values->values, values->count,
                                    sizeof(struct value), compare_values);
}

static bool is_part_of_number(struct rp_str bytes, size_t at, size_t len)
{
    bool before = at > 0 && is_digit(bytes.ptr[at - 1]);
    bool after = at + len < bytes.len && is_digit(bytes.ptr[at + len]);
    return before || after;
}

/* The longest needle that stands at `at`, or NULL. */
static const struct needle *needle_at(
    const struct rp__values *values, struct rp_str bytes, size_t at)
{
    struct rp_str rest = {bytes.ptr + at, bytes.len - at};
    const unsigned char *first = (const unsigned char *)rest.ptr;
    size_t low = 0;
    size_t high = values->needle_count;
    if (rest.len < PREFIX_BYTES || !values->begins[first[0] << 8 | first[1]]) {
        return NULL;
    }
    while (low < high) { /* the first that is not before it */
        size_t middle = low + (high - low) / 2;
        bool before = compare_prefix(values->needles[middle].text, rest) < 0;
        low = before ? middle + 1 : low;
        high = before ? high : middle;
    }
    for (; low < values->needle_count; low++) {
        const struct needle *needle = &values->needles[low];
        if (compare_prefix(needle->text, rest) != 0) {
            return NULL;
        }
        if (rp_str_starts(rest, needle->text) &&
            !(needle->alone &&
                is_part_of_number(bytes, at, needle->text.len))) {
            return needle;
        }
    }
    return NULL;
}

/* ---- values that were cut ---- */

static bool has_needle(
    const struct rp__values *values, struct rp_str bytes, size_t before)
{
    for (size_t at = 0; at < before; at++) {
        if (needle_at(values, bytes, at) != NULL) {
            return true;
        }
    }
    return false;
}

/* How much of a value's end `bytes` begin with; 0 for none. */
static size_t cut_begin(
    const struct rp__values *values, struct rp_str bytes, struct rp_str *token)
{
    size_t longest = 0;
    for (size_t i = 0; i < values->needle_count; i++) {
        struct rp_str needle = values->needles[i].text;
        size_t most = needle.len - 1 < bytes.len ? needle.len - 1 : bytes.len;
        for (size_t len = most; len >= PREFIX_BYTES && len > longest; len--) {
            const char *end = needle.ptr + needle.len - len;
            if (memcmp(bytes.ptr, end, len) == 0) {
                longest = len;
                *token = values->needles[i].token;
            }
        }
    }
    return has_needle(values, bytes, longest) ? 0 : longest;
}

/* How much of a value's begin `bytes` end with; 0 for none. */
static size_t cut_end(
    const struct rp__values *values, struct rp_str bytes, struct rp_str *token)
{
    size_t longest = 0;
    for (size_t i = 0; i < values->needle_count; i++) {
        struct rp_str needle = values->needles[i].text;
        size_t most = needle.len - 1 < bytes.len ? needle.len - 1 : bytes.len;
        for (size_t len = most; len >= PREFIX_BYTES && len > longest; len--) {
            const char *begin = bytes.ptr + bytes.len - len;
            if (memcmp(begin, needle.ptr, len) == 0) {
                longest = len;
                *token = values->needles[i].token;
            }
        }
    }
    return longest;
}

/* ---- replacing ---- */

bool rp__values_cut(const struct rp__values *values, struct rp_str bytes,
    bool before, bool after, struct rp_buf *out)
{
    struct rp_str token = {NULL, 0};
    if (bytes.len == 0) { /* may be at no address */
        return false;
    }
    size_t copied = before ? cut_begin(values, bytes, &token) : 0;
    if (copied > 0) {
        rp_buf_add(out, token);
    }
    for (size_t at = copied; at < bytes.len;) {
        const struct needle *needle = needle_at(values, bytes, at);
        if (needle == NULL) {
            at++;
            continue;
        }
        rp_buf_add(out, (struct rp_str){bytes.ptr + copied, at - copied});
        rp_buf_add(out, needle->token);
        at += needle->text.len;
        copied = at;
    }
    struct rp_str rest = {bytes.ptr + copied, bytes.len - copied};
    size_t left = after ? cut_end(values, rest, &token) : 0;
    rp_buf_add(out, (struct rp_str){rest.ptr, rest.len - left});
    if (left > 0) {
        rp_buf_add(out, token);
    }
    return copied > 0 || left > 0;
}

bool rp__values_bytes(
    const struct rp__values *values, struct rp_str bytes, struct rp_buf *out)
{
    return rp__values_cut(values, bytes, false, false, out);
}

bool rp__values_text(
    const struct rp__values *values, struct rp_str text, struct rp_buf *out)
{
    const struct value *value = find_value(values, text, false);
    if (value != NULL) {
        rp_buf_add(out, value->token);
        return true;
    }
    return rp__values_bytes(values, text, out);
}

bool rp__values_number(
    const struct rp__values *values, struct rp_str text, struct rp_buf *out)
{
    struct rp_buf form;
    struct rp_str digits = rp__spell_unsigned(text);
    rp_buf_init(&form, ENCODED_BYTES_MAX);
    (void)key_form(digits, &form); /* what is no number is no value either */
    const struct value *value = find_value(values, rp_buf_str(&form), true);
    struct rp_str token = {NULL, 0};
    if (value != NULL) {
        token = value->token;
    } else if (find_value(values, text, false) != NULL ||
               has_needle(values, digits, digits.len)) {
        token = number_token(values, rp_buf_str(&form)); /* it stands in it */
    }
    if (token.ptr != NULL) {
        struct rp_str shown = rp__spell_decimal(values->arena, token);
        rp_buf_add(out, (struct rp_str){text.ptr, text.len - digits.len});
        rp_buf_add(out, shown.len > 0 ? shown : token);
    } else {
        rp_buf_add(out, text);
    }
    rp_buf_fini(&form);
    return token.ptr != NULL;
}

/* ---- making sure ---- */

static bool is_hex(char c)
{
    return is_digit(c) || (c >= 'a' && c <= 'f');
}

static bool in_digest(struct rp_str bytes, size_t at, size_t len)
{
    size_t begin = at;
    size_t end = at + len;
    while (begin > 0 && is_hex(bytes.ptr[begin - 1])) {
        begin--;
    }
    while (end < bytes.len && is_hex(bytes.ptr[end])) {
        end++;
    }
    for (size_t i = at; i < at + len; i++) {
        if (!is_hex(bytes.ptr[i])) {
            return false;
        }
    }
    return end - begin >= RP_DIGEST_HEX_LEN;
}

static bool in_token(struct rp_str bytes, size_t at)
{
    size_t first = at < TOKEN_LEN ? 0 : at - TOKEN_LEN + 1;
    for (size_t i = first; i <= at; i++) {
        struct rp_str rest = {bytes.ptr + i, bytes.len - i};
        if (rp_str_starts(rest, RP_STR(TOKEN_BEGIN))) {
            return true;
        }
    }
    return false;
}

const char *rp__values_left(
    const struct rp__values *values, struct rp_str bytes)
{
    for (size_t at = 0; at < bytes.len; at++) {
        const struct needle *needle = needle_at(values, bytes, at);
        if (needle != NULL && !needle->digits &&
            !in_digest(bytes, at, needle->text.len) && !in_token(bytes, at)) {
            return needle->why;
        }
    }
    return NULL;
}
