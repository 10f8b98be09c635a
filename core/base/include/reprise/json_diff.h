/* json_diff.h - where two documents differ in key form. Floor: base.
 *
 * Order of members and spelling of numbers are no differences; of equal names
 * the last counts. Arrays are compared item by item at the same index.
 */
#ifndef RP_JSON_DIFF_H
#define RP_JSON_DIFF_H

#include <reprise/json.h>

enum rp_json_change {
    RP_JSON_CHANGED, /* in both, with another value */
    RP_JSON_ADDED,   /* only in the second */
    RP_JSON_REMOVED, /* only in the first */
};

struct rp_json_difference {
    enum rp_json_change change;
    struct rp_str pointer; /* RFC 6901, terminated */
    const cJSON *before;   /* NULL when added */
    const cJSON *after;    /* NULL when removed */
};

/* Called once per difference; everything in it is borrowed. */
typedef void rp_json_diff_report(
    void *context, const struct rp_json_difference *difference);

/* Reports at most `max` differences: in the order of the first document, what
 * an object or array of the second has besides after what both have. Returns
 * how many there are, and `max` + 1 when there are more. `report` may be NULL
 * when `max` is 0. Linear in both but for sorting the members of wide objects
 * that rp_json_read did not make. */
size_t rp_json_diff(const cJSON *before, const cJSON *after, size_t max,
    rp_json_diff_report *report, void *context);

#endif
