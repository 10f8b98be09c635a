/* Whatever is read can be written and read again, and is the same. */
#include <stddef.h>
#include <stdint.h>

#include <reprise/err.h>
#include <reprise/json.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct rp_digest key_of_what_is_written(const cJSON *root)
{
    struct rp_buf text;
    rp_buf_init(&text, 64u << 20);
    rp_json_write_text(&text, root);
    RP_ASSERT(!text.overflowed);
    struct rp_json_options options = RP_JSON_OPTIONS_INIT;
    struct rp_json_doc *doc = NULL;
    RP_ASSERT(rp_json_read(&doc, rp_buf_str(&text), &options, NULL) == RP_OK);
    struct rp_digest digest = rp_json_key_digest(rp_json_root(doc));
    rp_json_free(&doc);
    rp_buf_fini(&text);
    return digest;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct rp_str bytes = {(const char *)data, size};
    for (int comments = 0; comments < 2; comments++) {
        struct rp_json_options options = RP_JSON_OPTIONS_INIT;
        options.comments = comments == 1;
        struct rp_json_doc *doc = NULL;
        struct rp_json_error error = {.message = ""};
        enum rp_code code = rp_json_read(&doc, bytes, &options, &error);
        if (code != RP_OK) {
            RP_ASSERT(error.message[0] != '\0');
            RP_ASSERT(error.place.byte <= size);
            continue;
        }
        struct rp_digest read = rp_json_key_digest(rp_json_root(doc));
        struct rp_digest again = key_of_what_is_written(rp_json_root(doc));
        RP_ASSERT(rp_digest_equal(&read, &again));
        rp_json_free(&doc);
    }
    return 0;
}
