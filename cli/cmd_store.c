/* store - check, size, compact, migrate: the care of the file. */
#include <inttypes.h>
#include <string.h>

#include <reprise/mem.h>
#include <reprise/store_care.h>
#include <reprise/verify.h>

#include "command.h"
#include "out.h"
#include "phrase.h"
#include "say.h"
#include "session_arg.h"
#include "table.h"
#include "term.h"

#define PROBLEMS_MAX 100
#define LARGEST 10

struct caring {
    struct rp__session_arg arg;
    struct rp_store_sqlite *sqlite; /* for reading or for writing */
    struct rp_buf out;
};

static int open_store(struct caring *c, bool read_only)
{
    struct rp_err err = RP_ERR_INIT;
    const struct rp_store_sqlite_options options = {.read_only = read_only};
    return rp_store_sqlite_open(
               &c->sqlite, c->arg.place.path, &options, &err) == RP_OK
               ? RP__GO_ON
               : rp__session_failed(&c->arg, &err);
}

/* Each session of the store, the latest first. */
static int each_session(struct caring *c,
    int (*one)(struct caring *c, const struct rp_session_row *row, void *more),
    void *more)
{
    struct rp_err err = RP_ERR_INIT;
    struct rp_sessions *sessions = NULL;
    struct rp_arena *arena = rp_arena_new(0);
    struct rp_session_row row;
    bool found = true;
    int status = RP__GO_ON;
    enum rp_code rc = rp_reader_sessions(&sessions, c->arg.reader, NULL, &err);
    while (rc == RP_OK && found && status == RP__GO_ON) {
        rp_arena_reset(arena);
        rc = rp_sessions_next(sessions, arena, &found, &row, &err);
        if (rc == RP_OK && found) {
            status = one(c, &row, more);
        }
    }
    rp_sessions_free(&sessions);
    rp_arena_free(&arena);
    return rc == RP_OK ? status : rp__session_failed(&c->arg, &err);
}

/* ---- check ---- */

struct checked {
    int64_t sessions, records, damaged;
};

/* Spans are made from the records, and are not part of their digests. */
static void check_spans(
    struct caring *c, const struct rp_session_row *row, struct rp_check *check)
{
    struct rp_err err = RP_ERR_INIT;
    struct rp_buf what;
    rp_buf_init(&what, RP_ERR_TEXT_MAX);
    if (rp_verify_spans(
            &what, c->arg.reader, row, "reprise " RP_VERSION, &err) != RP_OK) {
        rp_buf_reset(&what);
        rp_buf_add_text(&what, err.text);
    }
    if (what.len > 0) {
        check->damaged = true;
        rp_buf_addf(&c->out, "%s: %.*s\n", row->head.id.text,
            RP_STR_ARG(rp_buf_str(&what)));
    }
    rp_buf_fini(&what);
}

static int check_one(
    struct caring *c, const struct rp_session_row *row, void *more)
{
    struct checked *checked = more;
    struct rp_err err = RP_ERR_INIT;
    struct rp_check check = {.damaged = false};
    if (rp_reader_check(&check, c->arg.reader, row->no, &err) != RP_OK) {
        if (err.code == RP_E_NOT_FOUND) {
            return RP__GO_ON; /* removed meanwhile */
        }
        check.damaged = true;
        rp_buf_addf(&c->out, "%s: %s\n", row->head.id.text, err.text);
    } else if (check.damaged) {
        rp_buf_addf(&c->out, "%s: %s\n", row->head.id.text, check.what);
    } else {
        check_spans(c, row, &check);
    }
    checked->sessions++;
    checked->records += (int64_t)check.records;
    checked->damaged += check.damaged;
    return RP__GO_ON;
}

static int check_sessions(struct caring *c)
{
    struct checked checked = {0, 0, 0};
    int status = each_session(c, check_one, &checked);
    if (status != RP__GO_ON) {
        return status;
    }
    rp__text_count(&c->out, checked.sessions, "session");
    rp_buf_add_text(&c->out, " with ");
    rp__text_count(&c->out, checked.records, "record");
    if (checked.damaged > 0) {
        rp_buf_addf(&c->out, ": %" PRId64 " damaged\n", checked.damaged);
    } else {
        rp_buf_add_text(&c->out, ": whole\n");
    }
    return checked.damaged > 0 ? RP__EXIT_FAILED : RP__EXIT_OK;
}

static int check(struct caring *c)
{
    struct rp_err err = RP_ERR_INIT;
    struct rp_buf problems;
    int status = open_store(c, true);
    if (status != RP__GO_ON) {
        return status;
    }
    rp_buf_init(&problems, RP__OUT_BYTES_MAX);
    enum rp_code rc =
        rp_store_check_file(&problems, c->sqlite, PROBLEMS_MAX, &err);
    bool sound = problems.len == 0;
    rp_buf_add(&c->out, rp_buf_str(&problems));
    rp_buf_fini(&problems);
    if (rc != RP_OK) {
        return rp__session_failed(&c->arg, &err);
    }
    rp_buf_add_text(
        &c->out, sound ? "the file is sound\n" : "the file is damaged\n");
    status = check_sessions(c);
    return status == RP__EXIT_OK && !sound ? RP__EXIT_FAILED : status;
}

/* ---- size ---- */

static const struct rp__column table_columns[] = {
    {"TABLE", false, 40},
    {"ROWS", true, 0},
    {"BYTES", true, 0},
};
static const struct rp__column session_columns[] = {
    {"SESSION", false, 0},
    {"PLAN", false, 28},
    {"RECORDS", true, 0},
    {"SPANS", true, 0},
    {"BYTES", true, 0},
};

struct large {
    int64_t bytes[LARGEST], records[LARGEST], spans[LARGEST];
    struct rp_session_id ids[LARGEST];
    const char *plans[LARGEST]; /* in the arena of the command */
    uint32_t count;
};

/* Into its place; what is past the last falls out. */
static int size_one(
    struct caring *c, const struct rp_session_row *row, void *more)
{
    struct large *large = more;
    struct rp_err err = RP_ERR_INIT;
    int64_t bytes = 0;
    if (rp_store_session_size(&bytes, c->sqlite, row->no, &err) != RP_OK) {
        return rp__session_failed(&c->arg, &err);
    }
    if (large->count == LARGEST && bytes <= large->bytes[LARGEST - 1]) {
        return RP__GO_ON;
    }
    large->count += large->count < LARGEST;
    uint32_t at = large->count - 1;
    for (; at > 0 && large->bytes[at - 1] < bytes; at--) {
        large->bytes[at] = large->bytes[at - 1];
        large->records[at] = large->records[at - 1];
        large->spans[at] = large->spans[at - 1];
        large->ids[at] = large->ids[at - 1];
        large->plans[at] = large->plans[at - 1];
    }
    large->bytes[at] = bytes;
    large->records[at] = (int64_t)row->summary.record_count;
    large->spans[at] = row->span_count;
    large->ids[at] = row->head.id;
    large->plans[at] = rp_arena_dup(c->arg.arena, row->head.plan_name);
    return RP__GO_ON;
}

static void add_cell(struct rp__table *table, struct rp_buf *cell)
{
    rp__table_add(table, rp_buf_str(cell), RP__PLAIN);
    rp_buf_reset(cell);
}

static void add_number(
    struct rp__table *table, struct rp_buf *cell, int64_t number)
{
    rp_buf_add_i64(cell, number);
    add_cell(table, cell);
}

static void add_bytes(
    struct rp__table *table, struct rp_buf *cell, int64_t bytes)
{
    rp__text_bytes(cell, (uint64_t)bytes);
    add_cell(table, cell);
}

static void show_tables(struct caring *c, const struct rp_store_size *size,
    const struct rp__term *term, struct rp_buf *cell)
{
    struct rp__table table;
    rp__table_init(&table, table_columns, RP_COUNT_OF(table_columns),
        c->arg.arena, &term->style);
    for (uint32_t i = 0; i < size->table_count; i++) {
        rp__table_add(&table, rp_str_of(size->tables[i].name), RP__PLAIN);
        add_number(&table, cell, size->tables[i].rows);
        add_bytes(&table, cell, size->tables[i].bytes);
    }
    rp__table_write(&c->out, &table, 0);
    rp__table_fini(&table);
}

static void show_sessions(struct caring *c, const struct large *large,
    const struct rp__term *term, struct rp_buf *cell)
{
    struct rp__table table;
    rp__table_init(&table, session_columns, RP_COUNT_OF(session_columns),
        c->arg.arena, &term->style);
    for (uint32_t i = 0; i < large->count; i++) {
        rp__table_add(
            &table, rp_str_of(rp__phrase_short_id(&large->ids[i])), RP__PLAIN);
        rp__table_add(&table, rp_str_of(large->plans[i]), RP__PLAIN);
        add_number(&table, cell, large->records[i]);
        add_number(&table, cell, large->spans[i]);
        add_bytes(&table, cell, large->bytes[i]);
    }
    rp_buf_add_text(&c->out, "\nThe largest sessions, payloads not counted:\n");
    rp__table_write(&c->out, &table, 0);
    rp__table_fini(&table);
}

static void show_space(struct caring *c, const struct rp_store_size *size)
{
    rp_buf_add_text(&c->out, "\n");
    rp__text_count(&c->out, size->sessions, "session");
    rp_buf_add_text(&c->out, " in ");
    rp__text_bytes(&c->out, (uint64_t)size->space.file_bytes);
    rp_buf_add_text(&c->out, ", of which ");
    rp__text_bytes(&c->out, (uint64_t)size->space.free_bytes);
    rp_buf_add_text(&c->out, " free; payloads ");
    rp__text_bytes(&c->out, (uint64_t)size->payload_bytes);
    rp_buf_add_text(&c->out, ", unpacked ");
    rp__text_bytes(&c->out, (uint64_t)size->payload_raw_bytes);
    rp_buf_add_char(&c->out, '\n');
}

static int size(struct caring *c)
{
    struct rp_err err = RP_ERR_INIT;
    struct rp_store_size found;
    struct large large = {.count = 0};
    const struct rp__term term = rp__term_of(1);
    struct rp_buf cell;
    int status = open_store(c, true);
    if (status != RP__GO_ON) {
        return status;
    }
    if (rp_store_size(&found, c->sqlite, c->arg.arena, &err) != RP_OK) {
        return rp__session_failed(&c->arg, &err);
    }
    status = each_session(c, size_one, &large);
    if (status != RP__GO_ON) {
        return status;
    }
    rp_buf_init(&cell, 4096);
    show_tables(c, &found, &term, &cell);
    if (large.count > 0) {
        show_sessions(c, &large, &term, &cell);
    }
    show_space(c, &found);
    rp_buf_fini(&cell);
    return RP__EXIT_OK;
}

/* ---- compact ---- */

static void tell_collected(
    struct caring *c, const struct rp_store_removed *removed)
{
    if (removed->payloads > 0) {
        rp__text_count(&c->out, removed->payloads, "payload");
        rp_buf_add_text(&c->out, " removed that no session needs (");
        rp__text_bytes(&c->out, (uint64_t)removed->payload_bytes);
        rp_buf_add_text(&c->out, ")\n");
    }
}

static int compact(struct caring *c)
{
    struct rp_err err = RP_ERR_INIT;
    struct rp_store_removed removed = {0};
    struct rp_store_space before, after;
    rp_reader_close(&c->arg.reader); /* the last to close moves the log */
    int status = open_store(c, false);
    if (status != RP__GO_ON) {
        return status;
    }
    enum rp_code rc = rp_store_collect(&removed, c->sqlite, &err);
    if (rc == RP_E_STATE) {
        rp__say("store", "%s", err.text);
        rp_err_clear(&err);
        rc = RP_OK;
    }
    if (rc == RP_OK) {
        tell_collected(c, &removed);
        rc = rp_store_compact(&before, &after, c->sqlite, &err);
    }
    if (rc == RP_E_STATE || rc == RP_E_BUSY) {
        rp__say("store", "not compacted: %s", err.text);
        return RP__EXIT_FAILED;
    }
    if (rc != RP_OK) {
        return rp__session_failed(&c->arg, &err);
    }
    rp__text_bytes(&c->out, (uint64_t)before.file_bytes);
    rp_buf_add_text(&c->out, " before, ");
    rp__text_bytes(&c->out, (uint64_t)after.file_bytes);
    rp_buf_add_text(&c->out, " now\n");
    return RP__EXIT_OK;
}

/* ---- migrate ---- */

static int migrate(struct caring *c)
{
    int status = open_store(c, true);
    if (status != RP__GO_ON) {
        return status;
    }
    int64_t old = rp_store_format(c->sqlite);
    rp_store_sqlite_close(&c->sqlite);
    if (old == RP_STORE_FORMAT) {
        rp_buf_addf(&c->out, "the store has format %" PRId64 " already\n", old);
        return RP__EXIT_OK;
    }
    rp_reader_close(&c->arg.reader);
    status = open_store(c, false); /* which migrates */
    if (status != RP__GO_ON) {
        return status;
    }
    rp_buf_addf(&c->out, "the store had format %" PRId64 ", now %" PRId64 "\n",
        old, rp_store_format(c->sqlite));
    return RP__EXIT_OK;
}

/* ---- all ---- */

static const struct verb {
    const char *name;
    int (*run)(struct caring *c);
} verbs[] = {
    {"check", check},
    {"size", size},
    {"compact", compact},
    {"migrate", migrate},
};

static int care(
    struct caring *c, const struct rp__args *args, const struct verb *verb)
{
    struct rp__args no_names = *args;
    no_names.count = 0;
    rp_buf_init(&c->out, RP__OUT_BYTES_MAX);
    int status = rp__session_open(&c->arg, &no_names);
    if (status == RP__GO_ON) {
        status = verb->run(c);
    }
    if (!rp__out_write("store", rp_buf_str(&c->out)) && status == RP__EXIT_OK) {
        status = RP__EXIT_FAILED;
    }
    rp_store_sqlite_close(&c->sqlite);
    rp_buf_fini(&c->out);
    rp__session_fini(&c->arg);
    return status;
}

static int run(const struct rp__args *args)
{
    struct caring c = {.sqlite = NULL};
    for (size_t i = 0; i < RP_COUNT_OF(verbs); i++) {
        if (strcmp(verbs[i].name, args->items[0]) == 0) {
            return care(&c, args, &verbs[i]);
        }
    }
    rp__say("store", "'%s' is none of check, size, compact, migrate",
        args->items[0]);
    return RP__EXIT_USAGE;
}

static const struct rp__opt opts[] = {
    RP__OPT_STORE,
    RP__OPT_END,
};

const struct rp__command rp__cmd_store = {
    .name = "store",
    .summary = "check, measure, compact or migrate the store",
    .arguments = "check|size|compact|migrate",
    .description =
        "check    recomputes every digest of every session, makes its spans "
        "once more,\n         and has SQLite look at the file. What is "
        "damaged is named.\n"
        "size     what takes the space: tables with their indexes, and the "
        "largest\n         sessions.\n"
        "compact  removes payloads that no session needs, and gives free space "
        "back, bit\n         by bit between the commits of running "
        "sessions. The first time the\n         file is written anew: then "
        "nothing may run, and the disk needs room\n         for a second one.\n"
        "migrate  brings a store of an older version to this program's "
        "format, as every\n         command does that writes.",
    .footer = "Exit status: 0 all is well; 1 something is damaged, or was not "
              "compacted\nbecause a session runs; 2 the command line is wrong; "
              "4 the store cannot be read\nor written.",
    .opts = opts,
    .arguments_min = 1,
    .arguments_max = 1,
    .run = run,
};
