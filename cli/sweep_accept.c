#include "sweep_accept.h"

#include <string.h>

#include <reprise/json.h>

#include "file.h"
#include "sweep_doc.h"

#define BYTES_MAX ((size_t)4 << 20)
#define DATE_LEN 10

struct loading {
    struct rp__sweep_accept *out;
    const struct rp_sweep *sweep;
    const char *path, *today;
    struct rp_err *err;
};

static bool is_date(const char *text)
{
    for (size_t i = 0; i < DATE_LEN; i++) {
        bool dash = i == 4 || i == 7;
        bool good = dash ? text[i] == '-' : text[i] >= '0' && text[i] <= '9';
        if (!good) {
            return false;
        }
    }
    return text[DATE_LEN] == '\0';
}

static enum rp_code wrong(
    const struct loading *l, uint32_t index, const char *what)
{
    return rp_err_set(l->err, RP_E_INVALID, "%s: entry %u: %s",
        rp__file_name(l->path), index + 1, what);
}

static void note(const struct loading *l, const cJSON *entry, const char *why)
{
    struct rp__sweep_accept *out = l->out;
    out->notes[out->note_count++] = rp_arena_printf(out->arena,
        "%s at '%s' is accepted in %s, %s", rp__sweep_text(entry, "gap"),
        rp__sweep_text(entry, "path"), rp__file_name(l->path), why);
}

static bool accepts(
    const struct loading *l, const cJSON *entry, enum rp_gap_kind gap)
{
    const struct rp_sweep *s = l->sweep;
    bool any = false;
    for (uint32_t i = 0; i < s->gap_count; i++) {
        if (s->gaps[i].gap == gap &&
            rp_str_glob(rp_str_of(rp__sweep_text(entry, "path")),
                rp_str_of(s->gaps[i].path))) {
            l->out->reasons[i] = rp_arena_dup(
                l->out->arena, rp_str_of(rp__sweep_text(entry, "reason")));
            any = true;
        }
    }
    return any;
}

static enum rp_code take(
    const struct loading *l, const cJSON *entry, uint32_t index)
{
    enum rp_gap_kind gap;
    const char *until = rp__sweep_text(entry, "until");
    if (!rp_gap_parse(rp_str_of(rp__sweep_text(entry, "gap")), &gap)) {
        return wrong(l, index, "'gap' is not the id of a gap");
    }
    if (!cJSON_IsString(rp_json_get(entry, "path"))) {
        return wrong(l, index, "'path' is missing; '**' is everywhere");
    }
    if (rp__sweep_text(entry, "reason")[0] == '\0') {
        return wrong(l, index, "'reason' is missing");
    }
    if (!is_date(until)) {
        return wrong(l, index, "'until' is not a date as 2027-01-31");
    }
    if (strcmp(until, l->today) < 0) {
        note(l, entry, "but only until a day that is over");
    } else if (!accepts(l, entry, gap)) {
        note(l, entry, "and is not there");
    }
    return RP_OK;
}

static enum rp_code take_all(const struct loading *l, const cJSON *root)
{
    const cJSON *list = rp_json_get(root, "accepted");
    const cJSON *entry;
    uint32_t index = 0;
    if (!cJSON_IsArray(list)) {
        return rp_err_set(l->err, RP_E_INVALID,
            "%s: there is no list 'accepted'", rp__file_name(l->path));
    }
    l->out->notes = rp_arena_array(
        l->out->arena, rp_json_size(list) + 1, sizeof(const char *));
    cJSON_ArrayForEach(entry, list)
    {
        enum rp_code rc = take(l, entry, index++);
        if (rc != RP_OK) {
            return rc;
        }
    }
    return RP_OK;
}

enum rp_code rp__sweep_accept_load(struct rp__sweep_accept *out,
    const char *path, const char *today, const struct rp_sweep *sweep,
    struct rp_err *err)
{
    struct loading l = {out, sweep, path, today, err};
    struct rp_json_options options = RP_JSON_OPTIONS_INIT;
    struct rp_json_error error;
    struct rp_json_doc *doc = NULL;
    char *bytes = NULL;
    size_t len = 0;
    *out = (struct rp__sweep_accept){.arena = rp_arena_new(0)};
    out->reasons = rp_arena_array(
        out->arena, (size_t)sweep->gap_count + 1, sizeof(const char *));
    enum rp_code rc = rp__file_read(&bytes, &len, path, BYTES_MAX, err);
    if (rc != RP_OK) {
        return rc;
    }
    options.comments = true;
    rc = rp_json_read(&doc, (struct rp_str){bytes, len}, &options, &error);
    if (rc != RP_OK) {
        (void)rp_err_set(err, rc, "%s:%u:%u: %s", rp__file_name(path),
            error.place.line, error.place.column, error.message);
    } else {
        rc = take_all(&l, rp_json_root(doc));
    }
    rp_json_free(&doc);
    rp_mem_free(bytes);
    return rc;
}

void rp__sweep_accept_fini(struct rp__sweep_accept *accept)
{
    rp_arena_free(&accept->arena);
    *accept = (struct rp__sweep_accept){.arena = NULL};
}
