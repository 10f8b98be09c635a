/* base64.h - bytes as text (RFC 4648, section 4). Internal. */
#ifndef RP_BASE64_H
#define RP_BASE64_H

#include <reprise/buf.h>

void rp__base64_write(struct rp_buf *out, struct rp_str bytes);
/* Appends the bytes; false: it is no base 64, and what was appended is of no
 * use. Padding may be left out; the URL alphabet is taken as well. */
bool rp__base64_read(struct rp_buf *out, struct rp_str text);
bool rp__base64_valid(struct rp_str text);

#endif
