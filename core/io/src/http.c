/* Finds the module that speaks HTTP and hands requests to it. */
#include <reprise/http.h>

#include <reprise/mem.h>

#include "module.h"

#define BODY_BYTES_MAX ((size_t)1 << 30) /* each request has its own */
#define FIELDS_BYTES_MAX ((size_t)256 << 10)

struct rp_http {
    const struct rp_http_module *module;
    void *client;
};

void rp_http_response_init(struct rp_http_response *response)
{
    *response = (struct rp_http_response){.status = 0};
    rp_buf_init(&response->fields, FIELDS_BYTES_MAX);
    rp_buf_init(&response->body, BODY_BYTES_MAX);
}

void rp_http_response_fini(struct rp_http_response *response)
{
    rp_buf_fini(&response->fields);
    rp_buf_fini(&response->body);
}

bool rp_http_field(const struct rp_http_response *response, const char *name,
    struct rp_str *value)
{
    struct rp_str rest = rp_buf_str(&response->fields);
    bool found = false;
    while (rest.len > 0) {
        struct rp_str text;
        struct rp_str line = rp_str_cut(rest, '\n', &rest);
        struct rp_str key = rp_str_cut(line, ':', &text);
        if (rp_str_is(key, name)) {
            *value = rp_str_trim(text);
            found = true;
        }
    }
    return found;
}

/* ---- the client ---- */

enum rp_code rp_http_open(struct rp_http **out, struct rp_err *err)
{
    const void *found = NULL;
    enum rp_code rc = rp__module_load(&found, RP_HTTP_MODULE_FILE,
        RP_HTTP_MODULE_SYMBOL, RP_HTTP_MODULE_VERSION, "speaks HTTP", err);
    if (rc != RP_OK) {
        return rc;
    }
    const struct rp_http_module *module = found;
    void *client = module->open();
    if (client == NULL) {
        return rp_err_set(err, RP_E_IO, "cannot start the HTTP client");
    }
    *out = rp_mem_zalloc(sizeof(**out));
    **out = (struct rp_http){module, client};
    return RP_OK;
}

void rp_http_close(struct rp_http **http)
{
    if (*http != NULL) {
        (*http)->module->close((*http)->client);
        rp_mem_free(*http);
        *http = NULL;
    }
}

void rp_http_begin(struct rp_http *http, const struct rp_http_request *request,
    struct rp_http_response *response)
{
    response->status = 0;
    rp_buf_reset(&response->fields);
    rp_buf_reset(&response->body);
    http->module->begin(http->client, request, response);
}

enum rp_code rp_http_end(struct rp_http *http, struct rp_err *err)
{
    return http->module->end(http->client, err);
}

enum rp_code rp_http_post(struct rp_http *http,
    const struct rp_http_request *request, struct rp_http_response *response,
    struct rp_err *err)
{
    rp_http_begin(http, request, response);
    return rp_http_end(http, err);
}
