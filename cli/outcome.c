#include "outcome.h"

#include <inttypes.h>
#include <string.h>
#include <unistd.h>

#include "exit.h"
#include "out.h"
#include "phrase.h"
#include "say.h"
#include "session_arg.h"
#include "tree.h"

#define OK_SHOWN_MAX 100 /* lines of the last tree, when all went well */

/* ---- the choice ---- */

static const char *const words[] = {
    [RP__PROGRESS_TREE] = "tree",
    [RP__PROGRESS_LINES] = "lines",
    [RP__PROGRESS_JSON] = "json",
    [RP__PROGRESS_NONE] = "none",
};

bool rp__choice_parse(struct rp__choice *out, const struct rp__args *args)
{
    const char *how = rp__opt_value(args, "progress");
    *out = (struct rp__choice){.term = rp__term_of(STDERR_FILENO)};
    out->quiet = rp__opt_flag(args, "quiet");
    out->progress = out->term.moves ? RP__PROGRESS_TREE : RP__PROGRESS_LINES;
    if (how != NULL) {
        size_t i = 0;
        while (i < RP_COUNT_OF(words) && strcmp(how, words[i]) != 0) {
            i++;
        }
        if (i == RP_COUNT_OF(words)) {
            rp__say(args->command->name,
                "--progress '%s' is none of tree, lines, json, none", how);
            return false;
        }
        out->progress = (enum rp__progress)i;
    }
    if (out->quiet) {
        out->progress = RP__PROGRESS_NONE;
    }
    /* Redrawing what cannot be redrawn helps nobody. */
    if (out->progress == RP__PROGRESS_TREE && !out->term.moves) {
        out->progress = RP__PROGRESS_LINES;
    }
    return true;
}

/* ---- the end ---- */

static void add_without(struct rp_buf *out, const struct rp__ending *ending,
    const struct rp__item *item)
{
    rp_buf_add_text(out, "  without it   reprise run ");
    rp__text_shell(out, ending->plan_file);
    if (ending->input != NULL && strcmp(ending->input, "-") != 0) {
        rp_buf_add_text(out, " --input ");
        rp__text_shell(out, ending->input);
    }
    rp_buf_addf(out, " --fault '%s : hang'", item->agent);
}

/* What failed by itself, on the same input, as often as it takes. */
static void add_alone(struct rp_buf *out, const struct rp__ending *ending,
    const struct rp__item *item, const char *option)
{
    rp_buf_addf(out,
        "  try it       reprise show %s --io %s --part input%s | reprise "
        "worker ",
        rp__phrase_short_id(ending->id), item->path, option);
    rp__text_shell(out, ending->plan_file);
    rp_buf_addf(out, " %s --input -\n", item->agent);
}

/* The part of the work that a person would most likely do without. */
static const struct rp__item *first_task(const struct rp__view *view)
{
    uint32_t depth = 0;
    for (struct rp__item *item = view->root; item != NULL;
         item = rp__view_walk(item, &depth)) {
        if (item->kind == RP__ITEM_TASK && !item->synthesis) {
            return item;
        }
    }
    return NULL;
}

static void add_hint(
    struct rp_buf *out, const struct rp__ending *ending, const char *option)
{
    const struct rp__item *failed = rp__phrase_first_failed(ending->view);
    const struct rp__item *item =
        failed == NULL ? first_task(ending->view) : failed;
    if (ending->plan_file == NULL || item == NULL || item->agent[0] == '\0') {
        return;
    }
    if (failed == NULL) {
        add_without(out, ending, item);
        rp_buf_addf(out, "%s\n", option);
    } else if (!rp_digest_is_zero(&item->input)) {
        add_alone(out, ending, item, option);
    }
}

static void add_next(struct rp_buf *out, const struct rp__ending *ending)
{
    const char *id = rp__phrase_short_id(ending->id);
    struct rp_buf store;
    rp_buf_init(&store, 8192);
    rp__session_store_option(&store, ending->place);
    const char *option = store.len == 0 ? "" : store.ptr;
    rp_buf_addf(out, "\n  see it       reprise show %s%s\n", id, option);
    if (ending->died) {
        rp_buf_addf(out, "  go on        reprise resume %s%s\n", id, option);
    } else {
        rp_buf_addf(out, "  run again    reprise replay %s%s\n", id, option);
    }
    add_hint(out, ending, option);
    rp_buf_fini(&store);
}

static void add_tree(
    struct rp_buf *out, const struct rp__ending *ending, bool good)
{
    struct rp__tree drawing = {
        .view = ending->view,
        .id = ending->id,
        .term = &ending->choice->term,
        .plan = ending->plan,
        .plan_file = ending->plan_file,
        .now = ending->view->last_at,
        .died = ending->died,
        .lines_max = good ? OK_SHOWN_MAX : 0,
    };
    (void)rp__tree_write(out, &drawing);
}

void rp__outcome_tell(const struct rp__ending *ending)
{
    const struct rp__choice *choice = ending->choice;
    bool tree = choice->progress == RP__PROGRESS_TREE;
    bool good = ending->view->outcome == RP_OUTCOME_OK && !ending->died;
    if (choice->quiet || choice->progress == RP__PROGRESS_JSON ||
        (!tree && good)) {
        return;
    }
    struct rp_buf out;
    rp_buf_init(&out, RP__OUT_BYTES_MAX);
    if (tree) {
        add_tree(&out, ending, good);
    }
    add_next(&out, ending);
    rp__say_text(rp_buf_str(&out));
    rp_buf_fini(&out);
}

void rp__outcome_tell_failed(const struct rp__ending *ending)
{
    const struct rp__item *failed = rp__phrase_first_failed(ending->view);
    const char *id = rp__phrase_short_id(ending->id);
    struct rp_buf out;
    if (ending->view->outcome != RP_OUTCOME_FAILED) {
        return;
    }
    rp_buf_init(&out, RP__OUT_BYTES_MAX);
    if (failed != NULL) {
        rp_buf_addf(&out, "%s ", failed->path);
        rp__phrase_end(&out, failed);
    } else {
        rp_buf_add_text(&out, rp_reason_meaning(ending->view->reason));
    }
    rp__say(
        ending->command, "%s failed: %.*s", id, RP_STR_ARG(rp_buf_str(&out)));
    rp_buf_reset(&out);
    rp__session_store_option(&out, ending->place);
    rp__say_next("reprise show %s%.*s", id, RP_STR_ARG(rp_buf_str(&out)));
    rp_buf_fini(&out);
}

int rp__outcome_exit(enum rp_outcome outcome, enum rp_reason cause)
{
    static const int exits[] = {
        [RP_OUTCOME_NONE] = RP__EXIT_FAILED,
        [RP_OUTCOME_OK] = RP__EXIT_OK,
        [RP_OUTCOME_DEGRADED] = RP__EXIT_DEGRADED,
        [RP_OUTCOME_FAILED] = RP__EXIT_FAILED,
        [RP_OUTCOME_CANCELLED] = RP__EXIT_FAILED,
    };
    if (outcome == RP_OUTCOME_CANCELLED) {
        return cause == RP_REASON_CANCELLED_SIGINT    ? RP__EXIT_SIGINT
               : cause == RP_REASON_CANCELLED_SIGTERM ? RP__EXIT_SIGTERM
                                                      : RP__EXIT_FAILED;
    }
    return exits[outcome];
}
