#include <reprise/fault_catalogue.h>

#include <string.h>

#include <reprise/err.h>

static const struct rp_fault_info infos[] = {
#define RP_FAULT(NAME, name, class, done, seen, proves, variants)              \
    [RP_FAULT_##NAME] = {                                                      \
        name, RP_FAULT_CLASS_##class, done, seen, proves, variants},
#include <reprise/fault.def>
#undef RP_FAULT
};

static const struct {
    const char *name, *meaning;
} classes[] = {
    [RP_FAULT_CLASS_KILL] = {"kill", "the worker is ended by a signal"},
    [RP_FAULT_CLASS_HANG] = {"hang", "the worker does nothing"},
    [RP_FAULT_CLASS_SLOW] = {"slow", "the worker takes longer"},
    [RP_FAULT_CLASS_SPAWN] = {"spawn", "the worker cannot be started"},
    [RP_FAULT_CLASS_EXIT] = {"exit", "exit status and output disagree"},
    [RP_FAULT_CLASS_OUT] = {"out", "what is delivered is malformed"},
    [RP_FAULT_CLASS_SEM] = {"sem", "what is delivered is well-formed, and "
                                   "wrong"},
    [RP_FAULT_CLASS_RES] = {"res", "the worker is short of something"},
    [RP_FAULT_CLASS_CRASH] = {"crash", "the orchestrator dies"},
    [RP_FAULT_CLASS_STORE] = {"store", "the disk under the store fails"},
    [RP_FAULT_CLASS_EXPORT] = {"export", "spans are not taken where they are "
                                         "sent"},
};

const char *rp_fault_class_name(enum rp_fault_class class)
{
    RP_ASSERT((size_t) class < RP_COUNT_OF(classes));
    return classes[class].name;
}

const char *rp_fault_class_meaning(enum rp_fault_class class)
{
    RP_ASSERT((size_t) class < RP_COUNT_OF(classes));
    return classes[class].meaning;
}

const struct rp_fault_info *rp_fault_info(enum rp_fault_kind kind)
{
    RP_ASSERT((size_t)kind < RP_COUNT_OF(infos));
    return &infos[kind];
}

const char *rp_fault_name(enum rp_fault_kind kind)
{
    return rp_fault_info(kind)->name;
}

bool rp_fault_is_data(enum rp_fault_kind kind)
{
    enum rp_fault_class class = rp_fault_info(kind)->class;
    return class == RP_FAULT_CLASS_OUT || class == RP_FAULT_CLASS_SEM;
}

bool rp_fault_needs_live(enum rp_fault_kind kind)
{
    return kind == RP_FAULT_RES_FSIZE || kind == RP_FAULT_RES_NPROC ||
           kind == RP_FAULT_RES_CPU || kind == RP_FAULT_SPAWN_STDIN_CLOSED ||
           kind == RP_FAULT_SPAWN_ENV_MISSING ||
           kind == RP_FAULT_SPAWN_VERSION_SKEW;
}

const char *rp_fault_target(enum rp_fault_kind kind)
{
    switch (rp_fault_info(kind)->class) {
    case RP_FAULT_CLASS_CRASH:
        return "orchestrator";
    case RP_FAULT_CLASS_STORE:
        return "store";
    case RP_FAULT_CLASS_EXPORT:
        return "export";
    case RP_FAULT_CLASS_KILL:
    case RP_FAULT_CLASS_HANG:
    case RP_FAULT_CLASS_SLOW:
    case RP_FAULT_CLASS_SPAWN:
    case RP_FAULT_CLASS_EXIT:
    case RP_FAULT_CLASS_OUT:
    case RP_FAULT_CLASS_SEM:
    case RP_FAULT_CLASS_RES:
    case RP_FAULT_CLASS_COUNT:
        break;
    }
    return NULL;
}

static const char *nearest(struct rp_str name)
{
    const char *names[RP_FAULT_KIND_COUNT];
    for (int i = 0; i < RP_FAULT_KIND_COUNT; i++) {
        names[i] = infos[i].name;
    }
    return rp_str_nearest(name, names, RP_FAULT_KIND_COUNT);
}

/* Of those that begin with `name`, the one that all others begin with: "kill"
 * for "ki", though there is "kill.segv". NULL: there is none. */
static const char *first_of(struct rp_str name)
{
    const char *first = NULL;
    for (int i = 0; i < RP_FAULT_KIND_COUNT; i++) {
        struct rp_str known = rp_str_of(infos[i].name);
        if (rp_str_starts(known, name) &&
            (first == NULL || known.len < strlen(first))) {
            first = infos[i].name;
        }
    }
    for (int i = 0; first != NULL && i < RP_FAULT_KIND_COUNT; i++) {
        struct rp_str known = rp_str_of(infos[i].name);
        if (rp_str_starts(known, name) &&
            !rp_str_starts(known, rp_str_of(first))) {
            return NULL;
        }
    }
    return first;
}

bool rp_fault_find(
    enum rp_fault_kind *out, struct rp_str name, const char **near)
{
    const char *first = name.len == 0 ? NULL : first_of(name);
    for (int i = 0; i < RP_FAULT_KIND_COUNT; i++) {
        if (first == infos[i].name) {
            *out = (enum rp_fault_kind)i;
            return true;
        }
    }
    *near = nearest(name);
    for (int i = 0; i < RP_FAULT_KIND_COUNT && *near == NULL; i++) {
        bool begins = rp_str_starts(rp_str_of(infos[i].name), name);
        *near = name.len > 0 && begins ? infos[i].name : NULL;
    }
    return false;
}

/* ---- parameters ---- */

#define AFTER "how long after its start, as 200ms"
#define SIGNALS "SIGKILL, SIGTERM, SIGSEGV, SIGABRT, SIGBUS, SIGINT or SIGHUP"

static const struct {
    enum rp_fault_kind kind;
    struct rp_fault_param param;
} params[] = {
    {RP_FAULT_OUT_TRUNCATE,
        {"cut", "how much is kept: 120 (bytes), 50%, in_string, in_number, "
                "in_utf8, in_escape, between_keys, before_close"}},
    {RP_FAULT_KILL, {"after", AFTER}},
    {RP_FAULT_KILL, {"signal", SIGNALS}},
    {RP_FAULT_KILL_SIGTERM, {"after", AFTER}},
    {RP_FAULT_KILL_SEGV, {"after", AFTER}},
    {RP_FAULT_KILL_ABORT, {"after", AFTER}},
    {RP_FAULT_KILL_MID_WRITE, {"signal", SIGNALS}},
    {RP_FAULT_KILL_AFTER_OUTPUT, {"signal", SIGNALS}},
    {RP_FAULT_SLOW, {"by", "how much longer, as 2s"}},
    {RP_FAULT_SLOW_DIST, {"by", "the median of how much later, as 2s"}},
    {RP_FAULT_SPAWN_SLOW, {"by", "how much later, as 2s"}},
    {RP_FAULT_BACKPRESSURE, {"size", "how much is written, as 1MiB"}},
    {RP_FAULT_RES_MEM, {"size", "of its address space, as 64MiB"}},
    {RP_FAULT_RES_FSIZE, {"size", "of the largest file, as 4KiB"}},
    {RP_FAULT_RES_NOFILE, {"count", "of descriptors, the first 4 included"}},
    {RP_FAULT_RES_NPROC, {"count", "of the user's processes"}},
    {RP_FAULT_RES_CPU, {"time", "in whole seconds, as 1s"}},
    {RP_FAULT_SLOW_DRIP, {"by", "how much longer, as 2s"}},
    {RP_FAULT_LATE_RESULT, {"by", "how much later, as 2s"}},
    {RP_FAULT_SPAWN_ENV_MISSING,
        {"name", "of the variable, a glob; else all that the plan names"}},
    {RP_FAULT_SPAWN_EXIT_EARLY, {"status", "1 to 255"}},
    {RP_FAULT_EXIT_NONZERO_FULL, {"status", "1 to 255"}},
    {RP_FAULT_OUT_BAD_UTF8, {"form", "lone, overlong or surrogate"}},
    {RP_FAULT_OUT_NAN_INF, {"form", "NaN, Infinity or -Infinity"}},
    {RP_FAULT_OUT_ODD_NUMBER, {"form", "007, +1, .5, 1_000, 1/3 or 1e999"}},
    {RP_FAULT_OUT_HUGE, {"size", "how long the text is, as 1MiB"}},
    {RP_FAULT_OUT_POLLUTED, {"where", "before, inside or after"}},
    {RP_FAULT_STORE_BIT_FLIP,
        {"form", "written (it stays on the disk) or read (once)"}},
    {RP_FAULT_STORE_POWER_CUT,
        {"form", "what is left of unsynced writes: lost (nothing), torn (all, "
                 "and half of the next), reordered (all but the first)"}},
    {RP_FAULT_STORE_SLOW_SYNC, {"by", "how much longer, as 2s"}},
    {RP_FAULT_EXPORT_SLOW, {"by", "how much later, as 2s"}},
    {RP_FAULT_CRASH, {"moment", "before or after what the record decided is "
                                "done"}},
};

/* Faults inside of a document are at a place of it. */
static const struct rp_fault_param at_param = {
    "at", "JSON Pointer of the value; without it the first that fits"};

static bool takes_place(enum rp_fault_kind kind)
{
    return rp_fault_info(kind)->class == RP_FAULT_CLASS_SEM ||
           (rp_fault_info(kind)->class == RP_FAULT_CLASS_OUT &&
               kind >= RP_FAULT_OUT_MISSING);
}

const struct rp_fault_param *rp_fault_param(
    enum rp_fault_kind kind, uint32_t index)
{
    uint32_t count = 0;
    for (size_t i = 0; i < RP_COUNT_OF(params); i++) {
        if (params[i].kind == kind && count++ == index) {
            return &params[i].param;
        }
    }
    return takes_place(kind) && index == count ? &at_param : NULL;
}
