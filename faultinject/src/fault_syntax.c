/* Faults of JSON's syntax, and of bytes inside of its texts. Tokens are found
 * by looking for quotes, so that a document that is not whole is no obstacle.
 */
#include "fault_output.h"
#include "fault_params.h"

#include <string.h>

enum token_kind { END, STRING, NUMBER, WORD, MARK, SPACE };

struct token {
    enum token_kind kind;
    size_t begin, end; /* with quotes */
};

static bool is_word_byte(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
           (c >= '0' && c <= '9') || c == '-' || c == '+' || c == '.' ||
           c == '_';
}

static size_t string_end(struct rp_str bytes, size_t begin)
{
    size_t i = begin + 1;
    while (i < bytes.len && bytes.ptr[i] != '"') {
        i += bytes.ptr[i] == '\\' ? 2 : 1;
    }
    return i < bytes.len ? i + 1 : bytes.len;
}

static struct token token_at(struct rp_str bytes, size_t at)
{
    struct token token = {END, at, at};
    if (at >= bytes.len) {
        return token;
    }
    char c = bytes.ptr[at];
    token.end = at + 1;
    if (c == '"') {
        token.kind = STRING;
        token.end = string_end(bytes, at);
    } else if (is_word_byte(c)) {
        token.kind = (c >= '0' && c <= '9') || c == '-' ? NUMBER : WORD;
        while (token.end < bytes.len && is_word_byte(bytes.ptr[token.end])) {
            token.end++;
        }
    } else {
        token.kind =
            c == ' ' || c == '\n' || c == '\t' || c == '\r' ? SPACE : MARK;
    }
    return token;
}

/* The first token of that kind, of marks the first that is one of `marks`. */
static bool first(struct rp_str bytes, enum token_kind kind, const char *marks,
    struct token *out)
{
    struct token token = token_at(bytes, 0);
    while (token.kind != END) {
        bool wanted =
            token.kind == kind &&
            (marks == NULL || strchr(marks, bytes.ptr[token.begin]) != NULL);
        if (wanted) {
            *out = token;
            return true;
        }
        token = token_at(bytes, token.end);
    }
    return false;
}

static bool last(struct rp_str bytes, enum token_kind kind, const char *marks,
    struct token *out)
{
    struct rp_str rest = bytes;
    struct token token;
    size_t before = 0;
    bool any = false;
    while (first(rest, kind, marks, &token)) {
        *out = (struct token){
            token.kind, before + token.begin, before + token.end};
        before += token.end;
        rest = (struct rp_str){bytes.ptr + before, bytes.len - before};
        any = true;
    }
    return any;
}

/* A text of two bytes and more, to be broken in its middle. */
static bool long_string(struct rp_str bytes, size_t *middle)
{
    struct token token = token_at(bytes, 0);
    while (token.kind != END) {
        if (token.kind == STRING && token.end - token.begin >= 4) {
            *middle = token.begin + (token.end - token.begin) / 2;
            /* Not between a backslash and what it is about. */
            return bytes.ptr[*middle - 1] != '\\';
        }
        token = token_at(bytes, token.end);
    }
    return false;
}

static bool insert(
    struct rp_buf *out, struct rp_str bytes, size_t at, struct rp_str with)
{
    return rp__fault_splice(out, bytes, at, at, with);
}

/* ---- inside of texts ---- */

static bool in_text(
    struct rp_buf *out, const struct rp__fault_output *o, struct rp_str with)
{
    size_t middle;
    return long_string(o->bytes, &middle) &&
           insert(out, o->bytes, middle, with);
}

static bool nul_inside(struct rp_buf *out, const struct rp__fault_output *o)
{
    return in_text(out, o, (struct rp_str){"\0", 1});
}

static bool raw_control(struct rp_buf *out, const struct rp__fault_output *o)
{
    return in_text(out, o, RP_STR("\x01"));
}

static bool bad_utf8(struct rp_buf *out, const struct rp__fault_output *o)
{
    static const struct rp_str forms[] = {
        {"\xFF", 1}, {"\xC0\xAF", 2}, {"\xED\xA0\x80", 3}};
    return in_text(out, o, forms[o->rule->form]);
}

static bool unescaped_quote(
    struct rp_buf *out, const struct rp__fault_output *o)
{
    return in_text(out, o, RP_STR("\""));
}

/* ---- marks ---- */

static bool trailing_comma(struct rp_buf *out, const struct rp__fault_output *o)
{
    struct token close;
    return last(o->bytes, MARK, "}]", &close) &&
           insert(out, o->bytes, close.begin, RP_STR(","));
}

static bool without(
    struct rp_buf *out, const struct rp__fault_output *o, const char *mark)
{
    struct token token;
    return first(o->bytes, MARK, mark, &token) &&
           rp__fault_splice(out, o->bytes, token.begin, token.end, RP_STR(" "));
}

static bool missing_comma(struct rp_buf *out, const struct rp__fault_output *o)
{
    return without(out, o, ",");
}

static bool missing_colon(struct rp_buf *out, const struct rp__fault_output *o)
{
    return without(out, o, ":");
}

static bool missing_close(struct rp_buf *out, const struct rp__fault_output *o)
{
    struct token close;
    return last(o->bytes, MARK, "}]", &close) &&
           rp__fault_splice(out, o->bytes, close.begin, close.end, RP_STR(""));
}

static bool extra_close(struct rp_buf *out, const struct rp__fault_output *o)
{
    struct token close;
    return last(o->bytes, MARK, "}]", &close) &&
           insert(out, o->bytes, close.end, RP_STR("}"));
}

static bool wrong_close(struct rp_buf *out, const struct rp__fault_output *o)
{
    struct token close;
    if (!last(o->bytes, MARK, "}]", &close)) {
        return false;
    }
    bool brace = o->bytes.ptr[close.begin] == '}';
    return rp__fault_splice(out, o->bytes, close.begin, close.end,
        brace ? RP_STR("]") : RP_STR("}"));
}

static bool comments(struct rp_buf *out, const struct rp__fault_output *o)
{
    struct token open;
    return first(o->bytes, MARK, "{[", &open) &&
           insert(out, o->bytes, open.end, RP_STR(" /* as asked */ "));
}

static bool ellipsis(struct rp_buf *out, const struct rp__fault_output *o)
{
    struct token close;
    return last(o->bytes, MARK, "}]", &close) &&
           insert(out, o->bytes, close.begin, RP_STR(", ..."));
}

/* ---- quotes ---- */

static bool single_quotes(struct rp_buf *out, const struct rp__fault_output *o)
{
    struct token token = token_at(o->bytes, 0);
    bool any = false;
    for (; token.kind != END; token = token_at(o->bytes, token.end)) {
        struct rp_str text = {
            o->bytes.ptr + token.begin, token.end - token.begin};
        if (token.kind == STRING && text.len >= 2) {
            rp_buf_add_char(out, '\'');
            rp_buf_add(out, (struct rp_str){text.ptr + 1, text.len - 2});
            rp_buf_add_char(out, '\'');
            any = true;
        } else {
            rp_buf_add(out, text);
        }
    }
    return any;
}

static bool quoted(struct rp_buf *out, const struct rp__fault_output *o,
    const char *open, const char *close)
{
    struct token token;
    if (!first(o->bytes, STRING, NULL, &token) || token.end - token.begin < 3) {
        return false;
    }
    rp_buf_add(out, (struct rp_str){o->bytes.ptr, token.begin});
    rp_buf_add_text(out, open);
    rp_buf_add(out, (struct rp_str){o->bytes.ptr + token.begin + 1,
                        token.end - token.begin - 2});
    rp_buf_add_text(out, close);
    rp_buf_add(out,
        (struct rp_str){o->bytes.ptr + token.end, o->bytes.len - token.end});
    return true;
}

static bool smart_quotes(struct rp_buf *out, const struct rp__fault_output *o)
{
    return quoted(out, o, "\xE2\x80\x9C", "\xE2\x80\x9D");
}

/* The first name of an object, which is the text before a colon. */
static bool unquoted_keys(struct rp_buf *out, const struct rp__fault_output *o)
{
    struct token colon;
    return first(o->bytes, MARK, ":", &colon) && quoted(out, o, "", "");
}

/* ---- words and numbers ---- */

static bool python_literals(
    struct rp_buf *out, const struct rp__fault_output *o)
{
    static const char *const words[][2] = {
        {"true", "True"}, {"false", "False"}, {"null", "None"}};
    struct token token;
    if (!first(o->bytes, WORD, NULL, &token)) {
        return false;
    }
    struct rp_str word = {o->bytes.ptr + token.begin, token.end - token.begin};
    for (size_t i = 0; i < RP_COUNT_OF(words); i++) {
        if (rp_str_is(word, words[i][0])) {
            return rp__fault_splice(
                out, o->bytes, token.begin, token.end, rp_str_of(words[i][1]));
        }
    }
    return false;
}

static bool for_number(
    struct rp_buf *out, const struct rp__fault_output *o, struct rp_str with)
{
    struct token token;
    return first(o->bytes, NUMBER, NULL, &token) &&
           rp__fault_splice(out, o->bytes, token.begin, token.end, with);
}

static bool nan_inf(struct rp_buf *out, const struct rp__fault_output *o)
{
    return for_number(out, o, rp_str_of(rp__fault_form(o->rule)));
}

static bool odd_number(struct rp_buf *out, const struct rp__fault_output *o)
{
    return for_number(out, o, rp_str_of(rp__fault_form(o->rule)));
}

/* ---- members ---- */

/* What stands behind the first colon: a text, a number or a word. */
static bool first_value(
    struct rp_str bytes, struct token *colon, struct token *value)
{
    if (!first(bytes, MARK, ":", colon)) {
        return false;
    }
    *value = token_at(bytes, colon->end);
    while (value->kind == SPACE) {
        *value = token_at(bytes, value->end);
    }
    return value->kind == STRING || value->kind == NUMBER ||
           value->kind == WORD;
}

static bool undefined(struct rp_buf *out, const struct rp__fault_output *o)
{
    struct token colon, value;
    return first_value(o->bytes, &colon, &value) &&
           rp__fault_splice(
               out, o->bytes, value.begin, value.end, RP_STR("undefined"));
}

static bool key_no_value(struct rp_buf *out, const struct rp__fault_output *o)
{
    struct token colon, value;
    return first_value(o->bytes, &colon, &value) &&
           rp__fault_splice(out, o->bytes, value.begin, value.end, RP_STR(""));
}

/* "{"a": …" becomes "{"a": null, "a": …". */
static bool dup_keys(struct rp_buf *out, const struct rp__fault_output *o)
{
    struct token open, name, colon;
    if (!first(o->bytes, MARK, "{", &open) ||
        !first(o->bytes, STRING, NULL, &name) ||
        !first(o->bytes, MARK, ":", &colon) || name.begin < open.end ||
        name.end > colon.begin) {
        return false;
    }
    rp_buf_add(out, (struct rp_str){o->bytes.ptr, name.begin});
    rp_buf_add(
        out, (struct rp_str){o->bytes.ptr + name.begin, name.end - name.begin});
    rp_buf_add_text(out, ": null, ");
    rp_buf_add(out,
        (struct rp_str){o->bytes.ptr + name.begin, o->bytes.len - name.begin});
    return true;
}

rp__fault_function *rp__fault_syntax_function(enum rp_fault_kind kind)
{
    static rp__fault_function *const functions[RP_FAULT_KIND_COUNT] = {
        [RP_FAULT_OUT_NUL_INSIDE] = nul_inside,
        [RP_FAULT_OUT_RAW_CONTROL] = raw_control,
        [RP_FAULT_OUT_BAD_UTF8] = bad_utf8,
        [RP_FAULT_OUT_TRAILING_COMMA] = trailing_comma,
        [RP_FAULT_OUT_MISSING_COMMA] = missing_comma,
        [RP_FAULT_OUT_MISSING_COLON] = missing_colon,
        [RP_FAULT_OUT_MISSING_CLOSE] = missing_close,
        [RP_FAULT_OUT_EXTRA_CLOSE] = extra_close,
        [RP_FAULT_OUT_WRONG_CLOSE] = wrong_close,
        [RP_FAULT_OUT_SINGLE_QUOTES] = single_quotes,
        [RP_FAULT_OUT_SMART_QUOTES] = smart_quotes,
        [RP_FAULT_OUT_UNQUOTED_KEYS] = unquoted_keys,
        [RP_FAULT_OUT_UNESCAPED_QUOTE] = unescaped_quote,
        [RP_FAULT_OUT_PYTHON_LITERALS] = python_literals,
        [RP_FAULT_OUT_NAN_INF] = nan_inf,
        [RP_FAULT_OUT_UNDEFINED] = undefined,
        [RP_FAULT_OUT_COMMENTS] = comments,
        [RP_FAULT_OUT_ELLIPSIS] = ellipsis,
        [RP_FAULT_OUT_DUP_KEYS] = dup_keys,
        [RP_FAULT_OUT_KEY_NO_VALUE] = key_no_value,
        [RP_FAULT_OUT_ODD_NUMBER] = odd_number,
    };
    return functions[kind];
}
