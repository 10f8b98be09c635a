#include "faults_arg.h"

#include <string.h>

#include <reprise/mem.h>

#include "embedded.h"
#include "file.h"
#include "say.h"

#define TEXT_BYTES_MAX ((size_t)1 << 20)
#define PROFILES_MAX 64

/* ---- profiles ---- */

static struct rp_str profile_name(const struct rp__embedded *profile)
{
    size_t len = strlen(profile->name) - strlen(".json");
    return (struct rp_str){profile->name, len};
}

const struct rp__embedded *rp__faults_profile(const char *name)
{
    const struct rp__embedded *p = rp__embedded_profiles;
    while (p->name != NULL && !rp_str_is(profile_name(p), name)) {
        p++;
    }
    return p->name == NULL ? NULL : p;
}

static enum rp_code no_profile(const char *name, struct rp_err *err)
{
    char *names[PROFILES_MAX];
    uint32_t count = 0;
    for (const struct rp__embedded *p = rp__embedded_profiles; p->name != NULL;
         p++) {
        RP_ASSERT(count < PROFILES_MAX);
        names[count++] = rp_mem_dup(profile_name(p));
    }
    const char *near =
        rp_str_nearest(rp_str_of(name), (const char *const *)names, count);
    enum rp_code rc = rp_err_set(err, RP_E_NOT_FOUND,
        "there is neither a profile nor a file '%s'%s%s%s", name,
        near == NULL ? "" : "; did you mean '", near == NULL ? "" : near,
        near == NULL ? "" : "'?");
    for (uint32_t i = 0; i < count; i++) {
        rp_mem_free(names[i]);
    }
    return rc;
}

/* What has a slash or a dot in it is a file. */
static enum rp_code add_plan(
    struct rp_fault_rules *rules, const char *name, struct rp_err *err)
{
    const struct rp__embedded *profile = rp__faults_profile(name);
    char *text = NULL;
    size_t len = 0;
    if (profile != NULL) {
        struct rp_str bytes = {profile->bytes, profile->len};
        return rp_fault_rules_read(rules, bytes, err);
    }
    if (strpbrk(name, "/.") == NULL && strcmp(name, "-") != 0) {
        return no_profile(name, err);
    }
    enum rp_code rc = rp__file_read(&text, &len, name, TEXT_BYTES_MAX, err);
    if (rc == RP_OK) {
        rc = rp_fault_rules_read(rules, (struct rp_str){text, len}, err);
    }
    rp_mem_free(text);
    return rc;
}

/* ---- the command line ---- */

static bool plan_failed(const struct rp__args *args, const struct rp_err *err)
{
    rp__say(
        args->command->name, "--faults: %s; nothing was started", err->text);
    rp__say_next("reprise faults profiles lists the profiles");
    return false;
}

static enum rp_code add_rule(struct rp_fault_rules *rules, const char *path,
    const char *text, struct rp_err *err)
{
    struct rp_buf whole;
    rp_buf_init(&whole, TEXT_BYTES_MAX);
    rp_buf_addf(&whole, "%s%s%s", path == NULL ? "" : path,
        path == NULL ? "" : " : ", text);
    enum rp_code rc = rp_fault_rule_add(rules, rp_buf_str(&whole), err);
    rp_buf_fini(&whole);
    return rc;
}

static bool failed(
    const struct rp__args *args, const char *path, const struct rp_err *err)
{
    rp__say(args->command->name, "--fault: %s; nothing was started", err->text);
    if (path != NULL) {
        rp__say_next("--at says where, so write it as in --fault hang");
    } else {
        rp__say_next("write it as in --fault 'labs : hang'; reprise schema "
                     "rules has the long form");
    }
    return false;
}

bool rp__faults_arg_parse_at(struct rp__faults_arg *out,
    const struct rp__args *args, const struct rp_plan *plan, const char *path)
{
    struct rp_err err = RP_ERR_INIT;
    const char *text;
    *out = (struct rp__faults_arg){.rules = {.count = 0}};
    rp_buf_init(&out->text, TEXT_BYTES_MAX);
    for (uint32_t i = 0; (text = rp__opt_list(args, "faults", i)) != NULL;
         i++) {
        if (add_plan(&out->rules, text, &err) != RP_OK) {
            return plan_failed(args, &err);
        }
    }
    for (uint32_t i = 0; (text = rp__opt_list(args, "fault", i)) != NULL; i++) {
        if (add_rule(&out->rules, path, text, &err) != RP_OK) {
            return failed(args, path, &err);
        }
    }
    if (rp_fault_rules_fit(&out->rules, plan, &err) != RP_OK) {
        return failed(args, path, &err);
    }
    if (out->rules.count > 0) {
        rp_fault_rules_write(&out->text, &out->rules);
    }
    return true;
}

bool rp__faults_arg_parse(struct rp__faults_arg *out,
    const struct rp__args *args, const struct rp_plan *plan)
{
    return rp__faults_arg_parse_at(out, args, plan, NULL);
}

void rp__faults_arg_fini(struct rp__faults_arg *faults)
{
    rp_buf_fini(&faults->text);
}

struct rp_str rp__faults_arg_text(const struct rp__faults_arg *faults)
{
    return rp_buf_str(&faults->text);
}
