#include "conflict_values.h"

#include <inttypes.h>
#include <string.h>

#include <reprise/json.h>
#include <reprise/mem.h>

#include "out.h"
#include "text.h"

#define SOURCES_MAX 6
#define VALUE_COLUMNS_MAX 40

static void add_text(struct rp_buf *out, struct rp_str text)
{
    static const struct rp__style plain = {false, true};
    (void)rp__text_add(out, text, VALUE_COLUMNS_MAX, &plain);
}

static void add_value(struct rp_buf *out, const cJSON *value)
{
    struct rp_buf text;
    rp_buf_init(&text, RP__OUT_BYTES_MAX);
    if (cJSON_IsString(value)) {
        rp_json_string_bytes(value, &text);
    } else {
        rp_json_write_text(&text, value);
    }
    add_text(out, rp_buf_str(&text));
    rp_buf_fini(&text);
}

/* "meds: active, notes: stopped". */
static void add_candidates(struct rp_buf *out, const cJSON *candidates)
{
    uint32_t count = 0;
    const cJSON *candidate;
    cJSON_ArrayForEach(candidate, candidates)
    {
        const cJSON *source = rp_json_get(candidate, "source");
        const cJSON *value = rp_json_get(candidate, "value");
        if (!cJSON_IsString(source) || value == NULL) {
            continue;
        }
        count++;
        if (count <= SOURCES_MAX) {
            rp_buf_add_text(out, count == 1 ? "" : ", ");
            add_text(out, rp_str_of(source->valuestring));
            rp_buf_add_text(out, ": ");
            add_value(out, value);
        }
    }
    if (count > SOURCES_MAX) {
        rp_buf_addf(out, " and %" PRIu32 " more", count - SOURCES_MAX);
    }
}

static void note(
    struct rp_arena *arena, const struct rp__item *item, const cJSON *conflict)
{
    const cJSON *key = rp_json_get(conflict, "key");
    for (struct rp__conflict *c = item->conflicts;
         c != NULL && cJSON_IsString(key); c = c->next) {
        if (strcmp(c->key, key->valuestring) == 0) {
            struct rp_buf out;
            rp_buf_init(&out, RP__OUT_BYTES_MAX);
            add_candidates(&out, rp_json_get(conflict, "candidates"));
            c->values = rp_arena_dup(arena, rp_buf_str(&out));
            rp_buf_fini(&out);
        }
    }
}

static void read_merged(const struct rp__session_arg *arg,
    struct rp_arena *arena, const struct rp__item *item)
{
    char *bytes = NULL;
    size_t len = 0;
    struct rp_json_doc *doc = NULL;
    if (rp_reader_payload(&bytes, &len, arg->reader, &item->output, NULL) ==
            RP_OK &&
        rp_json_read(&doc, (struct rp_str){bytes, len}, NULL, NULL) == RP_OK) {
        const cJSON *conflict;
        cJSON_ArrayForEach(
            conflict, rp_json_get(rp_json_root(doc), "conflicts"))
        {
            note(arena, item, conflict);
        }
    }
    rp_json_free(&doc);
    rp_mem_free(bytes);
}

void rp__conflict_values_read(
    const struct rp__session_arg *arg, struct rp__session_view *loaded)
{
    uint32_t depth = 0;
    for (struct rp__item *item = loaded->view.root; item != NULL;
         item = rp__view_walk(item, &depth)) {
        if (item->conflicts != NULL && !rp_digest_is_zero(&item->output)) {
            read_merged(arg, loaded->arena, item);
        }
    }
}
