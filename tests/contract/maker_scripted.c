/* Scripted workers on a virtual clock, for the contract. */
#include "transport_contract.h"

#include "scripted.h"

static const char *const tasks[] = {
    [CONTRACT_DELIVERS] = "delivers",
    [CONTRACT_FAILS] = "fails",
    [CONTRACT_HANGS] = "hangs",
    [CONTRACT_IGNORES] = "ignores",
    [CONTRACT_MISSING] = "missing",
    [CONTRACT_PICKY] = "picky",
};

static const struct script_line lines[] = {
    {"delivers@*", 1, CONTRACT_OUTPUT, 0, 0, 0, false},
    {"fails@*", 2, NULL, 3, 0, 0, false},
    {"hangs@*", -1, NULL, 0, 0, 5, false},
    {"ignores@*", -1, NULL, 0, 0, -1, false},
    {"missing@*", 0, NULL, 0, 0, 0, true},
    {"picky@*", 1, CONTRACT_OUTPUT, 0, 0, 0, false},
};

static const struct script script = {lines, RP_COUNT_OF(lines)};

static const struct rp_plan_agent agent = {
    .name = "a",
    .grace = {CONTRACT_GRACE_MS * RP_NS_PER_MS},
};

static void open_scripted(struct contract_bench *bench)
{
    bench->clock = rp_clock_virtual_new((struct rp_wall){1});
    bench->transport = scripted_new(&script, bench->clock);
}

static void prepare(struct contract_bench *bench, enum contract_worker what,
    struct rp_call *call)
{
    static const char *const env[] = {"NEED=1", NULL};
    (void)bench;
    call->task = tasks[what];
    call->agent = &agent;
    call->env = what == CONTRACT_PICKY ? env : NULL;
}

static void close_scripted(struct contract_bench *bench)
{
    rp_clock_free(&bench->clock);
}

const struct contract_maker contract_scripted = {
    .name = "scripted",
    .processes = false,
    .open = open_scripted,
    .prepare = prepare,
    .close = close_scripted,
};
