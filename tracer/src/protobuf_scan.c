#include "protobuf_scan.h"

#define VARINT_BYTES_MAX 10

static bool take_varint(struct rp_str *from, uint64_t *out)
{
    uint64_t value = 0;
    for (size_t i = 0; i < from->len && i < VARINT_BYTES_MAX; i++) {
        uint64_t byte = (unsigned char)from->ptr[i];
        value |= (byte & 127) << 7 * i;
        if (byte < 128) {
            from->ptr += i + 1;
            from->len -= i + 1;
            *out = value;
            return true;
        }
    }
    return false;
}

static bool take_fixed(struct rp_str *from, size_t count, uint64_t *out)
{
    uint64_t value = 0;
    if (from->len < count) {
        return false;
    }
    for (size_t i = 0; i < count; i++) {
        value |= (uint64_t)(unsigned char)from->ptr[i] << 8 * i;
    }
    from->ptr += count;
    from->len -= count;
    *out = value;
    return true;
}

static bool take_bytes(struct rp_str *from, struct rp_str *out)
{
    uint64_t len;
    if (!take_varint(from, &len) || len > from->len) {
        return false;
    }
    *out = (struct rp_str){from->ptr, (size_t)len};
    from->ptr += len;
    from->len -= (size_t)len;
    return true;
}

static bool take_value(struct rp_str *from, struct rp__pb_field *out)
{
    switch ((int)out->wire) {
    case RP_PB_VARINT:
        return take_varint(from, &out->value);
    case RP_PB_FIXED64:
        return take_fixed(from, 8, &out->value);
    case RP_PB_FIXED32:
        return take_fixed(from, 4, &out->value);
    case RP_PB_BYTES:
        return take_bytes(from, &out->bytes);
    default:
        return false;
    }
}

bool rp__pb_next(struct rp_str *message, struct rp__pb_field *out)
{
    uint64_t tag;
    struct rp_str rest = *message;
    if (rest.len == 0 || !take_varint(&rest, &tag) || tag >> 3 == 0 ||
        tag >> 3 > UINT32_MAX) {
        return false;
    }
    *out = (struct rp__pb_field){
        .number = (uint32_t)(tag >> 3), .wire = (enum rp_pb_wire)(tag & 7)};
    if (!take_value(&rest, out)) {
        return false;
    }
    *message = rest;
    return true;
}
