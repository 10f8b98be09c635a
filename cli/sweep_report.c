#include "sweep_report.h"

#include <string.h>

#include <reprise/json.h>

static void write_json(
    struct rp_buf *out, const struct rp__sweep_report *report)
{
    rp_json_write_text(out, report->doc);
    rp_buf_add_char(out, '\n');
}

/* A scenario a line; the last line is everything else. */
static void write_jsonl(
    struct rp_buf *out, const struct rp__sweep_report *report)
{
    const cJSON *member;
    cJSON *rest = cJSON_CreateObject();
    cJSON_ArrayForEach(member, rp_json_get(report->doc, "cases"))
    {
        rp_json_write_text(out, member);
        rp_buf_add_char(out, '\n');
    }
    cJSON_ArrayForEach(member, report->doc)
    {
        if (strcmp(member->string, "cases") != 0) {
            rp_json_add(rest, member->string, rp_json_copy(member));
        }
    }
    rp_json_write_text(out, rest);
    rp_buf_add_char(out, '\n');
    cJSON_Delete(rest);
}

static const struct {
    const char *name;
    rp__sweep_format *write;
} formats[] = {
    {"json", write_json},
    {"jsonl", write_jsonl},
    {"junit", rp__sweep_junit},
    {"sarif", rp__sweep_sarif},
    {"markdown", rp__sweep_markdown},
    {"html", rp__sweep_html},
};

rp__sweep_format *rp__sweep_format_of(const char *name)
{
    for (size_t i = 0; i < RP_COUNT_OF(formats); i++) {
        if (strcmp(formats[i].name, name) == 0) {
            return formats[i].write;
        }
    }
    return NULL;
}
