/* mask.h - secrets are replaced before anybody sees them. Internal to core/io.
 *
 * A masker belongs to one stream. It holds back at most as many bytes as the
 * longest secret has, so that a secret cut by a read is found. */
#ifndef RP_MASK_H
#define RP_MASK_H

#include <reprise/buf.h>

#define RP__SECRET_BYTES_MIN 8

struct rp__secret {
    char *name; /* owned */
    char *form; /* owned: the bytes to look for */
    size_t form_bytes;
};

struct rp__secrets {
    struct rp__secret *items;
    size_t count;
    uint32_t room;
    size_t longest_bytes;
};

/* Adds the forms of `value` (raw, JSON-escaped), unless it is too short. */
void rp__secrets_add(
    struct rp__secrets *secrets, const char *name, struct rp_str value);
void rp__secrets_fini(struct rp__secrets *secrets);
/* Whether a variable's name says that it is a secret. */
bool rp__secret_name(const char *name);

struct rp__masker {
    const struct rp__secrets *secrets; /* borrowed, outlives us */
    struct rp_buf held;
};

void rp__masker_init(
    struct rp__masker *masker, const struct rp__secrets *secrets);
void rp__masker_fini(struct rp__masker *masker);
/* Appends to `out` (reset first) what may be seen of `bytes` and what was held
 * back before; `last` lets everything go. */
void rp__masker_feed(struct rp__masker *masker, struct rp_str bytes, bool last,
    struct rp_buf *out);

#endif
