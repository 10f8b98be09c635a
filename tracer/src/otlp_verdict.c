/* What an answer means: OTLP's rules of success, retry and refusal. */
#include <reprise/otlp_exchange.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <reprise/json.h>
#include <reprise/rng.h>

#include "base64.h"
#include "protobuf_scan.h"

#define BACKOFF_FIRST_MS 500
#define BACKOFF_MAX_MS 30000
#define BACKOFF_DOUBLINGS_MAX 6
#define MESSAGE_BYTES 200 /* shown of what the other side says */
#define DETAILS_BYTES_MAX 65536

enum { /* of HTTP */
    HTTP_OK = 200,
    HTTP_TOO_LARGE = 413,
    HTTP_TOO_MANY = 429,
    HTTP_BAD_GATEWAY = 502,
    HTTP_UNAVAILABLE = 503,
    HTTP_GATEWAY_TIMEOUT = 504,
};

enum { /* of gRPC */
    GRPC_OK = 0,
    GRPC_CANCELLED = 1,
    GRPC_UNKNOWN = 2,
    GRPC_DEADLINE_EXCEEDED = 4,
    GRPC_PERMISSION_DENIED = 7,
    GRPC_RESOURCE_EXHAUSTED = 8,
    GRPC_ABORTED = 10,
    GRPC_OUT_OF_RANGE = 11,
    GRPC_UNIMPLEMENTED = 12,
    GRPC_INTERNAL = 13,
    GRPC_UNAVAILABLE = 14,
    GRPC_DATA_LOSS = 15,
    GRPC_UNAUTHENTICATED = 16,
};

/* ---- what it says ---- */

/* One line of printable text. */
static void say(struct rp_otlp_verdict *v, const char *what, struct rp_str text)
{
    size_t shown = text.len < MESSAGE_BYTES ? text.len : MESSAGE_BYTES;
    (void)snprintf(v->message, sizeof(v->message), "%s%s%.*s", what,
        shown > 0 ? ": " : "", (int)shown, shown > 0 ? text.ptr : "");
    for (char *at = v->message; *at != '\0'; at++) {
        if ((unsigned char)*at < 0x20 || (unsigned char)*at >= 0x7F) {
            *at = ' ';
        }
    }
}

static struct rp_str json_text(const cJSON *object, const char *name)
{
    const cJSON *member = rp_json_get(object, name);
    return cJSON_IsString(member) ? rp_str_of(member->valuestring)
                                  : (struct rp_str){NULL, 0};
}

/* ---- partial success ---- */

static void partial(struct rp_otlp_verdict *v,
    const struct rp_otlp_signal_info *signal, uint64_t rejected,
    struct rp_str text)
{
    char what[64];
    v->rejected = rejected;
    if (rejected > 0) {
        (void)snprintf(
            what, sizeof(what), "some %s were not taken", signal->noun);
        say(v, what, text);
    } else if (text.len > 0) {
        say(v, "a warning", text);
    }
}

static void read_partial_json(struct rp_otlp_verdict *v,
    const struct rp_otlp_signal_info *signal, struct rp_str body)
{
    struct rp_json_doc *doc = NULL;
    int64_t rejected = 0;
    if (rp_json_read(&doc, body, NULL, NULL) != RP_OK) {
        return; /* a success all the same: its status says so */
    }
    const cJSON *part = rp_json_get(rp_json_root(doc), "partialSuccess");
    const cJSON *count = rp_json_get(part, signal->rejected_key);
    if (cJSON_IsString(count)) {
        char *end;
        rejected = strtoll(count->valuestring, &end, 10);
    } else if (count != NULL && !rp_json_int64(count, &rejected)) {
        rejected = 0;
    }
    partial(v, signal, rejected > 0 ? (uint64_t)rejected : 0,
        json_text(part, "errorMessage"));
    rp_json_free(&doc);
}

static void read_partial_proto(struct rp_otlp_verdict *v,
    const struct rp_otlp_signal_info *signal, struct rp_str body)
{
    struct rp__pb_field field;
    struct rp_str part = {NULL, 0};
    struct rp_str text = {NULL, 0};
    uint64_t rejected = 0;
    while (rp__pb_next(&body, &field)) {
        part = field.number == 1 ? field.bytes : part;
    }
    while (rp__pb_next(&part, &field)) {
        rejected = field.number == 1 ? field.value : rejected;
        text = field.number == 2 ? field.bytes : text;
    }
    partial(v, signal, (int64_t)rejected > 0 ? rejected : 0, text);
}

/* ---- when to try again ---- */

/* "Sun, 06 Nov 1994 08:49:37 GMT", by its places: what is not a date there
 * does not become one. */
static bool parse_date(struct rp_str text, struct rp_wall *out)
{
    static const char months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
    char month[4] = "", iso[32];
    if (text.len != 29 || !rp_str_ends(text, RP_STR(" GMT"))) {
        return false;
    }
    memcpy(month, text.ptr + 8, 3);
    const char *at = strstr(months, month);
    int number = at == NULL ? 0 : (int)(at - months) / 3 + 1;
    (void)snprintf(iso, sizeof(iso), "%.4s-%02d-%.2sT%.8sZ", text.ptr + 12,
        number, text.ptr + 5, text.ptr + 17);
    return rp_wall_parse(rp_str_of(iso), out);
}

static void read_retry_after(struct rp_otlp_verdict *v,
    const struct rp_http_response *response, struct rp_wall now)
{
    struct rp_str text;
    struct rp_wall date;
    if (!rp_http_field(response, "retry-after", &text) || text.len == 0) {
        return;
    }
    int64_t seconds = 0;
    size_t digits = 0;
    while (digits < text.len && digits < 9 && text.ptr[digits] >= '0' &&
           text.ptr[digits] <= '9') {
        seconds = seconds * 10 + (text.ptr[digits++] - '0');
    }
    if (digits == text.len) {
        v->has_retry_after = true;
        v->retry_after = rp_duration_of_ms(seconds * 1000);
    } else if (parse_date(text, &date)) {
        int64_t ns = date.unix_ns - now.unix_ns;
        v->has_retry_after = true;
        v->retry_after = (struct rp_duration){ns > 0 ? ns : 0};
    }
}

/* ---- HTTP ---- */

static enum rp_otlp_answer http_answer(int status)
{
    switch (status) {
    case HTTP_OK:
        return RP_OTLP_ACCEPTED;
    case HTTP_TOO_LARGE:
        return RP_OTLP_TOO_LARGE;
    case HTTP_TOO_MANY:
    case HTTP_BAD_GATEWAY:
    case HTTP_UNAVAILABLE:
    case HTTP_GATEWAY_TIMEOUT:
        return RP_OTLP_RETRY;
    default:
        return RP_OTLP_REFUSED;
    }
}

/* The message of a google.rpc.Status, in whichever form it came. */
static void say_status(
    struct rp_otlp_verdict *v, const struct rp_http_response *response)
{
    char what[32];
    struct rp_json_doc *doc = NULL;
    struct rp__pb_field field;
    struct rp_str body = rp_buf_str(&response->body);
    struct rp_str text = {NULL, 0};
    (void)snprintf(what, sizeof(what), "HTTP status %d", response->status);
    if (rp_json_read(&doc, body, NULL, NULL) == RP_OK) {
        text = json_text(rp_json_root(doc), "message");
    } else {
        struct rp_str rest = body;
        while (rp__pb_next(&rest, &field)) {
            text = field.number == 2 ? field.bytes : text;
        }
    }
    say(v, what, text);
    rp_json_free(&doc);
}

static void judge_http(struct rp_otlp_verdict *v,
    const struct rp_otlp_config *config,
    const struct rp_http_response *response, struct rp_wall now)
{
    const struct rp_otlp_signal_info *signal =
        rp_otlp_signal_info(config->signal);
    v->answer = http_answer(response->status);
    if (v->answer != RP_OTLP_ACCEPTED) {
        say_status(v, response);
        read_retry_after(v, response, now);
    } else if (config->protocol == RP_OTLP_HTTP_JSON) {
        read_partial_json(v, signal, rp_buf_str(&response->body));
    } else {
        read_partial_proto(v, signal, rp_buf_str(&response->body));
    }
}

/* ---- gRPC ---- */

static int status_of_http(int status)
{
    switch (status) {
    case 400:
        return GRPC_INTERNAL;
    case 401:
        return GRPC_UNAUTHENTICATED;
    case 403:
        return GRPC_PERMISSION_DENIED;
    case 404:
        return GRPC_UNIMPLEMENTED;
    case HTTP_TOO_MANY:
    case HTTP_BAD_GATEWAY:
    case HTTP_UNAVAILABLE:
    case HTTP_GATEWAY_TIMEOUT:
        return GRPC_UNAVAILABLE;
    default:
        return GRPC_UNKNOWN;
    }
}

static int grpc_status(const struct rp_http_response *response)
{
    struct rp_str text;
    if (!rp_http_field(response, "grpc-status", &text) || text.len == 0 ||
        text.len > 2) {
        return response->status == HTTP_OK ? GRPC_UNKNOWN
                                           : status_of_http(response->status);
    }
    int status = 0;
    for (size_t i = 0; i < text.len; i++) {
        if (text.ptr[i] < '0' || text.ptr[i] > '9') {
            return GRPC_UNKNOWN;
        }
        status = status * 10 + (text.ptr[i] - '0');
    }
    return status;
}

/* RetryInfo: a duration in field 1, seconds in its 1, nanoseconds in its 2. */
static void read_delay(struct rp_otlp_verdict *v, struct rp_str info)
{
    struct rp__pb_field field;
    struct rp_str delay = {NULL, 0};
    uint64_t seconds = 0, ns = 0;
    while (rp__pb_next(&info, &field)) {
        delay = field.number == 1 ? field.bytes : delay;
    }
    while (rp__pb_next(&delay, &field)) {
        seconds = field.number == 1 ? field.value : seconds;
        ns = field.number == 2 ? field.value : ns;
    }
    if (seconds < UINT32_MAX && ns < (uint64_t)RP_NS_PER_S) {
        v->has_retry_after = true;
        v->retry_after.ns = (int64_t)(seconds * (uint64_t)RP_NS_PER_S + ns);
    }
}

/* A google.rpc.Status whose details (3) are Any: type (1) and value (2). */
static void read_details(
    struct rp_otlp_verdict *v, const struct rp_http_response *response)
{
    struct rp_str text;
    struct rp_buf bytes;
    struct rp__pb_field field, part;
    if (!rp_http_field(response, "grpc-status-details-bin", &text)) {
        return;
    }
    rp_buf_init(&bytes, DETAILS_BYTES_MAX);
    bool good = rp__base64_read(&bytes, text);
    struct rp_str status = rp_buf_str(&bytes);
    while (good && rp__pb_next(&status, &field)) {
        struct rp_str any =
            field.number == 3 ? field.bytes : (struct rp_str){NULL, 0};
        struct rp_str type = {NULL, 0}, value = {NULL, 0};
        while (rp__pb_next(&any, &part)) {
            type = part.number == 1 ? part.bytes : type;
            value = part.number == 2 ? part.bytes : value;
        }
        if (rp_str_ends(type, RP_STR("/google.rpc.RetryInfo"))) {
            read_delay(v, value);
        }
    }
    rp_buf_fini(&bytes);
}

static bool too_large(const struct rp_http_response *response)
{
    struct rp_str text;
    static const char words[] = "larger than max";
    if (!rp_http_field(response, "grpc-message", &text)) {
        return false;
    }
    for (size_t i = 0; i + sizeof(words) - 1 <= text.len; i++) {
        if (memcmp(text.ptr + i, words, sizeof(words) - 1) == 0) {
            return true;
        }
    }
    return false;
}

static enum rp_otlp_answer grpc_answer(const struct rp_otlp_verdict *v,
    int status, const struct rp_http_response *response)
{
    switch (status) {
    case GRPC_OK:
        return RP_OTLP_ACCEPTED;
    case GRPC_CANCELLED:
    case GRPC_DEADLINE_EXCEEDED:
    case GRPC_ABORTED:
    case GRPC_OUT_OF_RANGE:
    case GRPC_UNAVAILABLE:
    case GRPC_DATA_LOSS:
        return RP_OTLP_RETRY;
    case GRPC_RESOURCE_EXHAUSTED:
        return v->has_retry_after    ? RP_OTLP_RETRY
               : too_large(response) ? RP_OTLP_TOO_LARGE
                                     : RP_OTLP_REFUSED;
    default:
        return RP_OTLP_REFUSED;
    }
}

static void judge_grpc(struct rp_otlp_verdict *v,
    const struct rp_otlp_config *config,
    const struct rp_http_response *response)
{
    char what[32];
    struct rp_str text = {NULL, 0};
    struct rp_str body = rp_buf_str(&response->body);
    int status = grpc_status(response);
    read_details(v, response);
    v->answer = grpc_answer(v, status, response);
    if (v->answer != RP_OTLP_ACCEPTED) {
        bool said = rp_http_field(response, "grpc-message", &text);
        (void)snprintf(what, sizeof(what), "gRPC status %d", status);
        say(v, what, said ? text : (struct rp_str){NULL, 0});
    } else if (body.len > 5) { /* behind the frame */
        read_partial_proto(v, rp_otlp_signal_info(config->signal),
            (struct rp_str){body.ptr + 5, body.len - 5});
    }
}

/* ---- the whole ---- */

/* No answer: tried again, unless it cannot ever be otherwise. */
static void judge_silence(
    struct rp_otlp_verdict *v, enum rp_code rc, const struct rp_err *err)
{
    v->answer = rc == RP_E_CANCELLED ? RP_OTLP_STOPPED
                : rc == RP_E_LIMIT   ? RP_OTLP_REFUSED
                                     : RP_OTLP_RETRY;
    say(v, "no answer", rp_str_of(err->text));
}

struct rp_otlp_verdict rp_otlp_verdict_of(const struct rp_otlp_config *config,
    enum rp_code rc, const struct rp_err *err,
    const struct rp_http_response *response, struct rp_wall now)
{
    struct rp_otlp_verdict v = {.answer = RP_OTLP_ACCEPTED};
    if (rc != RP_OK) {
        judge_silence(&v, rc, err);
    } else if (config->protocol == RP_OTLP_GRPC) {
        judge_grpc(&v, config, response);
    } else {
        judge_http(&v, config, response, now);
    }
    return v;
}

struct rp_duration rp_otlp_backoff(uint32_t number, uint64_t draw)
{
    uint32_t doublings = number > 0 ? number - 1 : 0;
    int64_t ms = BACKOFF_FIRST_MS;
    for (uint32_t i = 0; i < doublings && i < BACKOFF_DOUBLINGS_MAX; i++) {
        ms *= 2;
    }
    ms = ms > BACKOFF_MAX_MS ? BACKOFF_MAX_MS : ms;
    return rp_duration_of_ms(rp_draw_between(draw, ms / 2, ms));
}
