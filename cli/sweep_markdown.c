/* For a pull request: the matrix, the gaps, and what changed since an earlier
 * sweep. */
#include <inttypes.h>
#include <string.h>

#include <reprise/json.h>

#include "sweep_report.h"

/* In a cell of a table: no pipe, no line end, nothing that marks up. */
static void add_plain(struct rp_buf *out, const char *text)
{
    struct rp_buf line;
    struct rp__style plain = {.colour = false, .unicode = true};
    rp_buf_init(&line, 1u << 16);
    (void)rp__text_add(&line, rp_str_of(text), 0, &plain);
    for (size_t i = 0; i < line.len; i++) {
        if (strchr("|\\`*_<>[]#", line.ptr[i]) != NULL) {
            rp_buf_add_char(out, '\\');
        }
        rp_buf_add_char(out, line.ptr[i]);
    }
    rp_buf_fini(&line);
}

/* To be pasted: nothing marks up inside, and a pipe would end the cell. */
static void add_command(struct rp_buf *out, const char *text)
{
    bool ticks = strchr(text, '`') != NULL;
    rp_buf_add_text(out, ticks ? "`` " : "`");
    for (const char *c = text; *c != '\0'; c++) {
        rp_buf_add_text(out, *c == '|' ? "\\" : "");
        rp_buf_add_char(out, *c);
    }
    rp_buf_add_text(out, ticks ? " ``" : "`");
}

static bool is_in(const cJSON *doc, const cJSON *gap)
{
    const cJSON *other;
    cJSON_ArrayForEach(other, rp_json_get(doc, "gaps"))
    {
        if (strcmp(rp__sweep_text(other, "fingerprint"),
                rp__sweep_text(gap, "fingerprint")) == 0) {
            return true;
        }
    }
    return false;
}

static const char *news(const struct rp__sweep_report *report, const cJSON *gap)
{
    if (rp_json_get(gap, "accepted") != NULL) {
        return "accepted";
    }
    if (report->base == NULL) {
        return "";
    }
    return is_in(report->base, gap) ? "same" : "new";
}

static void add_head(struct rp_buf *out, const struct rp__sweep_report *report)
{
    const struct rp__sweep_tale *tale = report->tale;
    uint32_t open = rp__sweep_open_gaps(tale);
    rp_buf_add_text(out, "### reprise sweep of ");
    add_plain(out, rp__sweep_text(report->doc, "plan"));
    if (open == 0) {
        rp_buf_add_text(out, ": no gap\n\n");
    } else {
        rp_buf_addf(out, ": %" PRIu32 " gap%s\n\n", open, open == 1 ? "" : "s");
    }
    rp_buf_addf(out,
        "%" PRIu32 " scenarios, depth %" PRIu32 ", seed %" PRIu64 "\n\n",
        tale->sweep->case_count, tale->sweep->options.depth,
        tale->sweep->options.subject.seed);
}

static void add_matrix(struct rp_buf *out, const struct rp_sweep *s)
{
    rp_buf_add_text(out, "| task |");
    for (uint32_t i = 0; i < s->class_count; i++) {
        rp_buf_addf(out, " %s |", s->classes[i]);
    }
    rp_buf_add_text(out, "\n|---|");
    for (uint32_t i = 0; i < s->class_count; i++) {
        rp_buf_add_text(out, "---|");
    }
    for (uint32_t row = 0; row < s->row_count; row++) {
        rp_buf_add_text(out, "\n| ");
        add_plain(out, s->rows[row].path);
        rp_buf_add_text(out, " |");
        for (uint32_t i = 0; i < s->class_count; i++) {
            enum rp_verdict worst;
            bool gap;
            bool any = rp_sweep_cell(s, row, i, &worst, &gap);
            rp_buf_addf(out, " %s%s |", any ? rp_verdict_headline(worst) : "-",
                any && gap ? " **!**" : "");
        }
    }
    rp_buf_add_text(out, "\n");
}

static void add_gap(
    struct rp_buf *out, const struct rp__sweep_report *report, const cJSON *gap)
{
    rp_buf_addf(
        out, "| %s | %s | ", news(report, gap), rp__sweep_text(gap, "gap"));
    add_plain(out, rp__sweep_text(gap, "path"));
    rp_buf_add_text(out, " | ");
    add_plain(out, rp__sweep_text(gap, "title"));
    rp_buf_add_text(out, ": ");
    add_plain(out, rp__sweep_text(gap, "detail"));
    rp_buf_add_text(out, " | ");
    add_command(out, rp__sweep_text(gap, "replay"));
    rp_buf_add_text(out, " |\n");
}

static void add_fixed(struct rp_buf *out, const struct rp__sweep_report *report)
{
    const cJSON *gap;
    cJSON_ArrayForEach(gap, rp_json_get(report->base, "gaps"))
    {
        if (!is_in(report->doc, gap)) {
            rp_buf_addf(out, "| fixed | %s | ", rp__sweep_text(gap, "gap"));
            add_plain(out, rp__sweep_text(gap, "path"));
            rp_buf_add_text(out, " | ");
            add_plain(out, rp__sweep_text(gap, "title"));
            rp_buf_add_text(out, " | |\n");
        }
    }
}

/* What it rests on; a sweep that stopped early says so. */
static void add_foot(struct rp_buf *out, const struct rp__sweep_tale *tale)
{
    struct rp_buf lines;
    rp_buf_init(&lines, 1u << 20);
    rp__sweep_foot(&lines, tale);
    struct rp_str rest = rp_buf_str(&lines);
    while (rest.len > 0) {
        struct rp_str line = rp_str_cut(rest, '\n', &rest);
        if (line.len > 0) {
            char *text = rp_mem_dup(line);
            rp_buf_add_text(out, "\n- ");
            add_plain(out, text);
            rp_mem_free(text);
        }
    }
    rp_buf_add_char(out, '\n');
    rp_buf_fini(&lines);
}

void rp__sweep_markdown(
    struct rp_buf *out, const struct rp__sweep_report *report)
{
    const cJSON *gap;
    bool any = rp_json_size(rp_json_get(report->doc, "gaps")) > 0 ||
               rp_json_size(rp_json_get(report->base, "gaps")) > 0;
    add_head(out, report);
    add_matrix(out, report->tale->sweep);
    if (any) {
        rp_buf_add_text(out, "\n| | gap | at | what | shown by |\n"
                             "|---|---|---|---|---|\n");
    }
    cJSON_ArrayForEach(gap, rp_json_get(report->doc, "gaps"))
    {
        add_gap(out, report, gap);
    }
    add_fixed(out, report);
    add_foot(out, report->tale);
}
