/* schema_format.c - the table of formats, and the small ones. */
#include "schema_format.h"

#include <string.h>

#include <reprise/attr.h>
#include <reprise/json.h>

#include "schema_pattern.h"

static const struct rp__format formats[] = {
    {"date", "date, as 2026-01-31", rp__format_date},
    {"time", "time with a zone, as 09:00:00Z", rp__format_time},
    {"date-time", "date and time, as 2026-01-31T09:00:00Z",
        rp__format_date_time},
    {"duration", "duration, as P1DT12H", rp__format_duration},
    {"email", "e-mail address", rp__format_email},
    {"idn-email", "e-mail address", rp__format_idn_email},
    {"hostname", "host name", rp__format_hostname},
    {"idn-hostname", "host name", rp__format_idn_hostname},
    {"ipv4", "IPv4 address", rp__format_ipv4},
    {"ipv6", "IPv6 address", rp__format_ipv6},
    {"uri", "URI", rp__format_uri},
    {"uri-reference", "URI reference", rp__format_uri_reference},
    {"iri", "IRI", rp__format_iri},
    {"iri-reference", "IRI reference", rp__format_iri_reference},
    {"uri-template", "URI template", rp__format_uri_template},
    {"uuid", "UUID", rp__format_uuid},
    {"json-pointer", "JSON pointer", rp__format_json_pointer},
    {"relative-json-pointer", "relative JSON pointer",
        rp__format_relative_json_pointer},
    {"regex", "regular expression", rp__format_regex},
};

const struct rp__format *rp__format_find(const char *name)
{
    for (size_t i = 0; i < RP_COUNT_OF(formats); i++) {
        if (strcmp(formats[i].name, name) == 0) {
            return &formats[i];
        }
    }
    return NULL;
}

static bool is_hex(char c)
{
    return (c >= '0' && c <= '9') || ((c | 0x20) >= 'a' && (c | 0x20) <= 'f');
}

RP__FORMAT(uuid)
{
    (void)format;
    if (text.len != 36) {
        return false;
    }
    for (size_t i = 0; i < text.len; i++) {
        bool is_dash = i == 8 || i == 13 || i == 18 || i == 23;
        if (is_dash ? text.ptr[i] != '-' : !is_hex(text.ptr[i])) {
            return false;
        }
    }
    return true;
}

RP__FORMAT(json_pointer)
{
    (void)format;
    return rp_json_pointer_valid(text);
}

RP__FORMAT(relative_json_pointer)
{
    (void)format;
    size_t i = 0;
    while (i < text.len && text.ptr[i] >= '0' && text.ptr[i] <= '9') {
        i++;
    }
    if (i == 0 || (i > 1 && text.ptr[0] == '0')) {
        return false;
    }
    struct rp_str rest = {text.ptr + i, text.len - i};
    return rp_str_is(rest, "#") || rp_json_pointer_valid(rest);
}

RP__FORMAT(regex)
{
    (void)format;
    struct rp__schema_patterns patterns = {0};
    char message[RP__PATTERN_MESSAGE_MAX];
    bool too_large = false;
    bool holds =
        rp__schema_pattern_new(&patterns, text, message, &too_large) != NULL;
    rp__schema_patterns_fini(&patterns);
    return holds;
}
