#include <reprise/fault_example.h>

#include <inttypes.h>

#include <reprise/fault_rule.h>
#include <reprise/mem.h>
#include <reprise/schema.h>

/* Each fault of an output finds a place in it. */
static const char example[] =
    "{\"id\": \"p-17\", \"status\": \"final\", \"taken\": "
    "\"2026-01-31T09:00Z\","
    "\n \"list\": [{\"code\": \"a\", \"n\": 12, \"dose\": \"5 mg\"}, "
    "{\"code\": \"b\", \"n\": 7, \"dose\": \"1 g\"}],"
    "\n \"note\": \"caf\xC3\xA9 twice \\\"a day\\\" was seen\", \"ok\": true,"
    "\n \"by\": {\"name\": \"lab\"}, \"confidence\": 0.4, "
    "\"sources\": [\"lab-1\"]}\n";

static const char contract[] =
    "{\"type\":\"object\",\"additionalProperties\":false,"
    "\"required\":[\"id\",\"status\",\"taken\",\"list\",\"note\",\"ok\",\"by\","
    "\"confidence\",\"sources\"],\"properties\":{"
    "\"id\":{\"type\":\"string\",\"minLength\":1,\"maxLength\":80},"
    "\"status\":{\"enum\":[\"draft\",\"final\"]},"
    "\"taken\":{\"type\":\"string\",\"pattern\":"
    "\"^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}Z$\"},"
    "\"list\":{\"type\":\"array\",\"minItems\":1,\"maxItems\":50,"
    "\"items\":{\"type\":\"object\",\"required\":[\"code\",\"n\",\"dose\"],"
    "\"additionalProperties\":false,\"properties\":{"
    "\"code\":{\"type\":\"string\",\"minLength\":1},"
    "\"n\":{\"type\":\"integer\",\"minimum\":0},"
    "\"dose\":{\"type\":\"string\"}}}},"
    "\"note\":{\"type\":\"string\",\"minLength\":1},"
    "\"ok\":{\"type\":\"boolean\"},"
    "\"by\":{\"type\":\"object\",\"required\":[\"name\"]},"
    "\"confidence\":{\"type\":\"number\",\"minimum\":0,\"maximum\":1},"
    "\"sources\":{\"type\":\"array\",\"items\":{\"type\":\"string\"}}}}";

static const struct {
    enum rp_fault_kind kind;
    const char *at, *lenient;
} readers[] = {
#define RP_FAULT_READER(NAME, at, lenient) {RP_FAULT_##NAME, at, lenient},
#include <reprise/fault_reader.def>
#undef RP_FAULT_READER
};

static size_t row_of(enum rp_fault_kind kind)
{
    size_t i = 0;
    while (i < RP_COUNT_OF(readers) && readers[i].kind != kind) {
        i++;
    }
    return i;
}

const char *rp_fault_example(void)
{
    return example;
}

bool rp_fault_example_changed(struct rp_buf *out, enum rp_fault_kind kind)
{
    size_t row = row_of(kind);
    if (row == RP_COUNT_OF(readers)) {
        return false;
    }
    struct rp_fault_rules *rules = rp_mem_zalloc(sizeof(*rules));
    struct rp_buf text;
    rp_buf_init(&text, RP_FAULT_TEXT_MAX);
    bool placed = readers[row].at[0] != '\0';
    rp_buf_addf(&text, "x : %s%s%s%s", rp_fault_name(kind),
        placed ? "(at=" : "", readers[row].at, placed ? ")" : "");
    enum rp_code rc = rp_fault_rule_add(rules, rp_buf_str(&text), NULL);
    RP_ASSERT(rc == RP_OK); /* it is ours */
    bool changed =
        rp_fault_change(out, &rules->items[0], rp_str_of(example), 7);
    rp_buf_fini(&text);
    rp_mem_free(rules);
    return changed;
}

const char *rp_fault_read_leniently(enum rp_fault_kind kind)
{
    size_t row = row_of(kind);
    return row == RP_COUNT_OF(readers) ? NULL : readers[row].lenient;
}

/* ---- strictly ---- */

static void take_first(
    void *context, const struct rp_schema_violation *violation)
{
    struct rp_buf *out = context;
    rp_buf_addf(out, "refuses it by its contract: %s%s%s",
        violation->instance_pointer,
        violation->instance_pointer[0] == '\0' ? "" : ": ", violation->message);
}

static void judge(struct rp_buf *out, const cJSON *instance)
{
    struct rp_json_doc *doc = NULL;
    struct rp_schema *schema = NULL;
    bool valid = false;
    enum rp_code rc = rp_json_read(&doc, rp_str_of(contract), NULL, NULL);
    RP_ASSERT(rc == RP_OK);
    rc = rp_schema_compile(&schema, rp_json_root(doc), NULL, NULL);
    RP_ASSERT(rc == RP_OK);
    rc = rp_schema_judge(schema, instance, &valid, 1, take_first, out, NULL);
    if (rc != RP_OK) {
        rp_buf_add_text(out, "refuses it: it is too much to judge");
    } else if (valid) {
        rp_buf_add_text(out, "takes it: its form is as asked for");
    }
    rp_schema_free(&schema);
    rp_json_free(&doc);
}

void rp_fault_read_strictly(struct rp_buf *out, struct rp_str changed)
{
    struct rp_json_doc *doc = NULL;
    struct rp_json_error error;
    struct rp_json_options options = RP_JSON_OPTIONS_INIT;
    options.duplicates = RP_JSON_DUPLICATES_REFUSE;
    if (rp_json_read(&doc, changed, &options, &error) != RP_OK) {
        rp_buf_addf(out, "refuses it: %s at line %" PRIu32 ", column %" PRIu32,
            error.message, error.place.line, error.place.column);
        return;
    }
    judge(out, rp_json_root(doc));
    rp_json_free(&doc);
}
