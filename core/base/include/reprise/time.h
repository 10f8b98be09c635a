/* time.h - three kinds of time that do not mix. Floor: base; reads no clock.
 *
 * An instant is nanoseconds since the session began (journal time: it stands
 * still while nobody runs the session). A duration is a difference of
 * instants. A wall time is nanoseconds since 1970-01-01T00:00:00Z and is a
 * label only: nothing is ever decided by it.
 */
#ifndef RP_TIME_H
#define RP_TIME_H

#include <stdbool.h>
#include <stdint.h>

#include <reprise/attr.h>
#include <reprise/buf.h>
#include <reprise/str.h>

struct rp_instant {
    int64_t ns;
};
struct rp_duration {
    int64_t ns;
};
struct rp_wall {
    int64_t unix_ns;
};

#define RP_NS_PER_MS INT64_C(1000000)
#define RP_NS_PER_S INT64_C(1000000000)
#define RP_INSTANT_NEVER ((struct rp_instant){INT64_MAX})
#define RP_DURATION_FOREVER ((struct rp_duration){INT64_MAX})

/* All saturate instead of overflowing; FOREVER and NEVER absorb. */
struct rp_instant rp_instant_add(struct rp_instant at, struct rp_duration d);
struct rp_duration rp_instant_since(
    struct rp_instant later, struct rp_instant earlier);
bool rp_instant_before(struct rp_instant a, struct rp_instant b);
struct rp_instant rp_instant_min(struct rp_instant a, struct rp_instant b);
struct rp_duration rp_duration_of_ms(int64_t ms);
struct rp_wall rp_wall_add(struct rp_wall at, struct rp_duration d);

/* "250ms" "1.5s" "2m" "1h30m" "0s" "100us" "7ns": one or more number-unit
 * pairs, largest unit first, fraction only on the last. False if not. */
RP_NODISCARD bool rp_duration_parse(
    struct rp_str text, struct rp_duration *out);
/* The one text of a duration, which parses to the same value: hours, minutes,
 * then the rest in its largest unit: "1h30m", "1.5s", "250ms", "0s". Negative
 * ones get a '-', which does not parse. */
void rp_duration_write(struct rp_buf *buf, struct rp_duration d);
/* For people: three digits below 1000 hours: "0.4s", "10.6s", "12ms",
 * "1m02s", "42m". */
void rp_duration_show(struct rp_buf *buf, struct rp_duration d);

/* RFC 3339 in UTC with nanoseconds: "2026-01-31T09:00:00.000000000Z". */
void rp_wall_write(struct rp_buf *buf, struct rp_wall at);
RP_NODISCARD bool rp_wall_parse(struct rp_str text, struct rp_wall *out);

#endif
