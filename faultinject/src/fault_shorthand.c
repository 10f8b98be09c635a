/* on [when] : fault(params) [; fault(params)]... [=> expect]
 *
 *   on     WORD | path:GLOB | agent:GLOB
 *   when   [N] | [N..M] | [N+]   the n-th match
 *          @N | @N..M | @N+      the attempt
 *          ?30%                  chance
 *          after=2s, until=labs.ended, byte=50%, event=3, max=2,
 *          max_of_all=5, after_rule=r1
 *          /POINTER=GLOB         what the call is given
 *   params NAME=VALUE, or the value of the fault's first parameter
 *   expect VERDICT|VERDICT<TIME */
#include "fault_shorthand.h"

static bool fail(struct rp_err *err, struct rp_str what, const char *why)
{
    (void)rp_err_set(err, RP_E_INVALID, "reading a fault rule: '%.*s' %s",
        RP_STR_ARG(what), why);
    return false;
}

static bool read_on(struct rp_str word, cJSON *on, struct rp_err *err)
{
    struct rp_str glob;
    struct rp_str kind = rp_str_cut(word, ':', &glob);
    if (glob.ptr == NULL) {
        rp_json_set_text(on, "either", word);
        return true;
    }
    if (!rp_str_is(kind, "path") && !rp_str_is(kind, "agent")) {
        return fail(err, kind, "is not 'path' or 'agent'");
    }
    rp_json_set_str(on, kind, rp_json_new_string(glob));
    return true;
}

/* Names the member itself: "it says 'nth' twice". */
static bool set_once(
    cJSON *object, struct rp_str name, struct rp_str value, struct rp_err *err)
{
    if (rp_json_get_str(object, name) == NULL) {
        rp_json_add_str(object, name, rp_json_new_string(value));
        return true;
    }
    if (name.len == 0) {
        (void)rp_err_set(err, RP_E_INVALID,
            "reading a fault rule: it says its first parameter twice");
    } else {
        (void)rp_err_set(err, RP_E_INVALID,
            "reading a fault rule: it says '%.*s' twice", RP_STR_ARG(name));
    }
    return false;
}

static bool read_match(struct rp_str word, cJSON *on, struct rp_err *err)
{
    struct rp_str glob;
    struct rp_str pointer = rp_str_cut(word, '=', &glob);
    cJSON *match = cJSON_GetObjectItemCaseSensitive(on, "match");
    if (glob.ptr == NULL) {
        return fail(err, word, "does not say what is there: write /a=b");
    }
    match = match == NULL ? cJSON_AddObjectToObject(on, "match") : match;
    return set_once(match, pointer, glob, err);
}

static bool read_when(
    struct rp_str word, cJSON *on, cJSON *when, struct rp_err *err)
{
    struct rp_str value;
    struct rp_str name = rp_str_cut(word, '=', &value);
    if (word.ptr[0] == '/') {
        return read_match(word, on, err);
    }
    if (value.ptr != NULL && name.len > 0) {
        return set_once(when, name, value, err);
    }
    struct rp_str rest = {word.ptr + 1, word.len - 1};
    if (word.ptr[0] == '@') {
        return set_once(when, RP_STR("attempt"), rest, err);
    }
    if (word.ptr[0] == '?') {
        return set_once(when, RP_STR("prob"), rest, err);
    }
    if (word.len > 1 && word.ptr[0] == '[' && word.ptr[word.len - 1] == ']') {
        rest.len--;
        return set_once(when, RP_STR("nth"), rest, err);
    }
    return fail(err, word,
        "is not a condition: write [1..2], @1, ?30%, "
        "after=2s or another NAME=VALUE");
}

/* Inside of "/at=10:30", where no space follows. */
static bool is_in_match(struct rp_str text, size_t colon)
{
    size_t word = colon;
    while (word > 0 && text.ptr[word - 1] != ' ') {
        word--;
    }
    return text.ptr[word] == '/' && colon + 1 < text.len &&
           text.ptr[colon + 1] != ' ';
}

/* The colon between on and do stands free or after the conditions; those of
 * "agent:" and "path:" are followed by their glob. */
static bool split(struct rp_str text, struct rp_str *on, struct rp_str *what)
{
    for (size_t i = 0; i < text.len; i++) {
        bool prefix = i + 1 < text.len && text.ptr[i + 1] != ' ' &&
                      (rp_str_is((struct rp_str){text.ptr, i}, "agent") ||
                          rp_str_is((struct rp_str){text.ptr, i}, "path"));
        if (text.ptr[i] == ':' && !prefix && !is_in_match(text, i)) {
            *on = rp_str_trim((struct rp_str){text.ptr, i});
            *what = rp_str_trim(
                (struct rp_str){text.ptr + i + 1, text.len - i - 1});
            return true;
        }
    }
    return false;
}

static bool read_left(struct rp_str text, cJSON *rule, struct rp_err *err)
{
    cJSON *on = cJSON_AddObjectToObject(rule, "on");
    cJSON *when = cJSON_AddObjectToObject(rule, "when");
    struct rp_str rest = text;
    bool first = true;
    while (rest.ptr != NULL) {
        struct rp_str word = rp_str_cut(rest, ' ', &rest);
        if (word.len == 0) {
            continue;
        }
        bool good =
            first ? read_on(word, on, err) : read_when(word, on, when, err);
        if (!good) {
            return false;
        }
        first = false;
    }
    return !first || fail(err, text, "does not say what the fault is on");
}

static bool read_params(struct rp_str text, cJSON *what, struct rp_err *err)
{
    struct rp_str rest = text;
    while (rest.ptr != NULL) {
        struct rp_str param = rp_str_trim(rp_str_cut(rest, ',', &rest));
        if (param.len == 0) {
            return fail(err, text, "has an empty parameter");
        }
        struct rp_str value;
        struct rp_str name = rp_str_trim(rp_str_cut(param, '=', &value));
        bool unnamed = value.ptr == NULL;
        if (!unnamed && name.len == 0) {
            return fail(err, param, "has a parameter without a name");
        }
        if (!unnamed && rp_str_is(name, "fault")) {
            return fail(err, name, "is no parameter of this fault");
        }
        if (!set_once(what, unnamed ? RP_STR("") : name,
                unnamed ? param : rp_str_trim(value), err)) {
            return false;
        }
    }
    return true;
}

static bool read_fault(struct rp_str text, cJSON *what, struct rp_err *err)
{
    struct rp_str params;
    struct rp_str name = rp_str_trim(rp_str_cut(text, '(', &params));
    if (name.len == 0) {
        return fail(err, text, "does not say which fault");
    }
    rp_json_set_text(what, "fault", name);
    if (params.ptr == NULL) {
        return true;
    }
    if (!rp_str_ends(params, RP_STR(")"))) {
        return fail(err, text, "does not end with ')'");
    }
    params.len--;
    return rp_str_trim(params).len == 0 || read_params(params, what, err);
}

/* Up to a semicolon that is not among parameters. */
static struct rp_str cut_turn(struct rp_str text, struct rp_str *rest)
{
    bool inside = false;
    for (size_t i = 0; i < text.len; i++) {
        inside = text.ptr[i] == '(' || (inside && text.ptr[i] != ')');
        if (text.ptr[i] == ';' && !inside) {
            *rest = (struct rp_str){text.ptr + i + 1, text.len - i - 1};
            return (struct rp_str){text.ptr, i};
        }
    }
    *rest = (struct rp_str){NULL, 0};
    return text;
}

static bool read_right(struct rp_str text, cJSON *rule, struct rp_err *err)
{
    struct rp_str rest;
    struct rp_str turn = cut_turn(text, &rest);
    if (rest.ptr == NULL) {
        return read_fault(text, cJSON_AddObjectToObject(rule, "do"), err);
    }
    cJSON *list = cJSON_AddArrayToObject(rule, "do");
    for (;;) {
        cJSON *what = cJSON_CreateObject();
        cJSON_AddItemToArray(list, what);
        if (!read_fault(rp_str_trim(turn), what, err)) {
            return false;
        }
        if (rest.ptr == NULL) {
            return true;
        }
        turn = cut_turn(rest, &rest);
    }
}

/* The arrow stands behind the parameters, whatever these say. */
static bool read_expect(struct rp_str *what, cJSON *rule, struct rp_err *err)
{
    size_t at = what->len;
    for (size_t i = what->len; i > 0 && what->ptr[i - 1] != ')'; i--) {
        bool arrow =
            i < what->len && what->ptr[i - 1] == '=' && what->ptr[i] == '>';
        at = arrow ? i - 1 : at;
    }
    if (at == what->len) {
        return true;
    }
    struct rp_str text =
        rp_str_trim((struct rp_str){what->ptr + at + 2, what->len - at - 2});
    rp_json_set_text(rule, "expect", text);
    *what = rp_str_trim((struct rp_str){what->ptr, at});
    return text.len > 0 || fail(err, *what, "does not say what it expects");
}

cJSON *rp__fault_shorthand(struct rp_str text, struct rp_err *err)
{
    struct rp_str on, what;
    text = rp_str_trim(text);
    if (!split(text, &on, &what)) {
        (void)fail(err, text, "has no ':' between where and what");
        return NULL;
    }
    cJSON *rule = cJSON_CreateObject();
    if (!read_left(on, rule, err) || !read_expect(&what, rule, err) ||
        !read_right(what, rule, err)) {
        cJSON_Delete(rule);
        return NULL;
    }
    return rule;
}
