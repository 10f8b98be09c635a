/* The catalogue as a sweep sees it. */
#include "sweep_menu.h"

#include <reprise/fault_rule.h>

static const char *const class_names[] = {"hang", "kill", "output"};

const char *const *rp__sweep_classes(uint32_t *count)
{
    *count = RP_COUNT_OF(class_names);
    return class_names;
}

static const struct rp__sweep_item items[] = {
    {"kill", "kill", 1, false, NULL},
    {"hang", "hang", 2, false, NULL},
    {"out.truncate(0)", "output", 3, true, NULL},
    {"out.truncate(50%)", "output", 4, true, NULL},
    {"out.truncate(before_close)", "output", 5, true, NULL},
    {"out.truncate(in_string)", "output", 6, true, NULL},
    {"out.truncate(in_number)", "output", 7, true, NULL},
    {"out.truncate(in_utf8)", "output", 8, true, NULL},
};

static void add(struct rp__sweep_menu *menu, const struct rp__sweep_item *item)
{
    if (menu->count < RP__SWEEP_MENU_MAX) {
        menu->items[menu->count++] = *item;
    }
}

/* Whether the fault finds a place in these bytes. */
static const char *reason_against(
    const struct rp__sweep_item *item, struct rp_str output)
{
    struct rp_fault_rules rules = {.count = 0};
    struct rp_buf text;
    rp_buf_init(&text, RP_FAULT_TEXT_MAX);
    rp_buf_addf(&text, "x : %s", item->text);
    enum rp_code rc = rp_fault_rule_add(&rules, rp_buf_str(&text), NULL);
    rp_buf_fini(&text);
    RP_ASSERT(rc == RP_OK); /* the table is ours */
    bool whole = item->data && output.len > 0 &&
                 rp_fault_truncated_len(&rules.items[0], output) == output.len;
    return whole ? "the recorded output has no such place" : NULL;
}

void rp__sweep_menu_make(struct rp__sweep_menu *out, struct rp_arena *arena,
    struct rp_duration took, struct rp_str output)
{
    out->count = 0;
    for (size_t i = 0; i < RP_COUNT_OF(items); i++) {
        struct rp__sweep_item item = items[i];
        item.pruned = reason_against(&item, output);
        add(out, &item);
    }
    if (took.ns > 1) {
        struct rp_buf half;
        rp_buf_init(&half, 64);
        rp_duration_write(&half, (struct rp_duration){took.ns / 2});
        struct rp__sweep_item late = {
            rp_arena_printf(arena, "kill(after=%s)", half.ptr), "kill", 9,
            false, NULL};
        rp_buf_fini(&half);
        add(out, &late);
    }
}
