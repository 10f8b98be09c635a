/* schema_ecma.c - from ECMA-262 patterns to PCRE2 ones.
 *
 * What the two agree on is passed through; what ECMA-262 has otherwise is
 * rewritten; what only PCRE2 has (\Z, (?i), a++, verbs, recursion, ...) is
 * refused, so that a pattern means here what it means elsewhere.
 */
#include "schema_pattern.h"

#include <stdio.h>
#include <string.h>

#define SPACES "\\p{Xsp}\\x{FEFF}" /* ECMA-262 white space and line ends */
#define LINE_ENDS "\\n\\r\\x{2028}\\x{2029}"
#define NAME_MAX_BYTES 48

struct translator {
    struct rp_buf *out;
    const char *at;
    const char *end;
    char *message;
    bool is_repeatable; /* something stands before that a quantifier fits */
};

static bool refuse(struct translator *t, const char *format, ...)
    RP_PRINTF(2, 3);

static bool refuse(struct translator *t, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    (void)vsnprintf(t->message, RP__PATTERN_MESSAGE_MAX, format, args);
    va_end(args);
    return false;
}

static struct rp_str span(const char *begin, const char *end)
{
    return (struct rp_str){begin, (size_t)(end - begin)};
}

struct category {
    const char *name;
    const char *code;
};

/* General categories by their long names, which PCRE2 does not know. */
static const struct category categories[] = {
    {"Letter", "L"},
    {"Cased_Letter", "L&"},
    {"LC", "L&"},
    {"Uppercase_Letter", "Lu"},
    {"Lowercase_Letter", "Ll"},
    {"Titlecase_Letter", "Lt"},
    {"Modifier_Letter", "Lm"},
    {"Other_Letter", "Lo"},
    {"Mark", "M"},
    {"Combining_Mark", "M"},
    {"Nonspacing_Mark", "Mn"},
    {"Spacing_Mark", "Mc"},
    {"Enclosing_Mark", "Me"},
    {"Number", "N"},
    {"Decimal_Number", "Nd"},
    {"digit", "Nd"},
    {"Letter_Number", "Nl"},
    {"Other_Number", "No"},
    {"Punctuation", "P"},
    {"punct", "P"},
    {"Connector_Punctuation", "Pc"},
    {"Dash_Punctuation", "Pd"},
    {"Open_Punctuation", "Ps"},
    {"Close_Punctuation", "Pe"},
    {"Initial_Punctuation", "Pi"},
    {"Final_Punctuation", "Pf"},
    {"Other_Punctuation", "Po"},
    {"Symbol", "S"},
    {"Math_Symbol", "Sm"},
    {"Currency_Symbol", "Sc"},
    {"Modifier_Symbol", "Sk"},
    {"Other_Symbol", "So"},
    {"Separator", "Z"},
    {"Space_Separator", "Zs"},
    {"Line_Separator", "Zl"},
    {"Paragraph_Separator", "Zp"},
    {"Other", "C"},
    {"Control", "Cc"},
    {"cntrl", "Cc"},
    {"Format", "Cf"},
    {"Surrogate", "Cs"},
    {"Private_Use", "Co"},
    {"Unassigned", "Cn"},
};

static struct rp_str without_prefix(struct rp_str name)
{
    static const char *const prefixes[] = {"General_Category=", "gc="};
    for (size_t i = 0; i < RP_COUNT_OF(prefixes); i++) {
        struct rp_str prefix = rp_str_of(prefixes[i]);
        if (rp_str_starts(name, prefix)) {
            return span(name.ptr + prefix.len, name.ptr + name.len);
        }
    }
    return name;
}

/* \p{...} or \P{...}; `at` stands on the brace. */
static bool property(struct translator *t, char letter)
{
    const char *close = t->at < t->end && *t->at == '{'
                            ? memchr(t->at, '}', (size_t)(t->end - t->at))
                            : NULL;
    if (close == NULL || close - t->at > NAME_MAX_BYTES) {
        return refuse(t, "a Unicode property is written as \\p{Name}");
    }
    struct rp_str name = without_prefix(span(t->at + 1, close));
    t->at = close + 1;
    if (rp_str_is(name, "Assigned")) {
        letter = letter == 'p' ? 'P' : 'p';
        name = RP_STR("Cn");
    }
    for (size_t i = 0; i < RP_COUNT_OF(categories); i++) {
        if (rp_str_is(name, categories[i].name)) {
            name = rp_str_of(categories[i].code);
            break;
        }
    }
    rp_buf_addf(t->out, "\\%c{%.*s}", letter, RP_STR_ARG(name));
    return true;
}

/* Exactly `count` digits at `*at`. */
static bool take_hex(struct translator *t, unsigned count, uint32_t *value)
{
    const char *p = t->at;
    *value = 0;
    for (unsigned i = 0; i < count; i++, p++) {
        int digit = p < t->end ? rp_hex_digit(*p) : -1;
        if (digit < 0) {
            return false;
        }
        *value = *value * 16 + (uint32_t)digit;
    }
    t->at = p;
    return true;
}

static bool take_braced_hex(struct translator *t, uint32_t *value)
{
    const char *p = t->at + 1;
    *value = 0;
    while (p < t->end && rp_hex_digit(*p) >= 0 && *value <= 0x10FFFF) {
        *value = *value * 16 + (uint32_t)rp_hex_digit(*p++);
    }
    bool is_closed = p > t->at + 1 && p < t->end && *p == '}';
    t->at = p + 1;
    return is_closed && *value <= 0x10FFFF;
}

/* \uXXXX, a pair of them, or \u{X...}; `at` stands behind the u. */
static bool code_point(struct translator *t)
{
    uint32_t value = 0;
    bool is_braced = t->at < t->end && *t->at == '{';
    if (is_braced ? !take_braced_hex(t, &value) : !take_hex(t, 4, &value)) {
        return refuse(t, "\\u needs four hexadecimal digits");
    }
    uint32_t low = 0;
    if (value >= 0xD800 && value <= 0xDBFF && t->end - t->at >= 6 &&
        t->at[0] == '\\' && t->at[1] == 'u') {
        t->at += 2;
        if (take_hex(t, 4, &low) && low >= 0xDC00 && low <= 0xDFFF) {
            value = 0x10000 + ((value - 0xD800) << 10) + (low - 0xDC00);
        }
    }
    if (value >= 0xD800 && value <= 0xDFFF) {
        return refuse(t, "a lone surrogate is no character");
    }
    rp_buf_addf(t->out, "\\x{%X}", (unsigned)value);
    return true;
}

static bool is_one_of(char c, const char *set)
{
    return c != '\0' && strchr(set, c) != NULL;
}

/* Digits and letters that both take in the same sense. */
static bool escape_letter(struct translator *t, char c, bool in_class)
{
    uint32_t value = 0;
    if (is_one_of(c, "dDwWtnrfb") || (c == 'B' && !in_class) ||
        (is_one_of(c, "123456789") && !in_class)) {
        rp_buf_addf(t->out, "\\%c", c);
        t->is_repeatable = !is_one_of(c, "bB") || in_class;
        return true;
    }
    switch (c) {
    case 's':
        rp_buf_add_text(t->out, in_class ? SPACES : "[" SPACES "]");
        return true;
    case 'S': /* inside a class U+FEFF cannot be taken out again */
        rp_buf_add_text(t->out, in_class ? "\\P{Xsp}" : "[^" SPACES "]");
        return true;
    case 'v':
        rp_buf_add_text(t->out, "\\x0B");
        return true;
    case '0':
        rp_buf_add_text(t->out, "\\x{0}");
        return t->at == t->end || !is_one_of(*t->at, "0123456789") ||
               refuse(t, "octal escapes are not allowed");
    case 'x':
        if (!take_hex(t, 2, &value)) {
            return refuse(t, "\\x needs two hexadecimal digits");
        }
        rp_buf_addf(t->out, "\\x{%X}", (unsigned)value);
        return true;
    case 'u':
        return code_point(t);
    case 'p':
    case 'P':
        return property(t, c);
    case 'c':
        if (t->at == t->end || (*t->at | 0x20) < 'a' || (*t->at | 0x20) > 'z') {
            return refuse(t, "\\c needs a letter");
        }
        rp_buf_addf(t->out, "\\x{%X}", (unsigned)(*t->at++ & 0x1F));
        return true;
    default: /* a character: all others are no escapes */
        return refuse(t, "\\%.*s is no escape of ECMA-262",
            RP_STR_ARG(span(t->at - 1, t->at)));
    }
}

/* \k<name>; `at` stands behind the k. */
static bool named_reference(struct translator *t)
{
    const char *close = t->at < t->end && *t->at == '<'
                            ? memchr(t->at, '>', (size_t)(t->end - t->at))
                            : NULL;
    if (close == NULL) {
        return refuse(t, "\\k needs a <name>");
    }
    rp_buf_add_text(t->out, "\\k");
    rp_buf_add(t->out, span(t->at, close + 1));
    t->at = close + 1;
    return true;
}

/* `at` stands on the backslash. */
static bool escape(struct translator *t, bool in_class)
{
    t->is_repeatable = true;
    if (++t->at == t->end) {
        return refuse(t, "it ends in a backslash");
    }
    char c = *t->at++;
    bool is_word =
        (c >= '0' && c <= '9') || ((c | 0x20) >= 'a' && (c | 0x20) <= 'z');
    if (c == 'k' && !in_class) {
        return named_reference(t);
    }
    if (is_word) {
        return escape_letter(t, c, in_class);
    }
    if ((unsigned char)c >= 0x80) {
        rp_buf_add_char(t->out, c); /* the rest of the character follows */
        return true;
    }
    rp_buf_addf(t->out, "\\x{%X}", (unsigned)c);
    return true;
}

/* One byte, with C0 80 as the NUL it stands for. */
static void plain(struct translator *t)
{
    if ((unsigned char)*t->at == 0xC0 && t->end - t->at > 1) {
        rp_buf_add_text(t->out, "\\x{0}");
        t->at += 2;
    } else {
        rp_buf_add_char(t->out, *t->at++);
    }
}

/* `at` stands on the opening bracket. */
static bool character_class(struct translator *t)
{
    t->at++;
    bool is_negated = t->at < t->end && *t->at == '^';
    t->at += is_negated ? 1 : 0;
    t->is_repeatable = true;
    if (t->at < t->end && *t->at == ']') { /* PCRE2 takes it for a member */
        t->at++;
        rp_buf_add_text(t->out, is_negated ? "(?s:.)" : "(?!)");
        return true;
    }
    rp_buf_add_text(t->out, is_negated ? "[^" : "[");
    while (t->at < t->end && *t->at != ']') {
        if (*t->at == '\\') {
            if (!escape(t, true)) {
                return false;
            }
        } else if (*t->at == '[') { /* [: would begin a POSIX class */
            rp_buf_add_text(t->out, "\\[");
            t->at++;
        } else {
            plain(t);
        }
    }
    if (t->at == t->end) {
        return refuse(t, "a class is not closed: ']' is missing");
    }
    rp_buf_add_char(t->out, *t->at++);
    t->is_repeatable = true;
    return true;
}

/* `at` stands on the parenthesis. */
static bool group(struct translator *t)
{
    static const char *const allowed[] = {"?:", "?=", "?!", "?<=", "?<!"};
    t->is_repeatable = false;
    rp_buf_add_char(t->out, *t->at++);
    if (t->at < t->end && *t->at == '*') {
        return refuse(t, "there is nothing to repeat before '*'");
    }
    if (t->at == t->end || *t->at != '?') {
        return true;
    }
    struct rp_str rest = span(t->at, t->end);
    for (size_t i = 0; i < RP_COUNT_OF(allowed); i++) {
        struct rp_str prefix = rp_str_of(allowed[i]);
        if (rp_str_starts(rest, prefix)) {
            rp_buf_add(t->out, prefix);
            t->at += prefix.len;
            return true;
        }
    }
    const char *close = memchr(t->at, '>', rest.len);
    if (rest.len > 1 && rest.ptr[1] == '<' && close != NULL) {
        rp_buf_add(t->out, span(t->at, close + 1));
        t->at = close + 1;
        return true;
    }
    return refuse(t, "'(%.*s' is no group of ECMA-262",
        rest.len < 2 ? (int)rest.len : 2, t->at);
}

/* Whether a quantifier in braces begins at `at`, and where it ends. */
static const char *braces_end(const struct translator *t)
{
    const char *p = t->at + 1;
    const char *digits = p;
    while (p < t->end && *p >= '0' && *p <= '9') {
        p++;
    }
    if (p == digits) {
        return NULL;
    }
    if (p < t->end && *p == ',') {
        p++;
        while (p < t->end && *p >= '0' && *p <= '9') {
            p++;
        }
    }
    return p < t->end && *p == '}' ? p + 1 : NULL;
}

/* A quantifier that ends at `end`, and the '?' behind it. */
static bool quantifier(struct translator *t, const char *end)
{
    if (!t->is_repeatable) {
        return refuse(t, "there is nothing to repeat before '%.*s'",
            RP_STR_ARG(span(t->at, end)));
    }
    rp_buf_add(t->out, span(t->at, end));
    t->at = end;
    if (t->at < t->end && *t->at == '?') {
        rp_buf_add_char(t->out, *t->at++);
    }
    t->is_repeatable = false;
    return true;
}

static bool one(struct translator *t)
{
    const char *end = NULL;
    switch (*t->at) {
    case '\\':
        return escape(t, false);
    case '[':
        return character_class(t);
    case '(':
        return group(t);
    case '*':
    case '+':
    case '?':
        return quantifier(t, t->at + 1);
    case '{':
        end = braces_end(t);
        if (end != NULL) {
            return quantifier(t, end);
        }
        break;
    case '.':
        rp_buf_add_text(t->out, "[^" LINE_ENDS "]");
        t->at++;
        t->is_repeatable = true;
        return true;
    case '^':
    case '$':
    case '|':
        rp_buf_add_char(t->out, *t->at++);
        t->is_repeatable = false;
        return true;
    default: /* a character for itself */
        break;
    }
    plain(t);
    t->is_repeatable = true;
    return true;
}

bool rp__ecma_translate(struct rp_buf *out, struct rp_str pattern,
    char message[RP__PATTERN_MESSAGE_MAX])
{
    struct translator t = {.out = out, .at = pattern.ptr};
    t.message = message;
    t.end = pattern.len == 0 ? pattern.ptr : pattern.ptr + pattern.len;
    while (t.at < t.end) {
        if (!one(&t)) {
            return false;
        }
    }
    return true;
}
