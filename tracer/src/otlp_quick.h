/* otlp_quick.h - the usual attributes, straight from their text. Internal. */
#ifndef RP_OTLP_QUICK_H
#define RP_OTLP_QUICK_H

#include <reprise/protobuf.h>

/* Writes the members of a JSON object as KeyValue messages of that field, in
 * front of what is in `out`, as attr_tokens.h and the encoder behind it do.
 * False, and nothing is written: it is not flat, has escapes or anything else
 * that is seldom, or is no object at all. `field` is below 16. */
bool rp__otlp_quick(struct rp_pb *out, uint32_t field, struct rp_str object);

#endif
