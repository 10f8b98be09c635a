/* One line of the control socket, answered. */
#include <inttypes.h>
#include <unistd.h>

#include <reprise/json.h>

#include "control_socket.h"

#define CALLS_MAX 1024 /* in one request */

static void refuse(struct rp_buf *out, const char *what)
{
    rp_buf_add_text(out, "{\"ok\":false,\"error\":");
    rp_json_write_string(out, rp_str_of(what));
    rp_buf_add_char(out, '}');
}

static void ping(struct rp_buf *out, const struct rp_control_options *options)
{
    rp_buf_addf(out, "{\"ok\":true,\"session\":\"%s\",\"pid\":%ld}",
        options->session, (long)getpid());
}

static void add_call(struct rp_buf *out, uint32_t call,
    const struct rp_call_state *state, bool first)
{
    rp_buf_addf(out,
        "%s{\"call\":%" PRIu32 ",\"pid\":%" PRId32 ",\"silent_ns\":\"%" PRId64
        "\",\"output_bytes\":\"%" PRIu64 "\",\"progress\":",
        first ? "" : ",", call, state->pid, state->silent.ns,
        state->output_bytes);
    rp_json_write_string(out, rp_str_of(state->progress));
    rp_buf_add_char(out, '}');
}

/* What is not running is left out. */
static void observe(struct rp_buf *out,
    const struct rp_control_options *options, const cJSON *calls)
{
    size_t count = rp_json_size(calls);
    bool first = true;
    if (!cJSON_IsArray(calls) || count > CALLS_MAX) {
        refuse(out, "\"calls\" must be a list of at most 1024 call numbers");
        return;
    }
    rp_buf_add_text(out, "{\"ok\":true,\"calls\":[");
    for (size_t i = 0; i < count; i++) {
        struct rp_call_state state;
        int64_t call;
        if (rp_json_int64(rp_json_item(calls, i), &call) && call > 0 &&
            call <= UINT32_MAX &&
            options->transport->ops->observe(
                options->transport, (uint32_t)call, &state)) {
            add_call(out, (uint32_t)call, &state, first);
            first = false;
        }
    }
    rp_buf_add_text(out, "]}");
}

bool rp__control_answer(struct rp_buf *out,
    const struct rp_control_options *options, struct rp_str line)
{
    struct rp_json_doc *doc = NULL;
    bool cancel = false;
    if (rp_json_read(&doc, line, NULL, NULL) != RP_OK) {
        refuse(out, "a request is one JSON document a line");
        return false;
    }
    const cJSON *command = rp_json_get(rp_json_root(doc), "command");
    struct rp_str word =
        rp_str_of(cJSON_IsString(command) ? command->valuestring : "");
    if (rp_str_equal(word, rp_str_of("ping"))) {
        ping(out, options);
    } else if (rp_str_equal(word, rp_str_of("cancel"))) {
        rp_buf_add_text(out, "{\"ok\":true}");
        cancel = true;
    } else if (rp_str_equal(word, rp_str_of("observe"))) {
        observe(out, options, rp_json_get(rp_json_root(doc), "calls"));
    } else {
        refuse(out, "\"command\" must be ping, cancel or observe");
    }
    rp_json_free(&doc);
    return cancel;
}
