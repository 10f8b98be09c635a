/* json_fault.c - says where a document is wrong, why, and what would help. */
#include <stdio.h>
#include <string.h>

#include "json_internal.h"

#define FOUND_MAX 64
#define WORD_MAX 32

struct explanation {
    const struct rp__json_reader *reader;
    const char *at;
    char found[FOUND_MAX]; /* what is there, for a message */
    struct rp_str word;    /* the name-like word there, or empty */
    char previous;         /* the last byte before it that is no space */
    struct rp_json_error *error;
};

struct rp_json_place rp__json_place_of(struct rp_str bytes, size_t offset)
{
    struct rp_json_place place = {offset, 1, 1};
    RP_ASSERT(offset <= bytes.len);
    for (size_t i = 0; i < offset; i++) {
        unsigned char byte = (unsigned char)bytes.ptr[i];
        if (byte == '\n') {
            place.line++;
            place.column = 1;
        } else if ((byte & 0xc0) != 0x80) { /* not inside a character */
            place.column++;
        }
    }
    return place;
}

static struct rp_json_place place_at(const struct explanation *e, size_t offset)
{
    const struct rp__json_reader *r = e->reader;
    return rp__json_place_of(
        (struct rp_str){r->begin, (size_t)(r->end - r->begin)}, offset);
}

static bool begins_word(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' ||
           c == '$';
}

static struct rp_str word_at(const char *at, const char *end)
{
    const char *begin = at;
    while (at < end && at - begin < WORD_MAX &&
           (begins_word(*at) ||
               (at > begin && ((*at >= '0' && *at <= '9') || *at == '-')))) {
        at++;
    }
    return (struct rp_str){begin, (size_t)(at - begin)};
}

static uint32_t code_point(const char *at, size_t bytes)
{
    uint32_t value = (unsigned char)*at & (0x7fu >> bytes);
    for (size_t i = 1; i < bytes; i++) {
        value = (value << 6) | ((unsigned char)at[i] & 0x3f);
    }
    return value;
}

static void name_what_is_there(struct explanation *e)
{
    const char *end = e->reader->end;
    if (e->at == end) {
        (void)snprintf(e->found, FOUND_MAX, "the end");
        return;
    }
    bool cut;
    unsigned char byte = (unsigned char)*e->at;
    size_t bytes = rp__json_char_bytes(e->at, end, &cut);
    e->word = word_at(e->at, end);
    e->error->encoding = bytes == 0;
    if (e->word.len > 0) {
        (void)snprintf(e->found, FOUND_MAX, "'%.*s'", RP_STR_ARG(e->word));
    } else if (bytes == 0 || byte < 0x20 || byte == 0x7f) {
        (void)snprintf(e->found, FOUND_MAX, "byte 0x%02X", byte);
    } else if (bytes == 1) {
        (void)snprintf(e->found, FOUND_MAX, "'%c'", *e->at);
    } else { /* with its number, as it may look like another or nothing */
        (void)snprintf(e->found, FOUND_MAX, "'%.*s' (U+%04X)", (int)bytes,
            e->at, (unsigned)code_point(e->at, bytes));
    }
}

static char previous_byte(const struct explanation *e)
{
    const char *at = e->at;
    while (at > e->reader->begin && strchr(" \t\r\n", at[-1]) != NULL) {
        at--;
    }
    return at > e->reader->begin ? at[-1] : '\0';
}

static void message(struct explanation *e, const char *format, ...)
    RP_PRINTF(2, 3);
static void hint(struct explanation *e, const char *format, ...)
    RP_PRINTF(2, 3);

static void message(struct explanation *e, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    (void)vsnprintf(e->error->message, sizeof(e->error->message), format, args);
    va_end(args);
}

/* The first hint stays. */
static void hint(struct explanation *e, const char *format, ...)
{
    va_list args;
    if (e->error->hint[0] != '\0') {
        return;
    }
    va_start(args, format);
    (void)vsnprintf(e->error->hint, sizeof(e->error->hint), format, args);
    va_end(args);
}

static const struct {
    const char *text; /* what stands there */
    const char *hint;
} beginnings[] = {
    {"```", "remove the Markdown fence around the document"},
    {"'", "strings are quoted with \""},
    {"`", "strings are quoted with \""},
    {"\xe2\x80\x9c", "strings are quoted with \", not with typographic quotes"},
    {"\xe2\x80\x9d", "strings are quoted with \", not with typographic quotes"},
    {"\xe2\x80\x98", "strings are quoted with \", not with typographic quotes"},
    {"\xc2\xa0", "this is a no-break space; use an ordinary space"},
    {"\xef\xbb\xbf", "this is a byte order mark; remove it"},
    {"\xff\xfe", "this looks like UTF-16; save it as UTF-8"},
    {"\xfe\xff", "this looks like UTF-16; save it as UTF-8"},
    {"//", "comments are not allowed here; remove it"},
    {"/*", "comments are not allowed here; remove it"},
    {"#", "comments are not allowed in JSON; remove it"},
    {"+", "write the number without the +"},
    {".", "write a digit before the point, as 0.5"},
    {";", "JSON has no semicolons"},
    {"(", "JSON has no parentheses; arrays are written with [ and ]"},
    {"=", "a name is followed by ':', not by '='"},
};

static const struct {
    const char *word;
    const char *hint;
} words[] = {
    {"True", "write true"},
    {"TRUE", "write true"},
    {"False", "write false"},
    {"FALSE", "write false"},
    {"None", "write null"},
    {"NULL", "write null"},
    {"Null", "write null"},
    {"nil", "write null"},
    {"undefined", "JSON has no undefined; write null or leave it out"},
    {"NaN", "JSON has no NaN; write null or a string"},
    {"nan", "JSON has no NaN; write null or a string"},
    {"Infinity", "JSON has no infinity; write null or a string"},
    {"inf", "JSON has no infinity; write null or a string"},
};

static void hint_by_text(struct explanation *e)
{
    struct rp_str left = {e->at, (size_t)(e->reader->end - e->at)};
    for (size_t i = 0; i < RP_COUNT_OF(beginnings); i++) {
        if (rp_str_starts(left, rp_str_of(beginnings[i].text))) {
            hint(e, "%s", beginnings[i].hint);
        }
    }
    if (*e->at == '\0') {
        hint(e, "this looks like UTF-16; save it as UTF-8");
    }
    for (size_t i = 0; i < RP_COUNT_OF(words); i++) {
        if (rp_str_is(e->word, words[i].word)) {
            hint(e, "%s", words[i].hint);
        }
    }
}

static bool closes(char c)
{
    return c == '}' || c == ']';
}

static void explain_no_value(struct explanation *e)
{
    char c = *e->at;
    message(e, "a value is expected, found %s", e->found);
    if (closes(c) && e->previous == ',') {
        hint(e, "remove the comma before it");
    } else if (closes(c) || c == ',' || c == ':') {
        hint(e, "a value is missing before it");
    }
    hint_by_text(e);
    if (e->word.len > 0 && e->previous == '\0') {
        hint(e, "a document begins with its value, without any words");
    } else if (e->word.len > 0) {
        hint(e, "strings are quoted with \"");
    }
}

static void explain_no_name(struct explanation *e)
{
    char c = *e->at;
    message(e, "a name in double quotes is expected, found %s", e->found);
    if (closes(c) && e->previous == ',') {
        hint(e, "remove the comma before it");
    } else if (c == ',') {
        hint(e, "there is a comma too many");
    }
    hint_by_text(e);
    if (e->word.len > 0) {
        hint(e, "write the name as \"%.*s\"", RP_STR_ARG(e->word));
    }
    hint(e, "names are strings in double quotes");
}

static void explain_no_colon(struct explanation *e)
{
    message(e, "':' is expected after a name, found %s", e->found);
    hint_by_text(e);
    hint(e, "a member is written as \"name\": value");
}

static void hint_at_opening(struct explanation *e, const char *what)
{
    const struct rp__json_node *open = e->reader->open;
    if (open == NULL) {
        return;
    }
    struct rp_json_place place = place_at(e, open->begin);
    hint(e, "the '%c' of line %u, column %u %s", e->reader->begin[open->begin],
        (unsigned)place.line, (unsigned)place.column, what);
}

/* As in 0x10, 1_000, 12px or 1.2.3. */
static bool continues_number(const struct explanation *e)
{
    char before = e->at[-1]; /* a value stands before it */
    return before >= '0' && before <= '9' && (e->word.len > 0 || *e->at == '.');
}

static void explain_no_separator(struct explanation *e)
{
    bool object = (e->reader->open->node.type & cJSON_Object) != 0;
    char c = *e->at;
    message(e, "',' or '%c' is expected after a value, found %s",
        object ? '}' : ']', e->found);
    if (closes(c)) {
        hint_at_opening(e, "is not closed");
    } else if (c == ':') {
        hint(e, "only members of an object have names");
    } else if (continues_number(e)) {
        hint(e, "a number is decimal: digits, a point, an exponent");
    }
    hint_by_text(e);
    if (e->previous == '"' && e->word.len > 0) {
        hint(e, "a \" inside a string is written as \\\"");
    } else if (c == '"' || c == '{' || c == '[' || e->word.len > 0 ||
               c == '-' || (c >= '0' && c <= '9')) {
        hint(e, "a comma is missing before it");
    }
}

static void explain_more(struct explanation *e)
{
    e->error->trailing = true;
    char c = *e->at;
    message(e, "the document is complete, yet more follows: %s", e->found);
    if (closes(c)) {
        hint(e, "there is a closing bracket too many");
    }
    hint_by_text(e);
    hint(e, "there may be one value only, and spaces around it");
}

static void explain_no_digit(struct explanation *e)
{
    message(e, "a digit is expected in a number, found %s", e->found);
    if (e->previous != '.') { /* a second point is no missing zero */
        hint_by_text(e);
    }
    if (e->previous == '.') {
        hint(e, "write a digit behind the point, as 1.0");
    }
}

static void explain_leading_zero(struct explanation *e)
{
    message(e, "a number begins with a zero that counts for nothing");
    hint(e, "remove the zero; numbers are decimal");
}

static void explain_control(struct explanation *e)
{
    unsigned char byte = (unsigned char)*e->at;
    message(e, "a control character (0x%02X) inside a string", byte);
    if (byte == '\n' || byte == '\r') {
        hint(e, "write it as \\%c, or close the string on its line",
            byte == '\n' ? 'n' : 'r');
    } else if (byte == '\t') {
        hint(e, "write it as \\t");
    }
    hint(e, "write it as \\u%04x", byte);
}

static void explain_escape(struct explanation *e)
{
    e->at++;
    e->word = (struct rp_str){NULL, 0};
    name_what_is_there(e);
    message(e, "a backslash is followed by %s, which is no escape", e->found);
    if (*e->at == '\'') {
        hint(e, "write ' without the backslash");
    } else if (*e->at == 'x') {
        hint(e, "write \\u00 instead of \\x");
    }
    hint(e, "after \\ come \" \\ / b f n r t or u; a backslash itself is \\\\");
}

static void explain_hex(struct explanation *e)
{
    message(e, "\\u needs four hexadecimal digits, found %s", e->found);
    hint(e, "a backslash itself is written as \\\\");
}

static void explain_surrogate(struct explanation *e)
{
    struct rp_str word = word_at(e->at + 1, e->reader->end);
    int length = word.len < 5 ? (int)word.len : 5; /* u and four digits */
    message(e, "'\\%.*s' is half of a surrogate pair, which is no character",
        length, word.ptr);
    hint(e, "write both halves, as \\ud83d\\ude00, or the character itself");
}

static void explain_utf8(struct explanation *e)
{
    message(e, "byte 0x%02X is not UTF-8 here", (unsigned char)*e->at);
    hint(e, "save the document as UTF-8; this may be Latin-1");
}

static void explain_bom(struct explanation *e)
{
    e->error->encoding = true;
    message(e, "a byte order mark stands before the document");
    hint(e, "save it as UTF-8 without a byte order mark");
}

static void explain_duplicate(struct explanation *e)
{
    struct rp_str left = {e->at + 1, (size_t)(e->reader->end - e->at - 1)};
    size_t length = 0;
    while (length < left.len && length < WORD_MAX && left.ptr[length] != '"' &&
           left.ptr[length] >= ' ') {
        length++;
    }
    while (length > 0 && length < left.len &&
           ((unsigned char)left.ptr[length] & 0xc0) == 0x80) {
        length--; /* not in the middle of a character */
    }
    e->error->duplicate = true;
    message(e, "the name '%.*s' stands twice in this object", (int)length,
        left.ptr);
    hint(e, "remove one of the two");
}

static void explain_ends(struct explanation *e)
{
    e->error->truncated = true;
    if (e->previous == '\0') {
        message(e, "the document is empty");
        hint(e, "a JSON value is expected");
    } else {
        message(e, "the document ends too early");
        hint_at_opening(e, "is not closed");
    }
}

static void explain_ends_in_string(struct explanation *e)
{
    e->error->truncated = true;
    struct rp_json_place place =
        place_at(e, (size_t)(e->reader->string - e->reader->begin));
    message(e, "the document ends inside a string");
    hint(e, "the string of line %u, column %u is not closed",
        (unsigned)place.line, (unsigned)place.column);
}

static void explain_ends_in_comment(struct explanation *e)
{
    e->error->truncated = true;
    message(e, "the document ends inside a comment");
    hint(e, "end it with */");
}

static void explain_too_long(struct explanation *e)
{
    e->error->limit = true;
    message(e, "the document has %zu bytes, %zu are allowed",
        (size_t)(e->reader->end - e->reader->begin),
        e->reader->options.bytes_max);
}

static void explain_too_deep(struct explanation *e)
{
    e->error->limit = true;
    message(e, "the document is nested deeper than %u levels",
        (unsigned)e->reader->options.depth_max);
}

static void explain_too_many(struct explanation *e)
{
    e->error->limit = true;
    message(e, "the document has more than %u values",
        (unsigned)e->reader->options.nodes_max);
}

static void explain_nothing(struct explanation *e)
{
    RP_ASSERT(e == NULL); /* a sound document is not explained */
}

static void (*const explainers[])(struct explanation *) = {
    [RP__JSON_SOUND] = explain_nothing,
    [RP__JSON_NO_VALUE] = explain_no_value,
    [RP__JSON_NO_NAME] = explain_no_name,
    [RP__JSON_NO_COLON] = explain_no_colon,
    [RP__JSON_NO_SEPARATOR] = explain_no_separator,
    [RP__JSON_MORE] = explain_more,
    [RP__JSON_NO_DIGIT] = explain_no_digit,
    [RP__JSON_LEADING_ZERO] = explain_leading_zero,
    [RP__JSON_CONTROL] = explain_control,
    [RP__JSON_ESCAPE] = explain_escape,
    [RP__JSON_HEX] = explain_hex,
    [RP__JSON_SURROGATE] = explain_surrogate,
    [RP__JSON_UTF8] = explain_utf8,
    [RP__JSON_BOM] = explain_bom,
    [RP__JSON_DUPLICATE] = explain_duplicate,
    [RP__JSON_ENDS] = explain_ends,
    [RP__JSON_ENDS_IN_STRING] = explain_ends_in_string,
    [RP__JSON_ENDS_IN_COMMENT] = explain_ends_in_comment,
    [RP__JSON_TOO_LONG] = explain_too_long,
    [RP__JSON_TOO_DEEP] = explain_too_deep,
    [RP__JSON_TOO_MANY] = explain_too_many,
};

void rp__json_explain(
    const struct rp__json_reader *reader, struct rp_json_error *error)
{
    struct explanation e = {
        .reader = reader, .at = reader->fault_at, .error = error};
    memset(error, 0, sizeof(*error));
    error->place = place_at(&e, (size_t)(e.at - reader->begin));
    e.previous = previous_byte(&e);
    name_what_is_there(&e);
    explainers[reader->fault](&e);
}
