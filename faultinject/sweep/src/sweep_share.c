#include <reprise/sweep_share.h>

#include <string.h>

#include "sweep_space.h"

/* ---- bytes ---- */

static void add_number(struct rp_buf *out, uint64_t value)
{
    char bytes[sizeof(value)];
    memcpy(bytes, &value, sizeof(value));
    rp_buf_add(out, (struct rp_str){bytes, sizeof(bytes)});
}

static void add_text(struct rp_buf *out, const char *text)
{
    size_t len = text == NULL ? 0 : strlen(text) + 1;
    add_number(out, len);
    rp_buf_add(out, (struct rp_str){text == NULL ? "" : text, len});
}

static uint64_t take_number(struct rp_str *bytes, bool *good)
{
    uint64_t value = 0;
    *good = *good && bytes->len >= sizeof(value);
    if (*good) {
        memcpy(&value, bytes->ptr, sizeof(value));
        bytes->ptr += sizeof(value);
        bytes->len -= sizeof(value);
    }
    return value;
}

/* NULL where it was. */
static const char *take_text(
    struct rp_arena *arena, struct rp_str *bytes, bool *good)
{
    uint64_t len = take_number(bytes, good);
    *good = *good && len <= bytes->len;
    if (!*good || len == 0) {
        return NULL;
    }
    const char *text =
        rp_arena_dup(arena, (struct rp_str){bytes->ptr, (size_t)len - 1});
    bytes->ptr += len;
    bytes->len -= (size_t)len;
    return text;
}

/* ---- one case ---- */

static void write_judgement(
    struct rp_buf *out, const struct rp_sweep_judgement *j)
{
    add_number(out, j->verdict);
    add_text(out, j->note);
    add_text(out, j->assumed);
    add_number(out, j->finding_count);
    for (uint32_t i = 0; i < j->finding_count; i++) {
        add_number(out, j->findings[i].gap);
        add_text(out, j->findings[i].path);
        add_text(out, j->findings[i].detail);
    }
}

static void read_judgement(struct rp_sweep_judgement *j, struct rp_arena *arena,
    struct rp_str *bytes, bool *good)
{
    uint64_t verdict = take_number(bytes, good);
    j->note = take_text(arena, bytes, good);
    j->assumed = take_text(arena, bytes, good);
    uint64_t count = take_number(bytes, good);
    *good = *good && verdict < RP_VERDICT_COUNT && j->note != NULL &&
            count <= RP_SWEEP_FINDINGS_MAX;
    for (uint64_t i = 0; *good && i < count; i++) {
        uint64_t gap = take_number(bytes, good);
        const char *path = take_text(arena, bytes, good);
        const char *detail = take_text(arena, bytes, good);
        *good = *good && gap < RP_GAP_COUNT && path != NULL;
        j->findings[i] = (struct rp_sweep_finding){
            *good ? (enum rp_gap_kind)gap : RP_GAP_ORACLE, path, detail};
    }
    j->verdict = *good ? (enum rp_verdict)verdict : RP_VERDICT_HARNESS;
    j->finding_count = *good ? (uint32_t)count : 0;
}

/* What the rows counted is of this case alone. */
static void write_uses(struct rp_buf *out, const struct rp_sweep *s)
{
    for (uint32_t i = 0; i < s->row_count; i++) {
        for (uint32_t k = 0; k < RP_DEFENCE_COUNT; k++) {
            const struct rp_defence_use *use = &s->rows[i].defences[k];
            rp_buf_add_char(out, (char)(use->exercised * 2 + use->effective));
        }
    }
}

static void read_uses(struct rp_sweep *s, struct rp_str *bytes, bool *good)
{
    *good = *good && bytes->len == (size_t)s->row_count * RP_DEFENCE_COUNT;
    for (uint32_t i = 0; *good && i < s->row_count; i++) {
        for (uint32_t k = 0; k < RP_DEFENCE_COUNT; k++) {
            struct rp_defence_use *use = &s->rows[i].defences[k];
            unsigned char used = (unsigned char)*bytes->ptr++;
            use->exercised += used / 2;
            use->effective += used % 2;
        }
    }
}

static void forget_uses(struct rp_sweep *s)
{
    for (uint32_t i = 0; i < s->row_count; i++) {
        memset(s->rows[i].defences, 0, sizeof(s->rows[i].defences));
    }
}

static void write_case(struct rp_buf *out, const struct rp_sweep *s,
    const struct rp_sweep_case *c, uint32_t twice)
{
    add_number(out, c->outcome);
    add_number(out, (uint64_t)c->ended.ns);
    add_number(out, c->signature);
    add_number(out, twice);
    write_judgement(out, &c->judgement);
    write_uses(out, s);
}

bool rp_sweep_share_take(
    struct rp_sweep *sweep, uint32_t index, struct rp_str bytes)
{
    struct rp_sweep_case *c = sweep->cases[index];
    bool good = true;
    uint64_t outcome = take_number(&bytes, &good);
    good = good && outcome <= RP_OUTCOME_CANCELLED;
    c->outcome = good ? (enum rp_outcome)outcome : RP_OUTCOME_NONE;
    c->ended.ns = (int64_t)take_number(&bytes, &good);
    c->signature = take_number(&bytes, &good);
    uint64_t twice = take_number(&bytes, &good);
    read_judgement(&c->judgement, sweep->arena, &bytes, &good);
    read_uses(sweep, &bytes, &good);
    sweep->twice_count += (uint32_t)twice;
    sweep->rig.played++;
    return good;
}

/* ---- a share of them ---- */

void rp_sweep_share_play(struct rp_sweep *sweep, uint32_t first, uint32_t share,
    uint32_t share_count, bool (*tell)(void *context, struct rp_str bytes),
    void *context)
{
    struct rp_buf bytes;
    uint32_t turn = 0;
    bool wanted = true;
    rp_buf_init(&bytes, RP_SWEEP_LINE_BYTES_MAX);
    for (uint32_t i = first; wanted && i < sweep->case_count; i++) {
        if (!rp__sweep_is_due(sweep, i)) {
            continue;
        }
        if (turn++ / RP_SWEEP_SHARE_BLOCK % share_count != share) {
            continue;
        }
        uint32_t twice = sweep->twice_count;
        forget_uses(sweep);
        rp__sweep_try(sweep, sweep->cases[i]);
        rp_buf_reset(&bytes);
        write_case(&bytes, sweep, sweep->cases[i], sweep->twice_count - twice);
        wanted = !bytes.overflowed && tell(context, rp_buf_str(&bytes));
    }
    rp_buf_fini(&bytes);
}
