#include <reprise/trace_context.h>

#include <string.h>

#define VERSION_LEN 2
#define TRACE_AT 3
#define SPAN_AT (TRACE_AT + RP_TRACE_ID_HEX_LEN + 1)
#define FLAGS_AT (SPAN_AT + RP_SPAN_ID_HEX_LEN + 1)
#define KEY_LEN_MAX 256
#define VALUE_LEN_MAX 256
#define LONG_MEMBER_BYTES 128 /* goes first when the list is too long */

/* Of optional white space, which is no line end. */
static struct rp_str trim(struct rp_str s)
{
    while (s.len > 0 && (s.ptr[0] == ' ' || s.ptr[0] == '\t')) {
        s.ptr++;
        s.len--;
    }
    while (s.len > 0 && (s.ptr[s.len - 1] == ' ' || s.ptr[s.len - 1] == '\t')) {
        s.len--;
    }
    return s;
}

/* Whether all bytes are of a class. */
static bool all(struct rp_str s, bool (*is)(char c))
{
    for (size_t i = 0; i < s.len; i++) {
        if (!is(s.ptr[i])) {
            return false;
        }
    }
    return true;
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool is_lower(char c)
{
    return c >= 'a' && c <= 'z';
}

static bool is_one_of(char c, const char *set)
{
    return c != '\0' && strchr(set, c) != NULL;
}

/* ---- traceparent ---- */

static bool is_hex(char c)
{
    return is_digit(c) || (c >= 'a' && c <= 'f');
}

/* Version and separators; whether what follows may follow. */
static bool has_shape(struct rp_str t)
{
    if (t.len < RP_TRACEPARENT_LEN || t.ptr[TRACE_AT - 1] != '-' ||
        t.ptr[SPAN_AT - 1] != '-' || t.ptr[FLAGS_AT - 1] != '-') {
        return false;
    }
    struct rp_str version = {t.ptr, VERSION_LEN};
    if (!all(version, is_hex) || rp_str_is(version, "ff")) {
        return false;
    }
    return t.len == RP_TRACEPARENT_LEN ||
           (!rp_str_is(version, "00") && t.ptr[RP_TRACEPARENT_LEN] == '-');
}

bool rp_traceparent_parse(
    struct rp_trace_context *out, struct rp_str traceparent)
{
    struct rp_str t = trim(traceparent);
    struct rp_trace_context found;
    if (!has_shape(t)) {
        return false;
    }
    struct rp_str trace = {t.ptr + TRACE_AT, RP_TRACE_ID_HEX_LEN};
    struct rp_str span = {t.ptr + SPAN_AT, RP_SPAN_ID_HEX_LEN};
    struct rp_str flags = {t.ptr + FLAGS_AT, 2};
    if (!all(trace, is_hex) || !all(span, is_hex) || !all(flags, is_hex) ||
        !rp_trace_id_parse(trace, &found.trace) ||
        !rp_span_id_parse(span, &found.parent)) {
        return false;
    }
    char low = flags.ptr[1];
    int bits = is_digit(low) ? low - '0' : low - 'a' + 10;
    found.sampled = (bits & RP_TRACE_FLAG_SAMPLED) != 0;
    found.random = (bits & RP_TRACE_FLAG_RANDOM) != 0;
    *out = found;
    return true;
}

void rp_traceparent_write(char *out, const struct rp_trace_context *context)
{
    int bits = (context->sampled ? RP_TRACE_FLAG_SAMPLED : 0) |
               (context->random ? RP_TRACE_FLAG_RANDOM : 0);
    memcpy(out, "00-", TRACE_AT);
    rp_trace_id_hex(&context->trace, out + TRACE_AT);
    out[SPAN_AT - 1] = '-';
    rp_span_id_hex(&context->parent, out + SPAN_AT);
    memcpy(out + FLAGS_AT - 1, "-0", 2);
    out[FLAGS_AT + 1] = (char)('0' + bits);
    out[RP_TRACEPARENT_LEN] = '\0';
}

/* ---- tracestate ---- */

static bool is_key_byte(char c)
{
    return is_lower(c) || is_digit(c) || is_one_of(c, "_-*/@");
}

static bool is_value_byte(char c)
{
    return c >= ' ' && c <= '~' && c != ',' && c != '=';
}

static bool is_state_member(struct rp_str member, struct rp_str *key)
{
    struct rp_str value;
    *key = rp_str_cut(member, '=', &value);
    return value.ptr != NULL && key->len >= 1 && key->len <= KEY_LEN_MAX &&
           (is_lower(key->ptr[0]) || is_digit(key->ptr[0])) &&
           all(*key, is_key_byte) && value.len >= 1 &&
           value.len <= VALUE_LEN_MAX && all(value, is_value_byte);
}

struct state_list {
    struct rp_str members[RP_TRACESTATE_MEMBERS_MAX];
    struct rp_str keys[RP_TRACESTATE_MEMBERS_MAX];
    uint32_t count; /* kept */
    uint32_t seen;  /* kept or not */
};

static bool take_state_member(struct state_list *list, struct rp_str member)
{
    struct rp_str key;
    if (member.len == 0) {
        return true;
    }
    if (list->seen++ == RP_TRACESTATE_MEMBERS_MAX ||
        !is_state_member(member, &key)) {
        return false;
    }
    for (uint32_t i = 0; i < list->count; i++) {
        if (rp_str_equal(list->keys[i], key)) {
            return true;
        }
    }
    list->keys[list->count] = key;
    list->members[list->count++] = member;
    return true;
}

static size_t joined_len(const struct state_list *list)
{
    size_t len = list->count == 0 ? 0 : list->count - 1;
    for (uint32_t i = 0; i < list->count; i++) {
        len += list->members[i].len;
    }
    return len;
}

static void remove_member(struct state_list *list, uint32_t at)
{
    list->count--;
    memmove(&list->members[at], &list->members[at + 1],
        (list->count - at) * sizeof(list->members[0]));
}

static void shorten(struct state_list *list)
{
    for (uint32_t i = list->count; i-- > 0;) {
        if (joined_len(list) > RP_TRACESTATE_BYTES_MAX &&
            list->members[i].len > LONG_MEMBER_BYTES) {
            remove_member(list, i);
        }
    }
    while (joined_len(list) > RP_TRACESTATE_BYTES_MAX) {
        list->count--;
    }
}

bool rp_tracestate_clean(struct rp_buf *out, struct rp_str tracestate)
{
    struct state_list list = {.count = 0, .seen = 0};
    struct rp_str rest = tracestate;
    while (rest.len > 0) {
        if (!take_state_member(&list, trim(rp_str_cut(rest, ',', &rest)))) {
            return false;
        }
    }
    shorten(&list);
    for (uint32_t i = 0; i < list.count; i++) {
        rp_buf_add(out, i == 0 ? RP_STR("") : RP_STR(","));
        rp_buf_add(out, list.members[i]);
    }
    return true;
}

/* ---- baggage ---- */

/* A token of HTTP. */
static bool is_token_byte(char c)
{
    return is_digit(c) || is_lower(c) || (c >= 'A' && c <= 'Z') ||
           is_one_of(c, "!#$%&'*+-.^_`|~");
}

static bool is_baggage_byte(char c)
{
    return c >= '!' && c <= '~' && !is_one_of(c, "\",;\\");
}

/* KEY=VALUE, or KEY alone where a property may be. */
static bool is_pair(struct rp_str text, bool value_needed)
{
    struct rp_str value;
    struct rp_str key = trim(rp_str_cut(trim(text), '=', &value));
    return key.len > 0 && all(key, is_token_byte) &&
           (value.ptr != NULL || !value_needed) &&
           all(trim(value), is_baggage_byte);
}

static bool is_baggage_member(struct rp_str member)
{
    struct rp_str rest;
    if (!is_pair(rp_str_cut(member, ';', &rest), true)) {
        return false;
    }
    while (rest.ptr != NULL) {
        if (!is_pair(rp_str_cut(rest, ';', &rest), false)) {
            return false;
        }
    }
    return true;
}

void rp_baggage_clean(struct rp_buf *out, struct rp_str baggage)
{
    uint32_t count = 0;
    size_t len = 0;
    struct rp_str rest = baggage;
    while (rest.len > 0 && count < RP_BAGGAGE_MEMBERS_MAX) {
        struct rp_str member = trim(rp_str_cut(rest, ',', &rest));
        size_t more = member.len + (count == 0 ? 0 : 1);
        if (len + more <= RP_BAGGAGE_BYTES_MAX && is_baggage_member(member)) {
            rp_buf_add(out, count++ == 0 ? RP_STR("") : RP_STR(","));
            rp_buf_add(out, member);
            len += more;
        }
    }
}

/* ---- which of them ---- */

struct rp_propagators rp_propagators_of(struct rp_str names)
{
    struct rp_propagators found = {false, false};
    struct rp_str rest = trim(names);
    if (rest.len == 0) {
        return (struct rp_propagators){true, true};
    }
    while (rest.len > 0) {
        struct rp_str name = trim(rp_str_cut(rest, ',', &rest));
        found.tracecontext =
            found.tracecontext || rp_str_is(name, "tracecontext");
        found.baggage = found.baggage || rp_str_is(name, "baggage");
        if (rp_str_is(name, "none")) {
            return (struct rp_propagators){false, false};
        }
    }
    return found;
}
