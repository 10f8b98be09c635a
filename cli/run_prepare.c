#include "run_prepare.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <reprise/mem.h>

#include "exit.h"
#include "identity.h"
#include "say.h"
#include "stub_arg.h"

#define FD_MAX 1000000

/* ---- simple options ---- */

static bool take_require(struct rp__run_plan *run, const char *value)
{
    run->require_ok = value != NULL;
    if (value != NULL && strcmp(value, "ok") != 0) {
        rp__say(run->command, "--require '%s': only ok can be required", value);
        return false;
    }
    return true;
}

static bool take_commit_fd(struct rp__run_plan *run, const char *value)
{
    char *end = NULL;
    run->commit_fd = -1;
    if (value == NULL) {
        return true;
    }
    long fd = strtol(value, &end, 10);
    if (value[0] == '\0' || *end != '\0' || fd < 0 || fd > FD_MAX ||
        fcntl((int)fd, F_GETFD) < 0) {
        rp__say(run->command,
            "--commit-fd '%s' is not the number of an open descriptor", value);
        return false;
    }
    /* Workers have no business with it. */
    (void)fcntl((int)fd, F_SETFD, FD_CLOEXEC); /* it was just asked for */
    run->commit_fd = (int)fd;
    return true;
}

static bool has_tag(const struct rp__run_plan *run, struct rp_str key)
{
    for (uint32_t i = 0; i < run->tag_count; i++) {
        if (rp_str_equal(run->tags[i].key, key)) {
            return true;
        }
    }
    return false;
}

static bool take_tags(struct rp__run_plan *run, const struct rp__args *args)
{
    const char *text;
    for (uint32_t i = 0; (text = rp__opt_list(args, "tag", i)) != NULL; i++) {
        struct rp_str value;
        struct rp_str key = rp_str_cut(rp_str_of(text), '=', &value);
        if (key.len == 0 || value.ptr == NULL ||
            !rp_utf8_valid(rp_str_of(text), NULL)) {
            rp__say(run->command, "--tag '%s' is not KEY=VALUE", text);
            return false;
        }
        if (has_tag(run, key)) {
            rp__say(
                run->command, "--tag '%.*s' is given twice", RP_STR_ARG(key));
            return false;
        }
        if (run->tag_count == RP__TAGS_MAX) {
            rp__say(run->command, "more than %d tags", RP__TAGS_MAX);
            return false;
        }
        run->tags[run->tag_count++] = (struct rp_tag){key, value};
    }
    return true;
}

static bool take_stubs(struct rp__run_plan *run, const struct rp__args *args)
{
    struct rp__stubs stubs = {.items = NULL};
    bool good = rp__stubs_take(&stubs, args, run->plan.plan, &run->plan);
    run->stubs = stubs.items;
    run->stub_count = stubs.count;
    return good;
}

/* ---- the session ---- */

static bool make_head(struct rp__run_plan *run, const struct rp__args *args)
{
    struct rp_err err = RP_ERR_INIT;
    struct rp_session_head *head = &run->head;
    if (rp__identity_make(head, rp__opt_value(args, "seed"), &err) != RP_OK) {
        rp__say(run->command, "%s", err.text);
        return false;
    }
    head->mode = RP_MODE_LIVE;
    head->engine_rev = RP_ENGINE_REV;
    head->incarnation = 1;
    head->plan_name = rp_str_of(run->plan.plan->name);
    head->plan = run->plan.plan->digest;
    head->input = rp_digest_of(rp_buf_str(&run->input.text));
    head->tags = run->tags;
    head->tag_count = run->tag_count;
    head->faults = rp__faults_arg_text(&run->faults);
    head->program = "reprise " RP_VERSION;
    return true;
}

static int locate(struct rp__run_plan *run, const struct rp__args *args)
{
    struct rp_err err = RP_ERR_INIT;
    if (rp_store_locate(&run->place, rp__opt_value(args, "store"),
            getenv("REPRISE_STORE"), NULL, &err) != RP_OK) {
        rp__say(run->command, "%s", err.text);
        return RP__EXIT_STORE;
    }
    return RP__GO_ON;
}

int rp__run_prepare(struct rp__run_plan *out, const struct rp__args *args)
{
    *out = (struct rp__run_plan){.command = args->command->name,
        .plan_file = args->items[0],
        .input_option = rp__opt_value(args, "input"),
        .envelope = rp__opt_flag(args, "envelope"),
        .detach = rp__opt_flag(args, "detach"),
        .commit_fd = -1};
    if (!rp__choice_parse(&out->choice, args) ||
        !take_require(out, rp__opt_value(args, "require")) ||
        !take_commit_fd(out, rp__opt_value(args, "commit-fd")) ||
        !rp__durability_take(&out->durability, args) || !take_tags(out, args) ||
        !rp__plan_arg_load_or_tell(&out->plan, out->command, out->plan_file) ||
        !take_stubs(out, args) ||
        !rp__faults_arg_parse(&out->faults, args, out->plan.plan) ||
        !rp__input_load(&out->input, out->command, out->input_option,
            out->plan.plan->input_default, out->plan.plan->input) ||
        !make_head(out, args) ||
        !rp__senders_configure(&out->senders, args, false) ||
        !rp__senders_add_metrics(&out->senders, args)) {
        return RP__EXIT_USAGE;
    }
    return locate(out, args);
}

void rp__run_fini(struct rp__run_plan *run)
{
    struct rp__stubs stubs = {run->stubs, run->stub_count};
    rp__stubs_fini(&stubs);
    rp_store_place_fini(&run->place);
    rp__faults_arg_fini(&run->faults);
    rp__input_fini(&run->input);
    rp__plan_arg_fini(&run->plan);
    rp__senders_fini(&run->senders);
}
