/* Finds the module that speaks HTTP and hands requests to it. */
#include <reprise/http.h>

#include <dlfcn.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <reprise/mem.h>

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

/* ---- where the module is ---- */

/* The folder of the running program, without a slash; false: not known. */
static bool program_folder(char *out, size_t size)
{
    ssize_t len = readlink("/proc/self/exe", out, size - 1);
    if (len <= 0) {
        return false;
    }
    out[len] = '\0';
    char *slash = strrchr(out, '/');
    if (slash == NULL) {
        return false;
    }
    *slash = '\0';
    return true;
}

static void *load(const char *folder, const char *below)
{
    char path[PATH_MAX + 64];
    (void)snprintf(
        path, sizeof(path), "%s%s/" RP_HTTP_MODULE_FILE, folder, below);
    return access(path, R_OK) == 0 ? dlopen(path, RTLD_NOW | RTLD_LOCAL) : NULL;
}

/* Beside the program as it is built, then as it is installed. */
static void *load_any(void)
{
    char folder[PATH_MAX];
    void *library = NULL;
    if (program_folder(folder, sizeof(folder))) {
        library = load(folder, "");
        if (library == NULL) {
            library = load(folder, "/../" RP_MODULE_DIR_RELATIVE);
        }
    }
    return library != NULL ? library : load(RP_MODULE_DIR, "");
}

static enum rp_code find_module(
    const struct rp_http_module **out, struct rp_err *err)
{
    void *library = load_any(); /* stays loaded */
    const char *why = library == NULL ? dlerror() : NULL;
    if (library == NULL) {
        return rp_err_set(err, RP_E_NOT_FOUND,
            "cannot load " RP_HTTP_MODULE_FILE ", which speaks HTTP: %s",
            why == NULL ? "it is neither beside the program nor in "
                          "'" RP_MODULE_DIR "'"
                        : why);
    }
    const struct rp_http_module *module = dlsym(library, RP_HTTP_MODULE_SYMBOL);
    if (module == NULL || module->version != RP_HTTP_MODULE_VERSION) {
        return rp_err_set(err, RP_E_NOT_FOUND,
            RP_HTTP_MODULE_FILE " is of another version than this program");
    }
    *out = module;
    return RP_OK;
}

/* ---- the client ---- */

enum rp_code rp_http_open(struct rp_http **out, struct rp_err *err)
{
    const struct rp_http_module *module = NULL;
    enum rp_code rc = find_module(&module, err);
    if (rc != RP_OK || module == NULL) {
        return rc;
    }
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

enum rp_code rp_http_post(struct rp_http *http,
    const struct rp_http_request *request, struct rp_http_response *response,
    struct rp_err *err)
{
    response->status = 0;
    rp_buf_reset(&response->fields);
    rp_buf_reset(&response->body);
    return http->module->post(http->client, request, response, err);
}
