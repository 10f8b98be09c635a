/* Which payloads a record refers to. */
#include <reprise/record.h>

static void of_event(const struct rp_event *event,
    void (*each)(void *context, const struct rp_digest *digest), void *context)
{
    if (event->kind == RP_EVENT_SESSION_STARTED) {
        each(context, &event->started.input_digest);
    } else if (event->kind == RP_EVENT_CALL_COMPLETED) {
        each(context, &event->completed->output_digest);
        each(context, &event->completed->diagnostics_digest);
        each(context, &event->completed->log_digest);
    }
}

static void of_decision(const struct rp_decision *decision,
    void (*each)(void *context, const struct rp_digest *digest), void *context)
{
    static const char *const names[] = {"input", "output"};
    for (size_t n = 0; n < RP_COUNT_OF(names); n++) {
        const struct rp_attr *attr = rp_decision_attr(decision, names[n]);
        struct rp_digest digest;
        if (attr != NULL && attr->type == RP_ATTR_TEXT &&
            rp_digest_parse(attr->text, &digest)) {
            each(context, &digest);
        }
    }
}

void rp_record_payloads(const struct rp_event *event,
    const struct rp_step *step,
    void (*each)(void *context, const struct rp_digest *digest), void *context)
{
    of_event(event, each, context);
    for (uint32_t i = 0; i < step->decision_count; i++) {
        of_decision(&step->decisions[i], each, context);
    }
    for (uint32_t i = 0; i < step->action_count; i++) {
        if (step->actions[i].kind == RP_ACTION_START_CALL) {
            each(context, &step->actions[i].start.input_digest);
        }
    }
}
