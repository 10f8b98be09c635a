/* One page that needs nothing else: matrix, gaps and how each comes about over
 * time, every scenario. */
#include <inttypes.h>
#include <string.h>

#include <reprise/json.h>

#include "sweep_report.h"
#include "sweep_timeline.h"
#include "xml.h"

static const char head[] =
    "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">\n"
    "<meta name=\"viewport\" content=\"width=device-width\">\n"
    "<style>\n"
    "body{font:15px/1.5 system-ui,sans-serif;margin:2rem auto;max-width:72rem;"
    "padding:0 1rem;color:#1b1f24;background:#fff}\n"
    "table{border-collapse:collapse;margin:1rem 0}\n"
    "th,td{padding:.25rem .6rem;border:1px solid #d0d7de;text-align:left;"
    "vertical-align:top}\n"
    "code,pre{font:13px ui-monospace,monospace;white-space:pre-wrap}\n"
    ".good{background:#dafbe1}.fair{background:#fff8c5}.bad{background:#ffdce0}"
    "\n.gap{border:1px solid #d0d7de;border-left:4px solid #cf222e;"
    "padding:.2rem 1rem;margin:1rem 0}.accepted{border-left-color:#8c959f}\n"
    "@media(prefers-color-scheme:dark){body{color:#e6edf3;background:#0d1117}"
    "th,td,.gap{border-color:#30363d}.good{background:#12361e}"
    ".fair{background:#3b300b}.bad{background:#4c1519}}\n";

static void add(struct rp_buf *out, const char *text)
{
    rp__xml_text(out, rp_str_of(text));
}

static void add_member(
    struct rp_buf *out, const cJSON *object, const char *name)
{
    add(out, rp__sweep_text(object, name));
}

static const char *shade(enum rp_verdict verdict, bool gap)
{
    if (gap || verdict >= RP_VERDICT_NONDETERMINISTIC) {
        return "bad";
    }
    return verdict <= RP_VERDICT_FELL_BACK ? "good" : "fair";
}

static void add_row(struct rp_buf *out, const struct rp_sweep *s, uint32_t row)
{
    rp_buf_add_text(out, "<tr><th scope=\"row\">");
    add(out, s->rows[row].path);
    rp_buf_add_text(out, "</th><td>");
    add(out, s->rows[row].agent);
    rp_buf_add_text(out, "</td>");
    for (uint32_t i = 0; i < s->class_count; i++) {
        enum rp_verdict worst;
        bool gap;
        if (!rp_sweep_cell(s, row, i, &worst, &gap)) {
            rp_buf_add_text(out, "<td>-</td>");
            continue;
        }
        rp_buf_addf(out, "<td class=\"%s\">%s, %s%s</td>", shade(worst, gap),
            rp_verdict_headline(worst), rp_verdict_name(worst),
            gap ? " <b>gap</b>" : "");
    }
    rp_buf_add_text(out, "</tr>\n");
}

static void add_matrix(struct rp_buf *out, const struct rp_sweep *s)
{
    rp_buf_add_text(out, "<table><thead><tr><th scope=\"col\">task</th>"
                         "<th scope=\"col\">agent</th>");
    for (uint32_t i = 0; i < s->class_count; i++) {
        rp_buf_addf(out, "<th scope=\"col\">%s</th>", s->classes[i]);
    }
    rp_buf_add_text(out, "</tr></thead><tbody>\n");
    for (uint32_t i = 0; i < s->row_count; i++) {
        add_row(out, s, i);
    }
    rp_buf_add_text(out, "</tbody></table>\n");
}

/* What shows the gap is played once more; nothing is drawn of what is neither
 * played nor stored. */
static void add_timeline(struct rp_buf *out, const struct rp__sweep_tale *tale,
    const struct rp_sweep_gap *gap)
{
    struct rp_sweep_judgement judgement;
    if (tale->rig == NULL || gap->rule_count == 0) {
        return;
    }
    rp_sweep_rig_try(&judgement, tale->rig, gap->rules, gap->rule_count);
    if (tale->rig->trace.task_count > 0) {
        rp__sweep_timeline(out, &tale->rig->baseline, &tale->rig->trace);
    }
}

static void add_gap(struct rp_buf *out, const struct rp__sweep_tale *tale,
    const cJSON *gap, uint32_t index)
{
    bool accepted = rp_json_get(gap, "accepted") != NULL;
    const char *path = rp__sweep_text(gap, "path");
    rp_buf_addf(out, "<div class=\"gap%s\"><h3>", accepted ? " accepted" : "");
    add_member(out, gap, "gap");
    rp_buf_add_text(out, " &middot; ");
    add(out, path[0] == '\0' ? "the session" : path);
    rp_buf_add_text(out, "</h3><p>");
    add_member(out, gap, "title");
    rp_buf_add_text(out, ": ");
    add_member(out, gap, "detail");
    rp_buf_add_text(out, ".</p><p>");
    add_member(out, gap, "hint");
    rp_buf_add_text(out, ".</p>\n");
    add_timeline(out, tale, &tale->sweep->gaps[index]);
    rp_buf_add_text(out, "<pre>");
    add_member(out, gap, "replay");
    rp_buf_add_text(out, "\n");
    add_member(out, gap, "live");
    rp_buf_add_text(out, "</pre>");
    if (accepted) {
        rp_buf_add_text(out, "<p>Accepted: ");
        add_member(out, gap, "accepted");
        rp_buf_add_text(out, "</p>");
    }
    rp_buf_add_text(out, "</div>\n");
}

static void add_case(struct rp_buf *out, const cJSON *entry)
{
    const cJSON *item;
    rp_buf_add_text(out, "<tr><td><code>");
    cJSON_ArrayForEach(item, rp_json_get(entry, "rules"))
    {
        add(out, item->valuestring);
        rp_buf_add_text(out, item->next == NULL ? "" : "<br>");
    }
    rp_buf_add_text(out, "</code></td><td>");
    add_member(out, entry, "headline");
    rp_buf_add_text(out, ", ");
    add_member(out, entry, "verdict");
    rp_buf_add_text(out, "</td><td>");
    cJSON_ArrayForEach(item, rp_json_get(entry, "gaps"))
    {
        add_member(out, item, "gap");
        rp_buf_add_text(out, " ");
        add_member(out, item, "path");
        rp_buf_add_text(out, "<br>");
    }
    add_member(out, entry, "note");
    rp_buf_add_text(out, "</td></tr>\n");
}

static void add_cases(struct rp_buf *out, const cJSON *doc)
{
    const cJSON *entry;
    rp_buf_add_text(out,
        "<details><summary>All scenarios</summary><table><thead><tr>"
        "<th scope=\"col\">faults</th><th scope=\"col\">verdict</th>"
        "<th scope=\"col\">gaps and notes</th></tr></thead><tbody>\n");
    cJSON_ArrayForEach(entry, rp_json_get(doc, "cases"))
    {
        add_case(out, entry);
    }
    rp_buf_add_text(out, "</tbody></table></details>\n");
}

/* ---- defences, margins, and what is left open ---- */

static void add_defences(struct rp_buf *out, const cJSON *doc)
{
    const cJSON *task;
    rp_buf_add_text(out,
        "<h2>Defences</h2>\n<table><thead><tr><th scope=\"col\">task</th>");
    for (uint32_t i = 0; i < RP_DEFENCE_COUNT; i++) {
        rp_buf_addf(out, "<th scope=\"col\">%s</th>",
            rp_defence_name((enum rp_defence)i));
    }
    rp_buf_add_text(out, "</tr></thead><tbody>\n");
    cJSON_ArrayForEach(task, rp_json_get(doc, "tasks"))
    {
        rp_buf_add_text(out, "<tr><th scope=\"row\">");
        add_member(out, task, "path");
        rp_buf_add_text(out, "</th>");
        for (uint32_t i = 0; i < RP_DEFENCE_COUNT; i++) {
            const cJSON *use = rp_json_get(rp_json_get(task, "defences"),
                rp_defence_name((enum rp_defence)i));
            const char *state = rp__sweep_text(use, "state");
            bool none = state[0] == '\0' || strcmp(state, "none") == 0;
            rp_buf_addf(out, "<td%s>%s</td>",
                strcmp(state, "effective") == 0   ? " class=\"good\""
                : strcmp(state, "unreached") == 0 ? " class=\"fair\""
                                                  : "",
                none ? "-" : state);
        }
        rp_buf_add_text(out, "</tr>\n");
    }
    rp_buf_add_text(out, "</tbody></table>\n");
}

/* Lines of text as items of a list. */
static void add_list(struct rp_buf *out, const char *title, struct rp_str lines)
{
    if (lines.len == 0) {
        return;
    }
    rp_buf_addf(out, "<h2>%s</h2>\n<ul>\n", title);
    while (lines.len > 0) {
        struct rp_str line = rp_str_cut(lines, '\n', &lines);
        if (line.len > 0) {
            rp_buf_add_text(out, "<li>");
            rp__xml_text(out, line);
            rp_buf_add_text(out, "</li>\n");
        }
    }
    rp_buf_add_text(out, "</ul>\n");
}

static void add_rest(struct rp_buf *out, const struct rp__sweep_report *report)
{
    const struct rp_sweep *s = report->tale->sweep;
    struct rp_buf lines;
    rp_buf_init(&lines, 1u << 20);
    for (uint32_t i = 0; i < s->margin_count; i++) {
        rp__sweep_margin_line(&lines, &s->margins[i]);
    }
    add_defences(out, report->doc);
    add_list(out, "Margins", rp_buf_str(&lines));
    rp_buf_reset(&lines);
    rp__sweep_foot(&lines, report->tale);
    add_list(out, "How far this goes", rp_buf_str(&lines));
    rp_buf_fini(&lines);
}

void rp__sweep_html(struct rp_buf *out, const struct rp__sweep_report *report)
{
    const struct rp_sweep *s = report->tale->sweep;
    const cJSON *gap;
    uint32_t index = 0;
    rp_buf_add_text(out, head);
    rp_buf_add_text(out, rp__sweep_timeline_style);
    rp_buf_add_text(out, "</style>\n<title>");
    add_member(out, report->doc, "plan");
    rp_buf_add_text(out, ": sweep</title></head><body>\n<h1>Sweep of ");
    add_member(out, report->doc, "plan");
    uint32_t open = rp__sweep_open_gaps(report->tale);
    rp_buf_addf(out,
        "</h1>\n<p>%" PRIu32 " scenarios of session %s, depth %" PRIu32
        ", seed %" PRIu64 ": %" PRIu32
        " gap%s. For this session, these faults and this depth only.</p>\n",
        s->case_count, report->tale->session->text, s->options.depth,
        s->options.subject.seed, open, open == 1 ? "" : "s");
    add_matrix(out, s);
    rp_buf_add_text(out, rp_json_size(rp_json_get(report->doc, "gaps")) > 0
                             ? "<h2>Gaps</h2>\n"
                             : "");
    cJSON_ArrayForEach(gap, rp_json_get(report->doc, "gaps"))
    {
        add_gap(out, report->tale, gap, index++);
    }
    add_rest(out, report);
    add_cases(out, report->doc);
    rp_buf_add_text(out, "</body></html>\n");
}
