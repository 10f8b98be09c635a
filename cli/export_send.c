#include "export_send.h"

#include <signal.h>
#include <string.h>
#include <time.h>

#include <reprise/mem.h>

#include "exit.h"
#include "export.h"
#include "identity.h"
#include "recover.h"
#include "say.h"
#include "selection.h"
#include "session_arg.h"

/* While it follows. */
#define RECOVER_NS_MIN (RP_NS_PER_S / 2)
#define RECOVER_NS_MAX (10 * RP_NS_PER_S)
#define LOOK_SHARE 20 /* of the time, one part goes into looking */

struct export_sending {
    const struct rp__args *args;
    struct rp__session_arg arg;
    struct rp__senders senders;
    struct rp_session_row *rows; /* owned */
    uint32_t row_count;
    struct rp__recovery recovery;
};

bool rp__export_sends(const struct rp__args *args)
{
    return rp__opt_flag(args, "pending") || rp__opt_flag(args, "follow") ||
           rp__opt_list(args, "otlp", 0) != NULL;
}

/* ---- what is asked for ---- */

static int check(const struct rp__args *args, bool queue)
{
    static const char *const of_documents[] = {"format", "output"};
    static const char *const chosen[] = {"plan", "since", "tag"};
    bool names = args->count > 0;
    bool chooses = rp__opt_flag(args, "all") || rp__opt_flag(args, "failed");
    for (size_t i = 0; i < RP_COUNT_OF(chosen); i++) {
        chooses = chooses || rp__opt_value(args, chosen[i]) != NULL;
    }
    for (size_t i = 0; i < RP_COUNT_OF(of_documents); i++) {
        if (rp__opt_value(args, of_documents[i]) != NULL) {
            rp__say("export", "--%s is of a document, and spans are to be sent",
                of_documents[i]);
            return RP__EXIT_USAGE;
        }
    }
    if (names && chooses) {
        rp__say("export", "a SESSION is named, and others are chosen as well");
        return RP__EXIT_USAGE;
    }
    if (queue && (names || chooses)) {
        rp__say("export", "--%s takes no SESSION: it is about all of them",
            rp__opt_flag(args, "follow") ? "follow" : "pending");
        return RP__EXIT_USAGE;
    }
    return RP__GO_ON;
}

/* ---- sessions by name ---- */

static int add_row(struct export_sending *x, const struct rp_session_row *row)
{
    x->rows = rp_mem_grow(x->rows, (size_t)x->row_count + 1, sizeof(*x->rows));
    x->rows[x->row_count++] = *row;
    return RP__GO_ON;
}

static int add_named(struct export_sending *x)
{
    uint32_t count = x->args->count == 0 ? 1 : x->args->count;
    int status = RP__GO_ON;
    for (uint32_t i = 0; i < count && status == RP__GO_ON; i++) {
        status = rp__session_name(&x->arg,
            x->args->count == 0 ? RP__SESSION_LATEST : x->args->items[i]);
        if (status == RP__GO_ON) {
            status = add_row(x, &x->arg.row);
        }
    }
    return status;
}

static int add_all(
    struct export_sending *x, const struct rp__selection *selection)
{
    struct rp_err err = RP_ERR_INIT;
    struct rp_sessions *sessions = NULL;
    struct rp_session_row row;
    bool found = true;
    enum rp_code rc =
        rp_reader_sessions(&sessions, x->arg.reader, &selection->filter, &err);
    while (rc == RP_OK && found) {
        rc = rp_sessions_next(sessions, x->arg.arena, &found, &row, &err);
        if (rc == RP_OK && found &&
            rp__selection_has(selection, &x->arg, &row)) {
            (void)add_row(x, &row); /* there is room */
        }
    }
    rp_sessions_free(&sessions);
    return rc == RP_OK ? RP__GO_ON : rp__session_failed(&x->arg, &err);
}

static int send_sessions(struct export_sending *x)
{
    struct rp__selection selection;
    int status =
        rp__selection_take(&selection, x->args, rp__identity_wall_now());
    if (status == RP__GO_ON) {
        status = rp__opt_flag(x->args, "all") || selection.any
                     ? add_all(x, &selection)
                     : add_named(x);
    }
    struct rp_err err = RP_ERR_INIT;
    if (status == RP__GO_ON && rp__export_tell_key(&x->arg, &err) != RP_OK) {
        status = rp__session_failed(&x->arg, &err);
    }
    rp_reader_close(&x->arg.reader); /* not to be had across a fork */
    if (status != RP__GO_ON) {
        return status;
    }
    x->senders.sessions = x->rows;
    x->senders.session_count = x->row_count;
    return rp__senders_start(&x->senders, RP__SEND_SESSIONS)
               ? rp__senders_tell(&x->senders, true)
               : RP__EXIT_FAILED;
}

/* ---- the queue ---- */

/* Ends the spans of sessions that died, so that they are delivered. */
static int send_pending(struct export_sending *x)
{
    struct rp_err err = RP_ERR_INIT;
    rp_reader_close(&x->arg.reader);
    if (rp__recover(&x->recovery, &err) != RP_OK) {
        return rp__session_failed(&x->arg, &err);
    }
    return rp__senders_start(&x->senders, RP__SEND_PENDING)
               ? rp__senders_tell(&x->senders, true)
               : RP__EXIT_FAILED;
}

/* Until the next look: a store of very many sessions is not looked at all the
 * time. By the clock on the wall, which may be set: within bounds. */
static struct timespec pause_after(struct rp_wall began)
{
    int64_t took = rp__identity_wall_now().unix_ns - began.unix_ns;
    int64_t ns = took > RECOVER_NS_MAX ? RECOVER_NS_MAX : took * LOOK_SHARE;
    ns = ns < RECOVER_NS_MIN   ? RECOVER_NS_MIN
         : ns > RECOVER_NS_MAX ? RECOVER_NS_MAX
                               : ns;
    return (struct timespec){(time_t)(ns / RP_NS_PER_S), ns % RP_NS_PER_S};
}

/* Looks for sessions that died as long as none of these signals comes, and
 * once more then. False: it could not, last; the person was told once. */
static bool watch(struct export_sending *x, const sigset_t *ends)
{
    struct timespec pause = {0, RECOVER_NS_MIN};
    bool interrupted = false;
    bool failed = false;
    while (!interrupted) {
        struct rp_err err = RP_ERR_INIT;
        interrupted = sigtimedwait(ends, NULL, &pause) > 0;
        struct rp_wall began = rp__identity_wall_now();
        enum rp_code rc = rp__recover(&x->recovery, &err);
        pause = pause_after(began);
        if (rc == RP_E_BUSY) {
            continue; /* a writer is at it for long: next time */
        }
        if (rc != RP_OK && !failed) {
            (void)rp__session_failed(&x->arg, &err);
        }
        failed = rc != RP_OK;
    }
    return !failed;
}

/* Until INT or TERM; those who send are deaf to them. */
static int follow(struct export_sending *x)
{
    sigset_t ends;
    (void)sigemptyset(&ends); /* these know their signals */
    (void)sigaddset(&ends, SIGINT);
    (void)sigaddset(&ends, SIGTERM);
    (void)sigaddset(&ends, SIGHUP);
    (void)sigprocmask(SIG_BLOCK, &ends, NULL);
    rp_reader_close(&x->arg.reader);
    if (!rp__senders_start(&x->senders, RP__SEND_FOLLOW)) {
        return RP__EXIT_FAILED;
    }
    bool good = watch(x, &ends);
    rp__senders_stop(&x->senders);
    int status = rp__senders_tell(&x->senders, true);
    return good ? status : RP__EXIT_STORE;
}

int rp__export_send(const struct rp__args *args)
{
    struct export_sending x = {.args = args};
    bool pending = rp__opt_flag(args, "pending");
    bool follows = rp__opt_flag(args, "follow");
    int status = check(args, pending || follows);
    if (status == RP__GO_ON && !rp__senders_configure(&x.senders, args, true)) {
        status = RP__EXIT_USAGE;
    }
    if (status == RP__GO_ON && x.senders.count == 0) {
        rp__say("export", "OTEL_SDK_DISABLED or OTEL_TRACES_EXPORTER switches "
                          "sending off");
        status = RP__EXIT_USAGE;
    }
    if (status == RP__GO_ON && !rp__export_capture(&x.senders.capture, args)) {
        status = RP__EXIT_USAGE;
    }
    if (status == RP__GO_ON) {
        status = rp__session_open(&x.arg, args);
    }
    if (status == RP__GO_ON) {
        x.senders.store_path = x.recovery.store_path = x.arg.place.path;
        status = follows   ? follow(&x)
                 : pending ? send_pending(&x)
                           : send_sessions(&x);
    }
    rp_mem_free(x.rows);
    rp__recovery_fini(&x.recovery);
    rp__senders_fini(&x.senders);
    rp__session_fini(&x.arg);
    return status;
}
