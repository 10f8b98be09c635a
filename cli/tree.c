#include "tree.h"

#include <inttypes.h>
#include <string.h>

#include "phrase.h"

#define NAME_COLUMNS_MAX ((size_t)24)
#define TIME_COLUMNS ((size_t)7)
#define BAR_COLUMNS 19
#define BAR_TERM_COLUMNS_MIN 76
#define NOTE_BYTES_MAX ((size_t)16 << 10)
#define FOLD_LINES_MIN 2

/* What may be left out first when there are too many lines. */
enum interest { LEAST_WAITING, LESS_OK, SOME_QUEUED, ALWAYS, INTEREST_COUNT };

struct drawing {
    const struct rp__tree *tree;
    struct rp_buf *out;
    struct rp_buf note; /* plain text of the line at hand */
    uint32_t lines;
    uint32_t room[INTEREST_COUNT]; /* lines of each that may still come */
};

/* ---- lines ---- */

static size_t columns_max(const struct drawing *d)
{
    return d->tree->live ? d->tree->term->columns - 1 : 0;
}

static void end_line(struct drawing *d)
{
    struct rp_buf *out = d->out;
    while (out->len > 0 && out->ptr[out->len - 1] == ' ') {
        out->ptr[--out->len] = '\0';
    }
    rp_buf_add_char(out, '\n');
    d->lines++;
}

/* The text, as far as the line has room behind `used` columns. */
static void add_cut(struct drawing *d, struct rp_str text, size_t used)
{
    size_t max = columns_max(d);
    if (max == 0 || used < max) {
        (void)rp__text_add(
            d->out, text, max == 0 ? 0 : max - used, &d->tree->term->style);
    }
}

static void add_note(struct drawing *d, size_t used, enum rp__colour colour)
{
    if (d->note.len > 0) {
        rp__text_begin(d->out, colour, &d->tree->term->style);
        add_cut(d, rp_buf_str(&d->note), used);
        if (colour != RP__PLAIN) {
            rp__text_end(d->out, &d->tree->term->style);
        }
    }
    rp_buf_reset(&d->note);
}

/* Indentation, mark and name, padded to `name_columns`; returns columns. */
static size_t add_start(struct drawing *d, uint32_t depth,
    const struct rp__mark *mark, const char *name, size_t name_columns)
{
    const struct rp__style *style = &d->tree->term->style;
    size_t used = (size_t)depth * 2;
    rp__text_spaces(d->out, used);
    rp__text_begin(d->out, mark->colour, style);
    rp_buf_add_text(d->out, style->unicode ? mark->unicode : mark->ascii);
    rp__text_end(d->out, style);
    rp_buf_add_char(d->out, ' ');
    size_t width =
        rp__text_add(d->out, rp_str_of(name), NAME_COLUMNS_MAX, style);
    size_t pad = width < name_columns ? name_columns - width : 0;
    rp__text_spaces(d->out, pad);
    return used + 2 + width + pad;
}

static size_t add_time(struct drawing *d, struct rp_duration took)
{
    struct rp_buf text;
    rp_buf_init(&text, 64);
    rp_duration_show(&text, took);
    size_t pad = text.len < TIME_COLUMNS ? TIME_COLUMNS - text.len : 0;
    rp__text_spaces(d->out, pad);
    rp_buf_add(d->out, rp_buf_str(&text));
    rp_buf_add_text(d->out, "   ");
    size_t used = pad + text.len + 3;
    rp_buf_fini(&text);
    return used;
}

/* ---- the session ---- */

static void add_elapsed(struct drawing *d)
{
    const struct rp__tree *tree = d->tree;
    const struct rp__item *root = tree->view->root;
    bool began = root->began.ns != RP_INSTANT_NEVER.ns;
    rp_duration_show(
        d->out, rp_instant_since(tree->now, began ? root->began : tree->now));
    if (tree->plan != NULL &&
        tree->plan->budget.wall.ns != RP_DURATION_FOREVER.ns) {
        rp_buf_add_text(d->out, " of ");
        rp_duration_show(d->out, tree->plan->budget.wall);
    }
}

static void add_outcome(struct drawing *d)
{
    const struct rp__tree *tree = d->tree;
    const struct rp__view *view = tree->view;
    const char *word = tree->died ? "died" : rp_outcome_name(view->outcome);
    enum rp__colour colour =
        tree->died ? RP__RED : rp__phrase_outcome_colour(view->outcome);
    rp__text_begin(d->out, colour, &tree->term->style);
    for (const char *c = word; *c != '\0'; c++) {
        rp_buf_add_char(d->out, (char)(*c >= 'a' ? *c - ('a' - 'A') : *c));
    }
    rp__text_end(d->out, &tree->term->style);
    rp_buf_add_text(d->out, "  ");
    rp_duration_show(d->out, (struct rp_duration){view->last_at.ns});
}

static void add_session(struct drawing *d)
{
    const struct rp__tree *tree = d->tree;
    const struct rp__view *view = tree->view;
    const struct rp__style *style = &tree->term->style;
    rp__text_begin(d->out, RP__BOLD, style);
    (void)rp__text_add(
        d->out, rp_str_of(view->plan_name), NAME_COLUMNS_MAX * 2, style);
    rp__text_end(d->out, style);
    rp_buf_addf(d->out, "  %s  ", rp__phrase_short_id(tree->id));
    if (view->outcome == RP_OUTCOME_NONE && !tree->died) {
        add_elapsed(d);
    } else {
        add_outcome(d);
    }
    if (view->outcome == RP_OUTCOME_NONE &&
        view->cancel_cause != RP_REASON_NONE) {
        rp_buf_addf(
            d->out, "  cancelling: %s", rp_reason_meaning(view->cancel_cause));
    }
    end_line(d);
    if (view->outcome != RP_OUTCOME_NONE && view->outcome != RP_OUTCOME_OK) {
        rp_buf_addf(&d->note, "because %s", rp_reason_meaning(view->reason));
        if (view->detail[0] != '\0') {
            rp_buf_addf(&d->note, ": %s", view->detail);
        }
        rp__text_spaces(d->out, 2);
        add_note(d, 2, RP__PLAIN);
        end_line(d);
    }
}

/* ---- tasks ---- */

static void add_bar(struct drawing *d, struct rp_duration elapsed,
    struct rp_duration limit, size_t *used)
{
    const struct rp__term *term = d->tree->term;
    if (limit.ns <= 0 || limit.ns == RP_DURATION_FOREVER.ns) {
        return;
    }
    if (d->tree->live && term->columns >= BAR_TERM_COLUMNS_MIN) {
        bool unicode = term->style.unicode;
        int64_t full = elapsed.ns / (limit.ns / BAR_COLUMNS + 1);
        rp_buf_add_text(d->out, unicode ? "\xE2\x96\x95" : "[");
        for (int64_t i = 0; i < BAR_COLUMNS; i++) {
            const char *on = unicode ? "\xE2\x96\x88" : "#";
            const char *off = unicode ? "\xE2\x96\x91" : ".";
            rp_buf_add_text(d->out, i < full ? on : off);
        }
        rp_buf_add_text(d->out, unicode ? "\xE2\x96\x8F " : "] ");
        *used += BAR_COLUMNS + 3;
    } else {
        rp_buf_add_text(d->out, "of ");
        *used += 3;
    }
    size_t before = d->out->len;
    rp_duration_show(d->out, limit);
    rp_buf_add_text(d->out, "   ");
    *used += d->out->len - before;
}

static void note_running(
    struct drawing *d, const struct rp__item *item, const struct rp__try *t)
{
    struct rp_transport *transport = d->tree->transport;
    struct rp_call_state state = {.pid = 0};
    if (item->try_count > 1) {
        rp_buf_addf(&d->note, "try %" PRIu32 "  ", t->number);
    }
    if (transport == NULL ||
        !transport->ops->observe(transport, t->call, &state)) {
        return;
    }
    if (state.silent.ns >= RP_NS_PER_S) {
        rp_buf_add_text(&d->note, "silent ");
        rp_duration_show(&d->note, state.silent);
        rp_buf_add_text(&d->note, "  ");
    }
    if (state.progress[0] != '\0') {
        rp_buf_addf(&d->note, "\"%s\"", state.progress);
    }
}

static void add_running(
    struct drawing *d, const struct rp__item *item, size_t used)
{
    const struct rp__try *t = item->last_try;
    struct rp_duration elapsed = rp_instant_since(d->tree->now, t->began);
    if (d->tree->died) {
        used += add_time(d, rp_instant_since(d->tree->view->last_at, t->began));
        rp_buf_addf(
            &d->note, "in flight when it died (try %" PRIu32 ")", t->number);
        add_note(d, used, RP__RED);
        return;
    }
    used += add_time(d, elapsed);
    if (t->agent != NULL) {
        add_bar(d, elapsed, t->agent->timeout, &used);
    }
    note_running(d, item, t);
    add_note(d, used, RP__PLAIN);
}

static void add_waiting(
    struct drawing *d, const struct rp__item *item, size_t used)
{
    const struct rp__tree *tree = d->tree;
    rp__text_spaces(d->out, TIME_COLUMNS + 3);
    used += TIME_COLUMNS + 3;
    if (item->state == RP__ITEM_PAUSED &&
        rp_instant_before(tree->now, item->retry_at)) {
        rp_buf_addf(&d->note, "try %" PRIu32 " in ", item->try_count + 1);
        rp_duration_show(&d->note, rp_instant_since(item->retry_at, tree->now));
        rp_buf_addf(&d->note, " (%s)", rp_reason_meaning(item->reason));
    } else if (item->state == RP__ITEM_WAITING) {
        rp_buf_add_text(&d->note, "waiting");
    } else {
        rp_buf_addf(&d->note, "queued (%" PRId64, tree->view->running_count);
        if (tree->plan != NULL) {
            rp_buf_addf(&d->note, " of %" PRIu32, tree->plan->concurrency);
        }
        rp_buf_add_text(&d->note, " slots busy)");
    }
    add_note(d, used, RP__DIM);
}

static void note_place(struct drawing *d, const struct rp__item *item)
{
    bool good = item->status == RP_TASK_OK;
    bool chosen =
        item->status == RP_TASK_SKIPPED || item->status == RP_TASK_CANCELLED;
    if (d->tree->plan_file != NULL && item->node != NULL && !good && !chosen) {
        rp_buf_addf(&d->note, "  (%s:%" PRIu32 ")", d->tree->plan_file,
            item->node->place.line);
    }
}

static void add_ended(
    struct drawing *d, const struct rp__item *item, size_t used)
{
    if (item->began.ns == RP_INSTANT_NEVER.ns) {
        rp__text_spaces(d->out, TIME_COLUMNS + 3);
        used += TIME_COLUMNS + 3;
    } else {
        used += add_time(d, rp_instant_since(item->ended, item->began));
    }
    rp__phrase_end(&d->note, item);
    note_place(d, item);
    add_note(d, used, RP__PLAIN);
}

/* What most programs say last is why they failed. */
static void add_said(struct drawing *d, const struct rp__try *t, uint32_t depth)
{
    size_t used = (size_t)depth * 2 + 4;
    if (t->said[0] == '\0') {
        return;
    }
    rp__text_spaces(d->out, used);
    rp_buf_addf(&d->note, "stderr: %s", t->said);
    add_note(d, used, RP__DIM);
    end_line(d);
}

static void add_tries(
    struct drawing *d, const struct rp__item *item, uint32_t depth)
{
    const struct rp__style *style = &d->tree->term->style;
    for (const struct rp__try *t = item->tries; t != NULL; t = t->next) {
        struct rp_instant end =
            t->completed ? t->ended : d->tree->view->last_at;
        size_t used = (size_t)depth * 2;
        rp__text_spaces(d->out, used);
        rp__text_begin(d->out, RP__DIM, style);
        rp_buf_addf(d->out, "@%-3" PRIu32, t->number);
        rp__text_end(d->out, style);
        used += 4 + add_time(d, rp_instant_since(end, t->began));
        rp__phrase_try(&d->note, t);
        add_note(d, used, t->accepted ? RP__PLAIN : RP__DIM);
        end_line(d);
        add_said(d, t, depth);
    }
}

static void add_task(struct drawing *d, const struct rp__item *item,
    uint32_t depth, size_t name_columns)
{
    struct rp__mark mark = rp__phrase_mark(item);
    const char *name = item->fallback ? item->agent : item->name;
    size_t used = add_start(d, depth, &mark, name, name_columns);
    if (item->state == RP__ITEM_ENDED) {
        add_ended(d, item, used);
    } else if (item->state == RP__ITEM_RUNNING && item->last_try != NULL) {
        add_running(d, item, used);
    } else {
        add_waiting(d, item, used);
    }
    end_line(d);
    if (d->tree->tries && item->tries != NULL &&
        (item->try_count > 1 || item->status != RP_TASK_OK)) {
        add_tries(d, item, depth + 2);
    }
}

/* ---- nodes ---- */

static void add_conflicts(
    struct drawing *d, const struct rp__item *item, uint32_t depth)
{
    static const struct rp__mark mark = {"!", "!", RP__YELLOW};
    for (const struct rp__conflict *c = item->conflicts; c != NULL;
         c = c->next) {
        size_t used = add_start(d, depth, &mark, "conflict", 0);
        rp_buf_add_text(d->out, "  ");
        rp__phrase_conflict(&d->note, c);
        add_note(d, used + 2, RP__PLAIN);
        end_line(d);
    }
}

static void add_node(
    struct drawing *d, const struct rp__item *item, uint32_t depth)
{
    struct rp__mark mark = rp__phrase_mark(item);
    size_t used = add_start(d, depth, &mark, item->name, 0);
    rp_buf_add_text(d->out, "  ");
    rp__phrase_node(&d->note, item);
    add_note(d, used + 2, RP__PLAIN);
    end_line(d);
}

static size_t name_columns_of(const struct rp__item *parent)
{
    size_t widest = 0;
    for (const struct rp__item *c = parent->first; c != NULL; c = c->next) {
        size_t width = rp__text_columns(rp_str_of(c->name));
        widest = width > widest ? width : widest;
    }
    return widest < NAME_COLUMNS_MAX ? widest : NAME_COLUMNS_MAX;
}

/* ---- which lines ---- */

static bool is_folded(const struct rp__tree *tree, const struct rp__item *item)
{
    return tree->live && item->kind != RP__ITEM_SESSION &&
           item->state == RP__ITEM_ENDED;
}

static enum interest interest_of(const struct rp__item *item)
{
    if (item->state == RP__ITEM_WAITING) {
        return LEAST_WAITING;
    }
    if (item->state == RP__ITEM_ENDED &&
        (item->status == RP_TASK_OK || item->status == RP_TASK_SKIPPED) &&
        item->kind == RP__ITEM_TASK) {
        return LESS_OK;
    }
    return item->state == RP__ITEM_QUEUED ? SOME_QUEUED : ALWAYS;
}

/* The next item that has a line, not going into what is folded. */
static struct rp__item *next_of(
    const struct rp__tree *tree, struct rp__item *item, uint32_t *depth)
{
    if (!is_folded(tree, item)) {
        return rp__view_walk(item, depth);
    }
    while (item != NULL && item->next == NULL) {
        item = item->parent;
        *depth -= item == NULL ? 0 : 1;
    }
    return item == NULL ? NULL : item->next;
}

static void share_room(struct drawing *d)
{
    const struct rp__tree *tree = d->tree;
    uint32_t counts[INTEREST_COUNT] = {0};
    uint32_t depth = 0;
    uint32_t left =
        tree->lines_max > FOLD_LINES_MIN ? tree->lines_max - FOLD_LINES_MIN : 1;
    for (struct rp__item *item = next_of(tree, tree->view->root, &depth);
         item != NULL; item = next_of(tree, item, &depth)) {
        counts[interest_of(item)]++;
    }
    for (int i = ALWAYS; i >= 0; i--) {
        bool any = tree->lines_max == 0;
        d->room[i] = any ? UINT32_MAX : counts[i] < left ? counts[i] : left;
        left -= any ? 0 : d->room[i];
    }
}

static void add_left_out(struct drawing *d, const uint32_t *left_out)
{
    static const char *const words[] = {
        [LEAST_WAITING] = "waiting",
        [LESS_OK] = "done",
        [SOME_QUEUED] = "queued",
        [ALWAYS] = "other",
    };
    bool any = false;
    for (int i = ALWAYS; i >= 0; i--) {
        if (left_out[i] > 0) {
            rp_buf_addf(d->out, "%s%" PRIu32 " %s", any ? ", " : "  and ",
                left_out[i], words[i]);
            any = true;
        }
    }
    if (any) {
        end_line(d);
    }
}

static void add_item(struct drawing *d, const struct rp__item *item,
    uint32_t depth, size_t name_columns)
{
    if (item->kind == RP__ITEM_TASK) {
        add_task(d, item, depth, name_columns);
    } else {
        add_node(d, item, depth);
    }
}

/* What is told below a branch, when the walk goes on at `next`. */
static void leave(struct drawing *d, const struct rp__item *item,
    const struct rp__item *next, uint32_t depth)
{
    const struct rp__item *common = next == NULL ? NULL : next->parent;
    while (item != common && !d->tree->live) {
        add_conflicts(d, item, depth + 1);
        item = item->parent;
        depth -= depth > 0 ? 1 : 0;
    }
}

/* The lines of all items below the root. */
static void add_items(struct drawing *d, uint32_t *left_out)
{
    const struct rp__tree *tree = d->tree;
    const struct rp__item *parent = NULL;
    size_t name_columns = 0;
    uint32_t depth = 0;
    struct rp__item *item = tree->view->root;
    while (item != NULL) {
        uint32_t before = depth;
        struct rp__item *next = next_of(tree, item, &depth);
        leave(d, item, next, before);
        item = next;
        if (item == NULL) {
            break;
        }
        enum interest interest = interest_of(item);
        if (d->room[interest] == 0) {
            left_out[interest]++;
            continue;
        }
        d->room[interest]--;
        if (item->parent != parent) {
            parent = item->parent;
            name_columns = name_columns_of(parent);
        }
        add_item(d, item, depth, name_columns);
    }
}

uint32_t rp__tree_write(struct rp_buf *out, const struct rp__tree *tree)
{
    struct drawing d = {.tree = tree, .out = out};
    uint32_t left_out[INTEREST_COUNT] = {0};
    rp_buf_init(&d.note, NOTE_BYTES_MAX);
    add_session(&d);
    share_room(&d);
    add_items(&d, left_out);
    add_left_out(&d, left_out);
    rp_buf_fini(&d.note);
    return d.lines;
}
