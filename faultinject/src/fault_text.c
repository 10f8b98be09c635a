/* Faults of bytes, streams and wrapping: they ask nothing of the output. */
#include "fault_output.h"

#include <string.h>

#define DEPTH 10000
#define REPETITIONS 512
#define FENCE "```"

static bool put(struct rp_buf *out, const char *before, struct rp_str bytes,
    const char *after)
{
    rp_buf_add_text(out, before);
    rp_buf_add(out, bytes);
    rp_buf_add_text(out, after);
    return true;
}

/* ---- bytes ---- */

static bool empty(struct rp_buf *out, const struct rp__fault_output *o)
{
    (void)out;
    (void)o;
    return true;
}

static bool blank(struct rp_buf *out, const struct rp__fault_output *o)
{
    (void)o;
    rp_buf_add_text(out, " \n");
    return true;
}

static bool no_final_newline(
    struct rp_buf *out, const struct rp__fault_output *o)
{
    struct rp_str kept = o->bytes;
    while (kept.len > 0 && kept.ptr[kept.len - 1] == '\n') {
        kept.len--;
    }
    return kept.len < o->bytes.len && put(out, "", kept, "");
}

static bool crlf(struct rp_buf *out, const struct rp__fault_output *o)
{
    if (memchr(o->bytes.ptr, '\n', o->bytes.len) == NULL) {
        return false;
    }
    for (size_t i = 0; i < o->bytes.len; i++) {
        if (o->bytes.ptr[i] == '\n') {
            rp_buf_add_char(out, '\r');
        }
        rp_buf_add_char(out, o->bytes.ptr[i]);
    }
    return true;
}

static bool bom(struct rp_buf *out, const struct rp__fault_output *o)
{
    return put(out, "\xEF\xBB\xBF", o->bytes, "");
}

static bool ansi(struct rp_buf *out, const struct rp__fault_output *o)
{
    return put(out, "\x1b[32m", o->bytes, "\x1b[0m");
}

/* Each byte of several-byte characters as a character of its own. */
static bool mojibake(struct rp_buf *out, const struct rp__fault_output *o)
{
    bool any = false;
    for (size_t i = 0; i < o->bytes.len; i++) {
        any = any || (unsigned char)o->bytes.ptr[i] >= 0x80;
    }
    for (size_t i = 0; any && i < o->bytes.len; i++) {
        unsigned char c = (unsigned char)o->bytes.ptr[i];
        if (c >= 0x80) {
            rp_buf_add_char(out, (char)(0xC0 | c >> 6));
            c = 0x80 | (c & 0x3F);
        }
        rp_buf_add_char(out, (char)c);
    }
    return any;
}

static bool deep(struct rp_buf *out, const struct rp__fault_output *o)
{
    for (int i = 0; i < DEPTH; i++) {
        rp_buf_add_char(out, '[');
    }
    rp_buf_add(out, o->bytes);
    for (int i = 0; i < DEPTH; i++) {
        rp_buf_add_char(out, ']');
    }
    return true;
}

/* ---- streams ---- */

static bool polluted(struct rp_buf *out, const struct rp__fault_output *o)
{
    static const struct rp_str line = {"INFO retrying (1/3)\n", 20};
    size_t at = o->rule->where == RP_WHERE_BEFORE  ? 0
                : o->rule->where == RP_WHERE_AFTER ? o->bytes.len
                                                   : o->bytes.len / 2;
    return rp__fault_splice(out, o->bytes, at, at, line);
}

static bool doubled(struct rp_buf *out, const struct rp__fault_output *o)
{
    rp_buf_add(out, o->bytes);
    rp_buf_add(out, o->bytes);
    return true;
}

static bool html_page(struct rp_buf *out, const struct rp__fault_output *o)
{
    (void)o;
    rp_buf_add_text(out,
        "<!DOCTYPE html>\n<html><head><title>502 Bad Gateway</title></head>\n"
        "<body><h1>502 Bad Gateway</h1></body></html>\n");
    return true;
}

/* Printable noise that begins no JSON value. */
static bool garbage(struct rp_buf *out, const struct rp__fault_output *o)
{
    uint64_t bits = o->draw | 1;
    rp_buf_add_char(out, '%');
    for (size_t i = 1; i < o->bytes.len; i++) {
        bits ^= bits << 13;
        bits ^= bits >> 7;
        bits ^= bits << 17;
        rp_buf_add_char(out, (char)('!' + bits % 94));
    }
    return true;
}

static bool trailing_text(struct rp_buf *out, const struct rp__fault_output *o)
{
    return put(out, "", o->bytes, "Done.\n");
}

/* ---- wrapping ---- */

static bool fence(struct rp_buf *out, const struct rp__fault_output *o)
{
    return put(out, FENCE "json\n", o->bytes, "\n" FENCE "\n");
}

static bool fence_open(struct rp_buf *out, const struct rp__fault_output *o)
{
    return put(out, FENCE "json\n", o->bytes, "");
}

static bool prose_before(struct rp_buf *out, const struct rp__fault_output *o)
{
    return put(out, "Here is the result:\n\n", o->bytes, "");
}

static bool prose_after(struct rp_buf *out, const struct rp__fault_output *o)
{
    return put(out, "", o->bytes, "\nLet me know if you need anything else!\n");
}

static bool two_blocks(struct rp_buf *out, const struct rp__fault_output *o)
{
    return put(out,
        "Draft:\n" FENCE "json\n{}\n" FENCE "\nFinal:\n" FENCE "json\n",
        o->bytes, "\n" FENCE "\n");
}

static bool think_block(struct rp_buf *out, const struct rp__fault_output *o)
{
    return put(
        out, "<think>\nThe values look plausible.\n</think>\n", o->bytes, "");
}

static bool refusal(struct rp_buf *out, const struct rp__fault_output *o)
{
    (void)o;
    rp_buf_add_text(out, "I'm sorry, but I can't help with that request.\n");
    return true;
}

static bool one_word(struct rp_buf *out, const struct rp__fault_output *o)
{
    (void)o;
    rp_buf_add_text(out, "Success\n");
    return true;
}

static bool tool_tags(struct rp_buf *out, const struct rp__fault_output *o)
{
    return put(out, "<tool_call>\n", o->bytes, "\n</tool_call>\n");
}

static bool markdown_table(struct rp_buf *out, const struct rp__fault_output *o)
{
    (void)o;
    rp_buf_add_text(out, "| field | value |\n|---|---|\n| status | done |\n");
    return true;
}

static bool description(struct rp_buf *out, const struct rp__fault_output *o)
{
    (void)o;
    rp_buf_add_text(out, "I have compiled the results into a document that "
                         "covers all points you asked for.\n");
    return true;
}

static bool apology_empty(struct rp_buf *out, const struct rp__fault_output *o)
{
    (void)o;
    rp_buf_add_text(out, "I apologize for the confusion.\n{}\n");
    return true;
}

/* As of two that share a pipe. */
static bool interleaved(struct rp_buf *out, const struct rp__fault_output *o)
{
    size_t half = o->bytes.len / 2;
    return rp__fault_splice(
        out, o->bytes, half, half, RP_STR("{\"worker\": \"other\"}\n"));
}

static bool repetition_loop(
    struct rp_buf *out, const struct rp__fault_output *o)
{
    (void)o;
    for (int i = 0; i < REPETITIONS; i++) {
        rp_buf_add_text(out, "and then ");
    }
    return true;
}

rp__fault_function *rp__fault_text_function(enum rp_fault_kind kind)
{
    static rp__fault_function *const functions[RP_FAULT_KIND_COUNT] = {
        [RP_FAULT_OUT_EMPTY] = empty,
        [RP_FAULT_OUT_BLANK] = blank,
        [RP_FAULT_OUT_NO_FINAL_NEWLINE] = no_final_newline,
        [RP_FAULT_OUT_CRLF] = crlf,
        [RP_FAULT_OUT_BOM] = bom,
        [RP_FAULT_OUT_ANSI] = ansi,
        [RP_FAULT_OUT_MOJIBAKE] = mojibake,
        [RP_FAULT_OUT_DEEP] = deep,
        [RP_FAULT_OUT_POLLUTED] = polluted,
        [RP_FAULT_OUT_DOUBLED] = doubled,
        [RP_FAULT_OUT_HTML_PAGE] = html_page,
        [RP_FAULT_OUT_GARBAGE] = garbage,
        [RP_FAULT_OUT_TRAILING_TEXT] = trailing_text,
        [RP_FAULT_OUT_FENCE] = fence,
        [RP_FAULT_OUT_FENCE_OPEN] = fence_open,
        [RP_FAULT_OUT_PROSE_BEFORE] = prose_before,
        [RP_FAULT_OUT_PROSE_AFTER] = prose_after,
        [RP_FAULT_OUT_TWO_BLOCKS] = two_blocks,
        [RP_FAULT_OUT_THINK_BLOCK] = think_block,
        [RP_FAULT_OUT_REFUSAL] = refusal,
        [RP_FAULT_OUT_ONE_WORD] = one_word,
        [RP_FAULT_OUT_TOOL_TAGS] = tool_tags,
        [RP_FAULT_OUT_MARKDOWN_TABLE] = markdown_table,
        [RP_FAULT_OUT_DESCRIPTION] = description,
        [RP_FAULT_OUT_APOLOGY_EMPTY] = apology_empty,
        [RP_FAULT_OUT_INTERLEAVED] = interleaved,
        [RP_FAULT_OUT_REPETITION_LOOP] = repetition_loop,
    };
    return functions[kind];
}
