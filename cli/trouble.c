#include "trouble.h"

#include <poll.h>
#include <string.h>
#include <time.h>

#include <reprise/rng.h>

#define LOOK_MS 20 /* how often one asks whether to give up */

/* ---- the store ---- */

static const struct {
    enum rp_fault_kind fault;
    enum rp_store_trouble_kind trouble;
} kinds[] = {
    {RP_FAULT_STORE_FULL, RP_STORE_TROUBLE_FULL},
    {RP_FAULT_STORE_SHORT_WRITE, RP_STORE_TROUBLE_SHORT_WRITE},
    {RP_FAULT_STORE_IO_ERROR, RP_STORE_TROUBLE_IO_ERROR},
    {RP_FAULT_STORE_FSYNC, RP_STORE_TROUBLE_FSYNC},
    {RP_FAULT_STORE_EMFILE, RP_STORE_TROUBLE_NO_FILE},
    {RP_FAULT_STORE_SLOW_SYNC, RP_STORE_TROUBLE_SLOW_SYNC},
    {RP_FAULT_STORE_READ_ONLY, RP_STORE_TROUBLE_READ_ONLY},
    {RP_FAULT_STORE_GONE, RP_STORE_TROUBLE_GONE},
    {RP_FAULT_STORE_BIT_FLIP, RP_STORE_TROUBLE_BIT_FLIP},
    {RP_FAULT_STORE_POWER_CUT, RP_STORE_TROUBLE_POWER_CUT},
};

static bool is_of_store(
    const struct rp_fault_rule *rule, enum rp_store_trouble_kind *out)
{
    for (size_t i = 0; i < RP_COUNT_OF(kinds); i++) {
        if (kinds[i].fault == rule->kind) {
            *out = kinds[i].trouble;
            return true;
        }
    }
    return false;
}

void rp__trouble_of_store(struct rp_store_troubles *out,
    const struct rp_fault_rules *rules, uint64_t seed)
{
    static const enum rp_store_cut cuts[] = {
        RP_STORE_CUT_LOST, RP_STORE_CUT_TORN, RP_STORE_CUT_REORDERED};
    out->count = 0;
    for (uint32_t i = 0; i < rules->count; i++) {
        const struct rp_fault_rule *rule = &rules->items[i];
        enum rp_store_trouble_kind kind;
        if (is_of_store(rule, &kind)) {
            if (kind == RP_STORE_TROUBLE_BIT_FLIP && rule->form > 0) {
                kind = RP_STORE_TROUBLE_READ_FLIP;
            }
            out->items[out->count++] = (struct rp_store_trouble){.kind = kind,
                .first = rule->nth.first,
                .last = rule->nth.last,
                .by = rule->after,
                .draw = rp_draw(seed, RP_STR("store"), rule->id, 1),
                .cut = kind == RP_STORE_TROUBLE_POWER_CUT ? cuts[rule->form]
                                                          : cuts[0]};
        }
    }
}

const struct rp_fault_rule *rp__trouble_that_harms(
    const struct rp_fault_rules *rules)
{
    for (uint32_t i = 0; i < rules->count; i++) {
        if (rules->items[i].kind == RP_FAULT_STORE_BIT_FLIP ||
            rules->items[i].kind == RP_FAULT_STORE_POWER_CUT) {
            return &rules->items[i];
        }
    }
    return NULL;
}

uint32_t rp__trouble_fired(const struct rp_store_troubles *troubles,
    const struct rp_fault_rules *rules, uint32_t rule)
{
    enum rp_store_trouble_kind kind;
    uint32_t before = 0;
    for (uint32_t i = 0; i < rule; i++) {
        before += is_of_store(&rules->items[i], &kind) ? 1 : 0;
    }
    return is_of_store(&rules->items[rule], &kind)
               ? troubles->items[before].fired
               : 0;
}

/* ---- where spans are sent ---- */

bool rp__trouble_is_export(const struct rp_fault_rule *rule)
{
    return rp_fault_info(rule->kind)->class == RP_FAULT_CLASS_EXPORT;
}

bool rp__trouble_has_export(const struct rp_fault_rules *rules)
{
    for (uint32_t i = 0; i < rules->count; i++) {
        if (rp__trouble_is_export(&rules->items[i])) {
            return true;
        }
    }
    return false;
}

/* The first rule that this request meets; each counts for itself. */
static const struct rp_fault_rule *met_by(struct rp__trouble_export *trouble)
{
    const struct rp_fault_rule *met = NULL;
    uint32_t nth = ++trouble->requests;
    for (uint32_t i = 0; trouble->rules != NULL && i < trouble->rules->count;
         i++) {
        const struct rp_fault_rule *rule = &trouble->rules->items[i];
        if (rp__trouble_is_export(rule) && nth >= rule->nth.first &&
            nth <= rule->nth.last) {
            trouble->fired[i]++;
            met = met == NULL ? rule : met;
        }
    }
    return met;
}

static struct rp_duration now(void)
{
    struct timespec at;
    (void)clock_gettime(CLOCK_MONOTONIC, &at); /* of this clock it cannot */
    return (struct rp_duration){at.tv_sec * RP_NS_PER_S + at.tv_nsec};
}

/* Nothing happens for so long; false: it was given up before. */
static bool wait_for(
    const struct rp_http_request *request, struct rp_duration time)
{
    struct rp_duration begin = now();
    while (now().ns - begin.ns < time.ns) {
        if (request->stopped != NULL && request->stopped(request->context)) {
            return false;
        }
        (void)poll(NULL, 0, LOOK_MS); /* woken early, it looks early */
    }
    return true;
}

static enum rp_code hang(
    const struct rp_http_request *request, struct rp_err *err)
{
    return wait_for(request, request->timeout)
               ? rp_err_set(err, RP_E_TIMEOUT, "no answer in time")
               : rp_err_set(err, RP_E_CANCELLED, "stopped");
}

static enum rp_code answer(
    struct rp_http_response *response, int status, const char *fields)
{
    rp_buf_reset(&response->fields);
    rp_buf_reset(&response->body);
    response->status = status;
    rp_buf_add_text(&response->fields, fields);
    return RP_OK;
}

static bool is_json(const struct rp_http_request *request)
{
    for (const char *const *h = request->headers; *h != NULL; h++) {
        if (strstr(*h, "application/json") != NULL) {
            return true;
        }
    }
    return false;
}

/* A partial success of OTLP, in the form that was asked for. */
static void refuse_one(
    const struct rp_http_request *request, struct rp_http_response *response)
{
    static const char message[] = "\x0A\x02\x08\x01";
    rp_buf_reset(&response->body);
    if (is_json(request)) {
        rp_buf_add_text(&response->body,
            "{\"partialSuccess\":{\"rejectedSpans\":\"1\","
            "\"rejectedDataPoints\":\"1\",\"rejectedLogRecords\":\"1\"}}");
        return;
    }
    if (request->http2) { /* a frame: not compressed, its length */
        rp_buf_add(&response->body, (struct rp_str){"\0\0\0\0\x04", 5});
    }
    rp_buf_add_text(&response->body, message);
}

/* Whether the request is not sent at all. */
static bool is_kept(const struct rp_fault_rule *rule)
{
    return rule != NULL && rule->kind != RP_FAULT_EXPORT_SLOW &&
           rule->kind != RP_FAULT_EXPORT_PARTIAL;
}

void rp__trouble_begin_post(struct rp__trouble_export *trouble,
    struct rp_http *http, const struct rp_http_request *request,
    struct rp_http_response *response)
{
    trouble->met = met_by(trouble);
    trouble->request = request;
    trouble->response = response;
    if (!is_kept(trouble->met)) {
        rp_http_begin(http, request, response);
    }
}

static enum rp_code instead(
    const struct rp__trouble_export *trouble, struct rp_err *err)
{
    enum rp_fault_kind kind = trouble->met->kind;
    if (kind == RP_FAULT_EXPORT_HANG) {
        return hang(trouble->request, err);
    }
    if (kind == RP_FAULT_EXPORT_503) {
        return answer(trouble->response, 503, "");
    }
    if (kind == RP_FAULT_EXPORT_429) {
        return answer(trouble->response, 429, "retry-after: 1\n");
    }
    if (kind == RP_FAULT_EXPORT_400) {
        return answer(trouble->response, 400, "");
    }
    return rp_err_set(err, RP_E_IO, "cannot reach '%s': Connection refused",
        trouble->request->url);
}

enum rp_code rp__trouble_end_post(struct rp__trouble_export *trouble,
    struct rp_http *http, struct rp_err *err)
{
    const struct rp_fault_rule *met = trouble->met;
    if (is_kept(met)) {
        return instead(trouble, err);
    }
    if (met != NULL && met->kind == RP_FAULT_EXPORT_SLOW) {
        /* given up, it is given up there too */
        (void)wait_for(trouble->request, met->after);
    }
    enum rp_code rc = rp_http_end(http, err);
    if (rc == RP_OK && met != NULL && met->kind == RP_FAULT_EXPORT_PARTIAL) {
        refuse_one(trouble->request, trouble->response);
    }
    return rc;
}
