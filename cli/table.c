#include "table.h"

#include <string.h>

#include <reprise/err.h>

#define GAP 2
#define CELL_BYTES_MAX (64u << 10)

void rp__table_init(struct rp__table *table, const struct rp__column *columns,
    uint32_t column_count, struct rp_arena *arena,
    const struct rp__style *style)
{
    RP_ASSERT(column_count > 0);
    RP_ASSERT(column_count <= RP__TABLE_COLUMNS_MAX);
    *table = (struct rp__table){.columns = columns,
        .column_count = column_count,
        .arena = arena,
        .style = *style};
}

void rp__table_fini(struct rp__table *table)
{
    rp_mem_free(table->cells);
    *table = (struct rp__table){0};
}

void rp__table_add(
    struct rp__table *table, struct rp_str text, enum rp__colour colour)
{
    RP_ASSERT(table->column_count > 0);
    size_t column = table->cell_count % table->column_count;
    struct rp_buf clean;
    rp_buf_init(&clean, CELL_BYTES_MAX);
    (void)rp__text_add(
        &clean, text, table->columns[column].columns_max, &table->style);
    if (table->cell_count == table->cell_room) {
        table->cell_room = table->cell_room == 0 ? 64 : table->cell_room * 2;
        table->cells = rp_mem_grow(
            table->cells, table->cell_room, sizeof(struct rp__cell));
    }
    table->cells[table->cell_count++] = (struct rp__cell){
        rp_arena_dup(table->arena, rp_buf_str(&clean)), colour};
    rp_buf_fini(&clean);
}

static void measure(const struct rp__table *table, size_t *widths)
{
    RP_ASSERT(table->column_count > 0);
    for (uint32_t i = 0; i < table->column_count; i++) {
        widths[i] = strlen(table->columns[i].title);
    }
    for (size_t i = 0; i < table->cell_count; i++) {
        size_t width = rp__text_columns(rp_str_of(table->cells[i].text));
        size_t *widest = &widths[i % table->column_count];
        *widest = width > *widest ? width : *widest;
    }
}

static void write_cell(struct rp_buf *out, const struct rp__cell *cell,
    size_t pad, bool right, const struct rp__style *style)
{
    if (right) {
        rp__text_spaces(out, pad);
    }
    if (cell->colour != RP__PLAIN && cell->text[0] != '\0') {
        rp__text_begin(out, cell->colour, style);
        rp_buf_add_text(out, cell->text);
        rp__text_end(out, style);
    } else {
        rp_buf_add_text(out, cell->text);
    }
    if (!right) {
        rp__text_spaces(out, pad);
    }
}

static void trim_end(struct rp_buf *out)
{
    while (out->len > 0 && out->ptr[out->len - 1] == ' ') {
        out->ptr[--out->len] = '\0';
    }
}

static void write_row(struct rp_buf *out, const struct rp__table *table,
    const struct rp__cell *cells, const size_t *widths, size_t width)
{
    size_t used = 0;
    for (uint32_t i = 0; i < table->column_count; i++) {
        bool last = i + 1 == table->column_count;
        struct rp__cell cell = cells[i];
        struct rp_buf fitted;
        rp_buf_init(&fitted, CELL_BYTES_MAX);
        if (last && width > used + GAP) {
            (void)rp__text_add(
                &fitted, rp_str_of(cell.text), width - used, &table->style);
            cell.text = fitted.len == 0 ? "" : fitted.ptr;
        }
        size_t columns = rp__text_columns(rp_str_of(cell.text));
        size_t pad = columns < widths[i] ? widths[i] - columns : 0;
        write_cell(out, &cell, pad, table->columns[i].right, &table->style);
        rp__text_spaces(out, last ? 0 : GAP);
        used += columns + pad + GAP;
        rp_buf_fini(&fitted);
    }
    trim_end(out);
    rp_buf_add_char(out, '\n');
}

void rp__table_write(
    struct rp_buf *out, const struct rp__table *table, size_t width)
{
    size_t widths[RP__TABLE_COLUMNS_MAX] = {0};
    struct rp__cell titles[RP__TABLE_COLUMNS_MAX];
    measure(table, widths);
    for (uint32_t i = 0; i < table->column_count; i++) {
        titles[i] = (struct rp__cell){table->columns[i].title, RP__BOLD};
    }
    write_row(out, table, titles, widths, width);
    for (size_t i = 0; i < table->cell_count; i += table->column_count) {
        write_row(out, table, &table->cells[i], widths, width);
    }
}
