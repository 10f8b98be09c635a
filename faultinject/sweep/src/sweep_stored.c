/* Lines in a table by their keys; a line is read when it is asked for. */
#include <reprise/sweep_stored.h>

#include <inttypes.h>
#include <string.h>

#include "sweep_line.h"

#define KEY_BEGIN "{\"key\":\""
#define SUM_BEGIN ",\"sum\":\""
#define SUM_HEX_LEN ((size_t)16)
#define SUM_LEN (sizeof(SUM_BEGIN) - 1 + SUM_HEX_LEN + 2)

struct slot {
    struct rp_digest key;
    struct rp_str line; /* ptr NULL: free */
};

struct rp_sweep_stored {
    FILE *out;
    struct rp_arena *arena; /* of new lines */
    struct slot *slots;     /* open addressing, a power of two */
    size_t room, count;
    uint32_t damaged; /* lines that were not taken */
};

struct rp_sweep_stored *rp_sweep_stored_new(FILE *out)
{
    struct rp_sweep_stored *stored = rp_mem_zalloc(sizeof(*stored));
    stored->out = out;
    stored->arena = rp_arena_new(64u << 10);
    stored->room = 1024;
    stored->slots = rp_mem_array(stored->room, sizeof(struct slot));
    return stored;
}

void rp_sweep_stored_free(struct rp_sweep_stored **stored)
{
    if (*stored != NULL) {
        rp_arena_free(&(*stored)->arena);
        rp_mem_free((*stored)->slots);
        rp_mem_free(*stored);
        *stored = NULL;
    }
}

/* ---- the table ---- */

static struct slot *slot_of(
    const struct rp_sweep_stored *stored, const struct rp_digest *key)
{
    size_t i = 0;
    memcpy(&i, key->bytes, sizeof(i));
    i &= stored->room - 1;
    while (stored->slots[i].line.ptr != NULL &&
           !rp_digest_equal(&stored->slots[i].key, key)) {
        i = (i + 1) & (stored->room - 1);
    }
    return &stored->slots[i];
}

static void put(struct rp_sweep_stored *stored, const struct rp_digest *key,
    struct rp_str line)
{
    if (stored->count * 2 >= stored->room) {
        struct slot *old = stored->slots;
        size_t room = stored->room;
        stored->room *= 2;
        stored->slots = rp_mem_array(stored->room, sizeof(struct slot));
        for (size_t i = 0; i < room; i++) {
            if (old[i].line.ptr != NULL) {
                *slot_of(stored, &old[i].key) = old[i];
            }
        }
        rp_mem_free(old);
    }
    struct slot *slot = slot_of(stored, key);
    stored->count += slot->line.ptr == NULL ? 1 : 0;
    *slot = (struct slot){*key, line};
}

/* Ends a line with what tells whether it is as it was written. */
static void seal(struct rp_buf *line)
{
    char hex[RP_DIGEST_HEX_LEN + 1];
    struct rp_digest digest = rp_digest_of(rp_buf_str(line));
    rp_digest_hex(&digest, hex);
    hex[SUM_HEX_LEN] = '\0';
    rp_buf_addf(line, SUM_BEGIN "%s\"}", hex);
}

static bool is_sealed(struct rp_str line)
{
    struct rp_buf again;
    if (line.len <= SUM_LEN || line.len > RP_SWEEP_LINE_BYTES_MAX) {
        return false;
    }
    rp_buf_init(&again, SUM_LEN + line.len);
    rp_buf_add(&again, (struct rp_str){line.ptr, line.len - SUM_LEN});
    seal(&again);
    bool same = rp_str_equal(rp_buf_str(&again), line);
    rp_buf_fini(&again);
    return same;
}

static bool take_line(struct rp_sweep_stored *stored, struct rp_str line)
{
    struct rp_digest key;
    size_t begin = sizeof(KEY_BEGIN) - 1;
    if (line.len < begin + RP_DIGEST_HEX_LEN + 2 ||
        !rp_str_starts(line, RP_STR(KEY_BEGIN)) || !is_sealed(line) ||
        !rp_digest_parse(
            (struct rp_str){line.ptr + begin, RP_DIGEST_HEX_LEN}, &key)) {
        return false;
    }
    put(stored, &key, line);
    return true;
}

uint32_t rp_sweep_stored_take(
    struct rp_sweep_stored *stored, struct rp_str text)
{
    uint32_t count = 0;
    while (text.len > 0) {
        struct rp_str rest;
        struct rp_str line = rp_str_cut(text, '\n', &rest);
        bool whole = rest.ptr != NULL; /* the last line feed was written */
        bool taken = whole && take_line(stored, line);
        count += taken ? 1 : 0;
        stored->damaged += taken || line.len == 0 ? 0 : 1;
        text = rest;
    }
    return count;
}

uint32_t rp_sweep_stored_damaged(const struct rp_sweep_stored *stored)
{
    return stored->damaged;
}

/* ---- keys ---- */

static void add_number(struct rp_buf *out, const char *name, uint64_t value)
{
    rp_buf_addf(out, "%s %" PRIu64 "\n", name, value);
}

static void add_digest(
    struct rp_buf *out, const char *name, const struct rp_digest *digest)
{
    char hex[RP_DIGEST_HEX_LEN + 1];
    rp_digest_hex(digest, hex);
    rp_buf_addf(out, "%s %s\n", name, hex);
}

struct rp_digest rp_sweep_stored_key(const struct rp_sweep_ground *ground,
    const char *const *rules, uint32_t rule_count, const char *what)
{
    struct rp_digest chain = rp_recording_chain(ground->recording);
    struct rp_buf text;
    rp_buf_init(&text, RP_SWEEP_LINE_BYTES_MAX);
    rp_buf_addf(&text, "%s %d\n", what, RP__SWEEP_LINE_VERSION);
    add_number(&text, "engine", RP_ENGINE_REV);
    add_number(&text, "seed", ground->seed);
    add_number(&text, "changed", ground->changed);
    add_digest(&text, "session", &chain);
    add_digest(&text, "plan", &ground->plan->digest);
    for (uint32_t i = 0; i < rule_count; i++) {
        rp_buf_addf(&text, "%s\n", rules[i]);
    }
    struct rp_digest key = rp_digest_of(rp_buf_str(&text));
    rp_buf_fini(&text);
    return key;
}

/* ---- runs ---- */

static enum rp_code write_line(struct rp_sweep_stored *stored,
    const struct rp_digest *key, struct rp_buf *line, struct rp_err *err)
{
    seal(line);
    char *kept = rp_arena_dup(stored->arena, rp_buf_str(line));
    put(stored, key, (struct rp_str){kept, line->len});
    if (stored->out == NULL) {
        return RP_OK;
    }
    if (line->overflowed ||
        fwrite(line->ptr, 1, line->len, stored->out) != line->len ||
        fputc('\n', stored->out) == EOF || fflush(stored->out) != 0) {
        return rp_err_set(
            err, RP_E_IO, "what was played could not be written down");
    }
    return RP_OK;
}

static void begin_line(struct rp_buf *line, const struct rp_digest *key)
{
    char hex[RP_DIGEST_HEX_LEN + 1];
    rp_digest_hex(key, hex);
    rp_buf_init(line, RP_SWEEP_LINE_BYTES_MAX);
    rp_buf_addf(line, KEY_BEGIN "%s\"", hex);
}

bool rp_sweep_stored_find(const struct rp_sweep_stored *stored,
    const struct rp_digest *key, const struct rp_sweep_ground *ground,
    struct rp_sweep_trace *trace, enum rp_code *code, struct rp_err *err)
{
    struct rp_json_doc *doc = NULL;
    struct rp_str line = slot_of(stored, key)->line;
    if (line.ptr == NULL || rp_json_read(&doc, line, NULL, NULL) != RP_OK) {
        return false;
    }
    bool read =
        rp__sweep_line_read(trace, code, err, rp_json_root(doc), ground->plan);
    rp_json_free(&doc);
    return read;
}

enum rp_code rp_sweep_stored_add(struct rp_sweep_stored *stored,
    const struct rp_digest *key, const char *const *rules, uint32_t rule_count,
    const struct rp_sweep_trace *trace, enum rp_code code,
    const struct rp_err *why, struct rp_err *err)
{
    struct rp_buf line;
    if (code != RP_OK && code != RP_E_NOT_FOUND && code != RP_E_STATE) {
        return RP_OK;
    }
    begin_line(&line, key);
    rp_buf_add_text(&line, ",\"rules\":[");
    for (uint32_t i = 0; i < rule_count; i++) {
        rp_buf_add_text(&line, i == 0 ? "" : ",");
        rp_json_write_string(&line, rp_str_of(rules[i]));
    }
    rp_buf_add_text(&line, "],");
    rp__sweep_line_write(&line, trace, code, why);
    enum rp_code rc = write_line(stored, key, &line, err);
    rp_buf_fini(&line);
    return rc;
}

bool rp_sweep_stored_find_flag(const struct rp_sweep_stored *stored,
    const struct rp_digest *key, bool *value)
{
    struct rp_str line = slot_of(stored, key)->line;
    size_t begin = sizeof(KEY_BEGIN) + RP_DIGEST_HEX_LEN;
    *value = line.len > begin &&
             rp_str_starts((struct rp_str){line.ptr + begin, line.len - begin},
                 RP_STR(",\"same\":true"));
    return line.ptr != NULL;
}

enum rp_code rp_sweep_stored_add_flag(struct rp_sweep_stored *stored,
    const struct rp_digest *key, bool value, struct rp_err *err)
{
    struct rp_buf line;
    begin_line(&line, key);
    rp_buf_addf(&line, ",\"same\":%s", value ? "true" : "false");
    enum rp_code rc = write_line(stored, key, &line, err);
    rp_buf_fini(&line);
    return rc;
}
