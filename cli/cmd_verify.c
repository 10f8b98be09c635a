/* verify - are recorded sessions whole, and decided now as they were. */
#include <inttypes.h>
#include <string.h>

#include <reprise/mem.h>
#include <reprise/verify.h>

#include "command.h"
#include "out.h"
#include "phrase.h"
#include "plan_arg.h"
#include "say.h"
#include "session_arg.h"
#include "term.h"

#define SHOWN_COLUMNS_MAX 600 /* of one JSON text, for people */

struct verifying {
    struct rp__session_arg *arg;
    const struct rp_plan *plan; /* NULL: each session's own */
    bool json;
    struct rp__style style;
    struct rp_buf out;
    int status; /* the worst so far */
};

/* ---- for programs ---- */

/* A JSON text as a value; nothing when it is empty. */
static void add_value(cJSON *out, const char *name, struct rp_str text)
{
    struct rp_json_doc *doc = NULL;
    if (text.len > 0 && rp_json_read(&doc, text, NULL, NULL) == RP_OK) {
        rp_json_set(out, name, rp_json_copy(rp_json_root(doc)));
        rp_json_free(&doc);
    }
}

static void add_divergence_json(cJSON *out, const struct rp_divergence *d)
{
    cJSON *entry = cJSON_AddObjectToObject(out, "divergence");
    rp_json_set_text(entry, "class", rp_str_of(rp_divergence_name(d->kind)));
    rp_json_set_int(entry, "record", (int64_t)d->seq);
    rp_json_set_text(entry, "path", rp_str_of(d->path));
    rp_json_set_text(entry, "lane", rp_str_of(d->lane));
    rp_json_set_text(entry, "what", rp_str_of(d->what));
    add_value(entry, "recorded", d->recorded);
    add_value(entry, "now", d->now);
    cJSON *lines = cJSON_AddArrayToObject(entry, "differences");
    for (uint32_t i = 0; i < d->difference_count; i++) {
        cJSON_AddItemToArray(
            lines, rp_json_new_string(rp_str_of(d->differences[i])));
    }
    if (d->nearest[0] != '\0') {
        rp_json_set_text(entry, "nearest", rp_str_of(d->nearest));
    }
}

static void add_json(struct verifying *v, const struct rp_session_row *row,
    const struct rp_verification *result)
{
    bool verifies = result->first.kind == RP_DIVERGENCE_NONE;
    cJSON *entry = cJSON_CreateObject();
    rp_json_set_text(entry, "schema", RP_STR("reprise.verify/1"));
    rp_json_set_text(entry, "session", rp_str_of(row->head.id.text));
    rp_json_set(entry, "verifies", cJSON_CreateBool(verifies));
    rp_json_set(entry, "ended", cJSON_CreateBool(result->ended));
    rp_json_set_int(entry, "records", (int64_t)result->records);
    rp_json_set_int(entry, "decisions", (int64_t)result->decisions);
    rp_json_set_int(entry, "actions", (int64_t)result->actions);
    if (!verifies) {
        add_divergence_json(entry, &result->first);
    }
    rp_json_write_text(&v->out, entry);
    rp_buf_add_char(&v->out, '\n');
    cJSON_Delete(entry);
}

/* ---- for people ---- */

static void add_line(struct verifying *v, const char *label, struct rp_str text)
{
    if (text.len > 0) {
        rp_buf_addf(&v->out, "  %-9s ", label);
        (void)rp__text_add(&v->out, text, SHOWN_COLUMNS_MAX, &v->style);
        rp_buf_add_char(&v->out, '\n');
    }
}

static void add_id(struct verifying *v, const struct rp_session_row *row)
{
    rp__text_begin(&v->out, RP__BOLD, &v->style);
    rp_buf_add_text(&v->out, rp__phrase_short_id(&row->head.id));
    rp__text_end(&v->out, &v->style);
}

static void add_counts(
    struct verifying *v, const struct rp_verification *result)
{
    rp__text_count(&v->out, (int64_t)result->records, "record");
    rp_buf_add_text(&v->out, ", ");
    rp__text_count(&v->out, (int64_t)result->decisions, "decision");
    rp_buf_add_text(&v->out, ", ");
    rp__text_count(&v->out, (int64_t)result->actions, "action");
}

static void add_good(struct verifying *v, const struct rp_session_row *row,
    const struct rp_verification *result)
{
    add_id(v, row);
    rp_buf_add_text(&v->out, " verifies: ");
    add_counts(v, result);
    if (!result->ended) {
        rp_buf_addf(&v->out, "; it %s",
            rp__session_runs(v->arg, row) ? "runs" : "did not end");
    }
    rp_buf_add_char(&v->out, '\n');
}

/* "6PB5MY diverges at record 7: decision" */
static void add_verdict(struct verifying *v, const struct rp_session_row *row,
    const struct rp_divergence *d)
{
    bool damaged = d->kind == RP_DIVERGENCE_DAMAGED;
    add_id(v, row);
    rp_buf_add_char(&v->out, ' ');
    rp__text_begin(&v->out, RP__RED, &v->style);
    rp_buf_add_text(&v->out, damaged ? "is damaged" : "diverges");
    rp__text_end(&v->out, &v->style);
    if (d->seq == 0) {
        rp_buf_add_text(&v->out, " at its head: ");
    } else {
        rp_buf_addf(&v->out, " at record %" PRIu64 ": ", d->seq);
    }
    if (damaged) {
        (void)rp__text_add(&v->out, rp_str_of(d->what), 0, &v->style);
    } else {
        rp_buf_add_text(&v->out, rp_divergence_name(d->kind));
    }
    rp_buf_add_char(&v->out, '\n');
}

static void add_block(struct verifying *v, const struct rp_session_row *row,
    const struct rp_verification *result)
{
    const struct rp_divergence *d = &result->first;
    add_verdict(v, row, d);
    if (d->kind == RP_DIVERGENCE_DAMAGED) {
        return;
    }
    add_line(v, "what", rp_str_of(d->what));
    add_line(v, "path",
        d->path[0] == '\0' ? RP_STR("the session") : rp_str_of(d->path));
    add_line(v, "lane", rp_str_of(d->lane));
    add_line(v, "recorded", d->recorded);
    add_line(v, "now", d->now);
    for (uint32_t i = 0; i < d->difference_count; i++) {
        add_line(v, i == 0 ? "differs" : "", rp_str_of(d->differences[i]));
    }
    add_line(v, "nearest", rp_str_of(d->nearest));
    rp_buf_addf(&v->out, "  %-9s ", "equal");
    add_counts(v, result);
    rp_buf_add_text(&v->out, " before it\n");
}

/* ---- one session ---- */

/* The worst is what the exit status tells: the store before a divergence. */
static void judged(struct verifying *v, int status)
{
    if (status > v->status) {
        v->status = status;
    }
}

/* False when nothing more can be told. */
static bool verify_row(struct verifying *v, const struct rp_session_row *row)
{
    struct rp_err err = RP_ERR_INIT;
    struct rp_verification result = {.arena = NULL};
    enum rp_code rc =
        rp_verify_session(&result, v->arg->reader, row, v->plan, &err);
    if (rc != RP_OK) {
        judged(v, rp__session_failed(v->arg, &err));
        return rc == RP_E_NEWER; /* others may be of this program's time */
    }
    bool good = result.first.kind == RP_DIVERGENCE_NONE;
    rp_buf_reset(&v->out);
    if (v->json) {
        add_json(v, row, &result);
    } else if (good) {
        add_good(v, row, &result);
    } else {
        add_block(v, row, &result);
    }
    judged(v, good ? RP__EXIT_OK : RP__EXIT_FAILED);
    rp_verification_fini(&result);
    if (!rp__out_write("verify", rp_buf_str(&v->out))) {
        judged(v, RP__EXIT_FAILED);
        return false;
    }
    return true;
}

/* ---- which ---- */

static void verify_all(struct verifying *v)
{
    struct rp_err err = RP_ERR_INIT;
    struct rp_sessions *sessions = NULL;
    struct rp_arena *arena = rp_arena_new(0);
    struct rp_session_row row;
    bool found = true;
    bool any = false;
    enum rp_code rc = rp_reader_sessions(&sessions, v->arg->reader, NULL, &err);
    while (rc == RP_OK && found) {
        rp_arena_reset(arena);
        rc = rp_sessions_next(sessions, arena, &found, &row, &err);
        any = any || (rc == RP_OK && found);
        if (rc == RP_OK && found && !verify_row(v, &row)) {
            break;
        }
    }
    if (rc != RP_OK) {
        judged(v, rp__session_failed(v->arg, &err));
    } else if (!any) {
        rp__say("verify", "no session in %s", v->arg->place.path);
    }
    rp_sessions_free(&sessions);
    rp_arena_free(&arena);
}

/* All are found before the first is verified: a name that is wrong is told
 * at once. */
static int verify_named(struct verifying *v, const struct rp__args *args)
{
    uint32_t count = args->count == 0 ? 1 : args->count;
    struct rp_session_row *rows =
        rp_mem_array(count, sizeof(struct rp_session_row));
    int status = RP__GO_ON;
    for (uint32_t i = 0; i < count && status == RP__GO_ON; i++) {
        status =
            rp__session_name(v->arg, args->count == 0 ? "" : args->items[i]);
        rows[i] = v->arg->row;
    }
    for (uint32_t i = 0; i < count && status == RP__GO_ON; i++) {
        if (!verify_row(v, &rows[i])) {
            break;
        }
    }
    rp_mem_free(rows);
    return status == RP__GO_ON ? v->status : status;
}

static int verify(struct verifying *v, const struct rp__args *args)
{
    int status = rp__session_open(v->arg, args);
    if (status != RP__GO_ON) {
        return status;
    }
    if (!rp__opt_flag(args, "all")) {
        return verify_named(v, args);
    }
    verify_all(v);
    return v->status;
}

static int run(const struct rp__args *args)
{
    const char *path = rp__opt_value(args, "plan");
    struct rp__plan_arg plan = {.plan = NULL};
    struct rp__session_arg arg = {.command = "verify"};
    struct verifying v = {
        .arg = &arg,
        .json = rp__opt_flag(args, "json"),
        .style = rp__term_of(1).style,
        .status = RP__EXIT_OK,
    };
    if (rp__opt_flag(args, "all") && args->count > 0) {
        rp__say("verify", "--all means every session, and '%s' is named too",
            args->items[0]);
        return RP__EXIT_USAGE;
    }
    int status = RP__EXIT_USAGE;
    rp_buf_init(&v.out, RP__OUT_BYTES_MAX);
    if (path == NULL || rp__plan_arg_load_or_tell(&plan, "verify", path)) {
        v.plan = plan.plan;
        status = verify(&v, args);
    }
    rp_buf_fini(&v.out);
    rp__plan_arg_fini(&plan);
    rp__session_fini(&arg);
    return status;
}

static const struct rp__opt opts[] = {
    {"plan", "FILE",
        "under this plan instead of each session's own: would it have decided "
        "otherwise?",
        false, 0},
    {"all", NULL, "every session of the store", false, 0},
    {"json", NULL, "one JSON document a line; reprise schema has its form",
        false, 0},
    RP__OPT_STORE,
    RP__OPT_END,
};

const struct rp__command rp__cmd_verify = {
    .name = "verify",
    .summary = "check that sessions are whole and still decided as they were",
    .arguments = "[SESSION]...",
    .description =
        "Checks every byte of a session against its digests, then feeds the "
        "recorded\nevents to a fresh engine and compares each decision and "
        "action. No worker is\nstarted and no clock is read. At the first "
        "difference it tells what was\nrecorded, what would be decided now, "
        "and where the two differ.\n" RP__HELP_SESSION,
    .footer = "Exit status: 0 nothing differs; 1 something does, or is "
              "damaged; 2 no such\nsession, or the plan is wrong; 4 the store "
              "cannot be read.\n\n"
              "Examples:\n"
              "  reprise verify\n"
              "  reprise verify X4QK7M --plan changed.json\n"
              "  reprise verify --all --json | jq -r 'select(.verifies | not)'",
    .opts = opts,
    .arguments_min = 0,
    .arguments_max = RP__ARGS_MAX,
    .run = run,
};
