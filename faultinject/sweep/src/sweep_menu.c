/* The catalogue as a sweep sees it. */
#include "sweep_menu.h"

#include <reprise/fault_rule.h>

#define MEMBERS_MAX 8 /* of an output that are left out one by one */
#define NEAR_SHARE 20 /* how near to a margin: live workers vary */
#define HUGE_OUTPUT_BYTES ((size_t)4 << 20)

static const char *const class_names[] = {"spawn", "hang", "kill", "exit",
    "slow", "output", "contract", "wrong", "res", "crash"};

const char *const *rp__sweep_classes(uint32_t *count)
{
    *count = RP_COUNT_OF(class_names);
    return class_names;
}

struct making {
    struct rp__sweep_menu *menu;
    struct rp_arena *arena;
    const struct rp__sweep_hints *hints;
    uint32_t rank; /* of the next; what is later in the catalogue has more */
};

static void add(const struct making *m, const struct rp__sweep_item *item)
{
    if (m->menu->count < RP__SWEEP_MENU_MAX) {
        m->menu->items[m->menu->count++] = *item;
    }
}

/* ---- whether it finds a place ---- */

static bool finds_place(const struct rp_fault_rule *rule, struct rp_str output)
{
    struct rp_buf changed;
    rp_buf_init(&changed, 4 * HUGE_OUTPUT_BYTES);
    bool found = rp_fault_change(&changed, rule, output, 0);
    rp_buf_fini(&changed);
    return found;
}

static const char *reason_against(
    const struct rp__sweep_item *item, struct rp_str output)
{
    struct rp_fault_rules *rules = rp_mem_zalloc(sizeof(*rules));
    struct rp_buf text;
    rp_buf_init(&text, RP_FAULT_TEXT_MAX);
    rp_buf_addf(&text, "x : %s", item->text);
    enum rp_code rc = rp_fault_rule_add(rules, rp_buf_str(&text), NULL);
    rp_buf_fini(&text);
    RP_ASSERT(rc == RP_OK); /* they are ours */
    enum rp_fault_class class = rp_fault_info(rules->items[0].kind)->class;
    bool by_place = class == RP_FAULT_CLASS_OUT || class == RP_FAULT_CLASS_SEM;
    bool whole = by_place && output.len > 0 &&
                 output.len <= HUGE_OUTPUT_BYTES &&
                 !finds_place(&rules->items[0], output);
    rp_mem_free(rules);
    return whole ? "the recorded output has no such place" : NULL;
}

/* ---- the catalogue ---- */

static const char *column_of(enum rp_fault_kind kind)
{
    switch (rp_fault_info(kind)->class) {
    case RP_FAULT_CLASS_KILL:
        return "kill";
    case RP_FAULT_CLASS_HANG:
        return "hang";
    case RP_FAULT_CLASS_SLOW:
        return "slow";
    case RP_FAULT_CLASS_SPAWN:
        return "spawn";
    case RP_FAULT_CLASS_EXIT:
        return "exit";
    case RP_FAULT_CLASS_OUT: /* broken, or whole and not as it should be */
        return kind >= RP_FAULT_OUT_MISSING ? "contract" : "output";
    case RP_FAULT_CLASS_RES:
        return "res";
    case RP_FAULT_CLASS_STORE: /* a sweep stores and sends nothing */
    case RP_FAULT_CLASS_EXPORT:
    case RP_FAULT_CLASS_CRASH: /* on no task, see the space */
        return "crash";
    case RP_FAULT_CLASS_SEM:
    case RP_FAULT_CLASS_COUNT:
        break;
    }
    return "wrong";
}

/* As much as it takes to see what a bound does: not in company. */
static bool is_large(enum rp_fault_kind kind)
{
    return kind == RP_FAULT_OUT_HUGE || kind == RP_FAULT_OUT_MANY_KEYS ||
           kind == RP_FAULT_OUT_DEEP || kind == RP_FAULT_BACKPRESSURE;
}

/* Where and by how much is a matter of the task, or of none; a time by chance
 * is on one side of its limits, and both are tried. */
static bool needs_hint(enum rp_fault_kind kind)
{
    return kind == RP_FAULT_SLOW || kind == RP_FAULT_SLOW_DIST ||
           kind == RP_FAULT_CONTRADICT || kind == RP_FAULT_WRONG_ENTITY ||
           rp_fault_target(kind) != NULL;
}

static void add_kind(
    struct making *m, enum rp_fault_kind kind, struct rp_str variant)
{
    const struct rp_fault_info *info = rp_fault_info(kind);
    struct rp__sweep_item item = {
        .text = variant.len == 0 ? info->name
                                 : rp_arena_printf(m->arena, "%s(%.*s)",
                                       info->name, RP_STR_ARG(variant)),
        .class = column_of(kind),
        .rank = m->rank++,
        .data = rp_fault_is_data(kind),
        .large = is_large(kind),
        .once = info->class == RP_FAULT_CLASS_SEM,
    };
    item.pruned = item.data && m->hints->mute
                      ? "it delivers nothing without faults either"
                  : rp_fault_needs_live(kind)
                      ? "what the worker makes of it needs a live run"
                      : reason_against(&item, m->hints->output);
    add(m, &item);
}

static void add_catalogue(struct making *m)
{
    for (uint32_t i = 0; i < RP_FAULT_KIND_COUNT; i++) {
        enum rp_fault_kind kind = (enum rp_fault_kind)i;
        struct rp_str rest = rp_str_of(rp_fault_info(kind)->variants);
        while (!needs_hint(kind) && rest.ptr != NULL) {
            struct rp_str variant = rp_str_cut(rest, ';', &rest);
            add_kind(m, kind, variant);
        }
    }
}

/* ---- what depends on the task ---- */

static const char *timed(
    const struct making *m, const char *fault, int64_t time_ns)
{
    struct rp_buf time;
    rp_buf_init(&time, 64);
    rp_duration_write(&time, (struct rp_duration){time_ns});
    const char *text = rp_arena_printf(m->arena, "%s%s)", fault, time.ptr);
    rp_buf_fini(&time);
    return text;
}

static void add_slow(
    const struct making *m, const char *fault, int64_t by_ns, int64_t near_ns)
{
    struct rp__sweep_item item = {
        .text = timed(m, fault, by_ns),
        .class = "slow",
        .rank = m->rank,
        .once = true,
        .near_ns = near_ns,
    };
    if (by_ns > 0) {
        add(m, &item);
    }
}

/* Just below and just above a limit. */
static void add_near(
    const struct making *m, const char *fault, struct rp_duration margin)
{
    if (margin.ns > 0 && margin.ns != RP_DURATION_FOREVER.ns) {
        int64_t near_ns = margin.ns / NEAR_SHARE / RP_NS_PER_MS;
        near_ns = (near_ns == 0 ? 1 : near_ns) * RP_NS_PER_MS;
        add_slow(m, fault, margin.ns - near_ns, near_ns);
        add_slow(m, fault, margin.ns + near_ns, near_ns);
    }
}

/* Just below and just above what ends it, silent and not, and so late that all
 * others are first, as far as that is below. */
static void add_times(const struct making *m)
{
    const struct rp__sweep_hints *h = m->hints;
    if (h->took.ns > 1) {
        struct rp__sweep_item late = {
            .text = timed(m, "kill(after=", h->took.ns / 2),
            .class = "kill",
            .rank = m->rank,
            .near_ns = h->took.ns / 2,
        };
        add(m, &late);
    }
    if (h->overtaken_by.ns > 0 && h->overtaken_by.ns < h->margin.ns) {
        add_slow(m, "slow.fixed(", h->overtaken_by.ns, 0);
    }
    add_near(m, "slow.fixed(", h->margin);
    add_near(m, "slow.drip(", h->lively);
}

static void add_places(const struct making *m, const char *fault,
    const struct rp__sweep_places *places, uint32_t max)
{
    for (uint32_t i = 0; i < places->count && i < max; i++) {
        struct rp__sweep_item item = {
            .text =
                rp_arena_printf(m->arena, "%s(%s)", fault, places->items[i]),
            .class = "wrong",
            .rank = m->rank,
            .data = true,
            .once = true,
        };
        add(m, &item);
    }
}

/* Each member of an object, one by one. */
static void add_missing(const struct making *m)
{
    struct rp_json_doc *doc = NULL;
    const cJSON *member;
    uint32_t count = 0;
    struct rp_str output = m->hints->output;
    if (output.len == 0 || output.len > HUGE_OUTPUT_BYTES ||
        rp_json_read(&doc, output, NULL, NULL) != RP_OK) {
        return;
    }
    const cJSON *root = rp_json_root(doc);
    cJSON_ArrayForEach(member, root)
    {
        bool plain =
            cJSON_IsObject(root) && rp__sweep_facts_plain(member->string);
        if (plain && count++ < MEMBERS_MAX) {
            struct rp__sweep_item item = {
                .text = rp_arena_printf(
                    m->arena, "out.missing(/%s)", member->string),
                .class = "contract",
                .rank = m->rank,
                .data = true,
            };
            add(m, &item);
        }
    }
    rp_json_free(&doc);
}

void rp__sweep_menu_make(struct rp__sweep_menu *out, struct rp_arena *arena,
    const struct rp__sweep_hints *hints)
{
    struct making m = {out, arena, hints, 1};
    out->count = 0;
    add_catalogue(&m);
    add_times(&m);
    add_missing(&m);
    add_places(&m, "sem.contradict", &hints->shared, 2);
    add_places(&m, "sem.wrong_entity", &hints->asked, 1);
}
