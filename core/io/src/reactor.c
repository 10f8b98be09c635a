#include <reprise/reactor.h>

#include <errno.h>
#include <limits.h>
#include <string.h>
#include <sys/epoll.h>
#include <time.h>
#include <unistd.h>

#include <reprise/mem.h>

#define BATCH 64

struct rp_reactor {
    int epoll_fd;
    bool woken;
    struct epoll_event batch[BATCH];
    int batch_count, batch_at;
};

enum rp_code rp_reactor_new(struct rp_reactor **out, struct rp_err *err)
{
    int fd = epoll_create1(EPOLL_CLOEXEC);
    if (fd < 0) {
        return rp_err_set(
            err, RP_E_IO, "cannot make an epoll: %s", strerrordesc_np(errno));
    }
    struct rp_reactor *self = rp_mem_zalloc(sizeof(*self));
    self->epoll_fd = fd;
    *out = self;
    return RP_OK;
}

void rp_reactor_free(struct rp_reactor **reactor)
{
    if (*reactor != NULL) {
        (void)close((*reactor)->epoll_fd); /* holds no data */
        rp_mem_free(*reactor);
        *reactor = NULL;
    }
}

enum rp_code rp_reactor_add(struct rp_reactor *reactor,
    struct rp_source *source, uint32_t events, struct rp_err *err)
{
    RP_ASSERT(!source->added);
    struct epoll_event event = {.events = events, .data = {.ptr = source}};
    if (epoll_ctl(reactor->epoll_fd, EPOLL_CTL_ADD, source->fd, &event) != 0) {
        return rp_err_set(err, RP_E_IO, "cannot wait for descriptor %d: %s",
            source->fd, strerrordesc_np(errno));
    }
    source->added = true;
    return RP_OK;
}

void rp_reactor_remove(struct rp_reactor *reactor, struct rp_source *source)
{
    if (!source->added) {
        return;
    }
    source->added = false;
    int rc = epoll_ctl(reactor->epoll_fd, EPOLL_CTL_DEL, source->fd, NULL);
    RP_ASSERT(rc == 0);
    for (int i = reactor->batch_at; i < reactor->batch_count; i++) {
        if (reactor->batch[i].data.ptr == source) {
            reactor->batch[i].data.ptr = NULL;
        }
    }
}

/* Nanoseconds where the kernel knows them (5.11), else milliseconds, rounded
 * up so that nothing is polled for in a tight loop. */
static int wait_for_events(struct rp_reactor *reactor, struct rp_duration limit)
{
    struct timespec exact = {
        .tv_sec = (time_t)(limit.ns / RP_NS_PER_S),
        .tv_nsec = (long)(limit.ns % RP_NS_PER_S),
    };
    bool forever = limit.ns == RP_DURATION_FOREVER.ns;
    int count = epoll_pwait2(reactor->epoll_fd, reactor->batch, BATCH,
        forever ? NULL : &exact, NULL);
    if (count >= 0 || errno != ENOSYS) {
        return count;
    }
    int64_t ms = limit.ns / RP_NS_PER_MS + (limit.ns % RP_NS_PER_MS > 0);
    return epoll_wait(reactor->epoll_fd, reactor->batch, BATCH,
        forever ? -1 : (int)(ms < INT_MAX ? ms : INT_MAX));
}

void rp_reactor_wait(struct rp_reactor *reactor, struct rp_duration longest)
{
    int count = wait_for_events(reactor, longest);
    RP_ASSERT(count >= 0 || errno == EINTR);
    reactor->batch_count = count < 0 ? 0 : count;
    reactor->batch_at = 0;
    while (reactor->batch_at < reactor->batch_count) {
        struct epoll_event event = reactor->batch[reactor->batch_at++];
        struct rp_source *source = event.data.ptr;
        if (source != NULL) {
            source->ready(source->context, event.events);
        }
    }
    reactor->batch_count = 0;
}

void rp_reactor_wake(struct rp_reactor *reactor)
{
    reactor->woken = true;
}

bool rp_reactor_take_wake(struct rp_reactor *reactor)
{
    bool woken = reactor->woken;
    reactor->woken = false;
    return woken;
}
