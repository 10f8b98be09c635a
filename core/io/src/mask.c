#include "mask.h"

#include <string.h>

#include <reprise/json.h>
#include <reprise/mem.h>

#define HELD_BYTES_MAX (8u << 20)

static void add_form(
    struct rp__secrets *secrets, const char *name, struct rp_str form)
{
    for (size_t i = 0; i < secrets->count; i++) {
        struct rp_str known = {
            secrets->items[i].form, secrets->items[i].form_bytes};
        if (rp_str_equal(known, form)) {
            return;
        }
    }
    secrets->items = rp_mem_room(secrets->items, secrets->count, &secrets->room,
        sizeof(struct rp__secret));
    secrets->items[secrets->count++] = (struct rp__secret){
        rp_mem_dup(rp_str_of(name)), rp_mem_dup(form), form.len};
    if (form.len > secrets->longest_bytes) {
        secrets->longest_bytes = form.len;
    }
}

/* Many writers escape the slash too. */
static void escape_slashes(struct rp_str text, struct rp_buf *out)
{
    for (size_t i = 0; i < text.len; i++) {
        if (text.ptr[i] == '/') {
            rp_buf_add_char(out, '\\');
        }
        rp_buf_add_char(out, text.ptr[i]);
    }
}

void rp__secrets_add(
    struct rp__secrets *secrets, const char *name, struct rp_str value)
{
    if (value.len < RP__SECRET_BYTES_MIN) {
        return;
    }
    add_form(secrets, name, value);
    struct rp_buf quoted, slashed;
    rp_buf_init(&quoted, HELD_BYTES_MAX);
    rp_buf_init(&slashed, HELD_BYTES_MAX);
    rp_json_write_string(&quoted, value);
    struct rp_str escaped = {quoted.ptr + 1, quoted.len - 2};
    add_form(secrets, name, escaped);
    escape_slashes(escaped, &slashed);
    add_form(secrets, name, rp_buf_str(&slashed));
    rp_buf_fini(&quoted);
    rp_buf_fini(&slashed);
}

void rp__secrets_fini(struct rp__secrets *secrets)
{
    for (size_t i = 0; i < secrets->count; i++) {
        rp_mem_free(secrets->items[i].name);
        rp_mem_free(secrets->items[i].form);
    }
    rp_mem_free(secrets->items);
    *secrets = (struct rp__secrets){.items = NULL};
}

bool rp__secret_name(const char *name)
{
    static const char *const endings[] = {
        "_KEY", "_TOKEN", "_SECRET", "_PASSWORD"};
    for (size_t i = 0; i < RP_COUNT_OF(endings); i++) {
        if (rp_str_ends(rp_str_of(name), rp_str_of(endings[i]))) {
            return true;
        }
    }
    return false;
}

/* ---- a stream ---- */

void rp__masker_init(
    struct rp__masker *masker, const struct rp__secrets *secrets)
{
    masker->secrets = secrets;
    rp_buf_init(&masker->held, HELD_BYTES_MAX);
}

void rp__masker_fini(struct rp__masker *masker)
{
    rp_buf_fini(&masker->held);
}

/* The longest secret that begins at `at`, or NULL. */
static const struct rp__secret *secret_at(
    const struct rp__secrets *secrets, struct rp_str bytes, size_t at)
{
    const struct rp__secret *best = NULL;
    for (size_t i = 0; i < secrets->count; i++) {
        const struct rp__secret *s = &secrets->items[i];
        if (s->form_bytes <= bytes.len - at && s->form[0] == bytes.ptr[at] &&
            memcmp(s->form, bytes.ptr + at, s->form_bytes) == 0 &&
            (best == NULL || s->form_bytes > best->form_bytes)) {
            best = s;
        }
    }
    return best;
}

void rp__masker_feed(struct rp__masker *masker, struct rp_str bytes, bool last,
    struct rp_buf *out)
{
    const struct rp__secrets *secrets = masker->secrets;
    rp_buf_reset(out);
    if (secrets->count == 0) {
        rp_buf_add(out, bytes);
        return;
    }
    rp_buf_add(&masker->held, bytes);
    struct rp_str all = rp_buf_str(&masker->held);
    size_t keep = last ? 0 : secrets->longest_bytes - 1;
    size_t at = 0;
    while (at < all.len && all.len - at > keep) {
        const struct rp__secret *found = secret_at(secrets, all, at);
        if (found != NULL) {
            rp_buf_addf(out, "[secret:%s]", found->name);
            at += found->form_bytes;
        } else {
            rp_buf_add_char(out, all.ptr[at++]);
        }
    }
    if (at > 0) {
        size_t left = all.len - at;
        memmove(masker->held.ptr, masker->held.ptr + at, left);
        masker->held.len = left;
    }
}
