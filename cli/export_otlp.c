/* OTLP as a file: requests as they would be sent, one behind the other. JSON is
 * one a line; in protocol buffers they are one message when read together. */
#include <reprise/export_otlp_json.h>
#include <reprise/mem.h>
#include <reprise/otlp_batch.h>
#include <reprise/otlp_proto.h>

#include "export.h"

struct state {
    struct rp_buf line;
    struct rp_pb message;
};

static enum rp_code begin(struct rp__export *e, struct rp_err *err)
{
    (void)err;
    struct state *state = rp_mem_zalloc(sizeof(*state));
    rp_buf_init(&state->line, RP_OTLP_BYTES_MAX);
    rp_pb_init(&state->message, RP_OTLP_BYTES_MAX);
    e->state = state;
    return RP_OK;
}

static enum rp_code end(struct rp__export *e, struct rp_err *err)
{
    (void)err;
    struct state *state = e->state;
    rp_buf_fini(&state->line);
    rp_pb_fini(&state->message);
    rp_mem_free(state);
    e->state = NULL;
    return RP_OK;
}

static enum rp_code too_large(uint32_t count, struct rp_err *err)
{
    return rp_err_set(err, RP_E_LIMIT,
        "%u spans are more than %u bytes of OTLP", count, RP_OTLP_BYTES_MAX);
}

static enum rp_code put_json(struct rp__export *e,
    const struct rp_session_head *head, const struct rp_span *const *spans,
    uint32_t count, struct rp_err *err)
{
    struct rp_buf *line = &((struct state *)e->state)->line;
    rp_buf_reset(line);
    rp_otlp_json_write(line, &e->resource, head, spans, count);
    rp_buf_add_char(line, '\n');
    return line->overflowed ? too_large(count, err)
                            : rp__export_put(e, rp_buf_str(line), err);
}

static enum rp_code put_proto(struct rp__export *e,
    const struct rp_session_head *head, const struct rp_span *const *spans,
    uint32_t count, struct rp_err *err)
{
    struct rp_pb *message = &((struct state *)e->state)->message;
    rp_pb_reset(message);
    rp_otlp_proto_write(message, &e->resource, head, spans, count);
    return message->overflowed ? too_large(count, err)
                               : rp__export_put(e, rp_pb_str(message), err);
}

static enum rp_code put_session(struct rp__export *e,
    const struct rp_session_row *row, bool json, struct rp_err *err)
{
    struct rp_otlp_batches *batches = NULL;
    const struct rp_span *const *spans;
    uint32_t count = 1;
    enum rp_code rc = rp_otlp_batches_new(&batches, e->reader, row->no, 0, err);
    if (rc == RP_OK) {
        rp_otlp_batches_capture(batches, e->capture);
    }
    while (rc == RP_OK && count > 0) {
        rc = rp_otlp_batches_next(batches, &spans, &count, err);
        if (rc == RP_OK && count > 0) {
            rc = json ? put_json(e, &row->head, spans, count, err)
                      : put_proto(e, &row->head, spans, count, err);
        }
    }
    rp_otlp_batches_free(&batches);
    return rc;
}

static enum rp_code session_json(
    struct rp__export *e, const struct rp_session_row *row, struct rp_err *err)
{
    return put_session(e, row, true, err);
}

static enum rp_code session_proto(
    struct rp__export *e, const struct rp_session_row *row, struct rp_err *err)
{
    return put_session(e, row, false, err);
}

const struct rp__export_ops rp__export_otlp_json = {
    .name = "otlp-json",
    .binary = false,
    .open_spans = false,
    .begin = begin,
    .session = session_json,
    .end = end,
};

const struct rp__export_ops rp__export_otlp_proto = {
    .name = "otlp-proto",
    .binary = true,
    .open_spans = false,
    .begin = begin,
    .session = session_proto,
    .end = end,
};
