#include <reprise/id.h>

#include <string.h>

#include <reprise/attr.h>

#include "digest_parts.h"

static const char crockford[] = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";

/* 128 bits, 5 a character from the right; the first character holds 3. */
struct rp_session_id rp_session_id_of(
    struct rp_wall began, const uint8_t random[10])
{
    uint64_t ms =
        began.unix_ns > 0 ? (uint64_t)(began.unix_ns / RP_NS_PER_MS) : 0;
    uint8_t bytes[16];
    for (size_t i = 0; i < 6; i++) {
        bytes[i] = (uint8_t)(ms >> (40 - 8 * i));
    }
    memcpy(bytes + 6, random, 10);
    struct rp_session_id id;
    uint32_t bits = 0;
    uint32_t bit_count = 2; /* 130 bits in 26 characters: two in front */
    size_t at = 0;
    for (size_t i = 0; i < sizeof(bytes); i++) {
        bits = bits << 8 | bytes[i];
        bit_count += 8;
        while (bit_count >= 5) {
            bit_count -= 5;
            id.text[at++] = crockford[bits >> bit_count & 31];
        }
        bits &= 31; /* what is left over is fewer than 5 bits */
    }
    id.text[at] = '\0';
    return id;
}

bool rp_session_id_parse(struct rp_str text, struct rp_session_id *out)
{
    if (text.len != RP_SESSION_ID_LEN || text.ptr[0] > '7') {
        return false;
    }
    for (size_t i = 0; i < text.len; i++) {
        if (memchr(crockford, text.ptr[i], sizeof(crockford) - 1) == NULL) {
            return false;
        }
    }
    memcpy(out->text, text.ptr, text.len);
    out->text[text.len] = '\0';
    return true;
}

struct rp_span_id rp_span_id_of(const struct rp_session_id *session,
    uint32_t incarnation, struct rp_str path, const char *role)
{
    char number[10];
    size_t at = sizeof(number);
    do {
        number[--at] = (char)('0' + incarnation % 10);
        incarnation /= 10;
    } while (incarnation > 0);
    const struct rp_str nul = {"", 1};
    const struct rp_str parts[] = {
        rp_str_of(session->text),
        nul,
        {number + at, sizeof(number) - at},
        nul,
        path,
        nul,
        rp_str_of(role),
    };
    struct rp_digest digest = rp_digest_of_parts(parts, RP_COUNT_OF(parts));
    struct rp_span_id id;
    memcpy(id.bytes, digest.bytes, sizeof(id.bytes));
    static const struct rp_span_id zero;
    if (memcmp(&id, &zero, sizeof(id)) == 0) {
        id.bytes[7] = 1; /* all zero means "no span" on the wire */
    }
    return id;
}

void rp_trace_id_hex(const struct rp_trace_id *id, char *out)
{
    rp__hex_write(out, id->bytes, sizeof(id->bytes));
}

void rp_span_id_hex(const struct rp_span_id *id, char *out)
{
    rp__hex_write(out, id->bytes, sizeof(id->bytes));
}

bool rp_trace_id_parse(struct rp_str hex, struct rp_trace_id *out)
{
    static const struct rp_trace_id zero;
    struct rp_trace_id id = {{0}};
    if (!rp__hex_parse(hex, id.bytes, sizeof(id.bytes)) ||
        memcmp(&id, &zero, sizeof(id)) == 0) {
        return false;
    }
    *out = id;
    return true;
}

bool rp_span_id_parse(struct rp_str hex, struct rp_span_id *out)
{
    static const struct rp_span_id zero;
    struct rp_span_id id = {{0}};
    if (!rp__hex_parse(hex, id.bytes, sizeof(id.bytes)) ||
        memcmp(&id, &zero, sizeof(id)) == 0) {
        return false;
    }
    *out = id;
    return true;
}

static bool is_letter(char c)
{
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
}

bool rp_name_valid(struct rp_str text)
{
    if (text.len == 0 || text.len > RP_NAME_LEN_MAX ||
        !is_letter(text.ptr[0])) {
        return false;
    }
    for (size_t i = 1; i < text.len; i++) {
        char c = text.ptr[i];
        if (!is_letter(c) && !(c >= '0' && c <= '9') && c != '_' && c != '-') {
            return false;
        }
    }
    return true;
}
