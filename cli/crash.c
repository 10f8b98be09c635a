/* The kill is a real one, by SIGKILL: nobody cleans up, nothing is flushed. */
#include "crash.h"

#include <signal.h>
#include <unistd.h>

#include <reprise/json.h>

struct crash {
    struct rp_store base;
    struct rp_store *inner;             /* owned */
    const struct rp_fault_rules *rules; /* borrowed, outlives us */
    bool due;   /* as soon as what was taken so far is durable */
    bool armed; /* before anything more is taken */
};

static struct crash *self_of(struct rp_store *s)
{
    return RP_CONTAINER_OF(s, struct crash, base);
}

/* The process does not come back from this. */
static void die(void)
{
    (void)kill(getpid(), SIGKILL);
    for (;;) {
        (void)pause();
    }
}

static enum rp_code crash_begin(
    struct rp_store *s, const struct rp_session_head *head, struct rp_err *err)
{
    return self_of(s)->inner->ops->begin(self_of(s)->inner, head, err);
}

static enum rp_code crash_put(struct rp_store *s,
    const struct rp_digest *digest, struct rp_str bytes, struct rp_err *err)
{
    return self_of(s)->inner->ops->put(self_of(s)->inner, digest, bytes, err);
}

/* Behind the last record there is nothing to go on with. */
static void look(struct crash *self, const struct rp_record *record)
{
    for (uint32_t i = 0; i < self->rules->count; i++) {
        const struct rp_fault_rule *rule = &self->rules->items[i];
        if (rule->kind == RP_FAULT_CRASH && rule->nth.first == record->seq &&
            !rp_step_is_last(record->step)) {
            bool after = rule->moment == RP_MOMENT_AFTER;
            self->due = self->due || !after;
            self->armed = self->armed || after;
        }
    }
}

static enum rp_code crash_commit(struct rp_store *s, struct rp_err *err)
{
    struct crash *self = self_of(s);
    enum rp_code rc = self->inner->ops->commit(self->inner, err);
    if (rc == RP_OK && self->due) {
        die();
    }
    return rc;
}

/* What one loop turn decides is durable at once: it ends with this record, so
 * that not a record more is there. While others hold the store it ends later.
 */
static enum rp_code crash_append(
    struct rp_store *s, const struct rp_record *record, struct rp_err *err)
{
    struct crash *self = self_of(s);
    if (self->armed) { /* of what comes at once, the first is all the same */
        (void)self->inner->ops->commit(self->inner, err);
        die();
    }
    enum rp_code rc = self->inner->ops->append(self->inner, record, err);
    if (rc == RP_OK) {
        look(self, record);
    }
    if (rc == RP_OK && self->due) {
        rc = crash_commit(s, err);
        rc = rc == RP_E_BUSY ? RP_OK : rc;
    }
    return rc;
}

static enum rp_code crash_get(struct rp_store *s,
    const struct rp_digest *digest, char **out, size_t *out_bytes,
    struct rp_err *err)
{
    struct rp_store *inner = self_of(s)->inner;
    return inner->ops->get(inner, digest, out, out_bytes, err);
}

static void crash_free(struct rp_store *s)
{
    struct crash *self = self_of(s);
    rp_store_free(&self->inner);
    rp_mem_free(self);
}

static const struct rp_store_ops crash_ops = {
    .name = "crash",
    .begin = crash_begin,
    .put = crash_put,
    .append = crash_append,
    .commit = crash_commit,
    .get = crash_get,
    .free = crash_free,
};

struct rp_store *rp__crash_new(
    struct rp_store *inner, const struct rp_fault_rules *rules)
{
    uint64_t deaths[RP_FAULT_RULES_MAX];
    if (rp_fault_rules_deaths(rules, deaths) == 0) {
        return inner;
    }
    struct crash *self = rp_mem_zalloc(sizeof(*self));
    self->base.ops = &crash_ops;
    self->inner = inner;
    self->rules = rules;
    return &self->base;
}

void rp__crash_rules(struct rp_fault_rules *out, struct rp_str faults)
{
    struct rp_json_doc *doc = NULL;
    const cJSON *rule;
    out->count = 0;
    if (faults.len == 0 || rp_json_read(&doc, faults, NULL, NULL) != RP_OK) {
        return;
    }
    cJSON_ArrayForEach(rule, rp_json_root(doc))
    {
        struct rp_buf text;
        rp_buf_init(&text, RP_FAULT_TEXT_MAX);
        rp_json_write_text(&text, rule);
        bool added = rp_fault_rule_add(out, rp_buf_str(&text), NULL) == RP_OK;
        if (added && out->items[out->count - 1].kind != RP_FAULT_CRASH) {
            out->count--;
        }
        rp_buf_fini(&text);
    }
    rp_json_free(&doc);
}
