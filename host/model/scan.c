/* A strict reader of JSON tokens. */
#include "model/scan.h"

#include <string.h>

#define SCAN_DEPTH_MAX 16
#define SCAN_DIGITS_MAX 15

/* Four hex digits at data, or −1. */
static int32_t scan_hex4(const char *data)
{
    int32_t value = 0;
    for (int i = 0; i < 4; i++) {
        char c = data[i];
        int digit = c >= '0' && c <= '9'   ? c - '0'
                    : c >= 'a' && c <= 'f' ? c - 'a' + 10
                    : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                           : -1;
        if (digit < 0) {
            return -1;
        }
        value = value << 4 | digit;
    }
    return value;
}

/* The code point of \uXXXX at data (its backslash), with its second half when it is a
 * surrogate pair; −1 for anything else. */
static int32_t scan_unicode(const char *data, size_t left, size_t *ret_len)
{
    if (left < 6 || data[1] != 'u') {
        return -1;
    }
    int32_t code = scan_hex4(data + 2);
    *ret_len = 6;
    if (code < 0xd800 || code > 0xdfff) {
        return code;
    }
    if (code > 0xdbff || left < 12 || data[6] != '\\' || data[7] != 'u') {
        return -1;
    }
    int32_t low = scan_hex4(data + 8);
    *ret_len = 12;
    return low >= 0xdc00 && low <= 0xdfff ? 0x10000 + ((code - 0xd800) << 10) + (low - 0xdc00) : -1;
}

/* Length of the escape at the backslash; 0 when it is none, or \u0000, which nobody may send. */
static size_t scan_escape_len(const char *data, size_t left)
{
    if (left >= 2 && data[1] != '\0' && strchr("\"\\/bfnrt", data[1]) != NULL) {
        return 2;
    }
    size_t len = 0;
    return scan_unicode(data, left, &len) > 0 ? len : 0;
}

struct scan_string scan_text(struct scan *scan)
{
    struct scan_string text = {.has_escapes = false};
    scan_take(scan, '"');
    if (scan->is_failed) {
        return text;
    }
    const char *at = scan->at;
    unsigned char seen = 0; /* all bytes or-ed: is one not ASCII? */
    while (at < scan->end && *at != '"') {
        unsigned char c = (unsigned char)*at;
        seen |= c;
        size_t len = 1;
        if (c == '\\') {
            text.has_escapes = true;
            len = scan_escape_len(at, (size_t)(scan->end - at));
        } else if (c < 0x20) {
            len = 0;
        }
        if (len == 0) {
            scan_fail(scan);
            return text;
        }
        at += len;
    }
    text.inside = (struct span){scan->at, (size_t)(at - scan->at)};
    if (at == scan->end || ((seen & 0x80) != 0 && !span_is_utf8(text.inside))) {
        scan_fail(scan);
        return text;
    }
    scan->at = at + 1;
    return text;
}

static void scan_literal(struct scan *scan, const char *word)
{
    size_t len = strlen(word);
    if ((size_t)(scan->end - scan->at) >= len && memcmp(scan->at, word, len) == 0) {
        scan->at += len;
    } else {
        scan_fail(scan);
    }
}

static size_t scan_digits(struct scan *scan)
{
    const char *from = scan->at;
    while (scan->at < scan->end && *scan->at >= '0' && *scan->at <= '9') {
        scan->at++;
    }
    return (size_t)(scan->at - from);
}

static bool scan_byte_is(const struct scan *scan, const char *set)
{
    return scan->at < scan->end && *scan->at != '\0' && strchr(set, *scan->at) != NULL;
}

static void scan_number(struct scan *scan)
{
    if (scan_byte_is(scan, "-")) {
        scan->at++;
    }
    bool is_zero = scan_byte_is(scan, "0");
    size_t digits = scan_digits(scan);
    bool is_ok = digits == 1 || (digits > 1 && digits <= SCAN_DIGITS_MAX && !is_zero);
    if (is_ok && scan_byte_is(scan, ".")) {
        scan->at++;
        digits = scan_digits(scan);
        is_ok = digits > 0 && digits <= 2 * SCAN_DIGITS_MAX;
    }
    if (is_ok && scan_byte_is(scan, "eE")) {
        scan->at++;
        if (scan_byte_is(scan, "+-")) {
            scan->at++;
        }
        digits = scan_digits(scan);
        is_ok = digits > 0 && digits <= 2; /* far from infinity */
    }
    if (!is_ok) {
        scan_fail(scan);
    }
}

bool scan_member(struct scan *scan, bool *is_first, struct span *ret_key)
{
    char c = scan_peek(scan);
    if (c == '}') {
        scan->at++;
        return false;
    }
    if (!*is_first) {
        scan_take(scan, ',');
    }
    *is_first = false;
    struct scan_string key = scan_text(scan);
    scan_take(scan, ':');
    if (key.has_escapes) {
        scan_fail(scan);
    }
    *ret_key = key.inside;
    return !scan->is_failed;
}

static void scan_skip_at(struct scan *scan, unsigned depth);

static void scan_skip_object(struct scan *scan, unsigned depth)
{
    struct span key;
    scan_take(scan, '{');
    for (bool is_first = true; scan_member(scan, &is_first, &key);) {
        scan_skip_at(scan, depth + 1);
    }
}

static void scan_skip_array(struct scan *scan, unsigned depth)
{
    scan_take(scan, '[');
    if (scan_peek(scan) == ']') {
        scan->at++;
        return;
    }
    do {
        scan_skip_at(scan, depth + 1);
        if (scan_peek(scan) == ']') {
            scan->at++;
            return;
        }
        scan_take(scan, ',');
    } while (!scan->is_failed);
}

static void scan_skip_at(struct scan *scan, unsigned depth)
{
    if (depth > SCAN_DEPTH_MAX) {
        scan_fail(scan);
        return;
    }
    switch (scan_peek(scan)) {
    case '"':
        (void)scan_text(scan);
        break;
    case '{':
        scan_skip_object(scan, depth);
        break;
    case '[':
        scan_skip_array(scan, depth);
        break;
    case 't':
        scan_literal(scan, "true");
        break;
    case 'f':
        scan_literal(scan, "false");
        break;
    case 'n':
        scan_literal(scan, "null");
        break;
    default:
        scan_number(scan);
    }
}

void scan_skip(struct scan *scan)
{
    scan_skip_at(scan, 0);
}

bool scan_null(struct scan *scan)
{
    if (scan_peek(scan) != 'n') {
        return false;
    }
    scan_literal(scan, "null");
    return true;
}

void scan_plain(struct scan *scan, struct span *ret_text)
{
    if (!scan_null(scan)) {
        struct scan_string text = scan_text(scan);
        if (text.has_escapes) {
            scan_fail(scan);
        }
        *ret_text = text.inside;
    }
}

void scan_count(struct scan *scan, int64_t *ret_count)
{
    (void)scan_peek(scan);
    bool is_zero = scan_byte_is(scan, "0");
    const char *from = scan->at;
    size_t digits = scan_digits(scan);
    if (digits == 0 || digits > SCAN_DIGITS_MAX || (is_zero && digits > 1) ||
        scan_byte_is(scan, ".eE")) {
        scan_fail(scan);
        return;
    }
    int64_t count = 0;
    for (size_t i = 0; i < digits; i++) {
        count = count * 10 + (from[i] - '0');
    }
    *ret_count = count;
}

static void scan_put_code(int32_t code, struct sbuf *out)
{
    char bytes[4];
    size_t len = 0;
    if (code < 0x80) {
        bytes[len++] = (char)code;
    } else if (code < 0x800) {
        bytes[len++] = (char)(0xc0 | code >> 6);
        bytes[len++] = (char)(0x80 | (code & 0x3f));
    } else if (code < 0x10000) {
        bytes[len++] = (char)(0xe0 | code >> 12);
        bytes[len++] = (char)(0x80 | (code >> 6 & 0x3f));
        bytes[len++] = (char)(0x80 | (code & 0x3f));
    } else {
        bytes[len++] = (char)(0xf0 | code >> 18);
        bytes[len++] = (char)(0x80 | (code >> 12 & 0x3f));
        bytes[len++] = (char)(0x80 | (code >> 6 & 0x3f));
        bytes[len++] = (char)(0x80 | (code & 0x3f));
    }
    sbuf_append(out, bytes, len);
}

static size_t scan_put_escape(const char *at, size_t left, struct sbuf *out)
{
    static const char letters[] = "bfnrt", meanings[] = "\b\f\n\r\t";
    if (at[1] == 'u') {
        size_t len = 6;
        scan_put_code(scan_unicode(at, left, &len), out);
        return len;
    }
    const char *letter = strchr(letters, at[1]);
    sbuf_putc(out, letter != NULL ? meanings[letter - letters] : at[1]);
    return 2;
}

void scan_unescape(struct span escaped, struct sbuf *out)
{
    const char *at = escaped.data, *end = escaped.data + escaped.len;
    while (at < end) {
        const char *escape = memchr(at, '\\', (size_t)(end - at));
        if (escape == NULL) {
            escape = end;
        }
        sbuf_append(out, at, (size_t)(escape - at));
        at = escape;
        if (at < end) {
            at += scan_put_escape(at, (size_t)(end - at), out);
        }
    }
}
