/* What the reader and the user of a zone's bytes share. */
#ifndef TIME_TIMEZONE_PRIVATE_H
#define TIME_TIMEZONE_PRIVATE_H

#include <stdint.h>

#define TIMEZONE_OFFSET_S_MAX (26 * 3600)
#define TIMEZONE_TYPE_BYTES 6

/* Big-endian numbers. */
static inline int32_t timezone_read_32(const uint8_t *at)
{
    return (int32_t)((uint32_t)at[0] << 24 | (uint32_t)at[1] << 16 | (uint32_t)at[2] << 8 | at[3]);
}

static inline int64_t timezone_read_64(const uint8_t *at)
{
    return (int64_t)((uint64_t)(uint32_t)timezone_read_32(at) << 32 |
                     (uint32_t)timezone_read_32(at + 4));
}

#endif
