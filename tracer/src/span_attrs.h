/* span_attrs.h - attributes being collected as one JSON object. Internal. */
#ifndef RP_SPAN_ATTRS_H
#define RP_SPAN_ATTRS_H

#include <reprise/buf.h>
#include <reprise/step.h>

enum rp__key {
#define RP_SPAN_ATTR(name, key, type, where, meaning, example) RP__KEY_##name,
#include <reprise/attr.def>
#undef RP_SPAN_ATTR
    RP__KEY_COUNT
};
const char *rp__key_name(enum rp__key key);

enum rp__event_name {
#define RP_SPAN_EVENT_OTHER(name, text, meaning) RP__EVENT_##name,
#include <reprise/attr.def>
#undef RP_SPAN_EVENT_OTHER
    RP__EVENT_COUNT
};
const char *rp__event_name(enum rp__event_name name);
/* NULL when the decision is no event. */
const char *rp__event_of_decision(enum rp_decision_kind kind);

/* Which attribute a field of a decision becomes; COUNT when none. */
enum rp__key rp__key_of_field(enum rp_decision_kind kind, const char *field);

/* A whole object at any time. The first value of a key stays. */
struct rp__attrs {
    struct rp_buf json;
    uint64_t has[2]; /* a bit for each key */
};
void rp__attrs_begin(struct rp__attrs *attrs); /* keeps the memory */
/* All of `from` in place of what is there. */
void rp__attrs_copy(struct rp__attrs *attrs, const struct rp__attrs *from);
void rp__attrs_fini(struct rp__attrs *attrs);
struct rp_str rp__attrs_json(const struct rp__attrs *attrs);

void rp__attrs_text(
    struct rp__attrs *attrs, enum rp__key key, struct rp_str text);
void rp__attrs_word(
    struct rp__attrs *attrs, enum rp__key key, const char *word);
void rp__attrs_int(struct rp__attrs *attrs, enum rp__key key, int64_t value);
void rp__attrs_true(struct rp__attrs *attrs, enum rp__key key);
void rp__attrs_seconds(
    struct rp__attrs *attrs, enum rp__key key, struct rp_duration value);
/* Nothing when all zero. */
void rp__attrs_digest(
    struct rp__attrs *attrs, enum rp__key key, const struct rp_digest *digest);
/* Every field of the decision that has an attribute. */
void rp__attrs_fields(
    struct rp__attrs *attrs, const struct rp_decision *decision);

#endif
