#include <reprise/store_watch.h>

static enum rp_code watch_begin(
    struct rp_store *s, const struct rp_session_head *head, struct rp_err *err)
{
    (void)s;
    (void)head;
    (void)err;
    return RP_OK;
}

static enum rp_code watch_put(struct rp_store *s,
    const struct rp_digest *digest, struct rp_str bytes, struct rp_err *err)
{
    (void)s;
    (void)digest;
    (void)bytes;
    (void)err;
    return RP_OK;
}

static enum rp_code watch_append(
    struct rp_store *s, const struct rp_record *record, struct rp_err *err)
{
    struct rp_store_watch *self =
        RP_CONTAINER_OF(s, struct rp_store_watch, base);
    (void)err;
    self->see(self->context, record);
    return RP_OK;
}

static enum rp_code watch_commit(struct rp_store *s, struct rp_err *err)
{
    (void)s;
    (void)err;
    return RP_OK;
}

static enum rp_code watch_get(struct rp_store *s,
    const struct rp_digest *digest, char **out, size_t *out_bytes,
    struct rp_err *err)
{
    (void)s;
    (void)digest;
    *out = NULL;
    *out_bytes = 0;
    return rp_err_set(err, RP_E_NOT_FOUND, "nothing is kept of a rerun");
}

static void watch_free(struct rp_store *s)
{
    (void)s;
}

static const struct rp_store_ops watch_ops = {
    .name = "watch",
    .begin = watch_begin,
    .put = watch_put,
    .append = watch_append,
    .commit = watch_commit,
    .get = watch_get,
    .free = watch_free,
};

void rp_store_watch_init(struct rp_store_watch *watch,
    void (*see)(void *context, const struct rp_record *record), void *context)
{
    *watch = (struct rp_store_watch){{&watch_ops}, see, context};
}
