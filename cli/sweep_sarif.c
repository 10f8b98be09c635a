/* SARIF 2.1.0: a rule for each kind of gap, a result for each gap, which points
 * at the line of the plan where the defence would stand. */
#include <string.h>

#include <reprise/json.h>

#include "sweep_report.h"

#define URI "https://docs.oasis-open.org/sarif/sarif/v2.1.0/os/schemas/"

static void set_text(cJSON *object, const char *name, const char *text)
{
    rp_json_set_text(object, name, rp_str_of(text));
}

static void set_message(cJSON *object, const char *name, const char *text)
{
    cJSON *message = cJSON_CreateObject();
    set_text(message, "text", text);
    rp_json_set(object, name, message);
}

/* ---- where in the plan ---- */

/* The agent of a task is where its limits and its contract are. */
static const char *agent_of(const cJSON *doc, const char *path)
{
    const cJSON *task;
    cJSON_ArrayForEach(task, rp_json_get(doc, "tasks"))
    {
        if (strcmp(rp__sweep_text(task, "path"), path) == 0) {
            return rp__sweep_text(task, "agent");
        }
    }
    return NULL;
}

static const cJSON *node_named(const cJSON *node, const char *id)
{
    const cJSON *child;
    if (strcmp(rp__sweep_text(node, "id"), id) == 0) {
        return node;
    }
    cJSON_ArrayForEach(child, rp_json_get(node, "sequence"))
    {
        const cJSON *found = node_named(child, id);
        if (found != NULL) {
            return found;
        }
    }
    cJSON_ArrayForEach(child, rp_json_get(node, "parallel"))
    {
        if (child->string != NULL && strcmp(child->string, id) == 0) {
            return child;
        }
        const cJSON *found = node_named(child, id);
        if (found != NULL) {
            return found;
        }
    }
    return NULL;
}

static const cJSON *place_of(
    const cJSON *plan, const cJSON *doc, const char *path)
{
    const char *agent = agent_of(doc, path);
    const char *slash = strrchr(path, '/');
    if (agent != NULL) {
        return rp_json_get(rp_json_get(plan, "agents"), agent);
    }
    const cJSON *node =
        node_named(rp_json_get(plan, "flow"), slash == NULL ? path : slash + 1);
    return node == NULL ? rp_json_get(plan, "flow") : node;
}

static cJSON *region_of(const struct rp__sweep_report *report, const char *path)
{
    struct rp_json_options options = RP_JSON_OPTIONS_INIT;
    struct rp_json_doc *plan = NULL;
    cJSON *region = NULL;
    options.comments = true;
    if (report->tale->plan_text.len == 0 ||
        rp_json_read(&plan, report->tale->plan_text, &options, NULL) != RP_OK) {
        return NULL;
    }
    const cJSON *at = place_of(rp_json_root(plan), report->doc, path);
    if (at != NULL) {
        struct rp_json_span span = rp_json_span_of(at, report->tale->plan_text);
        region = cJSON_CreateObject();
        rp_json_set_int(region, "startLine", span.begin.line);
        rp_json_set_int(region, "startColumn", span.begin.column);
    }
    rp_json_free(&plan);
    return region;
}

static cJSON *location_of(
    const struct rp__sweep_report *report, const char *path)
{
    cJSON *location = cJSON_CreateObject();
    cJSON *logical = cJSON_CreateObject();
    cJSON *region = region_of(report, path);
    if (region != NULL) {
        cJSON *physical = cJSON_CreateObject();
        cJSON *artifact = cJSON_CreateObject();
        set_text(artifact, "uri", report->tale->plan_file);
        rp_json_set(physical, "artifactLocation", artifact);
        rp_json_set(physical, "region", region);
        rp_json_set(location, "physicalLocation", physical);
    }
    set_text(logical, "fullyQualifiedName", path[0] == '\0' ? "session" : path);
    cJSON *all = cJSON_CreateArray();
    cJSON_AddItemToArray(all, logical);
    rp_json_set(location, "logicalLocations", all);
    return location;
}

/* ---- results ---- */

static void set_text_of(cJSON *result, const cJSON *gap)
{
    struct rp_buf text;
    rp_buf_init(&text, 1u << 16);
    const char *path = rp__sweep_text(gap, "path");
    rp_buf_addf(&text, "%s: %s: %s. %s. Shown by: %s",
        path[0] == '\0' ? "the session" : path, rp__sweep_text(gap, "title"),
        rp__sweep_text(gap, "detail"), rp__sweep_text(gap, "hint"),
        rp__sweep_text(gap, "replay"));
    set_message(result, "message", text.ptr);
    rp_buf_fini(&text);
}

static cJSON *result_of(const struct rp__sweep_report *report, const cJSON *gap)
{
    cJSON *result = cJSON_CreateObject();
    cJSON *prints = cJSON_CreateObject();
    cJSON *locations = cJSON_CreateArray();
    set_text(result, "ruleId", rp__sweep_text(gap, "gap"));
    set_text(result, "level", "error");
    set_text_of(result, gap);
    cJSON_AddItemToArray(
        locations, location_of(report, rp__sweep_text(gap, "path")));
    rp_json_set(result, "locations", locations);
    set_text(prints, "reprise/v1", rp__sweep_text(gap, "fingerprint"));
    rp_json_set(result, "partialFingerprints", prints);
    if (rp_json_get(gap, "accepted") != NULL) {
        cJSON *list = cJSON_CreateArray();
        cJSON *entry = cJSON_CreateObject();
        set_text(entry, "kind", "external");
        set_text(entry, "justification", rp__sweep_text(gap, "accepted"));
        cJSON_AddItemToArray(list, entry);
        rp_json_set(result, "suppressions", list);
    }
    return result;
}

static cJSON *rules(void)
{
    cJSON *all = cJSON_CreateArray();
    for (uint32_t i = 0; i < RP_GAP_COUNT; i++) {
        enum rp_gap_kind gap = (enum rp_gap_kind)i;
        cJSON *rule = cJSON_CreateObject();
        set_text(rule, "id", rp_gap_id(gap));
        set_message(rule, "shortDescription", rp_gap_title(gap));
        set_message(rule, "help", rp_gap_hint(gap));
        cJSON_AddItemToArray(all, rule);
    }
    return all;
}

void rp__sweep_sarif(struct rp_buf *out, const struct rp__sweep_report *report)
{
    cJSON *log = cJSON_CreateObject();
    cJSON *run = cJSON_CreateObject();
    cJSON *tool = cJSON_CreateObject();
    cJSON *driver = cJSON_CreateObject();
    cJSON *runs = cJSON_CreateArray();
    cJSON *results = cJSON_CreateArray();
    const cJSON *gap;
    set_text(driver, "name", "reprise");
    set_text(driver, "version", RP_VERSION);
    rp_json_set(driver, "rules", rules());
    rp_json_set(tool, "driver", driver);
    rp_json_set(run, "tool", tool);
    cJSON_ArrayForEach(gap, rp_json_get(report->doc, "gaps"))
    {
        cJSON_AddItemToArray(results, result_of(report, gap));
    }
    rp_json_set(run, "results", results);
    cJSON_AddItemToArray(runs, run);
    set_text(log, "$schema", URI "sarif-schema-2.1.0.json");
    set_text(log, "version", "2.1.0");
    rp_json_set(log, "runs", runs);
    rp_json_write_pretty(out, log);
    rp_buf_add_char(out, '\n');
    cJSON_Delete(log);
}
