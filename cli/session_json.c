#include "session_json.h"

#include <inttypes.h>
#include <stdio.h>

#include "json_part.h"

/* ---- members ---- */

static void set_instant(cJSON *out, const char *name, struct rp_instant at)
{
    if (at.ns != RP_INSTANT_NEVER.ns) {
        rp__json_ns(out, name, at.ns);
    }
}

static void set_word(cJSON *out, const char *name, const char *word)
{
    if (word[0] != '\0') {
        rp_json_set_text(out, name, rp_str_of(word));
    }
}

/* ---- a session ---- */

static void add_head(cJSON *out, const struct rp_session_head *head)
{
    char hex[RP_TRACE_ID_HEX_LEN + 1];
    char seed[24];
    struct rp_buf began;
    rp_trace_id_hex(&head->trace, hex);
    rp_json_set_text(out, "trace", rp_str_of(hex));
    rp_json_set_text(out, "plan", head->plan_name);
    rp__json_digest(out, "plan_digest", &head->plan);
    rp__json_digest(out, "input", &head->input);
    rp_json_set_text(out, "mode", rp_str_of(rp_mode_name(head->mode)));
    set_word(out, "source", head->source.text);
    (void)snprintf(seed, sizeof(seed), "%" PRIu64, head->seed);
    rp_json_set_text(out, "seed", rp_str_of(seed));
    rp_buf_init(&began, 64);
    rp_wall_write(&began, head->began);
    rp_json_set_text(out, "began", rp_buf_str(&began));
    rp_buf_fini(&began);
    cJSON *tags = cJSON_AddObjectToObject(out, "tags");
    for (uint32_t i = 0; i < head->tag_count; i++) {
        rp_json_set_str(
            tags, head->tags[i].key, rp_json_new_string(head->tags[i].value));
    }
}

static void add_summary(cJSON *out, const struct rp_summary *sum)
{
    const struct {
        const char *name;
        int64_t value;
    } counts[] = {
        {"requested", sum->requested},
        {"delivered", sum->delivered},
        {"tasks", sum->tasks},
        {"attempts", sum->attempts},
        {"retries", sum->retries},
        {"timeouts", sum->timeouts},
        {"fallbacks", sum->fallbacks},
        {"conflicts", sum->conflicts},
        {"input_tokens", sum->input_tokens},
        {"output_tokens", sum->output_tokens},
        {"cost_micro_usd", sum->cost_micro_usd},
        {"records", (int64_t)sum->record_count},
    };
    rp__json_ns(out, "took_ns", sum->last_at.ns);
    cJSON *object = cJSON_AddObjectToObject(out, "counts");
    for (size_t i = 0; i < RP_COUNT_OF(counts); i++) {
        rp_json_set_int(object, counts[i].name, counts[i].value);
    }
    rp__json_digest(out, "output", &sum->output);
    rp_json_set_text(out, "notes", rp_str_of(sum->notes));
}

void rp__session_json(cJSON *out, const struct rp__session_arg *arg,
    const struct rp_session_row *row)
{
    rp_json_set_text(out, "session", rp_str_of(row->head.id.text));
    rp_json_set_text(out, "status", rp_str_of(rp__session_status(arg, row)));
    add_head(out, &row->head);
    add_summary(out, &row->summary);
    if (row->head.faults.len > 0) {
        struct rp_json_doc *doc = NULL;
        if (rp_json_read(&doc, row->head.faults, NULL, NULL) == RP_OK) {
            rp_json_set(out, "faults", rp_json_copy(rp_json_root(doc)));
        }
        rp_json_free(&doc);
    }
}

/* ---- its work ---- */

static cJSON *stream_json(const struct rp_digest *digest, uint64_t bytes)
{
    cJSON *stream = cJSON_CreateObject();
    rp__json_digest(stream, "digest", digest);
    rp_json_set_int(stream, "bytes", (int64_t)bytes);
    return stream;
}

static cJSON *try_json(const struct rp__try *t)
{
    cJSON *out = cJSON_CreateObject();
    set_word(out, "path", t->path);
    rp_json_set_int(out, "try", t->number);
    rp_json_set_int(out, "call", t->call);
    rp_json_set(out, "accepted", cJSON_CreateBool(t->accepted));
    set_word(out, "class", rp_class_name(t->class));
    set_word(out, "reason", rp_reason_name(t->reason));
    set_word(out, "detail", t->detail);
    set_word(out, "warning", t->warning);
    set_instant(out, "began_ns", t->began);
    set_instant(out, "released_ns", t->released);
    set_instant(out, "ended_ns", t->ended);
    rp__json_digest(out, "input", &t->input);
    if (!t->completed) {
        return out;
    }
    set_word(out, "end", rp_call_end_name(t->end));
    if (t->end == RP_END_EXITED) {
        rp_json_set_int(out, "exit_status", t->exit_status);
    }
    if (t->signal != 0) {
        rp_json_set_int(out, "signal", t->signal);
    }
    if (t->pid != 0) {
        rp_json_set_int(out, "pid", t->pid);
    }
    rp_json_set_int(out, "survivors", t->survivor_count);
    rp_json_set(out, "stdout", stream_json(&t->output, t->output_bytes));
    rp_json_set(
        out, "stderr", stream_json(&t->diagnostics, t->diagnostics_bytes));
    rp__json_digest(out, "log", &t->log);
    set_word(out, "message", t->message);
    set_word(out, "fault", t->fault);
    return out;
}

static cJSON *item_json(const struct rp__item *item)
{
    cJSON *out = cJSON_CreateObject();
    rp_json_set_text(out, "path", rp_str_of(item->path));
    const char *status = rp_task_status_name(item->status);
    if (item->state == RP__ITEM_WAITING) {
        status = "waiting";
    } else if (item->state == RP__ITEM_QUEUED) {
        status = "queued";
    }
    set_word(out, "status", status);
    set_word(out, "class", rp_class_name(item->class));
    set_word(out, "reason", rp_reason_name(item->reason));
    set_word(out, "detail", item->detail);
    set_instant(out, "began_ns", item->began);
    set_instant(out, "ended_ns", item->ended);
    if (item->kind != RP__ITEM_TASK) {
        return out;
    }
    set_word(out, "agent", item->agent);
    if (item->synthesis) {
        set_word(out, "role", "synthesis");
        rp__json_texts(out, "given", item->given, item->given_count);
        rp__json_texts(out, "cited", item->cited, item->cited_count);
        rp__json_texts(
            out, "unresolved", item->unresolved, item->unresolved_count);
    }
    if (!rp_digest_is_zero(&item->input)) {
        rp_json_set(out, "input", stream_json(&item->input, item->input_bytes));
    }
    rp__json_digest(out, "output", &item->output);
    cJSON *tries = cJSON_AddArrayToObject(out, "tries");
    for (const struct rp__try *t = item->tries; t != NULL; t = t->next) {
        cJSON_AddItemToArray(tries, try_json(t));
    }
    return out;
}

static void add_conflicts(cJSON *list, const struct rp__item *item)
{
    for (const struct rp__conflict *c = item->conflicts; c != NULL;
         c = c->next) {
        cJSON *entry = cJSON_CreateObject();
        rp_json_set_text(entry, "path", rp_str_of(item->path));
        set_word(entry, "key", c->key);
        set_word(entry, "kind", c->kind);
        set_word(entry, "resolution", c->resolution);
        set_word(entry, "chosen", c->chosen);
        rp__json_texts(entry, "sources", c->sources, c->source_count);
        cJSON_AddItemToArray(list, entry);
    }
}

void rp__view_json(cJSON *out, const struct rp__view *view)
{
    set_word(out, "reason", rp_reason_name(view->reason));
    set_word(out, "detail", view->detail);
    set_word(out, "cancelled_by", rp_reason_name(view->cancel_cause));
    cJSON *nodes = cJSON_AddArrayToObject(out, "nodes");
    cJSON *tasks = cJSON_AddArrayToObject(out, "tasks");
    cJSON *conflicts = cJSON_AddArrayToObject(out, "conflicts");
    uint32_t depth = 0;
    for (struct rp__item *item = view->root; item != NULL;
         item = rp__view_walk(item, &depth)) {
        if (item->kind == RP__ITEM_TASK) {
            cJSON_AddItemToArray(tasks, item_json(item));
        } else if (item->kind == RP__ITEM_NODE) {
            cJSON_AddItemToArray(nodes, item_json(item));
        }
        add_conflicts(conflicts, item);
    }
}
