#include "receipt.h"

#include <stdlib.h>
#include <string.h>

#include <reprise/json.h>
#include <reprise/mem.h>
#include <reprise/record.h>

#include "json_part.h"

/* What a replay gives a session back from the recording, and what it does
 * not: nobody recorded what a worker did to the world besides. */
static const char *const virtualised[] = {"time", "chance",
    "what workers returned, and when", "exit status and signals",
    "what operators asked", "deaths of the orchestrator"};
static const char *const not_virtualised[] = {
    "files and devices that workers read or wrote",
    "what workers sent or received over a network",
    "the worker programs themselves: named by path, size and time of change"};

/* ---- payloads ---- */

struct gathering {
    struct rp_digest *items; /* owned */
    size_t count, room;
};

static void gather(void *context, const struct rp_digest *digest)
{
    struct gathering *g = context;
    if (rp_digest_is_zero(digest)) {
        return;
    }
    if (g->count == g->room) {
        g->room = g->room == 0 ? 64 : 2 * g->room;
        g->items = rp_mem_grow(g->items, g->room, sizeof(struct rp_digest));
    }
    g->items[g->count++] = *digest;
}

static int by_bytes(const void *a, const void *b)
{
    return memcmp(a, b, sizeof(struct rp_digest));
}

static void keep_each_once(struct gathering *g)
{
    size_t kept = 0;
    if (g->count > 1) {
        qsort(g->items, g->count, sizeof(struct rp_digest), by_bytes);
    }
    for (size_t i = 0; i < g->count; i++) {
        if (i == 0 || by_bytes(&g->items[i], &g->items[kept - 1]) != 0) {
            g->items[kept++] = g->items[i];
        }
    }
    g->count = kept;
}

static void gather_all(
    struct gathering *g, const struct rp_recording *recording)
{
    uint32_t count;
    const struct rp_recorded *records = rp_recording_records(recording, &count);
    const struct rp_session_head *head = rp_recording_head(recording);
    gather(g, &head->plan);
    gather(g, &head->input);
    for (uint32_t i = 0; i < count; i++) {
        rp_record_payloads(&records[i].event, &records[i].step, gather, g);
    }
    keep_each_once(g);
}

/* ---- the document ---- */

static void set_payloads(cJSON *out, const struct rp_recording *recording)
{
    struct gathering g = {.items = NULL};
    gather_all(&g, recording);
    struct rp_digest digest = rp_digest_of((struct rp_str){
        (const char *)g.items, g.count * sizeof(struct rp_digest)});
    rp_json_set_int(out, "payloads", (int64_t)g.count);
    rp__json_digest(out, "payloads_digest", &digest);
    rp_mem_free(g.items);
}

static void set_head(cJSON *out, const struct rp_session_head *head)
{
    rp_json_set_text(out, "schema", RP_STR("reprise.receipt/1"));
    rp_json_set_text(out, "session", rp_str_of(head->id.text));
    rp_json_set_text(out, "plan_name", head->plan_name);
    rp__json_digest(out, "plan", &head->plan);
    rp__json_digest(out, "input", &head->input);
    rp_json_set_text(out, "program", rp_str_of(head->program));
    rp_json_set_int(out, "engine_rev", head->engine_rev);
}

cJSON *rp__receipt_new(const struct rp_recording *recording)
{
    uint32_t count;
    struct rp_digest chain = rp_recording_chain(recording);
    cJSON *out = cJSON_CreateObject();
    (void)rp_recording_records(recording, &count); /* counted only */
    set_head(out, rp_recording_head(recording));
    rp_json_set_int(out, "records", count);
    rp__json_digest(out, "chain", &chain);
    set_payloads(out, recording);
    rp_json_set(out, "ended", cJSON_CreateBool(rp_recording_ended(recording)));
    rp__json_texts(out, "virtualised", virtualised, RP_COUNT_OF(virtualised));
    rp__json_texts(
        out, "not_virtualised", not_virtualised, RP_COUNT_OF(not_virtualised));
    rp_json_set_text(out, "made_by", RP_STR("reprise " RP_VERSION));
    return out;
}

const char *rp__receipt_difference(const cJSON *a, const cJSON *b)
{
    const cJSON *member;
    cJSON_ArrayForEach(member, a)
    {
        const cJSON *other = rp_json_get(b, member->string);
        if (strcmp(member->string, "made_by") != 0 &&
            (other == NULL || !rp_json_key_equal(member, other))) {
            return member->string;
        }
    }
    return NULL;
}
