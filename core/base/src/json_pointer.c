/* json_pointer.c - RFC 6901. */
#include <string.h>

#include "json_internal.h"

#define INDEX_DIGITS_MAX 10 /* more than any array has items */

bool rp_json_pointer_valid(struct rp_str text)
{
    if (text.len > 0 && text.ptr[0] != '/') {
        return false;
    }
    for (size_t i = 0; i < text.len; i++) {
        if (text.ptr[i] == '~' &&
            (i + 1 == text.len ||
                (text.ptr[i + 1] != '0' && text.ptr[i + 1] != '1'))) {
            return false;
        }
    }
    return true;
}

void rp_json_pointer_add(struct rp_buf *pointer, struct rp_str name)
{
    rp_buf_add_char(pointer, '/');
    for (size_t i = 0; i < name.len; i++) {
        if (name.ptr[i] == '~') {
            rp_buf_add(pointer, RP_STR("~0"));
        } else if (name.ptr[i] == '/') {
            rp_buf_add(pointer, RP_STR("~1"));
        } else {
            rp_buf_add_char(pointer, name.ptr[i]);
        }
    }
}

static const cJSON *item_at(const cJSON *array, struct rp_str token)
{
    size_t index = 0;
    if (token.len == 0 || token.len > INDEX_DIGITS_MAX ||
        (token.len > 1 && token.ptr[0] == '0')) {
        return NULL;
    }
    for (size_t i = 0; i < token.len; i++) {
        if (token.ptr[i] < '0' || token.ptr[i] > '9') {
            return NULL;
        }
        index = index * 10 + (size_t)(token.ptr[i] - '0');
    }
    return rp_json_item(array, index);
}

static const cJSON *member_at(
    const cJSON *object, struct rp_str token, struct rp_buf *scratch)
{
    if (token.len == 0 || memchr(token.ptr, '~', token.len) == NULL) {
        return rp_json_get_str(object, token);
    }
    rp_buf_reset(scratch);
    for (size_t i = 0; i < token.len; i++) {
        char c = token.ptr[i];
        if (c == '~') { /* "~0" or "~1", as the pointer is valid */
            c = token.ptr[++i] == '0' ? '~' : '/';
        }
        rp_buf_add_char(scratch, c);
    }
    return rp_json_get_str(object, rp_buf_str(scratch));
}

const cJSON *rp_json_at(const cJSON *root, struct rp_str pointer)
{
    struct rp_buf scratch;
    const cJSON *node = root;
    if (!rp_json_pointer_valid(pointer)) {
        return NULL;
    }
    rp_buf_init(&scratch, RP__JSON_ENDLESS);
    while (node != NULL && pointer.len > 0) {
        pointer.ptr++;
        pointer.len--;
        const char *slash =
            pointer.len == 0 ? NULL : memchr(pointer.ptr, '/', pointer.len);
        size_t length =
            slash == NULL ? pointer.len : (size_t)(slash - pointer.ptr);
        struct rp_str token = {pointer.ptr, length};
        node = cJSON_IsArray(node) ? item_at(node, token)
                                   : member_at(node, token, &scratch);
        pointer.ptr += length;
        pointer.len -= length;
    }
    rp_buf_fini(&scratch);
    return node;
}
