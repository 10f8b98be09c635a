/* fault_catalogue.h - the faults that there are, from fault.def. Floor:
 * faultinject. Pure. */
#ifndef RP_FAULT_CATALOGUE_H
#define RP_FAULT_CATALOGUE_H

#include <stdint.h>

#include <reprise/str.h>

enum rp_fault_kind {
#define RP_FAULT(NAME, name, class, done, seen, proves, variants)              \
    RP_FAULT_##NAME,
#include <reprise/fault.def>
#undef RP_FAULT
    RP_FAULT_KIND_COUNT
};

enum rp_fault_class {
    RP_FAULT_CLASS_KILL,
    RP_FAULT_CLASS_HANG,
    RP_FAULT_CLASS_SLOW,
    RP_FAULT_CLASS_SPAWN,
    RP_FAULT_CLASS_EXIT,
    RP_FAULT_CLASS_OUT, /* what is delivered is malformed */
    RP_FAULT_CLASS_SEM, /* it is well-formed, and wrong */
    RP_FAULT_CLASS_RES, /* it is short of something */
    RP_FAULT_CLASS_CRASH,
    RP_FAULT_CLASS_STORE,
    RP_FAULT_CLASS_EXPORT,
    RP_FAULT_CLASS_COUNT
};
const char *rp_fault_class_name(enum rp_fault_class class); /* "kill", … */
const char *rp_fault_class_meaning(enum rp_fault_class class);

struct rp_fault_info {
    const char *name;
    enum rp_fault_class class;
    const char *done, *seen, *proves; /* half sentences */
    const char *variants; /* parameter texts that differ, separated by ';';
                             "": as it is without parameters */
};

/* Whether it changes what is said, and not whether and when. */
bool rp_fault_is_data(enum rp_fault_kind kind);

/* What it is on, where that is no worker: "orchestrator", "store" or "export";
 * else NULL. */
const char *rp_fault_target(enum rp_fault_kind kind);

/* Whether what comes of it is a worker's own affair: a real one may do without
 * what it is denied, and a played one is taken to fail. */
bool rp_fault_needs_live(enum rp_fault_kind kind);

const struct rp_fault_info *rp_fault_info(enum rp_fault_kind kind);
const char *rp_fault_name(enum rp_fault_kind kind); /* "out.truncate" */

/* By name, or by what only one name begins with; of "kill" and "kill.segv",
 * by what "kill" begins with. On false `*near` is the
 * nearest name, else the first that begins so, or NULL. */
bool rp_fault_find(
    enum rp_fault_kind *out, struct rp_str name, const char **near);

struct rp_fault_param {
    const char *name, *meaning;
};
/* The parameter at `index` of a fault, NULL past the last; the first may be
 * given without its name. */
const struct rp_fault_param *rp_fault_param(
    enum rp_fault_kind kind, uint32_t index);

#endif
