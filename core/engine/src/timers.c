/* A heap ordered by due time, then by the number each timer was given. Timers
 * that were cleared stay until they come to the top. */
#include "engine_state.h"

static const char *const kind_words[] = {
    [TIMER_TIMEOUT] = "timeout",
    [TIMER_DEADLINE] = "deadline",
    [TIMER_BACKOFF] = "backoff",
    [TIMER_BUDGET_RESERVE] = "budget_reserve",
    [TIMER_BUDGET_WALL] = "budget_wall",
};

static bool goes_before(const struct timer *a, const struct timer *b)
{
    if (a->due.ns != b->due.ns) {
        return a->due.ns < b->due.ns;
    }
    return a->number < b->number;
}

static void swap(struct timers *timers, uint32_t a, uint32_t b)
{
    struct timer *held = timers->heap[a];
    timers->heap[a] = timers->heap[b];
    timers->heap[b] = held;
}

static void sift_up(struct timers *timers, uint32_t i)
{
    while (i > 0 && goes_before(timers->heap[i], timers->heap[(i - 1) / 2])) {
        swap(timers, i, (i - 1) / 2);
        i = (i - 1) / 2;
    }
}

static void sift_down(struct timers *timers)
{
    uint32_t i = 0;
    for (;;) {
        uint32_t least = i;
        for (uint32_t child = 2 * i + 1; child <= 2 * i + 2; child++) {
            if (child < timers->count &&
                goes_before(timers->heap[child], timers->heap[least])) {
                least = child;
            }
        }
        if (least == i) {
            return;
        }
        swap(timers, i, least);
        i = least;
    }
}

static const char *make_name(
    const struct rp_engine *e, const struct timer *timer)
{
    const char *word = kind_words[timer->kind];
    const struct task *task = timer->task;
    if (task == NULL) {
        return word;
    }
    return timer->kind == TIMER_DEADLINE
               ? rp_arena_printf(e->session, "%s %s", word, task->path)
               : rp_arena_printf(
                     e->session, "%s %s@%u", word, task->path, timer->attempt);
}

/* Most timers are cleared before anybody names them. */
const char *rp__timer_name(const struct rp_engine *e, struct timer *timer)
{
    if (timer->name == NULL) {
        timer->name = make_name(e, timer);
    }
    return timer->name;
}

struct timer *rp__timer_set(struct rp_engine *e, enum timer_kind kind,
    struct task *task, struct rp_instant due)
{
    if (due.ns == RP_INSTANT_NEVER.ns) {
        return NULL;
    }
    struct timers *timers = &e->timers;
    struct timer *timer = rp_arena_alloc(e->session, sizeof(*timer));
    *timer = (struct timer){
        .due = due,
        .number = timers->next_number++,
        .kind = kind,
        .task = task,
        .attempt = task == NULL ? 0 : task->attempt,
        .live = true,
    };
    timers->heap = rp_mem_room(
        timers->heap, timers->count, &timers->room, sizeof(struct timer *));
    timers->heap[timers->count++] = timer;
    sift_up(timers, timers->count - 1);
    return timer;
}

void rp__timer_clear(struct timer **timer)
{
    if (*timer != NULL) {
        (*timer)->live = false;
        *timer = NULL;
    }
}

struct timer *rp__timer_first(struct rp_engine *e)
{
    struct timers *timers = &e->timers;
    while (timers->count > 0 && !timers->heap[0]->live) {
        timers->heap[0] = timers->heap[--timers->count];
        sift_down(timers);
    }
    return timers->count == 0 ? NULL : timers->heap[0];
}
