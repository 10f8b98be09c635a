#include "mortal.h"

static struct rp__mortal *self_of(struct rp_store *s)
{
    return RP_CONTAINER_OF(s, struct rp__mortal, base);
}

/* Once, whoever goes on. */
static enum rp_code mortal_begin(
    struct rp_store *s, const struct rp_session_head *head, struct rp_err *err)
{
    struct rp__mortal *self = self_of(s);
    if (self->begun) {
        return RP_OK;
    }
    self->begun = true;
    return self->inner->ops->begin(self->inner, head, err);
}

static enum rp_code mortal_put(struct rp_store *s,
    const struct rp_digest *digest, struct rp_str bytes, struct rp_err *err)
{
    struct rp__mortal *self = self_of(s);
    enum rp_code rc = self->kept->ops->put(self->kept, digest, bytes, err);
    return rc == RP_OK ? self->inner->ops->put(self->inner, digest, bytes, err)
                       : rc;
}

/* Behind the last record there is nothing to go on with. */
static enum rp_code mortal_append(
    struct rp_store *s, const struct rp_record *record, struct rp_err *err)
{
    struct rp__mortal *self = self_of(s);
    enum rp_code rc = self->kept->ops->append(self->kept, record, err);
    if (rc == RP_OK) {
        rc = self->inner->ops->append(self->inner, record, err);
    }
    if (rc == RP_OK && record->seq == self->until &&
        !rp_step_is_last(record->step)) {
        self->died = true;
        return rp_err_set(err, RP_E_CANCELLED, "the process died here");
    }
    return rc;
}

static enum rp_code mortal_commit(struct rp_store *s, struct rp_err *err)
{
    struct rp__mortal *self = self_of(s);
    return self->inner->ops->commit(self->inner, err);
}

static enum rp_code mortal_get(struct rp_store *s,
    const struct rp_digest *digest, char **out, size_t *out_bytes,
    struct rp_err *err)
{
    struct rp__mortal *self = self_of(s);
    return self->kept->ops->get(self->kept, digest, out, out_bytes, err);
}

static void mortal_free(struct rp_store *s)
{
    rp__mortal_fini(self_of(s));
}

static const struct rp_store_ops mortal_ops = {
    .name = "mortal",
    .begin = mortal_begin,
    .put = mortal_put,
    .append = mortal_append,
    .commit = mortal_commit,
    .get = mortal_get,
    .free = mortal_free,
};

void rp__mortal_init(struct rp__mortal *mortal, struct rp_store *inner)
{
    *mortal = (struct rp__mortal){
        .base = {&mortal_ops},
        .inner = inner,
        .kept = rp_store_memory_new(),
    };
}

void rp__mortal_fini(struct rp__mortal *mortal)
{
    rp_recording_free(&mortal->recorded);
    rp_store_free(&mortal->kept);
}

static void tell(struct rp__mortal *mortal, const struct rp_rerun *rerun)
{
    uint32_t count = 0;
    const struct rp_recorded *records =
        rp_recording_records(mortal->recorded, &count);
    for (; mortal->told < count; mortal->told++) {
        struct rp_record record = rp_recorded_as_record(&records[mortal->told]);
        for (uint32_t i = 0; i < rerun->sink_count; i++) {
            rerun->sinks[i]->ops->record(rerun->sinks[i], &record);
        }
    }
}

enum rp_code rp__mortal_past(
    struct rp__mortal *mortal, const struct rp_rerun *rerun, struct rp_err *err)
{
    mortal->died = false;
    rp_recording_free(&mortal->recorded);
    enum rp_code rc = rp_recording_of_memory(
        &mortal->recorded, mortal->kept, rerun->head, NULL, err);
    if (rc == RP_OK) {
        rc = rp_resume_past(
            &mortal->past, &mortal->resume, mortal->recorded, err);
    }
    if (rc == RP_OK) {
        tell(mortal, rerun);
    }
    return rc;
}

/* ---- a transport that is lent ---- */

static void lent_free(struct rp_transport *t)
{
    (void)t;
}

static const struct rp_transport_ops lent_ops = {
    .name = "lent",
    .submit = rp_transport_pass_submit,
    .cancel = rp_transport_pass_cancel,
    .signal = rp_transport_pass_signal,
    .poll = rp_transport_pass_poll,
    .observe = rp_transport_pass_observe,
    .free = lent_free,
};

void rp__lent_init(struct rp__lent *lent, struct rp_transport *inner)
{
    *lent = (struct rp__lent){{&lent_ops, inner}};
}
