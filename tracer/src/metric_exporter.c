#include <reprise/metric_exporter.h>

struct rp_metric_exporter {
    struct rp_metric_store *store;
    const struct rp_otlp_resource *resource;
    struct rp_otlp_channel channel;
};

enum rp_code rp_metric_exporter_open(struct rp_metric_exporter **out,
    const struct rp_metric_exporter_options *options, struct rp_err *err)
{
    struct rp_metric_store *store = NULL;
    enum rp_code rc = rp_metric_store_open(
        &store, options->store_path, options->metrics, err);
    if (rc != RP_OK) {
        return rc;
    }
    struct rp_metric_exporter *self = rp_mem_zalloc(sizeof(*self));
    self->store = store;
    self->resource = options->resource;
    self->channel = (struct rp_otlp_channel){.config = options->config,
        .url = options->url,
        .world = options->world};
    rp_otlp_channel_init(&self->channel);
    *out = self;
    return RP_OK;
}

void rp_metric_exporter_close(struct rp_metric_exporter **exporter)
{
    if (*exporter != NULL) {
        rp_metric_store_close(&(*exporter)->store);
        rp_otlp_channel_fini(&(*exporter)->channel);
        rp_mem_free(*exporter);
        *exporter = NULL;
    }
}

const struct rp_otlp_counts *rp_metric_exporter_counts(
    const struct rp_metric_exporter *exporter)
{
    return &exporter->channel.counts;
}

static enum rp_code deliver(struct rp_metric_exporter *self,
    const struct rp_metric_document *document, struct rp_err *err);

/* What is too large goes in halves; a metric that is too large goes never. */
static enum rp_code split(struct rp_metric_exporter *self,
    const struct rp_metric_document *document, struct rp_err *err)
{
    struct rp_metric_document half = *document;
    half.end = document->first + (document->end - document->first) / 2;
    if (half.end == document->first) {
        self->channel.counts.rejected += rp_metric_document_points(document);
        return RP_OK;
    }
    enum rp_code rc = deliver(self, &half, err);
    half.first = half.end;
    half.end = document->end;
    return rc == RP_OK ? deliver(self, &half, err) : rc;
}

static enum rp_code deliver(struct rp_metric_exporter *self,
    const struct rp_metric_document *document, struct rp_err *err)
{
    struct rp_otlp_channel *channel = &self->channel;
    struct rp_err why = RP_ERR_INIT;
    enum rp_otlp_answer answer = RP_OTLP_TOO_LARGE;
    uint32_t count = rp_metric_document_points(document);
    if (count == 0) {
        return RP_OK; /* an empty one is not to be sent */
    }
    enum rp_code rc = rp_otlp_request_metrics(
        &channel->request, channel->config, self->resource, document, &why);
    if (rc == RP_OK) {
        rc = rp_otlp_channel_exchange(channel, count, &answer, err);
    } else {
        rp_otlp_channel_problem(channel, why.text);
        rc = RP_OK; /* too large */
    }
    return rc == RP_OK && answer == RP_OTLP_TOO_LARGE
               ? split(self, document, err)
               : rc;
}

enum rp_code rp_metric_exporter_push(struct rp_metric_exporter *exporter,
    struct rp_duration limit, struct rp_err *err)
{
    const struct rp_otlp_world *world = exporter->channel.world;
    struct rp_wall now = world->now(world->context);
    rp_otlp_channel_limit(&exporter->channel, limit);
    enum rp_code rc = rp_metric_store_look(exporter->store, now, err);
    const struct rp_metric_document document = {
        .metrics = rp_metric_store_metrics(exporter->store),
        .began = rp_metric_store_began(exporter->store),
        .now = now,
        .first = 0,
        .end = RP_METRIC_COUNT,
    };
    return rc == RP_OK ? deliver(exporter, &document, err) : rc;
}
