/* exporter.h - delivers the spans of a store to one destination, at least once
 * and in the order of the records that ended them. Floor: tracer.
 * Single-threaded.
 *
 * It is run by processes of its own, never by one that runs a session: a
 * destination that hangs delays nobody.
 */
#ifndef RP_EXPORTER_H
#define RP_EXPORTER_H

#include <reprise/span_capture.h>
#include <reprise/otlp_channel.h>
#include <reprise/reader.h>

struct rp_exporter_options {
    const char *store_path;
    const struct rp_otlp_config *config; /* all borrowed, outlive us */
    const char *url;
    const struct rp_otlp_resource *resource;
    enum rp_capture capture; /* of contents; NONE: zero */
    bool no_queue; /* only rp_exporter_send(), no cursor is looked at */
    const struct rp_session_id *from; /* of rp_export_queue_open() */
    const struct rp_otlp_world *world;
};

struct rp_exporter;

/* Errors as of rp_export_queue_open() and rp_reader_open(). */
RP_NODISCARD enum rp_code rp_exporter_open(struct rp_exporter **out,
    const struct rp_exporter_options *options, struct rp_err *err);
void rp_exporter_close(struct rp_exporter **exporter);

/* Delivers what is there. Gives up `limit` after its begin, FOREVER: tries for
 * ever. RP_OK: nothing is left; RP_E_TIMEOUT: the limit has passed;
 * RP_E_CANCELLED: stopped; or an error of the store. */
RP_NODISCARD enum rp_code rp_exporter_drain(
    struct rp_exporter *exporter, struct rp_duration limit, struct rp_err *err);

/* Delivers all ended spans of one session, whatever was delivered before. */
RP_NODISCARD enum rp_code rp_exporter_send(struct rp_exporter *exporter,
    const struct rp_session_row *row, struct rp_duration limit,
    struct rp_err *err);

/* Since it was opened. */
const struct rp_otlp_counts *rp_exporter_counts(
    const struct rp_exporter *exporter);
/* Ended spans that are still to be delivered; 0 without a queue. */
RP_NODISCARD enum rp_code rp_exporter_left(
    struct rp_exporter *exporter, uint64_t *out, struct rp_err *err);

#endif
