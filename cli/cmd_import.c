/* import - the sessions of bundles, and traces as sessions, into the store. */
#include <stdlib.h>

#include <reprise/mem.h>
#include <reprise/otlp_import.h>

#include "bundle_store.h"
#include "command.h"
#include "file.h"
#include "phrase.h"
#include "say.h"
#include "session_arg.h"
#include "text.h"

struct importing {
    struct rp_store_place place;
    struct rp_store_sqlite *sqlite;
    int64_t imported, known;
    int64_t spans, repeated, invalid; /* of traces */
    struct rp_session_id last;        /* that a trace became */
};

static int failed(enum rp_code rc, const struct rp_err *err)
{
    rp__say("import", "%s", err->text);
    bool store = rc == RP_E_STORE || rc == RP_E_BUSY;
    return store ? RP__EXIT_STORE : RP__EXIT_FAILED;
}

static int import_bundle(struct importing *im, const char *path)
{
    struct rp_err err = RP_ERR_INIT;
    struct rp_bundle *bundle = NULL;
    enum rp_code rc = rp_bundle_open(&bundle, path, &err);
    for (uint32_t i = 0; rc == RP_OK && i < rp_bundle_count(bundle); i++) {
        if (rp__bundle_known(im->place.path, &rp_bundle_head(bundle, i)->id)) {
            im->known++;
            continue;
        }
        rc = rp__bundle_import(im->sqlite, bundle, i, &err);
        im->imported += rc == RP_OK;
    }
    rp_bundle_close(&bundle);
    return rc == RP_OK ? RP__GO_ON : failed(rc, &err);
}

static enum rp_code import_spans(
    struct importing *im, struct rp_str bytes, struct rp_err *err)
{
    struct rp_arena *arena = rp_arena_new(64u << 10);
    struct rp_otlp_traces traces = {.count = 0};
    struct rp_otlp_imported got = {.sessions = 0};
    enum rp_code rc = rp_otlp_read(&traces, arena, bytes, err);
    if (rc == RP_OK) {
        rc = rp_otlp_import(&got, im->sqlite, &traces, err);
    }
    im->imported += got.sessions;
    im->known += got.known;
    im->spans += got.spans;
    im->last = got.last.text[0] != '\0' ? got.last : im->last;
    im->repeated += got.repeated;
    im->invalid += traces.invalid;
    rp_arena_free(&arena);
    return rc;
}

static int import_traces(struct importing *im, const char *path)
{
    struct rp_err err = RP_ERR_INIT;
    char *bytes = NULL;
    size_t len = 0;
    enum rp_code rc =
        rp__file_read(&bytes, &len, path, RP_OTLP_READ_BYTES_MAX, &err);
    if (rc == RP_OK &&
        rp_otlp_form_of((struct rp_str){bytes, len}) == RP_OTLP_FORM_NONE) {
        rc = rp_err_set(&err, RP_E_INVALID,
            "'%s' is not a bundle, and no OTLP in JSON or protocol buffers",
            rp__file_name(path));
    } else if (rc == RP_OK) {
        rc = import_spans(im, (struct rp_str){bytes, len}, &err);
        if (rc != RP_OK) {
            rp_err_prefix(&err, "cannot import '%s'", rp__file_name(path));
        }
    }
    rp_mem_free(bytes);
    return rc == RP_OK ? RP__GO_ON : failed(rc, &err);
}

static int import_one(struct importing *im, const char *path)
{
    return rp_bundle_is(path) ? import_bundle(im, path)
                              : import_traces(im, path);
}

static void tell_spans(struct rp_buf *out, int64_t count, const char *what)
{
    if (count > 0) {
        rp_buf_add_text(out, ", ");
        rp__text_count(out, count, "span");
        rp_buf_addf(out, " %s", what);
    }
}

static void tell(const struct importing *im)
{
    struct rp_buf out;
    rp_buf_init(&out, 4096);
    rp__text_count(&out, im->imported, "session");
    rp_buf_add_text(&out, " imported");
    if (im->spans > 0) {
        rp_buf_add_text(&out, " with ");
        rp__text_count(&out, im->spans, "span");
    }
    if (im->known > 0) {
        rp_buf_addf(&out, ", %lld known already", (long long)im->known);
    }
    tell_spans(&out, im->repeated, "there twice");
    tell_spans(&out, im->invalid, "without valid ids left out");
    rp_buf_add_char(&out, '\n');
    rp__say_text(rp_buf_str(&out));
    rp_buf_fini(&out);
}

static int run(const struct rp__args *args)
{
    struct rp_err err = RP_ERR_INIT;
    struct importing im = {.imported = 0};
    struct rp_store_sqlite_options options = {.create = true};
    if (rp_store_locate(&im.place, rp__opt_value(args, "store"),
            getenv("REPRISE_STORE"), NULL, &err) != RP_OK ||
        rp_store_sqlite_open(&im.sqlite, im.place.path, &options, &err) !=
            RP_OK) {
        rp_store_place_fini(&im.place);
        return failed(RP_E_STORE, &err);
    }
    int status = RP__GO_ON;
    for (uint32_t i = 0; status == RP__GO_ON && i < args->count; i++) {
        status = import_one(&im, args->items[i]);
    }
    tell(&im);
    if (status == RP__GO_ON && im.last.text[0] != '\0' &&
        im.imported + im.known == 1) {
        rp__say_next("reprise show %s", rp__phrase_short_id(&im.last));
    }
    rp_store_sqlite_close(&im.sqlite);
    rp_store_place_fini(&im.place);
    return status == RP__GO_ON ? RP__EXIT_OK : status;
}

static const struct rp__opt opts[] = {
    RP__OPT_STORE,
    RP__OPT_END,
};

const struct rp__command rp__cmd_import = {
    .name = "import",
    .summary = "take bundles and traces into the store",
    .arguments = "FILE...",
    .description =
        "Adds the sessions of bundles to the store; those that it has are "
        "left as they\nare. A bundle that was cut short or altered, or is of "
        "a newer version, is\nrefused.\n\n"
        "A FILE of OTLP, by whomever, in JSON, lines of JSON or protocol "
        "buffers (- is\nstandard input): each trace becomes a session of "
        "spans. reprise ls, show and\nexport have it; it has no records, so "
        "that there is nothing to verify or replay.",
    .footer = "Exit status: 0 they are in the store; 1 a file cannot be read; "
              "4 the store\ncannot be written.\n\n"
              "Examples:\n"
              "  reprise import case.bundle\n"
              "  curl -s http://localhost:16686/api/v3/traces/ID | "
              "reprise import -",
    .opts = opts,
    .arguments_min = 1,
    .arguments_max = RP__ARGS_MAX,
    .run = run,
};
