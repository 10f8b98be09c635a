#include "live.h"

#include <inttypes.h>
#include <string.h>

#define REDRAW_NS (100 * RP_NS_PER_MS)
#define FRAME_BYTES_MAX ((size_t)2 << 20)
#define FLUSH_WAIT_MS 2000
#define COMMIT_LINE_BYTES_MAX 128

static void no_turn(
    struct rp_sink *sink, struct rp_transport *transport, struct rp_instant now)
{
    (void)sink;
    (void)transport;
    (void)now;
}

/* ---- the tree ---- */

/* Rows that the text takes on a screen of `columns`. */
static uint32_t rows_of(struct rp_str text, uint32_t columns)
{
    uint32_t rows = 0;
    while (text.len > 0) {
        struct rp_str line = rp_str_cut(text, '\n', &text);
        size_t width = rp__text_columns(line);
        rows +=
            width <= columns ? 1 : (uint32_t)((width + columns - 1) / columns);
    }
    return rows;
}

/* To the start of what is on the screen, however wide that is by now. */
static void add_rewind(struct rp__live *live, struct rp_buf *out)
{
    uint32_t rows = rows_of(rp_buf_str(&live->frame), live->term.columns);
    if (rows > 0) {
        rp_buf_addf(out, "\x1B[%" PRIu32 "A", rows);
    }
    rp_buf_add_char(out, '\r');
}

/* Each line overwrites the one that was there and clears what it leaves. */
static void add_frame(struct rp_buf *out, struct rp_str frame)
{
    while (frame.len > 0) {
        rp_buf_add(out, rp_str_cut(frame, '\n', &frame));
        rp_buf_add_text(out, "\x1B[K\n");
    }
    rp_buf_add_text(out, "\x1B[J");
}

void rp__live_draw(struct rp__live *live, struct rp_instant now)
{
    struct rp_buf out;
    if (!rp__mirror_is_empty(&live->mirror)) {
        rp__mirror_push(&live->mirror); /* the screen is behind */
        return;
    }
    rp_buf_init(&out, FRAME_BYTES_MAX);
    rp__term_resize(&live->term, live->mirror.fd);
    add_rewind(live, &out);
    live->tree.now = now;
    live->tree.lines_max = live->term.rows > 4 ? live->term.rows - 2 : 3;
    rp_buf_reset(&live->frame);
    (void)rp__tree_write(&live->frame, &live->tree);
    add_frame(&out, rp_buf_str(&live->frame));
    if (!out.overflowed) {
        rp__mirror_add(&live->mirror, rp_buf_str(&out));
        rp__mirror_push(&live->mirror);
    }
    live->drawn_at = now;
    rp_buf_fini(&out);
}

void rp__live_erase(struct rp__live *live)
{
    struct rp_buf out;
    rp_buf_init(&out, FRAME_BYTES_MAX);
    rp__term_resize(&live->term, live->mirror.fd);
    add_rewind(live, &out);
    rp_buf_add_text(&out, "\x1B[J");
    rp__mirror_add(&live->mirror, rp_buf_str(&out));
    rp__mirror_flush(&live->mirror, FLUSH_WAIT_MS);
    rp_buf_reset(&live->frame);
    rp_buf_fini(&out);
}

static void live_record(struct rp_sink *sink, const struct rp_record *record)
{
    struct rp__live *live = RP_CONTAINER_OF(sink, struct rp__live, sink);
    rp__view_add(&live->view, record);
}

static void live_turn(
    struct rp_sink *sink, struct rp_transport *transport, struct rp_instant now)
{
    struct rp__live *live = RP_CONTAINER_OF(sink, struct rp__live, sink);
    live->tree.transport = transport;
    if (live->drawn_at.ns == RP_INSTANT_NEVER.ns ||
        rp_instant_since(now, live->drawn_at).ns >= REDRAW_NS) {
        rp__live_draw(live, now);
    }
}

static const struct rp_sink_ops live_ops = {
    .name = "tree", .record = live_record, .turn = live_turn};

void rp__live_init(struct rp__live *live, const struct rp__tree *tree, int fd)
{
    *live =
        (struct rp__live){.sink = {&live_ops}, .drawn_at = RP_INSTANT_NEVER};
    live->term = rp__term_of(fd);
    rp__view_init(&live->view, tree->plan);
    rp__mirror_init(&live->mirror, fd);
    rp_buf_init(&live->frame, FRAME_BYTES_MAX);
    live->tree = *tree;
    live->tree.view = &live->view;
    live->tree.term = &live->term;
    live->tree.live = true;
}

void rp__live_fini(struct rp__live *live)
{
    rp__mirror_fini(&live->mirror);
    rp_buf_fini(&live->frame);
    rp__view_fini(&live->view);
}

/* ---- lines ---- */

static void take_line(void *context, struct rp_str line)
{
    struct rp__lines *lines = context;
    rp__mirror_add(&lines->mirror, line);
}

static void lines_record(struct rp_sink *sink, const struct rp_record *record)
{
    struct rp__lines *lines = RP_CONTAINER_OF(sink, struct rp__lines, sink);
    rp__story_tell(&lines->story, record);
    rp__mirror_push(&lines->mirror);
}

static void lines_turn(
    struct rp_sink *sink, struct rp_transport *transport, struct rp_instant now)
{
    struct rp__lines *lines = RP_CONTAINER_OF(sink, struct rp__lines, sink);
    (void)transport;
    (void)now;
    rp__mirror_push(&lines->mirror);
}

static const struct rp_sink_ops lines_ops = {
    .name = "lines", .record = lines_record, .turn = lines_turn};

void rp__lines_init(struct rp__lines *lines, const struct rp_session_head *head,
    bool json, int fd)
{
    *lines = (struct rp__lines){
        .sink = {&lines_ops}, .story = {head, json, take_line, lines}};
    rp__mirror_init(&lines->mirror, fd);
}

void rp__lines_fini(struct rp__lines *lines)
{
    if (lines->mirror.dropped > 0 && !lines->mirror.broken) {
        struct rp_buf text;
        rp_buf_init(&text, COMMIT_LINE_BYTES_MAX);
        rp_buf_addf(&text,
            lines->story.json
                ? "{\"schema\":\"reprise.event/1\",\"dropped\":%" PRIu64 "}\n"
                : "reprise: %" PRIu64
                  " lines were not shown: nobody read them in time\n",
            lines->mirror.dropped);
        rp__mirror_flush(&lines->mirror, FLUSH_WAIT_MS);
        rp__mirror_add(&lines->mirror, rp_buf_str(&text));
        rp_buf_fini(&text);
    }
    rp__mirror_flush(&lines->mirror, FLUSH_WAIT_MS);
    rp__mirror_fini(&lines->mirror);
}

/* ---- commits ---- */

static void commits_record(struct rp_sink *sink, const struct rp_record *record)
{
    struct rp__commits *commits =
        RP_CONTAINER_OF(sink, struct rp__commits, sink);
    char hex[RP_DIGEST_HEX_LEN + 1];
    struct rp_buf line;
    rp_buf_init(&line, COMMIT_LINE_BYTES_MAX);
    rp_digest_hex(&record->digest, hex);
    rp_buf_addf(&line, "%" PRIu64 " %s\n", record->seq, hex);
    rp__mirror_add(&commits->mirror, rp_buf_str(&line));
    rp__mirror_push(&commits->mirror);
    rp_buf_fini(&line);
}

static void commits_turn(
    struct rp_sink *sink, struct rp_transport *transport, struct rp_instant now)
{
    struct rp__commits *commits =
        RP_CONTAINER_OF(sink, struct rp__commits, sink);
    (void)transport;
    (void)now;
    rp__mirror_push(&commits->mirror);
}

static const struct rp_sink_ops commits_ops = {
    .name = "commits", .record = commits_record, .turn = commits_turn};

void rp__commits_init(struct rp__commits *commits, int fd)
{
    *commits = (struct rp__commits){.sink = {&commits_ops}};
    rp__mirror_init(&commits->mirror, fd);
}

void rp__commits_fini(struct rp__commits *commits)
{
    rp__mirror_flush(&commits->mirror, FLUSH_WAIT_MS);
    rp__mirror_fini(&commits->mirror);
}

/* ---- quiet ---- */

static void quiet_record(struct rp_sink *sink, const struct rp_record *record)
{
    struct rp__quiet *quiet = RP_CONTAINER_OF(sink, struct rp__quiet, sink);
    rp__view_add(&quiet->view, record);
}

static const struct rp_sink_ops quiet_ops = {
    .name = "quiet", .record = quiet_record, .turn = no_turn};

void rp__quiet_init(struct rp__quiet *quiet, const struct rp_plan *plan)
{
    *quiet = (struct rp__quiet){.sink = {&quiet_ops}};
    rp__view_init(&quiet->view, plan);
}

void rp__quiet_fini(struct rp__quiet *quiet)
{
    rp__view_fini(&quiet->view);
}
