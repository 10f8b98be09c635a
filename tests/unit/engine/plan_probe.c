#include "plan_probe.h"

#include <stdio.h>
#include <string.h>

#include <reprise/mem.h>

static enum rp_code read_file(
    void *context, const char *name, struct rp_str *out, struct rp_err *err)
{
    struct probe *probe = context;
    const struct probe_file *file = probe->files;
    probe->files_asked++;
    for (; file != NULL && file->name != NULL; file++) {
        if (strcmp(file->name, name) == 0 && file->text == NULL) {
            return rp_err_set(err, RP_E_IO, "Permission denied");
        }
        if (strcmp(file->name, name) == 0) {
            *out = rp_str_of(file->text);
            return RP_OK;
        }
    }
    return RP_E_NOT_FOUND;
}

static enum rp_code resolve(void *context, const char *name, char *out_path,
    size_t out_size, int64_t *size_bytes, int64_t *mtime_ns, struct rp_err *err)
{
    struct probe *probe = context;
    probe->programs_asked++;
    if (strcmp(name, "./nope") == 0 || strcmp(name, "nope") == 0) {
        return rp_err_set(err, RP_E_NOT_FOUND, "not found");
    }
    if (strcmp(name, "./locked") == 0) {
        return rp_err_set(err, RP_E_INVALID, "it is not executable");
    }
    (void)snprintf(out_path, out_size, "/found/%s", name);
    *size_bytes = 4096;
    *mtime_ns = INT64_C(1700000000123456789);
    return RP_OK;
}

char *probe_quoted(const char *text)
{
    char *copy = rp_mem_dup(rp_str_of(text));
    for (char *c = copy; *c != '\0'; c++) {
        *c = *c == '\'' ? '"' : *c;
    }
    return copy;
}

void probe_read_bytes(struct probe *probe, struct rp_str bytes)
{
    const struct rp_plan_files files = {read_file, resolve, probe};
    probe->code = rp_plan_read(
        &probe->plan, bytes, PROBE_DIR, &files, &probe->problems, &probe->err);
}

void probe_read(struct probe *probe, const char *text)
{
    probe->text = probe_quoted(text);
    probe_read_bytes(probe, rp_str_of(probe->text));
}

void probe_thaw(struct probe *out, const struct probe *probe)
{
    out->code = rp_plan_read(
        &out->plan, probe->plan->frozen, NULL, NULL, &out->problems, &out->err);
}

void probe_fini(struct probe *probe)
{
    rp_plan_free(&probe->plan);
    rp_plan_problems_fini(&probe->problems);
    rp_mem_free(probe->text);
    *probe = (struct probe){0};
}

char *probe_problems(const struct probe *probe)
{
    struct rp_buf buf;
    rp_buf_init(&buf, 1u << 20);
    for (uint32_t i = 0; i < probe->problems.count; i++) {
        const struct rp_plan_problem *p = &probe->problems.items[i];
        rp_buf_addf(&buf, "%s%u:%u %s: %s", i > 0 ? "\n" : "", p->place.line,
            p->place.column, p->path, p->message);
        if (p->hint[0] != '\0') {
            rp_buf_addf(&buf, " (%s)", p->hint);
        }
    }
    return rp_buf_take(&buf, NULL);
}
