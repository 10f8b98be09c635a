#include <reprise/metric_fold.h>

#include "attr_tokens.h"
#include "otlp_read_parts.h"
#include "otlp_words.h"
#include "span_attrs.h"

/* The status of a task, for what was injected into its attempts. */
struct task {
    uint32_t number;
    const char *status; /* NULL: it has none */
};

struct rp_metric_fold {
    struct rp_metrics *metrics;
    enum rp_exemplar_filter exemplars;
    struct rp_metric_session session;
    struct rp_arena *arena; /* of the texts of one span */
    struct rp__tokens tokens;
    struct rp_buf scratch;
    struct task *tasks; /* by number */
    uint32_t task_count, task_room;
};

#define SCRATCH_BYTES_MAX ((size_t)1 << 20)

enum rp_exemplar_filter rp_exemplar_filter_read(
    const struct rp_environment *environment, struct rp_buf *warnings)
{
    static const char name[] = "OTEL_METRICS_EXEMPLAR_FILTER";
    static const char *const words[] = {
        [RP_EXEMPLARS_TRACE_BASED] = "trace_based",
        [RP_EXEMPLARS_ALWAYS_ON] = "always_on",
        [RP_EXEMPLARS_ALWAYS_OFF] = "always_off",
    };
    struct rp_str text =
        rp_str_trim(rp_str_of(environment->get(environment->context, name)));
    for (size_t i = 0; i < RP_COUNT_OF(words); i++) {
        if (rp__otlp_same_word(text, words[i])) {
            return (enum rp_exemplar_filter)i;
        }
    }
    if (text.len > 0) {
        rp__otlp_warn(
            warnings, name, text, "trace_based, always_on or always_off");
    }
    return RP_EXEMPLARS_TRACE_BASED;
}

struct rp_metric_fold *rp_metric_fold_new(
    struct rp_metrics *metrics, enum rp_exemplar_filter exemplars)
{
    struct rp_metric_fold *fold = rp_mem_zalloc(sizeof(*fold));
    fold->metrics = metrics;
    fold->exemplars = exemplars;
    fold->arena = rp_arena_new(0);
    rp_buf_init(&fold->scratch, SCRATCH_BYTES_MAX);
    return fold;
}

void rp_metric_fold_free(struct rp_metric_fold **fold)
{
    if (*fold != NULL) {
        rp_arena_free(&(*fold)->arena);
        rp__tokens_fini(&(*fold)->tokens);
        rp_buf_fini(&(*fold)->scratch);
        rp_mem_free((*fold)->tasks);
        rp_mem_free(*fold);
        *fold = NULL;
    }
}

void rp_metric_fold_begin(
    struct rp_metric_fold *fold, const struct rp_metric_session *session)
{
    fold->session = *session;
    fold->task_count = 0;
}

/* ---- attributes ---- */

/* The value of a key of the attributes that were read; NULL: none. */
static const struct rp__token *find(
    const struct rp_metric_fold *fold, enum rp__key key)
{
    const struct rp__tokens *tokens = &fold->tokens;
    uint32_t depth = 0;
    for (uint32_t i = 0; i + 1 < tokens->count; i++) {
        const struct rp__token *token = &tokens->items[i];
        depth += token->kind == RP__TOKEN_LIST || token->kind == RP__TOKEN_MAP;
        depth -= token->kind == RP__TOKEN_LIST_END ||
                 token->kind == RP__TOKEN_MAP_END;
        if (depth == 0 && token->kind == RP__TOKEN_KEY &&
            rp_str_is(token->text, rp__key_name(key))) {
            return token + 1;
        }
    }
    return NULL;
}

static void read_attributes(struct rp_metric_fold *fold, struct rp_str object)
{
    (void)rp__tokens_read(&fold->tokens, object); /* else there are none */
}

/* In the arena, UTF-8; empty when there is no such text. */
static struct rp_str text_of(struct rp_metric_fold *fold, enum rp__key key)
{
    struct rp__otlp_read keeping = {.arena = fold->arena};
    const struct rp__token *token = find(fold, key);
    return token == NULL || token->kind != RP__TOKEN_TEXT
               ? (struct rp_str){NULL, 0}
               : rp__otlp_keep(&keeping, rp__token_text(token, &fold->scratch));
}

static bool number_of(
    const struct rp_metric_fold *fold, enum rp__key key, int64_t *out)
{
    const struct rp__token *token = find(fold, key);
    bool good =
        token != NULL && token->kind == RP__TOKEN_INT && token->number >= 0;
    *out = good ? token->number : 0;
    return good;
}

/* ---- what is counted ---- */

/* A span and the attributes that all its metrics have. */
struct counted {
    struct rp_metric_fold *fold;
    const struct rp_span *span;
    struct rp_metric_labels labels;
};

static void set(struct counted *c, enum rp_metric_label label, const char *word)
{
    c->labels.values[label] = rp_str_of(word);
}

static void take(
    struct counted *c, enum rp_metric_label label, enum rp__key key)
{
    c->labels.values[label] = text_of(c->fold, key);
}

static void count(
    struct counted *c, enum rp_metric metric, int64_t value, int64_t unix_ns)
{
    const struct rp_session_head *head = c->fold->session.head;
    struct rp_exemplar exemplar = {head->trace, c->span->id, unix_ns, value};
    bool wanted = false;
    switch (c->fold->exemplars) {
    case RP_EXEMPLARS_TRACE_BASED:
        wanted = head->sampled;
        break;
    case RP_EXEMPLARS_ALWAYS_ON:
        wanted = true;
        break;
    case RP_EXEMPLARS_ALWAYS_OFF:
        break;
    }
    rp_metrics_add(
        c->fold->metrics, metric, &c->labels, value, wanted ? &exemplar : NULL);
}

static void at_end(struct counted *c, enum rp_metric metric, int64_t value)
{
    count(c, metric, value, c->span->end_unix_ns);
}

static int64_t took(const struct rp_span *span)
{
    int64_t ns = span->end_unix_ns - span->start_unix_ns;
    return ns > 0 ? ns : 0;
}

/* ---- spans ---- */

/* Of a session that was resumed only the last root has an outcome. */
static void count_session(struct counted *c)
{
    int64_t ns = c->fold->session.took.ns;
    take(c, RP_LABEL_OUTCOME, RP__KEY_SESSION_OUTCOME);
    take(c, RP_LABEL_ERROR, RP__KEY_ERROR_TYPE);
    if (c->labels.values[RP_LABEL_OUTCOME].len > 0) {
        at_end(c, RP_METRIC_SESSION_DURATION, ns);
        at_end(c, RP_METRIC_GENAI_WORKFLOW, ns);
    }
}

/* The reason why the fallback took over. */
static struct rp_str fallback_reason(struct counted *c)
{
    struct rp_str reason = {NULL, 0};
    for (uint32_t i = 0; i < c->span->event_count; i++) {
        const struct rp_span_event *event = &c->span->events[i];
        if (rp_str_is(
                event->name, rp__event_of_decision(RP_DECISION_FALLBACK))) {
            read_attributes(c->fold, event->attributes);
            reason = text_of(c->fold, RP__KEY_REASON);
        }
    }
    return reason;
}

/* One that goes on in another process has no status. */
static void count_task(struct counted *c)
{
    take(c, RP_LABEL_TASK_STATUS, RP__KEY_TASK_STATUS);
    take(c, RP_LABEL_ERROR, RP__KEY_ERROR_TYPE);
    struct rp_str status = c->labels.values[RP_LABEL_TASK_STATUS];
    if (status.len == 0) {
        return;
    }
    at_end(c, RP_METRIC_TASK_DURATION, took(c->span));
    at_end(c, RP_METRIC_GENAI_AGENT, took(c->span));
    if (rp_str_is(status, rp_task_status_name(RP_TASK_FALLBACK)) ||
        rp_str_is(status, rp_task_status_name(RP_TASK_DEGRADED))) {
        c->labels.values[RP_LABEL_REASON] = fallback_reason(c);
        set(c, RP_LABEL_DEGRADATION, "fallback");
        at_end(c, RP_METRIC_DEGRADATIONS, 1);
    }
}

static void count_usage(struct counted *c)
{
    static const struct {
        enum rp__key key;
        const char *type;
    } kinds[] = {
        {RP__KEY_INPUT_TOKENS, "input"}, {RP__KEY_OUTPUT_TOKENS, "output"}};
    int64_t number;
    take(c, RP_LABEL_MODEL, RP__KEY_MODEL);
    for (size_t i = 0; i < RP_COUNT_OF(kinds); i++) {
        if (number_of(c->fold, kinds[i].key, &number)) {
            set(c, RP_LABEL_TOKEN_TYPE, kinds[i].type);
            at_end(c, RP_METRIC_TOKENS, number);
            if (c->labels.values[RP_LABEL_PROVIDER].len > 0) {
                at_end(c, RP_METRIC_GENAI_TOKENS, number);
            }
        }
    }
    if (number_of(c->fold, RP__KEY_COST, &number)) {
        at_end(c, RP_METRIC_COST, number);
    }
}

/* The conventions' metrics are of calls of models, and of nothing else: those
 * spans say what was asked of whom. */
static void count_model_call(struct counted *c)
{
    static const char *const operations[] = {
        "chat", "generate_content", "text_completion", "embeddings"};
    struct rp_str operation = text_of(c->fold, RP__KEY_OPERATION);
    struct rp_str provider = text_of(c->fold, RP__KEY_PROVIDER);
    bool is_call = false;
    for (size_t i = 0; i < RP_COUNT_OF(operations); i++) {
        is_call = is_call || rp_str_is(operation, operations[i]);
    }
    if (!is_call || provider.len == 0) {
        return;
    }
    c->labels.values[RP_LABEL_OPERATION] = operation;
    c->labels.values[RP_LABEL_PROVIDER] = provider;
    take(c, RP_LABEL_REQUEST_MODEL, RP__KEY_REQUEST_MODEL);
    take(c, RP_LABEL_MODEL, RP__KEY_MODEL);
    at_end(c, RP_METRIC_GENAI_CALL, took(c->span));
}

/* The last thing that was said against it. */
static struct rp_str failure_reason(struct counted *c)
{
    struct rp_str reason = {NULL, 0};
    for (uint32_t i = 0; i < c->span->event_count; i++) {
        const struct rp_span_event *event = &c->span->events[i];
        if (rp_str_is(
                event->name, rp__event_of_decision(RP_DECISION_REJECTED)) ||
            rp_str_is(
                event->name, rp__event_of_decision(RP_DECISION_TIMED_OUT))) {
            read_attributes(c->fold, event->attributes);
            reason = text_of(c->fold, RP__KEY_REASON);
        }
    }
    return reason;
}

static void count_attempt(struct counted *c)
{
    take(c, RP_LABEL_ATTEMPT_OUTCOME, RP__KEY_ATTEMPT_OUTCOME);
    take(c, RP_LABEL_ERROR, RP__KEY_ERROR_TYPE);
    at_end(c, RP_METRIC_ATTEMPT_DURATION, took(c->span));
    count_model_call(c);
    count_usage(c);
    if (c->labels.values[RP_LABEL_ERROR].len > 0) {
        c->labels.values[RP_LABEL_REASON] = failure_reason(c);
        at_end(c, RP_METRIC_ATTEMPT_FAILURES, 1);
    }
}

/* ---- events ---- */

static const struct {
    enum rp_decision_kind decision;
    enum rp_metric metric;
} counted_events[] = {
    {RP_DECISION_RETRY, RP_METRIC_RETRIES},
    {RP_DECISION_FALLBACK, RP_METRIC_FALLBACKS},
    {RP_DECISION_TIMED_OUT, RP_METRIC_TIMEOUTS},
    {RP_DECISION_LATE_RESULT, RP_METRIC_LATE_RESULTS},
    {RP_DECISION_MISSING, RP_METRIC_DEGRADATIONS},
    {RP_DECISION_CONFLICT, RP_METRIC_CONFLICTS},
};

static void count_event(
    struct counted *c, enum rp_metric metric, const struct rp_span_event *event)
{
    read_attributes(c->fold, event->attributes);
    take(c, RP_LABEL_REASON, RP__KEY_REASON);
    take(c, RP_LABEL_FALLBACK_TO, RP__KEY_FALLBACK_TO);
    take(c, RP_LABEL_CONFLICT_KIND, RP__KEY_CONFLICT_KIND);
    take(c, RP_LABEL_CONFLICT_RESOLUTION, RP__KEY_CONFLICT_RESOLUTION);
    set(c, RP_LABEL_DEGRADATION, "missing");
    count(c, metric, 1, event->unix_ns);
}

static void count_events(struct counted *c)
{
    for (uint32_t i = 0; i < c->span->event_count; i++) {
        const struct rp_span_event *event = &c->span->events[i];
        for (size_t j = 0; j < RP_COUNT_OF(counted_events); j++) {
            if (rp_str_is(event->name,
                    rp__event_of_decision(counted_events[j].decision))) {
                count_event(c, counted_events[j].metric, event);
            }
        }
    }
}

/* ---- all of a span ---- */

/* Its attributes are those that were read afterwards. */
static struct counted begin(
    struct rp_metric_fold *fold, const struct rp_span *span)
{
    struct counted c = {.fold = fold, .span = span};
    struct rp__otlp_read keeping = {.arena = fold->arena};
    rp_arena_reset(fold->arena);
    read_attributes(fold, span->attributes);
    c.labels.values[RP_LABEL_WORKFLOW] =
        rp__otlp_keep(&keeping, fold->session.head->plan_name);
    take(&c, RP_LABEL_AGENT,
        span->role == RP_SPAN_ATTEMPT ? RP__KEY_TASK_AGENT : RP__KEY_AGENT);
    return c;
}

void rp_metric_fold_add(struct rp_metric_fold *fold, const struct rp_span *span)
{
    struct counted c = begin(fold, span);
    struct counted of_events = c;
    switch (span->role) {
    case RP_SPAN_SESSION:
        count_session(&c);
        break;
    case RP_SPAN_TASK:
        count_task(&c);
        break;
    case RP_SPAN_ATTEMPT:
        count_attempt(&c);
        break;
    case RP_SPAN_NODE:
    case RP_SPAN_AGGREGATE:
    case RP_SPAN_OTHER:
    case RP_SPAN_ROLE_COUNT:
        break;
    }
    count_events(&of_events);
}

void rp_metric_fold_open(
    struct rp_metric_fold *fold, const struct rp_span *span, struct rp_wall now)
{
    struct counted c = begin(fold, span);
    int64_t age_ns = now.unix_ns - span->start_unix_ns;
    if (span->role == RP_SPAN_TASK) {
        rp_metrics_add(
            fold->metrics, RP_METRIC_TASK_ACTIVE, &c.labels, 1, NULL);
    } else if (span->role == RP_SPAN_ATTEMPT) {
        rp_metrics_add(
            fold->metrics, RP_METRIC_ATTEMPT_ACTIVE, &c.labels, 1, NULL);
        rp_metrics_add(
            fold->metrics, RP_METRIC_ATTEMPT_AGE, &c.labels, age_ns, NULL);
    }
}

/* ---- faults ---- */

static void keep_task(
    struct rp_metric_fold *fold, const struct rp_span *span, struct rp_str text)
{
    enum rp_task_status status;
    bool known = rp_task_status_parse(text, &status);
    fold->tasks = rp_mem_room(
        fold->tasks, fold->task_count, &fold->task_room, sizeof(*fold->tasks));
    fold->tasks[fold->task_count++] =
        (struct task){span->number, known ? rp_task_status_name(status) : NULL};
}

static const char *status_of(const struct rp_metric_fold *fold, uint32_t number)
{
    uint32_t low = 0;
    uint32_t high = fold->task_count;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        const struct task *task = &fold->tasks[middle];
        if (task->number == number) {
            return task->status;
        }
        if (task->number < number) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return NULL;
}

void rp_metric_fold_faults(
    struct rp_metric_fold *fold, const struct rp_span *span)
{
    struct counted c = begin(fold, span);
    if (span->role == RP_SPAN_TASK) {
        keep_task(fold, span, text_of(fold, RP__KEY_TASK_STATUS));
    }
    set(&c, RP_LABEL_OUTCOME, rp_outcome_name(fold->session.outcome));
    set(&c, RP_LABEL_TASK_STATUS,
        status_of(fold,
            span->role == RP_SPAN_TASK ? span->number : span->parent_number));
    for (uint32_t i = 0; i < span->event_count; i++) {
        const struct rp_span_event *event = &span->events[i];
        if (rp_str_is(event->name, rp__event_name(RP__EVENT_FAULT_INJECTED))) {
            read_attributes(fold, event->attributes);
            take(&c, RP_LABEL_FAULT_KIND, RP__KEY_FAULT_KIND);
            count(&c, RP_METRIC_FAULTS, 1, event->unix_ns);
        }
    }
}
