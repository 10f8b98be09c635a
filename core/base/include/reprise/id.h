/* id.h - identifiers: sessions sort by the time they began. Floor: base.
 *
 * Making an id needs time and chance, which this floor does not have: callers
 * bring both.
 */
#ifndef RP_ID_H
#define RP_ID_H

#include <stdbool.h>
#include <stdint.h>

#include <reprise/digest.h>
#include <reprise/str.h>
#include <reprise/time.h>

/* 26 characters of Crockford base 32 (48 bits of wall milliseconds, 80 of
 * chance), upper case, so that byte order is time order. */
#define RP_SESSION_ID_LEN 26
struct rp_session_id {
    char text[RP_SESSION_ID_LEN + 1];
};

struct rp_session_id rp_session_id_of(
    struct rp_wall began, const uint8_t random[10]);
bool rp_session_id_parse(struct rp_str text, struct rp_session_id *out);

/* W3C trace context: 16 and 8 bytes, never all zero. */
struct rp_trace_id {
    uint8_t bytes[16];
};
struct rp_span_id {
    uint8_t bytes[8];
};
#define RP_TRACE_ID_HEX_LEN 32
#define RP_SPAN_ID_HEX_LEN 16

/* First 8 bytes of SHA-256("session\0incarnation\0path\0role"), so that the
 * same thing has the same span id wherever it is computed. */
struct rp_span_id rp_span_id_of(const struct rp_session_id *session,
    uint32_t incarnation, struct rp_str path, const char *role);
void rp_trace_id_hex(const struct rp_trace_id *id, char *out); /* 33 bytes */
void rp_span_id_hex(const struct rp_span_id *id, char *out);   /* 17 bytes */
bool rp_trace_id_parse(struct rp_str hex, struct rp_trace_id *out);
bool rp_span_id_parse(struct rp_str hex, struct rp_span_id *out);

/* A name in a plan: [A-Za-z][A-Za-z0-9_-]{0,63}. */
#define RP_NAME_LEN_MAX 64
bool rp_name_valid(struct rp_str text);

#endif
