#include "stage.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include <reprise/mem.h>

static enum rp_code read_nothing(
    void *context, const char *name, struct rp_str *out, struct rp_err *err)
{
    (void)context;
    (void)out;
    return rp_err_set(err, RP_E_NOT_FOUND, "no file '%s' in a test", name);
}

static enum rp_code resolve_anything(void *context, const char *name,
    char *out_path, size_t out_size, int64_t *size_bytes, int64_t *mtime_ns,
    struct rp_err *err)
{
    (void)context;
    (void)err;
    (void)snprintf(out_path, out_size, "/bin/%s", name);
    *size_bytes = 1;
    *mtime_ns = 1;
    return RP_OK;
}

struct rp_plan *stage_plan(const char *text)
{
    struct rp_plan_files files = {read_nothing, resolve_anything, NULL};
    struct rp_plan_problems problems = {.count = 0};
    struct rp_err err = RP_ERR_INIT;
    struct rp_plan *plan = NULL;
    if (rp_plan_read(&plan, rp_str_of(text), "/test", &files, &problems,
            &err) != RP_OK) {
        for (uint32_t i = 0; i < problems.count; i++) {
            print_error(
                "%s: %s\n", problems.items[i].path, problems.items[i].message);
        }
        fail_msg("the plan is wrong: %s", err.text);
    }
    rp_plan_problems_fini(&problems);
    return plan;
}

void stage_set(struct stage *stage, const char *plan, const char *input,
    const struct script_line *lines, uint32_t line_count)
{
    static const uint8_t chance[10] = {1, 2, 3};
    struct rp_operator *control = stage->control;
    *stage = (struct stage){.script = {lines, line_count}};
    stage->control = control;
    stage->input = rp_str_of(input);
    stage->plan = stage_plan(plan);
    stage->clock = rp_clock_virtual_new((struct rp_wall){1000});
    stage->store = rp_store_memory_new();
    stage->transport = scripted_new(&stage->script, stage->clock);
    stage->head = (struct rp_session_head){
        .id = rp_session_id_of((struct rp_wall){1000}, chance),
        .trace = {{1}},
        .seed = 42,
        .engine_rev = RP_ENGINE_REV,
        .incarnation = 1,
        .began = {1000},
        .plan_name = rp_str_of(stage->plan->name),
        .plan = rp_digest_of(stage->plan->frozen),
        .input = rp_digest_of(rp_str_of(input)),
        .program = "test",
    };
}

void stage_run(struct stage *stage)
{
    struct rp_run run = {
        .plan = stage->plan,
        .head = &stage->head,
        .input = stage->input,
        .clock = stage->clock,
        .transport = stage->transport,
        .store = stage->store,
        .control = stage->control,
        .turn_max = RP_DURATION_FOREVER,
    };
    struct rp_err err = RP_ERR_INIT;
    if (rp_run(&run, &stage->result, &err) != RP_OK) {
        fail_msg("the run broke: %s", err.text);
    }
}

void stage_play(struct stage *stage, const char *plan, const char *input,
    const struct script_line *lines, uint32_t line_count)
{
    stage_set(stage, plan, input, lines, line_count);
    stage_run(stage);
}

void stage_fini(struct stage *stage)
{
    rp_run_result_fini(&stage->result);
    rp_transport_free(&stage->transport);
    rp_store_free(&stage->store);
    rp_clock_free(&stage->clock);
    rp_plan_free(&stage->plan);
}

bool stage_has(const struct stage *stage, const char *first, ...)
{
    size_t count = 0;
    const struct rp_memory_record *records =
        rp_store_memory_records(stage->store, &count);
    for (size_t i = 0; i < count; i++) {
        bool all = true;
        va_list args;
        va_start(args, first);
        for (const char *text = first; text != NULL;
             text = va_arg(args, const char *)) {
            all = all && strstr(records[i].body.ptr, text) != NULL;
        }
        va_end(args);
        if (all) {
            return true;
        }
    }
    return false;
}

uint32_t stage_count(const struct stage *stage, const char *text)
{
    size_t count = 0;
    uint32_t found = 0;
    const struct rp_memory_record *records =
        rp_store_memory_records(stage->store, &count);
    for (size_t i = 0; i < count; i++) {
        const char *at = records[i].body.ptr;
        while ((at = strstr(at, text)) != NULL) {
            found++;
            at++;
        }
    }
    return found;
}

int64_t stage_took_ms(const struct stage *stage)
{
    return stage->result.took.ns / RP_NS_PER_MS;
}
