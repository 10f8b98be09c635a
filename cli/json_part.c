#include "json_part.h"

#include <inttypes.h>
#include <stdio.h>

#include <reprise/json.h>

void rp__json_ns(cJSON *out, const char *name, int64_t ns)
{
    char text[24];
    int len = snprintf(text, sizeof(text), "%" PRId64, ns);
    rp_json_set_text(out, name, (struct rp_str){text, (size_t)len});
}

void rp__json_digest(
    cJSON *out, const char *name, const struct rp_digest *digest)
{
    char hex[RP_DIGEST_HEX_LEN + 1];
    if (!rp_digest_is_zero(digest)) {
        rp_digest_hex(digest, hex);
        rp_json_set_text(out, name, rp_str_of(hex));
    }
}

void rp__json_texts(
    cJSON *out, const char *name, const char *const *items, size_t count)
{
    cJSON *list = cJSON_AddArrayToObject(out, name);
    for (size_t i = 0; i < count; i++) {
        cJSON_AddItemToArray(list, rp_json_new_string(rp_str_of(items[i])));
    }
}
