/* Two bars for each task: as it went without faults, and as it went under them;
 * a piece for each attempt. All that is drawn is also in words. */
#include "sweep_timeline.h"

#include <inttypes.h>
#include <string.h>

#include "xml.h"

#define WIDTH 1000
#define LABELS 230 /* of it, for names */
#define ROW 34     /* of one task */
#define BAR 12
#define TOP 26 /* for the times */
#define TICKS 4
#define PIECE_MIN 3 /* what takes no time is seen all the same */

const char rp__sweep_timeline_style[] =
    ".tl{width:100%;height:auto;font:12px system-ui,sans-serif}"
    ".tl text{fill:currentColor}.tl .grid{stroke:#d0d7de}"
    ".tl .was{fill:#8c959f}.tl .ok{fill:#2da44e}.tl .ko{fill:#cf222e}"
    ".tl .hit{stroke:#bf8700;stroke-width:3}"
    ".tl .parts{stroke:#8250df;stroke-width:2;stroke-dasharray:5 4}\n";

struct drawing {
    struct rp_buf *out;
    const struct rp_sweep_trace *without, *under;
    int64_t end_ns;
};

/* ---- times ---- */

static int64_t last_of(const struct rp_sweep_trace *trace)
{
    int64_t last = 1;
    for (uint32_t i = 0; i < trace->task_count; i++) {
        const struct rp_sweep_task *task = &trace->tasks[i];
        for (uint32_t k = 0; k < task->attempt_count; k++) {
            const struct rp_sweep_attempt *a = &task->attempts[k];
            int64_t end = a->began.ns + a->took.ns;
            last = end > last ? end : last;
        }
    }
    return trace->ended.ns != RP_INSTANT_NEVER.ns && trace->ended.ns > last
               ? trace->ended.ns
               : last;
}

static int64_t x_of(const struct drawing *d, int64_t at_ns)
{
    double share = (double)at_ns / (double)d->end_ns;
    return LABELS + (int64_t)(share * (WIDTH - LABELS - 10));
}

static void add_time(struct rp_buf *out, int64_t ns)
{
    rp_duration_show(out, (struct rp_duration){ns});
}

/* ---- where they part ---- */

static bool is_same(
    const struct rp_sweep_attempt *a, const struct rp_sweep_attempt *b)
{
    return a->began.ns == b->began.ns && a->took.ns == b->took.ns &&
           a->reason == b->reason && a->rules == b->rules && !b->altered;
}

/* From when on a task went otherwise; INT64_MAX: it did not. */
static int64_t parting_of(
    const struct rp_sweep_task *was, const struct rp_sweep_task *is)
{
    for (uint32_t i = 0; i < is->attempt_count; i++) {
        const struct rp_sweep_attempt *now = &is->attempts[i];
        if (was == NULL || i >= was->attempt_count) {
            return now->began.ns;
        }
        const struct rp_sweep_attempt *then = &was->attempts[i];
        if (!is_same(then, now)) {
            int64_t took =
                then->took.ns < now->took.ns ? then->took.ns : now->took.ns;
            return now->began.ns != then->began.ns ? now->began.ns
                                                   : now->began.ns + took;
        }
    }
    return INT64_MAX;
}

static const struct rp_sweep_task *first_parting(
    const struct drawing *d, int64_t *at_ns)
{
    const struct rp_sweep_task *first = NULL;
    *at_ns = INT64_MAX;
    for (uint32_t i = 0; i < d->under->task_count; i++) {
        const struct rp_sweep_task *task = &d->under->tasks[i];
        int64_t at =
            parting_of(rp_sweep_trace_task(d->without, task->path), task);
        if (at < *at_ns) {
            *at_ns = at;
            first = task;
        }
    }
    return first;
}

/* ---- drawing ---- */

static void add_text(struct rp_buf *out, const char *text)
{
    rp__xml_text(out, rp_str_of(text));
}

static void add_title(
    struct rp_buf *out, const char *when, uint32_t number, int64_t took_ns)
{
    rp_buf_addf(out, "<title>%s: attempt %" PRIu32 ", ", when, number);
    add_time(out, took_ns);
    rp_buf_add_text(out, ", ");
}

static void add_piece(const struct drawing *d, const struct rp_sweep_attempt *a,
    uint32_t number, int64_t y, bool was)
{
    int64_t from = x_of(d, a->began.ns);
    int64_t width = x_of(d, a->began.ns + a->took.ns) - from;
    const char *kind = was ? "was" : a->reason == RP_REASON_OK ? "ok" : "ko";
    rp_buf_addf(d->out,
        "<rect class=\"%s%s\" x=\"%" PRId64 "\" y=\"%" PRId64
        "\" width=\"%" PRId64 "\" height=\"%d\">",
        kind, a->rules != 0 ? " hit" : "", from, y,
        width < PIECE_MIN ? PIECE_MIN : width, BAR);
    add_title(d->out, was ? "without faults" : "under the faults", number,
        a->took.ns);
    add_text(d->out, rp_reason_name(a->reason));
    rp_buf_add_text(d->out,
        a->rules != 0 ? ", fault injected</title></rect>" : "</title></rect>");
}

static void add_bar(const struct drawing *d, const struct rp_sweep_task *task,
    int64_t y, bool was)
{
    for (uint32_t i = 0; task != NULL && i < task->attempt_count; i++) {
        add_piece(d, &task->attempts[i], i + 1, y, was);
    }
}

static void add_row(
    const struct drawing *d, const struct rp_sweep_task *task, uint32_t row)
{
    int64_t y = TOP + (int64_t)row * ROW;
    rp_buf_addf(d->out, "<text x=\"0\" y=\"%" PRId64 "\">", y + ROW / 2 + 2);
    add_text(d->out, task->path);
    rp_buf_add_text(d->out, "</text>");
    add_bar(d, rp_sweep_trace_task(d->without, task->path), y + 3, true);
    add_bar(
        d, rp_sweep_trace_task(d->under, task->path), y + 3 + BAR + 2, false);
    rp_buf_add_char(d->out, '\n');
}

static void add_grid(const struct drawing *d, int64_t height)
{
    for (int i = 0; i <= TICKS; i++) {
        int64_t at_ns = d->end_ns / TICKS * i;
        int64_t x = x_of(d, at_ns);
        rp_buf_addf(d->out,
            "<line class=\"grid\" x1=\"%" PRId64 "\" y1=\"%d\" x2=\"%" PRId64
            "\" y2=\"%" PRId64 "\"/><text x=\"%" PRId64
            "\" y=\"14\" text-anchor=\"%s\">",
            x, TOP - 6, x, height, x,
            i == TICKS ? "end"
            : i == 0   ? "start"
                       : "middle");
        add_time(d->out, at_ns);
        rp_buf_add_text(d->out, "</text>");
    }
    rp_buf_add_char(d->out, '\n');
}

/* Those that only one of the two has come last. */
static uint32_t add_rows(const struct drawing *d)
{
    uint32_t rows = 0;
    for (uint32_t i = 0; i < d->without->task_count; i++) {
        add_row(d, &d->without->tasks[i], rows++);
    }
    for (uint32_t i = 0; i < d->under->task_count; i++) {
        const struct rp_sweep_task *task = &d->under->tasks[i];
        if (rp_sweep_trace_task(d->without, task->path) == NULL) {
            add_row(d, task, rows++);
        }
    }
    return rows;
}

static uint32_t count_rows(const struct drawing *d)
{
    uint32_t rows = d->without->task_count;
    for (uint32_t i = 0; i < d->under->task_count; i++) {
        rows += rp_sweep_trace_task(d->without, d->under->tasks[i].path) == NULL
                    ? 1
                    : 0;
    }
    return rows;
}

static void add_end(
    struct rp_buf *out, const char *what, const struct rp_sweep_trace *trace)
{
    rp_buf_addf(out, "%s: %s", what,
        trace->outcome == RP_OUTCOME_NONE ? "no end"
                                          : rp_outcome_name(trace->outcome));
    if (trace->ended.ns != RP_INSTANT_NEVER.ns) {
        rp_buf_add_text(out, " in ");
        add_time(out, trace->ended.ns);
    }
    rp_buf_add_text(out, ". ");
}

void rp__sweep_timeline(struct rp_buf *out,
    const struct rp_sweep_trace *without, const struct rp_sweep_trace *under)
{
    struct drawing d = {out, without, under, last_of(without)};
    int64_t under_ns = last_of(under);
    int64_t parting_ns;
    d.end_ns = under_ns > d.end_ns ? under_ns : d.end_ns;
    const struct rp_sweep_task *first = first_parting(&d, &parting_ns);
    int64_t height = TOP + (int64_t)count_rows(&d) * ROW + 4;
    rp_buf_addf(out,
        "<svg class=\"tl\" role=\"img\" aria-label=\"attempts of each task, "
        "without faults above and under them below\" viewBox=\"0 0 %d "
        "%" PRId64 "\">\n",
        WIDTH, height);
    add_grid(&d, height);
    (void)add_rows(&d);
    if (first != NULL) {
        int64_t x = x_of(&d, parting_ns);
        rp_buf_addf(out,
            "<line class=\"parts\" x1=\"%" PRId64 "\" y1=\"%d\" x2=\"%" PRId64
            "\" y2=\"%" PRId64 "\"/>",
            x, TOP - 6, x, height);
    }
    rp_buf_add_text(out, "</svg>\n<p>");
    add_end(out, "Without faults (grey)", without);
    add_end(out, "Under them", under);
    if (first != NULL) {
        rp_buf_add_text(out, "They part (dashed) at ");
        add_text(out, first->path);
        rp_buf_add_text(out, " after ");
        add_time(out, parting_ns);
        rp_buf_add_text(out, ".");
    }
    rp_buf_add_text(out, "</p>\n");
}
