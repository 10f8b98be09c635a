/* schema_probe.h - a schema and a value as text, and what became of them. */
#ifndef SCHEMA_PROBE_H
#define SCHEMA_PROBE_H

#include <reprise/buf.h>
#include <reprise/json.h>
#include <reprise/schema.h>

/* A parsed text, which the probe keeps until probe_fini(). */
const cJSON *probe_read(const char *text);
void probe_fini(void);

struct probe_result {
    enum rp_code code; /* of judging */
    bool is_valid;
    uint32_t count;             /* of violations */
    char violations[4096];      /* "instance|keyword|message\n" each */
    char text[RP_ERR_TEXT_MAX]; /* of a limit */
};

/* Compiles (which must succeed) and judges. `options` may be NULL. */
struct probe_result probe_judge(const char *schema, const char *instance,
    const struct rp_schema_options *options);

/* Compiles, which must fail. */
enum rp_code probe_refusal(const char *schema,
    const struct rp_schema_options *options, struct rp_schema_error *error);

void assert_valid(const char *schema, const char *instance);
void assert_invalid(const char *schema, const char *instance);
/* The violations are exactly these lines. */
void assert_violations(
    const char *schema, const char *instance, const char *lines);

#endif
