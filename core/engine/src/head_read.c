/* The canonical text of a head back into values. Untrusted: what does not
 * write to the same text again is damage. */
#include <reprise/store.h>

#include <inttypes.h>
#include <string.h>

#include <reprise/json.h>

static struct rp_str text_of(
    struct rp_arena *arena, const cJSON *object, const char *name)
{
    const cJSON *node = rp_json_get(object, name);
    struct rp_buf bytes;
    if (!cJSON_IsString(node)) {
        return RP_STR("");
    }
    rp_buf_init(&bytes, RP_RECORD_BYTES_MAX);
    rp_json_string_bytes(node, &bytes);
    struct rp_str kept = {rp_arena_dup(arena, rp_buf_str(&bytes)), bytes.len};
    rp_buf_fini(&bytes);
    return kept;
}

static uint64_t u64_of(struct rp_str text)
{
    uint64_t value = 0;
    for (size_t i = 0; i < text.len; i++) {
        value = value * 10 + (uint64_t)(uint8_t)(text.ptr[i] - '0');
    }
    return value; /* nonsense does not write to the same text */
}

static uint32_t u32_of(const cJSON *object, const char *name)
{
    int64_t value = 0;
    const cJSON *node = rp_json_get(object, name);
    bool good = node != NULL && rp_json_int64(node, &value) && value >= 0 &&
                value <= UINT32_MAX;
    return good ? (uint32_t)value : 0;
}

static void read_tags(
    struct rp_session_head *out, struct rp_arena *arena, const cJSON *list)
{
    size_t count = rp_json_size(list);
    struct rp_tag *tags = rp_arena_array(arena, count + 1, sizeof(*tags));
    for (size_t i = 0; i < count; i++) {
        const cJSON *pair = rp_json_item(list, i);
        cJSON *named = cJSON_CreateObject(); /* to read both alike */
        rp_json_set(named, "k", rp_json_copy(rp_json_item(pair, 0)));
        rp_json_set(named, "v", rp_json_copy(rp_json_item(pair, 1)));
        tags[i].key = text_of(arena, named, "k");
        tags[i].value = text_of(arena, named, "v");
        cJSON_Delete(named);
    }
    out->tags = tags;
    out->tag_count = (uint32_t)count;
}

/* Zeros, which are no span's, say that there is none. */
static bool read_parent(struct rp_session_head *out, struct rp_str hex)
{
    return rp_str_is(hex, "0000000000000000") ||
           rp_span_id_parse(hex, &out->parent_span);
}

static bool read_source_trace(struct rp_session_head *out, struct rp_str hex)
{
    return hex.len == 0 || rp_trace_id_parse(hex, &out->source_trace);
}

static bool read_ids(
    struct rp_session_head *out, struct rp_arena *arena, const cJSON *head)
{
    struct rp_str source = text_of(arena, head, "source");
    return rp_session_id_parse(text_of(arena, head, "id"), &out->id) &&
           rp_trace_id_parse(text_of(arena, head, "trace"), &out->trace) &&
           read_parent(out, text_of(arena, head, "parent_span")) &&
           (source.len == 0 || rp_session_id_parse(source, &out->source)) &&
           read_source_trace(out, text_of(arena, head, "source_trace")) &&
           rp_digest_parse(text_of(arena, head, "plan"), &out->plan) &&
           rp_digest_parse(text_of(arena, head, "input"), &out->input);
}

static bool writes_to(const struct rp_session_head *head, struct rp_str text)
{
    struct rp_buf again;
    rp_buf_init(&again, RP_RECORD_BYTES_MAX);
    rp_session_head_write(&again, head);
    bool same = rp_str_equal(rp_buf_str(&again), text);
    rp_buf_fini(&again);
    return same;
}

enum rp_code rp_session_head_read(struct rp_session_head *out,
    struct rp_arena *arena, struct rp_str text, struct rp_err *err)
{
    struct rp_json_doc *doc = NULL;
    struct rp_session_head head = {.sampled = false};
    if (rp_json_read(&doc, text, NULL, NULL) != RP_OK) {
        return rp_err_set(err, RP_E_DAMAGED, "a session's head is not JSON");
    }
    const cJSON *root = rp_json_root(doc);
    struct rp_str began = text_of(arena, root, "began");
    bool good = read_ids(&head, arena, root);
    head.tracestate = text_of(arena, root, "tracestate");
    head.sampled = cJSON_IsTrue(rp_json_get(root, "sampled"));
    head.trace_random = cJSON_IsTrue(rp_json_get(root, "trace_random"));
    head.baggage = text_of(arena, root, "baggage");
    if (!rp_mode_parse(text_of(arena, root, "mode"), &head.mode)) {
        head.mode = RP_MODE_LIVE;
    }
    head.seed = u64_of(text_of(arena, root, "seed"));
    head.engine_rev = u32_of(root, "engine_rev");
    head.incarnation = u32_of(root, "incarnation");
    head.began.unix_ns = (int64_t)u64_of(began);
    head.plan_name = text_of(arena, root, "plan_name");
    read_tags(&head, arena, rp_json_get(root, "tags"));
    head.faults = text_of(arena, root, "faults");
    head.program = text_of(arena, root, "program").ptr;
    rp_json_free(&doc);
    if (!good || !writes_to(&head, text)) {
        return rp_err_set(
            err, RP_E_DAMAGED, "a session's head is not what one looks like");
    }
    *out = head;
    return RP_OK;
}
