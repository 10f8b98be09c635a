/* The metrics of a store for who comes and asks, as Prometheus does. */
#include "metrics.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <reprise/http_server.h>

#include "exit.h"
#include "identity.h"
#include "say.h"

#define PORT_MAX 65535
#define ADDRESS_BYTES_MAX 64
#define BODY_BYTES_MAX ((size_t)1 << 30)
#define LOOPBACK "127.0.0.1"

enum {
    HTTP_OK = 200,
    HTTP_NOT_FOUND = 404,
    HTTP_NO_METHOD = 405,
    HTTP_FAILED = 500
};

/* ---- where ---- */

static bool parse_port(struct rp_str text, uint16_t *port)
{
    uint32_t value = 0;
    for (size_t i = 0; i < text.len; i++) {
        if (text.ptr[i] < '0' || text.ptr[i] > '9' || value > PORT_MAX) {
            return false;
        }
        value = value * 10 + (uint32_t)(text.ptr[i] - '0');
    }
    *port = (uint16_t)value;
    return text.len > 0 && value <= PORT_MAX;
}

bool rp__metrics_place(
    const char *text, char *address, size_t address_size, uint16_t *port)
{
    const char *colon = strrchr(text, ':');
    struct rp_str name = RP_STR(LOOPBACK);
    struct rp_str number = rp_str_of(colon == NULL ? text : colon + 1);
    if (colon != NULL) {
        name = (struct rp_str){text, (size_t)(colon - text)};
        if (rp_str_starts(name, RP_STR("[")) &&
            rp_str_ends(name, RP_STR("]"))) {
            name = (struct rp_str){name.ptr + 1, name.len - 2};
        }
        name = rp_str_is(name, "localhost") ? RP_STR(LOOPBACK) : name;
    }
    if (name.len == 0 || name.len >= address_size ||
        !parse_port(number, port)) {
        return false;
    }
    memcpy(address, name.ptr, name.len);
    address[name.len] = '\0';
    return true;
}

/* ---- what is wanted ---- */

#define QUALITY_MAX 1000 /* of "q=1" */

/* Of a media range: "type/subtype;version=1.0.0;q=0.5". */
static int quality_of(struct rp_str parameters)
{
    while (parameters.len > 0) {
        struct rp_str value;
        struct rp_str one = rp_str_cut(parameters, ';', &parameters);
        struct rp_str key = rp_str_trim(rp_str_cut(one, '=', &value));
        value = rp_str_trim(value);
        if (!rp_str_is(key, "q") || value.len == 0) {
            continue;
        }
        int quality = value.ptr[0] == '1' ? QUALITY_MAX : 0;
        int digit = QUALITY_MAX / 10;
        for (size_t i = 2; i < value.len && digit > 0 && quality < QUALITY_MAX;
             i++, digit /= 10) {
            bool good = value.ptr[i] >= '0' && value.ptr[i] <= '9';
            quality += good ? (value.ptr[i] - '0') * digit : 0;
        }
        return quality;
    }
    return QUALITY_MAX;
}

/* The older text is what everybody takes who says nothing of it. */
enum rp_metric_form rp__metrics_wanted(struct rp_str accept)
{
    int open_metrics = 0;
    int text = -1;
    while (accept.len > 0) {
        struct rp_str parameters;
        struct rp_str range = rp_str_cut(accept, ',', &accept);
        struct rp_str type = rp_str_trim(rp_str_cut(range, ';', &parameters));
        int quality = quality_of(parameters);
        if (rp_str_is(type, "application/openmetrics-text")) {
            open_metrics = quality > open_metrics ? quality : open_metrics;
        } else if (rp_str_is(type, "text/plain")) {
            text = quality > text ? quality : text;
        }
    }
    return open_metrics > 0 && open_metrics >= text ? RP_METRIC_OPENMETRICS
                                                    : RP_METRIC_PROMETHEUS;
}

/* ---- replies ---- */

struct serving {
    struct rp__metrics *metrics;
    struct rp_metric_store *store; /* NULL: to be opened */
    struct rp_http_server *server;
    struct rp_buf body;
    bool failing; /* and the person was told */
};

/* What was counted before is kept from one request to the next. */
static enum rp_code look(struct serving *s, struct rp_err *err)
{
    enum rp_code rc = RP_OK;
    if (s->store == NULL) {
        rc = rp_metric_store_open(
            &s->store, s->metrics->arg.place.path, &s->metrics->options, err);
    }
    if (rc == RP_OK) {
        rc = rp_metric_store_look(s->store, rp__identity_wall_now(), err);
    }
    if (rc != RP_OK) {
        rp_metric_store_close(&s->store); /* it is of no more use */
    }
    return rc;
}

static void write_body(struct serving *s, enum rp_metric_form form)
{
    struct rp_metrics *metrics = rp_metric_store_metrics(s->store);
    rp_metric_text_begin(&s->body, form, &s->metrics->resource);
    for (uint32_t i = 0; i < RP_METRIC_COUNT; i++) {
        rp_metric_text_family(&s->body, form, metrics, (enum rp_metric)i);
    }
    rp_metric_text_end(&s->body, form);
}

/* Once, not at each request. */
static void tell_failure(struct serving *s, const struct rp_err *err)
{
    if (!s->failing) {
        rp__say("metrics", "%s", err->text);
    }
    s->failing = true;
}

static void reply_metrics(
    struct serving *s, struct rp_str accept, struct rp_http_reply *reply)
{
    struct rp_err err = RP_ERR_INIT;
    enum rp_metric_form form = rp__metrics_wanted(accept);
    enum rp_code rc = look(s, &err);
    if (rc == RP_OK) {
        write_body(s, form);
        s->failing = false;
    }
    if (rc == RP_OK && s->body.overflowed) {
        rc = rp_err_set(&err, RP_E_LIMIT, "the metrics are too large");
    }
    if (rc == RP_OK) {
        reply->type = rp_metric_form_type(form);
    } else {
        tell_failure(s, &err);
        rp_buf_reset(&s->body);
        rp_buf_addf(&s->body, "%s\n", err.text);
        reply->status = HTTP_FAILED;
    }
}

static void answer(struct serving *s, const struct rp_http_asked *asked)
{
    struct rp_http_reply reply = {
        .status = HTTP_OK, .type = "text/plain; charset=utf-8"};
    rp_buf_reset(&s->body);
    if (!rp_str_is(asked->method, "GET") && !rp_str_is(asked->method, "HEAD")) {
        reply.status = HTTP_NO_METHOD;
        reply.allow = "GET, HEAD";
    } else if (rp_str_is(asked->path, "/metrics")) {
        reply_metrics(s, asked->accept, &reply);
    } else {
        reply.status = rp_str_is(asked->path, "/") ? HTTP_OK : HTTP_NOT_FOUND;
        rp_buf_add_text(&s->body, "reprise: the metrics are at /metrics\n");
    }
    reply.body = rp_buf_str(&s->body);
    rp_http_server_reply(s->server, asked, &reply);
}

/* ---- the loop ---- */

static int open_signals(void)
{
    sigset_t ends;
    (void)sigemptyset(&ends); /* these know their signals */
    (void)sigaddset(&ends, SIGINT);
    (void)sigaddset(&ends, SIGTERM);
    (void)sigaddset(&ends, SIGHUP);
    (void)sigprocmask(SIG_BLOCK, &ends, NULL);
    return signalfd(-1, &ends, SFD_CLOEXEC);
}

static enum rp_code serve(struct serving *s, int stop_fd, struct rp_err *err)
{
    struct rp_http_asked asked;
    bool found = true;
    enum rp_code rc = RP_OK;
    while (rc == RP_OK && found) {
        rc = rp_http_server_wait(s->server, stop_fd, &found, &asked, err);
        if (rc == RP_OK && found) {
            answer(s, &asked);
        }
    }
    return rc;
}

int rp__metrics_serve(struct rp__metrics *metrics, const char *place)
{
    struct serving s = {.metrics = metrics};
    struct rp_err err = RP_ERR_INIT;
    char address[ADDRESS_BYTES_MAX];
    uint16_t port;
    if (!rp__metrics_place(place, address, sizeof(address), &port)) {
        rp__say("metrics", "--listen '%s' is not [ADDR:]PORT", place);
        rp__say_next("write 9464, 0.0.0.0:9464 or [::1]:9464");
        return RP__EXIT_USAGE;
    }
    rp_buf_init(&s.body, BODY_BYTES_MAX);
    int stop_fd = open_signals();
    enum rp_code rc = look(&s, &err); /* a store that cannot be read: now */
    bool readable = rc == RP_OK;
    if (rc == RP_OK) {
        rc = rp_http_server_open(&s.server, address, port, &err);
    }
    if (rc == RP_OK) {
        const char *open = strchr(address, ':') == NULL ? "" : "[";
        rp__say("metrics", "serving http://%s%s%s:%u/metrics", open, address,
            open[0] == '\0' ? "" : "]",
            (unsigned)rp_http_server_port(s.server));
        rc = serve(&s, stop_fd, &err);
    }
    rp_http_server_close(&s.server);
    rp_metric_store_close(&s.store);
    rp_buf_fini(&s.body);
    (void)close(stop_fd);
    if (rc != RP_OK && !readable) {
        return rp__session_failed(&metrics->arg, &err);
    }
    if (rc != RP_OK) {
        rp__say("metrics", "%s", err.text);
    }
    return rc == RP_OK          ? RP__EXIT_OK
           : rc == RP_E_INVALID ? RP__EXIT_USAGE
                                : RP__EXIT_FAILED;
}
