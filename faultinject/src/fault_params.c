#include "fault_params.h"

#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

#define SLOW_BY_MS 1000
#define DIGITS_MAX 9
#define HALF_PERMILLE 500
#define HUGE_BYTES ((uint64_t)1 << 20)
#define SIZE_BYTES_MAX ((uint64_t)64 << 20)

static const char *const cut_names[] = {
    [RP_CUT_IN_STRING] = "in_string",
    [RP_CUT_IN_NUMBER] = "in_number",
    [RP_CUT_IN_UTF8] = "in_utf8",
    [RP_CUT_IN_ESCAPE] = "in_escape",
    [RP_CUT_BETWEEN_KEYS] = "between_keys",
    [RP_CUT_BEFORE_CLOSE] = "before_close",
};

static const char *const where_names[] = {
    [RP_WHERE_BEFORE] = "before",
    [RP_WHERE_INSIDE] = "inside",
    [RP_WHERE_AFTER] = "after",
};

static const struct {
    const char *name;
    int number;
} signals[] = {
    {"SIGKILL", SIGKILL},
    {"SIGTERM", SIGTERM},
    {"SIGSEGV", SIGSEGV},
    {"SIGABRT", SIGABRT},
    {"SIGBUS", SIGBUS},
    {"SIGINT", SIGINT},
    {"SIGHUP", SIGHUP},
};

static enum rp_code wrong(
    struct rp_err *err, struct rp_str text, const char *expected)
{
    return rp_err_set(err, RP_E_INVALID, "reading a fault rule: '%.*s' is %s",
        RP_STR_ARG(text), expected);
}

static enum rp_code unknown(struct rp_err *err, const char *what,
    struct rp_str word, const char *const *names, size_t count)
{
    const char *near = rp_str_nearest(word, names, count);
    return rp_err_set(err, RP_E_INVALID,
        "reading a fault rule: '%.*s' is no %s%s%s%s", RP_STR_ARG(word), what,
        near == NULL ? "" : "; did you mean '", near == NULL ? "" : near,
        near == NULL ? "" : "'?");
}

bool rp__fault_digits(struct rp_str text, uint64_t *out)
{
    uint64_t value = 0;
    if (text.len == 0 || text.len > DIGITS_MAX) {
        return false;
    }
    for (size_t i = 0; i < text.len; i++) {
        if (text.ptr[i] < '0' || text.ptr[i] > '9') {
            return false;
        }
        value = value * 10 + (uint64_t)(text.ptr[i] - '0');
    }
    *out = value;
    return true;
}

enum rp_code rp__fault_percent_read(
    struct rp_str text, uint64_t *permille, struct rp_err *err)
{
    uint64_t percent = 0;
    if (!rp_str_ends(text, RP_STR("%")) ||
        !rp__fault_digits((struct rp_str){text.ptr, text.len - 1}, &percent) ||
        percent > 100) {
        return wrong(err, text, "not a percentage: write 30%");
    }
    *permille = percent * 10;
    return RP_OK;
}

/* ---- one reader and one writer each ---- */

enum rp_code rp__fault_cut_read(
    struct rp_str text, struct rp_fault_rule *rule, struct rp_err *err)
{
    uint64_t bytes = 0;
    if (rp_str_ends(text, RP_STR("%"))) {
        rule->cut = RP_CUT_PERMILLE;
        return rp__fault_percent_read(text, &rule->amount, err);
    }
    if (rp__fault_digits(text, &bytes)) {
        rule->cut = RP_CUT_BYTES;
        rule->amount = bytes;
        return RP_OK;
    }
    for (size_t i = RP_CUT_IN_STRING; i < RP_COUNT_OF(cut_names); i++) {
        if (rp_str_is(text, cut_names[i])) {
            rule->cut = (enum rp_fault_cut)i;
            return RP_OK;
        }
    }
    return unknown(err,
        "place to cut (50%, 120, in_string, in_number, in_utf8, "
        "in_escape, between_keys, before_close)",
        text, &cut_names[RP_CUT_IN_STRING],
        RP_COUNT_OF(cut_names) - RP_CUT_IN_STRING);
}

void rp__fault_cut_write(struct rp_buf *out, const struct rp_fault_rule *rule)
{
    switch (rule->cut) {
    case RP_CUT_BYTES:
        rp_buf_add_u64(out, rule->amount);
        return;
    case RP_CUT_PERMILLE:
        rp_buf_addf(out, "%" PRIu64 "%%", rule->amount / 10);
        return;
    case RP_CUT_IN_STRING:
    case RP_CUT_IN_NUMBER:
    case RP_CUT_IN_UTF8:
    case RP_CUT_IN_ESCAPE:
    case RP_CUT_BETWEEN_KEYS:
    case RP_CUT_BEFORE_CLOSE:
        rp_buf_add_text(out, cut_names[rule->cut]);
        return;
    case RP_CUT_LINES: /* is written as an event */
        return;
    }
}

static enum rp_code read_duration(
    struct rp_str text, struct rp_duration *out, struct rp_err *err)
{
    return rp_duration_parse(text, out)
               ? RP_OK
               : wrong(err, text, "not a duration: write 200ms or 2s");
}

static enum rp_code read_after(
    struct rp_str text, struct rp_fault_rule *rule, struct rp_err *err)
{
    return read_duration(text, &rule->after, err);
}

static void write_after(struct rp_buf *out, const struct rp_fault_rule *rule)
{
    rp_duration_write(out, rule->after);
}

static enum rp_code read_signal(
    struct rp_str text, struct rp_fault_rule *rule, struct rp_err *err)
{
    const char *names[RP_COUNT_OF(signals)];
    for (size_t i = 0; i < RP_COUNT_OF(signals); i++) {
        names[i] = signals[i].name;
        if (rp_str_is(text, signals[i].name)) {
            rule->signal = signals[i].number;
            return RP_OK;
        }
    }
    return unknown(err, "signal", text, names, RP_COUNT_OF(names));
}

static void write_signal(struct rp_buf *out, const struct rp_fault_rule *rule)
{
    for (size_t i = 0; i < RP_COUNT_OF(signals); i++) {
        if (signals[i].number == rule->signal) {
            rp_buf_add_text(out, signals[i].name);
        }
    }
}

static enum rp_code read_status(
    struct rp_str text, struct rp_fault_rule *rule, struct rp_err *err)
{
    uint64_t status = 0;
    if (!rp__fault_digits(text, &status) || status < 1 || status > 255) {
        return wrong(err, text, "not an exit status of 1 to 255");
    }
    rule->status = (int32_t)status;
    return RP_OK;
}

static void write_status(struct rp_buf *out, const struct rp_fault_rule *rule)
{
    rp_buf_add_i64(out, rule->status);
}

static enum rp_code read_where(
    struct rp_str text, struct rp_fault_rule *rule, struct rp_err *err)
{
    for (size_t i = 0; i < RP_COUNT_OF(where_names); i++) {
        if (rp_str_is(text, where_names[i])) {
            rule->where = (enum rp_fault_where)i;
            return RP_OK;
        }
    }
    return unknown(err, "place (before, inside, after)", text, where_names,
        RP_COUNT_OF(where_names));
}

static void write_where(struct rp_buf *out, const struct rp_fault_rule *rule)
{
    rp_buf_add_text(out, where_names[rule->where]);
}

static enum rp_code read_moment(
    struct rp_str text, struct rp_fault_rule *rule, struct rp_err *err)
{
    static const char *const names[] = {"before", "after"};
    for (size_t i = 0; i < RP_COUNT_OF(names); i++) {
        if (rp_str_is(text, names[i])) {
            rule->moment = (enum rp_fault_moment)i;
            return RP_OK;
        }
    }
    return unknown(
        err, "moment (before, after)", text, names, RP_COUNT_OF(names));
}

static void write_moment(struct rp_buf *out, const struct rp_fault_rule *rule)
{
    rp_buf_add_text(out, rule->moment == RP_MOMENT_AFTER ? "after" : "before");
}

static enum rp_code read_at(
    struct rp_str text, struct rp_fault_rule *rule, struct rp_err *err)
{
    if (text.len > RP_FAULT_AT_LEN_MAX || !rp_json_pointer_valid(text)) {
        return wrong(err, text, "not a JSON Pointer: write /findings/0");
    }
    memcpy(rule->at, text.ptr, text.len);
    rule->at[text.len] = '\0';
    return RP_OK;
}

static void write_at(struct rp_buf *out, const struct rp_fault_rule *rule)
{
    rp_buf_add_text(out, rule->at);
}

static enum rp_code read_name(
    struct rp_str text, struct rp_fault_rule *rule, struct rp_err *err)
{
    if (text.len == 0 || text.len > RP_FAULT_AT_LEN_MAX ||
        memchr(text.ptr, '=', text.len) != NULL) {
        return wrong(err, text, "not the name of a variable: write API_KEY");
    }
    memcpy(rule->at, text.ptr, text.len);
    rule->at[text.len] = '\0';
    return RP_OK;
}

/* The ways in which some faults come. */
static const struct {
    enum rp_fault_kind kind;
    uint32_t count;
    const char *names[6];
} forms[] = {
    {RP_FAULT_STORE_BIT_FLIP, 2, {"written", "read"}},
    {RP_FAULT_STORE_POWER_CUT, 3, {"lost", "torn", "reordered"}},
    {RP_FAULT_OUT_BAD_UTF8, 3, {"lone", "overlong", "surrogate"}},
    {RP_FAULT_OUT_NAN_INF, 3, {"NaN", "Infinity", "-Infinity"}},
    {RP_FAULT_OUT_ODD_NUMBER, 6, {"007", "+1", ".5", "1_000", "1/3", "1e999"}},
};

static enum rp_code read_form(
    struct rp_str text, struct rp_fault_rule *rule, struct rp_err *err)
{
    size_t i = 0;
    while (forms[i].kind != rule->kind) {
        i++; /* the catalogue gives a form to these only */
    }
    for (uint32_t k = 0; k < forms[i].count; k++) {
        if (rp_str_is(text, forms[i].names[k])) {
            rule->form = k;
            return RP_OK;
        }
    }
    return unknown(
        err, "form of this fault", text, forms[i].names, forms[i].count);
}

static void write_form(struct rp_buf *out, const struct rp_fault_rule *rule)
{
    rp_buf_add_text(out, rp__fault_form(rule));
}

const char *rp__fault_form(const struct rp_fault_rule *rule)
{
    size_t i = 0;
    while (forms[i].kind != rule->kind) {
        i++;
    }
    return forms[i].names[rule->form];
}

static enum rp_code read_size(
    struct rp_str text, struct rp_fault_rule *rule, struct rp_err *err)
{
    static const struct {
        const char *name;
        uint64_t bytes;
    } units[] = {{"MiB", UINT64_C(1) << 20}, {"KiB", UINT64_C(1) << 10},
        {"B", 1}, {"", 1}};
    uint64_t count = 0;
    size_t i = 0;
    while (!rp_str_ends(text, rp_str_of(units[i].name))) {
        i++; /* everything ends in nothing */
    }
    size_t len = text.len - strlen(units[i].name);
    if (!rp__fault_digits((struct rp_str){text.ptr, len}, &count) ||
        count * units[i].bytes > SIZE_BYTES_MAX) {
        return wrong(err, text, "not a size of at most 64MiB: write 1MiB");
    }
    rule->amount = count * units[i].bytes;
    return RP_OK;
}

static enum rp_code read_count(
    struct rp_str text, struct rp_fault_rule *rule, struct rp_err *err)
{
    return rp__fault_digits(text, &rule->amount)
               ? RP_OK
               : wrong(err, text, "not a number: write 4");
}

static void write_count(struct rp_buf *out, const struct rp_fault_rule *rule)
{
    rp_buf_add_u64(out, rule->amount);
}

static void write_size(struct rp_buf *out, const struct rp_fault_rule *rule)
{
    uint64_t amount = rule->amount;
    bool kib = amount > 0 && amount % (UINT64_C(1) << 10) == 0;
    bool mib = kib && amount % (UINT64_C(1) << 20) == 0;
    rp_buf_addf(out, "%" PRIu64 "%s",
        mib   ? amount >> 20
        : kib ? amount >> 10
              : amount,
        mib   ? "MiB"
        : kib ? "KiB"
              : "B");
}

/* ---- all ---- */

static const struct {
    const char *name;
    enum rp_code (*read)(
        struct rp_str text, struct rp_fault_rule *rule, struct rp_err *err);
    void (*write)(struct rp_buf *out, const struct rp_fault_rule *rule);
} params[] = {
    {"cut", rp__fault_cut_read, rp__fault_cut_write},
    {"after", read_after, write_after},
    {"signal", read_signal, write_signal},
    {"by", read_after, write_after},
    {"status", read_status, write_status},
    {"where", read_where, write_where},
    {"moment", read_moment, write_moment},
    {"at", read_at, write_at},
    {"name", read_name, write_at},
    {"form", read_form, write_form},
    {"size", read_size, write_size},
    {"count", read_count, write_count},
    {"time", read_after, write_after},
};

static size_t place_of(const char *name)
{
    size_t i = 0;
    while (i < RP_COUNT_OF(params) && strcmp(params[i].name, name) != 0) {
        i++;
    }
    RP_ASSERT(i < RP_COUNT_OF(params)); /* the catalogue names these only */
    return i;
}

/* What a fault of this kind sends if nothing else is said. */
static int signal_of(enum rp_fault_kind kind)
{
    return kind == RP_FAULT_KILL_SIGTERM ? SIGTERM
           : kind == RP_FAULT_KILL_SEGV  ? SIGSEGV
           : kind == RP_FAULT_KILL_ABORT ? SIGABRT
                                         : SIGKILL;
}

/* Bytes, a number or thousandths. */
static uint64_t amount_of(enum rp_fault_kind kind)
{
    static const struct {
        enum rp_fault_kind kind;
        uint64_t amount;
    } amounts[] = {
        {RP_FAULT_OUT_HUGE, HUGE_BYTES},
        {RP_FAULT_BACKPRESSURE, HUGE_BYTES},
        {RP_FAULT_RES_MEM, UINT64_C(64) << 10}, /* less than any stack */
        {RP_FAULT_RES_FSIZE, 0},
        {RP_FAULT_RES_NOFILE, 4},
        {RP_FAULT_RES_NPROC, 0},
    };
    for (size_t i = 0; i < RP_COUNT_OF(amounts); i++) {
        if (amounts[i].kind == kind) {
            return amounts[i].amount;
        }
    }
    return HALF_PERMILLE;
}

void rp__fault_params_default(struct rp_fault_rule *rule)
{
    bool slow = rp_fault_info(rule->kind)->class == RP_FAULT_CLASS_SLOW;
    if (rule->placed == RP_PLACED_NOT) {
        rule->cut = RP_CUT_PERMILLE;
        rule->amount = amount_of(rule->kind);
    }
    rule->signal = signal_of(rule->kind);
    bool late = slow || rule->kind == RP_FAULT_RES_CPU ||
                rule->kind == RP_FAULT_STORE_SLOW_SYNC ||
                rule->kind == RP_FAULT_EXPORT_SLOW;
    rule->after = rp_duration_of_ms(late ? SLOW_BY_MS : 0);
    rule->status = 1;
    rule->where = RP_WHERE_BEFORE;
    rule->moment = RP_MOMENT_BEFORE;
}

enum rp_code rp__fault_param_read(struct rp_fault_rule *rule, const char *name,
    const cJSON *node, struct rp_err *err)
{
    char scratch[32];
    const char *names[RP_COUNT_OF(params)];
    const struct rp_fault_param *param;
    uint32_t count = 0;
    while ((param = rp_fault_param(rule->kind, count)) != NULL &&
           strcmp(param->name, name) != 0) {
        names[count++] = param->name;
    }
    if (param == NULL && count == 0) {
        return rp_err_set(err, RP_E_INVALID,
            "reading a fault rule: '%s' takes no parameters",
            rp_fault_name(rule->kind));
    }
    if (param == NULL) {
        return unknown(
            err, "parameter of this fault", rp_str_of(name), names, count);
    }
    if (!cJSON_IsNumber(node) && !cJSON_IsString(node)) {
        return rp_err_set(err, RP_E_INVALID,
            "reading a fault rule: '%s' must be a string or a number", name);
    }
    struct rp_str text = cJSON_IsNumber(node)
                             ? rp_json_number_text(node, scratch)
                             : rp_str_of(node->valuestring);
    return params[place_of(name)].read(text, rule, err);
}

void rp__fault_param_write(struct rp_buf *out, const struct rp_fault_rule *rule,
    const struct rp_fault_param *param)
{
    params[place_of(param->name)].write(out, rule);
}
