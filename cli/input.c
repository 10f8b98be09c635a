#include "input.h"

#include <reprise/limits.h>
#include <reprise/mem.h>

#include "excerpt.h"
#include "file.h"
#include "say.h"
#include "term.h"
#include "value_arg.h"

#define SHOWN_MAX 20
#define TEXT_BYTES_MAX ((size_t)256 << 10)

struct telling {
    struct rp_buf out;
    const char *name;
    struct rp__style style;
};

static void tell_syntax(const char *command, const char *name,
    struct rp_str bytes, const struct rp_json_error *error)
{
    struct rp_buf out;
    struct rp__style style = rp__term_of(2).style;
    rp_buf_init(&out, TEXT_BYTES_MAX);
    rp_buf_addf(&out, "%s:%u:%u: error: %s (byte %zu)\n", name,
        error->place.line, error->place.column, error->message,
        error->place.byte);
    rp__excerpt_add(&out, bytes, &error->place, 0, error->hint, &style);
    rp__say_text(rp_buf_str(&out));
    rp_buf_fini(&out);
    rp__say(command, "the input is not JSON; nothing was started");
}

static void tell_violation(
    void *context, const struct rp_schema_violation *violation)
{
    struct telling *t = context;
    rp_buf_addf(&t->out, "%s: error: ", t->name);
    if (violation->instance_pointer[0] != '\0') {
        (void)rp__text_add(
            &t->out, rp_str_of(violation->instance_pointer), 0, &t->style);
        rp_buf_add_text(&t->out, ": ");
    }
    (void)rp__text_add(&t->out, rp_str_of(violation->message), 0, &t->style);
    rp_buf_add_text(&t->out, "\n    contract: ");
    (void)rp__text_add(
        &t->out, rp_str_of(violation->keyword_pointer), 0, &t->style);
    rp_buf_add_char(&t->out, '\n');
}

static bool meets(const struct rp_schema *contract, const cJSON *root,
    const char *command, const char *name)
{
    struct rp_err err = RP_ERR_INIT;
    struct telling t = {.name = name, .style = rp__term_of(2).style};
    bool valid = true;
    if (contract == NULL) {
        return true;
    }
    rp_buf_init(&t.out, TEXT_BYTES_MAX);
    enum rp_code rc = rp_schema_judge(
        contract, root, &valid, SHOWN_MAX, tell_violation, &t, &err);
    rp__say_text(rp_buf_str(&t.out));
    rp_buf_fini(&t.out);
    if (rc != RP_OK) {
        rp__say(command, "cannot judge the input: %s", err.text);
        return false;
    }
    if (!valid) {
        rp__say(command,
            "the input does not meet its contract; nothing was started");
    }
    return valid;
}

static bool read_document(struct rp__input *out, const char *command,
    const char *name, struct rp_str bytes)
{
    struct rp_json_options options = RP_JSON_OPTIONS_INIT;
    struct rp_json_error error;
    if (rp_json_read(&out->doc, bytes, &options, &error) == RP_OK) {
        return true;
    }
    tell_syntax(command, name, bytes, &error);
    return false;
}

static bool load_option(
    struct rp__input *out, const char *command, const char *option)
{
    struct rp_err err = RP_ERR_INIT;
    size_t len = 0;
    if (rp__value_is_document(option)) {
        return read_document(out, command, "--input", rp_str_of(option));
    }
    if (rp__file_read(&out->bytes, &len, option, RP_INPUT_BYTES_MAX, &err) !=
        RP_OK) {
        rp__say(command, "%s", err.text);
        if (err.code == RP_E_NOT_FOUND) {
            rp__say_next("what begins with {, [ or \" is the document itself; "
                         "any other goes in by --input -");
        }
        return false;
    }
    return read_document(
        out, command, rp__file_name(option), (struct rp_str){out->bytes, len});
}

bool rp__input_load(struct rp__input *out, const char *command,
    const char *option, const cJSON *otherwise,
    const struct rp_schema *contract)
{
    const cJSON *root = otherwise;
    const char *name = "the default input";
    cJSON *empty = cJSON_CreateObject();
    bool good = true;
    *out = (struct rp__input){.doc = NULL};
    rp_buf_init(&out->text, RP_INPUT_BYTES_MAX * 2u);
    if (option != NULL) {
        good = load_option(out, command, option);
        root = good ? rp_json_root(out->doc) : NULL;
        name =
            rp__value_is_document(option) ? "--input" : rp__file_name(option);
    } else if (otherwise == NULL) {
        root = empty;
        name = "{} (no --input was given)";
    }
    if (good) {
        good = meets(contract, root, command, name);
        rp_json_write_text(&out->text, root);
    }
    cJSON_Delete(empty);
    return good;
}

void rp__input_fini(struct rp__input *input)
{
    rp_buf_fini(&input->text);
    rp_json_free(&input->doc);
    rp_mem_free(input->bytes);
    *input = (struct rp__input){.doc = NULL};
}
