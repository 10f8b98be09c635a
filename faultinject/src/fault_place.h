/* fault_place.h - faults at one value of a document that stays JSON: found in
 * the tree, made in the bytes, so that all else stays as it was written.
 * Internal. Pure. */
#ifndef RP_FAULT_PLACE_H
#define RP_FAULT_PLACE_H

#include <reprise/json.h>

#include "fault_output.h"

#define RP__FAULT_BYTES_MAX ((size_t)128 << 20)

struct rp__fault_place {
    const struct rp__fault_output *o;
    struct rp_buf *out;
    const cJSON *root, *node;
};

/* Whether it can be at that value; without a place it is at the first. */
typedef bool rp__fault_fits(const cJSON *node);
/* Writes the whole output; false: nothing would change. */
typedef bool rp__fault_at(const struct rp__fault_place *p);

struct rp__fault_row {
    enum rp_fault_kind kind;
    rp__fault_fits *fits;
    rp__fault_at *change;
};

/* Of the other files that have such faults; `*count` rows. */
const struct rp__fault_row *rp__fault_value_rows(size_t *count);
const struct rp__fault_row *rp__fault_meaning_rows(size_t *count);

/* ---- which value ---- */
bool rp__fault_any(const cJSON *node);
bool rp__fault_is_object(const cJSON *node);
bool rp__fault_is_member(const cJSON *node);
bool rp__fault_is_string(const cJSON *node);
bool rp__fault_is_number(const cJSON *node);
bool rp__fault_has_text(const cJSON *node);
bool rp__fault_has_item(const cJSON *node);
bool rp__fault_has_items(const cJSON *node);
bool rp__fault_is_date(const cJSON *node); /* a text that begins with one */

/* ---- making it ---- */
bool rp__fault_put(const struct rp__fault_place *p, struct rp_str with);
bool rp__fault_put_string(const struct rp__fault_place *p, struct rp_str text);
bool rp__fault_put_around(
    const struct rp__fault_place *p, const char *before, const char *after);
struct rp_str rp__fault_bytes_of(
    const struct rp__fault_place *p, const cJSON *node);
/* As plausible and another one; to be deleted. */
cJSON *rp__fault_other_text(const char *text);
/* Another name of the member. */
bool rp__fault_rename(const struct rp__fault_place *p, const char *name);

#endif
