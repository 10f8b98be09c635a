/* How large a store is and why, and whether its file is sound. */
#include "care_parts.h"

static struct rp_str text_of(sqlite3_stmt *stmt, int column)
{
    const unsigned char *text = sqlite3_column_text(stmt, column);
    size_t len = (size_t)sqlite3_column_bytes(stmt, column);
    return (struct rp_str){(const char *)text, text == NULL ? 0 : len};
}

/* ---- size ---- */

static enum rp_code read_tables(struct rp_store_size *out,
    struct rp_store_sqlite *sqlite, struct rp_arena *arena, struct rp_err *err)
{
    sqlite3_stmt *stmt = rp__care_prepare(sqlite,
        "SELECT s.tbl_name, sum(d.pgsize) FROM dbstat d JOIN sqlite_schema s"
        " ON s.name = d.name WHERE d.aggregate = TRUE GROUP BY s.tbl_name"
        " ORDER BY 2 DESC, 1",
        err);
    if (stmt == NULL) {
        return RP_E_STORE;
    }
    int step = sqlite3_step(stmt);
    for (; step == SQLITE_ROW && out->table_count < RP_STORE_TABLES_MAX;
         step = sqlite3_step(stmt)) {
        out->tables[out->table_count++] = (struct rp_store_table){
            .name = rp_arena_dup(arena, text_of(stmt, 0)),
            .bytes = sqlite3_column_int64(stmt, 1),
        };
    }
    enum rp_code rc = step == SQLITE_DONE || step == SQLITE_ROW
                          ? RP_OK
                          : rp__sqlite_fail(sqlite, err, "cannot read");
    (void)sqlite3_finalize(stmt); /* repeats the error of the step */
    return rc;
}

/* Names of tables are those of the schema: a stranger's may be anything. */
static enum rp_code count_rows(struct rp_store_table *table,
    struct rp_store_sqlite *sqlite, struct rp_err *err)
{
    char *sql = sqlite3_mprintf("SELECT count(*) FROM \"%w\"", table->name);
    enum rp_code rc = sql == NULL
                          ? rp_err_set(err, RP_E_STORE, "cannot count rows")
                          : rp__sqlite_pragma(sqlite, sql, &table->rows, err);
    sqlite3_free(sql);
    return rc;
}

static enum rp_code read_number(struct rp_store_sqlite *sqlite, const char *sql,
    int64_t *out, enum rp_code rc, struct rp_err *err)
{
    return rc == RP_OK ? rp__sqlite_pragma(sqlite, sql, out, err) : rc;
}

enum rp_code rp_store_size(struct rp_store_size *out,
    struct rp_store_sqlite *sqlite, struct rp_arena *arena, struct rp_err *err)
{
    struct rp_store_size size = {.table_count = 0};
    enum rp_code rc = read_tables(&size, sqlite, arena, err);
    for (uint32_t i = 0; rc == RP_OK && i < size.table_count; i++) {
        rc = count_rows(&size.tables[i], sqlite, err);
    }
    rc = read_number(sqlite,
        "SELECT page_count * page_size FROM pragma_page_count,"
        " pragma_page_size",
        &size.space.file_bytes, rc, err);
    rc = read_number(sqlite,
        "SELECT freelist_count * page_size FROM pragma_freelist_count,"
        " pragma_page_size",
        &size.space.free_bytes, rc, err);
    rc = read_number(
        sqlite, "SELECT count(*) FROM session", &size.sessions, rc, err);
    rc = read_number(sqlite,
        "SELECT coalesce(sum(length(coalesce(p.bytes, l.bytes))), 0) FROM"
        " payload p LEFT JOIN payload_large l ON l.no = p.no",
        &size.payload_bytes, rc, err);
    rc = read_number(sqlite, "SELECT coalesce(sum(size), 0) FROM payload",
        &size.payload_raw_bytes, rc, err);
    if (rc == RP_OK) {
        *out = size;
    }
    return rc;
}

enum rp_code rp_store_session_size(int64_t *out, struct rp_store_sqlite *sqlite,
    int64_t session_no, struct rp_err *err)
{
    sqlite3_stmt *stmt = rp__care_prepare(sqlite,
        "SELECT (SELECT coalesce(sum(length(body) + length(digest) + 16), 0)"
        " FROM record WHERE no BETWEEN ?1 << 24 AND (?1 + 1 << 24) - 1)"
        " + (SELECT coalesce(sum(length(attributes) + length(path)"
        " + length(name) + coalesce(length(message), 0) + 64), 0)"
        " FROM span WHERE no BETWEEN ?1 << 20 AND (?1 + 1 << 20) - 1)"
        " + (SELECT coalesce(sum(length(attributes) + length(name) + 24), 0)"
        " FROM span_event WHERE span BETWEEN ?1 << 20 AND (?1 + 1 << 20) - 1)"
        " + (SELECT coalesce(sum(length(attributes) + 40), 0)"
        " FROM span_link WHERE span BETWEEN ?1 << 20 AND (?1 + 1 << 20) - 1)",
        err);
    if (stmt == NULL) {
        return RP_E_STORE;
    }
    sqlite3_bind_int64(stmt, 1, session_no);
    enum rp_code rc = RP_OK;
    if (sqlite3_step(stmt) == SQLITE_ROW) {
        *out = sqlite3_column_int64(stmt, 0);
    } else {
        rc = rp__sqlite_fail(sqlite, err, "cannot read");
    }
    (void)sqlite3_finalize(stmt); /* repeats the error of the step */
    return rc;
}

/* ---- integrity ---- */

static void add_line(struct rp_buf *out, struct rp_str text)
{
    rp_buf_add(out, text);
    rp_buf_add_char(out, '\n');
}

enum rp_code rp_store_check_file(struct rp_buf *out,
    struct rp_store_sqlite *sqlite, uint32_t max, struct rp_err *err)
{
    char sql[64];
    sqlite3_snprintf(
        sizeof(sql), sql, "PRAGMA integrity_check(%u)", (unsigned)max);
    sqlite3_stmt *stmt = NULL;
    int step = sqlite3_prepare_v2(sqlite->db, sql, -1, &stmt, NULL);
    if (step == SQLITE_OK) {
        step = sqlite3_step(stmt);
    }
    for (; step == SQLITE_ROW; step = sqlite3_step(stmt)) {
        struct rp_str line = text_of(stmt, 0);
        if (!rp_str_equal(line, RP_STR("ok"))) {
            add_line(out, line);
        }
    }
    enum rp_code rc = RP_OK;
    if (step == SQLITE_CORRUPT || step == SQLITE_NOTADB) {
        add_line(out, rp_str_of(sqlite3_errmsg(sqlite->db)));
    } else if (step != SQLITE_DONE) {
        rc = rp__sqlite_fail(sqlite, err, "cannot check");
    }
    (void)sqlite3_finalize(stmt); /* repeats the error of the step */
    return rc;
}
