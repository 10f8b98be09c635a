/* Spans or metrics into the body and the headers of a request. */
#include <reprise/otlp_exchange.h>

#define ZLIB_CONST
#include <zlib.h>

#include <reprise/export_otlp_json.h>
#include <reprise/otlp_logs.h>
#include <reprise/otlp_proto.h>

#define FRAME_BYTES 5  /* of gRPC: a flag, and the length, high byte first */
#define GZIP_WINDOW 31 /* 15 bits, and 16 for a header of gzip */
#define GZIP_MEMORY 8
#define USER_AGENT "OTel-OTLP-Exporter-C/" RP_VERSION

void rp_otlp_request_init(struct rp_otlp_request *request)
{
    *request = (struct rp_otlp_request){.body = {NULL, 0}};
    rp_buf_init(&request->json, RP_OTLP_REQUEST_BYTES_MAX);
    rp_pb_init(&request->message, RP_OTLP_REQUEST_BYTES_MAX);
    rp_buf_init(&request->packed, RP_OTLP_REQUEST_BYTES_MAX);
}

void rp_otlp_request_fini(struct rp_otlp_request *request)
{
    rp_buf_fini(&request->json);
    rp_pb_fini(&request->message);
    rp_buf_fini(&request->packed);
}

/* ---- headers ---- */

static const char *const content_types[] = {
    [RP_OTLP_HTTP_PROTOBUF] = "content-type: application/x-protobuf",
    [RP_OTLP_HTTP_JSON] = "content-type: application/json",
    [RP_OTLP_GRPC] = "content-type: application/grpc",
};

static void write_headers(
    struct rp_otlp_request *request, const struct rp_otlp_config *config)
{
    uint32_t count = 0;
    bool grpc = config->protocol == RP_OTLP_GRPC;
    request->headers[count++] = content_types[config->protocol];
    request->headers[count++] = "user-agent: " USER_AGENT;
    if (grpc) {
        request->headers[count++] = "te: trailers";
        request->headers[count++] = "grpc-accept-encoding: identity";
    }
    if (config->gzip) {
        request->headers[count++] =
            grpc ? "grpc-encoding: gzip" : "content-encoding: gzip";
    }
    for (uint32_t i = 0; i < config->header_count; i++) {
        request->headers[count++] = config->headers[i];
    }
    request->headers[count] = NULL;
}

/* ---- the body ---- */

static bool deflate_all(struct rp_buf *out, struct rp_str bytes)
{
    z_stream stream = {.zalloc = NULL};
    unsigned char chunk[16384];
    if (deflateInit2(&stream, Z_DEFAULT_COMPRESSION, Z_DEFLATED, GZIP_WINDOW,
            GZIP_MEMORY, Z_DEFAULT_STRATEGY) != Z_OK) {
        return false;
    }
    stream.next_in = (const unsigned char *)bytes.ptr;
    stream.avail_in = (unsigned)bytes.len; /* at most 64 MiB */
    int rc = Z_OK;
    while (rc == Z_OK) {
        stream.next_out = chunk;
        stream.avail_out = sizeof(chunk);
        rc = deflate(&stream, Z_FINISH);
        rp_buf_add(out, (struct rp_str){(const char *)chunk,
                            sizeof(chunk) - stream.avail_out});
    }
    (void)deflateEnd(&stream); /* all of it was taken */
    return rc == Z_STREAM_END && !out->overflowed;
}

static void frame(char out[FRAME_BYTES], bool compressed, size_t len)
{
    out[0] = compressed ? 1 : 0;
    for (int i = 0; i < 4; i++) {
        out[1 + i] = (char)(unsigned char)(len >> (24 - 8 * i) & 0xFF);
    }
}

/* Compressed as a whole; of gRPC the message is, and its frame is not. */
static bool pack(
    struct rp_otlp_request *request, bool grpc, struct rp_str bytes)
{
    char head[FRAME_BYTES] = {0};
    rp_buf_reset(&request->packed);
    if (grpc) {
        rp_buf_add(&request->packed, (struct rp_str){head, FRAME_BYTES});
    }
    if (!deflate_all(&request->packed, bytes)) {
        return false;
    }
    if (grpc) {
        frame(request->packed.ptr, true, request->packed.len - FRAME_BYTES);
    }
    request->body = rp_buf_str(&request->packed);
    return true;
}

static bool frame_plain(struct rp_otlp_request *request)
{
    char head[FRAME_BYTES];
    frame(head, false, request->body.len);
    rp_pb_raw(&request->message, (struct rp_str){head, FRAME_BYTES});
    request->body = rp_pb_str(&request->message);
    return !request->message.overflowed;
}

/* What was written, as a body. */
static enum rp_code finish(struct rp_otlp_request *request,
    const struct rp_otlp_config *config, uint32_t count, struct rp_err *err)
{
    bool grpc = config->protocol == RP_OTLP_GRPC;
    bool json = config->protocol == RP_OTLP_HTTP_JSON;
    bool fits = json ? !request->json.overflowed : !request->message.overflowed;
    request->body =
        json ? rp_buf_str(&request->json) : rp_pb_str(&request->message);
    write_headers(request, config);
    if (fits && config->gzip) {
        fits = pack(request, grpc, request->body);
    } else if (fits && grpc) {
        fits = frame_plain(request);
    }
    return fits ? RP_OK
                : rp_err_set(err, RP_E_LIMIT,
                      "%u %s are more than the %zu bytes of a request", count,
                      rp_otlp_signal_info(config->signal)->noun,
                      RP_OTLP_REQUEST_BYTES_MAX);
}

enum rp_code rp_otlp_request_write(struct rp_otlp_request *request,
    const struct rp_otlp_config *config,
    const struct rp_otlp_resource *resource, const struct rp_session_head *head,
    const struct rp_span *const *spans, uint32_t span_count, struct rp_err *err)
{
    bool logs = config->signal == RP_OTLP_LOGS;
    if (config->protocol == RP_OTLP_HTTP_JSON) {
        rp_buf_reset(&request->json);
        (logs ? rp_otlp_logs_json_write : rp_otlp_json_write)(
            &request->json, resource, head, spans, span_count);
    } else {
        rp_pb_reset(&request->message);
        (logs ? rp_otlp_logs_proto_write : rp_otlp_proto_write)(
            &request->message, resource, head, spans, span_count);
    }
    return finish(request, config, span_count, err);
}

enum rp_code rp_otlp_request_metrics(struct rp_otlp_request *request,
    const struct rp_otlp_config *config,
    const struct rp_otlp_resource *resource,
    const struct rp_metric_document *document, struct rp_err *err)
{
    if (config->protocol == RP_OTLP_HTTP_JSON) {
        rp_buf_reset(&request->json);
        rp_metric_json_write(&request->json, resource, document);
    } else {
        rp_pb_reset(&request->message);
        rp_metric_proto_write(&request->message, resource, document);
    }
    return finish(request, config, rp_metric_document_points(document), err);
}
