#include "sweep_tell.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "phrase.h"
#include "sweep_live_tell.h"
#include "table.h"

/* ---- command lines ---- */

static void add_faults(struct rp_buf *out, const struct rp_sweep_gap *gap)
{
    for (uint32_t i = 0; i < gap->rule_count; i++) {
        rp_buf_add_text(out, " --fault ");
        rp__text_shell(out, gap->rules[i]);
    }
}

void rp__sweep_replay_line(struct rp_buf *out,
    const struct rp__sweep_tale *tale, const struct rp_sweep_gap *gap)
{
    rp_buf_addf(out, "reprise replay %s", rp__phrase_short_id(tale->session));
    if (tale->plan_file != NULL) {
        rp_buf_add_text(out, " --plan ");
        rp__text_shell(out, tale->plan_file);
    }
    add_faults(out, gap);
    if (gap->gap == RP_GAP_ORDER && gap->rule_count == 0) {
        rp_buf_addf(out, " --order shuffle:%" PRIu64,
            tale->sweep->options.subject.seed);
    }
    rp_buf_add_text(out, tale->session_options);
}

void rp__sweep_live_line(struct rp_buf *out, const struct rp__sweep_tale *tale,
    const struct rp_sweep_gap *gap)
{
    if (tale->plan_file != NULL) {
        rp_buf_add_text(out, "reprise run ");
        rp__text_shell(out, tale->plan_file);
        rp_buf_add_text(out, tale->input_option);
    } else {
        rp_buf_addf(out, "reprise fork %s", rp__phrase_short_id(tale->session));
    }
    add_faults(out, gap);
    rp_buf_add_text(out, tale->session_options);
}

/* ---- the first lines ---- */

static uint32_t sum(
    const struct rp_sweep *s, enum rp_verdict from, enum rp_verdict to)
{
    uint32_t count = 0;
    for (uint32_t v = from; v <= (uint32_t)to; v++) {
        count += s->counts[v];
    }
    return count;
}

static void add_count(
    struct rp_buf *out, uint32_t count, const char *what, bool *first)
{
    if (count > 0) {
        rp_buf_addf(out, "%s%" PRIu32 " %s", *first ? "" : ", ", count, what);
        *first = false;
    }
}

static void add_counts(struct rp_buf *out, const struct rp_sweep *s)
{
    bool first = true;
    add_count(out, sum(s, RP_VERDICT_UNAFFECTED, RP_VERDICT_FELL_BACK),
        "survived", &first);
    add_count(
        out, s->counts[RP_VERDICT_DECLARED], "degraded and said so", &first);
    add_count(out, s->counts[RP_VERDICT_BELIEVED], "believed", &first);
    add_count(out, s->counts[RP_VERDICT_CLEAN], "failed and said so", &first);
    add_count(out, s->counts[RP_VERDICT_WASTED],
        "failed with finished work lost", &first);
    add_count(out, s->counts[RP_VERDICT_HUNG], "hung", &first);
    add_count(out, s->counts[RP_VERDICT_SILENT], "degraded SILENTLY", &first);
    add_count(
        out, s->counts[RP_VERDICT_NEEDS_LIVE], "need a live worker", &first);
    add_count(out, s->counts[RP_VERDICT_NOT_TRIGGERED], "never fired", &first);
    add_count(out, s->counts[RP_VERDICT_NONDETERMINISTIC], "NOT DETERMINISTIC",
        &first);
    add_count(out, s->counts[RP_VERDICT_HARNESS], "could not be run", &first);
    add_count(out, s->counts[RP_VERDICT_PRUNED], "not run", &first);
    rp_buf_add_char(out, '\n');
}

static void add_pairs(struct rp_buf *out, const struct rp_sweep *s)
{
    if (s->options.random_count > 0) {
        rp_buf_addf(out, "%" PRIu32 " of them drawn, of 3 to 5 faults\n",
            s->case_count - s->random_from);
    }
    if (s->options.depth < 2) {
        return;
    }
    rp_buf_addf(out,
        "%" PRIu32 " of them pairs; left out: %" PRIu64
        " of faults that equal another, %" PRIu64
        " of data that goes nowhere, %" PRIu64 " of large outputs\n",
        s->random_from - s->pairs_from, s->pruned.equal, s->pruned.lineage,
        s->pruned.large);
}

static void add_head(struct rp_buf *out, const struct rp__sweep_tale *tale)
{
    const struct rp_sweep *s = tale->sweep;
    const struct rp_plan *plan = s->rig.measure.plan;
    rp_buf_addf(out, "sweep of %s  %s  ", plan->name,
        rp__phrase_short_id(tale->session));
    rp__text_count(out, s->case_count, "scenario");
    rp_buf_addf(out, ", %" PRIu32 " of them twice, seed %" PRIu64 "\n",
        s->twice_count, s->options.subject.seed);
    add_counts(out, s);
    add_pairs(out, s);
}

/* ---- the matrix ---- */

static enum rp__colour colour_of(enum rp_verdict verdict, bool gap)
{
    if (gap) {
        return RP__RED;
    }
    return verdict <= RP_VERDICT_FELL_BACK ? RP__GREEN : RP__YELLOW;
}

static void add_row(struct rp__table *table, const struct rp_sweep *s,
    uint32_t row, uint32_t seen[RP_VERDICT_COUNT])
{
    rp__table_add(table, rp_str_of(s->rows[row].path), RP__PLAIN);
    rp__table_add(table, rp_str_of(s->rows[row].agent), RP__DIM);
    for (uint32_t i = 0; i < s->class_count; i++) {
        enum rp_verdict worst;
        bool gap;
        if (!rp_sweep_cell(s, row, i, &worst, &gap)) {
            rp__table_add(table, RP_STR("-"), RP__DIM);
            continue;
        }
        char cell[3] = {rp_verdict_letter(worst), gap ? '!' : '\0', '\0'};
        rp__table_add(table, rp_str_of(cell), colour_of(worst, gap));
        seen[worst]++;
    }
}

static const char *const letter_meanings[RP_VERDICT_COUNT] = {
    [RP_VERDICT_PRUNED] = ". not run",
    [RP_VERDICT_FELL_BACK] = "S survived",
    [RP_VERDICT_DECLARED] = "D degraded, and says so",
    [RP_VERDICT_BELIEVED] = "B an altered output satisfies its contract",
    [RP_VERDICT_CLEAN] = "F failed, and says so",
    [RP_VERDICT_WASTED] = "W failed, finished work lost",
    [RP_VERDICT_HUNG] = "H hung",
    [RP_VERDICT_SILENT] = "L degraded, and says ok",
    [RP_VERDICT_NEEDS_LIVE] = "N needs a live worker",
    [RP_VERDICT_NOT_TRIGGERED] = "? never fired",
    [RP_VERDICT_HARNESS] = "X not to be trusted",
};

static void add_legend(
    struct rp_buf *out, uint32_t seen[RP_VERDICT_COUNT], bool gaps)
{
    seen[RP_VERDICT_FELL_BACK] +=
        seen[RP_VERDICT_UNAFFECTED] + seen[RP_VERDICT_MASKED];
    seen[RP_VERDICT_HARNESS] += seen[RP_VERDICT_NONDETERMINISTIC];
    rp_buf_add_text(out, " ");
    for (uint32_t i = 0; i < RP_VERDICT_COUNT; i++) {
        if (seen[i] > 0 && letter_meanings[i] != NULL) {
            rp_buf_addf(out, " %s ", letter_meanings[i]);
        }
    }
    rp_buf_add_text(out, gaps ? " ! gap\n" : "\n");
}

static void add_matrix(
    struct rp_buf *out, const struct rp_sweep *s, const struct rp__style *style)
{
    struct rp__column columns[RP__TABLE_COLUMNS_MAX] = {
        {"TASK", false, 40}, {"AGENT", false, 24}};
    uint32_t seen[RP_VERDICT_COUNT] = {0};
    uint32_t count = 2;
    for (uint32_t i = 0; i < s->class_count && count < RP__TABLE_COLUMNS_MAX;
         i++) {
        columns[count++] = (struct rp__column){s->classes[i], false, 0};
    }
    struct rp_arena *arena = rp_arena_new(0);
    struct rp__table table;
    rp__table_init(&table, columns, count, arena, style);
    for (uint32_t i = 0; i < s->row_count; i++) {
        add_row(&table, s, i, seen);
    }
    rp_buf_add_char(out, '\n');
    rp__table_write(out, &table, 0);
    rp_buf_add_char(out, '\n');
    add_legend(out, seen, s->gap_count > 0);
    rp__table_fini(&table);
    rp_arena_free(&arena);
}

/* ---- gaps ---- */

static bool is_accepted(const struct rp__sweep_tale *tale, uint32_t index)
{
    return tale->accepted != NULL && tale->accepted[index] != NULL;
}

uint32_t rp__sweep_open_gaps(const struct rp__sweep_tale *tale)
{
    uint32_t count = 0;
    for (uint32_t i = 0; i < tale->sweep->gap_count; i++) {
        count += is_accepted(tale, i) ? 0 : 1;
    }
    return count;
}

/* The same gap at several places is one entry; nothing of it when all places
 * are accepted. Oracles of one's own have nothing in common. */
static uint32_t same_from(const struct rp_sweep *s, uint32_t first)
{
    uint32_t end = first + 1;
    while (end < s->gap_count && s->gaps[end].gap == s->gaps[first].gap &&
           s->gaps[first].gap != RP_GAP_ORACLE) {
        end++;
    }
    return end;
}

static uint32_t first_open(
    const struct rp__sweep_tale *tale, uint32_t i, uint32_t end)
{
    while (i < end && is_accepted(tale, i)) {
        i++;
    }
    return i;
}

static void add_places(struct rp_buf *out, const struct rp__sweep_tale *tale,
    uint32_t i, uint32_t end)
{
    const char *between = "  ";
    for (uint32_t k = i; k < end; k++) {
        const char *path = tale->sweep->gaps[k].path;
        if (!is_accepted(tale, k)) {
            rp_buf_addf(
                out, "%s%s", between, path[0] == '\0' ? "the session" : path);
            between = ", ";
        }
    }
    rp_buf_add_char(out, '\n');
}

static void add_state(
    struct rp_buf *out, const struct rp__sweep_tale *tale, uint32_t index)
{
    const char *state =
        tale->live == NULL ? NULL : tale->live->gap_states[index];
    if (state == NULL) {
        return;
    }
    if (strcmp(state, "live") == 0) {
        rp_buf_add_text(out, "    shown live\n");
    } else {
        rp_buf_addf(out, "    NOT shown live, it was %s there\n", state);
    }
}

static void add_gap(struct rp_buf *out, const struct rp__sweep_tale *tale,
    uint32_t i, uint32_t end, uint32_t number)
{
    const struct rp_sweep_gap *gap = &tale->sweep->gaps[i];
    rp_buf_addf(out, "%3" PRIu32 " %s", number, rp_gap_id(gap->gap));
    add_places(out, tale, i, end);
    rp_buf_addf(out, "    %s\n    seen    %s\n    hint    %s\n    replay  ",
        rp_gap_title(gap->gap), gap->detail, rp_gap_hint(gap->gap));
    rp__sweep_replay_line(out, tale, gap);
    rp_buf_add_text(out, "\n    live    ");
    rp__sweep_live_line(out, tale, gap);
    rp_buf_add_char(out, '\n');
    add_state(out, tale, i);
}

static void add_gaps(struct rp_buf *out, const struct rp__sweep_tale *tale)
{
    const struct rp_sweep *s = tale->sweep;
    uint32_t number = 0;
    rp_buf_add_text(out, "\nGAPS, worst first\n");
    for (uint32_t i = 0; i < s->gap_count;) {
        uint32_t end = same_from(s, i);
        uint32_t open = first_open(tale, i, end);
        if (open < end) {
            add_gap(out, tale, open, end, ++number);
        }
        i = end;
    }
}

static void add_accepted(struct rp_buf *out, const struct rp__sweep_tale *tale)
{
    const struct rp_sweep *s = tale->sweep;
    for (uint32_t i = 0; i < s->gap_count; i++) {
        if (is_accepted(tale, i)) {
            rp_buf_addf(out, "accepted: %s  %s: %s\n",
                rp_gap_id(s->gaps[i].gap), s->gaps[i].path, tale->accepted[i]);
        }
    }
    for (uint32_t i = 0; i < tale->accept_note_count; i++) {
        rp_buf_addf(out, "%s\n", tale->accept_notes[i]);
    }
}

/* ---- defences ---- */

static void add_defence(struct rp__table *table, enum rp_defence defence,
    const struct rp_plan_agent *agent, const struct rp_defence_use *use)
{
    static const enum rp__colour colours[] = {
        [RP_DEFENCE_NONE] = RP__DIM,
        [RP_DEFENCE_UNREACHED] = RP__YELLOW,
        [RP_DEFENCE_EXERCISED] = RP__PLAIN,
        [RP_DEFENCE_EFFECTIVE] = RP__GREEN,
    };
    enum rp_defence_state state = rp_defence_state_of(defence, agent, use);
    rp__table_add(table,
        state == RP_DEFENCE_NONE ? RP_STR("-")
                                 : rp_str_of(rp_defence_state_name(state)),
        colours[state]);
}

/* Each against all scenarios: one that no fault reaches may as well not work.
 */
static void add_defences(
    struct rp_buf *out, const struct rp_sweep *s, const struct rp__style *style)
{
    struct rp__column columns[1 + RP_DEFENCE_COUNT] = {{"TASK", false, 40}};
    struct rp_arena *arena = rp_arena_new(0);
    struct rp__table table;
    for (uint32_t i = 0; i < RP_DEFENCE_COUNT; i++) {
        columns[i + 1] =
            (struct rp__column){rp_defence_name((enum rp_defence)i), false, 0};
    }
    rp__table_init(&table, columns, RP_COUNT_OF(columns), arena, style);
    for (uint32_t row = 0; row < s->row_count; row++) {
        const struct rp_plan_agent *agent =
            rp_plan_agent(s->rig.measure.plan, rp_str_of(s->rows[row].agent));
        rp__table_add(&table, rp_str_of(s->rows[row].path), RP__PLAIN);
        for (uint32_t i = 0; i < RP_DEFENCE_COUNT; i++) {
            add_defence(
                &table, (enum rp_defence)i, agent, &s->rows[row].defences[i]);
        }
    }
    rp_buf_add_text(out, "\nDEFENCES\n");
    rp__table_write(out, &table, 0);
    rp__table_fini(&table);
    rp_arena_free(&arena);
}

static void add_orders(struct rp_buf *out, const struct rp_sweep_orders *o)
{
    if (o->tried == 0) {
        return;
    }
    rp_buf_addf(out,
        "Orders of arrival: %" PRIu64 " of %s%" PRIu64 " tried.%s%s\n",
        o->tried, o->possible_more ? "more than " : "", o->possible,
        o->miss == NULL ? "" : " One needs a live worker: ",
        o->miss == NULL ? "" : o->miss);
}

void rp__sweep_margin_line(struct rp_buf *out, const struct rp_sweep_margin *m)
{
    if (m->by.ns == RP_DURATION_FOREVER.ns) {
        rp_buf_addf(out, "%s: no delay is too long\n", m->path);
        return;
    }
    rp_buf_addf(out, "%s: a delay of ", m->path);
    rp_duration_show(out, m->by);
    rp_buf_addf(out, " or more is ended (%s, ", rp_reason_name(m->reason));
    rp_duration_show(out, m->limit);
    rp_buf_addf(out, "); that limit is from %s\n", m->source);
}

static void add_margins(struct rp_buf *out, const struct rp_sweep *s)
{
    rp_buf_add_text(out, s->margin_count == 0 ? "" : "\nMARGINS\n");
    for (uint32_t i = 0; i < s->margin_count; i++) {
        rp__sweep_margin_line(out, &s->margins[i]);
    }
}

/* ---- what the result rests on ---- */

static void add_assumed(struct rp_buf *out, const struct rp_sweep *s)
{
    uint32_t count = 0;
    const char *path = NULL;
    for (uint32_t i = 0; i < s->case_count; i++) {
        if (s->cases[i]->judgement.assumed != NULL) {
            path = path == NULL ? s->cases[i]->judgement.assumed : path;
            count++;
        }
    }
    if (count > 0) {
        rp_buf_addf(out,
            "In %" PRIu32 " scenarios a task (%s) was given another input than "
            "was recorded and is taken "
            "to answer as then; what it would make of it needs a live run. "
            "--strict does not assume it.\n",
            count, path);
    }
}

static void add_first_note(struct rp_buf *out, const struct rp_sweep *s,
    enum rp_verdict verdict, const char *what)
{
    for (uint32_t i = 0; i < s->case_count; i++) {
        const struct rp_sweep_case *c = s->cases[i];
        if (c->judgement.verdict == verdict) {
            rp_buf_addf(out, "%s, the first of %" PRIu32 ": '%s': %s\n", what,
                s->counts[verdict], c->rules[c->rule_count - 1],
                c->judgement.note);
            return;
        }
    }
}

void rp__sweep_foot(struct rp_buf *out, const struct rp__sweep_tale *tale)
{
    const struct rp_sweep *s = tale->sweep;
    add_first_note(out, s, RP_VERDICT_NEEDS_LIVE, "Needs a live worker");
    add_first_note(out, s, RP_VERDICT_NOT_TRIGGERED, "Never fired");
    add_first_note(out, s, RP_VERDICT_NONDETERMINISTIC, "Not deterministic");
    add_first_note(out, s, RP_VERDICT_HARNESS, "Could not be run");
    add_assumed(out, s);
    if (tale->live != NULL) {
        rp__sweep_live_tell(out, tale->live);
    }
    if (tale->inconclusive > 0) {
        rp_buf_addf(out, "%" PRIu32 " times an oracle could not say.\n",
            tale->inconclusive);
    }
    if (s->rig.absent > 0) {
        rp_buf_addf(out,
            "%" PRIu64 " scenarios are not stored: nothing is said of them.\n",
            s->rig.absent);
    }
    if (s->stopped) {
        rp_buf_add_text(
            out, "Stopped at the limit: not all scenarios were tried.\n");
    }
    rp_buf_addf(out,
        "%s, for this session, these faults and this depth only.\n",
        rp__sweep_open_gaps(tale) == 0 ? "No gap" : "These gaps");
}

void rp__sweep_tell(struct rp_buf *out, const struct rp__sweep_tale *tale,
    const struct rp__style *style)
{
    add_head(out, tale);
    add_matrix(out, tale->sweep, style);
    if (rp__sweep_open_gaps(tale) > 0) {
        add_gaps(out, tale);
    }
    add_defences(out, tale->sweep, style);
    add_margins(out, tale->sweep);
    add_orders(out, &tale->sweep->orders);
    rp_buf_add_char(out, '\n');
    add_accepted(out, tale);
    rp__sweep_foot(out, tale);
}
