/* Messages are written back to front, so the text is read that way, too: each
 * value is written where it is met, then its key. Without a backslash in it, a
 * string ends at the quote in front of it.
 *
 * Short strings are copied in blocks that end where they end. What a block has
 * in front of its string comes from the same text and goes to where the next
 * bytes will be written. */
#include "otlp_quick.h"

#define BLOCK ((size_t)16)
#define NUMBER_BYTES_MAX 24
#define DIGITS_MAX 18
#define EXACT_MAX (UINT64_C(1) << 53) /* every integer below is a double */
#define SMALL 128                     /* lengths of one byte */
/* Of a member beside its key and its text: tags, lengths, a number. */
#define MEMBER_BYTES_MAX 64

enum { KEY = 1, VALUE = 2, STRING = 1, BOOL = 2, INT = 3, DOUBLE = 4 };

struct quick {
    const char *text; /* where it begins */
    const char *from; /* what is left of it ends here */
    struct rp_pb *out;
    uint8_t *to; /* the next byte is to[-1] */
};

/* ---- reading ---- */

#define ONES UINT64_C(0x0101010101010101)
#define HIGHS UINT64_C(0x8080808080808080)

/* Eight bytes, the last one in the high byte. */
static inline uint64_t load(const char *at)
{
    const unsigned char *b = (const unsigned char *)at;
    return (uint64_t)b[0] | (uint64_t)b[1] << 8 | (uint64_t)b[2] << 16 |
           (uint64_t)b[3] << 24 | (uint64_t)b[4] << 32 | (uint64_t)b[5] << 40 |
           (uint64_t)b[6] << 48 | (uint64_t)b[7] << 56;
}

/* The high bit of each byte that is zero, and no other. */
static inline uint64_t zeros(uint64_t word)
{
    return ~(((word & ~HIGHS) + ~HIGHS) | word | ~HIGHS);
}

/* Bytes above the highest bit that is set. */
static inline size_t bytes_above(uint64_t mask)
{
#if defined(__GNUC__)
    return (size_t)__builtin_clzll(mask) / 8;
#else
    size_t count = 0;
    for (; (mask & HIGHS & ~(HIGHS >> 8)) == 0; mask <<= 8) {
        count++;
    }
    return count;
#endif
}

static inline bool is_plain(char c)
{
    return c != '"' && c != '\\' && (unsigned char)c >= 0x20;
}

/* Of the string whose closing quote is at from[-1] the characters; `from` is
 * at its opening quote then. False: it has a backslash or a control, or no
 * beginning. */
static inline bool take_string(struct quick *q, struct rp_str *out)
{
    const char *end = q->from - 1;
    const char *at = end;
    uint64_t seen = 0;
    while (at - q->text >= 8) {
        uint64_t word = load(at - 8);
        uint64_t ends = zeros(word ^ (ONES * '"')) |
                        zeros(word ^ (ONES * '\\')) |
                        zeros(word & (ONES * 0xE0));
        if (ends != 0) {
            size_t count = bytes_above(ends);
            at -= count;
            seen |= count == 0 ? 0 : word >> 8 * (8 - count);
            goto found;
        }
        seen |= word;
        at -= 8;
    }
    while (at > q->text && is_plain(at[-1])) { /* near the beginning */
        seen |= (uint64_t)(unsigned char)*--at;
    }
    if (at == q->text) {
        return false;
    }
found:
    *out = (struct rp_str){at, (size_t)(end - at)};
    q->from = at - 1;
    return at[-1] == '"' && ((seen & HIGHS) == 0 || rp_utf8_valid(*out, NULL));
}

/* ---- writing ---- */

static inline void put_varint(struct quick *q, uint64_t value)
{
    if (value < SMALL) {
        *--q->to = (uint8_t)value;
        return;
    }
    uint8_t bytes[10];
    size_t count = 0;
    for (; value >= SMALL; value >>= 7) {
        bytes[count++] = (uint8_t)(value | SMALL);
    }
    bytes[count++] = (uint8_t)value;
    q->to -= count;
    memcpy(q->to, bytes, count);
}

static inline void put_tag(
    struct quick *q, uint32_t field, enum rp_pb_wire wire)
{
    *--q->to = (uint8_t)(field << 3 | (uint32_t)wire);
}

/* There is room for a block in front of what is written. */
static inline void put_text(struct quick *q, struct rp_str text)
{
    const char *end = text.ptr + text.len;
    uint8_t *to = q->to;
    if (text.len > 2 * BLOCK || (size_t)(end - q->text) < 2 * BLOCK) {
        memcpy(to - text.len, text.ptr, text.len);
    } else {
        memcpy(to - BLOCK, end - BLOCK, BLOCK);
        if (text.len > BLOCK) {
            memcpy(to - 2 * BLOCK, end - 2 * BLOCK, BLOCK);
        }
    }
    q->to -= text.len;
    put_varint(q, text.len);
}

static inline void put_fixed64(struct quick *q, uint64_t value)
{
    q->to -= 8;
    for (int i = 0; i < 8; i++) {
        q->to[i] = (uint8_t)(value >> 8 * i);
    }
}

/* So much more can be written, and a block in front. */
static inline bool make_room(struct quick *q, size_t extra)
{
    struct rp_pb *out = q->out;
    size_t room = (size_t)(q->to - out->memory);
    if (room >= extra) {
        return true;
    }
    out->room = room;
    if (!rp_pb_grow(out, extra)) {
        return false;
    }
    q->to = out->memory + out->room;
    return true;
}

/* ---- values ---- */

static bool take_double(
    struct quick *q, uint64_t digits, int decimals, bool negative)
{
    static const double powers[] = {1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8,
        1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18};
    double value = (double)digits / powers[decimals]; /* both are exact */
    uint64_t bits;
    value = negative ? -value : value;
    memcpy(&bits, &value, sizeof(bits));
    put_fixed64(q, bits);
    put_tag(q, DOUBLE, RP_PB_FIXED64);
    return digits < EXACT_MAX;
}

/* Whole, or with a point and no exponent. */
static bool take_number(struct quick *q)
{
    const char *end = q->from;
    const char *at = end;
    while (at > q->text && at[-1] != ':' && end - at < NUMBER_BYTES_MAX) {
        at--;
    }
    q->from = at;
    bool negative = *at == '-';
    at += negative;
    const char *first = at;
    const char *point = NULL;
    uint64_t digits = 0;
    for (; at < end; at++) {
        unsigned digit = (unsigned)(unsigned char)*at - '0';
        if (digit < 10) {
            digits = digits * 10 + digit;
        } else if (*at == '.' && point == NULL && at > first) {
            point = at;
        } else {
            return false;
        }
    }
    const char *whole_end = point == NULL ? end : point;
    if (end - first > DIGITS_MAX || whole_end == first || point == end - 1 ||
        (*first == '0' && whole_end - first > 1)) {
        return false;
    }
    if (point != NULL) {
        return take_double(q, digits, (int)(end - point - 1), negative);
    }
    put_varint(q, negative ? 0 - digits : digits);
    put_tag(q, INT, RP_PB_VARINT);
    return true;
}

static bool take_word(struct quick *q)
{
    static const char *const words[] = {":false", ":true"};
    for (size_t i = 0; i < 2; i++) {
        size_t len = strlen(words[i]);
        if ((size_t)(q->from - q->text) > len &&
            memcmp(q->from - len, words[i], len) == 0) {
            q->from -= len - 1;
            *--q->to = (uint8_t)i;
            put_tag(q, BOOL, RP_PB_VARINT);
            return true;
        }
    }
    return false;
}

static inline bool take_value(struct quick *q)
{
    struct rp_str text;
    char last = q->from[-1];
    if (last == '"') {
        if (!take_string(q, &text) ||
            !make_room(q, text.len + MEMBER_BYTES_MAX)) {
            return false;
        }
        put_text(q, text);
        put_tag(q, STRING, RP_PB_BYTES);
        return true;
    }
    return make_room(q, MEMBER_BYTES_MAX) &&
           (last >= '0' && last <= '9' ? take_number(q) : take_word(q));
}

/* As rp_pb_mark(), which does not know of the last bytes yet. */
static inline size_t mark_of(const struct quick *q)
{
    return q->out->memory_bytes - (size_t)(q->to - q->out->memory);
}

/* "key":value, and what is in front of it stays. */
static inline bool take_member(struct quick *q, uint32_t field)
{
    struct rp_str key;
    size_t end = mark_of(q);
    if (!take_value(q) || q->from - q->text < 4 || q->from[-1] != ':' ||
        q->from[-2] != '"') {
        return false;
    }
    put_varint(q, mark_of(q) - end);
    put_tag(q, VALUE, RP_PB_BYTES);
    q->from--;
    if (!take_string(q, &key) || !make_room(q, key.len + MEMBER_BYTES_MAX)) {
        return false;
    }
    put_text(q, key);
    put_tag(q, KEY, RP_PB_BYTES);
    put_varint(q, mark_of(q) - end);
    put_tag(q, field, RP_PB_BYTES);
    return true;
}

bool rp__otlp_quick(struct rp_pb *out, uint32_t field, struct rp_str object)
{
    size_t mark = rp_pb_mark(out);
    if (object.len < 2 || object.ptr[0] != '{' ||
        object.ptr[object.len - 1] != '}' || out->overflowed) {
        return false;
    }
    struct quick q = {.text = object.ptr,
        .from = object.ptr + object.len - 1,
        .out = out,
        .to = out->memory + out->room};
    bool good = object.len == 2 || out->memory != NULL;
    for (bool more = object.len > 2; good && more;) {
        good = take_member(&q, field);
        more = good && q.from[-1] == ',';
        good = good && (more || q.from == object.ptr + 1);
        q.from -= more;
    }
    if (good) {
        out->room = (size_t)(q.to - out->memory);
    } else { /* as it was */
        out->room = out->memory_bytes - mark;
    }
    return good;
}
