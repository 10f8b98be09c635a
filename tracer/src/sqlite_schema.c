/* The tables, and how an older file becomes a newer one. docs/store.md says
 * what each column means. A step that was released is never edited: the next
 * change of the format is another entry at the end. */
#include "sqlite_parts.h"

#include <string.h>

static const char tables_1[] = "CREATE TABLE session("
                               " no INTEGER PRIMARY KEY AUTOINCREMENT,"
                               " id TEXT NOT NULL,"
                               " trace BLOB NOT NULL,"
                               " mode TEXT NOT NULL,"
                               " outcome TEXT,"
                               " began_ns INTEGER NOT NULL,"
                               " plan_name TEXT NOT NULL,"
                               " incarnation INTEGER NOT NULL,"
                               " last_seq INTEGER NOT NULL,"
                               " last_ns INTEGER NOT NULL,"
                               " requested INTEGER NOT NULL,"
                               " delivered INTEGER NOT NULL,"
                               " tasks INTEGER NOT NULL,"
                               " attempts INTEGER NOT NULL,"
                               " retries INTEGER NOT NULL,"
                               " timeouts INTEGER NOT NULL,"
                               " fallbacks INTEGER NOT NULL,"
                               " conflicts INTEGER NOT NULL,"
                               " input_tokens INTEGER NOT NULL,"
                               " output_tokens INTEGER NOT NULL,"
                               " cost_micro_usd INTEGER NOT NULL,"
                               " span_count INTEGER NOT NULL,"
                               " spans_dropped INTEGER NOT NULL,"
                               " notes TEXT NOT NULL,"
                               " notes_left INTEGER NOT NULL,"
                               " chain BLOB NOT NULL,"
                               " output BLOB,"
                               " engine_rev INTEGER NOT NULL,"
                               " seed TEXT NOT NULL,"
                               " source TEXT NOT NULL,"
                               " parent_span BLOB,"
                               " tracestate TEXT NOT NULL,"
                               " sampled INTEGER NOT NULL,"
                               " plan BLOB NOT NULL,"
                               " input BLOB NOT NULL,"
                               " program TEXT NOT NULL,"
                               " tags TEXT NOT NULL,"
                               " faults TEXT NOT NULL"
                               ") STRICT;"
                               "CREATE UNIQUE INDEX session_id ON session(id);"

                               "CREATE TABLE record("
                               " no INTEGER PRIMARY KEY,"
                               " at_ns INTEGER NOT NULL,"
                               " digest BLOB NOT NULL,"
                               " body TEXT NOT NULL"
                               ") STRICT;"

                               "CREATE TABLE payload("
                               " no INTEGER PRIMARY KEY,"
                               " key INTEGER NOT NULL,"
                               " digest BLOB NOT NULL,"
                               " size INTEGER NOT NULL,"
                               " codec INTEGER NOT NULL,"
                               " bytes BLOB"
                               ") STRICT;"
                               "CREATE INDEX payload_key ON payload(key);"
                               "CREATE TABLE payload_large("
                               " no INTEGER PRIMARY KEY,"
                               " bytes BLOB NOT NULL"
                               ") STRICT;"

                               "CREATE TABLE span("
                               " no INTEGER PRIMARY KEY,"
                               " id BLOB NOT NULL,"
                               " parent INTEGER,"
                               " role INTEGER NOT NULL,"
                               " kind INTEGER NOT NULL,"
                               " status INTEGER NOT NULL,"
                               " start_ns INTEGER NOT NULL,"
                               " end_ns INTEGER,"
                               " start_seq INTEGER NOT NULL,"
                               " end_seq INTEGER,"
                               " path TEXT NOT NULL,"
                               " name TEXT NOT NULL,"
                               " message TEXT,"
                               " attributes TEXT NOT NULL"
                               ") STRICT;"
                               "CREATE TABLE span_event("
                               " span INTEGER NOT NULL,"
                               " n INTEGER NOT NULL,"
                               " at_ns INTEGER NOT NULL,"
                               " name TEXT NOT NULL,"
                               " attributes TEXT NOT NULL,"
                               " PRIMARY KEY(span, n)"
                               ") STRICT, WITHOUT ROWID;"
                               "CREATE TABLE span_link("
                               " span INTEGER NOT NULL,"
                               " n INTEGER NOT NULL,"
                               " trace BLOB NOT NULL,"
                               " target BLOB NOT NULL,"
                               " attributes TEXT NOT NULL,"
                               " PRIMARY KEY(span, n)"
                               ") STRICT, WITHOUT ROWID;"

                               "CREATE TABLE export_cursor("
                               " destination TEXT NOT NULL,"
                               " session INTEGER NOT NULL,"
                               " seq INTEGER NOT NULL,"
                               " PRIMARY KEY(destination, session)"
                               ") STRICT, WITHOUT ROWID;";

static const char views_1[] =
    "CREATE VIEW v_session AS SELECT"
    " no, id, lower(hex(trace)) AS trace_id, mode, plan_name,"
    " coalesce(outcome, '') AS outcome,"
    " began_ns / 1e9 AS began_s,"
    " strftime('%Y-%m-%dT%H:%M:%fZ', began_ns / 1e9, 'unixepoch') AS began,"
    " last_ns / 1e9 AS took_s, requested, delivered, tasks, attempts, retries,"
    " timeouts, fallbacks, conflicts, input_tokens, output_tokens,"
    " cost_micro_usd / 1e6 AS cost_usd, notes, last_seq AS records,"
    " span_count AS spans, source, tags, faults,"
    " lower(hex(plan)) AS plan_digest, lower(hex(input)) AS input_digest,"
    " lower(hex(output)) AS output_digest, program FROM session;"
    "CREATE VIEW v_record AS SELECT"
    " s.id AS session_id, r.no & 16777215 AS seq, r.at_ns / 1e9 AS at_s,"
    " json_extract(r.body, '$.event.kind') AS event, r.body,"
    " lower(hex(r.digest)) AS digest"
    " FROM record r JOIN session s ON s.no = r.no >> 24"
    " WHERE r.no & 16777215 > 0;"
    "CREATE VIEW v_span AS SELECT"
    " s.id AS session_id, lower(hex(s.trace)) AS trace_id,"
    " lower(hex(x.id)) AS span_id, lower(hex(p.id)) AS parent_span_id,"
    " x.no & 1048575 AS number, x.path,"
    " CASE x.role WHEN 0 THEN 'session' WHEN 1 THEN 'node' WHEN 2 THEN 'task'"
    "  WHEN 3 THEN 'attempt' ELSE 'aggregate' END AS role, x.name,"
    " CASE x.kind WHEN 3 THEN 'client' ELSE 'internal' END AS kind,"
    " CASE x.status WHEN 2 THEN 'error' ELSE 'unset' END AS status,"
    " x.message, x.start_ns / 1e9 AS start_s, x.end_ns / 1e9 AS end_s,"
    " (x.end_ns - x.start_ns) / 1e9 AS took_s,"
    " json_extract(x.attributes, '$.\"error.type\"') AS error_type,"
    " x.attributes"
    " FROM span x JOIN session s ON s.no = x.no >> 20"
    " LEFT JOIN span p ON p.no = (x.no >> 20 << 20 | x.parent);"
    "CREATE VIEW v_span_event AS SELECT"
    " s.id AS session_id, lower(hex(x.id)) AS span_id, x.path, e.n,"
    " e.at_ns / 1e9 AS at_s, (e.at_ns - s.began_ns) / 1e9 AS after_s, e.name,"
    " json_extract(e.attributes, '$.\"reprise.reason\"') AS reason,"
    " e.attributes FROM span_event e JOIN span x ON x.no = e.span"
    " JOIN session s ON s.no = e.span >> 20;"
    "CREATE VIEW v_span_link AS SELECT"
    " s.id AS session_id, lower(hex(x.id)) AS span_id, x.path,"
    " lower(hex(l.trace)) AS target_trace_id,"
    " lower(hex(l.target)) AS target_span_id,"
    " json_extract(l.attributes, '$.\"reprise.link.type\"') AS type,"
    " l.attributes FROM span_link l JOIN span x ON x.no = l.span"
    " JOIN session s ON s.no = l.span >> 20;"
    "CREATE VIEW v_payload AS SELECT"
    " lower(hex(p.digest)) AS digest, p.size,"
    " length(coalesce(p.bytes, l.bytes)) AS stored,"
    " CASE p.codec WHEN 0 THEN 'none' ELSE 'zstd' END AS codec,"
    " CASE p.codec WHEN 0 THEN CAST(coalesce(p.bytes, l.bytes) AS TEXT) END"
    "  AS text"
    " FROM payload p LEFT JOIN payload_large l ON l.no = p.no;";

/* What a head may have since: see docs/store.md. */
static const char tables_2[] =
    "ALTER TABLE session ADD COLUMN trace_random INTEGER NOT NULL DEFAULT 0;"
    "ALTER TABLE session ADD COLUMN baggage TEXT NOT NULL DEFAULT '';"
    "ALTER TABLE session ADD COLUMN source_trace BLOB;";

/* Spans that were imported: who made them, and what the hot table of spans
 * has no room for. */
static const char tables_3[] = "CREATE TABLE span_origin("
                               " no INTEGER PRIMARY KEY,"
                               " resource TEXT NOT NULL,"
                               " resource_schema TEXT NOT NULL,"
                               " scope_name TEXT NOT NULL,"
                               " scope_version TEXT NOT NULL,"
                               " scope TEXT NOT NULL,"
                               " scope_schema TEXT NOT NULL"
                               ") STRICT;"
                               "CREATE TABLE span_import("
                               " span INTEGER PRIMARY KEY,"
                               " origin INTEGER NOT NULL,"
                               " parent BLOB,"
                               " flags INTEGER NOT NULL,"
                               " tracestate TEXT NOT NULL,"
                               " dropped_attributes INTEGER NOT NULL,"
                               " dropped_events INTEGER NOT NULL,"
                               " dropped_links INTEGER NOT NULL"
                               ") STRICT;";

static const char views_3[] =
    "DROP VIEW v_span;"
    "CREATE VIEW v_span AS SELECT"
    " s.id AS session_id, lower(hex(s.trace)) AS trace_id,"
    " lower(hex(x.id)) AS span_id,"
    " lower(hex(coalesce(p.id, i.parent))) AS parent_span_id,"
    " x.no & 1048575 AS number, x.path,"
    " CASE x.role WHEN 0 THEN 'session' WHEN 1 THEN 'node' WHEN 2 THEN 'task'"
    "  WHEN 3 THEN 'attempt' WHEN 4 THEN 'aggregate'"
    "  ELSE 'other' END AS role, x.name,"
    " CASE x.kind WHEN 0 THEN 'unspecified' WHEN 2 THEN 'server'"
    "  WHEN 3 THEN 'client' WHEN 4 THEN 'producer' WHEN 5 THEN 'consumer'"
    "  ELSE 'internal' END AS kind,"
    " CASE x.status WHEN 1 THEN 'ok' WHEN 2 THEN 'error' ELSE 'unset' END AS "
    "status,"
    " x.message, x.start_ns / 1e9 AS start_s, x.end_ns / 1e9 AS end_s,"
    " (x.end_ns - x.start_ns) / 1e9 AS took_s,"
    " json_extract(x.attributes, '$.\"error.type\"') AS error_type,"
    " x.attributes, json_extract(o.resource, '$.\"service.name\"') AS service"
    " FROM span x JOIN session s ON s.no = x.no >> 20"
    " LEFT JOIN span p ON p.no = (x.no >> 20 << 20 | x.parent)"
    " LEFT JOIN span_import i ON i.span = x.no"
    " LEFT JOIN span_origin o ON o.no = i.origin;";

/* The same of their events and links. */
static const char tables_4[] =
    "ALTER TABLE span_event ADD COLUMN dropped INTEGER NOT NULL DEFAULT 0;"
    "ALTER TABLE span_link ADD COLUMN dropped INTEGER NOT NULL DEFAULT 0;"
    "ALTER TABLE span_link ADD COLUMN flags INTEGER NOT NULL DEFAULT 0;"
    "ALTER TABLE span_link ADD COLUMN tracestate TEXT NOT NULL DEFAULT '';";

/* The same of resources and scopes; and what digests are keyed with that leave
 * the store. */
static const char tables_5[] =
    "ALTER TABLE span_origin ADD COLUMN resource_dropped INTEGER NOT NULL"
    " DEFAULT 0;"
    "ALTER TABLE span_origin ADD COLUMN scope_dropped INTEGER NOT NULL"
    " DEFAULT 0;"
    "CREATE TABLE digest_key("
    " no INTEGER PRIMARY KEY,"
    " key BLOB NOT NULL"
    ") STRICT;"
    "INSERT INTO digest_key VALUES(1, randomblob(32));";

/* What became of requests that were made, whoever made them. */
static const char tables_6[] = "CREATE TABLE IF NOT EXISTS export_state("
                               " destination TEXT NOT NULL PRIMARY KEY,"
                               " delivered INTEGER NOT NULL,"
                               " rejected INTEGER NOT NULL,"
                               " failures INTEGER NOT NULL,"
                               " success_ns INTEGER"
                               ") STRICT, WITHOUT ROWID;";

/* migrations[n] turns format n into n + 1: scripts, in order. */
#define SCRIPTS_MAX 2
static const char *const migrations[RP_STORE_FORMAT][SCRIPTS_MAX] = {
    {tables_1, views_1},
    {tables_2},
    {tables_3, views_3},
    {tables_4},
    {tables_5},
    {tables_6},
};

static enum rp_code run(
    struct rp_store_sqlite *sqlite, const char *sql, struct rp_err *err)
{
    if (sqlite3_exec(sqlite->db, sql, NULL, NULL, NULL) == SQLITE_OK) {
        return RP_OK;
    }
    return rp__sqlite_fail(sqlite, err, "cannot prepare");
}

static enum rp_code set_pragma(struct rp_store_sqlite *sqlite, const char *name,
    int64_t value, struct rp_err *err)
{
    char sql[80];
    sqlite3_snprintf(
        sizeof(sql), sql, "PRAGMA %s = %lld", name, (long long)value);
    return run(sqlite, sql, err);
}

enum rp_code rp__sqlite_pragma(struct rp_store_sqlite *sqlite, const char *sql,
    int64_t *out, struct rp_err *err)
{
    sqlite3_stmt *stmt = NULL;
    int rc = sqlite3_prepare_v2(sqlite->db, sql, -1, &stmt, NULL);
    if (rc == SQLITE_OK) {
        rc = sqlite3_step(stmt);
    }
    int64_t value = rc == SQLITE_ROW ? sqlite3_column_int64(stmt, 0) : 0;
    (void)sqlite3_finalize(stmt); /* repeats the error of the step */
    if (rc != SQLITE_ROW && rc != SQLITE_DONE) {
        return rp__sqlite_fail(sqlite, err, "cannot read");
    }
    *out = value;
    return RP_OK;
}

struct marks {
    int64_t id, format, objects;
};

/* All of one moment: another process may be making the store just now. A
 * savepoint may stand inside a transaction, and be one. */
static enum rp_code read_marks(
    struct rp_store_sqlite *sqlite, struct marks *out, struct rp_err *err)
{
    enum rp_code rc = run(sqlite, "SAVEPOINT marks", err);
    if (rc != RP_OK) {
        return rc;
    }
    rc = rp__sqlite_pragma(sqlite, "PRAGMA application_id", &out->id, err);
    if (rc == RP_OK) {
        rc =
            rp__sqlite_pragma(sqlite, "PRAGMA user_version", &out->format, err);
    }
    if (rc == RP_OK) {
        rc = rp__sqlite_pragma(
            sqlite, "SELECT count(*) FROM sqlite_schema", &out->objects, err);
    }
    /* only read from: nothing can go wrong with its end */
    (void)sqlite3_exec(sqlite->db, "RELEASE marks", NULL, NULL, NULL);
    return rc;
}

enum rp_code rp__sqlite_format(
    struct rp_store_sqlite *sqlite, int64_t *out, struct rp_err *err)
{
    struct marks marks = {0, 0, 0};
    enum rp_code rc = read_marks(sqlite, &marks, err);
    if (rc != RP_OK) {
        return rc;
    }
    int64_t id = marks.id;
    int64_t format = marks.format;
    int64_t objects = id == 0 ? marks.objects : 0;
    if (id != RP_STORE_APPLICATION_ID && (id | format | objects) != 0) {
        return rp_err_set(err, RP_E_INVALID,
            "'%s' is an SQLite file, but not a reprise store", sqlite->path);
    }
    if (format > RP_STORE_FORMAT) {
        return rp_err_set(err, RP_E_NEWER,
            "the store '%s' has format %lld, this program knows up to %d; "
            "use a newer reprise",
            sqlite->path, (long long)format, RP_STORE_FORMAT);
    }
    *out = format;
    return RP_OK;
}

static enum rp_code migrate_from(
    struct rp_store_sqlite *sqlite, int64_t format, struct rp_err *err)
{
    enum rp_code rc = RP_OK;
    for (size_t i = 0; rc == RP_OK && i < SCRIPTS_MAX; i++) {
        const char *script = migrations[format][i];
        rc = script == NULL ? RP_OK : run(sqlite, script, err);
    }
    return rc;
}

/* In one transaction, and looks again inside it: another process may have
 * been quicker. */
enum rp_code rp__sqlite_migrate(
    struct rp_store_sqlite *sqlite, struct rp_err *err)
{
    enum rp_code rc = run(sqlite, "BEGIN IMMEDIATE", err);
    if (rc != RP_OK) {
        return rc;
    }
    int64_t format = 0;
    rc = rp__sqlite_format(sqlite, &format, err);
    for (; rc == RP_OK && format < RP_STORE_FORMAT; format++) {
        rc = migrate_from(sqlite, format, err);
    }
    if (rc == RP_OK) {
        rc = set_pragma(sqlite, "application_id", RP_STORE_APPLICATION_ID, err);
    }
    if (rc == RP_OK) {
        rc = set_pragma(sqlite, "user_version", RP_STORE_FORMAT, err);
    }
    if (rc == RP_OK) {
        rc = run(sqlite, "COMMIT", err);
    }
    if (rc != RP_OK) {
        /* the first error is the one that counts */
        (void)sqlite3_exec(sqlite->db, "ROLLBACK", NULL, NULL, NULL);
    }
    return rc;
}
