/* Time and randomness enter the program here and nowhere else, so that tests can fix them. */
#ifndef CORE_CLOCK_H
#define CORE_CLOCK_H

#include <stddef.h>
#include <stdint.h>

/* Wall clock, milliseconds since 1970 (what BullMQ stores). [any] */
int64_t clock_wall_ms(void);

/* Monotonic clock for durations. [any] */
int64_t clock_mono_ms(void);
int64_t clock_mono_us(void);

/* Random bytes from the kernel. [any] */
void clock_random(void *ret_bytes, size_t len);
uint64_t clock_random_u64(void);
/* Uniform in [0, 1). [any] */
double clock_random_unit(void);

/* Tests only: fixes the wall clock (−1 sets it free again). */
void clock_test_fix_wall_ms(int64_t wall_ms);

#define CLOCK_TEXT_BYTES 25 /* "2026-01-02T03:04:05.678Z" and NUL */
/* RFC 3339 in UTC with milliseconds. [any] */
void clock_format(int64_t wall_ms, char ret_text[CLOCK_TEXT_BYTES]);

#endif
