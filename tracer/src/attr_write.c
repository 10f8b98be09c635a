#include "attr_write.h"

#include <math.h>
#include <string.h>

#include <reprise/json.h>

#include "base64.h"

/* The fewest digits, and always with a point or exponent: that is what makes
 * it a double. */
void rp__attr_write_double(struct rp_buf *out, double value)
{
    char scratch[32];
    if (isnan(value)) {
        rp_buf_add_text(out, "{\"$double\":\"NaN\"}");
        return;
    }
    if (isinf(value)) {
        rp_buf_add_text(out, value < 0 ? "{\"$double\":\"-Infinity\"}"
                                       : "{\"$double\":\"Infinity\"}");
        return;
    }
    const cJSON node = {.type = cJSON_Number, .valuedouble = value};
    struct rp_str text = rp_json_number_text(&node, scratch);
    bool whole = true;
    for (size_t i = 0; i < text.len; i++) {
        whole = whole && strchr(".eE", text.ptr[i]) == NULL;
    }
    if (value == 0) {
        rp_buf_add_text(out, signbit(value) ? "-0.0" : "0.0");
        return;
    }
    rp_buf_add(out, text);
    rp_buf_add_text(out, whole ? ".0" : "");
}

void rp__attr_write_bytes(struct rp_buf *out, struct rp_str bytes)
{
    rp_buf_add_text(out, "{\"$bytes\":\"");
    rp__base64_write(out, bytes);
    rp_buf_add_text(out, "\"}");
}

void rp__attr_open_map(struct rp_buf *out, bool wrapped)
{
    rp_buf_add_text(out, wrapped ? "{\"$map\":{" : "{");
}

void rp__attr_close_map(struct rp_buf *out, bool wrapped)
{
    rp_buf_add_text(out, wrapped ? "}}" : "}");
}

void rp__attr_comma(struct rp_buf *out)
{
    char last = out->len == 0 ? '{' : out->ptr[out->len - 1];
    if (last != '{' && last != '[') {
        rp_buf_add_char(out, ',');
    }
}
