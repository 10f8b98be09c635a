/* One door to all that changes outputs. */
#include "fault_output.h"

bool rp__fault_splice(struct rp_buf *out, struct rp_str bytes, size_t begin,
    size_t end, struct rp_str with)
{
    rp_buf_add(out, (struct rp_str){bytes.ptr, begin});
    rp_buf_add(out, with);
    rp_buf_add(out, (struct rp_str){bytes.ptr + end, bytes.len - end});
    return true;
}

static bool truncated(
    struct rp_buf *out, const struct rp_fault_rule *rule, struct rp_str bytes)
{
    size_t kept = rp_fault_truncated_len(rule, bytes);
    rp_buf_add(out, (struct rp_str){bytes.ptr, kept});
    return kept < bytes.len;
}

static bool change(struct rp_buf *out, const struct rp__fault_output *o)
{
    enum rp_fault_kind kind = o->rule->kind;
    rp__fault_function *function = rp__fault_text_function(kind);
    if (kind == RP_FAULT_OUT_TRUNCATE) {
        return truncated(out, o->rule, o->bytes);
    }
    if (rp_fault_alters(kind)) {
        return rp_fault_altered(out, o->rule, o->bytes);
    }
    if (function == NULL) {
        function = rp__fault_syntax_function(kind);
    }
    if (function == NULL) {
        function = rp__fault_document_function(kind);
    }
    return function != NULL && o->bytes.len > 0 && function(out, o);
}

bool rp_fault_change(struct rp_buf *out, const struct rp_fault_rule *rule,
    struct rp_str bytes, uint64_t draw)
{
    struct rp__fault_output o = {rule, bytes, draw};
    size_t before = out->len;
    bool changed = change(out, &o);
    struct rp_str made = rp_buf_str(out);
    if (before > 0) {
        made = (struct rp_str){made.ptr + before, made.len - before};
    }
    if (!changed || rp_str_equal(made, bytes)) {
        changed = false;
        out->len = before; /* one may find out late */
    }
    return changed;
}
