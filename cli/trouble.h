/* trouble.h - rules of faults that are on no worker: the disk under the store,
 * and where spans are sent. Floor: cli. */
#ifndef RP_CLI_TROUBLE_H
#define RP_CLI_TROUBLE_H

#include <reprise/fault_rule.h>
#include <reprise/http.h>
#include <reprise/store_trouble.h>

/* What the store meets; nothing when no rule is on it. */
void rp__trouble_of_store(struct rp_store_troubles *out,
    const struct rp_fault_rules *rules, uint64_t seed);
/* The first rule that may cost what others have recorded there; or NULL. */
const struct rp_fault_rule *rp__trouble_that_harms(
    const struct rp_fault_rules *rules);
/* How often the rule fired there. */
uint32_t rp__trouble_fired(const struct rp_store_troubles *troubles,
    const struct rp_fault_rules *rules, uint32_t rule);

bool rp__trouble_is_export(const struct rp_fault_rule *rule);
bool rp__trouble_has_export(const struct rp_fault_rules *rules);

/* How requests go out. */
struct rp__trouble_export {
    const struct rp_fault_rules *rules; /* borrowed; NULL: none */
    uint32_t requests;
    uint32_t fired[RP_FAULT_RULES_MAX];
    /* What goes on, and what is done to it; NULL: nothing. */
    const struct rp_fault_rule *met;
    const struct rp_http_request *request;
    struct rp_http_response *response;
};
/* As rp_http_begin() and rp_http_end(), but for what a rule does to it. */
void rp__trouble_begin_post(struct rp__trouble_export *trouble,
    struct rp_http *http, const struct rp_http_request *request,
    struct rp_http_response *response);
RP_NODISCARD enum rp_code rp__trouble_end_post(
    struct rp__trouble_export *trouble, struct rp_http *http,
    struct rp_err *err);

#endif
