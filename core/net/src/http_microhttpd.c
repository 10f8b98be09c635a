/* The module that serves HTTP, by libmicrohttpd. It runs when it is waited for,
 * in the thread of the caller. A connection whose request came is suspended
 * until there is a reply. */
#include <reprise/http_server.h>

#include <arpa/inet.h>
#include <errno.h>
#include <microhttpd.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdint.h>
#include <string.h>

#include <reprise/mem.h>

#define CONNECTIONS_MAX 64
#define CONNECTION_BYTES_MAX ((size_t)32 << 10)
#define CONNECTION_IDLE_S 60
#define POLL_MS_MAX 60000

struct request {
    struct MHD_Connection *connection;
    char *method, *path, *accept; /* owned */
    bool came;                    /* whole, and is suspended or replied to */
    struct request *next;         /* of those that wait for the caller */
};

struct server {
    struct MHD_Daemon *daemon;
    int epoll_fd;
    uint16_t port;
    struct request *first, *last;
};

/* ---- requests ---- */

static char *copy_of(const char *text)
{
    return rp_mem_dup(rp_str_of(text));
}

static void enqueue(struct server *server, struct request *request)
{
    if (server->first == NULL) {
        server->first = request;
    } else {
        server->last->next = request;
    }
    server->last = request;
}

static struct request *dequeue(struct server *server)
{
    struct request *request = server->first;
    if (request != NULL) {
        server->first = request->next;
        request->next = NULL;
    }
    return request;
}

/* Called first with the headers, then with each part of a body, which nobody
 * wants, then when all of it came. */
static enum MHD_Result take(void *context, struct MHD_Connection *connection,
    const char *url, const char *method, const char *version,
    const char *upload, size_t *upload_bytes, void **kept)
{
    struct server *server = context;
    struct request *request = *kept;
    (void)version;
    (void)upload;
    if (request == NULL) {
        *kept = rp_mem_zalloc(sizeof(*request));
        return MHD_YES;
    }
    if (*upload_bytes > 0) {
        *upload_bytes = 0;
        return MHD_YES;
    }
    if (!request->came) {
        request->came = true;
        request->connection = connection;
        request->method = copy_of(method);
        request->path = copy_of(url);
        request->accept = copy_of(
            MHD_lookup_connection_value(connection, MHD_HEADER_KIND, "Accept"));
        MHD_suspend_connection(connection);
        enqueue(server, request);
    }
    return MHD_YES;
}

/* Only those that were not suspended can end on their own: none that is in the
 * queue. */
static void forget(void *context, struct MHD_Connection *connection,
    void **kept, enum MHD_RequestTerminationCode why)
{
    struct request *request = *kept;
    (void)context;
    (void)connection;
    (void)why;
    if (request != NULL) {
        rp_mem_free(request->method);
        rp_mem_free(request->path);
        rp_mem_free(request->accept);
        rp_mem_free(request);
        *kept = NULL;
    }
}

/* ---- replies ---- */

static void add_header(
    struct MHD_Response *response, const char *name, const char *value)
{
    if (value != NULL) {
        /* fails only for names and values that are none */
        (void)MHD_add_response_header(response, name, value);
    }
}

static void send_reply(
    struct request *request, const struct rp_http_reply *reply)
{
    struct MHD_Response *response =
        MHD_create_response_from_buffer(reply->body.len,
            (void *)(uintptr_t)reply->body.ptr, MHD_RESPMEM_MUST_COPY);
    if (response != NULL) {
        add_header(response, "Content-Type", reply->type);
        add_header(response, "Allow", reply->allow);
        add_header(response, "X-Content-Type-Options", "nosniff");
        add_header(response, "Cache-Control", "no-store");
        /* a connection that is gone takes none, and is closed */
        (void)MHD_queue_response(
            request->connection, (unsigned)reply->status, response);
        MHD_destroy_response(response);
    }
    MHD_resume_connection(request->connection);
}

static void server_reply(void *context, const struct rp_http_asked *asked,
    const struct rp_http_reply *reply)
{
    (void)context;
    send_reply(asked->handle, reply);
}

/* ---- opening ---- */

union address {
    struct sockaddr any;
    struct sockaddr_in v4;
    struct sockaddr_in6 v6;
};

static bool parse_address(union address *out, const char *text, uint16_t port)
{
    memset(out, 0, sizeof(*out));
    if (inet_pton(AF_INET, text, &out->v4.sin_addr) == 1) {
        out->v4.sin_family = AF_INET;
        out->v4.sin_port = htons(port);
        return true;
    }
    if (inet_pton(AF_INET6, text, &out->v6.sin6_addr) == 1) {
        out->v6.sin6_family = AF_INET6;
        out->v6.sin6_port = htons(port);
        return true;
    }
    return false;
}

static bool start(struct server *server, const union address *address)
{
    unsigned flags = MHD_USE_EPOLL | MHD_ALLOW_SUSPEND_RESUME;
    flags |= address->any.sa_family == AF_INET6 ? MHD_USE_IPv6 : 0;
    server->daemon = MHD_start_daemon(flags, 0, NULL, NULL, take, server,
        MHD_OPTION_SOCK_ADDR, &address->any, MHD_OPTION_NOTIFY_COMPLETED,
        forget, server, MHD_OPTION_CONNECTION_LIMIT, (unsigned)CONNECTIONS_MAX,
        MHD_OPTION_CONNECTION_MEMORY_LIMIT, CONNECTION_BYTES_MAX,
        MHD_OPTION_CONNECTION_TIMEOUT, (unsigned)CONNECTION_IDLE_S,
        MHD_OPTION_END);
    if (server->daemon == NULL) {
        return false;
    }
    server->epoll_fd =
        MHD_get_daemon_info(server->daemon, MHD_DAEMON_INFO_EPOLL_FD)->epoll_fd;
    server->port =
        MHD_get_daemon_info(server->daemon, MHD_DAEMON_INFO_BIND_PORT)->port;
    return true;
}

static enum rp_code server_open(
    void **out, const char *text, uint16_t port, struct rp_err *err)
{
    union address address;
    char why[128] = "";
    if (!parse_address(&address, text, port)) {
        return rp_err_set(
            err, RP_E_INVALID, "'%s' is not a numeric address", text);
    }
    struct server *server = rp_mem_zalloc(sizeof(*server));
    errno = 0;
    if (!start(server, &address)) {
        (void)strerror_r(errno, why, sizeof(why));
        rp_mem_free(server);
        return rp_err_set(err, RP_E_IO, "cannot listen on %s port %u: %s", text,
            (unsigned)port, errno == 0 ? "it cannot be started" : why);
    }
    *out = server;
    return RP_OK;
}

static void server_close(void *context)
{
    struct server *server = context;
    static const struct rp_http_reply late = {.status = 503};
    struct request *request;
    while ((request = dequeue(server)) != NULL) {
        send_reply(request, &late);
    }
    (void)MHD_run(server->daemon); /* sends what it can */
    MHD_stop_daemon(server->daemon);
    rp_mem_free(server);
}

static uint16_t server_port(const void *context)
{
    const struct server *server = context;
    return server->port;
}

/* ---- waiting ---- */

/* -1: only for what comes. */
static int poll_ms(const struct server *server)
{
    MHD_UNSIGNED_LONG_LONG ms;
    if (MHD_get_timeout(server->daemon, &ms) != MHD_YES) {
        return -1;
    }
    return ms < POLL_MS_MAX ? (int)ms : POLL_MS_MAX;
}

static enum rp_code server_wait(void *context, int stop_fd, bool *found,
    struct rp_http_asked *out, struct rp_err *err)
{
    struct server *server = context;
    struct pollfd fds[] = {
        {.fd = server->epoll_fd, .events = POLLIN},
        {.fd = stop_fd, .events = POLLIN},
    };
    *found = false;
    for (;;) {
        if (MHD_run(server->daemon) != MHD_YES) {
            return rp_err_set(err, RP_E_IO, "the server of HTTP failed");
        }
        struct request *request = dequeue(server);
        if (request != NULL) {
            *out = (struct rp_http_asked){rp_str_of(request->method),
                rp_str_of(request->path), rp_str_of(request->accept), request};
            *found = true;
            return RP_OK;
        }
        if (poll(fds, 2, poll_ms(server)) > 0 && fds[1].revents != 0) {
            return RP_OK;
        }
    }
}

extern const struct rp_http_server_module rp_http_server_module;
const struct rp_http_server_module rp_http_server_module = {
    .version = RP_HTTP_SERVER_MODULE_VERSION,
    .open = server_open,
    .close = server_close,
    .port = server_port,
    .wait = server_wait,
    .reply = server_reply,
};
