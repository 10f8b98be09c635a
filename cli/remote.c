#include "remote.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <reprise/control.h>
#include <reprise/json.h>
#include <reprise/mem.h>

#define ANSWER_MAX_MS 50 /* a redraw does not wait longer */

struct remote {
    struct rp_transport base;
    const char *socket_path;
    bool silent; /* nobody answers any more */
};

/* ---- observe ---- */

static bool integer(const cJSON *object, const char *name, int64_t *out)
{
    const cJSON *node = rp_json_get(object, name);
    if (cJSON_IsString(node)) { /* 64 bits are text */
        char *end;
        *out = strtoll(node->valuestring, &end, 10);
        return *end == '\0';
    }
    return node != NULL && rp_json_int64(node, out);
}

static bool read_state(struct rp_str answer, struct rp_call_state *out)
{
    struct rp_json_doc *doc = NULL;
    if (rp_json_read(&doc, answer, NULL, NULL) != RP_OK) {
        return false;
    }
    const cJSON *call = rp_json_at(rp_json_root(doc), RP_STR("/calls/0"));
    const cJSON *progress = rp_json_get(call, "progress");
    int64_t pid, silent, bytes;
    bool known = integer(call, "pid", &pid) &&
                 integer(call, "silent_ns", &silent) &&
                 integer(call, "output_bytes", &bytes);
    if (known) {
        *out = (struct rp_call_state){.pid = (int32_t)pid,
            .silent = {silent},
            .output_bytes = (uint64_t)bytes};
        (void)snprintf(out->progress, sizeof(out->progress), "%s",
            cJSON_IsString(progress) ? progress->valuestring : "");
    }
    rp_json_free(&doc);
    return known;
}

static bool remote_observe(
    struct rp_transport *t, uint32_t call, struct rp_call_state *out)
{
    struct remote *self = RP_CONTAINER_OF(t, struct remote, base);
    char request[64];
    char *answer = NULL;
    (void)snprintf(request, sizeof(request),
        "{\"command\":\"observe\",\"calls\":[%" PRIu32 "]}", call);
    if (self->silent || rp_control_ask(&answer, self->socket_path, request,
                            rp_duration_of_ms(ANSWER_MAX_MS), NULL) != RP_OK) {
        self->silent = true; /* it ended, or cannot be reached */
        return false;
    }
    bool known = read_state(rp_str_of(answer), out);
    rp_mem_free(answer);
    return known;
}

/* ---- what it does not do ---- */

static enum rp_code remote_submit(
    struct rp_transport *t, const struct rp_call *call, struct rp_err *err)
{
    (void)t;
    return rp_err_set(err, RP_E_STATE,
        "call %s: another process runs the session", call->path);
}

static void remote_cancel(
    struct rp_transport *t, uint32_t call, enum rp_cancel_mode mode)
{
    (void)t;
    (void)call;
    (void)mode;
}

static bool remote_signal(struct rp_transport *t, uint32_t call, int signo)
{
    (void)t;
    (void)call;
    (void)signo;
    return false;
}

static enum rp_code remote_poll(struct rp_transport *t, struct rp_instant until,
    struct rp_report *out, struct rp_err *err)
{
    (void)t;
    (void)until;
    (void)out;
    (void)err;
    return RP_E_TIMEOUT;
}

static void remote_free(struct rp_transport *t)
{
    rp_mem_free(RP_CONTAINER_OF(t, struct remote, base));
}

static const struct rp_transport_ops remote_ops = {
    .name = "remote",
    .submit = remote_submit,
    .cancel = remote_cancel,
    .signal = remote_signal,
    .poll = remote_poll,
    .observe = remote_observe,
    .free = remote_free,
};

struct rp_transport *rp__remote_new(const char *socket_path)
{
    struct remote *self = rp_mem_zalloc(sizeof(*self));
    self->base.ops = &remote_ops;
    self->socket_path = socket_path;
    return &self->base;
}
