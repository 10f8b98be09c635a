/* protobuf_scan.h - the fields of a message, one after the other. Internal. */
#ifndef RP_PROTOBUF_SCAN_H
#define RP_PROTOBUF_SCAN_H

#include <reprise/protobuf.h>

struct rp__pb_field {
    uint32_t number;
    enum rp_pb_wire wire;
    uint64_t value;      /* of a number, its bits; else 0 */
    struct rp_str bytes; /* of a text, bytes or message; else empty */
};

/* Takes the first field off `message`; false at its end, and where what is
 * left is no field. */
bool rp__pb_next(struct rp_str *message, struct rp__pb_field *out);

#endif
