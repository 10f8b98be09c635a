/* otlp_import.h - traces of others as sessions of the store. Floor: tracer.
 *
 * Each trace becomes one session of mode IMPORTED, whose id follows from the
 * trace id and the time it began, so that it is not taken in twice. It has
 * spans and no records. Of our own exports the outcome, the counts and the
 * roles of spans are found again in their attributes.
 */
#ifndef RP_OTLP_IMPORT_H
#define RP_OTLP_IMPORT_H

#include <reprise/otlp_read.h>
#include <reprise/store_sqlite.h>

struct rp_otlp_imported {
    uint32_t sessions;         /* that are new */
    uint32_t known;            /* left as they are */
    uint32_t spans;            /* of the new ones */
    struct rp_session_id last; /* of them all; "": there was none */
    uint32_t repeated; /* spans that were there already, in the document */
};

/* Each session is one transaction; after a failure those before it are in the
 * store and counted. Waits for a writer for some seconds. RP_E_BUSY,
 * RP_E_STORE. */
RP_NODISCARD enum rp_code rp_otlp_import(struct rp_otlp_imported *out,
    struct rp_store_sqlite *sqlite, const struct rp_otlp_traces *traces,
    struct rp_err *err);

#endif
