/* The canonical text of a session's head: where its record chain starts. */
#include <reprise/store.h>

#include <inttypes.h>
#include <string.h>

static void add_string(
    struct rp_buf *out, const char *name, struct rp_str value)
{
    rp_buf_addf(out, ",\"%s\":", name);
    rp_json_write_string(out, value);
}

static void add_digest(
    struct rp_buf *out, const char *name, const struct rp_digest *digest)
{
    char hex[RP_DIGEST_HEX_LEN + 1];
    rp_digest_hex(digest, hex);
    rp_buf_addf(out, ",\"%s\":\"%s\"", name, hex);
}

void rp_session_tags_write(
    struct rp_buf *out, const struct rp_session_head *head)
{
    rp_buf_add_char(out, '[');
    for (uint32_t i = 0; i < head->tag_count; i++) {
        rp_buf_add_text(out, i == 0 ? "[" : ",[");
        rp_json_write_string(out, head->tags[i].key);
        rp_buf_add_char(out, ',');
        rp_json_write_string(out, head->tags[i].value);
        rp_buf_add_char(out, ']');
    }
    rp_buf_add_char(out, ']');
}

/* What came later, and only where it is: heads that were written without it
 * keep their digest. */
static void add_later(struct rp_buf *out, const struct rp_session_head *head)
{
    static const struct rp_trace_id none = {{0}};
    if (head->trace_random) {
        rp_buf_add_text(out, ",\"trace_random\":true");
    }
    if (head->baggage.len > 0) {
        add_string(out, "baggage", head->baggage);
    }
    if (memcmp(&head->source_trace, &none, sizeof(none)) != 0) {
        char hex[RP_TRACE_ID_HEX_LEN + 1];
        rp_trace_id_hex(&head->source_trace, hex);
        rp_buf_addf(out, ",\"source_trace\":\"%s\"", hex);
    }
}

void rp_session_head_write(
    struct rp_buf *out, const struct rp_session_head *head)
{
    char trace[RP_TRACE_ID_HEX_LEN + 1];
    char span[RP_SPAN_ID_HEX_LEN + 1];
    rp_trace_id_hex(&head->trace, trace);
    rp_span_id_hex(&head->parent_span, span);
    rp_buf_addf(out, "{\"record_version\":%d,\"id\":\"%s\",\"trace\":\"%s\"",
        RP_RECORD_VERSION, head->id.text, trace);
    rp_buf_addf(out, ",\"parent_span\":\"%s\"", span);
    add_string(out, "tracestate", head->tracestate);
    rp_buf_addf(out, ",\"sampled\":%s,\"mode\":\"%s\",\"source\":\"%s\"",
        head->sampled ? "true" : "false", rp_mode_name(head->mode),
        head->source.text);
    rp_buf_addf(out,
        ",\"seed\":\"%" PRIu64 "\",\"engine_rev\":%" PRIu32
        ",\"incarnation\":%" PRIu32 ",\"began\":\"%" PRId64 "\"",
        head->seed, head->engine_rev, head->incarnation, head->began.unix_ns);
    add_string(out, "plan_name", head->plan_name);
    add_digest(out, "plan", &head->plan);
    add_digest(out, "input", &head->input);
    rp_buf_add_text(out, ",\"tags\":");
    rp_session_tags_write(out, head);
    add_string(out, "faults", head->faults);
    add_string(
        out, "program", rp_str_of(head->program == NULL ? "" : head->program));
    add_later(out, head);
    rp_buf_add_char(out, '}');
}
