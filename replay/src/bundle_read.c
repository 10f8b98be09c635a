#include <reprise/bundle.h>

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "bundle_form.h"

struct payload {
    struct rp_digest digest;
    struct rp_str bytes; /* in the file's */
};

struct record {
    uint64_t seq;
    struct rp_digest digest;
    struct rp_str body; /* in the file's */
};

struct session {
    struct rp_session_head head;
    size_t first, count; /* of its records */
};

struct rp_bundle {
    struct rp_buf file; /* all of it */
    struct rp_arena *arena;
    struct payload *payloads; /* in order of their digests */
    size_t payload_count;
    uint32_t payload_room;
    struct record *records;
    size_t record_count;
    uint32_t record_room;
    struct session *sessions;
    size_t session_count;
    uint32_t session_room;
    struct rp_digest chain; /* of the session that is read */
};

/* Where the reader is; `what` says what is wrong, once something is. */
struct cursor {
    struct rp_str rest;
    const char *what;
};

/* ---- lines and blocks ---- */

static bool wrong(struct cursor *c, const char *what)
{
    if (c->what == NULL) {
        c->what = what;
    }
    return false;
}

static bool take_line(struct cursor *c, struct rp_str *line)
{
    size_t most =
        c->rest.len < RP__BUNDLE_LINE_MAX ? c->rest.len : RP__BUNDLE_LINE_MAX;
    const char *end = most == 0 ? NULL : memchr(c->rest.ptr, '\n', most);
    if (end == NULL) {
        return wrong(c, "a line does not end");
    }
    *line = rp_str_cut(c->rest, '\n', &c->rest);
    return true;
}

static bool parse_size(struct rp_str text, uint64_t *out)
{
    uint64_t value = 0;
    if (text.ptr == NULL || text.len == 0 || text.len > 12) {
        return false;
    }
    for (size_t i = 0; i < text.len; i++) {
        if (text.ptr[i] < '0' || text.ptr[i] > '9') {
            return false;
        }
        value = value * 10 + (uint64_t)(text.ptr[i] - '0');
    }
    *out = value;
    return true;
}

/* As many bytes as `size` says, and a newline. */
static bool take_block(struct cursor *c, struct rp_str size, struct rp_str *out)
{
    uint64_t len;
    if (!parse_size(size, &len) || c->rest.ptr == NULL || len >= c->rest.len) {
        return wrong(c, "a part is longer than the file");
    }
    if (c->rest.ptr[len] != '\n') {
        return wrong(c, "a part does not end where it should");
    }
    *out = (struct rp_str){c->rest.ptr, (size_t)len};
    c->rest.ptr += len + 1;
    c->rest.len -= (size_t)len + 1;
    return true;
}

/* ---- parts ---- */

static bool take_payload(
    struct rp_bundle *b, struct cursor *c, struct rp_str words)
{
    struct rp_str size;
    struct rp_str hex = rp_str_cut(words, ' ', &size);
    struct payload payload;
    if (!rp_digest_parse(hex, &payload.digest)) {
        return wrong(c, "a payload has no digest");
    }
    if (!take_block(c, size, &payload.bytes)) {
        return false;
    }
    struct rp_digest digest = rp_digest_of(payload.bytes);
    if (!rp_digest_equal(&digest, &payload.digest)) {
        return wrong(c, "a payload does not match its digest");
    }
    if (b->payload_count > 0 &&
        memcmp(&b->payloads[b->payload_count - 1].digest, &payload.digest,
            sizeof(payload.digest)) >= 0) {
        return wrong(c, "payloads are not in order");
    }
    b->payloads = rp_mem_room(b->payloads, b->payload_count, &b->payload_room,
        sizeof(struct payload));
    b->payloads[b->payload_count++] = payload;
    return true;
}

static bool take_session(
    struct rp_bundle *b, struct cursor *c, struct rp_str size)
{
    struct rp_str text;
    struct session session = {.first = b->record_count};
    if (!take_block(c, size, &text)) {
        return false;
    }
    if (rp_session_head_read(&session.head, b->arena, text, NULL) != RP_OK) {
        return wrong(c, "the head of a session is not one");
    }
    b->chain = rp_digest_of(text);
    b->sessions = rp_mem_room(b->sessions, b->session_count, &b->session_room,
        sizeof(struct session));
    b->sessions[b->session_count++] = session;
    return true;
}

static bool take_record(
    struct rp_bundle *b, struct cursor *c, struct rp_str words)
{
    struct record record;
    struct rp_str rest, size;
    struct rp_str seq = rp_str_cut(words, ' ', &rest);
    struct rp_str hex = rp_str_cut(rest, ' ', &size);
    if (b->session_count == 0 || !parse_size(seq, &record.seq) ||
        !rp_digest_parse(hex, &record.digest)) {
        return wrong(c, "a record is of no session");
    }
    if (!take_block(c, size, &record.body)) {
        return false;
    }
    struct session *session = &b->sessions[b->session_count - 1];
    b->chain = rp_record_chain(&b->chain, record.body);
    if (record.seq != ++session->count ||
        !rp_digest_equal(&b->chain, &record.digest)) {
        return wrong(c, "a record does not match its digest");
    }
    b->records = rp_mem_room(
        b->records, b->record_count, &b->record_room, sizeof(struct record));
    b->records[b->record_count++] = record;
    return true;
}

/* The last line sums up all before it, and nothing follows. */
static bool take_end(struct rp_bundle *b, struct cursor *c, struct rp_str hex)
{
    struct rp_digest said;
    size_t before = (size_t)(hex.ptr - b->file.ptr) - 4;
    struct rp_digest sum = rp_digest_of((struct rp_str){b->file.ptr, before});
    if (!rp_digest_parse(hex, &said) || !rp_digest_equal(&sum, &said)) {
        return wrong(c, "its sum is another one");
    }
    return c->rest.len == 0 || wrong(c, "something follows its end");
}

static bool take_parts(struct rp_bundle *b, struct cursor *c)
{
    struct rp_str line;
    while (take_line(c, &line)) {
        struct rp_str words;
        struct rp_str kind = rp_str_cut(line, ' ', &words);
        bool good = false;
        if (rp_str_is(kind, "end") && words.ptr != NULL) {
            return take_end(b, c, words);
        }
        if (rp_str_is(kind, "payload")) {
            good = take_payload(b, c, words);
        } else if (rp_str_is(kind, "session")) {
            good = take_session(b, c, words);
        } else if (rp_str_is(kind, "record")) {
            good = take_record(b, c, words);
        }
        if (!good) {
            return wrong(c, "it has a part of no known kind");
        }
    }
    return false;
}

/* ---- the file ---- */

static enum rp_code read_file(
    struct rp_bundle *b, const char *path, struct rp_err *err)
{
    char chunk[65536];
    size_t got;
    FILE *file = fopen(path, "rb");
    if (file == NULL) {
        return rp_err_set(err, errno == ENOENT ? RP_E_NOT_FOUND : RP_E_IO,
            "the bundle '%s' cannot be opened", path);
    }
    while ((got = fread(chunk, 1, sizeof(chunk), file)) > 0) {
        rp_buf_add(&b->file, (struct rp_str){chunk, got});
    }
    bool failed = ferror(file) != 0;
    (void)fclose(file); /* only read from */
    if (failed || b->file.overflowed) {
        return rp_err_set(err, failed ? RP_E_IO : RP_E_LIMIT,
            "the bundle '%s' %s", path,
            failed ? "cannot be read" : "is larger than a bundle may be");
    }
    return RP_OK;
}

static enum rp_code check_version(
    struct cursor *c, const char *path, struct rp_err *err)
{
    struct rp_str line;
    uint64_t version = 0;
    if (!rp_str_starts(c->rest, RP_STR(RP__BUNDLE_MAGIC)) ||
        !take_line(c, &line) ||
        !parse_size((struct rp_str){line.ptr + sizeof(RP__BUNDLE_MAGIC) - 1,
                        line.len - (sizeof(RP__BUNDLE_MAGIC) - 1)},
            &version)) {
        return rp_err_set(err, RP_E_INVALID, "'%s' is not a bundle", path);
    }
    if (version > RP_BUNDLE_VERSION) {
        return rp_err_set(err, RP_E_NEWER,
            "the bundle '%s' has version %" PRIu64
            ", this program knows up to %d; use a newer reprise",
            path, version, RP_BUNDLE_VERSION);
    }
    return RP_OK;
}

enum rp_code rp_bundle_open(
    struct rp_bundle **out, const char *path, struct rp_err *err)
{
    struct rp_bundle *b = rp_mem_zalloc(sizeof(*b));
    b->arena = rp_arena_new(0);
    rp_buf_init(&b->file, RP_BUNDLE_BYTES_MAX);
    enum rp_code rc = read_file(b, path, err);
    struct cursor c = {rp_buf_str(&b->file), NULL};
    if (rc == RP_OK) {
        rc = check_version(&c, path, err);
    }
    if (rc == RP_OK && !take_parts(b, &c)) {
        rc = rp_err_set(err, RP_E_DAMAGED,
            "the bundle '%s' was cut short or altered: %s", path, c.what);
    }
    if (rc == RP_OK) {
        *out = b;
    } else {
        rp_bundle_close(&b);
    }
    return rc;
}

void rp_bundle_close(struct rp_bundle **bundle)
{
    struct rp_bundle *b = *bundle;
    if (b == NULL) {
        return;
    }
    rp_mem_free(b->payloads);
    rp_mem_free(b->records);
    rp_mem_free(b->sessions);
    rp_arena_free(&b->arena);
    rp_buf_fini(&b->file);
    rp_mem_free(b);
    *bundle = NULL;
}

bool rp_bundle_is(const char *path)
{
    char begin[sizeof(RP__BUNDLE_MAGIC) - 1];
    FILE *file = fopen(path, "rb");
    if (file == NULL) {
        return false;
    }
    size_t got = fread(begin, 1, sizeof(begin), file);
    (void)fclose(file); /* only read from */
    return got == sizeof(begin) &&
           memcmp(begin, RP__BUNDLE_MAGIC, sizeof(begin)) == 0;
}

uint32_t rp_bundle_count(const struct rp_bundle *bundle)
{
    return (uint32_t)bundle->session_count;
}

const struct rp_session_head *rp_bundle_head(
    const struct rp_bundle *bundle, uint32_t index)
{
    return &bundle->sessions[index].head;
}

/* ---- giving ---- */

struct giving {
    const struct rp_bundle *bundle;
    struct rp_store *store;
    struct rp_err *err;
    enum rp_code rc; /* of the first that failed */
};

static const struct payload *find(
    const struct rp_bundle *b, const struct rp_digest *digest)
{
    size_t low = 0;
    size_t high = b->payload_count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        int order = memcmp(
            &b->payloads[middle].digest, digest, sizeof(struct rp_digest));
        if (order == 0) {
            return &b->payloads[middle];
        }
        low = order < 0 ? middle + 1 : low;
        high = order < 0 ? high : middle;
    }
    return NULL;
}

static void give_payload(void *context, const struct rp_digest *digest)
{
    struct giving *g = context;
    if (g->rc != RP_OK || rp_digest_is_zero(digest)) {
        return;
    }
    const struct payload *payload = find(g->bundle, digest);
    if (payload == NULL) {
        char hex[RP_DIGEST_HEX_LEN + 1];
        rp_digest_hex(digest, hex);
        g->rc = rp_err_set(
            g->err, RP_E_DAMAGED, "the bundle has no payload %s", hex);
        return;
    }
    g->rc = g->store->ops->put(g->store, digest, payload->bytes, g->err);
}

static enum rp_code give_record(struct giving *g, const struct rp_plan *plan,
    const struct record *record, struct rp_arena *arena)
{
    struct rp_event event;
    struct rp_step step;
    enum rp_code rc =
        rp_record_read(arena, record->body, plan, &event, &step, g->err);
    if (rc != RP_OK) {
        return rc;
    }
    rp_record_payloads(&event, &step, give_payload, g);
    if (g->rc != RP_OK) {
        return g->rc;
    }
    struct rp_record given = {
        record->seq, event.at, record->body, record->digest, &event, &step};
    return g->store->ops->append(g->store, &given, g->err);
}

static enum rp_code read_plan(struct rp_plan **out, const struct rp_bundle *b,
    const struct rp_session_head *head, struct rp_err *err)
{
    struct rp_plan_problems problems = {0};
    const struct payload *payload = find(b, &head->plan);
    if (payload == NULL) {
        return rp_err_set(
            err, RP_E_DAMAGED, "the bundle has no plan of %s", head->id.text);
    }
    enum rp_code rc =
        rp_plan_read(out, payload->bytes, "/", NULL, &problems, err);
    rp_plan_problems_fini(&problems);
    return rc;
}

enum rp_code rp_bundle_give(const struct rp_bundle *bundle, uint32_t index,
    struct rp_store *store, struct rp_err *err)
{
    const struct session *session = &bundle->sessions[index];
    struct giving g = {bundle, store, err, RP_OK};
    struct rp_plan *plan = NULL;
    struct rp_arena *arena = rp_arena_new(0);
    enum rp_code rc = read_plan(&plan, bundle, &session->head, err);
    if (rc == RP_OK) {
        rc = store->ops->begin(store, &session->head, err);
    }
    if (rc == RP_OK) {
        give_payload(&g, &session->head.plan);
        give_payload(&g, &session->head.input);
        rc = g.rc;
    }
    for (size_t i = 0; rc == RP_OK && i < session->count; i++) {
        rc = give_record(&g, plan, &bundle->records[session->first + i], arena);
        rp_arena_reset(arena);
    }
    rp_arena_free(&arena);
    rp_plan_free(&plan);
    return rc;
}
