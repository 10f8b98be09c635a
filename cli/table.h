/* table.h - columns for people: widths fit the content. Pure. Floor: cli. */
#ifndef RP_CLI_TABLE_H
#define RP_CLI_TABLE_H

#include <reprise/mem.h>

#include "text.h"

#define RP__TABLE_COLUMNS_MAX 12

struct rp__column {
    const char *title;
    bool right;           /* numbers */
    uint32_t columns_max; /* of the content, what is longer is cut; 0: any */
};

struct rp__cell {
    const char *text; /* in the table's arena, cleaned */
    enum rp__colour colour;
};

struct rp__table {
    const struct rp__column *columns; /* borrowed, outlives us */
    uint32_t column_count;
    struct rp_arena *arena; /* borrowed, outlives us */
    struct rp__style style;
    struct rp__cell *cells; /* owned; row after row */
    size_t cell_count, cell_room;
};

void rp__table_init(struct rp__table *table, const struct rp__column *columns,
    uint32_t column_count, struct rp_arena *arena,
    const struct rp__style *style);
void rp__table_fini(struct rp__table *table);
/* The next cell, from left to right; a row must be filled. */
void rp__table_add(
    struct rp__table *table, struct rp_str text, enum rp__colour colour);
/* Lines end where the last content does; the last column takes what is left
 * of `width` (0: no limit). */
void rp__table_write(
    struct rp_buf *out, const struct rp__table *table, size_t width);

#endif
