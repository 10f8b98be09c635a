/* What a worker writes: masked, bounded, and a sign of life. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

#include <reprise/mem.h>

#include "worker.h"

#define READ_BYTES (64u << 10)
#define READS_PER_TURN 16
#define HALF_BYTES (RP_STDERR_BYTES_MAX / 2)

/* ---- signs of life ---- */

void rp__worker_sign_of_life(struct rp__worker *worker)
{
    struct rp_instant now = rp_clock_now(worker->exec->options.clock);
    struct rp_completion *c = &worker->completion;
    struct rp_duration gap = rp_instant_since(now, worker->last_sign);
    if (gap.ns > worker->longest_gap.ns) {
        worker->longest_gap = gap;
        if (c->gap_count == RP_GAPS_MAX) {
            c->gaps_overflowed = true;
            c->gap_count--; /* the largest is worth most */
        }
        c->gaps[c->gap_count++] = (struct rp_gap){
            rp_instant_since(worker->last_sign, worker->began), gap};
    }
    worker->last_sign = now;
    worker->idle_at = rp_instant_add(now, worker->idle);
}

/* ---- fd 3 ---- */

static void read_usage(struct rp_usage *usage, const cJSON *event)
{
    const cJSON *model = rp_json_get(event, "model");
    usage->present = true;
    if (cJSON_IsString(model)) {
        (void)snprintf(
            usage->model, sizeof(usage->model), "%s", model->valuestring);
    }
    /* What is absent or no number stays as it was: the latest wins. */
    (void)!rp_json_int64(
        rp_json_get(event, "input_tokens"), &usage->input_tokens);
    (void)!rp_json_int64(
        rp_json_get(event, "output_tokens"), &usage->output_tokens);
    (void)!rp_json_int64(
        rp_json_get(event, "cost_micro_usd"), &usage->cost_micro_usd);
}

static void take_line(struct rp__worker *worker, struct rp_str line)
{
    struct rp_json_doc *doc = NULL;
    bool noted = true;
    if (rp_json_read(&doc, line, NULL, NULL) == RP_OK) {
        const cJSON *root = rp_json_root(doc);
        const cJSON *type = rp_json_get(root, "type");
        const char *word = cJSON_IsString(type) ? type->valuestring : "";
        const cJSON *text = rp_json_get(root, "text");
        if (strcmp(word, "usage") == 0) {
            read_usage(&worker->completion.usage, root);
        } else if (strcmp(word, "progress") == 0 && cJSON_IsString(text)) {
            (void)snprintf(worker->progress, sizeof(worker->progress), "%s",
                text->valuestring);
        }
        noted = strcmp(word, "heartbeat") != 0;
    }
    rp_json_free(&doc);
    if (noted) {
        if (worker->log.len + line.len + 1 > RP_EVENTS_BYTES_MAX) {
            worker->completion.log_cut = true;
            return;
        }
        rp_buf_add(&worker->log, line);
        rp_buf_add_char(&worker->log, '\n');
    }
}

static void take_events(struct rp__worker *worker, struct rp_str bytes)
{
    struct rp_str rest = bytes;
    while (rest.len > 0) {
        const char *newline = memchr(rest.ptr, '\n', rest.len);
        size_t len = newline == NULL ? rest.len : (size_t)(newline - rest.ptr);
        if (worker->line.len + len > RP_EVENT_LINE_MAX) {
            worker->line_skipping = true;
            worker->completion.log_cut = true;
            rp_buf_reset(&worker->line);
        }
        if (!worker->line_skipping) {
            rp_buf_add(&worker->line, (struct rp_str){rest.ptr, len});
        }
        if (newline == NULL) {
            return;
        }
        if (!worker->line_skipping && worker->line.len > 0) {
            take_line(worker, rp_buf_str(&worker->line));
        }
        worker->line_skipping = false;
        rp_buf_reset(&worker->line);
        rest.ptr += len + 1;
        rest.len -= len + 1;
    }
}

/* ---- stderr: the first and the last half ---- */

static void take_diagnostics(struct rp__worker *worker, struct rp_str bytes)
{
    size_t room = HALF_BYTES - worker->head.len;
    size_t first = bytes.len < room ? bytes.len : room;
    rp_buf_add(&worker->head, (struct rp_str){bytes.ptr, first});
    bytes.ptr += first;
    bytes.len -= first;
    if (bytes.len == 0) {
        return;
    }
    if (worker->tail.len + bytes.len > 2u * HALF_BYTES) {
        size_t drop = worker->tail.len + bytes.len - HALF_BYTES;
        worker->completion.diagnostics_cut = true;
        if (drop >= worker->tail.len) {
            size_t skip = drop - worker->tail.len;
            worker->tail.len = 0;
            bytes.ptr += skip;
            bytes.len -= skip;
        } else {
            memmove(worker->tail.ptr, worker->tail.ptr + drop,
                worker->tail.len - drop);
            worker->tail.len -= drop;
        }
    }
    rp_buf_add(&worker->tail, bytes);
}

/* ---- stdout ---- */

static void scan(struct rp__scanner *s, struct rp_str bytes)
{
    for (size_t i = 0; i < bytes.len && !s->whole; i++) {
        char c = bytes.ptr[i];
        if (s->escaped) {
            s->escaped = false;
        } else if (s->in_string) {
            s->escaped = c == '\\';
            s->in_string = c != '"';
        } else if (c == '"') {
            s->in_string = true;
        } else if (c == '{' || c == '[') {
            s->depth++;
            s->begun = true;
        } else if (c == '}' || c == ']') {
            s->depth -= s->depth > 0 ? 1 : 0;
            s->whole = s->begun && s->depth == 0;
        }
    }
}

static void take_output(struct rp__worker *worker, struct rp_str bytes)
{
    if (worker->output.len + bytes.len > worker->agent->output_bytes_max) {
        if (!worker->completion.output_cut) {
            worker->completion.output_cut = true;
            worker->completion.why = RP_REASON_OUTPUT_TOO_LARGE;
            (void)snprintf(worker->completion.message,
                sizeof(worker->completion.message),
                "stdout passed its limit of %llu bytes; the worker was ended",
                (unsigned long long)worker->agent->output_bytes_max);
            rp__worker_end(worker, true);
        }
        bytes.len = worker->agent->output_bytes_max - worker->output.len;
    }
    rp_buf_add(&worker->output, bytes);
    if (worker->agent->stdout_mode == RP_STDOUT_JSON) {
        scan(&worker->scanner, bytes);
        if (worker->scanner.whole &&
            worker->linger_at.ns == RP_INSTANT_NEVER.ns) {
            worker->linger_at =
                rp_instant_add(rp_clock_now(worker->exec->options.clock),
                    worker->agent->linger);
        }
    }
}

static void take(
    struct rp__worker *worker, enum stream stream, struct rp_str bytes)
{
    switch (stream) {
    case STREAM_OUT:
        take_output(worker, bytes);
        break;
    case STREAM_ERR:
        take_diagnostics(worker, bytes);
        break;
    case STREAM_EVENTS:
        take_events(worker, bytes);
        break;
    case STREAM_COUNT:
        break;
    }
}

/* ---- reading ---- */

static void feed(struct rp__worker *worker, enum stream stream,
    struct rp_str bytes, bool last)
{
    struct rp_buf shown;
    if (worker->exec->secrets.count == 0) {
        take(worker, stream, bytes);
        return;
    }
    rp_buf_init(&shown, 64u << 20);
    rp__masker_feed(&worker->maskers[stream], bytes, last, &shown);
    take(worker, stream, rp_buf_str(&shown));
    rp_buf_fini(&shown);
}

void rp__worker_close(struct rp__worker *worker, enum stream stream)
{
    struct rp_source *source = &worker->streams[stream];
    if (source->fd < 0) {
        return;
    }
    rp_reactor_remove(worker->exec->options.reactor, source);
    (void)close(source->fd); /* read to its end */
    source->fd = -1;
    feed(worker, stream, (struct rp_str){"", 0}, true);
    if (stream == STREAM_EVENTS && worker->line.len > 0) {
        take_line(worker, rp_buf_str(&worker->line));
        rp_buf_reset(&worker->line);
    }
}

/* Once nobody can write any more, or the worker has exited, it is read to its
 * end at once; and when nothing is in it, the end need not be read to be
 * known. */
void rp__worker_readable(
    struct rp__worker *worker, enum stream stream, uint32_t events)
{
    static char chunk[READ_BYTES]; /* one thread only */
    bool alive = false;
    bool no_writer = (events & EPOLLHUP) != 0;
    bool last_words = no_writer || worker->state == WORKER_EXITED;
    if (no_writer && (events & EPOLLIN) == 0) {
        rp__worker_close(worker, stream);
        return;
    }
    for (int i = 0; i < READS_PER_TURN; i++) {
        int fd = worker->streams[stream].fd;
        if (fd < 0) {
            break;
        }
        size_t most = stream == STREAM_OUT && worker->read_bytes > 0
                          ? worker->read_bytes
                          : sizeof(chunk);
        ssize_t got = read(fd, chunk, most);
        if (got < 0 && errno == EINTR) {
            continue;
        }
        if (got < 0 && errno == EAGAIN) {
            break;
        }
        if (got <= 0) {
            rp__worker_close(worker, stream);
            break;
        }
        alive = true;
        worker->bytes[stream] += (uint64_t)got;
        feed(worker, stream, (struct rp_str){chunk, (size_t)got}, false);
        if ((size_t)got < most && !last_words) {
            break;
        }
    }
    if (alive) {
        rp__worker_sign_of_life(worker);
    }
}

void rp__worker_give_streams(struct rp__worker *worker)
{
    struct rp_completion *c = &worker->completion;
    if (worker->tail.len > HALF_BYTES) {
        size_t drop = worker->tail.len - HALF_BYTES;
        memmove(worker->tail.ptr, worker->tail.ptr + drop, HALF_BYTES);
        worker->tail.len = HALF_BYTES;
        c->diagnostics_cut = true;
    }
    if (c->diagnostics_cut) {
        rp_buf_add_text(&worker->head, "\n[...]\n");
    }
    rp_buf_add(&worker->head, rp_buf_str(&worker->tail));
    c->output = rp_buf_str(&worker->output);
    c->diagnostics = rp_buf_str(&worker->head);
    c->log = rp_buf_str(&worker->log);
    c->output_bytes = worker->bytes[STREAM_OUT];
    c->diagnostics_bytes = worker->bytes[STREAM_ERR];
    c->log_bytes = worker->bytes[STREAM_EVENTS];
}
