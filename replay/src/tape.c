/* The calls of a recording, gathered from its records. */
#include "tape.h"

#include <stdlib.h>
#include <string.h>

#include <reprise/json_diff.h>

#include "ignored.h"

/* ---- gathering ---- */

struct gathering {
    struct rp__tape *tape;
    struct rp__taped **by_number; /* of the session's calls */
    uint32_t number_count;
    uint32_t reports; /* so far */
};

static struct rp__taped *call_of(const struct gathering *g, uint32_t number)
{
    return number < g->number_count ? g->by_number[number] : NULL;
}

static void add_start(struct gathering *g, const struct rp_recorded *record,
    const struct rp_call *call)
{
    struct rp__tape *tape = g->tape;
    if (call->number >= g->number_count || g->by_number[call->number] != NULL) {
        return; /* numbers run from 1: not what an engine writes */
    }
    struct rp__taped *taped = &tape->calls[tape->count++];
    *taped = (struct rp__taped){
        .call = call,
        .began = record->event.at,
        .ended = RP_DURATION_FOREVER,
        .idle = RP_DURATION_FOREVER,
        .term = RP_DURATION_FOREVER,
        .kill = RP_DURATION_FOREVER,
    };
    g->by_number[call->number] = taped;
}

static void add_cancel(struct gathering *g, const struct rp_recorded *record,
    const struct rp_action *action)
{
    struct rp__taped *taped = call_of(g, action->cancel.call);
    if (taped == NULL) {
        return;
    }
    bool kill = action->cancel.mode == RP_CANCEL_KILL;
    struct rp_duration *at = kill ? &taped->kill : &taped->term;
    if (taped->ended_for == RP_REASON_NONE) {
        taped->ended_for = action->cancel.reason;
    }
    if (at->ns == RP_DURATION_FOREVER.ns) {
        *at = rp_instant_since(record->event.at, taped->began);
    }
}

static void add_report(struct gathering *g, const struct rp_recorded *record)
{
    const struct rp_event *event = &record->event;
    bool completed = event->kind == RP_EVENT_CALL_COMPLETED;
    struct rp__taped *taped =
        call_of(g, completed ? event->completed->call : event->idle.call);
    if (taped == NULL) {
        return;
    }
    struct rp_duration at = rp_instant_since(event->at, taped->began);
    if (completed) {
        taped->completion = event->completed;
        taped->event = event;
        taped->ended = at;
        taped->ended_seq = record->seq;
    } else {
        taped->idle = at;
        taped->idle_seq = record->seq;
        taped->silent = event->idle.silent;
    }
}

static void add_record(struct gathering *g, const struct rp_recorded *record)
{
    const struct rp_event *event = &record->event;
    if (event->kind == RP_EVENT_CALL_COMPLETED ||
        event->kind == RP_EVENT_CALL_IDLE) {
        g->reports++;
        add_report(g, record);
    } else if (event->kind == RP_EVENT_OPERATOR) {
        g->tape->asked[g->tape->asked_count++] =
            (struct rp__asked){record->seq, event->at, event->command.command,
                event->command.cause, g->reports, NULL};
    } else if (event->kind == RP_EVENT_RESUMED) {
        g->tape->asked[g->tape->asked_count++] =
            (struct rp__asked){.seq = record->seq,
                .at = event->at,
                .reports = g->reports,
                .resumed = event};
    }
    for (uint32_t i = 0; i < record->step.action_count; i++) {
        const struct rp_action *action = &record->step.actions[i];
        if (action->kind == RP_ACTION_START_CALL) {
            add_start(g, record, &action->start);
        } else if (action->kind == RP_ACTION_CANCEL_CALL) {
            add_cancel(g, record, action);
        }
    }
}

/* ---- finding ---- */

static int compare_paths(const void *a, const void *b)
{
    const struct rp__taped *x = *(struct rp__taped *const *)a;
    const struct rp__taped *y = *(struct rp__taped *const *)b;
    int order = strcmp(x->call->path, y->call->path);
    return order != 0 ? order : (x > y) - (x < y); /* of one array */
}

static int compare_contents(const void *a, const void *b)
{
    const struct rp__taped *x = *(struct rp__taped *const *)a;
    const struct rp__taped *y = *(struct rp__taped *const *)b;
    int order = memcmp(x->call->content.bytes, y->call->content.bytes,
        sizeof(x->call->content.bytes));
    return order != 0 ? order : (x > y) - (x < y); /* of one array */
}

static struct rp__taped *at_path(const struct rp__tape *tape, const char *path)
{
    uint32_t low = 0;
    uint32_t high = tape->count;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        int order = strcmp(tape->by_path[middle]->call->path, path);
        if (order == 0) {
            return tape->by_path[middle];
        }
        low = order < 0 ? middle + 1 : low;
        high = order < 0 ? high : middle;
    }
    return NULL;
}

/* The first in `by_content` that is not before `content`. */
static uint32_t first_of_content(
    const struct rp__tape *tape, const struct rp_digest *content)
{
    uint32_t low = 0;
    uint32_t high = tape->count;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        const struct rp_digest *here = &tape->by_content[middle]->call->content;
        bool before =
            memcmp(here->bytes, content->bytes, sizeof(here->bytes)) < 0;
        low = before ? middle + 1 : low;
        high = before ? high : middle;
    }
    return low;
}

static uint32_t far_from(uint32_t a, uint32_t b)
{
    return a < b ? b - a : a - b;
}

/* Whether `a` answers better than `b`: used less, else the attempt that is
 * nearest, of two as near the later one. */
static bool is_better(const struct rp__taped *a, const struct rp__taped *b,
    const struct rp_call *call)
{
    if (b == NULL || a->used != b->used) {
        return b == NULL || a->used < b->used;
    }
    uint32_t far_a = far_from(a->call->attempt, call->attempt);
    uint32_t far_b = far_from(b->call->attempt, call->attempt);
    return far_a != far_b ? far_a < far_b : a > b;
}

static struct rp__taped *of_content(
    const struct rp__tape *tape, const struct rp_call *call)
{
    struct rp__taped *in_task = NULL;
    struct rp__taped *anywhere = NULL;
    for (uint32_t i = first_of_content(tape, &call->content); i < tape->count;
         i++) {
        struct rp__taped *taped = tape->by_content[i];
        if (!rp_digest_equal(&taped->call->content, &call->content)) {
            break;
        }
        if (strcmp(taped->call->task, call->task) == 0) {
            in_task = is_better(taped, in_task, call) ? taped : in_task;
        } else {
            anywhere = is_better(taped, anywhere, call) ? taped : anywhere;
        }
    }
    return in_task != NULL ? in_task : anywhere;
}

static struct rp__taped *of_task(
    const struct rp__tape *tape, const struct rp_call *call)
{
    struct rp__taped *best = NULL;
    for (uint32_t i = 0; i < tape->count; i++) {
        struct rp__taped *taped = &tape->calls[i];
        if (strcmp(taped->call->task, call->task) == 0 &&
            is_better(taped, best, call)) {
            best = taped;
        }
    }
    return best;
}

/* ---- inputs but for what is ignored ---- */

static bool same_but_ignored(struct rp__tape *tape,
    const struct rp__taped *taped, const struct rp_call *call)
{
    struct rp_str bytes;
    const struct rp_plan_agent *then = taped->call->agent;
    if (then == NULL || call->agent == NULL ||
        !rp_digest_equal(&then->spec_digest, &call->agent->spec_digest) ||
        rp_recording_payload(&bytes, tape->recording,
            &taped->call->input_digest, NULL) != RP_OK) {
        return false;
    }
    struct rp__ignored ignored = {
        tape->ignored, tape->ignored_count, call->agent->input};
    return rp__ignored_same(&ignored, bytes, call->input);
}

struct rp__taped *rp__tape_match(struct rp__tape *tape,
    const struct rp_call *call, enum rp_changed_input changed,
    enum rp_match *match)
{
    struct rp__taped *same = at_path(tape, call->path);
    struct rp__taped *found = same;
    *match = RP_MATCH_EXACT;
    if (same == NULL ||
        !rp_digest_equal(&same->call->content, &call->content)) {
        *match = RP_MATCH_CONTENT;
        found = of_content(tape, call);
    }
    if (found == NULL && tape->ignored_count > 0) {
        struct rp__taped *near = same != NULL ? same : of_task(tape, call);
        if (near != NULL && same_but_ignored(tape, near, call)) {
            *match = RP_MATCH_IGNORED;
            found = near;
        }
    }
    if (found == NULL && changed == RP_CHANGED_ANSWER) {
        *match = RP_MATCH_CHANGED;
        found = same != NULL ? same : of_task(tape, call);
    }
    if (found != NULL) {
        found->used++;
    }
    return found;
}

/* ---- what has no answer ---- */

#define DIFFERENCES_MAX 3
#define VALUE_SHOWN_MAX 60
#define DIFFERENCE_BYTES_MAX 4096

static void add_value(struct rp_buf *out, const cJSON *value)
{
    struct rp_buf text;
    if (value == NULL) {
        rp_buf_add_text(out, "nothing");
        return;
    }
    rp_buf_init(&text, RP_RECORD_BYTES_MAX);
    rp_json_write_text(&text, value);
    size_t len = text.len < VALUE_SHOWN_MAX ? text.len : VALUE_SHOWN_MAX;
    while (len < text.len && len > 0 && (text.ptr[len] & 0xC0) == 0x80) {
        len--; /* a character is not cut */
    }
    rp_buf_add(out, (struct rp_str){text.ptr, len});
    rp_buf_add_text(out, len < text.len ? "…" : "");
    rp_buf_fini(&text);
}

static void add_difference(
    void *context, const struct rp_json_difference *difference)
{
    struct rp_buf *out = context;
    rp_buf_addf(out, "%s%.*s: ", out->len == 0 ? "" : "; ",
        RP_STR_ARG(difference->pointer));
    add_value(out, difference->before);
    rp_buf_add_text(out, " -> ");
    add_value(out, difference->after);
}

/* Where the inputs differ; nothing when they do not, or cannot be read. */
static void add_differences(struct rp_buf *out, struct rp__tape *tape,
    const struct rp_call *recorded, const struct rp_call *call)
{
    struct rp_str bytes;
    struct rp_json_doc *before = NULL;
    struct rp_json_doc *after = NULL;
    if (rp_recording_payload(
            &bytes, tape->recording, &recorded->input_digest, NULL) != RP_OK) {
        return;
    }
    if (rp_json_read(&before, bytes, NULL, NULL) == RP_OK &&
        rp_json_read(&after, call->input, NULL, NULL) == RP_OK) {
        (void)rp_json_diff(rp_json_root(before), rp_json_root(after),
            DIFFERENCES_MAX, add_difference, out);
    }
    rp_json_free(&before);
    rp_json_free(&after);
}

/* The recorded call that is most alike: same path, task or agent. */
static const struct rp__taped *nearest(
    const struct rp__tape *tape, const struct rp_call *call)
{
    const struct rp__taped *near = at_path(tape, call->path);
    near = near != NULL ? near : of_task(tape, call);
    for (uint32_t i = 0; i < tape->count && near == NULL; i++) {
        if (strcmp(tape->calls[i].call->agent_name, call->agent_name) == 0) {
            near = &tape->calls[i];
        }
    }
    return near;
}

enum rp_code rp__tape_miss(
    struct rp__tape *tape, const struct rp_call *call, struct rp_err *err)
{
    const struct rp__taped *near = nearest(tape, call);
    if (near == NULL) {
        return rp_err_set(err, RP_E_NOT_FOUND,
            "call %s has no answer in the recording: agent '%s' was never "
            "called",
            call->path, call->agent_name);
    }
    struct rp_buf text;
    rp_buf_init(&text, DIFFERENCE_BYTES_MAX);
    const struct rp_plan_agent *then = near->call->agent;
    bool other_agent =
        then == NULL || call->agent == NULL ||
        !rp_digest_equal(&then->spec_digest, &call->agent->spec_digest);
    add_differences(&text, tape, near->call, call);
    bool other_input = text.len > 0;
    (void)rp_err_set(err, RP_E_NOT_FOUND,
        "call %s has no answer in the recording; nearest is %s%s%s%s%s",
        call->path, near->call->path,
        other_agent ? ", asked of another command, environment or contract"
                    : "",
        other_input ? ", with another input: " : "",
        other_input ? text.ptr : "",
        other_agent || other_input ? "" : ", with other arguments");
    rp_buf_fini(&text);
    return RP_E_NOT_FOUND;
}

/* ---- making and freeing ---- */

static void count_parts(const struct rp_recorded *records, uint32_t count,
    struct rp__tape *tape, uint32_t *starts)
{
    for (uint32_t i = 0; i < count; i++) {
        const struct rp_step *step = &records[i].step;
        tape->asked_count += records[i].event.kind == RP_EVENT_OPERATOR ||
                             records[i].event.kind == RP_EVENT_RESUMED;
        for (uint32_t k = 0; k < step->action_count; k++) {
            *starts += step->actions[k].kind == RP_ACTION_START_CALL;
        }
    }
}

static void sort_calls(struct rp__tape *tape)
{
    size_t bytes = sizeof(struct rp__taped *);
    tape->by_path = rp_arena_array(tape->arena, tape->count, bytes);
    tape->by_content = rp_arena_array(tape->arena, tape->count, bytes);
    for (uint32_t i = 0; i < tape->count; i++) {
        tape->by_path[i] = &tape->calls[i];
        tape->by_content[i] = &tape->calls[i];
    }
    qsort(tape->by_path, tape->count, bytes, compare_paths);
    qsort(tape->by_content, tape->count, bytes, compare_contents);
}

void rp__tape_init(struct rp__tape *tape, struct rp_recording *recording)
{
    uint32_t count = 0;
    uint32_t starts = 0;
    const struct rp_recorded *records = rp_recording_records(recording, &count);
    *tape = (struct rp__tape){.recording = recording};
    tape->arena = rp_arena_new(16u << 10);
    count_parts(records, count, tape, &starts);
    tape->calls = rp_arena_array(tape->arena, starts, sizeof(struct rp__taped));
    tape->asked = rp_arena_array(
        tape->arena, tape->asked_count, sizeof(struct rp__asked));
    tape->asked_count = 0;
    struct gathering g = {
        .tape = tape,
        .by_number =
            rp_mem_array((size_t)starts + 1, sizeof(struct rp__taped *)),
        .number_count = starts + 1,
    };
    for (uint32_t i = 0; i < count; i++) {
        add_record(&g, &records[i]);
    }
    rp_mem_free(g.by_number);
    for (uint32_t i = 0; i < tape->count; i++) {
        tape->calls[i].known =
            rp_instant_since(records[count - 1].event.at, tape->calls[i].began);
    }
    sort_calls(tape);
}

static bool was_cut_short(const struct rp__taped *taped)
{
    return taped->completion == NULL;
}

static bool ended_otherwise(
    const struct rp__tape *tape, const struct rp__taped *cut)
{
    for (uint32_t i = 0; i < tape->count; i++) {
        const struct rp__taped *other = &tape->calls[i];
        if (!was_cut_short(other) &&
            strcmp(other->call->task, cut->call->task) == 0) {
            return true;
        }
    }
    return false;
}

bool rp__tape_mend(struct rp__tape *tape)
{
    uint32_t count = 0;
    uint32_t asked_count = 0;
    for (uint32_t i = 0; i < tape->count; i++) {
        if (was_cut_short(&tape->calls[i]) &&
            !ended_otherwise(tape, &tape->calls[i])) {
            return false;
        }
    }
    for (uint32_t i = 0; i < tape->count; i++) {
        if (!was_cut_short(&tape->calls[i])) {
            tape->calls[count++] = tape->calls[i];
        }
    }
    tape->count = count;
    sort_calls(tape);
    for (uint32_t i = 0; i < tape->asked_count; i++) {
        if (tape->asked[i].resumed == NULL) {
            tape->asked[asked_count++] = tape->asked[i];
        }
    }
    tape->asked_count = asked_count;
    return true;
}

void rp__tape_fini(struct rp__tape *tape)
{
    rp_arena_free(&tape->arena);
}
