/* order_arg.h - replays in other orders: --order. Floor: cli. */
#ifndef RP_CLI_ORDER_ARG_H
#define RP_CLI_ORDER_ARG_H

#include <reprise/order.h>

struct rp__order_arg {
    bool recorded; /* nothing else is asked for */
    struct rp_order_choice choice;
};

/* "recorded", "fastest", "reverse", "shuffle:SEED" or "shuffle:SEED:COUNT";
 * NULL is recorded. False: the person was told. */
bool rp__order_parse(struct rp__order_arg *out, const char *text);

/* Tries the orders and prints what was found, for people or as
 * reprise.order/1; `id` names the session. The exit status: 0 only if nothing
 * depends on order or time. */
int rp__order_explore(const struct rp__order_arg *order,
    const struct rp_rerun *base, const struct rp_session_id *id, bool json);

#endif
