/* transport.h - the interface to workers. Floor: engine. Single-threaded.
 *
 * Contract, kept by every transport and every decorator (one test suite runs
 * over all of them):
 *  - each call that submit accepted completes exactly once, cancelled and
 *    killed ones included, through poll and never from inside another
 *    function; at most one idle report comes before it;
 *  - a spawn that fails is a completion (RP_END_SPAWN), not an error of submit;
 *  - cancel of an unknown or completed call does nothing;
 *  - poll returns at `until` at the latest; it may return RP_E_TIMEOUT early,
 *    when something else wants the runner's attention;
 *  - reports come in the order of their time; what a report borrows is valid
 *    until the next poll or free;
 *  - free ends whatever still runs.
 */
#ifndef RP_TRANSPORT_H
#define RP_TRANSPORT_H

#include <reprise/clock.h>
#include <reprise/event.h>
#include <reprise/step.h>

struct rp_transport;

enum rp_report_kind { RP_REPORT_IDLE, RP_REPORT_COMPLETED };

struct rp_report {
    enum rp_report_kind kind;
    struct rp_instant at; /* when it happened, not after the clock's now */
    uint32_t call;
    struct rp_duration silent;              /* IDLE */
    const struct rp_completion *completion; /* COMPLETED, borrowed */
};

/* How a running call looks from outside, for live views. */
struct rp_call_state {
    int32_t pid;
    struct rp_duration silent; /* since the last sign of life */
    uint64_t output_bytes;
    char progress[128]; /* last progress text, UTF-8, "" if none */
};

struct rp_transport_ops {
    const char *name;
    /* `call` is borrowed for the time of submit only. Errors are the
     * transport's own failure (RP_E_IO), the session cannot go on. */
    enum rp_code (*submit)(
        struct rp_transport *t, const struct rp_call *call, struct rp_err *err);
    void (*cancel)(
        struct rp_transport *t, uint32_t call, enum rp_cancel_mode mode);
    /* Sends a signal to a running call's worker, for faults; a simulated
     * worker behaves as a real one would (SIGKILL ends it at once, SIGSTOP
     * silences it). False if the call is not running. */
    bool (*signal)(struct rp_transport *t, uint32_t call, int signo);
    /* RP_OK: *out is set. RP_E_TIMEOUT: nothing by `until`. Other: broken. */
    enum rp_code (*poll)(struct rp_transport *t, struct rp_instant until,
        struct rp_report *out, struct rp_err *err);
    /* False if the call is not running or nothing is known. */
    bool (*observe)(
        struct rp_transport *t, uint32_t call, struct rp_call_state *out);
    void (*free)(struct rp_transport *t);
};

struct rp_transport {
    const struct rp_transport_ops *ops;
    struct rp_transport *next; /* a decorator's inner transport, owned */
};

/* Pass-through slots for decorators. */
enum rp_code rp_transport_pass_submit(
    struct rp_transport *t, const struct rp_call *call, struct rp_err *err);
void rp_transport_pass_cancel(
    struct rp_transport *t, uint32_t call, enum rp_cancel_mode mode);
bool rp_transport_pass_signal(struct rp_transport *t, uint32_t call, int signo);
enum rp_code rp_transport_pass_poll(struct rp_transport *t,
    struct rp_instant until, struct rp_report *out, struct rp_err *err);
bool rp_transport_pass_observe(
    struct rp_transport *t, uint32_t call, struct rp_call_state *out);
void rp_transport_free(struct rp_transport **transport);

#endif
