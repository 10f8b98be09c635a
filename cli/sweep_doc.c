#include "sweep_doc.h"

#include "sweep_live_tell.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include <reprise/json.h>

#define LINE_BYTES_MAX ((size_t)1 << 20)

const char *rp__sweep_text(const cJSON *object, const char *name)
{
    const cJSON *text = rp_json_get(object, name);
    return cJSON_IsString(text) ? text->valuestring : "";
}

/* What stays of a gap when the plan changes: its id and its place. */
static void make_fingerprint(char out[17], const char *gap, const char *path)
{
    char hex[RP_DIGEST_HEX_LEN + 1];
    struct rp_buf text;
    rp_buf_init(&text, LINE_BYTES_MAX);
    rp_buf_addf(&text, "%s\n%s", gap, path);
    struct rp_digest digest = rp_digest_of(rp_buf_str(&text));
    rp_buf_fini(&text);
    rp_digest_hex(&digest, hex);
    (void)snprintf(out, 17, "%.16s", hex);
}

static void set_text(cJSON *object, const char *name, const char *text)
{
    rp_json_set_text(object, name, rp_str_of(text));
}

static cJSON *texts(const char *const *items, uint32_t count)
{
    cJSON *array = cJSON_CreateArray();
    for (uint32_t i = 0; i < count; i++) {
        cJSON_AddItemToArray(array, rp_json_new_string(rp_str_of(items[i])));
    }
    return array;
}

static void set_number(cJSON *object, const char *name, uint64_t value)
{
    char text[24];
    (void)snprintf(text, sizeof(text), "%" PRIu64, value);
    set_text(object, name, text);
}

/* ---- the matrix ---- */

static cJSON *defences_of(const struct rp_sweep *s, uint32_t row)
{
    cJSON *all = cJSON_CreateObject();
    const struct rp_plan_agent *agent =
        rp_plan_agent(s->rig.measure.plan, rp_str_of(s->rows[row].agent));
    for (uint32_t i = 0; i < RP_DEFENCE_COUNT && agent != NULL; i++) {
        enum rp_defence defence = (enum rp_defence)i;
        const struct rp_defence_use *use = &s->rows[row].defences[i];
        cJSON *entry = cJSON_CreateObject();
        set_text(entry, "state",
            rp_defence_state_name(rp_defence_state_of(defence, agent, use)));
        rp_json_set_int(entry, "exercised", use->exercised);
        rp_json_set_int(entry, "effective", use->effective);
        rp_json_add(all, rp_defence_name(defence), entry);
    }
    return all;
}

static cJSON *task_of(const struct rp_sweep *s, uint32_t row)
{
    cJSON *task = cJSON_CreateObject();
    set_text(task, "path", s->rows[row].path);
    set_text(task, "agent", s->rows[row].agent);
    rp_json_add(task, "revealed", cJSON_CreateBool(s->rows[row].revealed));
    cJSON *cells = cJSON_CreateObject();
    for (uint32_t i = 0; i < s->class_count; i++) {
        enum rp_verdict worst;
        bool gap;
        if (rp_sweep_cell(s, row, i, &worst, &gap)) {
            cJSON *cell = cJSON_CreateObject();
            set_text(cell, "verdict", rp_verdict_name(worst));
            rp_json_add(cell, "gap", cJSON_CreateBool(gap));
            rp_json_add(cells, s->classes[i], cell);
        }
    }
    rp_json_add(task, "classes", cells);
    rp_json_add(task, "defences", defences_of(s, row));
    return task;
}

/* ---- gaps ---- */

static void set_lines(cJSON *entry, const struct rp__sweep_tale *tale,
    const struct rp_sweep_gap *gap)
{
    struct rp_buf line;
    rp_buf_init(&line, LINE_BYTES_MAX);
    rp__sweep_replay_line(&line, tale, gap);
    rp_json_set_text(entry, "replay", rp_buf_str(&line));
    rp_buf_reset(&line);
    rp__sweep_live_line(&line, tale, gap);
    rp_json_set_text(entry, "live", rp_buf_str(&line));
    rp_buf_fini(&line);
}

static cJSON *gap_of(const struct rp__sweep_tale *tale, uint32_t index)
{
    const struct rp_sweep_gap *gap = &tale->sweep->gaps[index];
    char fingerprint[17];
    cJSON *entry = cJSON_CreateObject();
    make_fingerprint(fingerprint, rp_gap_id(gap->gap), gap->path);
    set_text(entry, "gap", rp_gap_id(gap->gap));
    set_text(entry, "path", gap->path);
    set_text(entry, "title", rp_gap_title(gap->gap));
    set_text(entry, "detail", gap->detail);
    set_text(entry, "hint", rp_gap_hint(gap->gap));
    rp_json_add(entry, "rules", texts(gap->rules, gap->rule_count));
    rp_json_set_int(entry, "cases", gap->case_count);
    set_text(entry, "fingerprint", fingerprint);
    set_lines(entry, tale, gap);
    if (tale->live != NULL && tale->live->gap_states[index] != NULL) {
        set_text(entry, "live_verdict", tale->live->gap_states[index]);
    }
    if (tale->accepted != NULL && tale->accepted[index] != NULL) {
        set_text(entry, "accepted", tale->accepted[index]);
    }
    return entry;
}

/* ---- cases ---- */

static cJSON *findings_of(const struct rp_sweep_judgement *j)
{
    cJSON *array = cJSON_CreateArray();
    for (uint32_t i = 0; i < j->finding_count; i++) {
        cJSON *entry = cJSON_CreateObject();
        set_text(entry, "gap", rp_gap_id(j->findings[i].gap));
        set_text(entry, "path", j->findings[i].path);
        set_text(entry, "detail", j->findings[i].detail);
        cJSON_AddItemToArray(array, entry);
    }
    return array;
}

static cJSON *case_of(
    const struct rp__sweep_tale *tale, const struct rp_sweep_case *c)
{
    const struct rp_sweep *s = tale->sweep;
    const char *live =
        tale->live == NULL ? NULL : tale->live->case_states[c->number - 1];
    const struct rp_sweep_strike *last = &c->strikes[c->rule_count - 1];
    cJSON *entry = cJSON_CreateObject();
    rp_json_set_int(entry, "number", c->number);
    rp_json_add(entry, "rules", texts(c->rules, c->rule_count));
    set_text(entry, "task", s->rows[last->row].path);
    set_text(entry, "class", s->classes[last->column]);
    set_text(entry, "verdict", rp_verdict_name(c->judgement.verdict));
    set_text(entry, "headline", rp_verdict_headline(c->judgement.verdict));
    if (c->judgement.note[0] != '\0') {
        set_text(entry, "note", c->judgement.note);
    }
    if (c->outcome != RP_OUTCOME_NONE) {
        set_text(entry, "outcome", rp_outcome_name(c->outcome));
        set_number(entry, "ended_ns", (uint64_t)c->ended.ns);
    }
    if (c->judgement.finding_count > 0) {
        rp_json_add(entry, "gaps", findings_of(&c->judgement));
    }
    if (c->judgement.assumed != NULL) {
        set_text(entry, "assumed", c->judgement.assumed);
    }
    if (c->equal_to != NULL) {
        rp_json_set_int(entry, "equal_to", c->equal_to->number);
    }
    if (live != NULL) {
        set_text(entry, "live_verdict", live);
    }
    return entry;
}

static cJSON *counts_of(const struct rp_sweep *s)
{
    cJSON *counts = cJSON_CreateObject();
    for (uint32_t v = 0; v < RP_VERDICT_COUNT; v++) {
        rp_json_set_int(
            counts, rp_verdict_name((enum rp_verdict)v), s->counts[v]);
    }
    return counts;
}

static void set_head(cJSON *doc, const struct rp__sweep_tale *tale)
{
    const struct rp_sweep *s = tale->sweep;
    set_text(doc, "schema", "reprise.sweep/1");
    set_text(doc, "session", tale->session->text);
    set_text(doc, "plan", s->rig.measure.plan->name);
    if (tale->plan_file != NULL) {
        set_text(doc, "plan_file", tale->plan_file);
    }
    set_number(doc, "seed", s->options.subject.seed);
    rp_json_set_int(doc, "depth", s->options.depth);
    rp_json_set_int(doc, "scenarios", s->case_count);
    rp_json_set_int(doc, "played_twice", s->twice_count);
    rp_json_add(doc, "stopped", cJSON_CreateBool(s->stopped));
    rp_json_add(doc, "counts", counts_of(s));
    cJSON *pruned = cJSON_CreateObject();
    rp_json_set_int(pruned, "equal", (int64_t)s->pruned.equal);
    rp_json_set_int(pruned, "lineage", (int64_t)s->pruned.lineage);
    rp_json_set_int(pruned, "large", (int64_t)s->pruned.large);
    rp_json_add(doc, "pairs_left_out", pruned);
}

static cJSON *orders_of(const struct rp_sweep_orders *orders)
{
    cJSON *entry = cJSON_CreateObject();
    rp_json_set_int(entry, "tried", (int64_t)orders->tried);
    rp_json_set_int(entry, "possible", (int64_t)orders->possible);
    rp_json_add(
        entry, "possible_more", cJSON_CreateBool(orders->possible_more));
    if (orders->miss != NULL) {
        set_text(entry, "miss", orders->miss);
    }
    return entry;
}

static cJSON *margins_of(const struct rp_sweep *s)
{
    cJSON *array = cJSON_CreateArray();
    for (uint32_t i = 0; i < s->margin_count; i++) {
        const struct rp_sweep_margin *m = &s->margins[i];
        cJSON *entry = cJSON_CreateObject();
        set_text(entry, "path", m->path);
        if (m->by.ns != RP_DURATION_FOREVER.ns) {
            set_number(entry, "delay_ns", (uint64_t)m->by.ns);
            set_text(entry, "reason", rp_reason_name(m->reason));
            set_number(entry, "limit_ns", (uint64_t)m->limit.ns);
            set_text(entry, "source", m->source);
        }
        cJSON_AddItemToArray(array, entry);
    }
    return array;
}

cJSON *rp__sweep_doc(const struct rp__sweep_tale *tale)
{
    const struct rp_sweep *s = tale->sweep;
    cJSON *doc = cJSON_CreateObject();
    cJSON *tasks = cJSON_CreateArray();
    cJSON *gaps = cJSON_CreateArray();
    cJSON *cases = cJSON_CreateArray();
    set_head(doc, tale);
    for (uint32_t i = 0; i < s->row_count; i++) {
        cJSON_AddItemToArray(tasks, task_of(s, i));
    }
    for (uint32_t i = 0; i < s->gap_count; i++) {
        cJSON_AddItemToArray(gaps, gap_of(tale, i));
    }
    for (uint32_t i = 0; i < s->case_count; i++) {
        cJSON_AddItemToArray(cases, case_of(tale, s->cases[i]));
    }
    rp_json_add(doc, "classes", texts(s->classes, s->class_count));
    rp_json_add(doc, "tasks", tasks);
    rp_json_add(doc, "gaps", gaps);
    rp_json_add(doc, "margins", margins_of(s));
    if (s->orders.tried > 0) {
        rp_json_add(doc, "orders", orders_of(&s->orders));
    }
    if (tale->accept_note_count > 0) {
        rp_json_add(doc, "accept_notes",
            texts(tale->accept_notes, tale->accept_note_count));
    }
    if (tale->live != NULL) {
        rp_json_add(doc, "live", rp__sweep_live_doc(tale->live));
    }
    rp_json_add(doc, "cases", cases);
    return doc;
}
