/* export.h - what sessions can be exported as. Floor: cli.
 *
 * A format is a file export_<name>.c and a row in the table of cmd_export.c. A
 * document begins, has one session after the other, and ends; what a format
 * keeps between the calls is in `state`. Nothing is kept of a session that was
 * written, so that memory does not grow with the store.
 */
#ifndef RP_CLI_EXPORT_H
#define RP_CLI_EXPORT_H

#include <reprise/otlp.h>
#include <reprise/reader.h>
#include <reprise/span_capture.h>

struct rp__args;
struct rp__session_arg;
struct rp__export; /* the document being written */

struct rp__export_ops {
    const char *name; /* --format */
    bool binary;      /* no terminal gets it */
    bool open_spans;  /* has those that have not ended, too */
    /* Each may call rp__export_put(). */
    enum rp_code (*begin)(struct rp__export *e, struct rp_err *err);
    enum rp_code (*session)(struct rp__export *e,
        const struct rp_session_row *row, struct rp_err *err);
    enum rp_code (*end)(struct rp__export *e, struct rp_err *err);
};

struct rp__export_sink;

struct rp__export {
    const struct rp__export_ops *ops;
    struct rp_reader *reader;
    struct rp_otlp_resource resource;
    enum rp_capture capture;
    uint64_t sessions; /* written before this one */
    void *state;       /* of the format: made by begin, freed by end, which is
                          called once after begin, also after a failure */
    struct rp__export_sink *sink;
};

/* Writes the next bytes of the document. What could not be written was told:
 * RP_E_CANCELLED then, to be passed on. */
RP_NODISCARD enum rp_code rp__export_put(
    struct rp__export *e, struct rp_str bytes, struct rp_err *err);

/* --capture. False: it is none of the words, and the person was told. */
bool rp__export_capture(enum rp_capture *out, const struct rp__args *args);

/* Says when the store is of a format without a key for digests. */
RP_NODISCARD enum rp_code rp__export_tell_key(
    const struct rp__session_arg *arg, struct rp_err *err);

extern const struct rp__export_ops rp__export_otlp_json, rp__export_otlp_proto,
    rp__export_jaeger, rp__export_chrome, rp__export_jsonl, rp__export_dot,
    rp__export_mermaid;

#endif
