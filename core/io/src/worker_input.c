/* What a worker is given: its input on stdin, and a clean environment. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include <reprise/mem.h>
#include <reprise/trace_context.h>

#include "worker.h"

static const char *const allowed[] = {"PATH", "HOME", "LANG", "LANGUAGE", "TZ",
    "TMPDIR", "USER", "LOGNAME", "TERM"};

/* ---- stdin ---- */

static void add_task_document(struct rp_buf *out,
    const struct rp_exec_options *options, const struct rp_call *call)
{
    rp_buf_add_text(out, "{\"task\":");
    rp_json_write_string(out, rp_str_of(call->task));
    rp_buf_addf(out, ",\"attempt\":%" PRIu32 ",\"input\":", call->attempt);
    rp_buf_add(out, call->input);
    rp_buf_addf(out,
        ",\"context\":{\"session\":\"%s\",\"agent\":", options->head->id.text);
    rp_json_write_string(out, rp_str_of(call->agent_name));
    rp_buf_add_text(out, ",\"key\":");
    struct rp_buf key;
    rp_buf_init(&key, RP_PATH_LEN_MAX * 2);
    rp_buf_addf(&key, "%s/%s", options->head->id.text, call->task);
    rp_json_write_string(out, rp_buf_str(&key));
    rp_buf_fini(&key);
    rp_buf_addf(out, "},\"deadline_ms\":%" PRId64 "}\n",
        call->timeout.ns / RP_NS_PER_MS);
}

/* A string as its bytes; anything else in text form. */
static void add_text(struct rp_buf *out, struct rp_str input)
{
    struct rp_json_doc *doc = NULL;
    if (rp_json_read(&doc, input, NULL, NULL) != RP_OK) {
        return; /* inputs are documents: the engine wrote it */
    }
    if (cJSON_IsString(rp_json_root(doc))) {
        rp_json_string_bytes(rp_json_root(doc), out);
    } else {
        rp_buf_add(out, input);
    }
    rp_json_free(&doc);
}

/* As a version would give it that the worker does not know. */
static void make_newer(struct rp_buf *bytes)
{
    size_t size = 0;
    char *known = rp_buf_take(bytes, &size);
    while (size > 0 && known[size - 1] == '\n') {
        size--;
    }
    rp_buf_addf(bytes, "{\"version\":2,\"body\":");
    rp_buf_add(bytes, (struct rp_str){known, size});
    rp_buf_add_text(bytes, "}\n");
    rp_mem_free(known);
}

static bool is_newer(
    const struct rp__worker *worker, const struct rp_call *call)
{
    enum rp_stdin_mode mode = worker->agent->stdin_mode;
    return call->hardship != NULL && call->hardship->newer_task &&
           (mode == RP_STDIN_TASK || mode == RP_STDIN_INPUT);
}

void rp__worker_make_stdin(
    struct rp__worker *worker, const struct rp_call *call)
{
    rp_buf_init(&worker->stdin_bytes, RP_INPUT_BYTES_MAX * 2u + 64);
    switch (worker->agent->stdin_mode) {
    case RP_STDIN_TASK:
        add_task_document(&worker->stdin_bytes, &worker->exec->options, call);
        break;
    case RP_STDIN_INPUT:
        rp_buf_add(&worker->stdin_bytes, call->input);
        rp_buf_add_char(&worker->stdin_bytes, '\n');
        break;
    case RP_STDIN_TEXT:
        add_text(&worker->stdin_bytes, call->input);
        break;
    case RP_STDIN_NONE:
        break;
    }
    if (is_newer(worker, call)) {
        make_newer(&worker->stdin_bytes);
    }
}

/* ---- environment ---- */

struct environment {
    struct rp_arena *arena;
    const char **items;
    size_t count, room;
};

static bool same_name(const char *a, const char *b)
{
    size_t len = strcspn(a, "=");
    return len == strcspn(b, "=") && strncmp(a, b, len) == 0;
}

static void append(struct environment *env, const char *entry)
{
    if (env->count + 1 >= env->room) {
        const char **old = env->items;
        env->room = env->room == 0 ? 32 : env->room * 2;
        env->items =
            rp_arena_array(env->arena, env->room, sizeof(const char *));
        if (env->count > 0) {
            memcpy(env->items, old, env->count * sizeof(const char *));
        }
    }
    env->items[env->count++] = entry;
}

/* A later entry replaces an earlier one of the same name. */
static void add(struct environment *env, const char *entry)
{
    for (size_t i = 0; i < env->count; i++) {
        if (same_name(env->items[i], entry)) {
            env->items[i] = entry;
            return;
        }
    }
    append(env, entry);
}

static const char *value_in(char *const *environ, const char *name)
{
    size_t len = strlen(name);
    for (char *const *entry = environ; *entry != NULL; entry++) {
        if (strncmp(*entry, name, len) == 0 && (*entry)[len] == '=') {
            return *entry + len + 1;
        }
    }
    return NULL;
}

/* Names that neither a plan nor what is passed on can have. */
static void add_ours(struct environment *env,
    const struct rp_exec_options *options, const struct rp_call *call)
{
    const struct rp_session_head *head = options->head;
    char *path =
        rp_arena_printf(env->arena, "%s@%" PRIu32, call->task, call->attempt);
    uint32_t incarnation =
        options->incarnation != 0 ? options->incarnation : head->incarnation;
    struct rp_trace_context context = {head->trace,
        rp_span_id_of(&head->id, incarnation, rp_str_of(path), "attempt"),
        head->sampled, head->trace_random};
    char parent[RP_TRACEPARENT_LEN + 1];
    rp_traceparent_write(parent, &context);
    append(env, rp_arena_printf(env->arena, "TRACEPARENT=%s", parent));
    if (head->tracestate.len > 0) {
        append(env, rp_arena_printf(env->arena, "TRACESTATE=%.*s",
                        RP_STR_ARG(head->tracestate)));
    }
    if (head->baggage.len > 0) { /* which a plan may name */
        add(env, rp_arena_printf(
                     env->arena, "BAGGAGE=%.*s", RP_STR_ARG(head->baggage)));
    }
    append(
        env, rp_arena_printf(env->arena, "REPRISE_SESSION=%s", head->id.text));
    append(env, rp_arena_printf(env->arena, "REPRISE_PATH=%s", path));
    append(env, rp_arena_printf(env->arena, "REPRISE_KEY=%s/%s", head->id.text,
                    call->task));
    append(env, "REPRISE_EVENTS=3");
}

static void add_from_outside(struct environment *env, char *const *environ,
    const char *name, const char *from)
{
    const char *value = value_in(environ, from);
    if (value != NULL) {
        add(env, rp_arena_printf(env->arena, "%s=%s", name, value));
    }
}

static void learn_secrets(const struct environment *env,
    const struct rp_plan_agent *agent, struct rp__secrets *secrets)
{
    for (size_t i = 0; i < env->count; i++) {
        struct rp_str value;
        struct rp_str name = rp_str_cut(rp_str_of(env->items[i]), '=', &value);
        char *owned_name = rp_mem_dup(name);
        bool secret = rp__secret_name(owned_name);
        for (uint32_t k = 0; k < agent->env_count; k++) {
            secret = secret || (agent->env[k].kind == RP_ENV_SECRET &&
                                   rp_str_is(name, agent->env[k].name));
        }
        if (secret) {
            rp__secrets_add(secrets, owned_name, value);
        }
        rp_mem_free(owned_name);
    }
}

const char *const *rp__worker_passed(
    struct rp_arena *arena, char *const *environ, size_t *count)
{
    struct environment env = {.arena = arena};
    for (size_t i = 0; i < RP_COUNT_OF(allowed); i++) {
        add_from_outside(&env, environ, allowed[i], allowed[i]);
    }
    for (char *const *entry = environ; *entry != NULL; entry++) {
        if (strncmp(*entry, "LC_", 3) == 0) {
            add(&env, *entry);
        }
    }
    *count = env.count;
    return env.items;
}

static void add_of_agent(
    struct environment *env, struct rp__exec *exec, const struct rp_call *call)
{
    for (uint32_t i = 0; i < call->agent->env_count; i++) {
        const struct rp_plan_env *entry = &call->agent->env[i];
        if (entry->kind != RP_ENV_TEMPLATE) {
            add_from_outside(
                env, exec->options.environ, entry->name, entry->from);
        }
    }
    for (const char *const *entry = call->env; *entry != NULL; entry++) {
        add(env, *entry);
    }
    learn_secrets(env, call->agent, &exec->secrets);
}

static bool is_named(const struct rp_call *call, const char *entry)
{
    for (uint32_t i = 0; i < call->agent->env_count; i++) {
        if (same_name(call->agent->env[i].name, entry)) {
            return true;
        }
    }
    for (const char *const *named = call->env; *named != NULL; named++) {
        if (same_name(*named, entry)) {
            return true;
        }
    }
    return false;
}

/* Faults: what it is not given. */
static void take_away(struct environment *env, const struct rp_call *call)
{
    const char *missing = call->hardship->env_missing;
    size_t kept = 0;
    for (size_t i = 0; i < env->count; i++) {
        struct rp_str value;
        struct rp_str name = rp_str_cut(rp_str_of(env->items[i]), '=', &value);
        bool gone = missing[0] == '\0' ? is_named(call, env->items[i])
                                       : rp_str_glob(rp_str_of(missing), name);
        if (!gone) {
            env->items[kept++] = env->items[i];
        }
    }
    env->count = kept;
}

const char *const *rp__worker_environment(
    struct rp_arena *arena, struct rp__exec *exec, const struct rp_call *call)
{
    struct environment env = {.arena = arena};
    for (size_t i = 0; i < exec->passed_count; i++) {
        append(&env, exec->passed[i]);
    }
    /* Secrets of what is passed on are known since the transport was made. */
    if (call->agent->env_count > 0 || call->env[0] != NULL) {
        add_of_agent(&env, exec, call);
    }
    if (call->hardship != NULL && call->hardship->env_missing != NULL) {
        take_away(&env, call);
    }
    add_ours(&env, &exec->options, call);
    env.items[env.count] = NULL;
    return env.items;
}
