/* otlp_json_values.h - what members of OTLP in JSON hold. Internal.
 *
 * The first failure is kept, with its line and column; after it nothing that is
 * returned means anything.
 */
#ifndef RP_OTLP_JSON_VALUES_H
#define RP_OTLP_JSON_VALUES_H

#include <cjson/cJSON.h>

#include "otlp_read_parts.h"

struct rp__otlp_json {
    struct rp__otlp_read *r;
    struct rp_str text; /* of the document that is read */
    uint32_t lines_before;
    struct rp_buf scratch;
    enum rp_code rc; /* what is not RP_OK ends every loop */
};

/* `at`: the node that is wrong. */
void rp__otlp_json_fail(struct rp__otlp_json *d, enum rp_code code,
    const cJSON *at, const char *what);

/* Members of `object`, which may be NULL; one that is not there is empty, NULL,
 * 0 or none. A text is in the arena. */
struct rp_str rp__otlp_json_text(
    struct rp__otlp_json *d, const cJSON *object, const char *name);
const cJSON *rp__otlp_json_list(
    struct rp__otlp_json *d, const cJSON *object, const char *name);
uint64_t rp__otlp_json_number(
    struct rp__otlp_json *d, const cJSON *object, const char *name);
uint32_t rp__otlp_json_dropped(struct rp__otlp_json *d, const cJSON *object);
/* In hex or base 64; false: it is none, or all zero, and `out` as it was. */
bool rp__otlp_json_id(struct rp__otlp_json *d, const cJSON *object,
    const char *name, void *out, size_t size);

/* By number, or by one of `names`; 0 for what is not known. */
uint32_t rp__otlp_json_enum(struct rp__otlp_json *d, const cJSON *node,
    const char *const *names, uint32_t count);

/* Attributes of `object`: into an object that is open, or a whole one in the
 * arena. */
void rp__otlp_json_add_attributes(
    struct rp__otlp_json *d, struct rp_buf *out, const cJSON *object);
struct rp_str rp__otlp_json_attributes(
    struct rp__otlp_json *d, const cJSON *object);

#endif
