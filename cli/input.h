/* input.h - the input that a command line names, held to the plan's or agent's
 * contract before anything starts. Floor: cli. */
#ifndef RP_CLI_INPUT_H
#define RP_CLI_INPUT_H

#include <reprise/json.h>
#include <reprise/schema.h>

struct rp__input {
    struct rp_buf text;      /* text form */
    struct rp_json_doc *doc; /* NULL when it is a default */
    char *bytes;             /* as read */
};

/* `option` is a file, "-", a document, or NULL: then `otherwise`, or {}.
 * False: the person was told, the status is RP__EXIT_USAGE. */
bool rp__input_load(struct rp__input *out, const char *command,
    const char *option, const cJSON *otherwise,
    const struct rp_schema *contract);
void rp__input_fini(struct rp__input *input);

#endif
