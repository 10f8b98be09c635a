#include "value_arg.h"

#include <string.h>

#include <reprise/json.h>
#include <reprise/mem.h>

#include "file.h"
#include "say.h"

bool rp__value_is_document(const char *text)
{
    struct rp_str trimmed = rp_str_trim(rp_str_of(text));
    return trimmed.len > 0 && strchr("{[\"", trimmed.ptr[0]) != NULL;
}

static bool is_json(struct rp_str text, const char *command)
{
    struct rp_json_error error;
    struct rp_json_doc *doc = NULL;
    if (rp_json_read(&doc, text, NULL, &error) != RP_OK) {
        rp__say(command, "'%.*s' is not JSON: %s (byte %zu)", RP_STR_ARG(text),
            error.message, error.place.byte);
        rp__say_next("any other text goes in by a file, or by -");
        return false;
    }
    rp_json_free(&doc);
    return true;
}

static bool read_file(char **out, size_t *out_bytes, const char *path,
    size_t bytes_max, const char *command)
{
    struct rp_err err = RP_ERR_INIT;
    if (rp__file_read(out, out_bytes, path, bytes_max, &err) != RP_OK) {
        rp__say(command, "%s", err.text);
        if (err.code == RP_E_NOT_FOUND) {
            rp__say_next("what begins with {, [ or \" is the document itself; "
                         "any other goes in by -");
        }
        return false;
    }
    return true;
}

bool rp__value_read(char **out, size_t *out_bytes, const char *text,
    size_t bytes_max, const char *command)
{
    struct rp_str document = rp_str_of(text);
    if (!rp__value_is_document(text)) {
        return read_file(out, out_bytes, text, bytes_max, command);
    }
    if (!is_json(document, command)) {
        return false;
    }
    *out = rp_mem_dup(document);
    *out_bytes = document.len;
    return true;
}
