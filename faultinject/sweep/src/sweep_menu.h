/* sweep_menu.h - which faults are tried on a task. Floor: sweep. Pure. */
#ifndef RP_SWEEP_MENU_H
#define RP_SWEEP_MENU_H

#include <reprise/mem.h>
#include <reprise/sweep_trace.h>

#include "sweep_facts.h"

#define RP__SWEEP_MENU_MAX 512

struct rp__sweep_item {
    const char *text;   /* "out.truncate(50%)", for behind the colon */
    const char *class;  /* "output" */
    uint32_t rank;      /* simpler faults have less */
    bool data;          /* changes what is said, not whether and when */
    bool large;         /* makes an output that takes its time */
    bool once;          /* at the first attempt of a recorded task only */
    const char *pruned; /* why it is not tried; NULL: it is */
    /* So much sooner or later, and it goes otherwise; 0: nowhere near. */
    int64_t near_ns;
};

struct rp__sweep_menu {
    struct rp__sweep_item items[RP__SWEEP_MENU_MAX];
    uint32_t count;
};

/* What is known of a task; all zero: nothing. */
struct rp__sweep_hints {
    struct rp_duration took;
    struct rp_str output;            /* bytes, borrowed */
    struct rp__sweep_places shared;  /* what a sibling states too */
    struct rp__sweep_places asked;   /* what it was asked about */
    struct rp_duration overtaken_by; /* later by this all siblings are first */
    struct rp_duration margin;       /* later by this it is ended */
    struct rp_duration lively; /* ditto when it gives signs of life; 0: that is
                                  no other limit */
    bool mute;                 /* it delivers nothing without faults either */
};

/* What fits such a task. Texts are static or in `arena`. */
void rp__sweep_menu_make(struct rp__sweep_menu *out, struct rp_arena *arena,
    const struct rp__sweep_hints *hints);

/* The classes, in the order of columns. */
const char *const *rp__sweep_classes(uint32_t *count);

#endif
