#include "plan_arg.h"

#include <limits.h>
#include <stdio.h>
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

/* Programs as another plan found them, for who will not run any. */
struct known_programs {
    const struct rp_plan *plan;
    struct rp_plan_files disk;
    bool looks; /* for those that are not known */
};

static enum rp_code read_from_disk(
    void *context, const char *name, struct rp_str *out, struct rp_err *err)
{
    const struct known_programs *known = context;
    return known->disk.read(known->disk.context, name, out, err);
}

static enum rp_code resolve_known(void *context, const char *name,
    char *out_path, size_t out_size, int64_t *size_bytes, int64_t *mtime_ns,
    struct rp_err *err)
{
    const struct known_programs *known = context;
    const char *path = name; /* of a program that nobody looked for */
    bool found = false;
    *size_bytes = 0;
    *mtime_ns = 0;
    for (uint32_t i = 0; i < known->plan->agent_count; i++) {
        const struct rp_plan_agent *agent = &known->plan->agents[i];
        const cJSON *program = cJSON_GetArrayItem(agent->exec, 0);
        if (cJSON_IsString(program) &&
            strcmp(program->valuestring, name) == 0) {
            path = agent->program;
            *size_bytes = agent->program_size_bytes;
            *mtime_ns = agent->program_mtime_ns;
            found = true;
        }
    }
    if (!found && known->looks) {
        return known->disk.resolve(known->disk.context, name, out_path,
            out_size, size_bytes, mtime_ns, err);
    }
    int len = snprintf(out_path, out_size, "%s", path);
    return len >= 0 && (size_t)len < out_size
               ? RP_OK
               : rp_err_set(
                     err, RP_E_LIMIT, "the path of '%s' is too long", name);
}

/* Of the bytes that are in `out`. */
static enum rp_code freeze(struct rp__plan_arg *out, const char *path,
    const struct rp_plan *known, bool looks, struct rp_err *err)
{
    char folder[PATH_MAX];
    if (!folder_of(path, folder)) {
        return rp_err_set(err, RP_E_IO, "cannot find the folder of '%s'", path);
    }
    struct rp_plan_disk *disk = rp_plan_disk_new(folder);
    struct rp_plan_files files = rp_plan_disk_files(disk);
    struct known_programs programs = {known, files, looks};
    if (known != NULL) {
        files =
            (struct rp_plan_files){read_from_disk, resolve_known, &programs};
    }
    enum rp_code rc = rp_plan_read(
        &out->plan, out->bytes, folder, &files, &out->problems, err);
    rp_plan_disk_free(&disk);
    return rc;
}

enum rp_code rp__plan_arg_read(struct rp__plan_arg *out, const char *path,
    char *bytes, size_t len, struct rp_err *err)
{
    *out = (struct rp__plan_arg){.bytes = {bytes, len}};
    out->owned_bytes = bytes;
    return freeze(out, path, NULL, true, err);
}

static enum rp_code load(struct rp__plan_arg *out, const char *path,
    const struct rp_plan *known, bool looks, struct rp_err *err)
{
    size_t len = 0;
    *out = (struct rp__plan_arg){.plan = NULL};
    enum rp_code rc =
        rp__file_read(&out->owned_bytes, &len, path, RP_PLAN_BYTES_MAX, err);
    if (rc != RP_OK) {
        return rc;
    }
    out->bytes = (struct rp_str){out->owned_bytes, len};
    return freeze(out, path, known, looks, err);
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

static bool load_or_tell(struct rp__plan_arg *out, const char *command,
    const char *path, const struct rp_plan *known, bool looks)
{
    struct rp_err err = RP_ERR_INIT;
    if (load(out, path, known, looks, &err) == RP_OK) {
        return true;
    }
    if (out->problems.count > 0) {
        tell_problems(out, path);
    } else {
        rp__say(command, "%s; nothing was started", err.text);
    }
    return false;
}

bool rp__plan_arg_load_or_tell(
    struct rp__plan_arg *out, const char *command, const char *path)
{
    return load_or_tell(out, command, path, NULL, true);
}

bool rp__plan_arg_load_known(struct rp__plan_arg *out, const char *command,
    const char *path, const struct rp_plan *known, bool looks)
{
    return load_or_tell(out, command, path, known, looks);
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
