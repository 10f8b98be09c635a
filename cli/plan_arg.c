#include "plan_arg.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include <reprise/limits.h>
#include <reprise/mem.h>
#include <reprise/plan_file.h>

#include "exit.h"
#include "file.h"
#include "say.h"
#include "term.h"
#include "text.h"

#define SHOWN_BYTES_MAX ((size_t)1 << 20)
#define STDERR 2

/* "." for what has no folder in its name. */
static bool folder_of(const char *path, char out[PATH_MAX])
{
    char whole[PATH_MAX];
    if (strcmp(path, "-") == 0) {
        return realpath(".", out) != NULL;
    }
    if (realpath(path, whole) == NULL) {
        return false;
    }
    char *slash = strrchr(whole, '/');
    slash[slash == whole ? 1 : 0] = '\0';
    memcpy(out, whole, strlen(whole) + 1);
    return true;
}

enum rp_code rp__plan_arg_load(
    struct rp__plan_arg *out, const char *path, struct rp_err *err)
{
    char folder[PATH_MAX];
    size_t len = 0;
    *out = (struct rp__plan_arg){.plan = NULL};
    enum rp_code rc =
        rp__file_read(&out->owned_bytes, &len, path, RP_PLAN_BYTES_MAX, err);
    if (rc != RP_OK) {
        return rc;
    }
    out->bytes = (struct rp_str){out->owned_bytes, len};
    if (!folder_of(path, folder)) {
        return rp_err_set(err, RP_E_IO, "cannot find the folder of '%s'", path);
    }
    struct rp_plan_disk *disk = rp_plan_disk_new(folder);
    struct rp_plan_files files = rp_plan_disk_files(disk);
    rc = rp_plan_read(
        &out->plan, out->bytes, folder, &files, &out->problems, err);
    rp_plan_disk_free(&disk);
    return rc;
}

void rp__plan_arg_fini(struct rp__plan_arg *arg)
{
    rp_plan_problems_fini(&arg->problems);
    rp_plan_free(&arg->plan);
    rp_mem_free(arg->owned_bytes);
    *arg = (struct rp__plan_arg){.plan = NULL};
}

static void tell_problems(const struct rp__plan_arg *arg, const char *path)
{
    struct rp_buf out;
    bool colour = rp__term_of(STDERR).style.colour;
    rp_buf_init(&out, SHOWN_BYTES_MAX);
    for (uint32_t i = 0; i < arg->problems.count; i++) {
        rp_plan_problem_show(&out, rp__file_name(path), arg->bytes,
            &arg->problems.items[i], colour);
    }
    rp__text_count(&out, arg->problems.count, "error");
    rp_buf_addf(&out, "%s; nothing was started\n",
        arg->problems.more ? " and more" : "");
    rp__say_text(rp_buf_str(&out));
    rp_buf_fini(&out);
}

bool rp__plan_arg_load_or_tell(
    struct rp__plan_arg *out, const char *command, const char *path)
{
    struct rp_err err = RP_ERR_INIT;
    if (rp__plan_arg_load(out, path, &err) == RP_OK) {
        return true;
    }
    if (out->problems.count > 0) {
        tell_problems(out, path);
    } else {
        rp__say(command, "%s; nothing was started", err.text);
    }
    return false;
}

void rp__plan_arg_no_agent(
    const struct rp__plan_arg *arg, const char *command, struct rp_str name)
{
    const struct rp_plan *plan = arg->plan;
    const char **names =
        rp_mem_array((size_t)plan->agent_count + 1, sizeof(char *));
    for (uint32_t i = 0; i < plan->agent_count; i++) {
        names[i] = plan->agents[i].name;
    }
    const char *near = rp_str_nearest(name, names, plan->agent_count);
    if (near == NULL) {
        rp__say(command, "the plan has no agent '%.*s'", RP_STR_ARG(name));
    } else {
        rp__say(command, "the plan has no agent '%.*s'; did you mean '%s'?",
            RP_STR_ARG(name), near);
    }
    rp_mem_free(names);
}
