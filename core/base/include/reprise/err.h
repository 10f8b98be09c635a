/* err.h - errors as a code plus a message; assertions.
 *
 * A function that can fail returns `enum rp_code` and takes `struct rp_err *`
 * last, which may be NULL. On failure out parameters are untouched. A message
 * says what was attempted, on which thing and what was found, without a
 * trailing period, user text in single quotes. Floor: base. Thread-safe.
 */
#ifndef RP_ERR_H
#define RP_ERR_H

#include <stdarg.h>
#include <stdbool.h>

#include <reprise/attr.h>

enum rp_code {
    RP_OK = 0,
    RP_E_INVALID,   /* input is wrong: syntax, type, value */
    RP_E_LIMIT,     /* a named limit was passed */
    RP_E_NOT_FOUND, /* the thing named does not exist */
    RP_E_EXISTS,    /* the thing to be made exists already */
    RP_E_BUSY,      /* held by another process; trying again may help */
    RP_E_TIMEOUT,   /* the time given has passed */
    RP_E_IO,        /* the operating system refused; text has errno's */
    RP_E_STORE,     /* the store could not be read or written */
    RP_E_DAMAGED,   /* stored bytes do not match their digest or form */
    RP_E_NEWER,     /* a stored format is newer than this program */
    RP_E_DIVERGED,  /* a recorded session decides differently now */
    RP_E_STATE,     /* not allowed in this state */
    RP_E_CANCELLED, /* ended on request */
};

#define RP_ERR_TEXT_MAX 512

struct rp_err {
    enum rp_code code;
    char text[RP_ERR_TEXT_MAX]; /* UTF-8, cut at a character when too long */
};

#define RP_ERR_INIT                                                            \
    {                                                                          \
        RP_OK, ""                                                              \
    }

/* Sets code and text, unless `err` already holds an error (the first wins).
 * Returns `code`, so that `return rp_err_set(err, ...)` reads well. */
enum rp_code rp_err_set(struct rp_err *err, enum rp_code code,
    const char *format, ...) RP_PRINTF(3, 4);

/* Puts "context: " in front of the text; nothing if `err` is NULL or OK. */
void rp_err_prefix(struct rp_err *err, const char *format, ...) RP_PRINTF(2, 3);

/* Empties `err` so that it can be used again. NULL is allowed. */
void rp_err_clear(struct rp_err *err);

/* The code as a stable lower-case word, "invalid", "limit", ... */
const char *rp_code_name(enum rp_code code);

/* Prints the failed condition and aborts. For programming errors only: what
 * came from a file, a worker or a user is an error, never an assertion. */
RP_NORETURN void rp_assert_failed(
    const char *condition, const char *file, int line);

#define RP_ASSERT(condition)                                                   \
    ((condition) ? (void)0 : rp_assert_failed(#condition, __FILE__, __LINE__))

#endif
