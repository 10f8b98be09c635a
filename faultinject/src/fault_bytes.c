/* Where out.truncate cuts: a pure function of the bytes. */
#include <reprise/fault_rule.h>

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* The end of the string that begins at `at` (its opening quote). */
static size_t string_end(struct rp_str bytes, size_t at)
{
    size_t i = at + 1;
    while (i < bytes.len && bytes.ptr[i] != '"') {
        i += bytes.ptr[i] == '\\' ? 2 : 1;
    }
    return i;
}

/* In the middle of the last string of at least two bytes. */
static size_t in_string(struct rp_str bytes)
{
    size_t cut = bytes.len;
    for (size_t i = 0; i < bytes.len; i++) {
        if (bytes.ptr[i] == '"') {
            size_t end = string_end(bytes, i);
            if (end < bytes.len && end - i > 2) {
                cut = i + (end - i) / 2;
            }
            i = end;
        }
    }
    return cut;
}

/* After the first digit of the last number of at least two digits. */
static size_t in_number(struct rp_str bytes)
{
    size_t cut = bytes.len;
    for (size_t i = 0; i < bytes.len; i++) {
        if (bytes.ptr[i] == '"') {
            i = string_end(bytes, i);
        } else if (is_digit(bytes.ptr[i])) {
            size_t begin = i;
            while (i + 1 < bytes.len && is_digit(bytes.ptr[i + 1])) {
                i++;
            }
            cut = i > begin ? begin + 1 : cut;
        }
    }
    return cut;
}

/* Inside the last character of several bytes. */
static size_t in_utf8(struct rp_str bytes)
{
    for (size_t i = bytes.len; i > 0; i--) {
        if (((unsigned char)bytes.ptr[i - 1] & 0xC0) == 0xC0) {
            return i;
        }
    }
    return bytes.len;
}

/* Behind the backslash of the last escape in a text. */
static size_t in_escape(struct rp_str bytes)
{
    size_t cut = bytes.len;
    for (size_t i = 0; i < bytes.len; i++) {
        if (bytes.ptr[i] != '"') {
            continue;
        }
        size_t end = string_end(bytes, i);
        for (size_t k = i + 1; k + 1 < end && k + 1 < bytes.len; k++) {
            if (bytes.ptr[k] == '\\') {
                cut = ++k;
            }
        }
        i = end;
    }
    return cut;
}

/* Behind the last comma that is in no text. */
static size_t between_keys(struct rp_str bytes)
{
    size_t cut = bytes.len;
    for (size_t i = 0; i < bytes.len; i++) {
        if (bytes.ptr[i] == '"') {
            i = string_end(bytes, i);
        } else if (bytes.ptr[i] == ',') {
            cut = i + 1;
        }
    }
    return cut;
}

static size_t before_close(struct rp_str bytes)
{
    for (size_t i = bytes.len; i > 0; i--) {
        if (bytes.ptr[i - 1] == '}' || bytes.ptr[i - 1] == ']') {
            return i - 1;
        }
    }
    return bytes.len;
}

/* Up to the end of so many; all when there are no more. */
static size_t lines(struct rp_str bytes, uint64_t count)
{
    for (size_t i = 0; i < bytes.len; i++) {
        count -= bytes.ptr[i] == '\n' ? 1 : 0;
        if (count == 0) {
            return i + 1;
        }
    }
    return bytes.len;
}

size_t rp_fault_truncated_len(
    const struct rp_fault_rule *rule, struct rp_str bytes)
{
    switch (rule->cut) {
    case RP_CUT_BYTES:
        return rule->amount < bytes.len ? (size_t)rule->amount : bytes.len;
    case RP_CUT_PERMILLE:
        if (rule->amount >= 1000) {
            return bytes.len;
        }
        return bytes.len / 1000 * (size_t)rule->amount +
               bytes.len % 1000 * (size_t)rule->amount / 1000;
    case RP_CUT_IN_STRING:
        return in_string(bytes);
    case RP_CUT_IN_NUMBER:
        return in_number(bytes);
    case RP_CUT_IN_UTF8:
        return in_utf8(bytes);
    case RP_CUT_IN_ESCAPE:
        return in_escape(bytes);
    case RP_CUT_BETWEEN_KEYS:
        return between_keys(bytes);
    case RP_CUT_BEFORE_CLOSE:
        return before_close(bytes);
    case RP_CUT_LINES:
        return lines(bytes, rule->amount);
    }
    return bytes.len;
}
