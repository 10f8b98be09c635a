/* fault_output.h - what faults make of an output. Internal. Pure.
 *
 * Each function adds the changed output; false, and nothing added: there is no
 * such place in it.
 */
#ifndef RP_FAULT_OUTPUT_H
#define RP_FAULT_OUTPUT_H

#include <reprise/fault_rule.h>

struct rp__fault_output {
    const struct rp_fault_rule *rule;
    struct rp_str bytes;
    uint64_t draw; /* 64 bits of chance */
};

typedef bool rp__fault_function(
    struct rp_buf *out, const struct rp__fault_output *o);

/* By kind; NULL where the file has none. */
rp__fault_function *rp__fault_text_function(enum rp_fault_kind kind);
rp__fault_function *rp__fault_syntax_function(enum rp_fault_kind kind);
rp__fault_function *rp__fault_document_function(enum rp_fault_kind kind);

/* `bytes` with those from `begin` to `end` (exclusive) replaced. */
bool rp__fault_splice(struct rp_buf *out, struct rp_str bytes, size_t begin,
    size_t end, struct rp_str with);

#endif
