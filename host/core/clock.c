/* Clocks and kernel randomness. */
#include "core/clock.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>

static int64_t clock_fixed_wall_ms = -1;

static int64_t clock_read_us(clockid_t id)
{
    struct timespec now;
    (void)clock_gettime(id, &now);
    return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

int64_t clock_wall_ms(void)
{
    return clock_fixed_wall_ms >= 0 ? clock_fixed_wall_ms : clock_read_us(CLOCK_REALTIME) / 1000;
}

int64_t clock_mono_us(void)
{
    return clock_read_us(CLOCK_MONOTONIC);
}

int64_t clock_mono_ms(void)
{
    return clock_mono_us() / 1000;
}

void clock_random(void *ret_bytes, size_t len)
{
    unsigned char *at = ret_bytes;
    while (len > 0) {
        ssize_t got = getrandom(at, len, 0);
        if (got < 0 && errno != EINTR) {
            abort(); /* a kernel without randomness */
        }
        if (got > 0) {
            at += got;
            len -= (size_t)got;
        }
    }
}

uint64_t clock_random_u64(void)
{
    uint64_t value;
    clock_random(&value, sizeof(value));
    return value;
}

double clock_random_unit(void)
{
    return (double)(clock_random_u64() >> 11) / 9007199254740992.0; /* 53 bits / 2^53 */
}

void clock_test_fix_wall_ms(int64_t wall_ms)
{
    clock_fixed_wall_ms = wall_ms;
}

void clock_format(int64_t wall_ms, char ret_text[CLOCK_TEXT_BYTES])
{
    time_t seconds = (time_t)(wall_ms / 1000);
    struct tm tm;
    (void)gmtime_r(&seconds, &tm);
    (void)strftime(ret_text, CLOCK_TEXT_BYTES, "%Y-%m-%dT%H:%M:%S", &tm);
    unsigned ms = (unsigned)(wall_ms % 1000);
    char fraction[] = {
        '.', (char)('0' + ms / 100 % 10), (char)('0' + ms / 10 % 10), (char)('0' + ms % 10), 'Z',
        '\0'};
    memcpy(ret_text + CLOCK_TEXT_BYTES - sizeof(fraction), fraction, sizeof(fraction));
}
