/* What a trace is as a session: its order, who its root is, how it ended. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include <reprise/json.h>
#include <reprise/store_sqlite.h>
#include <reprise/trace_context.h>

#include "import_parts.h"
#include "span_attrs.h"

/* ---- attributes ---- */

static struct rp_json_doc *attributes_of(const struct rp_span *span)
{
    struct rp_json_doc *doc = NULL;
    return rp_json_read(&doc, span->attributes, NULL, NULL) == RP_OK ? doc
                                                                     : NULL;
}

static const cJSON *get(const struct rp_json_doc *doc, enum rp__key key)
{
    return doc == NULL ? NULL
                       : rp_json_get(rp_json_root(doc), rp__key_name(key));
}

/* Empty when there is none, or it is no text. */
static struct rp_str text_of(
    const struct rp_json_doc *doc, enum rp__key key, struct rp_arena *arena)
{
    const cJSON *node = get(doc, key);
    struct rp_str text =
        rp_str_of(cJSON_IsString(node) ? node->valuestring : "");
    return (struct rp_str){rp_arena_dup(arena, text), text.len};
}

static int64_t int_of(const struct rp_json_doc *doc, enum rp__key key)
{
    int64_t value = 0;
    return rp_json_int64(get(doc, key), &value) ? value : 0;
}

/* ---- order ---- */

static int by_start(const void *a, const void *b)
{
    const struct rp__imported_span *x = *(struct rp__imported_span *const *)a;
    const struct rp__imported_span *y = *(struct rp__imported_span *const *)b;
    int64_t left = x->from->span.start_unix_ns;
    int64_t right = y->from->span.start_unix_ns;
    if (left != right) {
        return left < right ? -1 : 1;
    }
    return x->order < y->order ? -1 : x->order > y->order;
}

/* Index of the span of that id; NO_PARENT. `items` are sorted by id. */
static uint32_t find(const struct rp__imported_span *items, uint32_t count,
    const struct rp_span_id *id)
{
    uint32_t low = 0;
    uint32_t high = count;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        int order = memcmp(&items[middle].from->span.id, id, sizeof(*id));
        if (order == 0) {
            return middle;
        }
        if (order < 0) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return RP__NO_PARENT;
}

static void link_parents(struct rp__imported_span *items, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        uint32_t parent = find(items, count, &items[i].from->span.parent);
        items[i].parent = parent == i ? RP__NO_PARENT : parent;
        if (items[i].parent != RP__NO_PARENT) {
            items[parent].has_children = true;
        }
    }
}

/* Gives the next number, unless there is none left. */
static void emit(struct rp__imported *out, struct rp__imported_span *items,
    struct rp__imported_span *item)
{
    struct rp_span *span = &item->from->span;
    item->emitted = true;
    item->visiting = false;
    if (out->span_count == RP_STORE_SPANS_MAX - 1) {
        out->spans_dropped++;
        return;
    }
    span->parent_number = item->parent == RP__NO_PARENT
                              ? 0
                              : items[item->parent].from->span.number;
    span->number = out->span_count + 1;
    out->spans[out->span_count++] = span;
}

/* By start, but no child before its parent, whatever the clocks said. A circle
 * of parents is cut where it is met again. */
static void put_in_order(struct rp__imported *out, struct rp_arena *arena,
    struct rp__imported_span *items, uint32_t count)
{
    struct rp__imported_span **sorted = rp_mem_array(count, sizeof(*sorted));
    struct rp__imported_span **path = rp_mem_array(count, sizeof(*path));
    out->spans = rp_arena_array(arena, count, sizeof(*out->spans));
    for (uint32_t i = 0; i < count; i++) {
        sorted[i] = &items[i];
    }
    qsort(sorted, count, sizeof(struct rp__imported_span *), by_start);
    for (uint32_t i = 0; i < count; i++) {
        struct rp__imported_span *item = sorted[i];
        uint32_t depth = 0;
        while (!item->emitted) {
            item->visiting = true;
            path[depth++] = item;
            if (item->parent == RP__NO_PARENT) {
                break;
            }
            if (items[item->parent].visiting) {
                item->parent = RP__NO_PARENT;
                break;
            }
            item = &items[item->parent];
        }
        while (depth > 0) {
            emit(out, items, path[--depth]);
        }
    }
    rp_mem_free(path);
    rp_mem_free(sorted);
}

/* ---- what each span was ---- */

static enum rp_span_role role_of(
    const struct rp_json_doc *doc, struct rp_str path)
{
    if (get(doc, RP__KEY_SESSION_ID) != NULL) {
        return RP_SPAN_SESSION;
    }
    if (path.len == 0) {
        return RP_SPAN_OTHER;
    }
    if (get(doc, RP__KEY_NODE_KIND) != NULL) {
        return RP_SPAN_NODE;
    }
    if (get(doc, RP__KEY_ATTEMPT) != NULL) {
        return RP_SPAN_ATTEMPT;
    }
    if (rp_str_ends(path, RP_STR("/$aggregate"))) {
        return RP_SPAN_AGGREGATE;
    }
    return get(doc, RP__KEY_OPERATION) != NULL ? RP_SPAN_TASK : RP_SPAN_OTHER;
}

/* A sum of what strangers say stays what it can be. */
static void add(int64_t *sum, int64_t value)
{
    if (value > 0 && *sum <= INT64_MAX - value) {
        *sum += value;
    }
}

static void count_events(struct rp_summary *sum, const struct rp_span *span)
{
    const struct {
        enum rp_decision_kind kind;
        int64_t *count;
    } counted[] = {
        {RP_DECISION_RETRY, &sum->retries},
        {RP_DECISION_TIMED_OUT, &sum->timeouts},
        {RP_DECISION_FALLBACK, &sum->fallbacks},
        {RP_DECISION_CONFLICT, &sum->conflicts},
    };
    for (uint32_t i = 0; i < span->event_count; i++) {
        for (size_t j = 0; j < RP_COUNT_OF(counted); j++) {
            *counted[j].count += rp_str_is(
                span->events[i].name, rp__event_of_decision(counted[j].kind));
        }
    }
}

static void take_span(struct rp__imported *out, struct rp_arena *arena,
    const struct rp__imported_span *item)
{
    struct rp_summary *sum = &out->summary;
    struct rp_span *span = &item->from->span;
    struct rp_json_doc *doc = attributes_of(span);
    span->path = text_of(doc, RP__KEY_PATH, arena);
    span->role = role_of(doc, span->path);
    bool task = span->role == RP_SPAN_TASK;
    sum->tasks += task;
    sum->attempts += span->role == RP_SPAN_ATTEMPT;
    sum->requested += task;
    sum->delivered += task && span->status != RP_SPAN_ERROR;
    if (!item->has_children) {
        add(&sum->input_tokens, int_of(doc, RP__KEY_INPUT_TOKENS));
        add(&sum->output_tokens, int_of(doc, RP__KEY_OUTPUT_TOKENS));
        add(&sum->cost_micro_usd, int_of(doc, RP__KEY_COST));
    }
    count_events(sum, span);
    rp_json_free(&doc);
}

/* ---- the session ---- */

/* The first without a parent; the session itself where it is among them. */
static const struct rp_span *find_root(const struct rp__imported *session)
{
    const struct rp_span *root = NULL;
    for (uint32_t i = 0; i < session->span_count; i++) {
        const struct rp_span *span = session->spans[i];
        bool better = root == NULL || (span->role == RP_SPAN_SESSION &&
                                          root->role != RP_SPAN_SESSION);
        if (span->parent_number == 0 && better) {
            root = span;
        }
    }
    return root;
}

static void make_id(struct rp_session_head *head)
{
    uint8_t text[4 + sizeof(head->trace)] = "otlp";
    memcpy(text + 4, &head->trace, sizeof(head->trace));
    struct rp_digest digest =
        rp_digest_of((struct rp_str){(char *)text, sizeof(text)});
    head->id = rp_session_id_of(head->began, digest.bytes);
}

/* "opentelemetry 1.2.3", of the software that made the spans. */
static const char *program_of(
    const struct rp_span_origin *origin, struct rp_arena *arena)
{
    struct rp_json_doc *doc = NULL;
    const char *words[2] = {"", ""};
    if (rp_json_read(&doc, origin->resource, NULL, NULL) == RP_OK) {
        const cJSON *name =
            rp_json_get(rp_json_root(doc), "telemetry.sdk.name");
        const cJSON *version =
            rp_json_get(rp_json_root(doc), "telemetry.sdk.version");
        words[0] = cJSON_IsString(name) ? name->valuestring : "";
        words[1] = cJSON_IsString(version) ? version->valuestring : "";
    }
    const char *program = rp_arena_printf(arena, "%s%s%s", words[0],
        words[0][0] != '\0' && words[1][0] != '\0' ? " " : "", words[1]);
    rp_json_free(&doc);
    return program;
}

/* The spans of a session that was resumed have a root for each process; how
 * it ended is on the last one. */
static const struct rp_span *find_end(const struct rp__imported *session,
    const struct rp_span *root, struct rp_arena *arena)
{
    const struct rp_span *end = root;
    struct rp_json_doc *doc = attributes_of(root);
    struct rp_str id = text_of(doc, RP__KEY_SESSION_ID, arena);
    rp_json_free(&doc);
    for (uint32_t i = 0; i < session->span_count && id.len > 0; i++) {
        const struct rp_span *span = session->spans[i];
        if (span->role == RP_SPAN_SESSION) {
            doc = attributes_of(span);
            struct rp_str other = text_of(doc, RP__KEY_SESSION_ID, arena);
            end = rp_str_equal(id, other) ? span : end;
            rp_json_free(&doc);
        }
    }
    return end;
}

static void take_outcome(
    struct rp__imported *out, struct rp_arena *arena, const struct rp_span *end)
{
    struct rp_summary *sum = &out->summary;
    struct rp_json_doc *doc = attributes_of(end);
    if (!rp_outcome_parse(
            text_of(doc, RP__KEY_SESSION_OUTCOME, arena), &sum->outcome) ||
        sum->outcome == RP_OUTCOME_NONE) {
        sum->outcome =
            end->status == RP_SPAN_ERROR ? RP_OUTCOME_FAILED : RP_OUTCOME_OK;
    }
    if (get(doc, RP__KEY_REQUESTED) != NULL) {
        sum->requested = int_of(doc, RP__KEY_REQUESTED);
        sum->delivered = int_of(doc, RP__KEY_DELIVERED);
    }
    rp_json_free(&doc);
}

static void take_root(struct rp__imported *out, struct rp_arena *arena,
    const struct rp_span *root)
{
    struct rp_session_head *head = &out->head;
    struct rp_json_doc *doc = attributes_of(root);
    struct rp_str plan = text_of(doc, RP__KEY_PLAN_NAME, arena);
    plan = plan.len > 0 ? plan : text_of(doc, RP__KEY_WORKFLOW, arena);
    head->plan_name = plan.len > 0 ? plan : root->name;
    (void)rp_session_id_parse(
        text_of(doc, RP__KEY_SESSION_ID, arena), &head->source);
    head->source_trace = head->trace;
    head->sampled =
        root->flags == 0 || (root->flags & RP_TRACE_FLAG_SAMPLED) != 0;
    head->trace_random = (root->flags & RP_TRACE_FLAG_RANDOM) != 0;
    head->tracestate = root->tracestate;
    head->parent_span = root->parent;
    head->program = program_of(root->origin, arena);
    rp_json_free(&doc);
}

/* From the first start to the last end. */
static void take_times(struct rp__imported *out)
{
    int64_t first = INT64_MAX;
    int64_t last = 0;
    for (uint32_t i = 0; i < out->span_count; i++) {
        const struct rp_span *span = out->spans[i];
        first = span->start_unix_ns < first ? span->start_unix_ns : first;
        last = span->end_unix_ns > last ? span->end_unix_ns : last;
    }
    out->head.began.unix_ns = first < 0 ? 0 : first;
    out->summary.last_at.ns =
        last > out->head.began.unix_ns ? last - out->head.began.unix_ns : 0;
}

void rp__imported_make(struct rp__imported *out, struct rp_arena *arena,
    struct rp__imported_span *items, uint32_t count)
{
    *out = (struct rp__imported){
        .head = {.mode = RP_MODE_IMPORTED,
            .incarnation = 1,
            .trace = items[0].from->trace},
    };
    link_parents(items, count);
    put_in_order(out, arena, items, count);
    for (uint32_t i = 0; i < count; i++) {
        take_span(out, arena, &items[i]);
    }
    take_times(out);
    make_id(&out->head);
    const struct rp_span *root = find_root(out);
    take_root(out, arena, root);
    take_outcome(out, arena, find_end(out, root, arena));
    struct rp_summary sum = out->summary;
    rp_summary_init(&out->summary, &out->head); /* where its chain begins */
    sum.chain = out->summary.chain;
    out->summary = sum;
}
