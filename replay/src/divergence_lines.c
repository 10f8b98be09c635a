/* Where two items differ, member by member. */
#include "divergence_items.h"

#include <reprise/json_diff.h>

#include <string.h>

#define LINES_MAX 20
#define SHOWN_BYTES_MAX 120 /* of one value */

struct telling {
    struct rp_arena *arena;
    const struct rp__compared *compared;
    const char **lines; /* room for one more than the maximum */
    uint32_t count;
    const char *prefix; /* pointer of the document in the item */
    bool documents_only;
};

static void add_line(struct telling *t, const char *line)
{
    if (t->count == LINES_MAX) {
        line = "and more";
    }
    if (t->count <= LINES_MAX) {
        t->lines[t->count++] = line;
    }
}

/* Not cut inside a character. */
static struct rp_str shortened(struct rp_str text)
{
    if (text.len > SHOWN_BYTES_MAX) {
        text.len = SHOWN_BYTES_MAX;
        while (((unsigned char)text.ptr[text.len] & 0xC0) == 0x80) {
            text.len--;
        }
    }
    return text;
}

static const char *value_of(struct telling *t, const cJSON *node)
{
    struct rp_buf text;
    if (node == NULL) {
        return "nothing";
    }
    rp_buf_init(&text, RP_RECORD_BYTES_MAX);
    rp_json_write_text(&text, node);
    struct rp_str shown = shortened(rp_buf_str(&text));
    const char *value = rp_arena_printf(t->arena, "%.*s%s", RP_STR_ARG(shown),
        shown.len < text.len ? "..." : "");
    rp_buf_fini(&text);
    return value;
}

static void tell_values(void *context, const struct rp_json_difference *d)
{
    struct telling *t = context;
    const char *pointer =
        rp_arena_printf(t->arena, "%s%.*s", t->prefix, RP_STR_ARG(d->pointer));
    add_line(t, rp_arena_printf(t->arena, "%s: %s -> %s",
                    pointer[0] == '\0' ? "the whole" : pointer,
                    value_of(t, d->before), value_of(t, d->after)));
}

/* ---- documents that are named by their digest ---- */

/* Made just now, or in the store; NULL when neither or no JSON. */
static struct rp_json_doc *document(struct telling *t, const cJSON *node)
{
    struct rp_digest digest;
    struct rp_str bytes = {NULL, 0};
    struct rp_json_doc *doc = NULL;
    const struct rp_step *now = t->compared->now;
    if (!cJSON_IsString(node) ||
        !rp_digest_parse(rp_str_of(node->valuestring), &digest)) {
        return NULL;
    }
    for (uint32_t i = 0; i < now->made_count; i++) {
        if (rp_digest_equal(&now->made[i].digest, &digest)) {
            bytes = now->made[i].bytes;
        }
    }
    for (uint32_t i = 0; bytes.ptr == NULL && i < now->action_count; i++) {
        const struct rp_action *action = &now->actions[i];
        if (action->kind == RP_ACTION_START_CALL &&
            rp_digest_equal(&action->start.input_digest, &digest)) {
            bytes = action->start.input;
        }
    }
    /* Without the document there is one line less to tell, no more. */
    if (bytes.ptr == NULL &&
        rp_recording_payload(&bytes, t->compared->recording, &digest, NULL) !=
            RP_OK) {
        return NULL;
    }
    return rp_json_read(&doc, bytes, NULL, NULL) == RP_OK ? doc : NULL;
}

static bool tell_documents(
    struct telling *t, const struct rp_json_difference *d)
{
    struct rp_json_doc *before = document(t, d->before);
    struct rp_json_doc *after = document(t, d->after);
    bool both = before != NULL && after != NULL;
    if (both) {
        t->prefix = t->documents_only ? "" : rp_arena_dup(t->arena, d->pointer);
        size_t told = rp_json_diff(rp_json_root(before), rp_json_root(after),
            LINES_MAX + 1, tell_values, t);
        both = told > 0;
    }
    rp_json_free(&before);
    rp_json_free(&after);
    return both;
}

static bool names_document(struct rp_str pointer)
{
    return rp_str_is(pointer, "/attrs/input") ||
           rp_str_is(pointer, "/attrs/output") || rp_str_is(pointer, "/input");
}

static void tell_member(void *context, const struct rp_json_difference *d)
{
    struct telling *t = context;
    if (names_document(d->pointer) && tell_documents(t, d)) {
        return;
    }
    t->prefix = "";
    if (!t->documents_only) {
        tell_values(t, d);
    }
}

void rp__item_differences(struct rp_divergence *out, struct rp_arena *arena,
    const struct rp__compared *c, const struct rp__item *was,
    const struct rp__item *is)
{
    struct rp_json_doc *before = NULL;
    struct rp_json_doc *after = NULL;
    struct telling t = {
        .arena = arena,
        .compared = c,
        .lines = rp_arena_array(arena, LINES_MAX + 1, sizeof(char *)),
        .prefix = "",
        .documents_only = out->kind == RP_DIVERGENCE_INPUT_CHANGED,
    };
    if (rp_json_read(&before, was->text, NULL, NULL) == RP_OK &&
        rp_json_read(&after, is->text, NULL, NULL) == RP_OK) {
        (void)rp_json_diff(rp_json_root(before), rp_json_root(after),
            LINES_MAX + 1, tell_member, &t);
    }
    rp_json_free(&before);
    rp_json_free(&after);
    out->differences = t.lines;
    out->difference_count = t.count;
}
