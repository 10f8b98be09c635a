/* schema_words.h - the compile and judge functions of the keywords, by group.
 */
#ifndef RP_SCHEMA_WORDS_H
#define RP_SCHEMA_WORDS_H

#include "schema_compile.h"
#include "schema_judge.h"

#define RP__COMPILES(name)                                                     \
    bool rp__compile_##name(struct rp__schema_compiler *c,                     \
        const struct rp__schema_node *node, struct rp__schema_rule *rule)
#define RP__JUDGES(name)                                                       \
    bool rp__judge_##name(struct rp__schema_judge *j,                          \
        const struct rp__schema_frame *frame,                                  \
        const struct rp__schema_rule *rule)

/* identifiers and references (schema_refs.c) */
RP__COMPILES(id);
RP__COMPILES(anchor);
RP__COMPILES(ref);
RP__COMPILES(dynamic_ref);
RP__JUDGES(ref);
RP__JUDGES(dynamic_ref);

/* schemas for the same value (schema_combine.c) */
RP__COMPILES(if);
RP__COMPILES(dependencies);
RP__COMPILES(dependent_required);
RP__JUDGES(all_of);
RP__JUDGES(any_of);
RP__JUDGES(one_of);
RP__JUDGES(not );
RP__JUDGES(if);
RP__JUDGES(dependent_schemas);
RP__JUDGES(dependencies);
RP__JUDGES(dependent_required);

/* any value (schema_value.c) */
RP__COMPILES(type);
RP__COMPILES(enum);
RP__COMPILES(examples);
RP__COMPILES(const);
RP__JUDGES(type);
RP__JUDGES(enum);
RP__JUDGES(const);

/* numbers and strings (schema_scalar.c) */
RP__COMPILES(number);
RP__COMPILES(multiple_of);
RP__COMPILES(pattern);
RP__JUDGES(multiple_of);
RP__JUDGES(maximum);
RP__JUDGES(exclusive_maximum);
RP__JUDGES(minimum);
RP__JUDGES(exclusive_minimum);
RP__JUDGES(max_length);
RP__JUDGES(min_length);
RP__JUDGES(pattern);
RP__COMPILES(format);
RP__JUDGES(format);

/* objects (schema_object.c) */
RP__COMPILES(required);
RP__COMPILES(pattern_properties);
RP__COMPILES(additional_properties);
RP__JUDGES(required);
RP__JUDGES(min_properties);
RP__JUDGES(max_properties);
RP__JUDGES(property_names);
RP__JUDGES(properties);
RP__JUDGES(pattern_properties);
RP__JUDGES(additional_properties);
RP__JUDGES(unevaluated_properties);

/* arrays (schema_array.c, schema_unique.c) */
RP__COMPILES(items);
RP__COMPILES(items_or_list);
RP__COMPILES(additional_items);
RP__COMPILES(contains);
RP__JUDGES(min_items);
RP__JUDGES(max_items);
RP__JUDGES(unique_items);
RP__JUDGES(prefix_items);
RP__JUDGES(items);
RP__JUDGES(items_or_list);
RP__JUDGES(contains);
RP__JUDGES(unevaluated_items);

#endif
