#include "span_attrs.h"

#include <inttypes.h>
#include <string.h>

#define ATTRS_BYTES_MAX (4u << 20)

/* ---- names ---- */

static const char *const key_names[RP__KEY_COUNT] = {
#define RP_SPAN_ATTR(name, key, type, where, meaning, example)                 \
    [RP__KEY_##name] = (key),
#include <reprise/attr.def>
#undef RP_SPAN_ATTR
};

/* Integer fields of a decision that are nanoseconds become seconds. */
static const char *const key_types[RP__KEY_COUNT] = {
#define RP_SPAN_ATTR(name, key, type, where, meaning, example)                 \
    [RP__KEY_##name] = (type),
#include <reprise/attr.def>
#undef RP_SPAN_ATTR
};

static const char *const event_names[RP__EVENT_COUNT] = {
#define RP_SPAN_EVENT_OTHER(name, text, meaning) [RP__EVENT_##name] = (text),
#include <reprise/attr.def>
#undef RP_SPAN_EVENT_OTHER
};

static const char *const decision_events[RP_DECISION_COUNT] = {
#define RP_SPAN_EVENT(decision, text) [RP_DECISION_##decision] = (text),
#include <reprise/attr.def>
#undef RP_SPAN_EVENT
};

struct field {
    const char *name;
    enum rp_decision_kind kind; /* COUNT: any */
    enum rp__key key;
};
static const struct field fields[] = {
#define RP_DECISION_FIELD(decision, field, attr)                               \
    {(field), RP_DECISION_##decision, RP__KEY_##attr},
#include <reprise/attr.def>
#undef RP_DECISION_FIELD
};

const char *rp__key_name(enum rp__key key)
{
    return key_names[key];
}

const char *rp__event_name(enum rp__event_name name)
{
    return event_names[name];
}

const char *rp__event_of_decision(enum rp_decision_kind kind)
{
    return decision_events[kind];
}

enum rp__key rp__key_of_field(enum rp_decision_kind kind, const char *field)
{
    enum rp__key found = RP__KEY_COUNT;
    for (size_t i = 0; i < RP_COUNT_OF(fields); i++) {
        if (fields[i].name[0] != field[0] || /* most are another at once */
            strcmp(fields[i].name, field) != 0) {
            continue;
        }
        if (fields[i].kind == kind) {
            return fields[i].key;
        }
        if (fields[i].kind == RP_DECISION_COUNT) {
            found = fields[i].key;
        }
    }
    return found;
}

/* ---- collecting ---- */

void rp__attrs_begin(struct rp__attrs *attrs)
{
    if (attrs->json.max_bytes == 0) {
        rp_buf_init(&attrs->json, ATTRS_BYTES_MAX);
    }
    rp_buf_reset(&attrs->json);
    rp_buf_add(&attrs->json, RP_STR("{}"));
    attrs->has[0] = attrs->has[1] = 0;
}

void rp__attrs_copy(struct rp__attrs *attrs, const struct rp__attrs *from)
{
    rp_buf_reset(&attrs->json);
    rp_buf_add(&attrs->json, rp_buf_str(&from->json));
    memcpy(attrs->has, from->has, sizeof(attrs->has));
}

void rp__attrs_fini(struct rp__attrs *attrs)
{
    rp_buf_fini(&attrs->json);
}

struct rp_str rp__attrs_json(const struct rp__attrs *attrs)
{
    return rp_buf_str(&attrs->json);
}

/* Opens the object again and writes the key; false when it is there. */
static bool open_member(struct rp__attrs *attrs, enum rp__key key)
{
    uint64_t bit = UINT64_C(1) << (key % 64);
    if ((attrs->has[key / 64] & bit) != 0) {
        return false;
    }
    attrs->has[key / 64] |= bit;
    struct rp_buf *json = &attrs->json;
    bool first = json->len == 2;
    json->len--;
    rp_buf_add(json, first ? RP_STR("\"") : RP_STR(",\""));
    rp_buf_add_text(json, key_names[key]);
    rp_buf_add(json, RP_STR("\":"));
    return true;
}

static void close_member(struct rp__attrs *attrs)
{
    rp_buf_add_char(&attrs->json, '}');
}

void rp__attrs_text(
    struct rp__attrs *attrs, enum rp__key key, struct rp_str text)
{
    if (open_member(attrs, key)) {
        rp_json_write_string(&attrs->json, text);
        close_member(attrs);
    }
}

void rp__attrs_word(struct rp__attrs *attrs, enum rp__key key, const char *word)
{
    rp__attrs_text(attrs, key, rp_str_of(word));
}

void rp__attrs_int(struct rp__attrs *attrs, enum rp__key key, int64_t value)
{
    if (open_member(attrs, key)) {
        rp_buf_add_i64(&attrs->json, value);
        close_member(attrs);
    }
}

void rp__attrs_true(struct rp__attrs *attrs, enum rp__key key)
{
    if (open_member(attrs, key)) {
        rp_buf_add(&attrs->json, RP_STR("true"));
        close_member(attrs);
    }
}

/* Decimal, exact, and always with a point: that is what makes it a double. */
void rp__attrs_seconds(
    struct rp__attrs *attrs, enum rp__key key, struct rp_duration value)
{
    if (!open_member(attrs, key)) {
        return;
    }
    struct rp_buf *json = &attrs->json;
    int64_t ns = value.ns < 0 ? 0 : value.ns;
    rp_buf_addf(
        json, "%" PRId64 ".%09" PRId64, ns / RP_NS_PER_S, ns % RP_NS_PER_S);
    while (json->ptr[json->len - 1] == '0' && json->ptr[json->len - 2] != '.') {
        json->len--;
    }
    close_member(attrs);
}

void rp__attrs_digest(
    struct rp__attrs *attrs, enum rp__key key, const struct rp_digest *digest)
{
    if (!rp_digest_is_zero(digest)) {
        char hex[RP_DIGEST_HEX_LEN + 1];
        rp_digest_hex(digest, hex);
        rp__attrs_text(attrs, key, (struct rp_str){hex, RP_DIGEST_HEX_LEN});
    }
}

static void add_list(
    struct rp__attrs *attrs, enum rp__key key, const struct rp_attr *list)
{
    if (!open_member(attrs, key)) {
        return;
    }
    rp_buf_add_char(&attrs->json, '[');
    for (uint32_t i = 0; i < list->item_count; i++) {
        if (i > 0) {
            rp_buf_add_char(&attrs->json, ',');
        }
        rp_json_write_string(&attrs->json, list->items[i]);
    }
    rp_buf_add_char(&attrs->json, ']');
    close_member(attrs);
}

static void add_field(
    struct rp__attrs *attrs, enum rp__key key, const struct rp_attr *field)
{
    switch (field->type) {
    case RP_ATTR_INT:
        if (strcmp(key_types[key], "seconds") == 0) {
            rp__attrs_seconds(attrs, key, (struct rp_duration){field->number});
        } else {
            rp__attrs_int(attrs, key, field->number);
        }
        break;
    case RP_ATTR_BOOL:
        if (field->number != 0) {
            rp__attrs_true(attrs, key);
        }
        break;
    case RP_ATTR_TEXT:
        rp__attrs_text(attrs, key, field->text);
        break;
    case RP_ATTR_LIST:
        add_list(attrs, key, field);
        break;
    }
}

void rp__attrs_fields(
    struct rp__attrs *attrs, const struct rp_decision *decision)
{
    for (uint32_t i = 0; i < decision->attr_count; i++) {
        const struct rp_attr *field = &decision->attrs[i];
        enum rp__key key = rp__key_of_field(decision->kind, field->name);
        if (key != RP__KEY_COUNT) {
            add_field(attrs, key, field);
        }
    }
}
