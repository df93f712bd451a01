/* Refused system calls: they raise SIGSYS, are counted, told to the host and fail with EPERM as
 * if the kernel had said so, or end the process. An agent can spoil this, it being in the same
 * memory, but not make a refused call happen: what is told is a hint. */
#include <errno.h>
#include <signal.h>
#include <string.h>
#include <ucontext.h>
#include <unistd.h>

#include "cell/sandbox-private.h"
#include "cell/wire.h"

#if defined(__x86_64__)
#define TRAP_RESULT(context) ((context)->uc_mcontext.gregs[REG_RAX])
#elif defined(__aarch64__)
#define TRAP_RESULT(context) ((context)->uc_mcontext.regs[0])
#endif

static volatile uint32_t trap_count, trap_told;
static volatile int trap_last_call = -1;

uint32_t sandbox_take_denied(int *ret_last_call)
{
    if (trap_told == trap_count) {
        return 0;
    }
    trap_told = trap_count;
    *ret_last_call = trap_last_call;
    return trap_told;
}

bool sandbox_trap_is_supported(void)
{
#ifdef TRAP_RESULT
    return true;
#else
    return false;
#endif
}

#ifdef TRAP_RESULT

static size_t trap_digits(char *ret_digits, int number)
{
    char reversed[12];
    size_t len = 0;
    do {
        reversed[len++] = (char)('0' + number % 10);
        number /= 10;
    } while (number > 0);
    for (size_t i = 0; i < len; i++) {
        ret_digits[i] = reversed[len - 1 - i];
    }
    return len;
}

/* The frame that wire_write_text would make, without the memory it would take: a signal may
 * come in the middle of malloc. */
static void trap_tell(uint32_t count, int call)
{
    unsigned char frame[40] = {0,
                               0,
                               0,
                               0,
                               0x90 | WIRE_TEXT_FIELDS,
                               WIRE_DENIED,
                               0xd2,
                               (unsigned char)(count >> 24),
                               (unsigned char)(count >> 16),
                               (unsigned char)(count >> 8),
                               (unsigned char)count,
                               0xc4};
    size_t len = 13;
    size_t digits = trap_digits((char *)frame + len, call);
    frame[len - 1] = (unsigned char)digits;
    len += digits;
    frame[len++] = 0xc0;
    frame[0] = (unsigned char)(len - WIRE_HEADER_BYTES);
    (void)!write(WIRE_SOCKET_FD, frame, len); /* a signal handler has nobody to complain to */
}

/* With SIGSYS blocked the kernel ends whoever makes a refused call, by that signal. */
static void trap_die(int call)
{
    sigset_t blocked;
    (void)sigemptyset(&blocked);
    (void)sigaddset(&blocked, SIGSYS);
    (void)sigprocmask(SIG_BLOCK, &blocked, NULL);
    (void)syscall(call);
    _exit(SIGSYS); /* only if the filter was spoilt */
}

static void trap_on_sigsys(int signal_number, siginfo_t *info, void *context_pointer)
{
    (void)signal_number;
    ucontext_t *context = context_pointer;
    int saved = errno;
    uint32_t count = trap_count < INT32_MAX ? trap_count + 1 : trap_count;
    trap_count = count;
    trap_last_call = info->si_syscall >= 0 ? info->si_syscall : 0;
    bool is_deadly = sandbox_filter_is_deadly(trap_last_call);
    if ((count & (count - 1)) == 0 || is_deadly) {
        trap_tell(count, trap_last_call);
        trap_told = count;
    }
    if (is_deadly) {
        trap_die(trap_last_call);
    }
    TRAP_RESULT(context) = -EPERM;
    errno = saved;
}

bool sandbox_trap_install(void)
{
    struct sigaction action = {.sa_sigaction = trap_on_sigsys, .sa_flags = SA_SIGINFO | SA_NODEFER};
    (void)sigemptyset(&action.sa_mask);
    return sigaction(SIGSYS, &action, NULL) == 0;
}

#else

bool sandbox_trap_install(void)
{
    return false;
}

#endif
