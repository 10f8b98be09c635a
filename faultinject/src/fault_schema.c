/* The JSON Schema of one rule: what is always the same, and the names of the
 * faults between. */
#include <reprise/fault_rule.h>

#include <string.h>

#include <reprise/err.h>

#define SCHEMA_BYTES_MAX 16384

static const char before_names[] =
    "{\"$schema\":\"https://json-schema.org/draft/2020-12/schema\","
    "\"title\":\"A fault rule\",\"type\":\"object\","
    "\"required\":[\"on\",\"do\"],\"additionalProperties\":false,"
    "\"properties\":{"
    "\"id\":{\"type\":\"string\","
    "\"pattern\":\"^[A-Za-z][A-Za-z0-9_-]{0,63}$\"},"
    "\"on\":{\"type\":\"object\",\"minProperties\":1,"
    "\"maxProperties\":2,\"additionalProperties\":false,"
    "\"properties\":{\"path\":{\"type\":\"string\"},"
    "\"agent\":{\"type\":\"string\"},"
    "\"either\":{\"type\":\"string\"},"
    "\"orchestrator\":{\"const\":\"*\"},"
    "\"store\":{\"const\":\"*\"},\"export\":{\"const\":\"*\"},"
    "\"match\":{\"type\":\"object\",\"minProperties\":1,"
    "\"maxProperties\":2,\"propertyNames\":{\"pattern\":\"^/\"},"
    "\"additionalProperties\":{\"type\":\"string\"}}}},"
    "\"when\":{\"type\":\"object\",\"additionalProperties\":false,"
    "\"properties\":{\"nth\":{\"$ref\":\"#/$defs/range\"},"
    "\"attempt\":{\"$ref\":\"#/$defs/range\"},"
    "\"prob\":{\"type\":\"string\","
    "\"pattern\":\"^[0-9]{1,3}%$\"},"
    "\"after\":{\"type\":\"string\"},"
    "\"until\":{\"type\":\"string\"},"
    "\"byte\":{\"type\":[\"string\",\"integer\"]},"
    "\"event\":{\"$ref\":\"#/$defs/count\"},"
    "\"max\":{\"$ref\":\"#/$defs/count\"},"
    "\"max_of_all\":{\"$ref\":\"#/$defs/count\"},"
    "\"after_rule\":{\"type\":\"string\"}}},"
    "\"do\":{\"anyOf\":[{\"$ref\":\"#/$defs/behaviour\"},"
    "{\"type\":\"array\",\"minItems\":1,"
    "\"items\":{\"$ref\":\"#/$defs/behaviour\"}}]},"
    "\"expect\":{\"anyOf\":[{\"$ref\":\"#/$defs/verdicts\"},"
    "{\"type\":\"object\",\"required\":[\"verdict\"],"
    "\"additionalProperties\":false,\"properties\":{"
    "\"verdict\":{\"$ref\":\"#/$defs/verdicts\"},"
    "\"within\":{\"type\":\"string\"}}}]}},"
    "\"$defs\":{\"behaviour\":{"
    "\"type\":\"object\",\"required\":[\"fault\"],"
    "\"additionalProperties\":false,\"properties\":{"
    "\"fault\":{\"minLength\":1,\"enum\":[";

static const char *const names[] = {
#define RP_FAULT(NAME, name, class, done, seen, proves, variants) name,
#include <reprise/fault.def>
#undef RP_FAULT
};

static const char behind_names[] =
    "]},"
    "\"by\":{\"type\":\"string\"},"
    "\"at\":{\"type\":\"string\",\"format\":\"json-pointer\"},"
    "\"cut\":{\"type\":[\"string\",\"integer\"]},"
    "\"after\":{\"type\":\"string\"},"
    "\"status\":{\"type\":[\"string\",\"integer\"]},"
    "\"form\":{\"type\":\"string\"},"
    "\"name\":{\"type\":\"string\",\"pattern\":\"^[^=]+$\"},"
    "\"count\":{\"type\":[\"string\",\"integer\"]},"
    "\"time\":{\"type\":\"string\"},"
    "\"size\":{\"type\":[\"string\",\"integer\"]},"
    "\"where\":{\"enum\":[\"before\",\"inside\",\"after\"]},"
    "\"moment\":{\"enum\":[\"before\",\"after\"]},"
    "\"signal\":{\"enum\":[\"SIGKILL\",\"SIGTERM\",\"SIGSEGV\","
    "\"SIGABRT\",\"SIGBUS\",\"SIGINT\",\"SIGHUP\"]}}},"
    "\"verdict\":{\"enum\":[\"survived\","
    "\"degraded\",\"failed\"]},\"verdicts\":{\"anyOf\":["
    "{\"type\":\"string\"},{\"type\":\"array\",\"minItems\":1,"
    "\"items\":{\"$ref\":\"#/$defs/verdict\"}}]},"
    "\"count\":{\"type\":[\"integer\",\"string\"],\"minimum\":1,"
    "\"pattern\":\"^[1-9][0-9]*$\"},"
    "\"range\":{\"anyOf\":[{\"type\":\"integer\","
    "\"minimum\":1},{\"type\":\"string\","
    "\"pattern\":\"^[0-9]+(\\\\+|\\\\.\\\\.[0-9]+)?$\"}]}}}";

static size_t add(char *out, size_t len, const char *text)
{
    size_t more = strlen(text);
    RP_ASSERT(len + more < SCHEMA_BYTES_MAX);
    memcpy(out + len, text, more + 1);
    return len + more;
}

const char *rp_fault_schema(void)
{
    static char text[SCHEMA_BYTES_MAX]; /* the same whoever writes it */
    size_t len = add(text, 0, before_names);
    for (size_t i = 0; i < RP_COUNT_OF(names); i++) {
        len = add(text, len, i == 0 ? "\"" : ",\"");
        len = add(text, len, names[i]);
        len = add(text, len, "\"");
    }
    (void)add(text, len, behind_names);
    return text;
}
