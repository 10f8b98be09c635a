/* diff - two sessions side by side, lane by lane: what went otherwise. */
#include <string.h>

#include <reprise/compare.h>
#include <reprise/json_diff.h>
#include <reprise/mem.h>

#include "command.h"
#include "lane_view.h"
#include "out.h"
#include "phrase.h"
#include "say.h"
#include "session_arg.h"
#include "term.h"

#define DIFFERENCES_MAX 20   /* of one document */
#define VALUE_COLUMNS_MAX 60 /* of one value */

struct side {
    struct rp_session_row row;
    struct rp_recording *recording;
};

struct diffing {
    struct rp__session_arg arg;
    struct side before, after;
    struct rp_arena *arena;
    struct rp_comparison comparison;
    struct rp__style style;
    struct rp_buf out;
    bool times, equal;
};

/* ---- loading ---- */

static int load(struct diffing *d, const char *name, struct side *side)
{
    struct rp_err err = RP_ERR_INIT;
    int status = rp__session_name(&d->arg, name);
    if (status != RP__GO_ON) {
        return status;
    }
    side->row = d->arg.row;
    if (rp_recording_load(
            &side->recording, d->arg.reader, &side->row, NULL, &err) != RP_OK) {
        return rp__session_failed(&d->arg, &err);
    }
    return RP__GO_ON;
}

static bool is_equal(const struct diffing *d)
{
    const struct rp_comparison *c = &d->comparison;
    bool equal = c->before.outcome == c->after.outcome &&
                 rp_digest_equal(&c->before.output, &c->after.output) &&
                 (!d->times || c->before.ended.ns == c->after.ended.ns);
    for (uint32_t i = 0; i < c->lane_count; i++) {
        enum rp_lane_change change = c->lanes[i].change;
        equal = equal && (change == RP_LANE_SAME ||
                             (change == RP_LANE_TIMES && !d->times));
    }
    return equal;
}

static void compare(struct diffing *d)
{
    uint32_t before_count, after_count;
    const struct rp_recorded *before =
        rp_recording_records(d->before.recording, &before_count);
    const struct rp_recorded *after =
        rp_recording_records(d->after.recording, &after_count);
    rp_compare(
        &d->comparison, d->arena, before, before_count, after, after_count);
    d->equal = is_equal(d);
}

/* ---- documents that differ ---- */

/* Called for each place where two documents differ. */
typedef void differs(struct diffing *d, void *context,
    const struct rp_json_difference *difference);

struct telling {
    struct diffing *d;
    differs *tell;
    void *context;
};

static void tell_difference(
    void *context, const struct rp_json_difference *difference)
{
    struct telling *t = context;
    t->tell(t->d, t->context, difference);
}

/* How many differences there are; payloads that cannot be had have none. */
static size_t diff_payloads(struct diffing *d, const struct rp_digest *before,
    const struct rp_digest *after, differs *tell, void *context)
{
    struct rp_json_doc *docs[2] = {NULL, NULL};
    struct rp_str texts[2];
    struct telling t = {d, tell, context};
    size_t count = 0;
    if (!rp_digest_equal(before, after) && !rp_digest_is_zero(before) &&
        !rp_digest_is_zero(after) &&
        rp_recording_payload(&texts[0], d->before.recording, before, NULL) ==
            RP_OK &&
        rp_recording_payload(&texts[1], d->after.recording, after, NULL) ==
            RP_OK &&
        rp_json_read(&docs[0], texts[0], NULL, NULL) == RP_OK &&
        rp_json_read(&docs[1], texts[1], NULL, NULL) == RP_OK) {
        count = rp_json_diff(rp_json_root(docs[0]), rp_json_root(docs[1]),
            DIFFERENCES_MAX, tell_difference, &t);
    }
    rp_json_free(&docs[0]);
    rp_json_free(&docs[1]);
    return count;
}

/* ---- for people ---- */

static void add_value(struct diffing *d, const cJSON *value, const char *none)
{
    struct rp_buf text;
    if (value == NULL) {
        rp_buf_add_text(&d->out, none);
        return;
    }
    rp_buf_init(&text, RP__OUT_BYTES_MAX);
    rp_json_write_text(&text, value);
    (void)rp__text_add(
        &d->out, rp_buf_str(&text), VALUE_COLUMNS_MAX, &d->style);
    rp_buf_fini(&text);
}

static void add_difference(struct diffing *d, void *context,
    const struct rp_json_difference *difference)
{
    const char **title = context;
    if (*title != NULL) {
        rp_buf_addf(&d->out, "\n%s\n", *title);
        *title = NULL;
    }
    rp_buf_add_text(&d->out, "  ");
    (void)rp__text_add(&d->out,
        difference->pointer.len == 0 ? RP_STR("(all of it)")
                                     : difference->pointer,
        0, &d->style);
    rp_buf_add_text(&d->out, ": ");
    add_value(d, difference->before, "nothing");
    rp_buf_add_text(&d->out, " -> ");
    add_value(d, difference->after, "nothing");
    rp_buf_add_char(&d->out, '\n');
}

static void add_payloads(struct diffing *d, const char *title,
    const struct rp_digest *before, const struct rp_digest *after)
{
    size_t count = diff_payloads(d, before, after, add_difference, &title);
    if (count > DIFFERENCES_MAX) {
        rp_buf_addf(&d->out, "  and more than these %d\n", DIFFERENCES_MAX);
    }
}

/* The session's output is a task's as a rule: once is enough. */
static void add_outputs(struct diffing *d)
{
    const struct rp_comparison *c = &d->comparison;
    bool told = false;
    for (uint32_t i = 0; i < c->lane_count; i++) {
        const struct rp_lane *before = c->lanes[i].before;
        const struct rp_lane *after = c->lanes[i].after;
        if (before != NULL && after != NULL) {
            char *title = rp_arena_printf(d->arena, "%s: output", before->path);
            add_payloads(d, title, &before->output, &after->output);
            told =
                told || (rp_digest_equal(&before->output, &c->before.output) &&
                            rp_digest_equal(&after->output, &c->after.output));
        }
    }
    if (!told) {
        add_payloads(
            d, "the session: output", &c->before.output, &c->after.output);
    }
}

static void add_took(struct rp_buf *out, const struct rp_course *course)
{
    rp_buf_add_text(out, course->outcome == RP_OUTCOME_NONE
                             ? "not ended"
                             : rp_outcome_name(course->outcome));
    if (course->ended.ns != RP_INSTANT_NEVER.ns) {
        rp_buf_add_text(out, " in ");
        rp_duration_show(out, (struct rp_duration){course->ended.ns});
    }
}

static void tell(struct diffing *d)
{
    const struct rp_comparison *c = &d->comparison;
    const struct rp_session_head *before = &d->before.row.head;
    const struct rp_session_head *after = &d->after.row.head;
    rp_buf_addf(&d->out, "%s: ", rp__phrase_short_id(&before->id));
    add_took(&d->out, &c->before);
    rp_buf_addf(&d->out, "; %s: ", rp__phrase_short_id(&after->id));
    add_took(&d->out, &c->after);
    rp_buf_add_char(&d->out, '\n');
    add_payloads(d, "plan", &before->plan, &after->plan);
    add_payloads(d, "input", &before->input, &after->input);
    rp__lanes_table(&d->out, c, "BEFORE", "AFTER", d->times, &d->style);
    add_outputs(d);
    rp_buf_addf(&d->out, "\n%s in decisions and outputs%s\n",
        d->equal ? "equal" : "different", d->times ? ", times counted" : "");
}

/* ---- for programs ---- */

static void set_difference(struct diffing *d, void *context,
    const struct rp_json_difference *difference)
{
    cJSON *entry = cJSON_CreateObject();
    (void)d;
    rp_json_set_text(entry, "pointer", difference->pointer);
    if (difference->before != NULL) {
        rp_json_set(entry, "before", rp_json_copy(difference->before));
    }
    if (difference->after != NULL) {
        rp_json_set(entry, "after", rp_json_copy(difference->after));
    }
    cJSON_AddItemToArray(context, entry);
}

static void set_payloads(struct diffing *d, cJSON *out, const char *name,
    const struct rp_digest *before, const struct rp_digest *after)
{
    cJSON *list = cJSON_CreateArray();
    size_t count = diff_payloads(d, before, after, set_difference, list);
    if (count == 0) {
        cJSON_Delete(list);
        return;
    }
    rp_json_set(out, name, list);
    if (count > DIFFERENCES_MAX) {
        rp_json_set(out, "more", cJSON_CreateBool(true));
    }
}

static void tell_json(struct diffing *d)
{
    const struct rp_comparison *c = &d->comparison;
    cJSON *json = cJSON_CreateObject();
    rp_json_set_text(json, "schema", RP_STR("reprise.diff/1"));
    rp_json_set_text(json, "before", rp_str_of(d->before.row.head.id.text));
    rp_json_set_text(json, "after", rp_str_of(d->after.row.head.id.text));
    rp_json_set(json, "equal", cJSON_CreateBool(d->equal));
    rp__course_json(json, "course_before", &c->before);
    rp__course_json(json, "course_after", &c->after);
    set_payloads(
        d, json, "plan", &d->before.row.head.plan, &d->after.row.head.plan);
    set_payloads(
        d, json, "input", &d->before.row.head.input, &d->after.row.head.input);
    set_payloads(d, json, "output", &c->before.output, &c->after.output);
    cJSON *lanes = cJSON_AddArrayToObject(json, "lanes");
    for (uint32_t i = 0; i < c->lane_count; i++) {
        const struct rp_lane_pair *pair = &c->lanes[i];
        cJSON *entry = cJSON_CreateObject();
        rp_json_set_text(entry, "path", rp_str_of(rp__lane_path(pair)));
        rp_json_set_text(
            entry, "change", rp_str_of(rp_lane_change_name(pair->change)));
        rp__lane_json(entry, "before", pair->before);
        rp__lane_json(entry, "after", pair->after);
        if (pair->before != NULL && pair->after != NULL) {
            set_payloads(d, entry, "output", &pair->before->output,
                &pair->after->output);
        }
        cJSON_AddItemToArray(lanes, entry);
    }
    rp_json_write_text(&d->out, json);
    rp_buf_add_char(&d->out, '\n');
    cJSON_Delete(json);
}

/* ---- the command ---- */

static int diff(struct diffing *d, const struct rp__args *args)
{
    int status = rp__session_open(&d->arg, args);
    if (status == RP__GO_ON) {
        status = load(d, args->items[0], &d->before);
    }
    if (status == RP__GO_ON) {
        status = load(d, args->items[1], &d->after);
    }
    if (status != RP__GO_ON) {
        return status;
    }
    compare(d);
    if (rp__opt_flag(args, "json")) {
        tell_json(d);
    } else {
        tell(d);
    }
    if (!rp__out_write("diff", rp_buf_str(&d->out))) {
        return RP__EXIT_FAILED;
    }
    return d->equal ? RP__EXIT_OK : RP__EXIT_FAILED;
}

static int run(const struct rp__args *args)
{
    struct diffing *d = rp_mem_zalloc(sizeof(*d));
    d->times = rp__opt_flag(args, "times");
    d->style = rp__term_of(1).style;
    d->arena = rp_arena_new(0);
    rp_buf_init(&d->out, RP__OUT_BYTES_MAX);
    int status = diff(d, args);
    rp_recording_free(&d->before.recording);
    rp_recording_free(&d->after.recording);
    rp__session_fini(&d->arg);
    rp_arena_free(&d->arena);
    rp_buf_fini(&d->out);
    rp_mem_free(d);
    return status;
}

static const struct rp__opt opts[] = {
    {"times", NULL, "another duration is a difference too", false, 0},
    {"json", NULL, "one document for programs: reprise schema diff", false, 0},
    RP__OPT_STORE,
    RP__OPT_END,
};

const struct rp__command rp__cmd_diff = {
    .name = "diff",
    .summary = "compare two sessions",
    .arguments = "SESSION SESSION",
    .description =
        "Shows what went otherwise in the second session than in the first: "
        "plan, input,\nthe outcome, each task's status, tries, their reasons "
        "and its output, place by\nplace. Tasks are aligned by their paths. "
        "Other times are no difference unless\nasked for.\n\n"
        "SESSION is an id, its beginning, or (from 4 characters) its end; "
        "last is the\nlatest.",
    .footer = "Exit status: 0 equal in decisions and outputs; 1 different; 2 "
              "no such session;\n4 the store cannot be read.",
    .opts = opts,
    .arguments_min = 2,
    .arguments_max = 2,
    .run = run,
};
