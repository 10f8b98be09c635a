/* Faults of values that a schema can tell: types, sizes, formats, names. */
#include "fault_place.h"

#include <stdio.h>
#include <string.h>

#define MANY 10000
#define MANY_ITEMS 1000
#define MANY_BYTES_MAX ((size_t)1 << 20)
#define WORD_BYTES_MAX 32
#define DATE_LEN 10
#define MINUTE_LEN 16 /* "2026-01-31T09:00" */

/* ---- which value ---- */

static bool is_scalar(const cJSON *node)
{
    return cJSON_IsString(node) || cJSON_IsNumber(node) || cJSON_IsBool(node);
}

static bool has_two(const cJSON *node)
{
    return node->child != NULL && node->child->next != NULL;
}

static bool has_member(const cJSON *node)
{
    return cJSON_IsObject(node) && node->child != NULL;
}

/* One word, as the values of an enumeration are. */
static bool is_word(const cJSON *node)
{
    if (!rp__fault_has_text(node)) {
        return false;
    }
    const char *c = node->valuestring;
    while ((*c >= 'a' && *c <= 'z') || (*c >= 'A' && *c <= 'Z') || *c == '_' ||
           *c == '-') {
        c++;
    }
    return *c == '\0' && c - node->valuestring <= WORD_BYTES_MAX;
}

static bool is_date_time(const cJSON *node)
{
    return rp__fault_is_date(node) && strlen(node->valuestring) >= MINUTE_LEN &&
           (node->valuestring[DATE_LEN] == 'T' ||
               node->valuestring[DATE_LEN] == ' ') &&
           node->valuestring[DATE_LEN + 3] == ':';
}

static bool is_id(const cJSON *node)
{
    static const char *const names[] = {"id", "task", "key", "ref"};
    if (!rp__fault_has_text(node) || node->string == NULL) {
        return false;
    }
    struct rp_str name = rp_str_of(node->string);
    bool known =
        rp_str_ends(name, RP_STR("_id")) || rp_str_ends(name, RP_STR("Id"));
    for (size_t i = 0; i < RP_COUNT_OF(names); i++) {
        known = known || rp_str_is(name, names[i]);
    }
    return known;
}

/* An object with an object in it that has a member. */
static bool is_nest(const cJSON *node)
{
    const cJSON *inner = cJSON_IsObject(node) ? node->child : NULL;
    while (inner != NULL && !has_member(inner)) {
        inner = inner->next;
    }
    return inner != NULL;
}

/* ---- types ---- */

static bool type_swap(const struct rp__fault_place *p)
{
    return cJSON_IsString(p->node) ? rp__fault_put(p, RP_STR("42"))
                                   : rp__fault_put_around(p, "\"", "\"");
}

static bool listed(const struct rp__fault_place *p)
{
    return rp__fault_put_around(p, "[", "]");
}

static bool unlisted(const struct rp__fault_place *p)
{
    return rp__fault_put(p, rp__fault_bytes_of(p, p->node->child));
}

static bool list_object(const struct rp__fault_place *p)
{
    struct rp_buf text;
    unsigned index = 0;
    rp_buf_init(&text, RP__FAULT_BYTES_MAX);
    for (const cJSON *it = p->node->child; it != NULL; it = it->next) {
        rp_buf_addf(&text, "%s\"%u\": ", index == 0 ? "{" : ", ", index);
        rp_buf_add(&text, rp__fault_bytes_of(p, it));
        index++;
    }
    rp_buf_add_char(&text, '}');
    bool done = rp__fault_put(p, rp_buf_str(&text));
    rp_buf_fini(&text);
    return done;
}

/* ---- sizes ---- */

/* The text, over and over. */
static bool huge(const struct rp__fault_place *p)
{
    struct rp_str text = rp_str_of(p->node->valuestring);
    size_t size = (size_t)p->o->rule->amount;
    struct rp_buf longer;
    if (text.len >= size) {
        return false;
    }
    rp_buf_init(&longer, size + text.len + 1);
    while (longer.len < size) {
        rp_buf_add(&longer, text);
    }
    bool done = rp__fault_put_string(p, rp_buf_str(&longer));
    rp_buf_fini(&longer);
    return done;
}

static bool many_keys(const struct rp__fault_place *p)
{
    struct rp_buf text;
    size_t begin = rp_json_extent_of(p->node).begin + 1;
    rp_buf_init(&text, RP__FAULT_BYTES_MAX);
    for (int i = 0; i < MANY; i++) {
        rp_buf_addf(&text, "%s\"unexpected_%d\": %d", i == 0 ? "" : ", ", i, i);
    }
    rp_buf_add_text(&text, p->node->child == NULL ? "" : ", ");
    bool done =
        rp__fault_splice(p->out, p->o->bytes, begin, begin, rp_buf_str(&text));
    rp_buf_fini(&text);
    return done;
}

/* Its first item, over and over. */
static bool array_huge(const struct rp__fault_place *p)
{
    struct rp_str item = rp__fault_bytes_of(p, p->node->child);
    size_t end = rp_json_extent_of(p->node->child).end;
    struct rp_buf text;
    rp_buf_init(&text, RP__FAULT_BYTES_MAX);
    for (int i = 1; i < MANY_ITEMS && text.len < MANY_BYTES_MAX; i++) {
        rp_buf_add_text(&text, ", ");
        rp_buf_add(&text, item);
    }
    bool done =
        rp__fault_splice(p->out, p->o->bytes, end, end, rp_buf_str(&text));
    rp_buf_fini(&text);
    return done;
}

/* What a repair of half a list leaves: its first half. */
static bool array_short(const struct rp__fault_place *p)
{
    const cJSON *last = p->node->child;
    size_t count = 1;
    for (; last->next != NULL; last = last->next) {
        count++;
    }
    const cJSON *kept = p->node->child;
    for (size_t i = 1; i < count / 2; i++) {
        kept = kept->next;
    }
    return rp__fault_splice(p->out, p->o->bytes, rp_json_extent_of(kept).end,
        rp_json_extent_of(last).end, RP_STR(""));
}

/* ---- formats ---- */

static bool enum_out(const struct rp__fault_place *p)
{
    bool taken = strcmp(p->node->valuestring, "other") == 0;
    return rp__fault_put_string(p, taken ? RP_STR("unknown") : RP_STR("other"));
}

/* "2026-01-31T09:00" becomes "01/31/2026T09:00". */
static bool date_format(const struct rp__fault_place *p)
{
    struct rp_buf text;
    const char *date = p->node->valuestring;
    rp_buf_init(&text, RP__FAULT_BYTES_MAX);
    rp_buf_addf(
        &text, "%.2s/%.2s/%.4s%s", date + 5, date + 8, date, date + DATE_LEN);
    bool done = rp__fault_put_string(p, rp_buf_str(&text));
    rp_buf_fini(&text);
    return done;
}

/* Where the zone of a time begins, its length when there is none. */
static size_t zone_at(struct rp_str time)
{
    if (rp_str_ends(time, RP_STR("Z"))) {
        return time.len - 1;
    }
    for (size_t i = MINUTE_LEN; i < time.len; i++) {
        if (time.ptr[i] == '+' || time.ptr[i] == '-') {
            return i;
        }
    }
    return time.len;
}

/* One that has a zone loses it, one that has none gets one. */
static bool timezone(const struct rp__fault_place *p)
{
    struct rp_str time = rp_str_of(p->node->valuestring);
    size_t zone = zone_at(time);
    struct rp_buf text;
    rp_buf_init(&text, RP__FAULT_BYTES_MAX);
    rp_buf_add(&text, (struct rp_str){time.ptr, zone});
    rp_buf_add_text(&text, zone == time.len ? "+09:00" : "");
    bool done = rp__fault_put_string(p, rp_buf_str(&text));
    rp_buf_fini(&text);
    return done;
}

/* ---- names ---- */

static bool wrong_task_id(const struct rp__fault_place *p)
{
    cJSON *other = rp__fault_other_text(p->node->valuestring);
    bool done = rp__fault_put_string(p, rp_str_of(other->valuestring));
    cJSON_Delete(other);
    return done;
}

/* A member of an inner object is one of the outer. */
static bool nested_moved(const struct rp__fault_place *p)
{
    const cJSON *inner = p->node->child;
    while (!has_member(inner)) {
        inner = inner->next;
    }
    const cJSON *moved = inner->child;
    struct rp_json_extent it = rp_json_extent_of(moved);
    size_t begin = rp_json_extent_of(p->node).begin + 1;
    size_t end =
        moved->next == NULL ? it.end : rp_json_extent_of(moved->next).key_begin;
    struct rp_str bytes = p->o->bytes;
    rp_buf_add(p->out, (struct rp_str){bytes.ptr, begin});
    rp_buf_add(p->out,
        (struct rp_str){bytes.ptr + it.key_begin, it.end - it.key_begin});
    rp_buf_add_text(p->out, ", ");
    rp_buf_add(
        p->out, (struct rp_str){bytes.ptr + begin, it.key_begin - begin});
    rp_buf_add(p->out, (struct rp_str){bytes.ptr + end, bytes.len - end});
    return true;
}

/* Puts members before those that an object has. */
static bool put_members(const struct rp__fault_place *p, const char *members)
{
    struct rp_buf text;
    size_t begin = rp_json_extent_of(p->node).begin + 1;
    rp_buf_init(&text, RP__FAULT_BYTES_MAX);
    rp_buf_addf(&text, "%s%s", members, p->node->child == NULL ? "" : ", ");
    bool done =
        rp__fault_splice(p->out, p->o->bytes, begin, begin, rp_buf_str(&text));
    rp_buf_fini(&text);
    return done;
}

/* As a newer worker answers: it says so, and a name is another one. */
static bool schema_v2(const struct rp__fault_place *p)
{
    const cJSON *first = p->node->child;
    struct rp_json_extent extent = rp_json_extent_of(first);
    struct rp_buf text;
    if (rp_json_get(p->node, "schema_version") != NULL) {
        return false;
    }
    rp_buf_init(&text, RP__FAULT_BYTES_MAX);
    rp_buf_addf(&text, "%s_v2", first->string);
    struct rp_buf members;
    rp_buf_init(&members, RP__FAULT_BYTES_MAX);
    rp_buf_add_text(&members, "\"schema_version\": 2, ");
    rp_json_write_string(&members, rp_buf_str(&text));
    rp_buf_add_text(&members, ": ");
    rp_buf_add(&members, rp__fault_bytes_of(p, first));
    bool done = rp__fault_splice(p->out, p->o->bytes, extent.key_begin,
        extent.end, rp_buf_str(&members));
    rp_buf_fini(&members);
    rp_buf_fini(&text);
    return done;
}

/* Success and an error at once, whatever of the two is missing. */
static bool status_contradicts(const struct rp__fault_place *p)
{
    static const char *const status[] = {"status", "ok", "success"};
    bool says = false;
    for (size_t i = 0; i < RP_COUNT_OF(status); i++) {
        says = says || rp_json_get(p->node, status[i]) != NULL;
    }
    if (rp_json_get(p->node, "error") != NULL) {
        return !says && put_members(p, "\"status\": \"success\"");
    }
    return put_members(p, says ? "\"error\": \"it did not work\""
                               : "\"status\": \"success\", "
                                 "\"error\": \"it did not work\"");
}

/* ---- streams ---- */

/* Each member, or item, a line and a document of its own. */
static bool ndjson(const struct rp__fault_place *p)
{
    struct rp_buf text;
    if (p->node != p->root) {
        return false;
    }
    rp_buf_init(&text, RP__FAULT_BYTES_MAX);
    for (const cJSON *it = p->node->child; it != NULL; it = it->next) {
        struct rp_json_extent extent = rp_json_extent_of(it);
        bool named = it->string != NULL;
        size_t begin = named ? extent.key_begin : extent.begin;
        rp_buf_add_text(&text, named ? "{" : "");
        rp_buf_add(&text,
            (struct rp_str){p->o->bytes.ptr + begin, extent.end - begin});
        rp_buf_add_text(&text, named ? "}" : "");
        rp_buf_add_text(&text, it->next == NULL ? "" : "\n");
    }
    bool done = rp__fault_put(p, rp_buf_str(&text));
    rp_buf_fini(&text);
    return done;
}

const struct rp__fault_row *rp__fault_value_rows(size_t *count)
{
    static const struct rp__fault_row rows[] = {
        {RP_FAULT_OUT_NDJSON, has_two, ndjson},
        {RP_FAULT_OUT_TYPE_SWAP, is_scalar, type_swap},
        {RP_FAULT_OUT_LISTED, is_scalar, listed},
        {RP_FAULT_OUT_UNLISTED, rp__fault_has_item, unlisted},
        {RP_FAULT_OUT_LIST_OBJECT, rp__fault_has_item, list_object},
        {RP_FAULT_OUT_HUGE, rp__fault_has_text, huge},
        {RP_FAULT_OUT_MANY_KEYS, rp__fault_is_object, many_keys},
        {RP_FAULT_OUT_ARRAY_HUGE, rp__fault_has_item, array_huge},
        {RP_FAULT_OUT_ARRAY_SHORT, rp__fault_has_items, array_short},
        {RP_FAULT_OUT_ENUM_OUT, is_word, enum_out},
        {RP_FAULT_OUT_DATE_FORMAT, rp__fault_is_date, date_format},
        {RP_FAULT_OUT_TIMEZONE, is_date_time, timezone},
        {RP_FAULT_OUT_WRONG_TASK_ID, is_id, wrong_task_id},
        {RP_FAULT_OUT_NESTED_MOVED, is_nest, nested_moved},
        {RP_FAULT_OUT_SCHEMA_V2, has_member, schema_v2},
        {RP_FAULT_OUT_STATUS_CONTRADICTS, rp__fault_is_object,
            status_contradicts},
    };
    *count = RP_COUNT_OF(rows);
    return rows;
}
