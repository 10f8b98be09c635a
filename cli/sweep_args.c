#include "sweep_args.h"

#include <stdlib.h>
#include <string.h>

#include <reprise/clock_system.h>

#include "identity.h"
#include "say.h"

static void take_classes(struct rp__sweep_args *w, const struct rp__args *args)
{
    const char *text = rp__opt_value(args, "classes");
    if (text == NULL) {
        return;
    }
    w->class_text = rp_mem_dup(rp_str_of(text));
    for (char *at = w->class_text;
         at != NULL && w->class_count < RP_SWEEP_CLASSES_MAX;) {
        char *comma = strchr(at, ',');
        if (comma != NULL) {
            *comma++ = '\0';
        }
        w->classes[w->class_count++] = at;
        at = comma;
    }
}

/* "5000" scenarios, or a time: "10s". */
static bool take_budget(struct rp__sweep_args *w, const struct rp__args *args)
{
    const char *text = rp__opt_value(args, "budget");
    struct rp_duration time;
    char *end;
    if (text == NULL) {
        return true;
    }
    unsigned long cases = strtoul(text, &end, 10);
    if (text[0] >= '1' && text[0] <= '9' && *end == '\0' &&
        cases <= RP_SWEEP_CASES_MAX) {
        w->options.cases_max = (uint32_t)cases;
        return true;
    }
    if (!rp_duration_parse(rp_str_of(text), &time)) {
        rp__say("sweep",
            "--budget: '%s' is neither a number of scenarios (5000) nor a time "
            "(10s)",
            text);
        return false;
    }
    w->clock = rp_clock_system_new();
    w->options.clock = w->clock;
    w->options.until = rp_instant_add(rp_clock_now(w->clock), time);
    return true;
}

static bool take_random(struct rp__sweep_args *w, const struct rp__args *args)
{
    const char *text = rp__opt_value(args, "random");
    char *end;
    if (text == NULL) {
        return true;
    }
    unsigned long count = strtoul(text, &end, 10);
    if (text[0] < '0' || text[0] > '9' || *end != '\0' ||
        count > RP_SWEEP_CASES_MAX) {
        rp__say("sweep", "--random: '%s' is not a number of schedules", text);
        return false;
    }
    w->options.random_count = (uint32_t)count;
    return true;
}

static bool take_depth(struct rp__sweep_args *w, const struct rp__args *args)
{
    const char *text = rp__opt_value(args, "depth");
    w->options.depth = 1;
    if (text != NULL && strcmp(text, "1") != 0 && strcmp(text, "2") != 0) {
        rp__say("sweep", "--depth: '%s' is not 1 or 2", text);
        return false;
    }
    w->options.depth = text != NULL && text[0] == '2' ? 2 : 1;
    return true;
}

static bool take_seed(struct rp__sweep_args *w, const struct rp__args *args,
    const struct rp_recording *recording)
{
    const char *text = rp__opt_value(args, "seed");
    struct rp_session_head head = rp_rerun_head(recording);
    struct rp_err err = RP_ERR_INIT;
    w->options.subject.seed = head.seed;
    if (text == NULL) {
        return true;
    }
    if (rp__identity_make(&head, text, &err) != RP_OK) {
        rp__say("sweep", "%s", err.text);
        return false;
    }
    w->options.subject.seed = head.seed;
    return true;
}

bool rp__sweep_args_parse(struct rp__sweep_args *out,
    const struct rp__args *args, struct rp_recording *recording)
{
    *out = (struct rp__sweep_args){.clock = NULL};
    out->options.subject.recording = recording;
    out->options.subject.strict = rp__opt_flag(args, "strict");
    take_classes(out, args);
    out->options.classes = out->class_count == 0 ? NULL : out->classes;
    out->options.class_count = out->class_count;
    return take_seed(out, args, recording) && take_depth(out, args) &&
           take_random(out, args) && take_budget(out, args);
}

void rp__sweep_args_fini(struct rp__sweep_args *args)
{
    rp_clock_free(&args->clock);
    rp_mem_free(args->class_text);
    *args = (struct rp__sweep_args){.clock = NULL};
}
