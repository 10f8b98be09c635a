#include "floor_rows.h"

#include <string.h>

#include <reprise/mem.h>
#include <sqlite3.h>

#include "bench.h"

#define COLUMNS_MAX 14
#define SPAN_END_NS 7 /* columns of span, from 0 */
#define SPAN_END_SEQ 9
#define SPAN_START_SEQ 8
#define RECORD_SHIFT 24
#define SPAN_SHIFT 20

enum table { RECORD, SPAN, EVENT, LINK, PAYLOAD, TABLE_COUNT };

static const struct {
    const char *select, *insert;
    int shift;
} tables[TABLE_COUNT] = {
    [RECORD] = {"SELECT no, at_ns, digest, body FROM record ORDER BY no",
        "INSERT INTO record VALUES(?,?,?,?)", RECORD_SHIFT},
    [SPAN] = {"SELECT no, id, parent, role, kind, status, start_ns, end_ns,"
              " start_seq, end_seq, path, name, message, attributes FROM span"
              " ORDER BY no",
        "INSERT OR REPLACE INTO span VALUES(?,?,?,?,?,?,?,?,?,?,?,?,?,?)",
        SPAN_SHIFT},
    [EVENT] = {"SELECT span, n, at_ns, name, attributes FROM span_event",
        "INSERT INTO span_event VALUES(?,?,?,?,?,0)", SPAN_SHIFT},
    [LINK] = {"SELECT span, n, trace, target, attributes FROM span_link",
        "INSERT INTO span_link VALUES(?,?,?,?,?,0,0,'')", SPAN_SHIFT},
    /* Once, whatever has it; what is large is elsewhere. */
    [PAYLOAD] = {"SELECT key, digest, size, codec, bytes FROM payload"
                 " ORDER BY no",
        "INSERT INTO payload(key, digest, size, codec, bytes)"
        " SELECT ?1,?2,?3,?4,?5 WHERE NOT EXISTS(SELECT 1 FROM payload"
        " WHERE key=?1 AND digest=?2)",
        0},
};

struct cell {
    int type; /* of SQLite */
    int64_t number;
    struct rp_str bytes;
};

/* One write. */
struct row {
    enum table table;
    uint32_t turn; /* its transaction: 0, 1, … */
    int64_t low;   /* of the key: what is below the session's number */
    uint32_t cell_count;
    bool open; /* a span that has not ended */
    struct cell cells[COLUMNS_MAX];
};

struct floor_rows {
    struct rp_arena *arena;
    struct row *rows; /* by turn */
    size_t count, room;
    uint32_t per_commit, span_count, split_count;
    uint32_t *span_turns; /* of its end, by number */
};

struct writer {
    sqlite3 *db;
    sqlite3_stmt *insert[TABLE_COUNT];
    sqlite3_stmt *begin, *commit, *session, *update;
};

static void check(sqlite3 *db, int rc, const char *what)
{
    if (rc != SQLITE_OK && rc != SQLITE_DONE && rc != SQLITE_ROW) {
        bench_fail("%s: %s", what, sqlite3_errmsg(db));
    }
}

static sqlite3_stmt *prepare(sqlite3 *db, const char *sql)
{
    sqlite3_stmt *stmt = NULL;
    check(db,
        sqlite3_prepare_v3(db, sql, -1, SQLITE_PREPARE_PERSISTENT, &stmt, NULL),
        sql);
    return stmt;
}

/* ---- loading ---- */

static struct cell cell_of(
    struct rp_arena *arena, sqlite3_stmt *stmt, int column)
{
    struct cell cell = {.type = sqlite3_column_type(stmt, column)};
    cell.number = sqlite3_column_int64(stmt, column);
    if (cell.type == SQLITE_TEXT || cell.type == SQLITE_BLOB) {
        const char *bytes = sqlite3_column_blob(stmt, column);
        size_t size = (size_t)sqlite3_column_bytes(stmt, column);
        cell.bytes = (struct rp_str){
            rp_arena_dup(arena, (struct rp_str){bytes, size}), size};
    }
    return cell;
}

static uint32_t turn_of(const struct floor_rows *self, int64_t seq)
{
    return seq <= 1 ? 0 : (uint32_t)((seq - 1) / self->per_commit);
}

static struct row *add(struct floor_rows *self, const struct row *row)
{
    if (self->count == self->room) {
        self->room = self->room == 0 ? 256 : self->room * 2;
        self->rows = rp_mem_grow(self->rows, self->room, sizeof(struct row));
    }
    self->rows[self->count] = *row;
    return &self->rows[self->count++];
}

/* As it is when it begins: nothing of its end is known. */
static void add_span(struct floor_rows *self, struct row *row)
{
    uint32_t began = turn_of(self, row->cells[SPAN_START_SEQ].number);
    row->turn = turn_of(self, row->cells[SPAN_END_SEQ].number);
    self->span_turns[row->low] = row->turn;
    self->span_count++;
    if (began != row->turn) {
        struct row *open = add(self, row);
        open->turn = began;
        open->open = true;
        open->cells[SPAN_END_NS].type = SQLITE_NULL;
        open->cells[SPAN_END_SEQ].type = SQLITE_NULL;
        self->split_count++;
    }
    (void)add(self, row);
}

static void load_table(struct floor_rows *self, sqlite3 *db, enum table table)
{
    sqlite3_stmt *stmt = prepare(db, tables[table].select);
    while (sqlite3_step(stmt) == SQLITE_ROW) {
        struct row row = {.table = table};
        row.cell_count = (uint32_t)sqlite3_column_count(stmt);
        for (uint32_t i = 0; i < row.cell_count; i++) {
            row.cells[i] = cell_of(self->arena, stmt, (int)i);
        }
        row.low =
            row.cells[0].number & ((INT64_C(1) << tables[table].shift) - 1);
        switch (table) {
        case RECORD:
            row.turn = turn_of(self, row.low);
            (void)add(self, &row);
            break;
        case SPAN:
            add_span(self, &row);
            break;
        case EVENT:
        case LINK:
            row.turn = self->span_turns[row.low];
            (void)add(self, &row);
            break;
        case PAYLOAD: /* its turn comes later */
            (void)add(self, &row);
            break;
        case TABLE_COUNT:
            break;
        }
    }
    (void)sqlite3_finalize(stmt); /* only read */
}

/* When each came is not known: they come all the time. */
static void spread_payloads(struct floor_rows *self)
{
    size_t count = 0;
    uint32_t turns = 1;
    for (size_t i = 0; i < self->count; i++) {
        count += self->rows[i].table == PAYLOAD;
        turns = self->rows[i].turn < turns ? turns : self->rows[i].turn + 1;
    }
    size_t seen = 0;
    for (size_t i = 0; i < self->count; i++) {
        if (self->rows[i].table == PAYLOAD) {
            self->rows[i].turn = (uint32_t)(seen++ * turns / count);
        }
    }
}

/* Stable by construction: rows were added table by table. */
static void sort_by_turn(struct floor_rows *self)
{
    struct row *sorted = rp_mem_array(self->count, sizeof(struct row));
    size_t done = 0;
    for (uint32_t turn = 0; done < self->count; turn++) {
        for (size_t i = 0; i < self->count; i++) {
            if (self->rows[i].turn == turn) {
                sorted[done++] = self->rows[i];
            }
        }
    }
    rp_mem_free(self->rows);
    self->rows = sorted;
}

struct floor_rows *floor_rows_load(const char *path, uint32_t per_commit)
{
    sqlite3 *db = NULL;
    struct floor_rows *self = rp_mem_zalloc(sizeof(*self));
    check(db, sqlite3_open_v2(path, &db, SQLITE_OPEN_READONLY, NULL), path);
    self->arena = rp_arena_new(1u << 20);
    self->per_commit = per_commit;
    self->span_turns = rp_mem_array((size_t)1 << SPAN_SHIFT, sizeof(uint32_t));
    for (int i = 0; i < TABLE_COUNT; i++) {
        load_table(self, db, (enum table)i);
    }
    (void)sqlite3_close(db); /* only read */
    spread_payloads(self);
    sort_by_turn(self);
    return self;
}

void floor_rows_free(struct floor_rows **rows)
{
    if (*rows != NULL) {
        rp_arena_free(&(*rows)->arena);
        rp_mem_free((*rows)->rows);
        rp_mem_free((*rows)->span_turns);
        rp_mem_free(*rows);
        *rows = NULL;
    }
}

uint32_t floor_rows_span_count(const struct floor_rows *rows)
{
    return rows->span_count;
}

uint32_t floor_rows_split_count(const struct floor_rows *rows)
{
    return rows->split_count;
}

/* ---- writing ---- */

static void open_writer(struct writer *w, const char *path)
{
    check(w->db, sqlite3_open_v2(path, &w->db, SQLITE_OPEN_READWRITE, NULL),
        path);
    check(w->db,
        sqlite3_exec(w->db, "PRAGMA synchronous=NORMAL", NULL, NULL, NULL),
        path);
    for (int i = 0; i < TABLE_COUNT; i++) {
        w->insert[i] = prepare(w->db, tables[i].insert);
    }
    w->begin = prepare(w->db, "BEGIN IMMEDIATE");
    w->commit = prepare(w->db, "COMMIT");
    w->session = prepare(w->db,
        "INSERT INTO session VALUES(?,?,x'00','live',NULL,0,'bench',1,0,0,0,0,"
        "0,0,0,0,0,0,0,0,0,0,0,'',0,x'00',NULL,1,'1','',NULL,'',1,x'00',x'00',"
        "'bench','[]','',0,'',NULL)");
    w->update = prepare(w->db, "UPDATE session SET last_seq=?2, last_ns=?3,"
                               " span_count=?4 WHERE no=?1");
}

static void close_writer(struct writer *w)
{
    for (int i = 0; i < TABLE_COUNT; i++) {
        (void)sqlite3_finalize(w->insert[i]); /* every step was checked */
    }
    (void)sqlite3_finalize(w->begin);
    (void)sqlite3_finalize(w->commit);
    (void)sqlite3_finalize(w->session);
    (void)sqlite3_finalize(w->update);
    check(w->db, sqlite3_close(w->db), "closing the floor's store");
}

static void run(struct writer *w, sqlite3_stmt *stmt)
{
    if (sqlite3_step(stmt) != SQLITE_DONE) {
        bench_fail("the floor's store: %s", sqlite3_errmsg(w->db));
    }
    (void)sqlite3_reset(stmt); /* it ended well */
}

static void write_row(struct writer *w, const struct row *row, int64_t session)
{
    sqlite3_stmt *stmt = w->insert[row->table];
    int shift = tables[row->table].shift;
    sqlite3_bind_int64(stmt, 1,
        shift == 0 ? row->cells[0].number : session << shift | row->low);
    for (uint32_t i = 1; i < row->cell_count; i++) {
        const struct cell *cell = &row->cells[i];
        int at = (int)i + 1;
        int size = (int)cell->bytes.len;
        if (cell->type == SQLITE_INTEGER) {
            sqlite3_bind_int64(stmt, at, cell->number);
        } else if (cell->type == SQLITE_NULL) {
            sqlite3_bind_null(stmt, at);
        } else if (cell->type == SQLITE_TEXT) {
            sqlite3_bind_text(stmt, at, cell->bytes.ptr, size, SQLITE_STATIC);
        } else {
            sqlite3_bind_blob(stmt, at, cell->bytes.ptr, size, SQLITE_STATIC);
        }
    }
    run(w, stmt);
}

static void begin_session(struct writer *w, int64_t session)
{
    char id[32];
    sqlite3_snprintf(sizeof(id), id, "%026lld", (long long)session);
    sqlite3_bind_int64(w->session, 1, session);
    sqlite3_bind_text(w->session, 2, id, -1, SQLITE_TRANSIENT);
    run(w, w->session);
}

static void end_turn(struct writer *w, int64_t session, uint32_t turn)
{
    sqlite3_bind_int64(w->update, 1, session);
    sqlite3_bind_int64(w->update, 2, turn);
    sqlite3_bind_int64(w->update, 3, turn);
    sqlite3_bind_int64(w->update, 4, turn);
    run(w, w->update);
    run(w, w->commit);
}

static void write_session(struct writer *w, const struct floor_rows *rows,
    int64_t session, bool spans_only)
{
    for (size_t i = 0; i < rows->count; i++) {
        const struct row *row = &rows->rows[i];
        bool first = i == 0 || rows->rows[i - 1].turn != row->turn;
        if (first && i > 0) {
            end_turn(w, session, rows->rows[i - 1].turn);
        }
        if (first) {
            run(w, w->begin);
        }
        if (i == 0) {
            begin_session(w, session);
        }
        if (!spans_only || row->table == SPAN) {
            write_row(w, row, session);
        }
    }
    end_turn(w, session, rows->rows[rows->count - 1].turn);
}

double floor_rows_write(const struct floor_rows *rows, const char *path,
    uint32_t count, bool spans_only)
{
    struct writer w = {.db = NULL};
    int64_t began_ns = bench_now_ns();
    open_writer(&w, path);
    for (uint32_t i = 0; i < count; i++) {
        write_session(&w, rows, (int64_t)i + 1, spans_only);
    }
    close_writer(&w);
    return bench_seconds_since(began_ns);
}

int64_t floor_rows_thread_ns(
    const struct floor_rows *rows, const char *path, uint32_t count)
{
    struct writer w = {.db = NULL};
    open_writer(&w, path);
    check(w.db,
        sqlite3_exec(w.db, "PRAGMA wal_autocheckpoint=0", NULL, NULL, NULL),
        path);
    int64_t began_ns = bench_thread_ns();
    for (uint32_t i = 0; i < count; i++) {
        write_session(&w, rows, (int64_t)i + 1, false);
    }
    int64_t took_ns = bench_thread_ns() - began_ns;
    close_writer(&w);
    return took_ns;
}
