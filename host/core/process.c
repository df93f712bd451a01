/* The metrics every process has, under the names Prometheus' own clients give them. */
#include "core/process.h"

#include <dirent.h>
#include <stddef.h>
#include <stdio.h>
#include <sys/resource.h>
#include <unistd.h>

#include "core/clock.h"
#include "core/metrics.h"

static double process_seconds(struct timeval time)
{
    return (double)time.tv_sec + (double)time.tv_usec / 1e6;
}

static double process_resident_bytes(void)
{
    unsigned long total = 0, resident = 0;
    FILE *file = fopen("/proc/self/statm", "re");
    if (file != NULL) {
        if (fscanf(file, "%lu %lu", &total, &resident) != 2) {
            resident = 0;
        }
        (void)fclose(file);
    }
    return (double)resident * (double)sysconf(_SC_PAGESIZE);
}

static double process_open_fds(void)
{
    DIR *dir = opendir("/proc/self/fd");
    if (dir == NULL) {
        return 0;
    }
    int count = -3; /* ".", ".." and the descriptor that reads */
    while (readdir(dir) != NULL) {
        count++;
    }
    (void)closedir(dir);
    return count;
}

static void process_refresh(void *ctx)
{
    (void)ctx;
    struct rusage usage;
    struct rlimit files;
    if (getrusage(RUSAGE_SELF, &usage) == 0) {
        struct metric *cpu = metrics_counter(
            "process_cpu_seconds_total", "Processor time of this process, user and system.", NULL);
        metrics_add(cpu, process_seconds(usage.ru_utime) + process_seconds(usage.ru_stime) -
                             metrics_value(cpu));
    }
    if (getrlimit(RLIMIT_NOFILE, &files) == 0) {
        metrics_set(metrics_gauge("process_max_fds", "Descriptors this process may open.", NULL),
                    (double)files.rlim_cur);
    }
    metrics_set(metrics_gauge("process_open_fds", "Descriptors that are open.", NULL),
                process_open_fds());
    metrics_set(metrics_gauge("process_resident_memory_bytes", "Memory in use.", NULL),
                process_resident_bytes());
}

void process_add_metrics(void)
{
    metrics_set(metrics_gauge("process_start_time_seconds", "When this process started.", NULL),
                (double)clock_wall_ms() / 1000);
    metrics_on_render(process_refresh, NULL);
}
