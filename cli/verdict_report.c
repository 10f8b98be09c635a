#include "verdict_report.h"

#include <inttypes.h>
#include <string.h>

#include <reprise/json.h>

#include "out.h"
#include "phrase.h"
#include "term.h"
#include "xml.h"

#define SHOWN_COLUMNS_MAX 600 /* of one JSON text, for people */

struct rp__verdict_format {
    const char *name;
    void (*add)(struct rp__verdict_report *report, const cJSON *verdict);
    void (*end)(struct rp__verdict_report *report);
    bool streams; /* a verdict is written as it comes */
};

static int64_t number(const cJSON *object, const char *name)
{
    int64_t value = 0;
    bool told = rp_json_int64(rp_json_get(object, name), &value);
    return told ? value : 0;
}

static void add_counts(struct rp_buf *out, const cJSON *verdict)
{
    rp__text_count(out, number(verdict, "records"), "record");
    rp_buf_add_text(out, ", ");
    rp__text_count(out, number(verdict, "decisions"), "decision");
    rp_buf_add_text(out, ", ");
    rp__text_count(out, number(verdict, "actions"), "action");
}

static const char *short_id(const cJSON *verdict)
{
    const char *id = rp__verdict_text(verdict, "session");
    size_t len = strlen(id);
    return len > RP__SHORT_ID_LEN ? id + len - RP__SHORT_ID_LEN : id;
}

/* ---- text ---- */

static void add_line(
    struct rp__verdict_report *report, const char *label, struct rp_str text)
{
    if (text.len > 0) {
        rp_buf_addf(&report->out, "  %-9s ", label);
        (void)rp__text_add(
            &report->out, text, SHOWN_COLUMNS_MAX, &report->style);
        rp_buf_add_char(&report->out, '\n');
    }
}

static void add_value(
    struct rp__verdict_report *report, const char *label, const cJSON *value)
{
    struct rp_buf text;
    if (value == NULL) {
        return;
    }
    rp_buf_init(&text, RP__OUT_BYTES_MAX);
    rp_json_write_text(&text, value);
    add_line(report, label, rp_buf_str(&text));
    rp_buf_fini(&text);
}

static void add_id(struct rp__verdict_report *report, const cJSON *verdict)
{
    rp__text_begin(&report->out, RP__BOLD, &report->style);
    rp_buf_add_text(&report->out, short_id(verdict));
    rp__text_end(&report->out, &report->style);
}

static void add_good(struct rp__verdict_report *report, const cJSON *verdict)
{
    const char *status = rp__verdict_text(verdict, "status");
    add_id(report, verdict);
    rp_buf_add_text(&report->out, " verifies: ");
    add_counts(&report->out, verdict);
    if (!cJSON_IsTrue(rp_json_get(verdict, "ended"))) {
        rp_buf_addf(&report->out, "; it %s",
            strcmp(status, "running") == 0 ? "runs" : "did not end");
    }
    rp_buf_add_char(&report->out, '\n');
}

/* "6PB5MY diverges at record 7: decision" */
static void add_verdict_line(struct rp__verdict_report *report,
    const cJSON *verdict, const cJSON *divergence)
{
    const char *class = rp__verdict_text(divergence, "class");
    bool damaged = strcmp(class, "damaged") == 0;
    int64_t record = number(divergence, "record");
    add_id(report, verdict);
    rp_buf_add_char(&report->out, ' ');
    rp__text_begin(&report->out, RP__RED, &report->style);
    rp_buf_add_text(&report->out, damaged ? "is damaged" : "diverges");
    rp__text_end(&report->out, &report->style);
    if (record == 0) {
        rp_buf_add_text(&report->out, " at its head: ");
    } else {
        rp_buf_addf(&report->out, " at record %" PRId64 ": ", record);
    }
    const char *what = damaged ? rp__verdict_text(divergence, "what") : class;
    (void)rp__text_add(&report->out, rp_str_of(what), 0, &report->style);
    rp_buf_add_char(&report->out, '\n');
}

static void add_block(struct rp__verdict_report *report, const cJSON *verdict)
{
    const cJSON *d = rp_json_get(verdict, "divergence");
    const cJSON *line;
    const char *path = rp__verdict_text(d, "path");
    const char *label = "differs";
    add_verdict_line(report, verdict, d);
    if (strcmp(rp__verdict_text(d, "class"), "damaged") == 0) {
        return;
    }
    add_line(report, "what", rp_str_of(rp__verdict_text(d, "what")));
    add_line(report, "path",
        path[0] == '\0' ? RP_STR("the session") : rp_str_of(path));
    add_line(report, "lane", rp_str_of(rp__verdict_text(d, "lane")));
    add_value(report, "recorded", rp_json_get(d, "recorded"));
    add_value(report, "now", rp_json_get(d, "now"));
    cJSON_ArrayForEach(line, rp_json_get(d, "differences"))
    {
        add_line(report, label, rp_str_of(line->valuestring));
        label = "";
    }
    add_line(report, "nearest", rp_str_of(rp__verdict_text(d, "nearest")));
    add_line(report, "before", rp_str_of(rp__verdict_text(d, "before")));
    rp_buf_addf(&report->out, "  %-9s ", "equal");
    add_counts(&report->out, verdict);
    rp_buf_add_text(&report->out, " before it\n");
}

static void add_text(struct rp__verdict_report *report, const cJSON *verdict)
{
    switch (rp__verdict_kind(verdict)) {
    case RP__VERDICT_GOOD:
        add_good(report, verdict);
        return;
    case RP__VERDICT_DIVERGES:
        add_block(report, verdict);
        return;
    case RP__VERDICT_ERROR: /* was told on standard error */
        return;
    }
}

static void end_nothing(struct rp__verdict_report *report)
{
    (void)report;
}

/* ---- JSON lines ---- */

static void add_json(struct rp__verdict_report *report, const cJSON *verdict)
{
    rp_json_write_text(&report->out, verdict);
    rp_buf_add_char(&report->out, '\n');
}

/* ---- JUnit ---- */

static void add_failure(struct rp_buf *out, const cJSON *verdict)
{
    const cJSON *d = rp_json_get(verdict, "divergence");
    struct rp_buf text;
    rp_buf_init(&text, RP__OUT_BYTES_MAX);
    rp_json_write_pretty(&text, d);
    rp_buf_add_text(out, "      <failure");
    rp__xml_attribute(out, "type", rp_str_of(rp__verdict_text(d, "class")));
    rp__xml_attribute(out, "message", rp_str_of(rp__verdict_text(d, "what")));
    rp_buf_add_char(out, '>');
    rp__xml_text(out, rp_buf_str(&text));
    rp_buf_add_text(out, "</failure>\n");
    rp_buf_fini(&text);
}

static struct rp_str place_of(const cJSON *verdict)
{
    const char *bundle = rp__verdict_text(verdict, "bundle");
    return bundle[0] == '\0' ? RP_STR("store") : rp_str_of(bundle);
}

static void add_junit(struct rp__verdict_report *report, const cJSON *verdict)
{
    struct rp_buf *out = &report->out;
    const char *session = rp__verdict_text(verdict, "session");
    rp_buf_add_text(out, "    <testcase");
    rp__xml_attribute(out, "classname", place_of(verdict));
    rp__xml_attribute(out, "name",
        session[0] == '\0' ? place_of(verdict) : rp_str_of(session));
    rp_buf_add_text(out, ">\n");
    switch (rp__verdict_kind(verdict)) {
    case RP__VERDICT_GOOD:
        break;
    case RP__VERDICT_DIVERGES:
        add_failure(out, verdict);
        break;
    case RP__VERDICT_ERROR:
        rp_buf_add_text(out, "      <error");
        rp__xml_attribute(
            out, "message", rp_str_of(rp__verdict_text(verdict, "error")));
        rp_buf_add_text(out, "/>\n");
        break;
    }
    rp_buf_add_text(out, "    </testcase>\n");
}

static uint32_t total(const struct rp__verdict_report *report)
{
    return report->counts[RP__VERDICT_GOOD] +
           report->counts[RP__VERDICT_DIVERGES] +
           report->counts[RP__VERDICT_ERROR];
}

static void end_junit(struct rp__verdict_report *report)
{
    struct rp_buf whole;
    rp_buf_init(&whole, 2 * RP__OUT_BYTES_MAX);
    rp_buf_addf(&whole,
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites>\n"
        "  <testsuite name=\"reprise verify\" tests=\"%" PRIu32
        "\" failures=\"%" PRIu32 "\" errors=\"%" PRIu32 "\">\n",
        total(report), report->counts[RP__VERDICT_DIVERGES],
        report->counts[RP__VERDICT_ERROR]);
    rp_buf_add(&whole, rp_buf_str(&report->out));
    rp_buf_add_text(&whole, "  </testsuite>\n</testsuites>\n");
    rp_buf_fini(&report->out);
    report->out = whole;
}

/* ---- Markdown ---- */

/* In a cell of a table: no pipe, no line end, nothing that marks up. */
static void add_cell(struct rp__verdict_report *report, struct rp_str text)
{
    struct rp_buf line;
    struct rp__style plain = {.colour = false, .unicode = true};
    rp_buf_init(&line, RP__OUT_BYTES_MAX);
    (void)rp__text_add(&line, text, SHOWN_COLUMNS_MAX, &plain);
    rp_buf_add_text(&report->out, "| ");
    for (size_t i = 0; i < line.len; i++) {
        if (strchr("|\\`*_<>[]#", line.ptr[i]) != NULL) {
            rp_buf_add_char(&report->out, '\\');
        }
        rp_buf_add_char(&report->out, line.ptr[i]);
    }
    rp_buf_add_char(&report->out, ' ');
    rp_buf_fini(&line);
}

static void add_markdown(
    struct rp__verdict_report *report, const cJSON *verdict)
{
    const cJSON *d = rp_json_get(verdict, "divergence");
    enum rp__verdict_kind kind = rp__verdict_kind(verdict);
    struct rp_buf what;
    if (kind == RP__VERDICT_GOOD) {
        return;
    }
    rp_buf_init(&what, RP__OUT_BYTES_MAX);
    if (kind == RP__VERDICT_ERROR) {
        rp_buf_add_text(&what, rp__verdict_text(verdict, "error"));
    } else {
        rp_buf_addf(&what, "record %" PRId64 ": %s", number(d, "record"),
            rp__verdict_text(d, "what"));
    }
    add_cell(report, rp_str_of(short_id(verdict)));
    add_cell(report, place_of(verdict));
    add_cell(report, rp_str_of(rp__verdict_text(verdict, "plan")));
    add_cell(report, kind == RP__VERDICT_ERROR
                         ? RP_STR("error")
                         : rp_str_of(rp__verdict_text(d, "class")));
    add_cell(report, rp_buf_str(&what));
    rp_buf_add_text(&report->out, "|\n");
    rp_buf_fini(&what);
}

static void end_markdown(struct rp__verdict_report *report)
{
    struct rp_buf whole;
    uint32_t good = report->counts[RP__VERDICT_GOOD];
    uint32_t all = total(report);
    rp_buf_init(&whole, 2 * RP__OUT_BYTES_MAX);
    rp_buf_addf(&whole,
        "### reprise verify: %" PRIu32 " of %" PRIu32 " verify\n", good, all);
    if (good < all) {
        rp_buf_add_text(&whole, "\n| session | in | plan | class | what |\n"
                                "|---|---|---|---|---|\n");
        rp_buf_add(&whole, rp_buf_str(&report->out));
    }
    rp_buf_fini(&report->out);
    report->out = whole;
}

/* ---- all ---- */

static const struct rp__verdict_format formats[] = {
    {"text", add_text, end_nothing, true},
    {"json", add_json, end_nothing, true},
    {"junit", add_junit, end_junit, false},
    {"markdown", add_markdown, end_markdown, false},
};

bool rp__verdict_report_init(
    struct rp__verdict_report *report, const char *format)
{
    *report = (struct rp__verdict_report){.style = rp__term_of(1).style};
    rp_buf_init(&report->out, RP__OUT_BYTES_MAX);
    for (size_t i = 0; i < RP_COUNT_OF(formats); i++) {
        if (strcmp(formats[i].name, format) == 0) {
            report->format = &formats[i];
            return true;
        }
    }
    return false;
}

void rp__verdict_report_fini(struct rp__verdict_report *report)
{
    rp_buf_fini(&report->out);
}

static bool write_out(struct rp__verdict_report *report)
{
    bool good = rp__out_write("verify", rp_buf_str(&report->out));
    rp_buf_reset(&report->out);
    return good;
}

bool rp__verdict_report_add(
    struct rp__verdict_report *report, const cJSON *verdict)
{
    report->counts[rp__verdict_kind(verdict)]++;
    report->format->add(report, verdict);
    return !report->format->streams || write_out(report);
}

bool rp__verdict_report_end(struct rp__verdict_report *report)
{
    report->format->end(report);
    return write_out(report);
}
