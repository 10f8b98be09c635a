/* floor_rows.h - the rows of a recorded session, written by nothing but
 * prepared statements: what storing them costs at least. */
#ifndef BENCH_FLOOR_ROWS_H
#define BENCH_FLOOR_ROWS_H

#include <stdbool.h>
#include <stdint.h>

struct floor_rows;

/* Reads the only session of the store at `path`, which was written with so many
 * records a commit. Owned by the caller. */
struct floor_rows *floor_rows_load(
    const char *path, uint32_t records_per_commit);
void floor_rows_free(struct floor_rows **rows);
uint32_t floor_rows_span_count(const struct floor_rows *rows);
/* How many of them began in one transaction and ended in a later one. */
uint32_t floor_rows_split_count(const struct floor_rows *rows);

/* Writes the session `count` times, under new numbers, in the transactions in
 * which it was written, into the empty store at `path`; all rows, or those of
 * spans only. A span that is split is written when it begins and again when it
 * ends. Returns the seconds it took, closing included. */
double floor_rows_write(const struct floor_rows *rows, const char *path,
    uint32_t count, bool spans_only);
/* The same of all rows, but what it takes the calling thread, in nanoseconds:
 * without opening and closing, and the log stays a log. */
int64_t floor_rows_thread_ns(
    const struct floor_rows *rows, const char *path, uint32_t count);

#endif
