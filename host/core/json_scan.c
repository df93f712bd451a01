/* One linear pass over JSON text for everything json-c would let through. */
#include "core/json-private.h"

#include <errno.h>
#include <math.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/clock.h"
#include "core/hash.h"
#include "core/json.h"
#include "core/mem.h"

#define JSON_NUMBER_BYTES_MAX 128
#define JSON_KEYS_ON_STACK 64 /* a power of two */

/* A key seen: which object it is in, and its text. */
struct json_key {
    uint32_t object;             /* 0 = free slot; objects are numbered from 1 */
    size_t at;                   /* offset of the opening quote */
    struct span text;            /* without quotes; of decoded when that is set */
    struct json_object *decoded; /* the unescaped key, when it had escapes */
};

struct json_scan {
    struct span text;
    size_t at;
    struct err *err;
    unsigned depth;
    uint32_t objects;                       /* objects seen */
    uint32_t object_at[JSON_DEPTH_MAX + 1]; /* by depth: the object's number, 0 for an array */
    bool is_key_next;
    struct json_key *keys; /* open-addressed table, at most half full */
    size_t keys_count, keys_slots;
    uint64_t seed;
    struct json_key keys_on_stack[JSON_KEYS_ON_STACK];
};

bool json_fail_at(struct span text, size_t offset, struct err *err, const char *fmt, ...)
{
    unsigned line = 1;
    size_t line_start = 0;
    for (size_t i = 0; i < offset && i < text.len; i++) {
        if (text.data[i] == '\n') {
            line++;
            line_start = i + 1;
        }
    }
    char message[ERR_TEXT_BYTES_MAX];
    va_list args;
    va_start(args, fmt);
    (void)vsnprintf(message, sizeof(message), fmt, args);
    va_end(args);
    return err_set(err, ERR_INVALID, "%u:%zu: %.480s", line, offset - line_start + 1, message);
}

static uint64_t json_key_hash(const struct json_scan *scan, uint32_t object, struct span key)
{
    /* Seeded and mixed, so that a producer cannot choose keys that share a slot. */
    uint64_t hash = hash_fnv64(key) ^ scan->seed ^ (uint64_t)object * 0x9e3779b97f4a7c15u;
    hash = (hash ^ hash >> 33) * 0xff51afd7ed558ccdu;
    hash = (hash ^ hash >> 33) * 0xc4ceb9fe1a85ec53u;
    return hash ^ hash >> 33;
}

/* The slot of an equal key, or the free one where it belongs. */
static struct json_key *json_key_slot(const struct json_scan *scan, const struct json_key *key)
{
    size_t mask = scan->keys_slots - 1;
    size_t slot = json_key_hash(scan, key->object, key->text) & mask;
    while (scan->keys[slot].object != 0 && !(scan->keys[slot].object == key->object &&
                                             span_equals(scan->keys[slot].text, key->text))) {
        slot = (slot + 1) & mask;
    }
    return &scan->keys[slot];
}

static void json_keys_grow(struct json_scan *scan)
{
    struct json_key *old = scan->keys;
    size_t old_slots = scan->keys_slots;
    scan->keys_slots = old_slots * 4;
    scan->keys = mem_array(scan->keys_slots, sizeof(*scan->keys));
    for (size_t i = 0; i < old_slots; i++) {
        if (old[i].object != 0) {
            *json_key_slot(scan, &old[i]) = old[i];
        }
    }
    if (old != scan->keys_on_stack) {
        free(old);
    }
}

static bool json_scan_key(struct json_scan *scan, struct json_key key, bool has_escapes)
{
    if (has_escapes) {
        /* json-c itself says what the key means, so both readings always agree. */
        struct json_tokener *tokener = json_tokener_new();
        if (tokener == NULL) {
            return err_set(scan->err, ERR_INTERNAL, "out of memory");
        }
        key.decoded =
            json_tokener_parse_ex(tokener, scan->text.data + key.at, (int)key.text.len + 2);
        json_tokener_free(tokener);
        if (key.decoded == NULL) {
            return json_fail_at(scan->text, key.at, scan->err, "bad escape in a key");
        }
        key.text = (struct span){json_object_get_string(key.decoded),
                                 (size_t)json_object_get_string_len(key.decoded)};
    }
    if (2 * (scan->keys_count + 1) > scan->keys_slots) {
        json_keys_grow(scan);
    }
    struct json_key *slot = json_key_slot(scan, &key);
    if (slot->object != 0) {
        json_object_put(key.decoded);
        return json_fail_at(scan->text, key.at, scan->err, "the key '%.*s' appears twice",
                            (int)(slot->text.len < 100 ? slot->text.len : 100), slot->text.data);
    }
    *slot = key;
    scan->keys_count++;
    return true;
}

/* At a backslash in a string: steps over the escape. */
static bool json_scan_escape(struct json_scan *scan)
{
    const char *at = scan->text.data + scan->at;
    size_t left = scan->text.len - scan->at;
    if (left >= 6 && memcmp(at, "\\u0000", 6) == 0) {
        return json_fail_at(scan->text, scan->at, scan->err, "the escape \\u0000 is not allowed");
    }
    scan->at += left >= 2 ? 2 : left;
    return true;
}

static bool json_scan_string(struct json_scan *scan)
{
    size_t start = scan->at++;
    bool has_escapes = false;
    while (scan->at < scan->text.len && scan->text.data[scan->at] != '"') {
        unsigned char c = (unsigned char)scan->text.data[scan->at];
        if (c < 0x20) {
            return json_fail_at(scan->text, scan->at, scan->err,
                                "raw control character 0x%02x in a string", c);
        }
        if (c != '\\') {
            scan->at++;
            continue;
        }
        has_escapes = true;
        if (!json_scan_escape(scan)) {
            return false;
        }
    }
    if (scan->at >= scan->text.len) {
        return json_fail_at(scan->text, start, scan->err, "the string has no end");
    }
    scan->at++;
    if (!scan->is_key_next) {
        return true;
    }
    scan->is_key_next = false;
    struct json_key key = {.object = scan->object_at[scan->depth],
                           .at = start,
                           .text = {scan->text.data + start + 1, scan->at - start - 2}};
    return json_scan_key(scan, key, has_escapes);
}

/* -?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)? over the whole text. */
static bool json_number_is_legal(const char *at, bool *ret_is_integer)
{
    at += *at == '-';
    size_t digits = strspn(at, "0123456789");
    if (digits == 0 || (digits > 1 && *at == '0')) {
        return false;
    }
    at += digits;
    *ret_is_integer = *at == '\0';
    if (*at == '.') {
        digits = strspn(++at, "0123456789");
        if (digits == 0) {
            return false;
        }
        at += digits;
    }
    if (*at == 'e' || *at == 'E') {
        at++;
        at += *at == '+' || *at == '-';
        digits = strspn(at, "0123456789");
        if (digits == 0) {
            return false;
        }
        at += digits;
    }
    return *at == '\0';
}

static bool json_number_fits(const char *number, bool is_integer)
{
    if (!is_integer) {
        return isfinite(strtod(number, NULL));
    }
    errno = 0;
    if (*number == '-') {
        (void)strtoll(number, NULL, 10);
    } else {
        (void)strtoull(number, NULL, 10);
    }
    return errno == 0;
}

static bool json_scan_number(struct json_scan *scan)
{
    size_t start = scan->at;
    while (scan->at < scan->text.len && scan->text.data[scan->at] != '\0' &&
           strchr("0123456789+-.eE", scan->text.data[scan->at]) != NULL) {
        scan->at++;
    }
    char number[JSON_NUMBER_BYTES_MAX];
    size_t len = scan->at - start;
    if (len >= sizeof(number)) {
        return json_fail_at(scan->text, start, scan->err, "the number is too long");
    }
    memcpy(number, scan->text.data + start, len);
    number[len] = '\0';
    bool is_integer = false;
    if (!json_number_is_legal(number, &is_integer)) {
        return json_fail_at(scan->text, start, scan->err, "'%s' is not a number", number);
    }
    if (!json_number_fits(number, is_integer)) {
        return json_fail_at(scan->text, start, scan->err, "the number %s is out of range", number);
    }
    return true;
}

static bool json_scan_word(struct json_scan *scan)
{
    static const char *const words[] = {"true", "false", "null"};
    size_t start = scan->at;
    while (scan->at < scan->text.len && (scan->text.data[scan->at] | 0x20) >= 'a' &&
           (scan->text.data[scan->at] | 0x20) <= 'z') {
        scan->at++;
    }
    struct span word = {scan->text.data + start, scan->at - start};
    for (size_t i = 0; i < ARRAY_LEN(words); i++) {
        if (span_is(word, words[i])) {
            return true;
        }
    }
    return json_fail_at(scan->text, start, scan->err, "'%.*s' is not JSON",
                        (int)(word.len < 40 ? word.len : 40), word.data);
}

static bool json_scan_open(struct json_scan *scan, bool is_object)
{
    if (scan->depth == JSON_DEPTH_MAX) {
        return json_fail_at(scan->text, scan->at, scan->err, "nested deeper than %d",
                            JSON_DEPTH_MAX);
    }
    scan->depth++;
    scan->object_at[scan->depth] = is_object ? ++scan->objects : 0;
    scan->is_key_next = is_object;
    scan->at++;
    return true;
}

static bool json_scan_token(struct json_scan *scan)
{
    unsigned char c = (unsigned char)scan->text.data[scan->at];
    switch (c) {
    case '{':
    case '[':
        return json_scan_open(scan, c == '{');
    case '}':
    case ']':
        scan->depth -= scan->depth > 0; /* a stray bracket is json-c's to refuse */
        scan->is_key_next = false;
        scan->at++;
        return true;
    case ',':
        scan->is_key_next = scan->object_at[scan->depth] != 0;
        scan->at++;
        return true;
    case ':':
    case ' ':
    case '\t':
    case '\r':
    case '\n':
        scan->at++;
        return true;
    case '"':
        return json_scan_string(scan);
    default:
        break;
    }
    if ((c >= '0' && c <= '9') || c == '-') {
        return json_scan_number(scan);
    }
    if ((c | 0x20) >= 'a' && (c | 0x20) <= 'z') {
        return json_scan_word(scan);
    }
    if (c > 0x20 && c < 0x7f) {
        return json_fail_at(scan->text, scan->at, scan->err, "unexpected '%c'", c);
    }
    return json_fail_at(scan->text, scan->at, scan->err, "unexpected byte 0x%02x", c);
}

bool json_scan(struct span text, struct err *err)
{
    size_t valid = span_utf8_len(text);
    if (valid < text.len) {
        return json_fail_at(text, valid, err, "byte 0x%02x is not UTF-8",
                            (unsigned char)text.data[valid]);
    }
    struct json_scan scan = {.text = text, .err = err, .keys_slots = JSON_KEYS_ON_STACK};
    scan.keys = scan.keys_on_stack;
    scan.seed = clock_random_u64();
    bool is_ok = true;
    while (is_ok && scan.at < text.len) {
        is_ok = json_scan_token(&scan);
    }
    for (size_t i = 0; i < scan.keys_slots; i++) {
        json_object_put(scan.keys[i].decoded);
    }
    if (scan.keys != scan.keys_on_stack) {
        free(scan.keys);
    }
    return is_ok;
}
