/* json_part.h - members of documents for programs. Floor: cli. */
#ifndef RP_CLI_JSON_PART_H
#define RP_CLI_JSON_PART_H

#include <cjson/cJSON.h>

#include <reprise/digest.h>

/* Nanoseconds, as text: a reader with doubles would round them. */
void rp__json_ns(cJSON *out, const char *name, int64_t ns);
/* Nothing when there is none. */
void rp__json_digest(
    cJSON *out, const char *name, const struct rp_digest *digest);
/* An array of texts. */
void rp__json_texts(
    cJSON *out, const char *name, const char *const *items, size_t count);

#endif
