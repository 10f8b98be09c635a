/* Where spans, events and metrics are sent: --otlp, and the environment. */
#include "sender.h"

#include <string.h>

#include "resource.h"
#include "say.h"

#define WARNINGS_BYTES_MAX 65536

static bool is_url(const char *text)
{
    return strncmp(text, "http://", 7) == 0 ||
           strncmp(text, "https://", 8) == 0;
}

static bool add(struct rp__senders *senders,
    const struct rp_otlp_config *config, const char *endpoint)
{
    if (senders->count == RP__SENDERS_MAX) {
        rp__say(senders->command, "more than %d destinations are named",
            RP__SENDERS_MAX);
        return false;
    }
    struct rp__sender *sender = &senders->items[senders->count];
    *sender = (struct rp__sender){
        .config = *config, .pid = -1, .stop_fd = -1, .result_fd = -1};
    if (endpoint != NULL) {
        sender->config.endpoint = endpoint;
        sender->config.endpoint_whole = false;
    }
    sender->url = rp_otlp_config_url(&sender->config, senders->arena);
    for (uint32_t i = 0; i < senders->count; i++) {
        if (strcmp(senders->items[i].url, sender->url) == 0) {
            return true; /* named twice, delivered once */
        }
    }
    senders->count++;
    return true;
}

static bool add_named(struct rp__senders *senders, const struct rp__args *args,
    const struct rp_otlp_config *config)
{
    const char *endpoint;
    for (uint32_t i = 0; (endpoint = rp__opt_list(args, "otlp", i)) != NULL;
         i++) {
        if (!is_url(endpoint)) {
            rp__say(senders->command,
                "--otlp '%s' is no URL: it begins with http:// or https://",
                endpoint);
            return false;
        }
        if (!add(senders, config, endpoint)) {
            return false;
        }
    }
    return true;
}

/* What the environment says of a signal; warnings are lines. */
static struct rp_otlp_config read_config(struct rp__senders *senders,
    enum rp_otlp_signal signal, struct rp_buf *warnings)
{
    struct rp_environment environment = rp__environment();
    struct rp_otlp_config config = {.signal = signal};
    rp_otlp_config_read(
        &config, signal, senders->arena, &environment, warnings);
    return config;
}

static void begin(struct rp__senders *senders, const struct rp__args *args,
    struct rp_buf *warnings)
{
    *senders = (struct rp__senders){.command = args->command->name};
    senders->arena = rp_arena_new(0);
    rp_buf_init(warnings, WARNINGS_BYTES_MAX);
}

/* Who it is, and what was not understood, when something is to be sent. */
static void end(struct rp__senders *senders, struct rp_buf *warnings)
{
    struct rp_environment environment = rp__environment();
    rp__resource_read(&senders->resource, senders->arena, warnings);
    senders->metrics.exemplars =
        rp_exemplar_filter_read(&environment, warnings);
    if (senders->count > 0) {
        rp__resource_warn(senders->command, warnings);
    }
    rp_buf_fini(warnings);
}

/* --otlp says where they go, too. */
static bool add_wanted(struct rp__senders *senders, const struct rp__args *args,
    const struct rp_otlp_config *config)
{
    uint32_t before = senders->count;
    bool good = add_named(senders, args, config);
    return good && senders->count == before ? add(senders, config, NULL) : good;
}

bool rp__senders_configure(
    struct rp__senders *senders, const struct rp__args *args, bool default_too)
{
    struct rp_buf warnings;
    begin(senders, args, &warnings);
    struct rp_otlp_config config =
        read_config(senders, RP_OTLP_TRACES, &warnings);
    bool good = add_named(senders, args, &config);
    bool wanted = config.enabled || default_too;
    if (good && senders->count == 0 && wanted && !config.disabled) {
        good = add(senders, &config, NULL);
    }
    config = read_config(senders, RP_OTLP_LOGS, &warnings);
    if (good && config.enabled) {
        good = add_wanted(senders, args, &config);
    }
    end(senders, &warnings);
    return good;
}

bool rp__senders_add_metrics(
    struct rp__senders *senders, const struct rp__args *args)
{
    struct rp_buf warnings;
    rp_buf_init(&warnings, WARNINGS_BYTES_MAX);
    struct rp_otlp_config config =
        read_config(senders, RP_OTLP_METRICS, &warnings);
    bool good = true;
    if (config.enabled && config.refusal != NULL) {
        rp__say(senders->command, "%s: no metrics are sent", config.refusal);
    } else if (config.enabled) {
        rp__resource_warn(senders->command, &warnings);
        good = add_wanted(senders, args, &config);
    }
    rp_buf_fini(&warnings);
    return good;
}

bool rp__senders_configure_metrics(
    struct rp__senders *senders, const struct rp__args *args)
{
    struct rp_buf warnings;
    begin(senders, args, &warnings);
    struct rp_otlp_config config =
        read_config(senders, RP_OTLP_METRICS, &warnings);
    bool good = config.refusal == NULL && !config.disabled;
    if (config.refusal != NULL) {
        rp__say(senders->command, "%s", config.refusal);
    } else if (config.disabled) {
        rp__say(senders->command,
            "OTEL_SDK_DISABLED or OTEL_METRICS_EXPORTER switches sending off");
    } else {
        good = add_wanted(senders, args, &config);
    }
    end(senders, &warnings);
    return good;
}

void rp__senders_fini(struct rp__senders *senders)
{
    rp__senders_stop(senders);
    rp_arena_free(&senders->arena);
}
