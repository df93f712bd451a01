/* Which functions of others an agent may call, and why not the rest. */
#include <string.h>

#include "core/attr.h"
#include "imports.h"

static const struct {
    const char *names; /* separated by spaces */
    const char *why;
} forbidden[] = {
    {"pthread_create thrd_create", "agents start no threads: calls come one at a time"},
    {"pthread_key_create tss_create __cxa_thread_atexit_impl __cxa_thread_atexit",
     "its destructor would run code after the agent was unloaded"},
    {"atexit on_exit __cxa_atexit at_quick_exit",
     "handlers at exit run at a time the host does not know"},
    {"signal sigaction sigprocmask bsd_signal sysv_signal __sysv_signal",
     "signals belong to the host"},
    {"socket connect bind listen accept send sendto recv recvfrom getaddrinfo gethostbyname",
     "agents have no network: the sandbox refuses it"},
    {"fork vfork clone posix_spawn posix_spawnp execve execv execvp execl execlp system popen",
     "agents start no processes: the sandbox refuses it"},
    {"open open64 openat openat64 creat fopen fopen64 freopen opendir __open_2 __open64_2 mkstemp "
     "tmpfile unlink rename",
     "agents open no files: what they need comes as assets"},
    {"ptrace process_vm_readv process_vm_writev kill raise tgkill prctl syscall",
     "no honest agent makes this call"},
    {"exit _exit _Exit quick_exit", "ending the process looks like a crash: return a status"},
    {"dlopen dlsym dlmopen", "code that is loaded later cannot be checked now"},
    {"time clock_gettime gettimeofday clock rand random drand48 getrandom getentropy arc4random",
     "the same job must give the same prompt: take time from now_ms and chance from seed"},
    {"sleep usleep nanosleep clock_nanosleep pause alarm select poll epoll_wait",
     "a call that waits runs into its deadline"},
    {"getenv secure_getenv setenv putenv environ __environ",
     "the environment of a cell is empty: use the manifest's config"},
    {"setlocale uselocale", "results must not depend on the machine's locale"},
};

static const char allowed[] =
    " _ITM_deregisterTMCloneTable _ITM_registerTMCloneTable __gmon_start__ __cxa_finalize "
    "__assert_fail __errno_location __stack_chk_fail __fortify_fail __tls_get_addr "
    "abort abs labs llabs div ldiv lldiv bsearch qsort qsort_r strtol strtoul strtoll strtoull "
    "strtod strtof strtold __isoc23_strtol __isoc23_strtoul __isoc23_strtoll __isoc23_strtoull "
    "atoi atol atof malloc calloc realloc reallocarray free aligned_alloc posix_memalign "
    "explicit_bzero bcmp bzero ffs stderr stdout stdin fprintf printf puts putchar fputs fputc "
    "putc fwrite fflush snprintf vsnprintf sprintf vsprintf asprintf vasprintf sscanf "
    "__isoc99_sscanf __isoc23_sscanf vfprintf perror open_memstream fmemopen fclose "
    "setjmp _setjmp longjmp strerror strerror_r __xpg_strerror_r gmtime gmtime_r timegm strftime "
    "difftime mktime __ctype_b_loc __ctype_tolower_loc __ctype_toupper_loc tolower toupper isalpha "
    "isdigit isspace isalnum isupper islower ispunct isxdigit isprint "
    "pthread_mutex_lock pthread_mutex_unlock pthread_mutex_init pthread_mutex_destroy "
    "pthread_once getpagesize sysconf ";

/* Families without side effects. */
static const char *const allowed_prefixes[] = {
    "mem",      "str",      "wcs",
    "wmem",     "__mem",    "__str",
    "json_",    "_Z",       "__gxx_personality",
    "__cxa_",   "_Unwind_", "__asan_",
    "__ubsan_",
};
static const char maths[] =
    " sin cos tan asin acos atan atan2 sinh cosh tanh exp exp2 expm1 log log2 log10 log1p pow sqrt "
    "cbrt hypot floor ceil trunc round lround llround rint lrint nearbyint fabs fmod remainder "
    "fmin fmax copysign frexp ldexp modf sinf cosf expf logf powf sqrtf floorf ceilf fabsf fmodf ";

static bool import_is_listed(const char *list, const char *name)
{
    size_t len = strlen(name);
    for (const char *at = strstr(list, name); at != NULL; at = strstr(at + 1, name)) {
        bool begins = at == list || at[-1] == ' ';
        if (begins && (at[len] == ' ' || at[len] == '\0')) {
            return true;
        }
    }
    return false;
}

enum import_verdict import_judge(const char *name, const char **ret_why)
{
    for (size_t i = 0; i < ARRAY_LEN(forbidden); i++) {
        if (import_is_listed(forbidden[i].names, name)) {
            *ret_why = forbidden[i].why;
            return IMPORT_FORBIDDEN;
        }
    }
    if (import_is_listed(allowed, name) || import_is_listed(maths, name)) {
        return IMPORT_ALLOWED;
    }
    for (size_t i = 0; i < ARRAY_LEN(allowed_prefixes); i++) {
        if (strncmp(name, allowed_prefixes[i], strlen(allowed_prefixes[i])) == 0) {
            return IMPORT_ALLOWED;
        }
    }
    size_t len = strlen(name);
    bool is_fortified =
        len > 6 && strncmp(name, "__", 2) == 0 && strcmp(name + len - 4, "_chk") == 0;
    return is_fortified ? IMPORT_ALLOWED : IMPORT_UNKNOWN;
}
