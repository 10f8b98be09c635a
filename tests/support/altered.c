#include "altered.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include <reprise/limits.h>
#include <reprise/mem.h>

/* ---- payloads ---- */

/* Copies what `hex` names, when it names a payload. */
static void copy_payload(struct altered *a, struct rp_str hex)
{
    struct rp_digest digest;
    char *bytes = NULL;
    size_t len = 0;
    struct rp_store *from = a->stage->store;
    if (rp_digest_parse(hex, &digest) &&
        from->ops->get(from, &digest, &bytes, &len, NULL) == RP_OK) {
        assert_int_equal(a->store->ops->put(a->store, &digest,
                             (struct rp_str){bytes, len}, NULL),
            RP_OK);
        rp_mem_free(bytes);
    }
}

static void copy_payloads(struct altered *a, const char *body)
{
    for (const char *c = strchr(body, '"'); c != NULL; c = strchr(c + 1, '"')) {
        if (strlen(c + 1) >= RP_DIGEST_HEX_LEN) {
            copy_payload(a, (struct rp_str){c + 1, RP_DIGEST_HEX_LEN});
        }
    }
}

static void copy_of_head(struct altered *a, const struct rp_digest *digest)
{
    char hex[RP_DIGEST_HEX_LEN + 1];
    rp_digest_hex(digest, hex);
    copy_payload(a, rp_str_of(hex));
}

void altered_put(
    struct altered *a, const char *text, char hex[RP_DIGEST_HEX_LEN + 1])
{
    struct rp_digest digest = rp_digest_of(rp_str_of(text));
    rp_digest_hex(&digest, hex);
    assert_int_equal(
        a->store->ops->put(a->store, &digest, rp_str_of(text), NULL), RP_OK);
}

/* ---- begin and end ---- */

void altered_begin(struct altered *a, const struct stage *stage)
{
    const struct rp_memory_record *records;
    *a = (struct altered){.stage = stage, .head = stage->head};
    records = rp_store_memory_records(stage->store, &a->count);
    a->store = rp_store_memory_new();
    a->bodies = rp_mem_array(a->count, sizeof(char *));
    copy_of_head(a, &stage->head.plan);
    copy_of_head(a, &stage->head.input);
    for (size_t i = 0; i < a->count; i++) {
        a->bodies[i] = rp_mem_dup(records[i].body);
        copy_payloads(a, a->bodies[i]);
    }
}

void altered_fini(struct altered *a)
{
    rp_verification_fini(&a->verification);
    rp_recording_free(&a->recording);
    for (size_t i = 0; i < a->count; i++) {
        rp_mem_free(a->bodies[i]);
    }
    rp_mem_free(a->bodies);
    rp_store_free(&a->store);
}

/* ---- changes ---- */

uint64_t altered_find(const struct altered *a, const char *first, ...)
{
    for (size_t i = 0; i < a->count; i++) {
        bool all = a->bodies[i] != NULL;
        va_list args;
        va_start(args, first);
        for (const char *text = first; all && text != NULL;
             text = va_arg(args, const char *)) {
            all = strstr(a->bodies[i], text) != NULL;
        }
        va_end(args);
        if (all) {
            return i + 1;
        }
    }
    fail_msg("no record has '%s'", first);
    return 0;
}

static bool replace(
    struct altered *a, size_t i, const char *from, const char *to)
{
    struct rp_buf out;
    const char *rest = a->bodies[i];
    bool found = false;
    rp_buf_init(&out, RP_RECORD_BYTES_MAX);
    for (const char *at = strstr(rest, from); at != NULL;
         at = strstr(rest, from)) {
        rp_buf_add(&out, (struct rp_str){rest, (size_t)(at - rest)});
        rp_buf_add_text(&out, to);
        rest = at + strlen(from);
        found = true;
    }
    rp_buf_add_text(&out, rest);
    rp_mem_free(a->bodies[i]);
    a->bodies[i] = rp_buf_take(&out, NULL);
    return found;
}

void altered_replace(
    struct altered *a, uint64_t seq, const char *from, const char *to)
{
    if (!replace(a, (size_t)seq - 1, from, to)) {
        fail_msg("nothing to replace in %s", a->bodies[seq - 1]);
    }
}

void altered_replace_all(struct altered *a, const char *from, const char *to)
{
    bool found = false;
    for (size_t i = 0; i < a->count; i++) {
        found = replace(a, i, from, to) || found;
    }
    assert_true(found);
}

void altered_drop(struct altered *a, uint64_t seq)
{
    rp_mem_free(a->bodies[seq - 1]);
    a->bodies[seq - 1] = NULL;
}

static cJSON *tree_of(const struct altered *a, uint64_t seq)
{
    struct rp_json_doc *doc = NULL;
    assert_int_equal(
        rp_json_read(&doc, rp_str_of(a->bodies[seq - 1]), NULL, NULL), RP_OK);
    cJSON *tree = rp_json_copy(rp_json_root(doc));
    rp_json_free(&doc);
    return tree;
}

static void write_back(struct altered *a, uint64_t seq, cJSON *owned)
{
    struct rp_buf text;
    rp_buf_init(&text, RP_RECORD_BYTES_MAX);
    rp_json_write_text(&text, owned);
    cJSON_Delete(owned);
    rp_mem_free(a->bodies[seq - 1]);
    a->bodies[seq - 1] = rp_buf_take(&text, NULL);
}

static cJSON *item_out(cJSON *tree, const char *list, int at)
{
    cJSON *item = cJSON_DetachItemFromArray(
        cJSON_GetObjectItemCaseSensitive(tree, list), at);
    assert_non_null(item);
    return item;
}

static void item_in(cJSON *tree, const char *list, int at, cJSON *owned)
{
    assert_true(cJSON_InsertItemInArray(
        cJSON_GetObjectItemCaseSensitive(tree, list), at, owned));
}

void altered_move(
    struct altered *a, uint64_t seq, const char *list, int from, int to)
{
    cJSON *tree = tree_of(a, seq);
    item_in(tree, list, to, item_out(tree, list, from));
    write_back(a, seq, tree);
}

void altered_leave_out(
    struct altered *a, uint64_t seq, const char *list, int at)
{
    cJSON *tree = tree_of(a, seq);
    cJSON_Delete(item_out(tree, list, at));
    write_back(a, seq, tree);
}

void altered_repeat(struct altered *a, uint64_t seq, const char *list, int at)
{
    cJSON *tree = tree_of(a, seq);
    cJSON *item = item_out(tree, list, at);
    item_in(tree, list, at, rp_json_copy(item));
    item_in(tree, list, at, item);
    write_back(a, seq, tree);
}

/* ---- sealing ---- */

static void seal(struct altered *a)
{
    struct rp_buf text;
    uint64_t seq = 0;
    rp_buf_init(&text, RP_RECORD_BYTES_MAX);
    rp_session_head_write(&text, &a->head);
    struct rp_digest chain = rp_digest_of(rp_buf_str(&text));
    rp_buf_fini(&text);
    for (size_t i = 0; i < a->count; i++) {
        if (a->bodies[i] == NULL) {
            continue;
        }
        struct rp_str body = rp_str_of(a->bodies[i]);
        chain = rp_record_chain(&chain, body);
        seq++;
        struct rp_record record = {.seq = seq, .body = body, .digest = chain};
        assert_int_equal(a->store->ops->append(a->store, &record, NULL), RP_OK);
    }
}

enum rp_code altered_try(struct altered *a)
{
    seal(a);
    return rp_recording_of_memory(
        &a->recording, a->store, &a->head, NULL, NULL);
}

void altered_load(struct altered *a)
{
    struct rp_err err = RP_ERR_INIT;
    seal(a);
    if (rp_recording_of_memory(&a->recording, a->store, &a->head, NULL, &err) !=
        RP_OK) {
        fail_msg("the altered journal is not read: %s", err.text);
    }
}

void altered_verify(struct altered *a, const struct rp_plan *plan)
{
    struct rp_err err = RP_ERR_INIT;
    altered_load(a);
    if (rp_verify(&a->verification, a->recording, plan, &err) != RP_OK) {
        fail_msg("it could not be verified: %s", err.text);
    }
}
