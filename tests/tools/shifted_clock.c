/* A machine whose clock is set while a program runs: preloaded, it adds the number of seconds in
 * the file that SHIFTED_CLOCK names to what the wall clock says. Other clocks are left alone. */
#include <fcntl.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

static time_t shift(void)
{
    static int fd = -1;
    char text[32] = "";
    if (fd < 0) {
        const char *path = getenv("SHIFTED_CLOCK");
        fd = path != NULL ? open(path, O_RDONLY | O_CLOEXEC) : -1;
    }
    return fd >= 0 && pread(fd, text, sizeof(text) - 1, 0) > 0 ? atol(text) : 0;
}

int clock_gettime(clockid_t id, struct timespec *ret_time)
{
    int status = (int)syscall(SYS_clock_gettime, id, ret_time);
    if (status == 0 && id == CLOCK_REALTIME) {
        ret_time->tv_sec += shift();
    }
    return status;
}

int gettimeofday(struct timeval *restrict ret_time, void *restrict zone)
{
    (void)zone;
    struct timespec now;
    (void)clock_gettime(CLOCK_REALTIME, &now);
    *ret_time = (struct timeval){.tv_sec = now.tv_sec, .tv_usec = now.tv_nsec / 1000};
    return 0;
}

time_t time(time_t *ret_time)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_REALTIME, &now);
    if (ret_time != NULL) {
        *ret_time = now.tv_sec;
    }
    return now.tv_sec;
}
