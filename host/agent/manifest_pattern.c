/* Which patterns `inputs` may use: a dialect that matches in linear time. A manifest comes from
 * outside, and a general regular expression can cost the host seconds or all its memory. */
#include <stdlib.h>
#include <string.h>

#include "agent/manifest-private.h"

#define PATTERN_BYTES_MAX 256
#define PATTERN_REPEAT_MAX 256

struct pattern_reader {
    struct span text;
    size_t at;
    const char *reason;
};

static bool pattern_fail(struct pattern_reader *reader, const char *reason)
{
    reader->reason = reason;
    return false;
}

static int pattern_peek(const struct pattern_reader *reader)
{
    return reader->at < reader->text.len ? (unsigned char)reader->text.data[reader->at] : -1;
}

/* After a backslash. *ret_char is the character meant, or −1 for \d. */
static bool pattern_escape(struct pattern_reader *reader, int *ret_char)
{
    int c = pattern_peek(reader);
    if (c == 'd') {
        *ret_char = -1;
    } else if (c > 0 && strchr("\\^$.[]{}()|*+?/-", c) != NULL) {
        *ret_char = c;
    } else {
        return pattern_fail(reader, "only \\d and escaped punctuation are allowed after \\");
    }
    reader->at++;
    return true;
}

/* One character of a class: itself or an escape. */
static bool pattern_class_char(struct pattern_reader *reader, int *ret_char)
{
    int c = pattern_peek(reader);
    if (c < 0) {
        return pattern_fail(reader, "the class has no ]");
    }
    if (c == '[') {
        return pattern_fail(reader, "write \\[ inside a class");
    }
    if (c >= 0x80) {
        return pattern_fail(reader, "classes hold ASCII characters only");
    }
    reader->at++;
    if (c == '\\') {
        return pattern_escape(reader, ret_char);
    }
    *ret_char = c;
    return true;
}

/* After [: up to and including ]. */
static bool pattern_class(struct pattern_reader *reader)
{
    if (pattern_peek(reader) == '^') {
        reader->at++;
    }
    if (pattern_peek(reader) == ']') {
        return pattern_fail(reader, "the class is empty");
    }
    while (pattern_peek(reader) != ']') {
        int first = 0, last = 0;
        if (!pattern_class_char(reader, &first)) {
            return false;
        }
        bool is_range = pattern_peek(reader) == '-' && reader->at + 1 < reader->text.len &&
                        reader->text.data[reader->at + 1] != ']';
        if (!is_range) {
            continue;
        }
        reader->at++;
        if (!pattern_class_char(reader, &last)) {
            return false;
        }
        if (first < 0 || last < first) {
            return pattern_fail(reader, "the range runs backwards");
        }
    }
    reader->at++;
    return true;
}

static bool pattern_number(struct pattern_reader *reader, unsigned *ret_number)
{
    unsigned number = 0;
    size_t start = reader->at;
    while (pattern_peek(reader) >= '0' && pattern_peek(reader) <= '9') {
        number = number * 10 + (unsigned)(pattern_peek(reader) - '0');
        if (number > PATTERN_REPEAT_MAX) {
            return pattern_fail(reader, "a repeat count is over 256");
        }
        reader->at++;
    }
    if (reader->at == start) {
        return pattern_fail(reader, "repeats are written {m} or {m,n}");
    }
    *ret_number = number;
    return true;
}

/* After {: up to and including }. */
static bool pattern_repeat(struct pattern_reader *reader)
{
    unsigned least = 0, most = 0;
    if (!pattern_number(reader, &least)) {
        return false;
    }
    most = least;
    if (pattern_peek(reader) == ',') {
        reader->at++;
        if (!pattern_number(reader, &most)) {
            return false;
        }
    }
    if (pattern_peek(reader) != '}') {
        return pattern_fail(reader, "repeats are written {m} or {m,n}");
    }
    if (most < least || most == 0) {
        return pattern_fail(reader, "the repeat counts run backwards");
    }
    reader->at++;
    return true;
}

/* One atom with what repeats it. */
static bool pattern_atom(struct pattern_reader *reader)
{
    int c = pattern_peek(reader), ignored = 0;
    bool is_ok = true;
    if (c == '(' || c == ')' || c == '|') {
        return pattern_fail(reader, "groups and alternation are not allowed");
    }
    if (c == '.') {
        return pattern_fail(reader, "write \\. for a dot, or a [class]");
    }
    if (strchr("*+?{}]^$", c) != NULL) {
        return pattern_fail(reader, "this character must be escaped here");
    }
    reader->at++;
    if (c == '\\') {
        is_ok = pattern_escape(reader, &ignored);
    } else if (c == '[') {
        is_ok = pattern_class(reader);
    }
    while (is_ok && c >= 0x80 && (pattern_peek(reader) & 0xc0) == 0x80 &&
           pattern_peek(reader) >= 0) {
        reader->at++; /* the rest of one UTF-8 character */
    }
    if (!is_ok) {
        return false;
    }
    if (pattern_peek(reader) == '*' || pattern_peek(reader) == '+') {
        return pattern_fail(reader, "unbounded repeats are not allowed, write {1,256}");
    }
    if (pattern_peek(reader) == '?') {
        reader->at++;
        return true;
    }
    if (pattern_peek(reader) == '{') {
        reader->at++;
        return pattern_repeat(reader);
    }
    return true;
}

bool manifest_pattern_is_legal(struct span pattern, size_t *ret_at, const char **ret_reason)
{
    struct pattern_reader reader = {.text = pattern};
    bool is_ok = false;
    if (pattern.len > PATTERN_BYTES_MAX) {
        reader.reason = "the pattern is longer than 256 bytes";
    } else if (pattern.len < 2 || pattern.data[0] != '^') {
        reader.reason = "the pattern must begin with ^ and end with $";
    } else {
        is_ok = true;
        reader.at = 1;
        while (is_ok && reader.at < pattern.len && pattern.data[reader.at] != '$') {
            is_ok = pattern_atom(&reader);
        }
        if (is_ok && reader.at + 1 != pattern.len) {
            reader.reason = "the pattern must begin with ^ and end with $";
            is_ok = false;
        }
    }
    *ret_at = reader.at;
    *ret_reason = reader.reason;
    return is_ok;
}
