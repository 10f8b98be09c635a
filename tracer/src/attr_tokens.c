#include "attr_tokens.h"

#include <string.h>

#include <reprise/mem.h>

#include "base64.h"

struct scan {
    const char *at, *end;
    struct rp__tokens *tokens;
    uint32_t depth;
    uint32_t open[RP__ATTR_DEPTH_MAX]; /* tokens that begin what is open */
};

static struct rp__token *add(struct scan *s, enum rp__token_kind kind)
{
    struct rp__tokens *tokens = s->tokens;
    if (tokens->count == tokens->room) {
        tokens->room = tokens->room * 2 + 64;
        tokens->items =
            rp_mem_grow(tokens->items, tokens->room, sizeof(*tokens->items));
    }
    struct rp__token *token = &tokens->items[tokens->count++];
    *token = (struct rp__token){.kind = kind};
    return token;
}

static void skip_space(struct scan *s)
{
    while (s->at < s->end && (*s->at == ' ' || *s->at == '\n' ||
                                 *s->at == '\t' || *s->at == '\r')) {
        s->at++;
    }
}

static bool take(struct scan *s, char c)
{
    skip_space(s);
    if (s->at == s->end || *s->at != c) {
        return false;
    }
    s->at++;
    return true;
}

/* ---- strings ---- */

#define ONES UINT64_C(0x0101010101010101)
#define HIGHS UINT64_C(0x8080808080808080)

static uint64_t load(const char *at)
{
    uint64_t word;
    memcpy(&word, at, sizeof(word));
    return word;
}

/* Whether any of eight bytes is a quote, a backslash, or a control. */
static bool has_end(uint64_t word)
{
    uint64_t quote = word ^ (ONES * '"');
    uint64_t slash = word ^ (ONES * '\\');
    return ((((quote - ONES) & ~quote) | ((slash - ONES) & ~slash) |
                ((word - ONES * 0x20) & ~word)) &
               HIGHS) != 0;
}

static bool read_hex(struct rp_str text, uint32_t *out)
{
    *out = 0;
    for (size_t i = 0; i < 4; i++) {
        char c = i < text.len ? text.ptr[i] : '?';
        uint32_t digit;
        if (c >= '0' && c <= '9') {
            digit = (uint32_t)(c - '0');
        } else if ((c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F')) {
            digit = (uint32_t)((c | 0x20) - 'a') + 10;
        } else {
            return false;
        }
        *out = *out << 4 | digit;
    }
    return true;
}

static bool scan_escape(struct scan *s)
{
    uint32_t unit;
    if (s->end - s->at < 2) {
        return false;
    }
    if (s->at[1] == 'u') {
        s->at += 6;
        return s->end - s->at >= 0 &&
               read_hex((struct rp_str){s->at - 4, 4}, &unit);
    }
    s->at += 2;
    return strchr("\"\\/bfnrt", s->at[-1]) != NULL && s->at[-1] != '\0';
}

/* Behind the quote. */
static bool scan_string(struct scan *s, enum rp__token_kind kind)
{
    const char *begin = s->at;
    uint64_t seen = 0;
    bool escaped = false;
    for (;;) {
        while (s->end - s->at >= 8) {
            uint64_t word = load(s->at);
            if (has_end(word)) {
                break;
            }
            seen |= word;
            s->at += 8;
        }
        if (s->at >= s->end) {
            return false;
        }
        unsigned char c = (unsigned char)*s->at;
        if (c == '"') {
            break;
        }
        if (c == '\\') {
            escaped = true;
            if (!scan_escape(s)) {
                return false;
            }
        } else if (c < 0x20) {
            return false;
        } else {
            seen |= c;
            s->at++;
        }
    }
    struct rp__token *token = add(s, kind);
    token->text = (struct rp_str){begin, (size_t)(s->at - begin)};
    token->escaped = escaped;
    token->special = (seen & HIGHS) != 0;
    s->at++;
    return true;
}

/* ---- numbers and words ---- */

static bool is_digit(const struct scan *s)
{
    return s->at < s->end && *s->at >= '0' && *s->at <= '9';
}

static bool scan_digits(struct scan *s)
{
    bool any = is_digit(s);
    while (is_digit(s)) {
        s->at++;
    }
    return any;
}

/* What stands behind the whole part; `*whole` false: there was something. */
static bool scan_rest(struct scan *s, bool *whole)
{
    *whole = true;
    if (s->at < s->end && *s->at == '.') {
        *whole = false;
        s->at++;
        if (!scan_digits(s)) {
            return false;
        }
    }
    if (s->at < s->end && (*s->at == 'e' || *s->at == 'E')) {
        *whole = false;
        s->at++;
        if (s->at < s->end && (*s->at == '+' || *s->at == '-')) {
            s->at++;
        }
        return scan_digits(s);
    }
    return true;
}

/* A whole number is an integer, one with a point or exponent a double, and so
 * is one that no integer holds. */
static bool scan_number(struct scan *s)
{
    const char *begin = s->at;
    bool negative = *s->at == '-';
    s->at += negative;
    uint64_t value = 0;
    bool fits = true;
    const char *digits = s->at;
    for (; is_digit(s); s->at++) {
        uint64_t digit = (uint64_t)(*s->at - '0');
        fits = fits && value <= (UINT64_MAX - digit) / 10;
        value = value * 10 + digit;
    }
    bool whole;
    if (s->at == digits || (*digits == '0' && s->at - digits > 1) ||
        !scan_rest(s, &whole)) {
        return false;
    }
    bool is_int =
        whole && fits && value <= (uint64_t)INT64_MAX + (negative ? 1 : 0);
    struct rp__token *token = add(s, is_int ? RP__TOKEN_INT : RP__TOKEN_DOUBLE);
    token->text = (struct rp_str){begin, (size_t)(s->at - begin)};
    token->number = (int64_t)(negative ? 0 - value : value);
    return true;
}

static bool scan_word(
    struct scan *s, const char *word, enum rp__token_kind kind)
{
    size_t len = strlen(word);
    if ((size_t)(s->end - s->at) < len || memcmp(s->at, word, len) != 0) {
        return false;
    }
    s->at += len;
    (void)add(s, kind);
    return true;
}

/* ---- containers ---- */

static const struct rp__token *innermost(const struct scan *s)
{
    return s->depth == 0 ? NULL : &s->tokens->items[s->open[s->depth - 1]];
}

static bool in_list(const struct scan *s)
{
    const struct rp__token *around = innermost(s);
    return around != NULL && around->kind == RP__TOKEN_LIST;
}

/* Whether a map that begins now is one in a wrapper: then its members are
 * just that. `number` of a map says so while it is open. */
static bool is_wrapped(const struct scan *s)
{
    const struct rp__token *around = innermost(s);
    const struct rp__tokens *tokens = s->tokens;
    return around != NULL && around->kind == RP__TOKEN_MAP &&
           around->number == 0 &&
           tokens->items[tokens->count - 1].kind == RP__TOKEN_KEY &&
           rp_str_is(tokens->items[tokens->count - 1].text, "$map");
}

static bool push(struct scan *s, enum rp__token_kind kind)
{
    if (s->depth == RP__ATTR_DEPTH_MAX) {
        return false;
    }
    bool wrapped = kind == RP__TOKEN_MAP && is_wrapped(s);
    s->open[s->depth++] = s->tokens->count;
    add(s, kind)->number = wrapped;
    return true;
}

static bool is_no_number(struct rp_str text)
{
    return rp_str_is(text, "NaN") || rp_str_is(text, "Infinity") ||
           rp_str_is(text, "-Infinity");
}

/* What a map of `inside` tokens stands for, if not for itself. */
static bool replace_map(
    struct rp__tokens *tokens, struct rp__token *map, uint32_t inside)
{
    struct rp_str key = inside < 2 ? RP_STR("") : map[1].text;
    bool text = inside == 2 && map[2].kind == RP__TOKEN_TEXT && !map[2].escaped;
    bool bytes = text && rp_str_is(key, "$bytes");
    if ((bytes && rp__base64_valid(map[2].text)) ||
        (text && rp_str_is(key, "$double") && is_no_number(map[2].text))) {
        map[0] = map[2];
        map[0].kind = bytes ? RP__TOKEN_BYTES : RP__TOKEN_DOUBLE;
        tokens->count -= 2;
        return true;
    }
    if (rp_str_is(key, "$map") && map[2].kind == RP__TOKEN_MAP &&
        map[2].number == inside - 2) {
        memmove(map, map + 2, (inside - 1) * sizeof(*map));
        tokens->count -= 2;
        return true;
    }
    return false;
}

/* `number` of a map that is closed: where its end is, from its beginning. */
static void close_map(struct scan *s)
{
    uint32_t begin = s->open[--s->depth];
    struct rp__token *map = &s->tokens->items[begin];
    uint32_t inside = s->tokens->count - begin - 1;
    if (map->number != 0 || !replace_map(s->tokens, map, inside)) {
        map->number = inside + 1;
        (void)add(s, RP__TOKEN_MAP_END);
    }
}

static bool scan_key(struct scan *s)
{
    return take(s, '"') && scan_string(s, RP__TOKEN_KEY) && take(s, ':');
}

/* A value, or the beginning of one: then `*opened`. */
static bool scan_value(struct scan *s, bool *opened)
{
    skip_space(s);
    *opened = false;
    switch (s->at < s->end ? *s->at : '\0') {
    case '"':
        s->at++;
        return scan_string(s, RP__TOKEN_TEXT);
    case '{':
    case '[':
        *opened = true;
        return push(s, *s->at++ == '{' ? RP__TOKEN_MAP : RP__TOKEN_LIST);
    case 't':
        return scan_word(s, "true", RP__TOKEN_TRUE);
    case 'f':
        return scan_word(s, "false", RP__TOKEN_FALSE);
    case 'n':
        return scan_word(s, "null", RP__TOKEN_NULL);
    case '\0':
        return false;
    default:
        return scan_number(s);
    }
}

/* Closes what ends here, and takes the comma before what follows. False: the
 * text is wrong; `*done`: the outermost object has ended. */
static bool scan_ends(struct scan *s, bool *done)
{
    for (*done = false; !*done;) {
        bool list = in_list(s);
        if (take(s, ',')) {
            return list || scan_key(s);
        }
        if (!take(s, list ? ']' : '}')) {
            return false;
        }
        if (list) {
            s->depth--;
            (void)add(s, RP__TOKEN_LIST_END);
        } else if (s->depth > 0) {
            close_map(s);
        } else {
            *done = true;
        }
    }
    return true;
}

/* What was opened is empty, or its first key is taken. */
static bool scan_opening(struct scan *s, bool *empty)
{
    bool list = in_list(s);
    skip_space(s);
    *empty = s->at < s->end && *s->at == (list ? ']' : '}');
    return *empty || list || scan_key(s);
}

static bool scan_object(struct scan *s)
{
    bool done = false;
    bool opened = true; /* the outermost one */
    if (!take(s, '{')) {
        return false;
    }
    while (!done) {
        bool empty = false;
        if (opened && !scan_opening(s, &empty)) {
            return false;
        }
        opened = false;
        if (!empty && !scan_value(s, &opened)) {
            return false;
        }
        if (!opened && !scan_ends(s, &done)) {
            return false;
        }
    }
    skip_space(s);
    return s->at == s->end;
}

bool rp__tokens_read(struct rp__tokens *tokens, struct rp_str json)
{
    if (json.len == 0) {
        tokens->count = 0;
        return false;
    }
    struct scan s = {
        .at = json.ptr, .end = json.ptr + json.len, .tokens = tokens};
    tokens->count = 0;
    if (!scan_object(&s)) {
        tokens->count = 0;
        return false;
    }
    return true;
}

void rp__tokens_fini(struct rp__tokens *tokens)
{
    rp_mem_free(tokens->items);
    *tokens = (struct rp__tokens){0};
}

/* ---- characters ---- */

static void add_character(struct rp_buf *out, uint32_t c)
{
    char bytes[4];
    size_t len;
    if (c < 0x80) {
        bytes[0] = (char)c;
        len = 1;
    } else if (c < 0x800) {
        bytes[0] = (char)(0xC0 | c >> 6);
        len = 2;
    } else if (c < 0x10000) {
        bytes[0] = (char)(0xE0 | c >> 12);
        len = 3;
    } else {
        bytes[0] = (char)(0xF0 | c >> 18);
        len = 4;
    }
    for (size_t i = 1; i < len; i++) {
        bytes[i] = (char)(0x80 | (c >> 6 * (len - 1 - i) & 0x3F));
    }
    rp_buf_add(out, (struct rp_str){bytes, len});
}

/* Of "\uXXXX" at `text`; the bytes it takes. Half a pair is U+FFFD. */
static size_t add_unicode(struct rp_buf *out, struct rp_str text)
{
    uint32_t first;
    uint32_t second;
    (void)read_hex((struct rp_str){text.ptr + 2, 4}, &first);
    if (first >= 0xD800 && first < 0xDC00 && text.len >= 12 &&
        memcmp(text.ptr + 6, "\\u", 2) == 0 &&
        read_hex((struct rp_str){text.ptr + 8, 4}, &second) &&
        second >= 0xDC00 && second < 0xE000) {
        add_character(
            out, 0x10000 + ((first - 0xD800) << 10) + (second - 0xDC00));
        return 12;
    }
    add_character(out, first >= 0xD800 && first < 0xE000 ? 0xFFFD : first);
    return 6;
}

struct rp_str rp__token_text(
    const struct rp__token *token, struct rp_buf *scratch)
{
    static const char letters[] = "bfnrt";
    static const char meant[] = "\b\f\n\r\t";
    struct rp_str rest = token->text;
    if (!token->escaped) {
        return rest;
    }
    rp_buf_reset(scratch);
    while (rest.len > 0) {
        size_t used = 1;
        if (rest.ptr[0] != '\\') {
            const char *slash = memchr(rest.ptr, '\\', rest.len);
            used = slash == NULL ? rest.len : (size_t)(slash - rest.ptr);
            rp_buf_add(scratch, (struct rp_str){rest.ptr, used});
        } else if (rest.ptr[1] == 'u') {
            used = add_unicode(scratch, rest);
        } else {
            const char *letter = strchr(letters, rest.ptr[1]);
            rp_buf_add_char(scratch,
                letter == NULL ? rest.ptr[1] : meant[letter - letters]);
            used = 2;
        }
        rest = (struct rp_str){rest.ptr + used, rest.len - used};
    }
    return rp_buf_str(scratch);
}
