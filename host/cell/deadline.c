/* Deadlines that are fair: a pause of the host (a stopped virtual machine, a long loop turn)
 * is not the cell's fault, and a cell that burns its time differs from one that got none. */
#include "cell/cell-private.h"
#include "core/clock.h"

#define DEADLINE_TICK_MS 100
#define DEADLINE_PAUSE_MS 200 /* a tick later than this is a pause */

static int64_t deadline_cpu_us(pid_t pid)
{
    clockid_t clock;
    struct timespec used;
    if (clock_getcpuclockid(pid, &clock) != 0 || clock_gettime(clock, &used) != 0) {
        return 0; /* gone: the report does not ask */
    }
    return (int64_t)used.tv_sec * 1000000 + used.tv_nsec / 1000;
}

static int64_t deadline_wait_ms(const struct cell_deadline *deadline)
{
    int64_t left_ms = deadline->due_ms - deadline->tick_ms;
    if (left_ms > DEADLINE_TICK_MS) {
        return DEADLINE_TICK_MS;
    }
    return left_ms > 1 ? left_ms : 1;
}

void cell_deadline_start(struct cell_deadline *deadline, pid_t pid, int64_t wait_ms)
{
    int64_t now_ms = clock_mono_ms();
    *deadline = (struct cell_deadline){.due_ms = now_ms + wait_ms,
                                       .tick_ms = now_ms,
                                       .started_ms = now_ms,
                                       .cpu_started_us = deadline_cpu_us(pid)};
}

bool cell_deadline_is_over(struct cell_deadline *deadline)
{
    int64_t now_ms = clock_mono_ms();
    int64_t late_ms = now_ms - deadline->tick_ms - deadline_wait_ms(deadline);
    if (late_ms > DEADLINE_PAUSE_MS && !deadline->is_extended) {
        deadline->due_ms += late_ms;
        deadline->is_extended = true;
    }
    deadline->tick_ms = now_ms;
    return now_ms >= deadline->due_ms;
}

double cell_deadline_next_s(const struct cell_deadline *deadline)
{
    return (double)deadline_wait_ms(deadline) / 1000;
}

bool cell_deadline_was_spinning(const struct cell_deadline *deadline, pid_t pid)
{
    int64_t cpu_us = deadline_cpu_us(pid) - deadline->cpu_started_us;
    return cpu_us * 10 > (clock_mono_ms() - deadline->started_ms) * 1000;
}
