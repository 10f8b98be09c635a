#include "redact_arg.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>

#include <reprise/mem.h>

#include "exit.h"
#include "file.h"
#include "say.h"
#include "term.h"
#include "text.h"

#define KEY_BYTES 32
#define KEY_BYTES_MIN 16
#define KEY_BYTES_MAX ((size_t)64 << 10)
#define KEY_MODE 0600u
#define COLUMNS_MAX 110

bool rp__redact_asked(const struct rp__args *args)
{
    return rp__opt_list(args, "redact", 0) != NULL;
}

/* ---- the key ---- */

static enum rp_code make_key(const char *path, struct rp_err *err)
{
    char bytes[KEY_BYTES];
    char hex[RP_DIGEST_HEX_LEN + 2];
    if (getrandom(bytes, sizeof(bytes), 0) != (ssize_t)sizeof(bytes)) {
        return rp_err_set(err, RP_E_IO, "cannot make '%s': no chance", path);
    }
    struct rp_digest digest =
        rp_digest_of((struct rp_str){bytes, sizeof(bytes)});
    rp_digest_hex(&digest, hex);
    hex[RP_DIGEST_HEX_LEN] = '\n';
    enum rp_code rc = rp__file_create(
        path, (struct rp_str){hex, RP_DIGEST_HEX_LEN + 1}, KEY_MODE, err);
    if (rc == RP_E_EXISTS) { /* another process was faster */
        rp_err_clear(err);
        rc = RP_OK;
    }
    return rc;
}

static enum rp_code read_key(
    struct rp_str *out, const char *path, bool make, struct rp_err *err)
{
    char *bytes = NULL;
    size_t len = 0;
    enum rp_code rc = rp__file_read(&bytes, &len, path, KEY_BYTES_MAX, err);
    if (rc == RP_E_NOT_FOUND && make) {
        rp_err_clear(err);
        rc = make_key(path, err);
        if (rc == RP_OK) {
            rc = rp__file_read(&bytes, &len, path, KEY_BYTES_MAX, err);
        }
    }
    if (rc == RP_OK && len < KEY_BYTES_MIN) {
        rp_mem_free(bytes);
        rc = rp_err_set(err, RP_E_INVALID,
            "the key '%s' is too short: it has %zu bytes, and needs %d", path,
            len, KEY_BYTES_MIN);
    }
    if (rc == RP_OK) {
        *out = (struct rp_str){bytes, len};
    }
    return rc;
}

static int find_key(struct rp_str *out, const struct rp__session_arg *arg,
    const struct rp__args *args)
{
    struct rp_err err = RP_ERR_INIT;
    const char *path = rp__opt_value(args, "redact-key");
    bool make = path == NULL;
    if (path == NULL && arg->bundles != NULL) {
        rp__say(arg->command, "--redact-key says whose tokens are meant: a "
                              "bundle has no key of its own");
        return RP__EXIT_USAGE;
    }
    if (path == NULL) {
        path = rp_arena_printf(arg->arena, "%s.key", arg->place.path);
    }
    if (read_key(out, path, make, &err) != RP_OK) {
        rp__say(arg->command, "%s", err.text);
        return make ? RP__EXIT_STORE : RP__EXIT_USAGE;
    }
    return RP__GO_ON;
}

/* ---- telling ---- */

static void tell_values(struct rp_buf *out, const struct rp_redacted *redacted)
{
    uint32_t short_count;
    uint32_t count = rp_redacted_values(redacted, &short_count);
    rp__text_count(out, count, "value");
    rp_buf_add_text(out, " taken out");
    if (short_count > 0) {
        rp_buf_addf(out,
            ", %" PRIu32 " of them only where %s all of a text or number: %s "
            "short",
            short_count, short_count == 1 ? "it is" : "they are",
            short_count == 1 ? "it is" : "they are");
    }
    rp_buf_add_char(out, '\n');
}

static void tell_undecided(
    struct rp_buf *out, const struct rp_redacted_session *session)
{
    struct rp__style style = rp__term_of(2).style;
    const struct rp_session_head *head = rp_recording_head(session->recording);
    rp_buf_addf(out,
        "%s: contracts that cannot be decided on what is left; its plan is "
        "without them:\n",
        head->id.text);
    for (uint32_t i = 0; i < session->undecided_count; i++) {
        rp_buf_add_text(out, "  ");
        (void)rp__text_add(
            out, rp_str_of(session->undecided[i]), COLUMNS_MAX, &style);
        rp_buf_add_char(out, '\n');
    }
}

static void tell(const struct rp_redacted *redacted)
{
    struct rp_buf out;
    uint32_t count;
    const struct rp_redacted_session *sessions =
        rp_redacted_sessions(redacted, &count);
    rp_buf_init(&out, (size_t)1 << 20);
    tell_values(&out, redacted);
    for (uint32_t i = 0; i < count; i++) {
        if (sessions[i].undecided_count > 0) {
            tell_undecided(&out, &sessions[i]);
        }
    }
    rp__say_text(rp_buf_str(&out));
    rp_buf_fini(&out);
}

/* ---- the whole ---- */

static int status_of(enum rp_code rc)
{
    bool store = rc == RP_E_STORE || rc == RP_E_DAMAGED || rc == RP_E_NEWER ||
                 rc == RP_E_NOT_FOUND;
    return store                ? RP__EXIT_STORE
           : rc == RP_E_INVALID ? RP__EXIT_USAGE
                                : RP__EXIT_FAILED;
}

int rp__redact(struct rp_redacted **out, const struct rp__session_arg *arg,
    const struct rp__args *args, struct rp_recording *const *recordings,
    uint32_t count)
{
    struct rp_err err = RP_ERR_INIT;
    const char *rules[RP__ARGS_MAX];
    struct rp_redaction redaction = {.rules = rules};
    const char *rule;
    while (
        (rule = rp__opt_list(args, "redact", redaction.rule_count)) != NULL) {
        rules[redaction.rule_count++] = rule;
    }
    int status = find_key(&redaction.key, arg, args);
    if (status != RP__GO_ON) {
        return status;
    }
    enum rp_code rc = rp_redact(out, recordings, count, &redaction, &err);
    rp_mem_free((char *)(uintptr_t)redaction.key.ptr);
    if (rc != RP_OK) {
        rp__say(arg->command, "nothing is written: %s", err.text);
        return status_of(rc);
    }
    tell(*out);
    return RP__GO_ON;
}
