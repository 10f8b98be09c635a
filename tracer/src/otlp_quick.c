/* The text has room behind it, so that it can be read in blocks. The messages
 * are written from the first to the last, as whatever is in one is known before
 * its length has to be, but for lists. */
#include "otlp_quick.h"

#include <reprise/mem.h>

#include "byte_block.h"

#define KEY_BYTES_MAX 45
#define KEY_TEXT_BYTES 48 /* with `"` in front and `":` behind */
#define KEY_HEAD_BYTES 64 /* whole blocks */
#define KEYS 128u         /* the first one is never there */
#define PROBES 4u
#define TEXT_BYTES_USUAL ((size_t)512)
#define TEXT_BYTES_MAX ((size_t)64 << 10)
#define WORD_DIGITS 8
#define DIGITS_MAX 18
#define EXACT_MAX (UINT64_C(1) << 53) /* every integer below is a double */
#define SMALL 128u                    /* lengths of one byte */
#define MEDIUM (SMALL * SMALL)        /* of two */

enum { KEY = 1, VALUE = 2, STRING = 1, BOOL = 2, INT = 3, DOUBLE = 4 };
enum { ARRAY = 5, VALUES = 1 };

#define TAG(field, wire) ((uint8_t)((field) << 3 | (wire)))

/* What a KeyValue begins with: tag, length, the field of the key, the tag of
 * the value, length. Lengths are left open, and the tag of what the value is
 * comes behind. */
#define HEAD_BESIDE_KEY 6u

/* A value that comes again is not read again. Whether it is worth looking out
 * for is tried a few times, and then seldom. */
#define LAST_BYTES_MAX ((size_t)48)
#define LAST_WHOLE_BYTES 128
#define LAST_TRIES 4

struct key {
    char text[KEY_TEXT_BYTES]; /* `"key":` */
    char last[LAST_BYTES_MAX]; /* the value it had, and what is behind it */
    char head[KEY_HEAD_BYTES];
    char whole[LAST_WHOLE_BYTES]; /* what it became with that value */
    /* Bits of their first blocks that are behind them. */
    uint16_t text_behind, last_behind;
    uint8_t text_len, last_len, head_len, whole_len;
    uint8_t misses;                    /* since it came again; wraps around */
    struct key *next[RP__OTLP_PLACES]; /* which came behind it */
};

struct rp__otlp_quick {
    struct key *keys; /* owned */
    bool known[KEYS]; /* which of them are set */
    struct key *first[RP__OTLP_PLACES];
    char *text; /* owned; has `room` bytes and RP__OTLP_QUICK_SPARE */
    size_t room;
    uint8_t *bytes; /* owned; as many as a text of `room` may become */
};

/* What is left of the text, and where what it becomes goes to. */
struct walk {
    const char *at;
    uint8_t *to;
};

/* ---- strings ---- */

/* Where the string that goes on at `at` ends; NULL: it has escapes, or is none.
 * Its first character is at `first`. */
static const char *find_end(const char *first, const char *at)
{
    while ((unsigned char)*at >= ' ' && *at != '"' && *at != '\\') {
        at++;
    }
    struct rp_str text = {first, (size_t)(at - first)};
    return *at == '"' && rp_utf8_valid(text, NULL) ? at : NULL;
}

/* The same, of which most is ASCII. */
static inline const char *end_of(const char *first)
{
    const char *at = first;
    unsigned ends = rp__block_ends(at);
    while (ends == 0) {
        at += RP__BLOCK;
        ends = rp__block_ends(at);
    }
    at += rp__bits_below(ends);
    return *at == '"' ? at : find_end(first, at);
}

/* ---- keys ---- */

static uint16_t bits_behind(size_t len)
{
    return (uint16_t)(len < RP__BLOCK ? RP__BLOCK_ALL << len : 0);
}

static void set_key(
    struct key *key, struct key *none, uint8_t tag, struct rp_str name)
{
    size_t text_len = name.len + 3;
    *key = (struct key){.text_len = (uint8_t)text_len,
        .head_len = (uint8_t)(name.len + HEAD_BESIDE_KEY),
        .text_behind = bits_behind(text_len),
        .last = {'?'}}; /* no value begins so */
    memcpy(key->text, name.ptr - 1, text_len);
    key->head[0] = (char)tag;
    key->head[2] = TAG(KEY, RP_PB_BYTES);
    key->head[3] = (char)name.len;
    memcpy(key->head + 4, name.ptr, name.len);
    key->head[4 + name.len] = TAG(VALUE, RP_PB_BYTES);
    for (int i = 0; i < RP__OTLP_PLACES; i++) {
        key->next[i] = none;
    }
}

static bool is_key(const struct key *key, uint8_t tag, struct rp_str name)
{
    return key->head_len == name.len + HEAD_BESIDE_KEY &&
           key->head[0] == (char)tag &&
           memcmp(key->head + 4, name.ptr, name.len) == 0;
}

static uint32_t hash_of(uint8_t tag, struct rp_str name)
{
    const uint64_t odd = UINT64_C(0x9E3779B97F4A7C15);
    uint64_t hash = tag;
    for (size_t i = 0; i < name.len; i++) {
        hash = (hash ^ (unsigned char)name.ptr[i]) * odd;
    }
    return (uint32_t)(hash >> 32);
}

/* The key whose quote is at `at`, which may take another one's place; NULL:
 * there is none, or a long one. */
static struct key *find_key(
    struct rp__otlp_quick *quick, uint8_t tag, const char *at)
{
    const char *end =
        *at == '"' ? memchr(at + 1, '"', KEY_BYTES_MAX + 1) : NULL;
    if (end == NULL || end[1] != ':' || end_of(at + 1) != end) {
        return NULL;
    }
    struct rp_str name = {at + 1, (size_t)(end - at - 1)};
    uint32_t hash = hash_of(tag, name);
    uint32_t number = 0;
    for (uint32_t i = 0; i < PROBES; i++) {
        number = (hash + i) % (KEYS - 1) + 1;
        if (!quick->known[number]) {
            break;
        }
        if (is_key(&quick->keys[number], tag, name)) {
            return &quick->keys[number];
        }
    }
    quick->known[number] = true;
    set_key(&quick->keys[number], &quick->keys[0], tag, name);
    return &quick->keys[number];
}

/* Whether a text that is in a key is at `at`. */
static inline bool is_at(
    const char *at, const char *text, size_t len, uint32_t behind)
{
    return (rp__block_same(at, text) | behind) == RP__BLOCK_ALL &&
           (len <= RP__BLOCK || rp__same_behind(at, text, len));
}

/* The value from `value` to `behind` became what is from `whole` to `to`. */
static void remember(struct key *key, const char *value, const char *behind,
    const uint8_t *whole, const uint8_t *to)
{
    size_t len = (size_t)(behind - value) + 1;
    if (len > LAST_BYTES_MAX || to - whole > LAST_WHOLE_BYTES) {
        return;
    }
    memcpy(key->last, value, len);
    memcpy(key->whole, whole, (size_t)(to - whole));
    key->last_len = (uint8_t)len;
    key->last_behind = bits_behind(len);
    key->whole_len = (uint8_t)(to - whole);
}

/* ---- writing ---- */

static inline size_t varint_bytes(uint64_t value)
{
    size_t count = 1;
    for (; value >= SMALL; value >>= 7) {
        count++;
    }
    return count;
}

static inline uint8_t *put_varint(uint8_t *to, uint64_t value)
{
    for (; value >= SMALL; value >>= 7) {
        *to++ = (uint8_t)(value | SMALL);
    }
    *to++ = (uint8_t)value;
    return to;
}

/* Of a value of few bytes: both lengths take one. */
static inline uint8_t *put_head(
    uint8_t *to, const struct key *key, uint32_t value_len)
{
    size_t len = key->head_len;
    rp__copy_blocks(to, key->head, len);
    to[1] = (uint8_t)(len - 2 + value_len);
    to[len - 1] = (uint8_t)value_len;
    return to + len;
}

static uint8_t *put_long_head(
    uint8_t *to, const struct key *key, size_t value_len)
{
    size_t inside = key->head_len - HEAD_BESIDE_KEY + 3u;
    *to++ = (uint8_t)key->head[0];
    to = put_varint(to, inside + varint_bytes(value_len) + value_len);
    memcpy(to, key->head + 2, inside);
    return put_varint(to + inside, value_len);
}

/* ---- texts ---- */

static uint8_t *put_long_text(
    uint8_t *to, const struct key *key, struct rp_str text)
{
    to = put_long_head(to, key, 1 + varint_bytes(text.len) + text.len);
    *to++ = TAG(STRING, RP_PB_BYTES);
    to = put_varint(to, text.len);
    memcpy(to, text.ptr, text.len);
    return to + text.len;
}

static inline uint8_t *put_text(
    uint8_t *to, const struct key *key, struct rp_str text)
{
    if (key->head_len + text.len >= SMALL) {
        return put_long_text(to, key, text);
    }
    to = put_head(to, key, (uint32_t)text.len + 2);
    to[0] = TAG(STRING, RP_PB_BYTES);
    to[1] = (uint8_t)text.len;
    rp__copy_blocks(to + 2, text.ptr, text.len);
    return to + 2 + text.len;
}

/* Of texts, and short. */
static bool take_list(struct walk *w, const struct key *key)
{
    uint8_t *begin = put_head(w->to, key, 2);
    uint8_t *to = begin + 2;
    const char *at = w->at + 1;
    bool more = *at != ']';
    while (more) {
        const char *end = *at == '"' ? end_of(at + 1) : NULL;
        if (end == NULL) {
            return false;
        }
        size_t len = (size_t)(end - at - 1);
        if (len + (size_t)(to - w->to) + 4 > SMALL) {
            return false;
        }
        to[0] = TAG(VALUES, RP_PB_BYTES);
        to[1] = (uint8_t)(len + 2);
        to[2] = TAG(STRING, RP_PB_BYTES);
        to[3] = (uint8_t)len;
        memcpy(to + 4, at + 1, len);
        to += 4 + len;
        at = end + 1;
        more = *at == ',';
        at += more;
    }
    if (*at != ']') {
        return false;
    }
    begin[0] = TAG(ARRAY, RP_PB_BYTES);
    begin[1] = (uint8_t)(to - begin - 2);
    begin[-1] = (uint8_t)(to - begin);
    w->to[1] = (uint8_t)(to - w->to - 2);
    *w = (struct walk){at + 1, to};
    return true;
}

/* ---- numbers ---- */

/* Eight times as many as there are digits at the beginning of a word. */
static inline unsigned digit_bits(uint64_t word)
{
    uint64_t other = word ^ RP__ONES * '0';
    other = (other | (other + RP__ONES * 0x76)) & RP__HIGHS;
    return other == 0 ? 8 * WORD_DIGITS : rp__bits_below(other) & ~7u;
}

/* These digits as a number; there is one. */
static inline uint64_t digits_of(uint64_t word, unsigned bits)
{
    word = (word ^ RP__ONES * '0') << (8 * WORD_DIGITS - bits);
    word = word * (10 << 8 | 1) >> 8; /* pairs, and pairs of these */
    word = (word & UINT64_C(0x00FF00FF00FF00FF)) * (100 << 16 | 1) >> 16;
    return (word & UINT64_C(0x0000FFFF0000FFFF)) *
               (UINT64_C(10000) << 32 | 1) >>
           32;
}

static const uint64_t powers[] = {
    1, 10, 100, 1000, 10000, 100000, 1000000, 10000000, 100000000};

/* Digits are added to `*value`; returns what is behind them. */
static const char *take_digits(uint64_t *value, const char *at)
{
    const char *first = at;
    unsigned bits = 8 * WORD_DIGITS;
    while (bits == 8 * WORD_DIGITS && at - first <= DIGITS_MAX) {
        uint64_t word = rp__word(at);
        bits = digit_bits(word);
        if (bits > 0) {
            *value = *value * powers[bits / 8] + digits_of(word, bits);
        }
        at += bits / 8;
    }
    return at;
}

static inline uint8_t *put_int(
    uint8_t *to, const struct key *key, uint64_t value)
{
    if (value < SMALL) {
        to = put_head(to, key, 2);
        to[0] = TAG(INT, RP_PB_VARINT);
        to[1] = (uint8_t)value;
        return to + 2;
    }
    if (value < MEDIUM) {
        to = put_head(to, key, 3);
        to[0] = TAG(INT, RP_PB_VARINT);
        to[1] = (uint8_t)(value | SMALL);
        to[2] = (uint8_t)(value >> 7);
        return to + 3;
    }
    to = put_head(to, key, 1 + (uint32_t)varint_bytes(value));
    *to++ = TAG(INT, RP_PB_VARINT);
    return put_varint(to, value);
}

static inline uint8_t *put_double(
    uint8_t *to, const struct key *key, double value)
{
    uint64_t bits;
    memcpy(&bits, &value, sizeof(bits));
    to = put_head(to, key, 1 + sizeof(bits));
    *to++ = TAG(DOUBLE, RP_PB_FIXED64);
    for (int i = 0; i < 8; i++) {
        to[i] = (uint8_t)(bits >> 8 * i);
    }
    return to + sizeof(bits);
}

static const double tens[] = {1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9,
    1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18};

/* Whole, or with a point and no exponent. */
static bool take_number(struct walk *w, const struct key *key)
{
    uint64_t value = 0;
    bool negative = *w->at == '-';
    const char *first = w->at + negative;
    const char *at = take_digits(&value, first);
    if (at == first || at - first > DIGITS_MAX ||
        (*first == '0' && at - first > 1)) {
        return false;
    }
    if (*at != '.') {
        value = negative ? 0 - value : value;
        *w = (struct walk){at, put_int(w->to, key, value)};
        return true;
    }
    const char *point = at;
    at = take_digits(&value, at + 1);
    ptrdiff_t decimals = at - point - 1;
    if (decimals < 1 || decimals > DIGITS_MAX || at - first > DIGITS_MAX ||
        value >= EXACT_MAX) {
        return false;
    }
    double number = (double)value / tens[decimals]; /* both are exact */
    number = negative ? -number : number;
    *w = (struct walk){at, put_double(w->to, key, number)};
    return true;
}

/* ---- values ---- */

static bool take_word(struct walk *w, const struct key *key)
{
    bool yes = memcmp(w->at, "true", 4) == 0;
    if (!yes && memcmp(w->at, "false", 5) != 0) {
        return false;
    }
    uint8_t *to = put_head(w->to, key, 2);
    to[0] = TAG(BOOL, RP_PB_VARINT);
    to[1] = yes;
    *w = (struct walk){w->at + (yes ? 4 : 5), to + 2};
    return true;
}

static bool take_other(struct walk *w, const struct key *key)
{
    char c = *w->at;
    return c == '['                             ? take_list(w, key)
           : (c >= '0' && c <= '9') || c == '-' ? take_number(w, key)
                                                : take_word(w, key);
}

/* Up to seven digits, and as many behind a point. */
static inline bool take_small(struct walk *w, const struct key *key)
{
    const unsigned most = 8 * (WORD_DIGITS - 1);
    uint64_t word = rp__word(w->at);
    unsigned bits = digit_bits(word);
    if (bits - 8 >= most || (*w->at == '0' && bits > 8)) {
        return false;
    }
    uint64_t value = digits_of(word, bits);
    const char *behind = w->at + bits / 8;
    if (*behind != '.') {
        *w = (struct walk){behind, put_int(w->to, key, value)};
        return true;
    }
    word = rp__word(behind + 1);
    bits = digit_bits(word);
    if (bits - 8 >= most) {
        return false;
    }
    value = value * powers[bits / 8] + digits_of(word, bits);
    double number = (double)value / tens[bits / 8]; /* both are exact */
    *w = (struct walk){behind + 1 + bits / 8, put_double(w->to, key, number)};
    return true;
}

static inline bool take_value(struct walk *w, const struct key *key)
{
    if (*w->at == '"') {
        const char *first = w->at + 1;
        const char *end = end_of(first);
        if (end == NULL) {
            return false;
        }
        w->at = end + 1;
        w->to =
            put_text(w->to, key, (struct rp_str){first, (size_t)(end - first)});
        return true;
    }
    if (take_small(w, key)) {
        return true;
    }
    struct walk other = *w; /* so that `w` need not be in memory */
    bool good = take_other(&other, key);
    *w = other;
    return good;
}

/* ---- an object ---- */

static inline bool take_last(struct walk *w, struct key *key)
{
    if (!is_at(w->at, key->last, key->last_len, key->last_behind)) {
        return false;
    }
    rp__copy_blocks(w->to, key->whole, key->whole_len);
    w->to += key->whole_len;
    w->at += key->last_len - 1;
    key->misses = 0;
    return true;
}

static inline bool take_any(struct walk *w, struct key *key)
{
    const struct walk was = *w;
    bool tried = key->misses < LAST_TRIES;
    if (tried && take_last(w, key)) {
        return true;
    }
    if (!take_value(w, key)) {
        return false;
    }
    key->misses++;
    if (tried) {
        remember(key, was.at, w->at, was.to, w->to);
    }
    return true;
}

static inline bool take_members(
    struct rp__otlp_quick *quick, struct walk *w, uint8_t tag, uint32_t place)
{
    struct key **expected = &quick->first[place];
    for (;;) {
        struct key *key = *expected;
        if (!is_at(w->at, key->text, key->text_len, key->text_behind)) {
            key = find_key(quick, tag, w->at);
            if (key == NULL) {
                return false;
            }
            *expected = key;
        }
        w->at += key->text_len;
        if (!take_any(w, key)) {
            return false;
        }
        if (*w->at != ',') {
            return *w->at++ == '}';
        }
        w->at++;
        expected = &key->next[place];
    }
}

static void make_room(struct rp__otlp_quick *quick, size_t text_bytes)
{
    quick->room = text_bytes * 2;
    rp_mem_free(quick->text);
    rp_mem_free(quick->bytes);
    quick->text = rp_mem_alloc(quick->room + RP__OTLP_QUICK_SPARE);
    quick->bytes = rp_mem_alloc(rp__otlp_quick_bound(quick->room));
}

uint8_t *rp__otlp_quick_members(struct rp__otlp_quick *quick, uint8_t *to,
    uint32_t field, uint32_t place, struct rp_str object)
{
    if (object.len < 2 || object.len > TEXT_BYTES_MAX || object.ptr[0] != '{') {
        return NULL;
    }
    if (object.len == 2) {
        return object.ptr[1] == '}' ? to : NULL;
    }
    struct walk w = {object.ptr + 1, to};
    return take_members(quick, &w, TAG(field, RP_PB_BYTES), place) &&
                   w.at == object.ptr + object.len
               ? w.to
               : NULL;
}

struct rp_str rp__otlp_quick_spare(
    struct rp__otlp_quick *quick, struct rp_str text)
{
    if (text.len > quick->room) {
        make_room(quick, text.len);
    }
    memcpy(quick->text, text.ptr, text.len);
    memset(quick->text + text.len, 0, RP__OTLP_QUICK_SPARE);
    return (struct rp_str){quick->text, text.len};
}

bool rp__otlp_quick_write(struct rp__otlp_quick *quick, struct rp_pb *out,
    uint32_t field, uint32_t place, struct rp_str object)
{
    if (object.len < 2 || object.len > TEXT_BYTES_MAX) {
        return false;
    }
    struct rp_str text = rp__otlp_quick_spare(quick, object);
    const uint8_t *end =
        rp__otlp_quick_members(quick, quick->bytes, field, place, text);
    if (end == NULL) {
        return false;
    }
    rp_pb_raw(out, (struct rp_str){(const char *)quick->bytes,
                       (size_t)(end - quick->bytes)});
    return true;
}

struct rp__otlp_quick *rp__otlp_quick_new(void)
{
    struct rp__otlp_quick *quick = rp_mem_zalloc(sizeof(*quick));
    quick->keys = rp_mem_alloc(KEYS * sizeof(struct key));
    quick->keys[0] = (struct key){.text = {'?'}}; /* as no key begins */
    for (int i = 0; i < RP__OTLP_PLACES; i++) {
        quick->first[i] = &quick->keys[0];
    }
    make_room(quick, TEXT_BYTES_USUAL);
    return quick;
}

void rp__otlp_quick_free(struct rp__otlp_quick **quick)
{
    if (*quick != NULL) {
        rp_mem_free((*quick)->keys);
        rp_mem_free((*quick)->text);
        rp_mem_free((*quick)->bytes);
        rp_mem_free(*quick);
        *quick = NULL;
    }
}
