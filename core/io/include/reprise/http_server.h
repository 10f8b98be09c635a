/* http_server.h - answers HTTP requests, one after the other. Floor: io.
 * Single-threaded: whoever serves waits for a request, and replies to it; those
 * that come meanwhile wait.
 *
 * The library that speaks HTTP is in a module of its own, which is loaded when
 * a server is opened. No TLS: for others than this machine it needs a proxy.
 */
#ifndef RP_HTTP_SERVER_H
#define RP_HTTP_SERVER_H

#include <stdint.h>

#include <reprise/buf.h>
#include <reprise/err.h>

struct rp_http_server;

/* `address` is numeric, IPv4 or IPv6; `port` 0: any that is free. Owned.
 * RP_E_NOT_FOUND: the module is not installed; RP_E_INVALID: no such address;
 * RP_E_IO: it cannot be listened there. */
RP_NODISCARD enum rp_code rp_http_server_open(struct rp_http_server **out,
    const char *address, uint16_t port, struct rp_err *err);
void rp_http_server_close(struct rp_http_server **server);
uint16_t rp_http_server_port(const struct rp_http_server *server);

/* Texts are valid until the reply, which is due for each. */
struct rp_http_asked {
    struct rp_str method; /* "GET" */
    struct rp_str path;   /* "/metrics", without a query */
    struct rp_str accept; /* its headers; empty: none */
    void *handle;
};

/* Blocks until a request came, or `stop_fd` can be read (-1: there is none):
 * then `*found` is false. RP_E_IO. */
RP_NODISCARD enum rp_code rp_http_server_wait(struct rp_http_server *server,
    int stop_fd, bool *found, struct rp_http_asked *out, struct rp_err *err);

struct rp_http_reply {
    int status;
    const char *type;  /* of the body */
    const char *allow; /* methods, of a 405; NULL: none */
    struct rp_str body;
};
/* The body is copied. Of a HEAD it is not sent. */
void rp_http_server_reply(struct rp_http_server *server,
    const struct rp_http_asked *asked, const struct rp_http_reply *reply);

/* ---- for the module ---- */

#define RP_HTTP_SERVER_MODULE_FILE "reprise-serve.so"
#define RP_HTTP_SERVER_MODULE_SYMBOL "rp_http_server_module"
#define RP_HTTP_SERVER_MODULE_VERSION 1

struct rp_http_server_module {
    int version;
    enum rp_code (*open)(
        void **out, const char *address, uint16_t port, struct rp_err *err);
    void (*close)(void *server);
    uint16_t (*port)(const void *server);
    enum rp_code (*wait)(void *server, int stop_fd, bool *found,
        struct rp_http_asked *out, struct rp_err *err);
    void (*reply)(void *server, const struct rp_http_asked *asked,
        const struct rp_http_reply *reply);
};

#endif
