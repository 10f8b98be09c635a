/* Workers played from a recording, for the contract: a session is recorded in
 * which enough workers do each thing once, and each call is one of them. */
#include "transport_contract.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include <reprise/mem.h>
#include <reprise/transport_journal.h>

#include "rehearsal.h"

/* Calls of one kind in a test. */
#define SLOTS_MAX 220

static const struct {
    const char *name;
    uint32_t slots;
} kinds[] = {
    [CONTRACT_DELIVERS] = {"delivers", SLOTS_MAX},
    [CONTRACT_FAILS] = {"fails", 16},
    [CONTRACT_HANGS] = {"hangs", 16},
    [CONTRACT_IGNORES] = {"ignores", 16},
    [CONTRACT_MISSING] = {"missing", 16},
    [CONTRACT_PICKY] = {"picky", 16},
};

static const struct script_line lines[] = {
    {"**/delivers*", 1, CONTRACT_OUTPUT, 0, 0, 0, false},
    {"**/fails*", 2, NULL, 3, 0, 0, false},
    {"**/hangs*", -1, NULL, 0, 0, 5, false},
    {"**/ignores*", -1, NULL, 0, 0, -1, false},
    {"**/missing*", 0, NULL, 0, 0, 0, true},
    {"**/picky*", 1, CONTRACT_OUTPUT, 0, 0, 0, false},
};

struct played {
    struct rehearsal rehearsal;
    uint32_t used[CONTRACT_WORKERS];
    char task[64], path[80]; /* of the last call */
};

static void write_plan(struct rp_buf *out)
{
    const char *comma = "";
    rp_buf_add_text(out, "{\"reprise\":1,\"name\":\"t\",\"concurrency\":1000,"
                         "\"agents\":{");
    for (size_t i = 0; i < RP_COUNT_OF(kinds); i++) {
        rp_buf_addf(out,
            "%s\"%s\":{\"exec\":[\"x\"],\"timeout\":\"10m\","
            "\"grace\":\"%dms\",\"retry\":{\"attempts\":1}}",
            comma, kinds[i].name, CONTRACT_GRACE_MS);
        comma = ",";
    }
    rp_buf_add_text(
        out, "},\"flow\":{\"id\":\"all\",\"need\":1,\"parallel\":{");
    comma = "";
    for (size_t i = 0; i < RP_COUNT_OF(kinds); i++) {
        for (uint32_t k = 1; k <= kinds[i].slots; k++) {
            rp_buf_addf(out, "%s\"%s%" PRIu32 "\":{\"agent\":\"%s\"}", comma,
                kinds[i].name, k, kinds[i].name);
            comma = ",";
        }
    }
    rp_buf_add_text(out, "}}}");
}

static void open_journal(struct contract_bench *bench)
{
    struct played *played = rp_mem_zalloc(sizeof(*played));
    struct rp_buf plan;
    rp_buf_init(&plan, 1u << 20);
    write_plan(&plan);
    rehearse(&played->rehearsal, plan.ptr, lines, RP_COUNT_OF(lines));
    rp_buf_fini(&plan);
    bench->own = played;
    bench->clock = rp_clock_virtual_new((struct rp_wall){1});
    bench->transport = rp_transport_journal_new(
        played->rehearsal.recording, bench->clock, RP_CHANGED_ANSWER);
}

static void prepare(struct contract_bench *bench, enum contract_worker what,
    struct rp_call *call)
{
    static const char *const env[] = {"NEED=1", NULL};
    struct played *played = bench->own;
    const struct rp_plan *plan = played->rehearsal.stage.plan;
    uint32_t slot = ++played->used[what];
    RP_ASSERT(slot <= kinds[what].slots);
    (void)snprintf(played->task, sizeof(played->task), "all/%s%" PRIu32,
        kinds[what].name, slot);
    (void)snprintf(
        played->path, sizeof(played->path), "%s@1/call:1", played->task);
    call->task = played->task;
    call->path = played->path;
    call->agent_name = kinds[what].name;
    call->env = what == CONTRACT_PICKY ? env : NULL;
    for (uint32_t i = 0; i < plan->agent_count; i++) {
        if (strcmp(plan->agents[i].name, kinds[what].name) == 0) {
            call->agent = &plan->agents[i];
        }
    }
}

static void close_journal(struct contract_bench *bench)
{
    struct played *played = bench->own;
    rp_clock_free(&bench->clock);
    rehearsal_fini(&played->rehearsal);
    rp_mem_free(played);
}

const struct contract_maker contract_journal = {
    .name = "journal",
    .processes = false,
    .open = open_journal,
    .prepare = prepare,
    .close = close_journal,
};
