#include "sweep_live_tell.h"

#include <inttypes.h>

static void add_lines(struct rp_buf *out, const char *title,
    const char *const *lines, uint32_t count)
{
    if (count > 0) {
        rp_buf_addf(out, "%s (%" PRIu32 "):\n", title, count);
    }
    for (uint32_t i = 0; i < count; i++) {
        rp_buf_addf(out, "  %s\n", lines[i]);
    }
}

static void add_count(struct rp_buf *out, uint32_t count, const char *what)
{
    if (count > 0) {
        rp_buf_addf(out, "; in %" PRIu32 " %s", count, what);
    }
}

void rp__sweep_live_tell(struct rp_buf *out, const struct rp__sweep_live *live)
{
    rp_buf_addf(out, "Live: %" PRIu32 " of %" PRIu32 " runs as in the sweep",
        live->agreed_count, live->run_count);
    add_count(out, live->idle_count + live->watcher_idle_count,
        "a fault came too late for the worker");
    add_count(
        out, live->watcher_count, "the store or where spans are sent failed");
    if (live->known_count > 0) {
        rp_buf_addf(out, "; %" PRIu32 " of them were kept", live->known_count);
    }
    rp_buf_add_text(out, ".\n");
    add_lines(out, "Otherwise live", live->differences, live->difference_count);
    add_lines(out, "Undecided, the machine was too slow or too fast twice",
        live->undecided, live->undecided_count);
    add_lines(out, "As in the sweep at the second try only, alone",
        live->seconds, live->second_count);
    add_lines(out, "Too late for the worker", live->idles, live->idle_count);
    for (uint32_t i = 0; i < live->left_count; i++) {
        rp_buf_addf(out, "Not tried live: %" PRIu32 ", %s.\n",
            live->left[i].count, live->left[i].why);
    }
}

static cJSON *texts(const char *const *items, uint32_t count)
{
    cJSON *array = cJSON_CreateArray();
    for (uint32_t i = 0; i < count; i++) {
        cJSON_AddItemToArray(array, cJSON_CreateString(items[i]));
    }
    return array;
}

static cJSON *left_of(const struct rp__sweep_live *live)
{
    cJSON *array = cJSON_CreateArray();
    for (uint32_t i = 0; i < live->left_count; i++) {
        cJSON *entry = cJSON_CreateObject();
        rp_json_add(entry, "why", cJSON_CreateString(live->left[i].why));
        rp_json_set_int(entry, "scenarios", live->left[i].count);
        cJSON_AddItemToArray(array, entry);
    }
    return array;
}

cJSON *rp__sweep_live_doc(const struct rp__sweep_live *live)
{
    cJSON *doc = cJSON_CreateObject();
    rp_json_set_int(doc, "runs", live->run_count);
    rp_json_set_int(doc, "agreed", live->agreed_count);
    rp_json_set_int(doc, "known", live->known_count);
    rp_json_set_int(doc, "idle", live->idle_count + live->watcher_idle_count);
    rp_json_set_int(doc, "watchers", live->watcher_count);
    rp_json_add(
        doc, "differences", texts(live->differences, live->difference_count));
    rp_json_add(
        doc, "undecided", texts(live->undecided, live->undecided_count));
    rp_json_add(doc, "second_tries", texts(live->seconds, live->second_count));
    rp_json_add(doc, "late", texts(live->idles, live->idle_count));
    rp_json_add(doc, "not_tried", left_of(live));
    return doc;
}
