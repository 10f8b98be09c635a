/* schema_uri.h - URI references (RFC 3986), as far as schemas need them. */
#ifndef RP_SCHEMA_URI_H
#define RP_SCHEMA_URI_H

#include <stdbool.h>

#include <reprise/buf.h>
#include <reprise/str.h>

/* The five parts; an absent part has a NULL pointer, an empty one has not.
 * The path is never absent. Slices of the text that was split. */
struct rp__uri {
    struct rp_str scheme, authority, path, query, fragment;
};

struct rp__uri rp__uri_split(struct rp_str text);
/* Appends `reference` resolved against `base` (RFC 3986 section 5.2), without
 * the fragment, to `out`. An empty `base` leaves the reference as it is. */
void rp__uri_resolve(
    struct rp_buf *out, struct rp_str base, struct rp_str reference);
/* Appends `text` with %XX turned into bytes; broken escapes stay. */
void rp__uri_decode(struct rp_buf *out, struct rp_str text);

#endif
