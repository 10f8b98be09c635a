/* attr_write.h - attribute values as the JSON that attr_tokens.h reads.
 * Internal. Text is written by rp_json_write_string(), integers and booleans
 * as they are, and a value that is empty as null. */
#ifndef RP_ATTR_WRITE_H
#define RP_ATTR_WRITE_H

#include <reprise/buf.h>

void rp__attr_write_double(struct rp_buf *out, double value);
void rp__attr_write_bytes(struct rp_buf *out, struct rp_str bytes);

/* A map with a key that begins with '$' is put into a wrapper. */
void rp__attr_open_map(struct rp_buf *out, bool wrapped);
void rp__attr_close_map(struct rp_buf *out, bool wrapped);
/* A comma, unless it is the first. */
void rp__attr_comma(struct rp_buf *out);

#endif
