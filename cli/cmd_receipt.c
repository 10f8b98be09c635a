/* receipt - say what a recording is, and check that it still is. */
#include <string.h>

#include <reprise/json.h>
#include <reprise/mem.h>
#include <reprise/verify.h>

#include "command.h"
#include "file.h"
#include "out.h"
#include "phrase.h"
#include "receipt.h"
#include "say.h"
#include "session_arg.h"

#define RECEIPTS_BYTES_MAX ((size_t)64 << 20)

/* Of a session that is whole and verifies; NULL: `*status` says why, and the
 * person was told. */
static cJSON *receipt_of(struct rp__session_arg *arg, int *status)
{
    struct rp_err err = RP_ERR_INIT;
    struct rp_verification result = {.arena = NULL};
    struct rp_recording *recording = NULL;
    cJSON *receipt = NULL;
    if (rp_verify_session(&result, arg->reader, &arg->row, NULL, &err) !=
            RP_OK ||
        (result.first.kind == RP_DIVERGENCE_NONE &&
            rp_recording_load(&recording, arg->reader, &arg->row, NULL, &err) !=
                RP_OK)) {
        *status = rp__session_failed(arg, &err);
    } else if (recording == NULL) {
        rp__say("receipt", "%s does not verify at record %llu: %s",
            rp__phrase_short_id(&arg->row.head.id),
            (unsigned long long)result.first.seq, result.first.what);
        *status = RP__EXIT_FAILED;
    } else {
        receipt = rp__receipt_new(recording);
    }
    rp_recording_free(&recording);
    rp_verification_fini(&result);
    return receipt;
}

/* ---- printing ---- */

static int print_one(struct rp__session_arg *arg, const char *name)
{
    struct rp_buf out;
    int status = rp__session_name(arg, name);
    cJSON *receipt = status == RP__GO_ON ? receipt_of(arg, &status) : NULL;
    if (receipt == NULL) {
        return status;
    }
    rp_buf_init(&out, RP__OUT_BYTES_MAX);
    rp_json_write_text(&out, receipt);
    rp_buf_add_char(&out, '\n');
    status = rp__out_write("receipt", rp_buf_str(&out)) ? RP__EXIT_OK
                                                        : RP__EXIT_FAILED;
    rp_buf_fini(&out);
    cJSON_Delete(receipt);
    return status;
}

static int print_all(struct rp__session_arg *arg, const struct rp__args *args)
{
    int status =
        print_one(arg, args->count == 0 ? RP__SESSION_LATEST : args->items[0]);
    for (uint32_t i = 1; i < args->count && status == RP__EXIT_OK; i++) {
        status = print_one(arg, args->items[i]);
    }
    return status;
}

/* ---- checking ---- */

static int no_receipt(uint32_t line, const char *why)
{
    rp__say("receipt", "line %u is no receipt: %s", (unsigned)line, why);
    return RP__EXIT_USAGE;
}

static int check_one(
    struct rp__session_arg *arg, const cJSON *given, uint32_t line)
{
    const cJSON *id = rp_json_get(given, "session");
    int status = RP__GO_ON;
    if (!cJSON_IsString(id)) {
        return no_receipt(line, "it names no session");
    }
    status = rp__session_name(arg, id->valuestring);
    cJSON *receipt = status == RP__GO_ON ? receipt_of(arg, &status) : NULL;
    if (receipt == NULL) {
        return status;
    }
    const char *difference = rp__receipt_difference(receipt, given);
    if (difference == NULL) {
        difference = rp__receipt_difference(given, receipt);
    }
    const char *name = rp__phrase_short_id(&arg->row.head.id);
    if (difference != NULL) {
        rp__say("receipt", "%s is not what its receipt says: '%s' differs",
            name, difference);
    } else {
        rp__say("receipt", "%s is what its receipt says", name);
    }
    cJSON_Delete(receipt);
    return difference == NULL ? RP__EXIT_OK : RP__EXIT_FAILED;
}

static int check_line(
    struct rp__session_arg *arg, struct rp_str text, uint32_t line)
{
    struct rp_json_doc *doc = NULL;
    struct rp_json_error error;
    if (rp_json_read(&doc, text, NULL, &error) != RP_OK) {
        return no_receipt(line, error.message);
    }
    int status = check_one(arg, rp_json_root(doc), line);
    rp_json_free(&doc);
    return status;
}

static int check_all(struct rp__session_arg *arg, const char *path)
{
    struct rp_err err = RP_ERR_INIT;
    char *bytes = NULL;
    size_t len = 0;
    int worst = RP__EXIT_OK;
    uint32_t count = 0;
    uint32_t number = 0;
    if (rp__file_read(&bytes, &len, path, RECEIPTS_BYTES_MAX, &err) != RP_OK) {
        rp__say("receipt", "%s", err.text);
        return RP__EXIT_USAGE;
    }
    struct rp_str rest = {bytes, len};
    while (rest.len > 0) {
        struct rp_str line = rp_str_trim(rp_str_cut(rest, '\n', &rest));
        number++;
        if (line.len == 0) {
            continue;
        }
        int status = check_line(arg, line, number);
        count++;
        worst = status > worst ? status : worst;
    }
    rp_mem_free(bytes);
    if (count == 0) {
        rp__say("receipt", "'%s' has no receipt in it", path);
        return RP__EXIT_USAGE;
    }
    return worst;
}

static int run(const struct rp__args *args)
{
    struct rp__session_arg arg = {.command = "receipt"};
    const char *check = rp__opt_value(args, "check");
    if (check != NULL && args->count > 0 && !rp_bundle_is(args->items[0])) {
        rp__say("receipt", "--check takes its sessions from the receipts");
        return RP__EXIT_USAGE;
    }
    int status = rp__session_open(&arg, args);
    if (status == RP__GO_ON) {
        status = check == NULL ? print_all(&arg, args) : check_all(&arg, check);
    }
    rp__session_fini(&arg);
    return status;
}

static const struct rp__opt opts[] = {
    {"check", "FILE", "are sessions still what these receipts say?", false, 0},
    RP__OPT_STORE,
    RP__OPT_END,
};

const struct rp__command rp__cmd_receipt = {
    .name = "receipt",
    .summary = "say what a recording is, and check that it still is",
    .arguments = "[SESSION]...",
    .description =
        "Verifies a session and prints, as one JSON document a line, the "
        "digests of its\nplan, input, records and payloads, the programs, and "
        "what a replay gives back\nfrom the recording and what it does not. "
        "Whoever keeps that line can check with\n--check that nothing of the "
        "session was altered since: the chain covers every\n"
        "record.\n" RP__HELP_SESSION,
    .footer = "Exit status: 0; 1 it does not verify, or is not what the "
              "receipt says; 2 no such\nsession, or no receipt; 4 the store "
              "cannot be read.\n\n"
              "Examples:\n"
              "  reprise receipt > receipt.json\n"
              "  reprise receipt --check receipt.json",
    .opts = opts,
    .arguments_min = 0,
    .arguments_max = RP__ARGS_MAX,
    .run = run,
};
