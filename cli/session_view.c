#include "session_view.h"

#include <time.h>

#include <reprise/runner.h>

#include "exit.h"
#include "say.h"

/* A plan that this program cannot read is no reason to show nothing. */
static void load_plan(
    struct rp__session_view *out, const struct rp__session_arg *arg)
{
    char *bytes = NULL;
    size_t len = 0;
    struct rp_plan_problems problems = {.arena = NULL};
    if (rp_reader_payload(
            &bytes, &len, arg->reader, &arg->row.head.plan, NULL) == RP_OK) {
        if (rp_plan_read(&out->plan, (struct rp_str){bytes, len}, "/", NULL,
                &problems, NULL) != RP_OK) {
            out->plan = NULL;
        }
        rp_plan_problems_fini(&problems);
    }
    rp_mem_free(bytes);
}

void rp__session_view_prepare(
    struct rp__session_view *out, const struct rp__session_arg *arg)
{
    *out = (struct rp__session_view){.plan = NULL};
    load_plan(out, arg);
    out->arena = rp_arena_new(16u << 10);
    rp__view_init(&out->view, out->plan);
}

int rp__session_view_load(
    struct rp__session_view *out, const struct rp__session_arg *arg)
{
    rp__session_view_prepare(out, arg);
    return rp__session_view_update(out, arg, NULL);
}

static enum rp_code take(struct rp__session_view *view,
    const struct rp_record_row *row, struct rp_sink *sink, struct rp_err *err)
{
    struct rp_event event;
    struct rp_step step;
    rp_arena_reset(view->arena);
    enum rp_code rc =
        rp_record_read(view->arena, row->body, view->plan, &event, &step, err);
    if (rc != RP_OK) {
        rp_err_prefix(err, "record %llu", (unsigned long long)row->seq);
        return rc;
    }
    struct rp_record record = {
        row->seq, row->at, row->body, row->digest, &event, &step};
    rp__view_add(&view->view, &record);
    if (sink != NULL) {
        sink->ops->record(sink, &record);
    }
    view->seq = row->seq;
    return RP_OK;
}

int rp__session_view_update(struct rp__session_view *view,
    const struct rp__session_arg *arg, struct rp_sink *sink)
{
    struct rp_err err = RP_ERR_INIT;
    struct rp_records *records = NULL;
    bool found = true;
    enum rp_code rc = rp_reader_records(
        &records, arg->reader, arg->row.no, view->seq + 1, &err);
    while (rc == RP_OK && found) {
        struct rp_record_row row;
        rc = rp_records_next(records, &found, &row, &err);
        if (rc == RP_OK && found) {
            rc = take(view, &row, sink, &err);
        }
    }
    rp_records_free(&records);
    return rc == RP_OK ? RP__GO_ON : rp__session_failed(arg, &err);
}

void rp__session_view_fini(struct rp__session_view *view)
{
    if (view->arena != NULL) {
        rp__view_fini(&view->view);
    }
    rp_arena_free(&view->arena);
    rp_plan_free(&view->plan);
}

struct rp_instant rp__session_now(
    const struct rp__session_arg *arg, const struct rp__view *view)
{
    struct timespec now;
    if (!rp__session_runs(arg, &arg->row)) {
        return view->last_at;
    }
    (void)clock_gettime(CLOCK_REALTIME, &now); /* always there */
    int64_t ns = (int64_t)now.tv_sec * RP_NS_PER_S + now.tv_nsec -
                 arg->row.head.began.unix_ns;
    return (struct rp_instant){ns > view->last_at.ns ? ns : view->last_at.ns};
}
