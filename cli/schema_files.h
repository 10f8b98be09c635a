/* schema_files.h - the schema that `check` judges by, and the files it refers
 * to. Floor: cli. Blocks while reading files. */
#ifndef RP_CLI_SCHEMA_FILES_H
#define RP_CLI_SCHEMA_FILES_H

#include <reprise/schema.h>

#define RP__SCHEMA_BYTES_MAX ((size_t)16 << 20)

struct rp__schema_set;

/* Reads and compiles the schema in `path`, relative references by where it
 * lies. On failure RP_E_NOT_FOUND, RP_E_IO, RP_E_LIMIT, RP_E_INVALID, and
 * `report` has what a person needs. What is misspelt by the look of it is
 * added to `report` also on success. */
RP_NODISCARD enum rp_code rp__schema_set_open(struct rp__schema_set **out,
    const char *path, bool assert_format, struct rp_buf *report);
void rp__schema_set_close(struct rp__schema_set **set);

const struct rp_schema *rp__schema_set_root(const struct rp__schema_set *set);

#endif
