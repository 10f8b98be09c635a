#include <reprise/sweep_shrink.h>

#include <string.h>

#include "sweep_menu.h"

#define RULES_MAX 64
#define TIME_STEPS_MAX 40 /* of a bisection */
#define TIME_SHARE 100    /* its result is right to this part */

struct shrinking {
    struct rp_sweep_rig *rig;
    const struct rp_sweep_aim *aim;
    const char *rules[RULES_MAX];
    uint32_t count;
    uint32_t tries;
    const char *detail;
};

/* Whether the gap still shows under these rules. */
static bool shows(struct shrinking *s, const char *const *rules, uint32_t count)
{
    struct rp_sweep_judgement judgement;
    if (s->tries == RP_SWEEP_SHRINK_TRIES_MAX) {
        return false;
    }
    s->tries++;
    rp_sweep_rig_try(&judgement, s->rig, rules, count);
    for (uint32_t i = 0; i < judgement.finding_count; i++) {
        const struct rp_sweep_finding *f = &judgement.findings[i];
        if (f->gap == s->aim->gap && strcmp(f->path, s->aim->path) == 0) {
            s->detail = f->detail;
            return true;
        }
    }
    return false;
}

/* ---- fewer ---- */

static bool shows_without(struct shrinking *s, uint32_t out)
{
    const char *rules[RULES_MAX];
    uint32_t count = 0;
    for (uint32_t i = 0; i < s->count; i++) {
        if (i != out) {
            rules[count++] = s->rules[i];
        }
    }
    return shows(s, rules, count);
}

/* Until nothing can be left out: who shows it alone is found at once. */
static void leave_out(struct shrinking *s)
{
    for (uint32_t i = 0; i < s->count && s->count > 1; i++) {
        if (shows(s, &s->rules[i], 1)) {
            s->rules[0] = s->rules[i];
            s->count = 1;
            return;
        }
    }
    for (uint32_t i = 0; i < s->count && s->count > 1;) {
        if (shows_without(s, i)) {
            memmove(&s->rules[i], &s->rules[i + 1],
                (s->count - i - 1) * sizeof(s->rules[0]));
            s->count--;
            i = 0;
        } else {
            i++;
        }
    }
}

/* ---- simpler ---- */

static bool shows_with(struct shrinking *s, uint32_t at, const char *rule)
{
    const char *before = s->rules[at];
    s->rules[at] = rule;
    if (shows(s, s->rules, s->count)) {
        return true;
    }
    s->rules[at] = before;
    return false;
}

static const char *text_of(
    const struct shrinking *s, const struct rp_fault_rule *rule)
{
    struct rp_buf buf;
    rp_buf_init(&buf, RP_FAULT_TEXT_MAX);
    rp_fault_rule_show(&buf, rule);
    const char *text = rp_arena_dup(s->rig->arena, rp_buf_str(&buf));
    rp_buf_fini(&buf);
    return text;
}

static bool read_rule(
    const struct shrinking *s, uint32_t at, struct rp_fault_rule *out)
{
    struct rp_fault_rules *rules = rp_mem_zalloc(sizeof(*rules));
    bool read =
        rp_fault_rule_add(rules, rp_str_of(s->rules[at]), NULL) == RP_OK;
    *out = rules->items[0];
    rp_mem_free(rules);
    return read;
}

/* Without chance, and without counting matches. */
static void drop_conditions(struct shrinking *s, uint32_t at)
{
    struct rp_fault_rule rule;
    if (!read_rule(s, at, &rule)) {
        return;
    }
    if (rule.permille < 1000) {
        rule.permille = 1000;
        (void)shows_with(s, at, text_of(s, &rule));
    }
    if (read_rule(s, at, &rule) &&
        (rule.nth.first > 1 || rule.nth.last < UINT32_MAX)) {
        rule.nth = (struct rp_fault_range){1, UINT32_MAX};
        (void)shows_with(s, at, text_of(s, &rule));
    }
}

/* What stands before the colon, with it. */
static size_t condition_len(const char *rule)
{
    const char *colon = strstr(rule, " : ");
    return colon == NULL ? 0 : (size_t)(colon - rule) + 3;
}

/* The simplest fault of the menu that still does it at the same place. */
static void simplify(struct shrinking *s, uint32_t at)
{
    const char *rule = s->rules[at];
    size_t len = condition_len(rule);
    struct rp__sweep_menu *menu = rp_mem_zalloc(sizeof(*menu));
    struct rp__sweep_hints hints = {.took = {0}};
    rp__sweep_menu_make(menu, s->rig->arena, &hints);
    for (uint32_t i = 0; len > 0 && i < menu->count; i++) {
        const char *text = menu->items[i].text;
        if (strcmp(rule + len, text) == 0) {
            break; /* it is the simplest itself */
        }
        if (shows_with(s, at,
                rp_arena_printf(
                    s->rig->arena, "%.*s%s", (int)len, rule, text))) {
            break;
        }
    }
    rp_mem_free(menu);
}

/* ---- smaller ---- */

static bool shows_after(
    struct shrinking *s, uint32_t at, struct rp_fault_rule *rule, int64_t ns)
{
    rule->after.ns = ns;
    return shows_with(s, at, text_of(s, rule));
}

/* Of a time that a rule waits the least that still does it. */
static void shorten(struct shrinking *s, uint32_t at)
{
    struct rp_fault_rule rule;
    if (!read_rule(s, at, &rule) || rule.after.ns == 0) {
        return;
    }
    int64_t shown = rule.after.ns;
    int64_t not_shown = 0;
    if (shows_after(s, at, &rule, 0)) {
        return;
    }
    for (uint32_t i = 0;
         i < TIME_STEPS_MAX && shown - not_shown > shown / TIME_SHARE; i++) {
        int64_t middle = not_shown + (shown - not_shown) / 2;
        if (shows_after(s, at, &rule, middle)) {
            shown = middle;
        } else {
            not_shown = middle;
        }
    }
}

void rp_sweep_shrink(struct rp_sweep_shrunk *out, struct rp_sweep_rig *rig,
    const char *const *rules, uint32_t rule_count,
    const struct rp_sweep_aim *aim)
{
    struct shrinking s = {.rig = rig, .aim = aim, .detail = ""};
    RP_ASSERT(rule_count <= RULES_MAX);
    for (uint32_t i = 0; i < rule_count; i++) {
        s.rules[s.count++] = rules[i];
    }
    bool shown = shows(&s, s.rules, s.count);
    if (shown) {
        leave_out(&s);
        for (uint32_t i = 0; i < s.count; i++) {
            drop_conditions(&s, i);
            simplify(&s, i);
            shorten(&s, i);
        }
        shown = shows(&s, s.rules, s.count); /* for the detail of the last */
    }
    const char **kept =
        rp_arena_array(rig->arena, s.count, sizeof(const char *));
    memcpy(kept, s.rules, s.count * sizeof(const char *));
    *out = (struct rp_sweep_shrunk){kept, s.count, s.detail, s.tries, shown};
}
