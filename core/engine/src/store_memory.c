#include <reprise/mem.h>
#include <reprise/store.h>

#include <string.h>

struct payload {
    struct rp_digest digest;
    struct rp_str bytes;
};

struct store_memory {
    struct rp_store base;
    struct rp_arena *arena;
    struct rp_memory_record *records;
    size_t record_count;
    uint32_t record_room;
    struct payload *payloads; /* open addressing by digest */
    size_t payload_count, slot_count;
};

static struct store_memory *self_of(struct rp_store *s)
{
    return RP_CONTAINER_OF(s, struct store_memory, base);
}

static size_t slot_of(
    const struct store_memory *self, const struct rp_digest *digest)
{
    uint64_t hash;
    memcpy(&hash, digest->bytes, sizeof(hash));
    size_t at = (size_t)(hash % self->slot_count);
    while (self->payloads[at].bytes.ptr != NULL &&
           !rp_digest_equal(&self->payloads[at].digest, digest)) {
        at = (at + 1) % self->slot_count;
    }
    return at;
}

static void grow_payloads(struct store_memory *self)
{
    struct payload *old = self->payloads;
    size_t old_count = self->slot_count;
    self->slot_count = old_count == 0 ? 64 : old_count * 2;
    self->payloads = rp_mem_array(self->slot_count, sizeof(struct payload));
    for (size_t i = 0; i < old_count; i++) {
        if (old[i].bytes.ptr != NULL) {
            self->payloads[slot_of(self, &old[i].digest)] = old[i];
        }
    }
    rp_mem_free(old);
}

static enum rp_code memory_begin(
    struct rp_store *s, const struct rp_session_head *head, struct rp_err *err)
{
    (void)s;
    (void)head;
    (void)err;
    return RP_OK;
}

static enum rp_code memory_put(struct rp_store *s,
    const struct rp_digest *digest, struct rp_str bytes, struct rp_err *err)
{
    struct store_memory *self = self_of(s);
    (void)err;
    if (self->payload_count * 2 >= self->slot_count) {
        grow_payloads(self);
    }
    struct payload *slot = &self->payloads[slot_of(self, digest)];
    if (slot->bytes.ptr == NULL) {
        slot->digest = *digest;
        slot->bytes.ptr = rp_arena_dup(self->arena, bytes);
        slot->bytes.len = bytes.len;
        self->payload_count++;
    }
    return RP_OK;
}

static enum rp_code memory_append(
    struct rp_store *s, const struct rp_record *record, struct rp_err *err)
{
    struct store_memory *self = self_of(s);
    (void)err;
    self->records = rp_mem_room(self->records, self->record_count,
        &self->record_room, sizeof(struct rp_memory_record));
    self->records[self->record_count++] = (struct rp_memory_record){
        .seq = record->seq,
        .at = record->at,
        .body = {rp_arena_dup(self->arena, record->body), record->body.len},
        .digest = record->digest,
    };
    return RP_OK;
}

static enum rp_code memory_commit(struct rp_store *s, struct rp_err *err)
{
    (void)s;
    (void)err;
    return RP_OK;
}

static enum rp_code memory_get(struct rp_store *s,
    const struct rp_digest *digest, char **out, size_t *out_bytes,
    struct rp_err *err)
{
    struct store_memory *self = self_of(s);
    const struct payload *slot =
        self->slot_count == 0 ? NULL : &self->payloads[slot_of(self, digest)];
    if (slot == NULL || slot->bytes.ptr == NULL) {
        char hex[RP_DIGEST_HEX_LEN + 1];
        rp_digest_hex(digest, hex);
        return rp_err_set(err, RP_E_NOT_FOUND, "no payload %s", hex);
    }
    *out = rp_mem_dup(slot->bytes);
    *out_bytes = slot->bytes.len;
    return RP_OK;
}

static void memory_free(struct rp_store *s)
{
    struct store_memory *self = self_of(s);
    rp_arena_free(&self->arena);
    rp_mem_free(self->records);
    rp_mem_free(self->payloads);
    rp_mem_free(self);
}

static const struct rp_store_ops memory_ops = {
    .name = "memory",
    .begin = memory_begin,
    .put = memory_put,
    .append = memory_append,
    .commit = memory_commit,
    .get = memory_get,
    .free = memory_free,
};

struct rp_store *rp_store_memory_new(void)
{
    struct store_memory *self = rp_mem_zalloc(sizeof(*self));
    self->base.ops = &memory_ops;
    self->arena = rp_arena_new(0);
    return &self->base;
}

const struct rp_memory_record *rp_store_memory_records(
    const struct rp_store *store, size_t *count)
{
    RP_ASSERT(store->ops == &memory_ops);
    const struct store_memory *self =
        (const struct store_memory *)(const void *)store;
    *count = self->record_count;
    return self->records;
}

void rp_store_free(struct rp_store **store)
{
    if (*store != NULL) {
        (*store)->ops->free(*store);
        *store = NULL;
    }
}
