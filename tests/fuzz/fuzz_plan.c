/* A plan, and after a NUL the text of every file that it refers to. What is
 * refused has problems, each in order, at a place that exists, and can be
 * shown; what is taken is frozen, and reads back to an equal plan. */
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <reprise/limits.h>
#include <reprise/mem.h>
#include <reprise/plan.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static enum rp_code read_file(
    void *context, const char *name, struct rp_str *out, struct rp_err *err)
{
    const struct rp_str *text = context;
    if (text->ptr == NULL || strstr(name, "gone") != NULL) {
        return rp_err_set(err, RP_E_NOT_FOUND, "there is none");
    }
    *out = *text;
    return RP_OK;
}

static enum rp_code resolve(void *context, const char *name, char *out_path,
    size_t out_size, int64_t *size_bytes, int64_t *mtime_ns, struct rp_err *err)
{
    (void)context;
    if (strstr(name, "gone") != NULL) {
        return rp_err_set(err, RP_E_NOT_FOUND, "there is none");
    }
    RP_ASSERT(name[0] != '\0');
    (void)snprintf(out_path, out_size, "/bin/x");
    *size_bytes = 1;
    *mtime_ns = -1;
    return RP_OK;
}

static void check_problems(
    struct rp_str text, const struct rp_plan_problems *problems)
{
    size_t last = 0;
    struct rp_buf shown;
    rp_buf_init(&shown, 16u << 20);
    RP_ASSERT(problems->count > 0);
    RP_ASSERT(problems->count <= RP_PLAN_ERRORS_MAX);
    for (uint32_t i = 0; i < problems->count; i++) {
        const struct rp_plan_problem *p = &problems->items[i];
        RP_ASSERT(p->place.byte >= last);
        RP_ASSERT(p->end.byte >= p->place.byte);
        RP_ASSERT(p->end.byte <= text.len);
        RP_ASSERT(p->place.line >= 1 && p->place.column >= 1);
        RP_ASSERT(p->message[0] != '\0');
        RP_ASSERT(rp_json_pointer_valid(rp_str_of(p->pointer)));
        last = p->place.byte;
        rp_buf_reset(&shown);
        rp_plan_problem_show(&shown, "plan.json", text, p, i % 2 == 0);
        RP_ASSERT(rp_utf8_valid(rp_buf_str(&shown), NULL));
    }
    rp_buf_fini(&shown);
}

static void check_plan(const struct rp_plan *plan)
{
    struct rp_plan *again = NULL;
    struct rp_plan_problems problems = {0};
    struct rp_err err = RP_ERR_INIT;
    enum rp_code rc =
        rp_plan_read(&again, plan->frozen, NULL, NULL, &problems, &err);
    RP_ASSERT(rc == RP_OK);
    RP_ASSERT(rp_digest_equal(&again->digest, &plan->digest));
    RP_ASSERT(again->node_count == plan->node_count);
    RP_ASSERT(again->agent_count == plan->agent_count);
    for (uint32_t i = 0; i < plan->agent_count; i++) {
        RP_ASSERT(rp_digest_equal(
            &again->agents[i].spec_digest, &plan->agents[i].spec_digest));
    }
    rp_plan_free(&again);
    rp_plan_problems_fini(&problems);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct rp_str file = {(const char *)data, size};
    struct rp_str text = rp_str_cut(file, '\0', &file);
    const struct rp_plan_files files = {read_file, resolve, &file};
    struct rp_plan *plan = NULL;
    struct rp_plan_problems problems = {0};
    struct rp_err err = RP_ERR_INIT;
    enum rp_code rc =
        rp_plan_read(&plan, text, "/srv/plans", &files, &problems, &err);
    if (rc == RP_OK) {
        RP_ASSERT(problems.count == 0);
        check_plan(plan);
    } else {
        RP_ASSERT(err.text[0] != '\0');
        check_problems(text, &problems);
    }
    rp_plan_free(&plan);
    rp_plan_problems_fini(&problems);
    return 0;
}
