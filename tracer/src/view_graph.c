/* A session as a graph: nodes and tasks with how they ended, attempts where
 * one was not enough, and what contributed to what. For Graphviz and for
 * Mermaid, which differ in how they spell it. */
#include <inttypes.h>
#include <string.h>

#include "otlp_model.h"
#include "span_view.h"

enum look { LOOK_PLAIN, LOOK_OK, LOOK_LESS, LOOK_FAILED, LOOK_OPEN };

/* How each is drawn: Graphviz' attributes, the class of Mermaid. */
struct look_row {
    const char *dot, *mermaid;
};
static const struct look_row looks[] = {
    [LOOK_PLAIN] = {"fillcolor=\"#f3f4f6\"", "plain"},
    [LOOK_OK] = {"fillcolor=\"#dcfce7\"", "ok"},
    [LOOK_LESS] = {"fillcolor=\"#fef3c7\"", "less"},
    [LOOK_FAILED] = {"fillcolor=\"#fee2e2\",color=\"#b91c1c\"", "failed"},
    [LOOK_OPEN] = {"fillcolor=\"#dbeafe\",style=\"filled,dashed\"", "open"},
};

static enum look look_of(const struct rp_span *span, struct rp_str ended)
{
    return !span->ended                    ? LOOK_OPEN
           : span->status == RP_SPAN_ERROR ? LOOK_FAILED
           : ended.len == 0                ? LOOK_PLAIN
           : rp_str_is(ended, "ok")        ? LOOK_OK
                                           : LOOK_LESS;
}

/* The attribute that says how a span of this role ended. */
static const char *outcome_key(enum rp_span_role role)
{
    static const char *const keys[] = {
        [RP_SPAN_SESSION] = "reprise.session.outcome",
        [RP_SPAN_NODE] = "reprise.node.status",
        [RP_SPAN_TASK] = "reprise.task.status",
        [RP_SPAN_ATTEMPT] = "reprise.attempt.outcome",
        [RP_SPAN_AGGREGATE] = "",
        [RP_SPAN_OTHER] = "",
    };
    return keys[role];
}

/* An attempt that was the only one says nothing that its task does not. */
static bool is_shown(struct rp_span_document *d, const struct rp_span *span)
{
    if (span->role != RP_SPAN_ATTEMPT) {
        return true;
    }
    struct rp_str number =
        rp__view_member(d, span->attributes, "reprise.attempt.number");
    bool first = rp_str_is(number, "1");
    struct rp_str outcome =
        rp__view_member(d, span->attributes, outcome_key(span->role));
    return !first || !rp_str_is(outcome, "ok");
}

/* ---- what is different ---- */

/* A label is text between quotes; `newline` is how a line ends in it. */
struct dialect {
    const char *newline, *quote, *backslash;
    const char *indent;
};
static const struct dialect dot = {"\\n", "\\\"", "\\\\", "    "};
static const struct dialect mermaid = {"<br/>", "#quot;", "#92;", "    "};

static bool is_mermaid(const struct rp_span_document *d)
{
    return d->view == &rp_span_view_mermaid;
}

static const struct dialect *dialect_of(const struct rp_span_document *d)
{
    return is_mermaid(d) ? &mermaid : &dot;
}

static void add_escaped(struct rp_span_document *d, struct rp_str text)
{
    const struct dialect *dialect = dialect_of(d);
    size_t bad;
    if (!rp_utf8_valid(text, &bad)) {
        text.len = bad; /* a label need not be whole */
    }
    for (size_t i = 0; i < text.len; i++) {
        char c = text.ptr[i];
        if (c == '"') {
            rp_buf_add_text(&d->out, dialect->quote);
        } else if (c == '\\') {
            rp_buf_add_text(&d->out, dialect->backslash);
        } else if (is_mermaid(d) && (c == '<' || c == '>' || c == '#')) {
            rp_buf_add_text(&d->out, c == '<'   ? "#lt;"
                                     : c == '>' ? "#gt;"
                                                : "#35;");
        } else {
            rp_buf_add_char(&d->out, (unsigned char)c < 0x20 ? ' ' : c);
        }
    }
}

static void add_id(struct rp_span_document *d, const struct rp_span_id *id)
{
    rp_buf_addf(&d->out, "s%" PRIu64 "_", d->sessions);
    rp__view_span_id(&d->out, id);
}

/* ---- nodes ---- */

/* Of a merge: what went into it. */
static void add_merged(struct rp_span_document *d, const struct rp_span *span)
{
    static const char *const parts[][2] = {
        {"reprise.aggregation.inputs.count", " merged"},
        {"reprise.aggregation.missing.count", " missing"},
        {"reprise.aggregation.conflict.count", " in conflict"},
    };
    const char *separator = "";
    for (size_t i = 0; i < RP_COUNT_OF(parts); i++) {
        struct rp_str count = rp__view_member(d, span->attributes, parts[i][0]);
        if (count.len > 0 && (i == 0 || !rp_str_is(count, "0"))) {
            rp_buf_addf(
                &d->out, "%s%.*s%s", separator, RP_STR_ARG(count), parts[i][1]);
            separator = ", ";
        }
    }
}

static void add_how(
    struct rp_span_document *d, const struct rp_span *span, struct rp_str ended)
{
    int64_t ns = rp__otlp_end_ns(span) - rp__otlp_start_ns(span);
    add_escaped(d, ended);
    rp_buf_add_text(&d->out, ended.len > 0 ? " in " : "");
    rp_duration_show(&d->out, (struct rp_duration){ns < 0 ? 0 : ns});
    struct rp_str type = rp__view_member(d, span->attributes, "error.type");
    if (type.len > 0) {
        rp_buf_add_text(&d->out, dialect_of(d)->newline);
        add_escaped(d, type);
    }
}

static void add_label(
    struct rp_span_document *d, const struct rp_span *span, struct rp_str ended)
{
    add_escaped(d, span->name);
    rp_buf_add_text(&d->out, dialect_of(d)->newline);
    if (!span->ended) {
        rp_buf_add_text(&d->out, "not ended");
    } else if (span->role == RP_SPAN_AGGREGATE) {
        add_merged(d, span);
    } else {
        add_how(d, span, ended);
    }
}

static void add_node(struct rp_span_document *d, const struct rp_span *span)
{
    struct rp_str ended =
        rp__view_member(d, span->attributes, outcome_key(span->role));
    const struct look_row *look = &looks[look_of(span, ended)];
    rp_buf_add_text(&d->out, dialect_of(d)->indent);
    add_id(d, &span->id);
    rp_buf_add_text(&d->out, is_mermaid(d) ? "[\"" : " [label=\"");
    add_label(d, span, ended);
    if (is_mermaid(d)) {
        rp_buf_addf(&d->out, "\"]:::%s\n", look->mermaid);
    } else {
        rp_buf_addf(&d->out, "\",%s];\n", look->dot);
    }
}

/* ---- edges ---- */

static void add_edge(struct rp_span_document *d, const struct rp_span_id *from,
    const struct rp_span_id *to, struct rp_str label)
{
    rp_buf_add_text(&d->out, dialect_of(d)->indent);
    add_id(d, from);
    if (is_mermaid(d)) {
        rp_buf_add_text(&d->out, label.len > 0 ? " -. \"" : " --> ");
    } else {
        rp_buf_add_text(&d->out, " -> ");
    }
    if (is_mermaid(d) && label.len > 0) {
        add_escaped(d, label);
        rp_buf_add_text(&d->out, "\" .-> ");
    }
    add_id(d, to);
    if (!is_mermaid(d) && label.len > 0) {
        rp_buf_add_text(&d->out, " [style=dashed,constraint=false,label=\"");
        add_escaped(d, label);
        rp_buf_add_text(&d->out, "\"]");
    }
    rp_buf_add_text(&d->out, is_mermaid(d) ? "\n" : ";\n");
}

/* Of a retry the arrow is from the attempt before. */
static void add_links(struct rp_span_document *d, const struct rp_span *span)
{
    for (uint32_t i = 0; i < span->link_count; i++) {
        const struct rp_span_link *link = &span->links[i];
        struct rp_str type =
            rp__view_member(d, link->attributes, "reprise.link.type");
        if (memcmp(&link->trace, &d->head->trace, sizeof(link->trace)) == 0) {
            bool retry = rp_str_is(type, "retry_of");
            add_edge(d, &link->span, &span->id,
                retry           ? RP_STR("retry")
                : type.len == 0 ? RP_STR("link")
                                : type);
        }
    }
}

static void add_span(struct rp_span_document *d, const struct rp_span *span)
{
    if (!is_shown(d, span)) {
        return;
    }
    add_node(d, span);
    if (span->parent_number != 0) {
        add_edge(d, &span->parent, &span->id, RP_STR(""));
    }
    add_links(d, span);
}

/* ---- documents ---- */

static void begin_dot(struct rp_span_document *d)
{
    rp_buf_add_text(&d->out,
        "digraph reprise {\n"
        "    rankdir=LR;\n"
        "    node "
        "[shape=box,style=\"filled,rounded\",fontname=\"Helvetica\"];\n"
        "    edge [fontname=\"Helvetica\",fontsize=10];\n");
}

static void end_dot(struct rp_span_document *d)
{
    rp_buf_add_text(&d->out, "}\n");
}

static void begin_mermaid(struct rp_span_document *d)
{
    rp_buf_add_text(&d->out,
        "flowchart LR\n"
        "    classDef plain fill:#f3f4f6,stroke:#6b7280,color:#111827\n"
        "    classDef ok fill:#dcfce7,stroke:#15803d,color:#111827\n"
        "    classDef less fill:#fef3c7,stroke:#b45309,color:#111827\n"
        "    classDef failed fill:#fee2e2,stroke:#b91c1c,color:#111827\n"
        "    classDef open fill:#dbeafe,stroke:#1d4ed8,color:#111827\n");
}

static void begin_session(struct rp_span_document *d)
{
    if (is_mermaid(d)) {
        rp_buf_addf(&d->out, "  subgraph session%" PRIu64 "[\"", d->sessions);
    } else {
        rp_buf_addf(&d->out, "  subgraph cluster_%" PRIu64 " {\n    label=\"",
            d->sessions);
    }
    add_escaped(d, d->head->plan_name);
    rp_buf_addf(&d->out, " %s", d->head->id.text);
    rp_buf_add_text(&d->out, is_mermaid(d) ? "\"]\n" : "\";\n");
}

static void end_session(struct rp_span_document *d)
{
    rp_buf_add_text(&d->out, is_mermaid(d) ? "  end\n" : "  }\n");
}

const struct rp_span_view rp_span_view_dot = {
    .name = "dot",
    .open_spans = true,
    .begin = begin_dot,
    .begin_session = begin_session,
    .span = add_span,
    .end_session = end_session,
    .end = end_dot,
};

const struct rp_span_view rp_span_view_mermaid = {
    .name = "mermaid",
    .open_spans = true,
    .begin = begin_mermaid,
    .begin_session = begin_session,
    .span = add_span,
    .end_session = end_session,
    .end = rp__view_nothing,
};
