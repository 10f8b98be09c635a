/* import - the sessions of bundles into the store. */
#include <stdlib.h>

#include <reprise/mem.h>

#include "bundle_store.h"
#include "command.h"
#include "say.h"
#include "session_arg.h"
#include "text.h"

struct importing {
    struct rp_store_place place;
    struct rp_store_sqlite *sqlite;
    int64_t imported, known;
};

static int failed(enum rp_code rc, const struct rp_err *err)
{
    rp__say("import", "%s", err->text);
    bool store = rc == RP_E_STORE || rc == RP_E_BUSY;
    return store ? RP__EXIT_STORE : RP__EXIT_FAILED;
}

static int import_one(struct importing *im, const char *path)
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

static void tell(const struct importing *im)
{
    struct rp_buf out;
    rp_buf_init(&out, 4096);
    rp__text_count(&out, im->imported, "session");
    rp_buf_add_text(&out, " imported");
    if (im->known > 0) {
        rp_buf_addf(&out, ", %lld known already", (long long)im->known);
    }
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
    .summary = "take sessions out of bundles into the store",
    .arguments = "BUNDLE...",
    .description =
        "Adds the sessions of bundles to the store; those that it has are "
        "left as they\nare. A bundle that was cut short or altered, or is of "
        "a newer version, is\nrefused.",
    .footer = "Exit status: 0 they are in the store; 1 a bundle cannot be "
              "read; 4 the store\ncannot be written.",
    .opts = opts,
    .arguments_min = 1,
    .arguments_max = RP__ARGS_MAX,
    .run = run,
};
