/* control.h - who may steer a running session: signals and the session's
 * control socket. Floor: io. Single-threaded.
 *
 * The socket takes one JSON document a line and answers each with one:
 *   {"command":"ping"}    -> {"ok":true,"session":"…","pid":4711}
 *   {"command":"cancel"}  -> {"ok":true}, once it is in the journal's queue
 *   {"command":"observe","calls":[3,4]}
 *     -> {"ok":true,"calls":[{"call":3,"pid":4712,"silent_ns":"…",
 *                             "output_bytes":"…","progress":"…"}]}
 * and what it does not understand with {"ok":false,"error":"…"}. Only the
 * user who runs the session, and root, are heard.
 *
 * SIGINT, SIGTERM and SIGHUP cancel; a second one kills. SIGTSTP stops the
 * workers and the session's clock until SIGCONT. A dead keeper cancels and
 * kills.
 */
#ifndef RP_CONTROL_H
#define RP_CONTROL_H

#include <reprise/reactor.h>
#include <reprise/runner.h>

#define RP_CONTROL_LINE_MAX (64u << 10)
#define RP_CONTROL_CLIENTS_MAX 16

struct rp_control_options {
    struct rp_reactor *reactor;     /* all borrowed, outlive the control */
    struct rp_clock *clock;         /* of rp_clock_system_new() */
    struct rp_transport *exec;      /* of rp_transport_exec_new(); is stopped */
    struct rp_transport *transport; /* the outermost; answers observe */
    const char *socket_path;        /* NULL: signals only */
    const char *session;            /* id, for ping */
};

struct rp_control; /* owned, rp_control_free() */

/* Blocks the signals it listens to, until the process ends. */
RP_NODISCARD enum rp_code rp_control_new(struct rp_control **out,
    const struct rp_control_options *options, struct rp_err *err);
void rp_control_free(struct rp_control **control);
struct rp_operator *rp_control_operator(struct rp_control *control);

/* Sends one request line to the socket at `path` and waits for its answer at
 * most `longest`; `*answer` is owned by the caller (rp_mem_free).
 * RP_E_NOT_FOUND when nobody listens, RP_E_TIMEOUT, RP_E_IO. */
RP_NODISCARD enum rp_code rp_control_ask(char **answer, const char *path,
    const char *request, struct rp_duration longest, struct rp_err *err);

#endif
