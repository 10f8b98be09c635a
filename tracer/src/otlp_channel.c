#include <reprise/otlp_channel.h>

#include <stdio.h>

#include <reprise/rng.h>

void rp_otlp_channel_init(struct rp_otlp_channel *channel)
{
    rp_otlp_request_init(&channel->request);
    rp_otlp_request_init(&channel->under_way);
    rp_http_response_init(&channel->response);
    channel->counts = (struct rp_otlp_counts){.sent = 0};
    channel->give_up.unix_ns = INT64_MAX;
}

void rp_otlp_channel_fini(struct rp_otlp_channel *channel)
{
    rp_otlp_request_fini(&channel->request);
    rp_otlp_request_fini(&channel->under_way);
    rp_http_response_fini(&channel->response);
}

/* ---- time ---- */

static struct rp_duration time_left(struct rp_otlp_channel *self)
{
    const struct rp_otlp_world *world = self->world;
    if (self->give_up.unix_ns == INT64_MAX) {
        return RP_DURATION_FOREVER;
    }
    int64_t ns = self->give_up.unix_ns - world->now(world->context).unix_ns;
    return (struct rp_duration){ns > 0 ? ns : 0};
}

void rp_otlp_channel_limit(
    struct rp_otlp_channel *channel, struct rp_duration limit)
{
    const struct rp_otlp_world *world = channel->world;
    struct rp_wall now = world->now(world->context);
    channel->give_up = rp_wall_add(now, limit);
    if (limit.ns == RP_DURATION_FOREVER.ns) {
        channel->give_up.unix_ns = INT64_MAX;
    }
}

/* ---- one request ---- */

void rp_otlp_channel_problem(struct rp_otlp_channel *channel, const char *text)
{
    (void)snprintf(
        channel->counts.problem, sizeof(channel->counts.problem), "%s", text);
}

/* Once; what is under way is there. */
static void send(struct rp_otlp_channel *self)
{
    const struct rp_otlp_config *config = self->config;
    const struct rp_otlp_world *world = self->world;
    struct rp_duration left = time_left(self);
    self->post = (struct rp_http_request){
        .url = self->url,
        .headers = self->under_way.headers,
        .body = self->under_way.body,
        .timeout = config->timeout.ns < left.ns ? config->timeout : left,
        .http2 = config->protocol == RP_OTLP_GRPC,
        .ca_file = config->ca_file,
        .client_certificate = config->client_certificate,
        .client_key = config->client_key,
        .response_max_bytes = RP_OTLP_RESPONSE_BYTES_MAX,
        .stopped = world->abandoned,
        .context = world->context,
    };
    self->counts.requests++;
    world->begin(world->context, &self->post, &self->response);
}

static struct rp_otlp_verdict answer_of(struct rp_otlp_channel *self)
{
    const struct rp_otlp_world *world = self->world;
    struct rp_err why = RP_ERR_INIT;
    enum rp_code rc = world->end(world->context, &why);
    return rp_otlp_verdict_of(
        self->config, rc, &why, &self->response, world->now(world->context));
}

void rp_otlp_channel_begin(struct rp_otlp_channel *channel)
{
    struct rp_otlp_request written = channel->request;
    channel->request = channel->under_way;
    channel->under_way = written;
    send(channel);
}

void rp_otlp_channel_drop(struct rp_otlp_channel *channel)
{
    (void)answer_of(channel);
}

/* Before the same request goes out again. */
static enum rp_code pause(struct rp_otlp_channel *self,
    const struct rp_otlp_verdict *verdict, uint32_t number, struct rp_err *err)
{
    const struct rp_otlp_world *world = self->world;
    uint64_t draw = rp_draw((uint64_t)world->now(world->context).unix_ns,
        rp_str_of(self->url), "backoff", number);
    struct rp_duration wait = verdict->has_retry_after
                                  ? verdict->retry_after
                                  : rp_otlp_backoff(number, draw);
    if (wait.ns >= time_left(self).ns) {
        return rp_err_set(err, RP_E_TIMEOUT, "%s", verdict->message);
    }
    world->wait(world->context, wait);
    self->counts.retries++;
    return world->stopped(world->context)
               ? rp_err_set(err, RP_E_CANCELLED, "stopped")
               : RP_OK;
}

enum rp_code rp_otlp_channel_settle(struct rp_otlp_channel *channel,
    uint32_t count, enum rp_otlp_answer *answer, struct rp_err *err)
{
    enum rp_code rc = RP_OK;
    for (uint32_t number = 1; rc == RP_OK; number++) {
        if (number > 1) {
            send(channel);
        }
        struct rp_otlp_verdict v = answer_of(channel);
        *answer = v.answer;
        if (v.message[0] != '\0') {
            rp_otlp_channel_problem(channel, v.message);
        }
        if (v.answer == RP_OTLP_ACCEPTED) {
            uint64_t rejected = v.rejected < count ? v.rejected : count;
            channel->counts.rejected += rejected;
            channel->counts.sent += count - rejected;
        } else if (v.answer == RP_OTLP_REFUSED) {
            channel->counts.rejected += count;
        } else if (v.answer == RP_OTLP_STOPPED) {
            return rp_err_set(err, RP_E_CANCELLED, "stopped");
        }
        channel->counts.failures +=
            v.answer == RP_OTLP_RETRY || v.answer == RP_OTLP_REFUSED;
        if (channel->note != NULL && v.answer != RP_OTLP_TOO_LARGE) {
            rc = channel->note(channel->note_context, &channel->counts, err);
        }
        if (rc != RP_OK || v.answer != RP_OTLP_RETRY) {
            return rc;
        }
        rc = pause(channel, &v, number, err);
    }
    return rc;
}

enum rp_code rp_otlp_channel_exchange(struct rp_otlp_channel *channel,
    uint32_t count, enum rp_otlp_answer *answer, struct rp_err *err)
{
    rp_otlp_channel_begin(channel);
    return rp_otlp_channel_settle(channel, count, answer, err);
}
