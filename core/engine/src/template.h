/* template.h - documents with references, as a plan writes them.
 *
 * Two forms, and no others:
 *   {"from": "gather", "at": "/labs"}   as a whole value; "at" may be absent
 *   "${{ gather/labs }}"                inside a string; "$${{" is a plain
 * "${{" A string that is exactly one reference becomes the typed value. Names
 * of members are never templates. Internal to the engine floor; pure.
 */
#ifndef RP_TEMPLATE_H
#define RP_TEMPLATE_H

#include <reprise/json.h>
#include <reprise/limits.h>

/* What a resolved document may hold, references repeated as often as they are
 * written. */
#define RP__TEMPLATE_BYTES_MAX ((size_t)RP_INPUT_BYTES_MAX)

/* What names mean. `lookup` gives a borrowed document or NULL. */
struct rp__scope {
    const cJSON *(*lookup)(void *context, struct rp_str name);
    void *context;
};

/* An owned tree (cJSON_Delete) in which every reference is replaced by a deep
 * copy of what it names; NULL on failure: RP_E_NOT_FOUND for a reference that
 * leads nowhere (the text names it), RP_E_LIMIT for a result past
 * RP__TEMPLATE_BYTES_MAX, RP_E_INVALID for a template that was never checked.
 */
cJSON *rp__template_resolve(
    const cJSON *template, const struct rp__scope *scope, struct rp_err *err);

/* Adds the text of a string template, for arguments and environment values:
 * strings as they are, anything else in text form. Errors as above, and
 * RP_E_INVALID when a value holds U+0000. `out` may be partly written then. */
RP_NODISCARD enum rp_code rp__template_text(const cJSON *string,
    const struct rp__scope *scope, struct rp_buf *out, struct rp_err *err);

/* The distinct names referred to, in order of first appearance, at most `max`;
 * slices borrowed from the template. Returns how many were written. */
size_t rp__template_names(
    const cJSON *template, struct rp_str *names, size_t max);

/* One reference as written. */
struct rp__reference {
    const cJSON *node;     /* the object or string that holds it */
    struct rp_str name;    /* not checked */
    struct rp_str pointer; /* not checked; "" for the whole */
    const char *fault;     /* what is wrong with its form, or NULL; static */
};
/* Gives every reference of `template`, in document order, to `visit`. */
typedef void rp__template_visit(
    void *context, const struct rp__reference *reference);
void rp__template_each(
    const cJSON *template, rp__template_visit *visit, void *context);

#endif
