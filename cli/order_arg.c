#include "order_arg.h"

#include <inttypes.h>
#include <string.h>

#include <reprise/json.h>

#include "exit.h"
#include "out.h"
#include "phrase.h"
#include "say.h"
#include "term.h"

#define SAMPLES_MAX 1000000
#define SHOWN_DIGITS 12 /* of a digest */

/* ---- what is asked for ---- */

static bool parse_u64(struct rp_str text, uint64_t *out)
{
    uint64_t value = 0;
    for (size_t i = 0; i < text.len; i++) {
        uint64_t digit = (uint64_t)(unsigned char)text.ptr[i] - '0';
        if (digit > 9 || value > (UINT64_MAX - digit) / 10) {
            return false;
        }
        value = value * 10 + digit;
    }
    *out = value;
    return text.len > 0;
}

static bool parse_shuffle(struct rp__order_arg *out, struct rp_str text)
{
    struct rp_str count;
    uint64_t samples = 0;
    struct rp_str seed = rp_str_cut(text, ':', &count);
    if (!parse_u64(seed, &out->choice.seed) ||
        (count.ptr != NULL && (!parse_u64(count, &samples) || samples == 0 ||
                                  samples > SAMPLES_MAX))) {
        return false;
    }
    out->choice.kind = RP_ORDER_SHUFFLE;
    out->choice.samples = (uint32_t)samples;
    return true;
}

bool rp__order_parse(struct rp__order_arg *out, const char *text)
{
    struct rp_str rest;
    struct rp_str word = rp_str_cut(rp_str_of(text), ':', &rest);
    *out = (struct rp__order_arg){.recorded = false};
    if (text == NULL || rp_str_is(rp_str_of(text), "recorded")) {
        out->recorded = true;
        return true;
    }
    if (strcmp(text, "fastest") == 0 || strcmp(text, "reverse") == 0) {
        out->choice.kind = text[0] == 'f' ? RP_ORDER_FASTEST : RP_ORDER_REVERSE;
        return true;
    }
    if (rp_str_is(word, "shuffle") && rest.ptr != NULL &&
        parse_shuffle(out, rest)) {
        return true;
    }
    rp__say("replay",
        "--order '%s' is none of recorded, fastest, reverse, shuffle:SEED and "
        "shuffle:SEED:COUNT (1 to %d)",
        text, SAMPLES_MAX);
    return false;
}

/* ---- what was found ---- */

static void add_count(struct rp_buf *out, const struct rp_order_report *report)
{
    rp_buf_addf(out, "%" PRIu64 " of %s%" PRIu64 " order%s", report->tried,
        report->possible_more ? "more than " : "",
        report->possible_more ? report->possible - 1 : report->possible,
        report->possible == 1 ? "" : "s");
    if (report->runs > report->tried) {
        rp_buf_addf(out, ", shuffled %" PRIu64 " times", report->runs);
    }
}

static void add_line(struct rp_buf *out, const char *label, const char *text,
    const struct rp__style *style)
{
    if (text[0] != '\0') {
        rp_buf_addf(out, "  %-9s ", label);
        (void)rp__text_add(out, rp_str_of(text), 0, style);
        rp_buf_add_char(out, '\n');
    }
}

static void add_value(struct rp_buf *out, const char *label, const char *text,
    const struct rp__style *style)
{
    bool digest = strlen(text) == 2 * sizeof(struct rp_digest);
    struct rp_buf shown;
    rp_buf_init(&shown, 4096);
    rp_buf_addf(&shown, "%.*s", digest ? SHOWN_DIGITS : 4000, text);
    add_line(
        out, label, rp_buf_str(&shown).ptr == NULL ? "" : shown.ptr, style);
    rp_buf_fini(&shown);
}

static void add_difference(struct rp_buf *out,
    const struct rp_order_report *report, const struct rp__style *style)
{
    static const char *const titles[] = {
        [RP_ORDER_SAME] = "",
        [RP_ORDER_RESULT] = "the result depends on the order",
        [RP_ORDER_ACCEPTANCE] = "what is accepted depends on the order",
        [RP_ORDER_MISS] = "another order asks for what was not recorded",
    };
    rp__text_begin(out, RP__RED, style);
    rp_buf_add_text(out, titles[report->finding]);
    rp__text_end(out, style);
    rp_buf_add_char(out, '\n');
    add_line(out, "what", report->what, style);
    add_value(out, "recorded", report->recorded, style);
    add_value(out, "now", report->now, style);
    struct rp_buf swap;
    rp_buf_init(&swap, 8192);
    rp_buf_addf(&swap, "%s completes before %s", report->second, report->first);
    add_line(out, "as soon as", swap.ptr, style);
    rp_buf_fini(&swap);
}

static void tell(struct rp_buf *out, const struct rp_order_report *report,
    const struct rp_session_id *id, const struct rp__style *style)
{
    rp_buf_addf(out, "%s in ", rp__phrase_short_id(id));
    add_count(out, report);
    if (report->finding == RP_ORDER_SAME) {
        rp_buf_add_text(out, ": every input, aggregate and output is the "
                             "same\n");
    } else {
        rp_buf_add_text(out, ": ");
        add_difference(out, report, style);
    }
    if (report->cut_short != NULL) {
        add_line(out, "by time", report->cut_short, style);
        rp_buf_add_text(out, "            was ended because enough had come: "
                             "which ones count is decided by\n"
                             "            time, and what it would have said is "
                             "not known\n");
    }
}

static void add_json(struct rp_buf *out, const struct rp_order_report *report,
    const struct rp_session_id *id)
{
    cJSON *doc = cJSON_CreateObject();
    rp_json_set_text(doc, "schema", RP_STR("reprise.order/1"));
    rp_json_set_text(doc, "session", rp_str_of(id->text));
    rp_json_set_int(doc, "calls", report->calls);
    rp_json_set_int(doc, "tried", (int64_t)report->tried);
    rp_json_set_int(doc, "runs", (int64_t)report->runs);
    rp_json_set_int(doc, "possible", (int64_t)report->possible);
    rp_json_set(doc, "possible_more", cJSON_CreateBool(report->possible_more));
    rp_json_set_text(
        doc, "finding", rp_str_of(rp_order_finding_name(report->finding)));
    if (report->finding != RP_ORDER_SAME) {
        rp_json_set_text(doc, "what", rp_str_of(report->what));
        rp_json_set_text(doc, "recorded", rp_str_of(report->recorded));
        rp_json_set_text(doc, "now", rp_str_of(report->now));
        rp_json_set_text(doc, "first", rp_str_of(report->first));
        rp_json_set_text(doc, "second", rp_str_of(report->second));
        cJSON *order = cJSON_AddArrayToObject(doc, "order");
        for (uint32_t i = 0; i < report->order_count; i++) {
            cJSON_AddItemToArray(
                order, rp_json_new_string(rp_str_of(report->order[i])));
        }
    }
    if (report->cut_short != NULL) {
        rp_json_set_text(doc, "cut_short", rp_str_of(report->cut_short));
    }
    rp_json_write_text(out, doc);
    rp_buf_add_char(out, '\n');
    cJSON_Delete(doc);
}

int rp__order_explore(const struct rp__order_arg *order,
    const struct rp_rerun *base, const struct rp_session_id *id, bool json)
{
    struct rp_err err = RP_ERR_INIT;
    struct rp_order_report report;
    struct rp_buf out;
    struct rp__style style = rp__term_of(1).style;
    enum rp_code rc = rp_order_explore(&report, base, &order->choice, &err);
    if (rc != RP_OK) {
        rp__say("replay", "%s", err.text);
        return rc == RP_E_DAMAGED || rc == RP_E_STORE ? RP__EXIT_STORE
                                                      : RP__EXIT_FAILED;
    }
    rp_buf_init(&out, RP__OUT_BYTES_MAX);
    if (json) {
        add_json(&out, &report, id);
    } else {
        tell(&out, &report, id, &style);
    }
    bool written = rp__out_write("replay", rp_buf_str(&out));
    bool good = report.finding == RP_ORDER_SAME && report.cut_short == NULL;
    rp_buf_fini(&out);
    rp_order_report_fini(&report);
    return written && good ? RP__EXIT_OK : RP__EXIT_FAILED;
}
