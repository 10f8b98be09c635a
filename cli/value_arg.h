/* value_arg.h - a value that a command line gives: a file, "-" for standard
 * input, or the document itself. Floor: cli. Blocks. */
#ifndef RP_CLI_VALUE_ARG_H
#define RP_CLI_VALUE_ARG_H

#include <stdbool.h>
#include <stddef.h>

/* Whether `text` is a document, as no name of a file begins with {, [ or ". */
bool rp__value_is_document(const char *text);

/* Reads what a worker is said to have written. A file may hold any bytes, so
 * that an answer may be malformed on purpose; a document in `text` that is not
 * JSON is a slip, and refused. `*out` is terminated and owned by the caller
 * (rp_mem_free). False: the person was told, the status is RP__EXIT_USAGE. */
bool rp__value_read(char **out, size_t *out_bytes, const char *text,
    size_t bytes_max, const char *command);

#endif
