/* Finds the module that serves HTTP and hands calls to it. */
#include <reprise/http_server.h>

#include <reprise/mem.h>

#include "module.h"

struct rp_http_server {
    const struct rp_http_server_module *module;
    void *server;
};

enum rp_code rp_http_server_open(struct rp_http_server **out,
    const char *address, uint16_t port, struct rp_err *err)
{
    const void *found = NULL;
    void *server = NULL;
    enum rp_code rc = rp__module_load(&found, RP_HTTP_SERVER_MODULE_FILE,
        RP_HTTP_SERVER_MODULE_SYMBOL, RP_HTTP_SERVER_MODULE_VERSION,
        "serves HTTP", err);
    if (rc != RP_OK) {
        return rc;
    }
    const struct rp_http_server_module *module = found;
    rc = module->open(&server, address, port, err);
    if (rc == RP_OK) {
        *out = rp_mem_zalloc(sizeof(**out));
        **out = (struct rp_http_server){module, server};
    }
    return rc;
}

void rp_http_server_close(struct rp_http_server **server)
{
    if (*server != NULL) {
        (*server)->module->close((*server)->server);
        rp_mem_free(*server);
        *server = NULL;
    }
}

uint16_t rp_http_server_port(const struct rp_http_server *server)
{
    return server->module->port(server->server);
}

enum rp_code rp_http_server_wait(struct rp_http_server *server, int stop_fd,
    bool *found, struct rp_http_asked *out, struct rp_err *err)
{
    return server->module->wait(server->server, stop_fd, found, out, err);
}

void rp_http_server_reply(struct rp_http_server *server,
    const struct rp_http_asked *asked, const struct rp_http_reply *reply)
{
    server->module->reply(server->server, asked, reply);
}
