#include <reprise/bundle.h>

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "bundle_form.h"

struct writing {
    FILE *out;
    struct rp_digester *sum; /* of all that was written */
    bool failed;
    struct rp_digest *digests; /* owned; of payloads */
    size_t count, room;
};

/* ---- bytes ---- */

static void write_bytes(struct writing *w, struct rp_str bytes)
{
    rp_digester_add(w->sum, bytes);
    w->failed =
        w->failed || fwrite(bytes.ptr, 1, bytes.len, w->out) != bytes.len;
}

static void write_line(struct writing *w, const char *format, ...)
    RP_PRINTF(2, 3);
static void write_line(struct writing *w, const char *format, ...)
{
    struct rp_buf line;
    va_list args;
    rp_buf_init(&line, RP__BUNDLE_LINE_MAX);
    va_start(args, format);
    rp_buf_addv(&line, format, args);
    va_end(args);
    write_bytes(w, rp_buf_str(&line));
    rp_buf_fini(&line);
}

static void write_block(struct writing *w, struct rp_str bytes)
{
    if (bytes.len > 0) {
        write_bytes(w, bytes);
    }
    write_bytes(w, RP_STR("\n"));
}

/* ---- payloads ---- */

static void collect(void *context, const struct rp_digest *digest)
{
    struct writing *w = context;
    if (rp_digest_is_zero(digest)) {
        return;
    }
    if (w->count == w->room) {
        w->room = w->room == 0 ? 64 : w->room * 2;
        w->digests = rp_mem_grow(w->digests, w->room, sizeof(struct rp_digest));
    }
    w->digests[w->count++] = *digest;
}

static void collect_session(
    struct writing *w, const struct rp_recording *recording)
{
    uint32_t count;
    const struct rp_recorded *records = rp_recording_records(recording, &count);
    collect(w, &rp_recording_head(recording)->plan);
    collect(w, &rp_recording_head(recording)->input);
    for (uint32_t i = 0; i < count; i++) {
        rp_record_payloads(&records[i].event, &records[i].step, collect, w);
    }
}

static int compare_digests(const void *a, const void *b)
{
    return memcmp(a, b, sizeof(struct rp_digest));
}

/* The first recording that has it gives it. */
static enum rp_code find_payload(struct rp_str *out,
    struct rp_recording *const *recordings, uint32_t count,
    const struct rp_digest *digest, struct rp_err *err)
{
    enum rp_code rc = RP_E_NOT_FOUND;
    for (uint32_t i = 0; rc == RP_E_NOT_FOUND && i < count; i++) {
        rp_err_clear(err);
        rc = rp_recording_payload(out, recordings[i], digest, err);
    }
    return rc;
}

static enum rp_code write_payloads(struct writing *w,
    struct rp_recording *const *recordings, uint32_t count, struct rp_err *err)
{
    char hex[RP_DIGEST_HEX_LEN + 1];
    if (w->count > 0) {
        qsort(w->digests, w->count, sizeof(struct rp_digest), compare_digests);
    }
    for (size_t i = 0; i < w->count; i++) {
        struct rp_str bytes;
        if (i > 0 && rp_digest_equal(&w->digests[i], &w->digests[i - 1])) {
            continue;
        }
        enum rp_code rc =
            find_payload(&bytes, recordings, count, &w->digests[i], err);
        if (rc != RP_OK) {
            return rc;
        }
        rp_digest_hex(&w->digests[i], hex);
        write_line(w, "payload %s %zu\n", hex, bytes.len);
        write_block(w, bytes);
    }
    return RP_OK;
}

/* ---- sessions ---- */

static void write_session(
    struct writing *w, const struct rp_recording *recording)
{
    char hex[RP_DIGEST_HEX_LEN + 1];
    uint32_t count;
    struct rp_buf head;
    const struct rp_recorded *records = rp_recording_records(recording, &count);
    rp_buf_init(&head, RP_RECORD_BYTES_MAX);
    rp_session_head_write(&head, rp_recording_head(recording));
    struct rp_digest chain = rp_digest_of(rp_buf_str(&head));
    write_line(w, "session %zu\n", head.len);
    write_block(w, rp_buf_str(&head));
    rp_buf_fini(&head);
    for (uint32_t i = 0; i < count; i++) {
        chain = rp_record_chain(&chain, records[i].body);
        rp_digest_hex(&chain, hex);
        write_line(w, "record %" PRIu64 " %s %zu\n", records[i].seq, hex,
            records[i].body.len);
        write_block(w, records[i].body);
    }
}

static int compare_ids(const void *a, const void *b)
{
    const struct rp_recording *x = *(struct rp_recording *const *)a;
    const struct rp_recording *y = *(struct rp_recording *const *)b;
    return strcmp(rp_recording_head(x)->id.text, rp_recording_head(y)->id.text);
}

static enum rp_code write_all(struct writing *w,
    struct rp_recording *const *sorted, uint32_t count, struct rp_err *err)
{
    char hex[RP_DIGEST_HEX_LEN + 1];
    write_line(w, RP__BUNDLE_MAGIC "%d\n", RP_BUNDLE_VERSION);
    for (uint32_t i = 0; i < count; i++) {
        collect_session(w, sorted[i]);
    }
    enum rp_code rc = write_payloads(w, sorted, count, err);
    for (uint32_t i = 0; rc == RP_OK && i < count; i++) {
        write_session(w, sorted[i]);
    }
    struct rp_digest sum = rp_digester_end(w->sum);
    rp_digest_hex(&sum, hex);
    w->failed = w->failed || fprintf(w->out, "end %s\n", hex) < 0 ||
                fflush(w->out) != 0;
    if (rc == RP_OK && w->failed) {
        rc = rp_err_set(err, RP_E_IO, "the bundle could not be written");
    }
    return rc;
}

enum rp_code rp_bundle_write(FILE *out, struct rp_recording *const *recordings,
    uint32_t count, struct rp_err *err)
{
    struct rp_err why = RP_ERR_INIT;
    struct writing w = {.out = out, .sum = rp_digester_new()};
    size_t bytes = sizeof(struct rp_recording *);
    struct rp_recording **sorted = rp_mem_array((size_t)count + 1, bytes);
    if (count > 0) {
        memcpy(sorted, recordings, count * bytes);
        qsort(sorted, count, bytes, compare_ids);
    }
    enum rp_code rc = write_all(&w, sorted, count, &why);
    if (rc != RP_OK) {
        (void)rp_err_set(err, rc, "%s", why.text);
    }
    rp_digester_free(&w.sum);
    rp_mem_free(w.digests);
    rp_mem_free(sorted);
    return rc;
}
