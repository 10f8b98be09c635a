/* order_arg.h - replays in other orders: --order. Floor: cli. */
#ifndef RP_CLI_ORDER_ARG_H
#define RP_CLI_ORDER_ARG_H

#include <reprise/order.h>

#include "text.h"

struct rp__order_arg {
    bool recorded; /* nothing else is asked for */
    struct rp_order_choice choice;
};

/* "recorded", "fastest", "reverse", "shuffle:SEED" or "shuffle:SEED:COUNT";
 * NULL is recorded. False: the person was told. */
bool rp__order_parse(struct rp__order_arg *out, const char *text);

/* What was found, for people; `id` names the session. */
void rp__order_tell(struct rp_buf *out, const struct rp_order_report *report,
    const struct rp_session_id *id, const struct rp__style *style);
/* The same as reprise.order/1, with a line end. */
void rp__order_json(struct rp_buf *out, const struct rp_order_report *report,
    const struct rp_session_id *id);

/* Whether nothing depends on order or time. */
bool rp__order_good(const struct rp_order_report *report);

#endif
