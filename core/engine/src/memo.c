/* Texts in a table by a hash of their own; everything else hangs on them. */
#include "memo.h"

#include <string.h>

#define SLOTS_MIN 1024
#define TEXT_BYTES_MAX ((size_t)1 << 20) /* of one: longer ones are rare */
#define HELD_BYTES_MAX ((size_t)64 << 20)
#define LANES 4 /* of a hash */
#define VALUE_SLOTS 1024
#define TREE_WEIGHT 24 /* bytes that a document takes for each of its text */

/* A container that was read, by the first one inside. */
struct value {
    const cJSON *child;
    struct rp__memo_text *text;
    struct value *next;
};

struct rp_memo {
    struct rp_arena *arena;
    struct value *values[VALUE_SLOTS];
    struct rp__memo_text **slots; /* a power of two of them */
    size_t slot_count, text_count;
    size_t held_bytes;
    struct rp_json_doc **docs; /* owned */
    uint32_t doc_count, doc_room;
    cJSON **trees; /* owned */
    uint32_t tree_count, tree_room;
};

static void clear(struct rp_memo *memo)
{
    for (uint32_t i = 0; i < memo->doc_count; i++) {
        rp_json_free(&memo->docs[i]);
    }
    for (uint32_t i = 0; i < memo->tree_count; i++) {
        cJSON_Delete(memo->trees[i]);
    }
    memo->doc_count = 0;
    memo->tree_count = 0;
    memset(memo->values, 0, sizeof(memo->values));
    rp_mem_free(memo->slots);
    memo->slot_count = SLOTS_MIN;
    memo->slots = rp_mem_array(SLOTS_MIN, sizeof(struct rp__memo_text *));
    memo->text_count = 0;
    memo->held_bytes = 0;
}

struct rp_memo *rp_memo_new(void)
{
    struct rp_memo *memo = rp_mem_zalloc(sizeof(*memo));
    memo->arena = rp_arena_new(256u << 10);
    clear(memo);
    return memo;
}

void rp_memo_free(struct rp_memo **memo)
{
    struct rp_memo *m = *memo;
    if (m == NULL) {
        return;
    }
    clear(m);
    rp_mem_free(m->slots);
    rp_mem_free(m->docs);
    rp_mem_free(m->trees);
    rp_arena_free(&m->arena);
    rp_mem_free(m);
    *memo = NULL;
}

void rp_memo_trim(struct rp_memo *memo)
{
    if (memo != NULL && memo->held_bytes > HELD_BYTES_MAX) {
        clear(memo);
        rp_arena_reset(memo->arena);
    }
}

/* ---- texts ---- */

static uint64_t mix(uint64_t hash, uint64_t word)
{
    hash = (hash ^ word) * UINT64_C(0x9E3779B97F4A7C15);
    return hash ^ (hash >> 29);
}

/* Four lanes: one waits for its product while the others go on. */
static uint64_t hash_of(struct rp_str bytes)
{
    uint64_t lanes[LANES] = {bytes.len, 1, 2, 3};
    uint64_t words[LANES] = {0};
    size_t i = 0;
    for (; bytes.len - i >= sizeof(words); i += sizeof(words)) {
        memcpy(words, bytes.ptr + i, sizeof(words));
        for (size_t k = 0; k < LANES; k++) {
            lanes[k] = mix(lanes[k], words[k]);
        }
    }
    memset(words, 0, sizeof(words));
    memcpy(words, bytes.ptr + i, bytes.len - i);
    uint64_t hash = UINT64_C(0xD6E8FEB86659FD93);
    for (size_t k = 0; k < LANES; k++) {
        hash = mix(hash, mix(lanes[k], words[k]));
    }
    return hash;
}

static void grow(struct rp_memo *memo)
{
    size_t count = memo->slot_count * 2;
    struct rp__memo_text **slots =
        rp_mem_array(count, sizeof(struct rp__memo_text *));
    for (size_t i = 0; i < memo->slot_count; i++) {
        struct rp__memo_text *next;
        for (struct rp__memo_text *t = memo->slots[i]; t != NULL; t = next) {
            next = t->next;
            t->next = slots[t->hash & (count - 1)];
            slots[t->hash & (count - 1)] = t;
        }
    }
    rp_mem_free(memo->slots);
    memo->slots = slots;
    memo->slot_count = count;
}

static struct rp__memo_text *add_text(
    struct rp_memo *memo, struct rp_str bytes, uint64_t hash)
{
    if (memo->text_count >= memo->slot_count) {
        grow(memo);
    }
    struct rp__memo_text *text = rp_arena_alloc(memo->arena, sizeof(*text));
    struct rp__memo_text **slot = &memo->slots[hash & (memo->slot_count - 1)];
    *text = (struct rp__memo_text){
        .bytes = {rp_arena_dup(memo->arena, bytes), bytes.len},
        .hash = hash,
        .digest = rp_digest_of(bytes),
        .next = *slot,
    };
    *slot = text;
    memo->text_count++;
    memo->held_bytes += sizeof(*text) + bytes.len;
    return text;
}

struct rp__memo_text *rp__memo_text(struct rp_memo *memo, struct rp_str bytes)
{
    if (memo == NULL || bytes.len == 0 || bytes.len > TEXT_BYTES_MAX) {
        return NULL;
    }
    uint64_t hash = hash_of(bytes);
    for (struct rp__memo_text *t = memo->slots[hash & (memo->slot_count - 1)];
         t != NULL; t = t->next) {
        if (t->hash == hash && rp_str_equal(t->bytes, bytes)) {
            return t;
        }
    }
    /* Until the next trim as many may come as one session makes. */
    return memo->held_bytes > 2 * HELD_BYTES_MAX ? NULL
                                                 : add_text(memo, bytes, hash);
}

struct rp_digest rp_memo_digest(struct rp_memo *memo, struct rp_str bytes)
{
    const struct rp__memo_text *text = rp__memo_text(memo, bytes);
    return text == NULL ? rp_digest_of(bytes) : text->digest;
}

static bool read_key(struct rp_digest *key, struct rp_str bytes)
{
    struct rp_json_doc *doc = NULL;
    bool good = rp_json_read(&doc, bytes, NULL, NULL) == RP_OK;
    if (good) {
        *key = rp_json_key_digest(rp_json_root(doc));
    }
    rp_json_free(&doc);
    return good;
}

bool rp_memo_key(
    struct rp_digest *key, struct rp_memo *memo, struct rp_str bytes)
{
    struct rp__memo_text *text = rp__memo_text(memo, bytes);
    if (text == NULL) {
        return read_key(key, bytes);
    }
    if (rp_digest_is_zero(&text->key) && !text->no_document) {
        text->no_document = !read_key(&text->key, bytes);
    }
    *key = text->key;
    return !text->no_document;
}

/* ---- values ---- */

static size_t slot_of(const cJSON *child)
{
    uint64_t address = (uint64_t)(uintptr_t)(const void *)child;
    return (size_t)(mix(0, address) % VALUE_SLOTS);
}

struct rp__memo_text *rp__memo_value(struct rp_memo *memo, const cJSON *child)
{
    const struct value *v = memo->values[slot_of(child)];
    while (v != NULL && v->child != child) {
        v = v->next;
    }
    return v == NULL ? NULL : v->text;
}

/* What a document reads as when it is written. */
static void know_value(struct rp_memo *memo, const cJSON *value)
{
    struct rp_buf buf;
    if (value == NULL || value->child == NULL) {
        return;
    }
    rp_buf_init(&buf, TEXT_BYTES_MAX);
    rp_json_write_text(&buf, value);
    struct rp__memo_text *text =
        buf.overflowed ? NULL : rp__memo_text(memo, rp_buf_str(&buf));
    rp_buf_fini(&buf);
    if (text != NULL) {
        struct value **slot = &memo->values[slot_of(value->child)];
        struct value *v = rp_arena_alloc(memo->arena, sizeof(*v));
        *v = (struct value){value->child, text, *slot};
        *slot = v;
    }
}

/* ---- verdicts ---- */

const struct verdict *rp__memo_recall(
    const struct rp__memo_text *text, const void *by)
{
    const struct rp__memo_verdict *v = text->verdicts;
    while (v != NULL && v->by != by) {
        v = v->next;
    }
    return v == NULL ? NULL : &v->verdict;
}

static void take_over(struct rp_memo *memo, struct rp_engine *e,
    uint32_t docs_before, uint32_t trees_before)
{
    while (e->doc_count > docs_before) {
        memo->docs = rp_mem_room(memo->docs, memo->doc_count, &memo->doc_room,
            sizeof(struct rp_json_doc *));
        memo->docs[memo->doc_count++] = e->docs[--e->doc_count];
    }
    while (e->tree_count > trees_before) {
        memo->trees = rp_mem_room(
            memo->trees, memo->tree_count, &memo->tree_room, sizeof(cJSON *));
        memo->trees[memo->tree_count++] = e->trees[--e->tree_count];
    }
}

const struct verdict *rp__memo_keep(struct rp_memo *memo,
    struct rp__memo_text *text, const void *by, const struct verdict *verdict,
    struct rp_engine *e, uint32_t docs_before, uint32_t trees_before)
{
    struct rp__memo_verdict *v = rp_arena_alloc(memo->arena, sizeof(*v));
    *v = (struct rp__memo_verdict){by, *verdict, text->verdicts};
    v->verdict.detail = rp_arena_dup(memo->arena, rp_str_of(verdict->detail));
    text->verdicts = v;
    memo->held_bytes += sizeof(*v);
    if (e->doc_count > docs_before || e->tree_count > trees_before) {
        memo->held_bytes += text->bytes.len * TREE_WEIGHT;
    }
    take_over(memo, e, docs_before, trees_before);
    know_value(memo, verdict->value);
    return &v->verdict;
}
