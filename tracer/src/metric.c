/* The metrics there are, and the points of each. */
#include <reprise/metric.h>

#include <stdlib.h>
#include <string.h>

#include <reprise/err.h>
#include <reprise/time.h>

#define MICRO INT64_C(1000000)
#define ARENA_CHUNK_BYTES 16384
#define BUCKETS_FIRST 64 /* of the table of points, a power of two */

/* ---- the table ---- */

#define RP_METRIC_BUCKETS(name, ...)                                           \
    static const double bounds_##name[] = {__VA_ARGS__};
#include <reprise/metric.def>
#undef RP_METRIC_BUCKETS

static const double bounds_NONE[] = {0};
#define L(name) (1u << RP_LABEL_##name)
#define O(name) (1u << RP_LABEL_##name)

static const struct rp_metric_info infos[] = {
#define RP_METRIC(id, kind, key, unit_text, buckets, label_bits, text)         \
    {.name = key,                                                              \
        .unit = unit_text,                                                     \
        .meaning = text,                                                       \
        .instrument = RP_INSTRUMENT_##kind,                                    \
        .labels = label_bits,                                                  \
        .bounds = bounds_##buckets,                                            \
        .bound_count = RP_INSTRUMENT_##kind == RP_INSTRUMENT_HISTOGRAM         \
                           ? RP_COUNT_OF(bounds_##buckets)                     \
                           : 0},
#include <reprise/metric.def>
#undef RP_METRIC
};

static const char *const label_keys[] = {
#define RP_METRIC_LABEL(name, key, meaning, example) key,
#include <reprise/metric.def>
#undef RP_METRIC_LABEL
};

const struct rp_metric_info *rp_metric_info(enum rp_metric metric)
{
    RP_ASSERT((size_t)metric < RP_COUNT_OF(infos));
    return &infos[metric];
}

const char *rp_metric_label_key(enum rp_metric_label label)
{
    RP_ASSERT((size_t)label < RP_COUNT_OF(label_keys));
    return label_keys[label];
}

int64_t rp_metric_scale(const struct rp_metric_info *info)
{
    return strcmp(info->unit, "s") == 0     ? RP_NS_PER_S
           : strcmp(info->unit, "USD") == 0 ? MICRO
                                            : 1;
}

/* ---- the points ---- */

struct family {
    struct rp_arena *arena; /* of everything that a point refers to */
    struct rp_metric_point *points;
    uint32_t count, room;
    uint32_t *table; /* by hash: place in `points` + 1; 0: none */
    uint32_t table_size;
    uint32_t overflow; /* place + 1; 0: there is none */
};

struct rp_metrics {
    struct family families[RP_METRIC_COUNT];
};

struct rp_metrics *rp_metrics_new(void)
{
    return rp_mem_zalloc(sizeof(struct rp_metrics));
}

static void forget(struct family *family)
{
    rp_arena_free(&family->arena);
    rp_mem_free(family->points);
    rp_mem_free(family->table);
    *family = (struct family){.arena = NULL};
}

void rp_metrics_clear(struct rp_metrics *metrics, enum rp_metric metric)
{
    RP_ASSERT(metric < RP_METRIC_COUNT);
    forget(&metrics->families[metric]);
}

void rp_metrics_free(struct rp_metrics **metrics)
{
    if (*metrics != NULL) {
        for (size_t i = 0; i < RP_METRIC_COUNT; i++) {
            forget(&(*metrics)->families[i]);
        }
        rp_mem_free(*metrics);
        *metrics = NULL;
    }
}

/* What is kept of a text: never half of a character. */
static struct rp_str cut(struct rp_str text)
{
    size_t len = text.len;
    if (len > RP_METRIC_TEXT_BYTES_MAX) {
        len = RP_METRIC_TEXT_BYTES_MAX;
        while (len > 0 && ((unsigned char)text.ptr[len] & 0xC0) == 0x80) {
            len--;
        }
    }
    return (struct rp_str){text.ptr, len};
}

static struct rp_str value_of(const struct rp_metric_info *info,
    const struct rp_metric_labels *labels, uint32_t label)
{
    return (info->labels & 1u << label) == 0 ? (struct rp_str){NULL, 0}
                                             : cut(labels->values[label]);
}

#define FNV_BEGIN UINT64_C(14695981039346656037)
#define FNV_PRIME UINT64_C(1099511628211)

static uint32_t hash_of(
    const struct rp_metric_info *info, const struct rp_metric_labels *labels)
{
    uint64_t hash = FNV_BEGIN;
    for (uint32_t i = 0; i < RP_LABEL_COUNT; i++) {
        struct rp_str value = value_of(info, labels, i);
        for (size_t j = 0; j < value.len; j++) {
            hash = (hash ^ (unsigned char)value.ptr[j]) * FNV_PRIME;
        }
        hash = (hash ^ 0xFF) * FNV_PRIME; /* in no text */
    }
    return (uint32_t)(hash >> 32 ^ hash);
}

static bool is_of(const struct rp_metric_point *point,
    const struct rp_metric_info *info, const struct rp_metric_labels *labels)
{
    for (uint32_t i = 0; i < RP_LABEL_COUNT; i++) {
        if (!rp_str_equal(point->values[i], value_of(info, labels, i))) {
            return false;
        }
    }
    return !point->overflow;
}

/* Where its place is, or would be. */
static uint32_t *slot_of(const struct family *family,
    const struct rp_metric_info *info, const struct rp_metric_labels *labels)
{
    uint32_t mask = family->table_size - 1;
    uint32_t at = hash_of(info, labels) & mask;
    while (family->table[at] != 0 &&
           !is_of(&family->points[family->table[at] - 1], info, labels)) {
        at = (at + 1) & mask;
    }
    return &family->table[at];
}

static struct rp_metric_labels labels_of(const struct rp_metric_point *point)
{
    struct rp_metric_labels labels;
    for (uint32_t i = 0; i < RP_LABEL_COUNT; i++) {
        labels.values[i] = point->values[i];
    }
    return labels;
}

static void make_table(
    struct family *family, const struct rp_metric_info *info, uint32_t size)
{
    rp_mem_free(family->table);
    family->table = rp_mem_array(size, sizeof(*family->table));
    family->table_size = size;
    for (uint32_t i = 0; i < family->count; i++) {
        if (!family->points[i].overflow) {
            struct rp_metric_labels labels = labels_of(&family->points[i]);
            *slot_of(family, info, &labels) = i + 1;
        }
    }
}

/* `labels` NULL: of all sets past the limit. Gives its place + 1. */
static uint32_t add_point(struct family *family,
    const struct rp_metric_info *info, const struct rp_metric_labels *labels)
{
    if (family->count == family->room) {
        family->room = family->room * 2 + 4;
        family->points =
            rp_mem_grow(family->points, family->room, sizeof(*family->points));
    }
    uint32_t buckets = info->bound_count + 1;
    struct rp_str *values =
        rp_arena_array(family->arena, RP_LABEL_COUNT, sizeof(*values));
    for (uint32_t i = 0; labels != NULL && i < RP_LABEL_COUNT; i++) {
        struct rp_str value = value_of(info, labels, i);
        values[i] = (struct rp_str){
            value.len == 0 ? NULL : rp_arena_dup(family->arena, value),
            value.len};
    }
    family->points[family->count++] = (struct rp_metric_point){
        .values = values,
        .overflow = labels == NULL,
        .buckets = rp_arena_array(family->arena, buckets, sizeof(uint64_t)),
        .exemplars =
            rp_arena_array(family->arena, buckets, sizeof(struct rp_exemplar)),
    };
    return family->count;
}

static struct rp_metric_point *find_point(struct family *family,
    const struct rp_metric_info *info, const struct rp_metric_labels *labels)
{
    if (family->arena == NULL) {
        family->arena = rp_arena_new(ARENA_CHUNK_BYTES);
        make_table(family, info, BUCKETS_FIRST);
    }
    if (family->count * 2 > family->table_size) {
        make_table(family, info, family->table_size * 2);
    }
    uint32_t *slot = slot_of(family, info, labels);
    if (*slot == 0 && family->count < RP_METRIC_SETS_MAX - 1) {
        *slot = add_point(family, info, labels);
    } else if (*slot == 0 && family->overflow == 0) {
        family->overflow = add_point(family, info, NULL);
    }
    return &family->points[(*slot != 0 ? *slot : family->overflow) - 1];
}

/* ---- counting ---- */

/* The first bucket whose bound is not passed. */
static uint32_t bucket_of(const struct rp_metric_info *info, int64_t value)
{
    double scale = (double)rp_metric_scale(info);
    uint32_t i = 0;
    while (i < info->bound_count &&
           value > (int64_t)(info->bounds[i] * scale + 0.5)) {
        i++;
    }
    return i;
}

static void keep_latest(
    struct rp_exemplar *kept, const struct rp_exemplar *exemplar)
{
    if (exemplar != NULL && exemplar->unix_ns >= kept->unix_ns) {
        *kept = *exemplar;
    }
}

void rp_metrics_add(struct rp_metrics *metrics, enum rp_metric metric,
    const struct rp_metric_labels *labels, int64_t value,
    const struct rp_exemplar *exemplar)
{
    const struct rp_metric_info *info = rp_metric_info(metric);
    struct rp_metric_point *point =
        find_point(&metrics->families[metric], info, labels);
    uint32_t bucket = 0;
    switch (info->instrument) {
    case RP_INSTRUMENT_COUNTER:
    case RP_INSTRUMENT_UPDOWN:
        point->value += value;
        break;
    case RP_INSTRUMENT_GAUGE:
        point->value = value > point->value ? value : point->value;
        break;
    case RP_INSTRUMENT_HISTOGRAM:
        bucket = bucket_of(info, value);
        point->value += value;
        point->count++;
        point->buckets[bucket]++;
        break;
    }
    keep_latest(&point->exemplars[bucket], exemplar);
}

static int compare(const void *a, const void *b)
{
    const struct rp_metric_point *left = a, *right = b;
    if (left->overflow != right->overflow) {
        return left->overflow ? 1 : -1;
    }
    for (uint32_t i = 0; i < RP_LABEL_COUNT; i++) {
        int order = rp_str_compare(left->values[i], right->values[i]);
        if (order != 0) {
            return order;
        }
    }
    return 0;
}

const struct rp_metric_point *rp_metrics_points(
    struct rp_metrics *metrics, enum rp_metric metric, uint32_t *count)
{
    struct family *family = &metrics->families[metric];
    *count = family->count;
    if (family->count > 0) {
        qsort(family->points, family->count, sizeof(*family->points), compare);
        family->overflow =
            family->points[family->count - 1].overflow ? family->count : 0;
        make_table(family, rp_metric_info(metric), family->table_size);
    }
    return family->points;
}
