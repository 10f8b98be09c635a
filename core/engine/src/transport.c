/* The slots a decorator does not change, and the release of a chain. */
#include <reprise/transport.h>

enum rp_code rp_transport_pass_submit(
    struct rp_transport *t, const struct rp_call *call, struct rp_err *err)
{
    return t->next->ops->submit(t->next, call, err);
}

void rp_transport_pass_cancel(
    struct rp_transport *t, uint32_t call, enum rp_cancel_mode mode)
{
    t->next->ops->cancel(t->next, call, mode);
}

bool rp_transport_pass_signal(struct rp_transport *t, uint32_t call, int signo)
{
    return t->next->ops->signal(t->next, call, signo);
}

enum rp_code rp_transport_pass_poll(struct rp_transport *t,
    struct rp_instant until, struct rp_report *out, struct rp_err *err)
{
    return t->next->ops->poll(t->next, until, out, err);
}

bool rp_transport_pass_observe(
    struct rp_transport *t, uint32_t call, struct rp_call_state *out)
{
    return t->next->ops->observe(t->next, call, out);
}

void rp_transport_free(struct rp_transport **transport)
{
    struct rp_transport *t = *transport;
    *transport = NULL;
    while (t != NULL) {
        struct rp_transport *next = t->next;
        t->ops->free(t);
        t = next;
    }
}
