/* fault_expect.h - reading and writing what a rule expects. Internal. */
#ifndef RP_FAULT_EXPECT_H
#define RP_FAULT_EXPECT_H

#include <reprise/fault_rule.h>

/* A member "expect", in any of its forms. */
enum rp_code rp__fault_expect_read(
    const cJSON *node, struct rp_fault_rule *rule, struct rp_err *err);
/* "degraded|failed<35s"; nothing where nothing is expected. */
void rp__fault_expect_show(
    struct rp_buf *out, const struct rp_fault_rule *rule);
/* NULL where nothing is expected. */
cJSON *rp__fault_expect_json(const struct rp_fault_rule *rule);

#endif
