/* fault_example.h - what faults make of an output, shown at a small document,
 * and what readers make of that. Floor: faultinject. Pure. */
#ifndef RP_FAULT_EXAMPLE_H
#define RP_FAULT_EXAMPLE_H

#include <reprise/buf.h>
#include <reprise/fault_catalogue.h>

/* The document that they are shown at. Static. */
const char *rp_fault_example(void);

/* What the fault makes of it, all of it; false, and nothing added: it changes
 * nothing of an output. */
bool rp_fault_example_changed(struct rp_buf *out, enum rp_fault_kind kind);

/* A half sentence each. A reader as ours is, with a contract that asks for the
 * form of the example: what it says of `changed`. */
void rp_fault_read_strictly(struct rp_buf *out, struct rp_str changed);
/* A reader that repairs what it can and checks nothing; NULL: the fault
 * changes nothing of an output. */
const char *rp_fault_read_leniently(enum rp_fault_kind kind);

#endif
