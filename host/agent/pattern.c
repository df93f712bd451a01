/* Which patterns `inputs` may use: a dialect that matches in linear time. A manifest comes from
 * outside, and a general regular expression can cost the host seconds or all its memory. */
#include <string.h>

#include "agent/pattern.h"

struct pattern_reader {
    struct span text;
    size_t at;
    const char *reason;
    struct pattern_atom atom; /* being read */
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

static void pattern_take(struct pattern_reader *reader, int first, int last)
{
    for (int c = first; c <= last; c++) {
        reader->atom.ascii[c / 64] |= UINT64_C(1) << (c % 64);
    }
}

/* One character, or the digits for −1. */
static void pattern_take_one(struct pattern_reader *reader, int c)
{
    pattern_take(reader, c < 0 ? '0' : c, c < 0 ? '9' : c);
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
    bool is_negated = pattern_peek(reader) == '^';
    reader->at += is_negated;
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
            pattern_take_one(reader, first);
            continue;
        }
        reader->at++;
        if (!pattern_class_char(reader, &last)) {
            return false;
        }
        if (first < 0 || last < first) {
            return pattern_fail(reader, "the range runs backwards");
        }
        pattern_take(reader, first, last);
    }
    reader->at++;
    if (is_negated) {
        reader->atom.ascii[0] = ~reader->atom.ascii[0];
        reader->atom.ascii[1] = ~reader->atom.ascii[1];
        reader->atom.takes_others = true;
    }
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
    reader->atom.least = (uint16_t)least;
    reader->atom.most = (uint16_t)most;
    return true;
}

/* The atom's own character, class or escape. */
static bool pattern_atom_chars(struct pattern_reader *reader)
{
    int c = pattern_peek(reader);
    if (c == '(' || c == ')' || c == '|') {
        return pattern_fail(reader, "groups and alternation are not allowed");
    }
    if (c == '.') {
        return pattern_fail(reader, "write \\. for a dot, or a [class]");
    }
    if (strchr("*+?{}]^$", c) != NULL) {
        return pattern_fail(reader, "this character must be escaped here");
    }
    if (c >= 0x80) {
        reader->at += pattern_decode(reader->text, reader->at, &reader->atom.other);
        return true;
    }
    reader->at++;
    if (c == '[') {
        return pattern_class(reader);
    }
    if (c == '\\' && !pattern_escape(reader, &c)) {
        return false;
    }
    pattern_take_one(reader, c);
    return true;
}

/* One atom with what repeats it. */
static bool pattern_atom(struct pattern_reader *reader)
{
    reader->atom = (struct pattern_atom){.least = 1, .most = 1};
    if (!pattern_atom_chars(reader)) {
        return false;
    }
    if (pattern_peek(reader) == '*' || pattern_peek(reader) == '+') {
        return pattern_fail(reader, "unbounded repeats are not allowed, write {1,256}");
    }
    if (pattern_peek(reader) == '?') {
        reader->at++;
        reader->atom.least = 0;
        return true;
    }
    if (pattern_peek(reader) == '{') {
        reader->at++;
        return pattern_repeat(reader);
    }
    return true;
}

bool pattern_read(struct span text, struct pattern *ret_pattern, size_t *ret_at,
                  const char **ret_reason)
{
    struct pattern_reader reader = {.text = text};
    bool is_ok = false;
    if (text.len > PATTERN_BYTES_MAX) {
        reader.reason = "the pattern is longer than 256 bytes";
    } else if (text.len < 2 || text.data[0] != '^') {
        reader.reason = "the pattern must begin with ^ and end with $";
    } else {
        is_ok = true;
        reader.at = 1;
        ret_pattern->count = 0;
        while (is_ok && reader.at < text.len && text.data[reader.at] != '$') {
            is_ok = pattern_atom(&reader);
            ret_pattern->atoms[ret_pattern->count++] = reader.atom;
        }
        if (is_ok && reader.at + 1 != text.len) {
            reader.reason = "the pattern must begin with ^ and end with $";
            is_ok = false;
        }
    }
    *ret_at = reader.at;
    *ret_reason = reader.reason;
    return is_ok;
}
