/* A session that goes on in another process: what was open when the one before
 * died ended with the last that is known of it, as recovered, and goes on in
 * new spans of the next incarnation. */
#include <stdlib.h>
#include <string.h>

#include "span_fold.h"

static int by_number(const void *a, const void *b)
{
    const struct rp__open_span *const *x = a, *const *y = b;
    return ((*x)->span.number > (*y)->span.number) -
           ((*x)->span.number < (*y)->span.number);
}

/* Those that have not ended, by number; rp_mem_free() the list. */
static struct rp__open_span **open_of(
    const struct rp_span_fold *fold, uint32_t *count)
{
    const struct rp__span_set *set = &fold->set;
    struct rp__open_span **open =
        rp_mem_array((size_t)set->open_count + 1, sizeof(*open));
    *count = 0;
    for (uint32_t i = 0; i < set->bucket_count; i++) {
        for (struct rp__open_span *at = set->buckets[i]; at != NULL;
             at = at->next) {
            open[(*count)++] = at;
        }
    }
    if (*count > 1) {
        qsort(open, *count, sizeof(*open), by_number);
    }
    return open;
}

static struct rp__open_span *begin_again(
    struct rp_span_fold *fold, struct rp__open_span *old)
{
    struct rp_str path = rp_buf_str(&old->path);
    if (old->span.role == RP_SPAN_SESSION) {
        rp__fold_begin_session(fold);
        return fold->root;
    }
    struct rp__open_span *open =
        rp__fold_begin(fold, old->span.role, path, rp__fold_above(fold, path));
    if (open != NULL) {
        rp__attrs_copy(&open->attrs, &old->attrs);
        rp_buf_add(&open->name, rp_buf_str(&old->name));
        open->last_attempt_in = old->last_attempt_in;
        if (old->span.role == RP_SPAN_NODE) {
            rp__fold_remember(fold, open->span.id);
        }
    }
    return open;
}

/* `old` is out of the set, but whole until the fold is settled. */
static void go_on(struct rp_span_fold *fold, struct rp__open_span *old)
{
    struct rp_span_id id = old->span.id;
    rp__fold_end_now(fold, old);
    struct rp__open_span *open = begin_again(fold, old);
    rp__attrs_true(&old->attrs, RP__KEY_RECOVERED);
    if (open != NULL) {
        rp__fold_link(fold, open, id, "resumes");
    }
}

/* What is decided about attempts afterwards is on their tasks: whoever ends
 * what a dead process left says the same of them without this record. */
void rp__fold_resume(
    struct rp_span_fold *fold, const struct rp_event *event, int64_t last_ns)
{
    uint32_t count;
    struct rp__open_span **open = open_of(fold, &count);
    bool room =
        fold->span_max == 0 || fold->count + (uint64_t)count < fold->span_max;
    fold->incarnation = event->resumed.incarnation;
    fold->anchor = event->resumed.anchor; /* time went on without us */
    fold->now_ns = rp__fold_time(fold, fold->at);
    for (uint32_t i = 0; i < count; i++) {
        bool attempt = open[i]->span.role == RP_SPAN_ATTEMPT;
        if (attempt || room) {             /* else it goes on as it is */
            open[i]->end_ns = last_ns + 1; /* all took some time */
        }
        if (attempt) {
            rp__attrs_true(&open[i]->attrs, RP__KEY_RECOVERED);
            rp__fold_end_now(fold, open[i]);
        } else if (room) {
            go_on(fold, open[i]);
        }
    }
    rp_mem_free(open);
}
