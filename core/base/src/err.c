#include <reprise/err.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <reprise/str.h>

/* Both cuts and foreign bytes may have left something that is not UTF-8. */
static void repair_text(char *text, bool was_cut)
{
    size_t len = strlen(text);
    size_t done = 0;
    size_t bad = 0;
    while (!rp_utf8_valid((struct rp_str){text + done, len - done}, &bad)) {
        done += bad;
        if (was_cut && len - done < 4 && ((unsigned char)text[done] >= 0xC2)) {
            text[done] = '\0'; /* the head of a character cut in two */
            return;
        }
        text[done] = '?';
    }
}

RP_PRINTF(2, 0)
static void format_text(
    char out[RP_ERR_TEXT_MAX], const char *format, va_list args)
{
    int wanted = vsnprintf(out, RP_ERR_TEXT_MAX, format, args);
    if (wanted < 0) {
        out[0] = '\0';
        return;
    }
    repair_text(out, wanted >= RP_ERR_TEXT_MAX);
}

enum rp_code rp_err_set(
    struct rp_err *err, enum rp_code code, const char *format, ...)
{
    if (err == NULL || err->code != RP_OK) {
        return code;
    }
    err->code = code;
    va_list args;
    va_start(args, format);
    format_text(err->text, format, args);
    va_end(args);
    return code;
}

void rp_err_prefix(struct rp_err *err, const char *format, ...)
{
    if (err == NULL || err->code == RP_OK) {
        return;
    }
    char context[RP_ERR_TEXT_MAX];
    char old[RP_ERR_TEXT_MAX];
    va_list args;
    va_start(args, format);
    format_text(context, format, args);
    va_end(args);
    memcpy(old, err->text, sizeof(old));
    int wanted = snprintf(err->text, sizeof(err->text), "%s: %s", context, old);
    repair_text(err->text, wanted >= RP_ERR_TEXT_MAX);
}

void rp_err_clear(struct rp_err *err)
{
    if (err != NULL) {
        err->code = RP_OK;
        err->text[0] = '\0';
    }
}

const char *rp_code_name(enum rp_code code)
{
    static const char *const names[] = {
        [RP_OK] = "ok",
        [RP_E_INVALID] = "invalid",
        [RP_E_LIMIT] = "limit",
        [RP_E_NOT_FOUND] = "not_found",
        [RP_E_EXISTS] = "exists",
        [RP_E_BUSY] = "busy",
        [RP_E_TIMEOUT] = "timeout",
        [RP_E_IO] = "io",
        [RP_E_STORE] = "store",
        [RP_E_DAMAGED] = "damaged",
        [RP_E_NEWER] = "newer",
        [RP_E_DIVERGED] = "diverged",
        [RP_E_STATE] = "state",
        [RP_E_CANCELLED] = "cancelled",
    };
    size_t index = (size_t)code;
    return index < RP_COUNT_OF(names) ? names[index] : "unknown";
}

void rp_assert_failed(const char *condition, const char *file, int line)
{
    (void)fprintf(stderr, "reprise: %s:%d: assertion failed: %s\n", file, line,
        condition);
    abort();
}
