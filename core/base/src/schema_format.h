/* schema_format.h - what "format" asserts, when it is asked to. */
#ifndef RP_SCHEMA_FORMAT_H
#define RP_SCHEMA_FORMAT_H

#include <stdbool.h>

#include <reprise/str.h>

/* A row of the table of formats. */
struct rp__format {
    const char *name;
    const char *says; /* "date, as 2026-01-31" */
    bool (*holds)(const struct rp__format *format, struct rp_str text);
};

/* NULL when the name is unknown: such formats assert nothing. */
const struct rp__format *rp__format_find(const char *name);

#define RP__FORMAT(name)                                                       \
    bool rp__format_##name(const struct rp__format *format, struct rp_str text)

/* Times (schema_format_time.c) */
RP__FORMAT(date);
RP__FORMAT(time);
RP__FORMAT(date_time);
RP__FORMAT(duration);

/* Hosts and addresses (schema_format_host.c) */
RP__FORMAT(ipv4);
RP__FORMAT(ipv6);
RP__FORMAT(hostname);
RP__FORMAT(idn_hostname);
RP__FORMAT(email);
RP__FORMAT(idn_email);

/* Identifiers (schema_format_uri.c) */
RP__FORMAT(uri);
RP__FORMAT(uri_reference);
RP__FORMAT(iri);
RP__FORMAT(iri_reference);
RP__FORMAT(uri_template);

/* The rest (schema_format.c) */
RP__FORMAT(uuid);
RP__FORMAT(json_pointer);
RP__FORMAT(relative_json_pointer);
RP__FORMAT(regex);

#endif
