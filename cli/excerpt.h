/* excerpt.h - the line of a document where something is wrong, with a mark
 * under it. Pure. Floor: cli. */
#ifndef RP_CLI_EXCERPT_H
#define RP_CLI_EXCERPT_H

#include <reprise/json.h>

#include "text.h"

/* Two lines: the part of line `place->line` of `text` around the place, and
 * carets under what is wrong, up to `end_byte` on that line, then the hint. */
void rp__excerpt_add(struct rp_buf *out, struct rp_str text,
    const struct rp_json_place *place, size_t end_byte, const char *hint,
    const struct rp__style *style);

#endif
