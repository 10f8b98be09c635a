/* The least that a list of sessions costs: opens the store named by its only
 * argument, runs the query of the list and prints what came. */
#include <stdio.h>

#include <sqlite3.h>

static const char query[] =
    "SELECT no, id, trace, mode, outcome, began_ns, plan_name, incarnation,"
    " last_seq, last_ns, requested, delivered, tasks, attempts, retries,"
    " timeouts, fallbacks, conflicts, input_tokens, output_tokens,"
    " cost_micro_usd, span_count, spans_dropped, notes, notes_left, chain,"
    " output, engine_rev, seed, source, parent_span, tracestate, sampled,"
    " plan, input, program, tags, faults"
    " FROM session WHERE 1 ORDER BY id DESC LIMIT 51";

/* The columns that a person sees. */
static const int shown[] = {1, 6, 4, 5, 9, 11, 13, 23};

int main(int argc, char **argv)
{
    sqlite3 *db = NULL;
    sqlite3_stmt *stmt = NULL;
    if (argc != 2 ||
        sqlite3_open_v2(argv[1], &db, SQLITE_OPEN_READONLY, NULL) !=
            SQLITE_OK ||
        sqlite3_prepare_v2(db, query, -1, &stmt, NULL) != SQLITE_OK) {
        return 1;
    }
    int count = 0;
    while (sqlite3_step(stmt) == SQLITE_ROW) {
        for (unsigned i = 0; i < sizeof(shown) / sizeof(shown[0]); i++) {
            const unsigned char *text = sqlite3_column_text(stmt, shown[i]);
            (void)printf(
                "%s  ", text == NULL ? (const unsigned char *)"" : text);
        }
        (void)putchar('\n');
        count++;
    }
    (void)sqlite3_finalize(stmt); /* only read */
    (void)sqlite3_close(db);      /* only read */
    return count == 0;
}
