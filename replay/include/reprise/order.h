/* order.h - a recorded session run again with its calls completing in other
 * orders. Floor: replay. Pure but for the recording it reads.
 *
 * What was in flight together may complete in any order; what began because
 * another call had ended comes after it. A call that is to come earlier is
 * pulled to the instant at which the first of those in flight ended, so that
 * none takes longer than it did and no limit is reached that was not. Calls
 * that were ended by us stay where they were.
 *
 * In each order the inputs of all tasks, every aggregate, how each task ended
 * and the session's output have to be what they are in the recorded order.
 */
#ifndef RP_ORDER_H
#define RP_ORDER_H

#include <reprise/rerun.h>

/* So many orders are tried all; of more, a sample is. */
#define RP_ORDERS_ALL_MAX 720 /* of 6 calls */
#define RP_ORDERS_COUNTED_MAX 100000
#define RP_ORDER_SAMPLES 1000

enum rp_order_kind {
    RP_ORDER_FASTEST, /* the quickest of those in flight first */
    RP_ORDER_REVERSE, /* the last one first */
    RP_ORDER_SHUFFLE, /* all orders, or those two, and a sample */
};

struct rp_order_choice {
    enum rp_order_kind kind;
    uint64_t seed;    /* of the sample */
    uint32_t samples; /* so many runs at least; 0: RP_ORDER_SAMPLES, none when
                         all orders are tried */
};

enum rp_order_finding {
    RP_ORDER_SAME,
    RP_ORDER_RESULT,     /* an input, an aggregate or the output differs */
    RP_ORDER_ACCEPTANCE, /* a task ends otherwise */
    RP_ORDER_MISS,       /* a call is asked for that was not recorded */
};
const char *rp_order_finding_name(enum rp_order_finding value);

struct rp_order_report {
    uint32_t calls;     /* that ended by themselves */
    uint64_t possible;  /* orders of them, the recorded one too */
    bool possible_more; /* there are more than were counted */
    uint64_t tried;     /* of them, the recorded one too */
    uint64_t runs; /* besides the recorded one; an order may have several */
    enum rp_order_finding finding; /* of the first order that differs */
    const char *what;              /* "input of summary", or what is missing */
    const char *recorded, *now;    /* its digest or status, "" when none */
    /* It differs as soon as the second completes before the first. */
    const char *first, *second;
    const char *const *order; /* paths as they complete in it */
    uint32_t order_count;
    /* A call that was ended because enough had come, or NULL: which ones count
     * is decided by time, and what the others would have said is not known. */
    const char *cut_short;
    struct rp_arena *arena; /* owned */
};
void rp_order_report_fini(struct rp_order_report *report);

/* `base` is a rerun without a store; its order is not looked at. RP_E_NOT_FOUND
 * when already the recorded order has no answer to a call. */
RP_NODISCARD enum rp_code rp_order_explore(struct rp_order_report *report,
    const struct rp_rerun *base, const struct rp_order_choice *choice,
    struct rp_err *err);

#endif
