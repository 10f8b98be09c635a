/* http.h - HTTP requests, one after the other. Floor: io. Single-threaded.
 *
 * The library that speaks HTTP is in a module of its own, which is loaded when
 * a client is opened: programs that need none start without it.
 */
#ifndef RP_HTTP_H
#define RP_HTTP_H

#include <reprise/buf.h>
#include <reprise/err.h>
#include <reprise/time.h>

struct rp_http_request {
    const char *url;
    const char *const *headers; /* "name: value", ends with NULL */
    struct rp_str body;         /* of a POST */
    struct rp_duration timeout; /* of the whole; FOREVER: none */
    bool http2;                 /* that only, on cleartext without asking */
    const char *ca_file;        /* PEM; NULL: the system's */
    const char *client_certificate, *client_key; /* PEM; NULL: none */
    size_t response_max_bytes;                   /* of the body */
    /* Asked often; true ends the request. NULL: never. */
    bool (*stopped)(void *context);
    void *context;
};

struct rp_http_response {
    int status;
    struct rp_buf fields; /* "name: value\n", names in lower case, trailers
                             after headers */
    struct rp_buf body;
};
void rp_http_response_init(struct rp_http_response *response);
void rp_http_response_fini(struct rp_http_response *response);

/* The value of the last field of that name (lower case), trimmed; false when
 * there is none. */
bool rp_http_field(const struct rp_http_response *response, const char *name,
    struct rp_str *value);

struct rp_http; /* a client, and the connections it keeps */

/* RP_E_NOT_FOUND: the module is not installed, or not of this version. */
RP_NODISCARD enum rp_code rp_http_open(
    struct rp_http **out, struct rp_err *err);
void rp_http_close(struct rp_http **http);

/* Sends a request, and returns as soon as all of it went out or it failed,
 * while the answer is waited for elsewhere. `request` and `response`, which is
 * emptied first, are borrowed until rp_http_end(), which comes next: there is
 * one request at a time. */
void rp_http_begin(struct rp_http *http, const struct rp_http_request *request,
    struct rp_http_response *response);
/* Blocks until the answer is there. RP_OK: it came whole, whatever its status.
 * RP_E_IO: none came, or it broke off; RP_E_TIMEOUT; RP_E_LIMIT: its body is
 * too large; RP_E_INVALID: no such URL, certificate or key; RP_E_CANCELLED:
 * stopped. */
RP_NODISCARD enum rp_code rp_http_end(struct rp_http *http, struct rp_err *err);
/* Both. */
RP_NODISCARD enum rp_code rp_http_post(struct rp_http *http,
    const struct rp_http_request *request, struct rp_http_response *response,
    struct rp_err *err);

/* ---- for the module ---- */

#define RP_HTTP_MODULE_FILE "reprise-net.so"
#define RP_HTTP_MODULE_SYMBOL "rp_http_module"
#define RP_HTTP_MODULE_VERSION 2

struct rp_http_module {
    int version;
    void *(*open)(void); /* NULL: it could not be made ready */
    void (*close)(void *client);
    void (*begin)(void *client, const struct rp_http_request *request,
        struct rp_http_response *response);
    enum rp_code (*end)(void *client, struct rp_err *err);
};

#endif
