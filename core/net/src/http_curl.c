/* The module that speaks HTTP, by libcurl. One request at a time: its
 * connection stays open for the next to the same place. */
#include <reprise/http.h>

#include <curl/curl.h>
#include <stdint.h>
#include <string.h>

#include <reprise/mem.h>

#define CONNECT_MS_MAX 10000
#define POLL_MS 1000 /* the library is asked again at least so often */
/* What the library hands to the kernel at once: the most that it allows, as
 * each part costs four calls. Only what is used of it takes memory. */
#define UPLOAD_BYTES (2L << 20)

struct client {
    CURLM *multi; /* goes on with the one below, bit by bit */
    CURL *curl;
    struct curl_slist *headers; /* owned, of the request that is under way */
    char problem[CURL_ERROR_SIZE];
    const struct rp_http_request *request;
    struct rp_http_response *response;
    bool too_large;
    bool sent; /* all of the request */
    /* Owned, as they are set in the handle. */
    char *ca_file, *client_certificate, *client_key;
};

static void set_transfer(struct client *client);

static void *client_open(void)
{
    if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK) {
        return NULL;
    }
    struct client *client = rp_mem_zalloc(sizeof(*client));
    client->multi = curl_multi_init();
    client->curl = curl_easy_init();
    if (client->multi == NULL || client->curl == NULL) {
        curl_easy_cleanup(client->curl); /* both take NULL */
        (void)curl_multi_cleanup(client->multi);
        rp_mem_free(client);
        return NULL;
    }
    set_transfer(client);
    return client;
}

static void client_close(void *context)
{
    struct client *client = context;
    (void)curl_multi_remove_handle(client->multi, client->curl);
    curl_easy_cleanup(client->curl);
    (void)curl_multi_cleanup(client->multi); /* has none any more */
    curl_slist_free_all(client->headers);
    curl_global_cleanup();
    rp_mem_free(client->ca_file);
    rp_mem_free(client->client_certificate);
    rp_mem_free(client->client_key);
    rp_mem_free(client);
}

/* ---- what comes ---- */

static size_t take_body(
    const char *bytes, size_t size, size_t count, void *context)
{
    struct client *client = context;
    struct rp_buf *body = &client->response->body;
    size_t len = size * count;
    if (len > client->request->response_max_bytes - body->len) {
        client->too_large = true;
        return 0; /* ends the transfer */
    }
    rp_buf_add(body, (struct rp_str){bytes, len});
    return len;
}

static char lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

/* A status line begins the fields of an answer: those of an interim one are
 * forgotten. Trailers come as lines, too. */
static size_t take_field(
    const char *bytes, size_t size, size_t count, void *context)
{
    struct client *client = context;
    struct rp_buf *fields = &client->response->fields;
    struct rp_str line = rp_str_trim((struct rp_str){bytes, size * count});
    struct rp_str value;
    if (rp_str_starts(line, RP_STR("HTTP/"))) {
        rp_buf_reset(fields);
        return size * count;
    }
    struct rp_str name = rp_str_cut(line, ':', &value);
    if (name.len == 0 || value.ptr == NULL) {
        return size * count;
    }
    for (size_t i = 0; i < name.len; i++) {
        rp_buf_add_char(fields, lower(name.ptr[i]));
    }
    rp_buf_add_text(fields, ": ");
    rp_buf_add(fields, rp_str_trim(value));
    rp_buf_add_char(fields, '\n');
    return size * count;
}

static int go_on(void *context, curl_off_t down_total, curl_off_t down,
    curl_off_t up_total, curl_off_t up)
{
    struct client *client = context;
    const struct rp_http_request *request = client->request;
    (void)down_total;
    (void)down;
    client->sent = up > 0 && up == up_total;
    return request->stopped != NULL && request->stopped(request->context);
}

/* ---- what goes ---- */

/* The library's option macro is no function: each call is a statement. */
static void set_transfer(struct client *client)
{
    CURL *curl = client->curl;
    (void)curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, client->problem);
    (void)curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, take_body);
    (void)curl_easy_setopt(curl, CURLOPT_WRITEDATA, client);
    (void)curl_easy_setopt(curl, CURLOPT_HEADERFUNCTION, take_field);
    (void)curl_easy_setopt(curl, CURLOPT_HEADERDATA, client);
    (void)curl_easy_setopt(curl, CURLOPT_XFERINFOFUNCTION, go_on);
    (void)curl_easy_setopt(curl, CURLOPT_XFERINFODATA, client);
    (void)curl_easy_setopt(curl, CURLOPT_NOPROGRESS, 0L);
    (void)curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
    (void)curl_easy_setopt(curl, CURLOPT_QUICK_EXIT, 1L);
    (void)curl_easy_setopt(curl, CURLOPT_TCP_NODELAY, 1L);
    (void)curl_easy_setopt(curl, CURLOPT_UPLOAD_BUFFERSIZE, UPLOAD_BYTES);
    (void)curl_easy_setopt(curl, CURLOPT_POST, 1L);
    (void)curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http,https");
}

static long milliseconds(struct rp_duration d)
{
    int64_t ms = d.ns / RP_NS_PER_MS;
    return d.ns == RP_DURATION_FOREVER.ns ? 0L
           : ms < 1                       ? 1L
           : ms > INT32_MAX               ? (long)INT32_MAX
                                          : (long)ms;
}

/* No "Expect: 100-continue": who waits for it may wait for long. */
static void set_headers(struct client *client)
{
    const char *const *headers = client->request->headers;
    client->headers = curl_slist_append(NULL, "Expect:");
    for (size_t i = 0; headers[i] != NULL; i++) {
        client->headers = curl_slist_append(client->headers, headers[i]);
    }
    (void)curl_easy_setopt(client->curl, CURLOPT_HTTPHEADER, client->headers);
}

static void set_request(struct client *client)
{
    CURL *curl = client->curl;
    const struct rp_http_request *request = client->request;
    (void)curl_easy_setopt(curl, CURLOPT_URL, request->url);
    (void)curl_easy_setopt(curl, CURLOPT_POSTFIELDS, request->body.ptr);
    (void)curl_easy_setopt(
        curl, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)request->body.len);
    (void)curl_easy_setopt(
        curl, CURLOPT_TIMEOUT_MS, milliseconds(request->timeout));
    (void)curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT_MS, CONNECT_MS_MAX);
    (void)curl_easy_setopt(curl, CURLOPT_HTTP_VERSION,
        request->http2 ? (long)CURL_HTTP_VERSION_2_PRIOR_KNOWLEDGE
                       : (long)CURL_HTTP_VERSION_1_1);
    /* libcurl 7.88 begins HTTP/2 anew on a connection that speaks it already,
     * and fails: every second request was lost. */
    (void)curl_easy_setopt(
        curl, CURLOPT_FORBID_REUSE, request->http2 ? 1L : 0L);
}

static bool same(const char *a, const char *b)
{
    return a == NULL || b == NULL ? a == b : strcmp(a, b) == 0;
}

static void set_file(
    struct client *client, CURLoption option, char **kept, const char *path)
{
    rp_mem_free(*kept);
    *kept = path == NULL ? NULL : rp_mem_dup(rp_str_of(path));
    if (path != NULL) {
        (void)curl_easy_setopt(client->curl, option, path);
    }
}

/* None of these can be taken back: for others the handle is made new, which
 * keeps its connections. */
static void set_tls(struct client *client)
{
    const struct rp_http_request *request = client->request;
    if (same(client->ca_file, request->ca_file) &&
        same(client->client_certificate, request->client_certificate) &&
        same(client->client_key, request->client_key)) {
        return;
    }
    curl_easy_reset(client->curl);
    set_transfer(client);
    set_file(client, CURLOPT_CAINFO, &client->ca_file, request->ca_file);
    set_file(client, CURLOPT_SSLCERT, &client->client_certificate,
        request->client_certificate);
    set_file(client, CURLOPT_SSLKEY, &client->client_key, request->client_key);
}

/* ---- how it ended ---- */

static enum rp_code code_of(const struct client *client, CURLcode result)
{
    if (client->too_large) {
        return RP_E_LIMIT;
    }
    switch ((int)result) {
    case CURLE_OK:
        return RP_OK;
    case CURLE_ABORTED_BY_CALLBACK:
        return RP_E_CANCELLED;
    case CURLE_OPERATION_TIMEDOUT:
        return RP_E_TIMEOUT;
    case CURLE_URL_MALFORMAT:
    case CURLE_UNSUPPORTED_PROTOCOL:
    case CURLE_SSL_CERTPROBLEM:
    case CURLE_SSL_CACERT_BADFILE:
        return RP_E_INVALID;
    default:
        return RP_E_IO;
    }
}

static enum rp_code ended(
    const struct client *client, CURLcode result, struct rp_err *err)
{
    enum rp_code rc = code_of(client, result);
    if (rc == RP_OK) {
        return RP_OK;
    }
    if (client->too_large) {
        return rp_err_set(err, rc, "the answer has more than %zu bytes",
            client->request->response_max_bytes);
    }
    return rp_err_set(err, rc, "%s",
        client->problem[0] != '\0' ? client->problem
                                   : curl_easy_strerror(result));
}

/* ---- a request ---- */

/* Until all of it was sent, or it has ended. */
static void go(struct client *client, bool until_sent)
{
    int running = 1;
    while (curl_multi_perform(client->multi, &running) == CURLM_OK &&
           running > 0 && !(until_sent && client->sent)) {
        (void)curl_multi_poll(client->multi, NULL, 0, POLL_MS, NULL);
    }
}

static void client_begin(void *context, const struct rp_http_request *request,
    struct rp_http_response *response)
{
    struct client *client = context;
    client->request = request;
    client->response = response;
    client->too_large = false;
    client->sent = false;
    client->problem[0] = '\0';
    set_tls(client);
    set_headers(client);
    set_request(client);
    (void)curl_multi_add_handle(client->multi, client->curl); /* has none */
    go(client, true);
}

static enum rp_code client_end(void *context, struct rp_err *err)
{
    struct client *client = context;
    CURLcode result = CURLE_FAILED_INIT;
    const CURLMsg *message;
    long status = 0;
    int left;
    go(client, false);
    while ((message = curl_multi_info_read(client->multi, &left)) != NULL) {
        result = message->data.result; /* it is the only one */
    }
    (void)curl_easy_getinfo(client->curl, CURLINFO_RESPONSE_CODE, &status);
    (void)curl_multi_remove_handle(client->multi, client->curl);
    curl_slist_free_all(client->headers);
    client->headers = NULL;
    client->response->status = (int)status;
    return ended(client, result, err);
}

extern const struct rp_http_module rp_http_module;
const struct rp_http_module rp_http_module = {
    .version = RP_HTTP_MODULE_VERSION,
    .open = client_open,
    .close = client_close,
    .begin = client_begin,
    .end = client_end,
};
