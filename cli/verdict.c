#include "verdict.h"

#include <reprise/json.h>

/* A JSON text as a value; nothing when it is empty. */
static void add_value(cJSON *out, const char *name, struct rp_str text)
{
    struct rp_json_doc *doc = NULL;
    if (text.len > 0 && rp_json_read(&doc, text, NULL, NULL) == RP_OK) {
        rp_json_set(out, name, rp_json_copy(rp_json_root(doc)));
        rp_json_free(&doc);
    }
}

static void add_text(cJSON *out, const char *name, const char *text)
{
    if (text != NULL && text[0] != '\0') {
        rp_json_set_text(out, name, rp_str_of(text));
    }
}

static void add_divergence(cJSON *out, const struct rp_divergence *d)
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
    add_text(entry, "nearest", d->nearest);
    add_text(entry, "before", d->before);
}

cJSON *rp__verdict_new(const struct rp__session_arg *arg,
    const struct rp_session_row *row, const struct rp_verification *result,
    const char *bundle)
{
    bool verifies = result->first.kind == RP_DIVERGENCE_NONE;
    cJSON *out = cJSON_CreateObject();
    rp_json_set_text(out, "schema", RP_STR("reprise.verify/1"));
    rp_json_set_text(out, "session", rp_str_of(row->head.id.text));
    add_text(out, "bundle", bundle);
    rp_json_set_text(out, "plan", row->head.plan_name);
    rp_json_set_text(out, "status", rp_str_of(rp__session_status(arg, row)));
    rp_json_set(out, "verifies", cJSON_CreateBool(verifies));
    rp_json_set(out, "ended", cJSON_CreateBool(result->ended));
    rp_json_set_int(out, "records", (int64_t)result->records);
    rp_json_set_int(out, "decisions", (int64_t)result->decisions);
    rp_json_set_int(out, "actions", (int64_t)result->actions);
    if (!verifies) {
        add_divergence(out, &result->first);
    }
    return out;
}

cJSON *rp__verdict_error(
    const char *session, const char *bundle, const char *text)
{
    cJSON *out = cJSON_CreateObject();
    rp_json_set_text(out, "schema", RP_STR("reprise.verify/1"));
    add_text(out, "session", session);
    add_text(out, "bundle", bundle);
    rp_json_set(out, "verifies", cJSON_CreateBool(false));
    rp_json_set_text(out, "error", rp_str_of(text));
    return out;
}

const char *rp__verdict_text(const cJSON *verdict, const char *name)
{
    const cJSON *member = cJSON_GetObjectItemCaseSensitive(verdict, name);
    return cJSON_IsString(member) ? member->valuestring : "";
}

enum rp__verdict_kind rp__verdict_kind(const cJSON *verdict)
{
    if (cJSON_IsTrue(cJSON_GetObjectItemCaseSensitive(verdict, "verifies"))) {
        return RP__VERDICT_GOOD;
    }
    return rp__verdict_text(verdict, "error")[0] != '\0' ? RP__VERDICT_ERROR
                                                         : RP__VERDICT_DIVERGES;
}
