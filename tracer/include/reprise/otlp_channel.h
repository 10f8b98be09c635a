/* otlp_channel.h - one request of OTLP after the other to one destination, each
 * until there is an answer that settles it. Floor: tracer. Single-threaded.
 *
 * The world is asked through functions, so that a test can be one.
 */
#ifndef RP_OTLP_CHANNEL_H
#define RP_OTLP_CHANNEL_H

#include <reprise/otlp_exchange.h>

struct rp_otlp_world {
    /* As rp_http_begin() and rp_http_end(). */
    void (*begin)(void *context, const struct rp_http_request *request,
        struct rp_http_response *response);
    enum rp_code (*end)(void *context, struct rp_err *err);
    struct rp_wall (*now)(void *context);
    /* Returns early when asked to stop. */
    void (*wait)(void *context, struct rp_duration time);
    /* Nothing more is to be begun. */
    bool (*stopped)(void *context);
    /* What goes on is to be given up as well. */
    bool (*abandoned)(void *context);
    void *context;
};

/* Of spans, or of what else is sent. */
struct rp_otlp_counts {
    uint64_t sent;     /* that were taken */
    uint64_t rejected; /* not taken, and never will be: answers of partial
                          success, and refusals */
    uint64_t requests, retries;
    uint64_t failures; /* requests that were not taken, and are not too large */
    char problem[256]; /* the latest, "" when there was none */
};

struct rp_otlp_channel {
    const struct rp_otlp_config *config; /* all borrowed, outlive us */
    const char *url;
    const struct rp_otlp_world *world;
    struct rp_otlp_request request;   /* what goes out next */
    struct rp_otlp_request under_way; /* what went out last */
    struct rp_http_request post;      /* of that */
    struct rp_http_response response;
    struct rp_otlp_counts counts;
    struct rp_wall give_up;
    /* Told after each answer, when it counted something; an error ends the
     * exchange. NULL: nobody wants to know. */
    enum rp_code (*note)(
        void *context, const struct rp_otlp_counts *counts, struct rp_err *err);
    void *note_context;
};

/* `config`, `url` and `world` are set; FOREVER is the first limit. */
void rp_otlp_channel_init(struct rp_otlp_channel *channel);
void rp_otlp_channel_fini(struct rp_otlp_channel *channel);
/* Gives up so long from now. */
void rp_otlp_channel_limit(
    struct rp_otlp_channel *channel, struct rp_duration limit);

/* Sends what `request` holds, and leaves that to be written anew while the
 * answer is awaited. One at a time: rp_otlp_channel_settle() comes next. */
void rp_otlp_channel_begin(struct rp_otlp_channel *channel);
/* Sends it again and again until it is settled, and counts its `count` spans or
 * others: `*answer` is ACCEPTED, REFUSED or TOO_LARGE, which counts none.
 * RP_E_TIMEOUT: the limit has passed; RP_E_CANCELLED. */
RP_NODISCARD enum rp_code rp_otlp_channel_settle(
    struct rp_otlp_channel *channel, uint32_t count,
    enum rp_otlp_answer *answer, struct rp_err *err);
/* Instead: waits for the answer, and forgets it. */
void rp_otlp_channel_drop(struct rp_otlp_channel *channel);
/* Both, one after the other. */
RP_NODISCARD enum rp_code rp_otlp_channel_exchange(
    struct rp_otlp_channel *channel, uint32_t count,
    enum rp_otlp_answer *answer, struct rp_err *err);
/* Remembers it as the latest. */
void rp_otlp_channel_problem(struct rp_otlp_channel *channel, const char *text);

#endif
