#include <reprise/sweep_observe.h>

#include <reprise/attr.h>

/* A write as the store is made, which takes some sixty, one among the first
 * records, later ones. */
static const char *const store_rules[] = {
    "store : store.full",
    "store [75] : store.full",
    "store [100] : store.full",
    "store [85] : store.short_write",
    "store [95] : store.io_error",
    "store [3] : store.fsync",
    "store : store.slow_sync",
    "store [80] : store.read_only",
    "store [3] : store.gone",
};

static const char *const export_rules[] = {
    "export : export.down",
    "export : export.hang",
    "export : export.503",
    "export : export.429",
    "export : export.400",
};

const char *const *rp_sweep_observe_rules(bool store, uint32_t *count)
{
    *count = store ? RP_COUNT_OF(store_rules) : RP_COUNT_OF(export_rules);
    return store ? store_rules : export_rules;
}

static bool find(struct rp_sweep_finding *out, enum rp_gap_kind gap,
    const char *path, const char *detail)
{
    *out = (struct rp_sweep_finding){gap, path, detail};
    return true;
}

bool rp_sweep_observe(struct rp_sweep_finding *out, struct rp_arena *arena,
    const struct rp_sweep_trace *baseline,
    const struct rp_sweep_observed *observed)
{
    const struct rp_sweep_trace *t = observed->trace;
    const char *path = observed->store ? "store" : "export";
    bool ended = t != NULL && t->outcome != RP_OUTCOME_NONE;
    if (!observed->readable) {
        return find(out, RP_GAP_STORE_CORRUPT, path,
            rp_arena_printf(
                arena, "behind '%s': %s", observed->rule, observed->why));
    }
    if (!ended && !observed->said) {
        return find(out, RP_GAP_STORE_CORRUPT, path,
            rp_arena_printf(arena,
                "behind '%s' the end of the session is not recorded, and the "
                "run does not say so",
                observed->rule));
    }
    if ((!ended && !observed->store) ||
        (ended && (t->outcome != baseline->outcome ||
                      t->delivered != baseline->delivered))) {
        return find(out, RP_GAP_EXPORT_BLOCKS, path,
            rp_arena_printf(arena,
                "under '%s' the session ends %s, and %s without",
                observed->rule, ended ? rp_outcome_name(t->outcome) : "never",
                rp_outcome_name(baseline->outcome)));
    }
    return false;
}
