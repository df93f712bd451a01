/* Reading MessagePack without trusting it: no length and no count is believed before it has
 * been checked, so that a hostile peer costs no more memory than it sent. (msgpack-c's own
 * unpacker reserves memory for whatever count a header claims.) */
#include "cell/cursor.h"

#include <string.h>

void cursor_fail(struct cursor *cursor, const char *wrong)
{
    if (cursor->wrong == NULL) {
        cursor->wrong = wrong;
    }
    cursor->at = cursor->end;
}

static unsigned cursor_byte(struct cursor *cursor)
{
    if (cursor->at == cursor->end) {
        cursor_fail(cursor, "it ends too early");
        return 0;
    }
    return *cursor->at++;
}

static uint64_t cursor_big_endian(struct cursor *cursor, size_t bytes)
{
    if ((size_t)(cursor->end - cursor->at) < bytes) {
        cursor_fail(cursor, "it ends too early");
        return 0;
    }
    uint64_t value = 0;
    for (size_t i = 0; i < bytes; i++) {
        value = value << 8 | *cursor->at++;
    }
    return value;
}

bool cursor_take_nil(struct cursor *cursor)
{
    if (cursor->at == cursor->end || *cursor->at != 0xc0) {
        return false;
    }
    cursor->at++;
    return true;
}

bool cursor_bool(struct cursor *cursor)
{
    unsigned type = cursor_byte(cursor);
    if (type != 0xc2 && type != 0xc3) {
        cursor_fail(cursor, "a truth value is missing");
    }
    return type == 0xc3;
}

uint64_t cursor_unsigned(struct cursor *cursor, uint64_t max)
{
    unsigned type = cursor_byte(cursor);
    uint64_t value = type;
    if (type >= 0xcc && type <= 0xcf) {
        value = cursor_big_endian(cursor, (size_t)1 << (type - 0xcc));
    } else if (type > 0x7f) {
        cursor_fail(cursor, "a whole number is missing");
        return 0;
    }
    if (value > max) {
        cursor_fail(cursor, "a number is out of range");
        return 0;
    }
    return value;
}

int64_t cursor_signed(struct cursor *cursor, int64_t min, int64_t max)
{
    unsigned type = cursor->at < cursor->end ? *cursor->at : 0;
    int64_t value;
    if (type >= 0xe0) {
        value = (int64_t)cursor_byte(cursor) - 0x100;
    } else if (type >= 0xd0 && type <= 0xd3) {
        (void)cursor_byte(cursor);
        size_t bytes = (size_t)1 << (type - 0xd0);
        uint64_t raw = cursor_big_endian(cursor, bytes);
        uint64_t sign = UINT64_C(1) << (8 * bytes - 1);
        uint64_t wide = (raw ^ sign) - sign; /* sign extension without shifting negatives */
        memcpy(&value, &wide, sizeof(value));
    } else {
        value = (int64_t)cursor_unsigned(cursor, INT64_MAX);
    }
    if (value < min || value > max) {
        cursor_fail(cursor, "a number is out of range");
        return 0;
    }
    return value;
}

double cursor_double(struct cursor *cursor)
{
    if (cursor_byte(cursor) != 0xcb) {
        cursor_fail(cursor, "a floating-point number is missing");
        return 0;
    }
    uint64_t raw = cursor_big_endian(cursor, 8);
    double value;
    memcpy(&value, &raw, sizeof(value));
    return value;
}

struct span cursor_bytes(struct cursor *cursor)
{
    if (cursor_take_nil(cursor)) {
        return (struct span){NULL, 0};
    }
    unsigned type = cursor_byte(cursor);
    if (type < 0xc4 || type > 0xc6) {
        cursor_fail(cursor, "a text is missing");
        return (struct span){NULL, 0};
    }
    uint64_t len = cursor_big_endian(cursor, (size_t)1 << (type - 0xc4));
    if (len > (size_t)(cursor->end - cursor->at)) {
        cursor_fail(cursor, "a text is longer than the frame");
        return (struct span){NULL, 0};
    }
    struct span text = {(const char *)cursor->at, (size_t)len};
    cursor->at += len;
    return cursor->wrong == NULL ? text : (struct span){NULL, 0};
}

uint32_t cursor_count(struct cursor *cursor, uint32_t max)
{
    unsigned type = cursor_byte(cursor);
    uint64_t count = type & 0x0f;
    if (type == 0xdc || type == 0xdd) {
        count = cursor_big_endian(cursor, type == 0xdc ? 2 : 4);
    } else if ((type & 0xf0) != 0x90) {
        cursor_fail(cursor, "a list is missing");
        return 0;
    }
    if (count > max || count > (size_t)(cursor->end - cursor->at)) {
        cursor_fail(cursor, "a list is too long");
        return 0;
    }
    return (uint32_t)count;
}

void cursor_expect_count(struct cursor *cursor, uint32_t fields)
{
    if (cursor_count(cursor, fields) != fields) {
        cursor_fail(cursor, "a list has the wrong length");
    }
}
