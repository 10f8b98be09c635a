/* The metrics of a store to who collects them, by OTLP. */
#include "metrics.h"

#include <signal.h>

#include "exit.h"
#include "sender.h"

bool rp__metrics_sends(const struct rp__args *args)
{
    return rp__opt_flag(args, "follow") ||
           rp__opt_list(args, "otlp", 0) != NULL;
}

static sigset_t ends(void)
{
    sigset_t set;
    (void)sigemptyset(&set); /* these know their signals */
    (void)sigaddset(&set, SIGINT);
    (void)sigaddset(&set, SIGTERM);
    (void)sigaddset(&set, SIGHUP);
    return set;
}

/* Until INT or TERM; those who send are deaf to them. */
static int follow(struct rp__senders *senders)
{
    sigset_t set = ends();
    int number;
    (void)sigprocmask(SIG_BLOCK, &set, NULL);
    if (!rp__senders_start(senders, RP__SEND_FOLLOW)) {
        return RP__EXIT_FAILED;
    }
    while (sigwait(&set, &number) != 0) {
    }
    rp__senders_stop(senders);
    return rp__senders_tell(senders, true);
}

static int send_once(struct rp__senders *senders)
{
    return rp__senders_start(senders, RP__SEND_PENDING)
               ? rp__senders_tell(senders, true)
               : RP__EXIT_FAILED;
}

int rp__metrics_send(struct rp__metrics *metrics, const struct rp__args *args)
{
    struct rp__senders senders;
    int status = RP__EXIT_USAGE;
    rp_reader_close(&metrics->arg.reader); /* each process has its own */
    if (rp__senders_configure_metrics(&senders, args)) {
        senders.store_path = metrics->arg.place.path;
        status = rp__opt_flag(args, "follow") ? follow(&senders)
                                              : send_once(&senders);
    }
    rp__senders_fini(&senders);
    return status;
}
