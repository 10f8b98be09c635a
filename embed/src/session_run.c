#include <reprise/session_run.h>

#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <reprise/clock_system.h>
#include <reprise/identity.h>
#include <reprise/lease.h>
#include <reprise/limits.h>
#include <reprise/mem.h>
#include <reprise/plan_file.h>
#include <reprise/store_sqlite.h>
#include <reprise/transport_exec.h>

extern char **environ;

struct session {
    const struct rp_session_options *options;
    struct rp_plan *plan;
    struct rp_buf input; /* text form */
    struct rp_session_head head;
    struct rp_store_sqlite *sqlite; /* NULL: in memory */
    struct rp_store *store;
    struct rp_lease *lease;
    struct rp_reactor *reactor;
    struct rp_clock *clock;
    struct rp_transport *transport;
};

/* ---- what is run ---- */

static enum rp_code read_file(
    struct rp_buf *out, const char *path, struct rp_err *err)
{
    char chunk[16384];
    FILE *file = fopen(path, "rbe");
    if (file == NULL) {
        return rp_err_set(err, RP_E_NOT_FOUND, "cannot read '%s': %s", path,
            strerrordesc_np(errno));
    }
    size_t got;
    while ((got = fread(chunk, 1, sizeof(chunk), file)) > 0) {
        rp_buf_add(out, (struct rp_str){chunk, got});
    }
    bool bad = ferror(file) != 0;
    (void)fclose(file); /* only read from */
    if (bad || out->overflowed) {
        return rp_err_set(err, bad ? RP_E_IO : RP_E_LIMIT,
            "cannot read '%s': %s", path,
            bad ? "the system refused" : "it is larger than a plan may be");
    }
    return RP_OK;
}

static enum rp_code check_plan(struct session *s, struct rp_str bytes,
    const char *folder, struct rp_err *err)
{
    struct rp_err why = RP_ERR_INIT;
    struct rp_plan_problems problems = {0};
    struct rp_plan_disk *disk = rp_plan_disk_new(folder);
    struct rp_plan_files files = rp_plan_disk_files(disk);
    enum rp_code rc =
        rp_plan_read(&s->plan, bytes, folder, &files, &problems, &why);
    if (rc != RP_OK && problems.count > 0) {
        const struct rp_plan_problem *first = &problems.items[0];
        (void)rp_err_set(err, rc, "%s:%" PRIu32 ":%" PRIu32 ": %s: %s",
            s->options->plan, first->place.line, first->place.column,
            first->path, first->message);
    } else if (rc != RP_OK) {
        (void)rp_err_set(err, rc, "%s: %s", s->options->plan, why.text);
    }
    rp_plan_problems_fini(&problems);
    rp_plan_disk_free(&disk);
    return rc;
}

static enum rp_code open_plan(struct session *s, struct rp_err *err)
{
    struct rp_buf bytes;
    char path[PATH_MAX];
    rp_buf_init(&bytes, RP_PLAN_BYTES_MAX);
    enum rp_code rc = read_file(&bytes, s->options->plan, err);
    if (rc == RP_OK && realpath(s->options->plan, path) == NULL) {
        rc = rp_err_set(err, RP_E_IO, "cannot find the folder of '%s': %s",
            s->options->plan, strerrordesc_np(errno));
    }
    if (rc == RP_OK) {
        char *slash = strrchr(path, '/');
        slash[slash == path ? 1 : 0] = '\0';
        rc = check_plan(s, rp_buf_str(&bytes), path, err);
    }
    rp_buf_fini(&bytes);
    return rc;
}

static enum rp_code open_input(struct session *s, struct rp_err *err)
{
    const char *text = s->options->input;
    struct rp_json_error wrong;
    struct rp_json_doc *doc = NULL;
    rp_buf_init(&s->input, RP_INPUT_BYTES_MAX);
    if (text == NULL && s->plan->input_default != NULL) {
        rp_json_write_text(&s->input, s->plan->input_default);
        return RP_OK;
    }
    if (rp_json_read(&doc, rp_str_of(text == NULL ? "{}" : text), NULL,
            &wrong) != RP_OK) {
        return rp_err_set(err, RP_E_INVALID,
            "the input is not JSON: %" PRIu32 ":%" PRIu32 ": %s",
            wrong.place.line, wrong.place.column, wrong.message);
    }
    rp_json_write_text(&s->input, rp_json_root(doc));
    rp_json_free(&doc);
    return RP_OK;
}

static enum rp_code make_head(struct session *s, struct rp_err *err)
{
    struct rp_session_head *head = &s->head;
    enum rp_code rc = rp_identity_make(head, err);
    head->mode = RP_MODE_LIVE;
    head->seed = s->options->seed != 0 ? s->options->seed : head->seed;
    head->engine_rev = RP_ENGINE_REV;
    head->incarnation = 1;
    head->plan_name = rp_str_of(s->plan->name);
    head->plan = s->plan->digest;
    head->input = rp_digest_of(rp_buf_str(&s->input));
    head->program = "libreprise " RP_VERSION;
    if (s->options->id != NULL) {
        *s->options->id = head->id;
    }
    return rc;
}

/* ---- where it runs ---- */

static enum rp_code open_store(struct session *s, struct rp_err *err)
{
    char path[PATH_MAX];
    const char *store = s->options->store;
    struct rp_store_sqlite_options options = {.create = true};
    if (store == NULL) {
        s->store = rp_store_memory_new();
        return RP_OK;
    }
    enum rp_code rc = rp_store_sqlite_open(&s->sqlite, store, &options, err);
    if (rc != RP_OK) {
        return rc;
    }
    s->store = rp_store_sqlite_recorder(s->sqlite);
    if (!rp_lease_path(path, sizeof(path), store, s->head.id.text, ".lock")) {
        return rp_err_set(err, RP_E_LIMIT, "the path of the store is too long");
    }
    return rp_lease_take(&s->lease, path, err);
}

static enum rp_code open_world(struct session *s, struct rp_err *err)
{
    enum rp_code rc = rp_reactor_new(&s->reactor, err);
    if (rc != RP_OK) {
        return rc;
    }
    s->clock = rp_clock_system_new();
    struct rp_exec_options exec = {
        .reactor = s->reactor,
        .clock = s->clock,
        .head = &s->head,
        .plan = s->plan,
        .environ = environ,
    };
    return rp_transport_exec_new(&s->transport, &exec, err);
}

static enum rp_code run(
    struct session *s, struct rp_run_result *result, struct rp_err *err)
{
    struct rp_run run = {
        .plan = s->plan,
        .head = &s->head,
        .input = rp_buf_str(&s->input),
        .clock = s->clock,
        .transport = s->transport,
        .store = s->store,
        .sinks = s->options->sinks,
        .sink_count = s->options->sink_count,
        .turn_max = RP_DURATION_FOREVER,
    };
    return rp_run(&run, result, err);
}

static void close_all(struct session *s)
{
    rp_transport_free(&s->transport);
    rp_clock_free(&s->clock);
    rp_reactor_free(&s->reactor);
    rp_lease_drop(&s->lease);
    rp_store_free(&s->store);
    rp_store_sqlite_close(&s->sqlite);
    rp_buf_fini(&s->input);
    rp_plan_free(&s->plan);
}

enum rp_code rp_session_run(struct rp_run_result *result,
    const struct rp_session_options *options, struct rp_err *err)
{
    static enum rp_code (*const steps[])(struct session *, struct rp_err *) = {
        open_plan, open_input, make_head, open_store, open_world};
    struct session s = {.options = options};
    enum rp_code rc = RP_OK;
    for (size_t i = 0; rc == RP_OK && i < RP_COUNT_OF(steps); i++) {
        rc = steps[i](&s, err);
    }
    if (rc == RP_OK) {
        rc = run(&s, result, err);
    }
    close_all(&s);
    return rc;
}
