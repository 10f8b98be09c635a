#include "reader_origins.h"

static struct rp_str kept_text(
    struct rp__origins *origins, sqlite3_stmt *stmt, int column)
{
    struct rp_str text = rp__reader_text(stmt, column);
    return (struct rp_str){rp_arena_dup(origins->arena, text), text.len};
}

static void add(struct rp__origins *origins, sqlite3_stmt *stmt)
{
    origins->items = rp_mem_room(origins->items, origins->count, &origins->room,
        sizeof(struct rp__origin));
    origins->items[origins->count++] =
        (struct rp__origin){.no = sqlite3_column_int64(stmt, 0),
            .origin = {.resource = kept_text(origins, stmt, 1),
                .resource_schema_url = kept_text(origins, stmt, 2),
                .scope_name = kept_text(origins, stmt, 3),
                .scope_version = kept_text(origins, stmt, 4),
                .scope = kept_text(origins, stmt, 5),
                .scope_schema_url = kept_text(origins, stmt, 6),
                .resource_dropped = (uint32_t)sqlite3_column_int64(stmt, 7),
                .scope_dropped = (uint32_t)sqlite3_column_int64(stmt, 8)}};
}

#define ORIGINS(more)                                                          \
    "SELECT no, resource, resource_schema, scope_name, scope_version, scope,"  \
    " scope_schema, " more " FROM span_origin"                                 \
    " WHERE no BETWEEN ?1 AND ?1 + 1048575 ORDER BY no"

enum rp_code rp__origins_read(struct rp__origins *out, struct rp_reader *reader,
    int64_t base, struct rp_err *err)
{
    bool all = reader->sqlite->format > 4; /* columns */
    sqlite3_stmt *stmt = rp__reader_prepare(reader,
        all ? ORIGINS("resource_dropped, scope_dropped") : ORIGINS("0, 0"),
        err);
    if (stmt == NULL) {
        return RP_E_STORE;
    }
    sqlite3_bind_int64(stmt, 1, base);
    bool found = true;
    enum rp_code rc = RP_OK;
    out->arena = rp_arena_new(0);
    while (rc == RP_OK && found) {
        rc = rp__reader_step(reader, stmt, &found, err);
        if (rc == RP_OK && found) {
            add(out, stmt);
        }
    }
    rp__reader_done(reader, stmt);
    return rc;
}

const struct rp_span_origin *rp__origins_find(
    const struct rp__origins *origins, int64_t no)
{
    static const struct rp_span_origin unknown;
    uint32_t low = 0;
    uint32_t high = origins->count;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (origins->items[middle].no == no) {
            return &origins->items[middle].origin;
        }
        if (origins->items[middle].no < no) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return &unknown;
}

void rp__origins_fini(struct rp__origins *origins)
{
    rp_arena_free(&origins->arena);
    rp_mem_free(origins->items);
    *origins = (struct rp__origins){.count = 0};
}
