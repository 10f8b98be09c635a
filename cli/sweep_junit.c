/* A suite for each task, a test case for each scenario that ends there. */
#include <inttypes.h>
#include <string.h>

#include <reprise/json.h>

#include "sweep_report.h"
#include "xml.h"

struct totals {
    uint32_t tests, failures, errors, skipped;
};

static bool is_one_of(const char *word, const char *const *words, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (strcmp(word, words[i]) == 0) {
            return true;
        }
    }
    return false;
}

static bool is_skipped(const char *verdict)
{
    static const char *const words[] = {
        "pruned", "not-triggered", "needs-live"};
    return is_one_of(verdict, words, RP_COUNT_OF(words));
}

static bool is_error(const char *verdict)
{
    static const char *const words[] = {"nondeterministic", "harness-error"};
    return is_one_of(verdict, words, RP_COUNT_OF(words));
}

static void add_name(struct rp_buf *out, const cJSON *entry)
{
    struct rp_buf name;
    const cJSON *rule;
    rp_buf_init(&name, 1u << 16);
    cJSON_ArrayForEach(rule, rp_json_get(entry, "rules"))
    {
        rp_buf_addf(
            &name, "%s%s", name.len == 0 ? "" : " + ", rule->valuestring);
    }
    rp__xml_attribute(out, "name", rp_buf_str(&name));
    rp_buf_fini(&name);
}

/* The entry of the gap, which has hint and command lines. */
static const cJSON *gap_at(
    const struct rp__sweep_report *report, const cJSON *finding)
{
    const cJSON *gap;
    cJSON_ArrayForEach(gap, rp_json_get(report->doc, "gaps"))
    {
        if (strcmp(rp__sweep_text(gap, "gap"),
                rp__sweep_text(finding, "gap")) == 0 &&
            strcmp(rp__sweep_text(gap, "path"),
                rp__sweep_text(finding, "path")) == 0) {
            return gap;
        }
    }
    return NULL;
}

static bool is_accepted(
    const struct rp__sweep_report *report, const cJSON *finding)
{
    return rp_json_get(gap_at(report, finding), "accepted") != NULL;
}

static void add_failure(struct rp_buf *out,
    const struct rp__sweep_report *report, const cJSON *finding)
{
    const cJSON *gap = gap_at(report, finding);
    rp_buf_add_text(out, "      <failure");
    rp__xml_attribute(out, "type", rp_str_of(rp__sweep_text(finding, "gap")));
    rp__xml_attribute(out, "message", rp_str_of(rp__sweep_text(gap, "title")));
    rp_buf_add_char(out, '>');
    rp__xml_text(out, rp_str_of(rp__sweep_text(finding, "path")));
    rp_buf_add_text(out, ": ");
    rp__xml_text(out, rp_str_of(rp__sweep_text(finding, "detail")));
    rp_buf_add_text(out, "\n");
    rp__xml_text(out, rp_str_of(rp__sweep_text(gap, "hint")));
    rp_buf_add_text(out, "</failure>\n      <system-out>");
    rp__xml_text(out, rp_str_of(rp__sweep_text(gap, "replay")));
    rp_buf_add_text(out, "\n");
    rp__xml_text(out, rp_str_of(rp__sweep_text(gap, "live")));
    rp_buf_add_text(out, "</system-out>\n");
}

static const cJSON *open_finding(
    const struct rp__sweep_report *report, const cJSON *entry)
{
    const cJSON *finding;
    cJSON_ArrayForEach(finding, rp_json_get(entry, "gaps"))
    {
        if (!is_accepted(report, finding)) {
            return finding;
        }
    }
    return NULL;
}

static void add_case(struct rp_buf *out, struct totals *totals,
    const struct rp__sweep_report *report, const cJSON *entry)
{
    const char *verdict = rp__sweep_text(entry, "verdict");
    const cJSON *finding = open_finding(report, entry);
    rp_buf_add_text(out, "    <testcase");
    rp__xml_attribute(
        out, "classname", rp_str_of(rp__sweep_text(entry, "task")));
    add_name(out, entry);
    rp_buf_add_text(out, ">\n");
    totals->tests++;
    if (is_error(verdict)) {
        rp_buf_add_text(out, "      <error");
        rp__xml_attribute(
            out, "message", rp_str_of(rp__sweep_text(entry, "note")));
        rp_buf_add_text(out, "/>\n");
        totals->errors++;
    } else if (finding != NULL) {
        add_failure(out, report, finding);
        totals->failures++;
    } else if (is_skipped(verdict)) {
        rp_buf_add_text(out, "      <skipped");
        rp__xml_attribute(
            out, "message", rp_str_of(rp__sweep_text(entry, "note")));
        rp_buf_add_text(out, "/>\n");
        totals->skipped++;
    }
    rp_buf_add_text(out, "    </testcase>\n");
}

static void add_totals(struct rp_buf *out, const struct totals *totals)
{
    rp_buf_addf(out,
        " tests=\"%" PRIu32 "\" failures=\"%" PRIu32 "\" errors=\"%" PRIu32
        "\" skipped=\"%" PRIu32 "\">\n",
        totals->tests, totals->failures, totals->errors, totals->skipped);
}

static void add_suite(struct rp_buf *out, const struct rp__sweep_report *report,
    const cJSON *task)
{
    const char *path = rp__sweep_text(task, "path");
    struct totals totals = {0};
    struct rp_buf cases;
    const cJSON *entry;
    rp_buf_init(&cases, out->max_bytes);
    cJSON_ArrayForEach(entry, rp_json_get(report->doc, "cases"))
    {
        if (strcmp(rp__sweep_text(entry, "task"), path) == 0) {
            add_case(&cases, &totals, report, entry);
        }
    }
    rp_buf_add_text(out, "  <testsuite");
    rp__xml_attribute(
        out, "name", path[0] == '\0' ? RP_STR("session") : rp_str_of(path));
    add_totals(out, &totals);
    rp_buf_add(out, rp_buf_str(&cases));
    rp_buf_add_text(out, "  </testsuite>\n");
    rp_buf_fini(&cases);
}

void rp__sweep_junit(struct rp_buf *out, const struct rp__sweep_report *report)
{
    const cJSON *task;
    rp_buf_add_text(out, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
                         "<testsuites name=\"reprise sweep\">\n");
    cJSON_ArrayForEach(task, rp_json_get(report->doc, "tasks"))
    {
        add_suite(out, report, task);
    }
    rp_buf_add_text(out, "</testsuites>\n");
}
