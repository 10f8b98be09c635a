/* Tables of verdicts and gaps. */
#include <reprise/sweep_verdict.h>

#include <reprise/attr.h>

struct verdict_row {
    const char *name, *headline;
    char letter;
};

static const struct verdict_row verdicts[RP_VERDICT_COUNT] = {
    [RP_VERDICT_PRUNED] = {"pruned", "pruned", '.'},
    [RP_VERDICT_UNAFFECTED] = {"unaffected", "survived", 'S'},
    [RP_VERDICT_MASKED] = {"masked", "survived", 'S'},
    [RP_VERDICT_FELL_BACK] = {"fell-back", "survived", 'S'},
    [RP_VERDICT_DECLARED] = {"declared", "degraded", 'D'},
    [RP_VERDICT_BELIEVED] = {"believed", "degraded", 'B'},
    [RP_VERDICT_CLEAN] = {"clean", "failed", 'F'},
    [RP_VERDICT_WASTED] = {"wasted", "failed", 'W'},
    [RP_VERDICT_HUNG] = {"hung", "hung", 'H'},
    [RP_VERDICT_SILENT] = {"silent", "degraded", 'L'},
    [RP_VERDICT_NEEDS_LIVE] = {"needs-live", "needs-live", 'N'},
    [RP_VERDICT_NOT_TRIGGERED] = {"not-triggered", "not-triggered", '?'},
    [RP_VERDICT_NONDETERMINISTIC] = {"nondeterministic", "nondeterministic",
        'X'},
    [RP_VERDICT_HARNESS] = {"harness-error", "harness-error", 'X'},
};

const char *rp_verdict_name(enum rp_verdict verdict)
{
    return verdicts[verdict].name;
}

const char *rp_verdict_headline(enum rp_verdict verdict)
{
    return verdicts[verdict].headline;
}

char rp_verdict_letter(enum rp_verdict verdict)
{
    return verdicts[verdict].letter;
}

bool rp_verdict_parse(struct rp_str name, enum rp_verdict *out)
{
    for (size_t i = 0; i < RP_COUNT_OF(verdicts); i++) {
        if (rp_str_is(name, verdicts[i].name)) {
            *out = (enum rp_verdict)i;
            return true;
        }
    }
    return false;
}

struct gap_row {
    const char *id, *title, *hint;
};

static const struct gap_row gaps[RP_GAP_COUNT] = {
#define RP_GAP(name, id, title, hint) [RP_GAP_##name] = {id, title, hint},
#include <reprise/sweep_gap.def>
#undef RP_GAP
};

const char *rp_gap_id(enum rp_gap_kind gap)
{
    return gaps[gap].id;
}

const char *rp_gap_title(enum rp_gap_kind gap)
{
    return gaps[gap].title;
}

const char *rp_gap_hint(enum rp_gap_kind gap)
{
    return gaps[gap].hint;
}

bool rp_gap_parse(struct rp_str id, enum rp_gap_kind *out)
{
    for (size_t i = 0; i < RP_COUNT_OF(gaps); i++) {
        if (rp_str_is(id, gaps[i].id)) {
            *out = (enum rp_gap_kind)i;
            return true;
        }
    }
    return false;
}
