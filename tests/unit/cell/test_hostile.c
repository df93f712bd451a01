/* Hostile agents in real cells: each deed must fail, or end the process, and never get out. */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "no_landlock.h"
#include "rig.h"
#include "suites.h"

static struct rig rig;

static void setup(void)
{
    rig_open(&rig);
}

static void teardown(void)
{
    rig_close(&rig);
}

/* What comes of a deed in a call, inside the sandbox. %d becomes the host's process id. */
static const struct {
    const char *deed;
    const char *result; /* errno's name, or NULL: the process is killed with SIGSYS */
    const char *call;   /* that the report names as refused; NULL: it is not told */
} deeds[] = {
    {"open:/proc/%d/environ", "EPERM", "openat"},
    {"open:/proc/%d/mem", "EPERM", "openat"},
    {"open:/proc/self/environ", "EPERM", "openat"},
    {"open:/proc/self/mem", "EPERM", "openat"},
    {"open:/etc/passwd", "EPERM", "openat"},
    {"open:/usr/lib/os-release", "EPERM", "openat"},
    {"open:.", "EPERM", "openat"},
    {"create:/tmp/agenthost-hostile", "EPERM", "openat"},
    {"openat2:/etc/passwd", "EPERM", "openat2"},
    {"stat:/etc/passwd", "EPERM", "newfstatat"},
    {"readlink:/proc/%d/exe", "EPERM", "readlink"},
    {"unlink:/tmp/x", "EPERM", "unlink"},
    {"mkdir:/tmp/agenthost-hostile", "EPERM", "mkdir"},
    {"rename:/tmp/x", "EPERM", "rename"},
    {"symlink:/tmp/x", "EPERM", "symlink"},
    {"truncate:/tmp/x", "EPERM", "truncate"},
    {"chmod:/tmp", "EPERM", "chmod"},
    {"chdir:/", "EPERM", "chdir"},
    {"inotify", "EPERM", "inotify_init"},
    {"socket_inet", "EPERM", "socket"},
    {"socket_unix", "EPERM", "socket"},
    {"socket_netlink", "EPERM", "socket"},
    {"socketpair", "EPERM", "socketpair"},
    {"connect", "EPERM", "connect"},
    {"send_fd", "EPERM", "sendmsg"},
    {"getsockopt", "EPERM", "getsockopt"},
    {"dup", "EPERM", "dup"},
    {"fcntl", "EPERM", "fcntl"},
    {"sigio:%d", "EPERM", "fcntl"},
    {"pipe", "EPERM", "pipe2"},
    {"epoll", "EPERM", "epoll_create1"},
    {"eventfd", "EPERM", "eventfd2"},
    {"memfd", "EPERM", "memfd_create"},
    {"ioctl", "EPERM", "ioctl"},
    {"write_everywhere", "EPERM", "write"},
    {"fork", "EPERM", NULL},
    {"pthread", "EPERM", NULL},
    {"spawn", "EPERM", NULL},
    {"exec:/bin/true", "EPERM", "execve"},
    {"kill:%d", "EPERM", "kill"},
    {"kill:0", "EPERM", "kill"},
    {"kill:-1", "EPERM", "kill"},
    {"tgkill:%d", "EPERM", "tgkill"},
    {"sigqueue:%d", "EPERM", "rt_sigqueueinfo"},
    {"pidfd_open:%d", "EPERM", "pidfd_open"},
    {"getppid", "EPERM", "getppid"},
    {"setsid", "EPERM", "setsid"},
    {"dumpable", "EPERM", "prctl"},
    {"outlive", "EPERM", "prctl"},
    {"raise_limit", "EPERM", "prlimit64"},
    {"nice", "EPERM", "setpriority"},
    {"affinity", "EPERM", "sched_setaffinity"},
    {"setuid", "EPERM", "setuid"},
    {"timer", "EPERM", "setitimer"},
    {"catch_sigsys", "EPERM", "rt_sigaction"},
    {"catch_sigsys_by_high_bits", "EPERM", "rt_sigaction"},
    {"seccomp", "EPERM", "seccomp"},
    {"map_code", "EPERM", "mmap"},
    {"protect_code", "EPERM", "mprotect"},
    {"shared_memory", "EPERM", "shmget"},
    {"ptrace:%d", NULL, "ptrace"},
    {"process_vm:%d", NULL, "process_vm_readv"},
    {"trace_blocked:%d", NULL, NULL},
    {"io_uring", NULL, "io_uring_setup"},
    {"userfaultfd", NULL, "userfaultfd"},
    {"bpf", NULL, "bpf"},
    {"unshare", NULL, "unshare"},
    {"mount", NULL, "mount"},
    {"chroot:/", NULL, "chroot"},
    {"other_machine", NULL, NULL},
    {"x32", NULL, NULL},
};

static void deed_text(const char *pattern, char *ret_deed, size_t bytes)
{
    const char *mark = strstr(pattern, "%d");
    if (mark == NULL) {
        (void)snprintf(ret_deed, bytes, "%s", pattern);
    } else {
        (void)snprintf(ret_deed, bytes, "%.*s%d%s", (int)(mark - pattern), pattern, (int)getpid(),
                       mark + 2);
    }
}

START_TEST(nothing_gets_out_of_a_call)
{
    char deed[128];
    deed_text(deeds[_i].deed, deed, sizeof(deed));
    rig_start(&rig, "hostile");
    rig_call(&rig, WIRE_BUILD, deed);
    if (deeds[_i].result == NULL) {
        ck_assert_msg(rig.call_report.end == CELL_CRASHED && rig.call_report.signal == SIGSYS,
                      "%s: %s", deed, rig.call_report.text);
        char told[64];
        (void)snprintf(told, sizeof(told), "; refused calls: 1 (%s)",
                       deeds[_i].call != NULL ? deeds[_i].call : "");
        ck_assert_msg((strstr(rig.call_report.text, told) != NULL) == (deeds[_i].call != NULL),
                      "%s: %s", deed, rig.call_report.text);
        return;
    }
    ck_assert_msg(rig.call_report.phase[0] == '\0', "%s: %s", deed, rig.call_report.text);
    ck_assert_msg(span_is(rig.reply.text, deeds[_i].result), "%s: %.*s", deed,
                  (int)rig.reply.text.len, rig.reply.text.data);
    rig_call(&rig, WIRE_PROCESS, "segv");
    if (deeds[_i].call != NULL) {
        ck_assert_uint_ge(rig.call_report.denied_calls, 1);
        ck_assert_msg(strstr(rig.call_report.text, deeds[_i].call) != NULL, "%s",
                      rig.call_report.text);
    }
}
END_TEST

/* Constructors run in the first stage: the file system is landlock's there. */
static const struct {
    const char *agent, *log;
} constructors[] = {
    {"constructor_opens", "-1 EACCES\n"},        {"constructor_creates", "-1 EACCES\n"},
    {"constructor_connects", "-1 EPERM\n"},      {"constructor_forks", "-1 EPERM\n"},
    {"constructor_starts_thread", "-1 EPERM\n"}, {"constructor_execs", "-1 EPERM\n"},
    {"constructor_kills", "-1 EPERM\n"},         {"constructor_stops_filter", "-1 EPERM\n"},
    {"constructor_owns_socket", "-1 EPERM\n"},
};

START_TEST(nothing_gets_out_of_a_constructor)
{
    if (strstr(cell_program_sandbox(rig.program), "landlock ") == NULL) {
        (void)printf("no landlock in this kernel: constructors are not tested\n");
        return;
    }
    rig.spec.landlock_required = true;
    rig_start(&rig, constructors[_i].agent);
    rig_run_ms(&rig, 20);
    ck_assert_msg(strstr(rig.log.data, constructors[_i].log) != NULL, "%s", rig.log.data);
}
END_TEST

START_TEST(refused_calls_are_told_ever_more_rarely_and_in_sum)
{
    rig_start(&rig, "hostile");
    for (int i = 0; i < 5; i++) {
        rig_call(&rig, WIRE_BUILD, "open:/etc/passwd");
    }
    rig_call(&rig, WIRE_BUILD, "socket_inet");
    ck_assert_str_eq(rig.log.data, "2 the sandbox refused it a system call: openat (1 so far)\n"
                                   "2 the sandbox refused it a system call: openat (2 so far)\n"
                                   "2 the sandbox refused it a system call: openat (4 so far)\n");
    rig_call(&rig, WIRE_BUILD, "quick_exit:5");
    ck_assert_uint_eq(rig.call_report.denied_calls, 6);
    ck_assert_str_eq(rig.call_report.text, "left with exit status 5 in build_prompt; "
                                           "refused calls: 6 (openat, socket)");
}
END_TEST

START_TEST(a_good_agent_is_refused_nothing)
{
    rig_start(&rig, "good");
    rig_call(&rig, WIRE_BUILD, "{}");
    rig_call(&rig, WIRE_PROCESS, "yes");
    ck_assert_ptr_null(strstr(rig.log.data, "refused"));
}
END_TEST

START_TEST(memory_ends_at_the_maximum)
{
    rig.spec.memory_bytes_max = 64u * 1024 * 1024;
    rig_start(&rig, "hostile");
    rig_call(&rig, WIRE_BUILD, "hog");
    rig_assert_text(rig.reply.text, "ENOMEM");
    ck_assert_int_eq(rig.call_report.phase[0], '\0');
}
END_TEST

START_TEST(running_out_of_memory_or_stack_is_a_crash_of_its_own)
{
    rig_start(&rig, "hostile");
    rig_call(&rig, WIRE_BUILD, "hog_abort");
    ck_assert_int_eq(rig.call_report.signal, SIGABRT);
    cell_destroy(&rig.cell);
    rig_start(&rig, "hostile");
    rig_call(&rig, WIRE_BUILD, "recurse:x");
    ck_assert_int_eq(rig.call_report.signal, SIGSEGV);
    cell_destroy(&rig.cell);
    rig.spec.start_ms = 3000;
    rig_start_refused(&rig, "constructor_hogs");
    ck_assert_str_eq(rig.report.text, "killed by signal 6 (SIGABRT) in dlopen");
}
END_TEST

START_TEST(a_signal_it_sends_itself_is_its_own_crash)
{
    rig_start(&rig, "hostile");
    rig_call(&rig, WIRE_BUILD, "kill_self");
    ck_assert_int_eq(rig.call_report.end, CELL_CRASHED);
    ck_assert_int_eq(rig.call_report.signal, SIGKILL);
}
END_TEST

START_TEST(without_landlock_it_starts_only_where_that_is_allowed)
{
    ck_assert(no_landlock());
    cell_program_close(&rig.program);
    struct err err;
    rig.program = cell_program_open(CELL_PROGRAM, &err);
    ck_assert_msg(rig.program != NULL, "%s", err.text);
    ck_assert_str_eq(cell_program_sandbox(rig.program), "seccomp (this kernel has no landlock)");
    rig.spec.landlock_required = true;
    rig_start_refused(&rig, "hostile");
    ck_assert_str_eq(rig.report.phase, "sandbox");
    ck_assert_str_eq(rig.report.text, "this kernel has no landlock, and it is required here");
    rig.spec.landlock_required = false;
    rig_start(&rig, "hostile");
    rig_call(&rig, WIRE_BUILD, "open:/etc/passwd");
    rig_assert_text(rig.reply.text, "EPERM");
}
END_TEST

START_TEST(the_cell_sees_no_environment_of_the_host)
{
    ck_assert_int_eq(setenv("OPENAI_API_KEY", "secret", 1), 0);
    rig_start(&rig, "good");
    char path[64], bytes[4096];
    (void)snprintf(path, sizeof(path), "/proc/%ld/environ", cell_pid(rig.cell));
    FILE *file = fopen(path, "r");
    if (file == NULL) {
        (void)printf("a cell's environ is unreadable even here: not tested\n");
        return;
    }
    size_t len = fread(bytes, 1, sizeof(bytes), file);
    (void)fclose(file);
    ck_assert(len >= 22 && memcmp(bytes, "TZ=UTC\0LC_ALL=C.UTF-8", 22) == 0);
    ck_assert_ptr_null(memmem(bytes, len, "secret", 6));
}
END_TEST

START_TEST(the_cell_has_four_descriptors)
{
    int leak = dup(0); /* without CLOEXEC, as libraries open theirs */
    ck_assert_int_ge(leak, 0);
    rig_start(&rig, "good");
    char command[96];
    (void)snprintf(command, sizeof(command), "ls /proc/%ld/fd | tr '\\n' ' '", cell_pid(rig.cell));
    FILE *list = popen(command, "r");
    char text[128] = "";
    ck_assert_ptr_nonnull(list);
    ck_assert_ptr_nonnull(fgets(text, sizeof(text), list));
    ck_assert_int_eq(pclose(list), 0);
    ck_assert_str_eq(text, "0 1 2 3 ");
    ck_assert_int_eq(close(leak), 0);
}
END_TEST

Suite *suite_hostile(void)
{
    Suite *suite = suite_create("hostile agents");
    TCase *tcase = tcase_create("hostile");
    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_set_timeout(tcase, 60);
    if (!rig_is_unsandboxed()) { /* else these deeds would be done */
        tcase_add_loop_test(tcase, nothing_gets_out_of_a_call, 0, ARRAY_LEN(deeds));
        tcase_add_loop_test(tcase, nothing_gets_out_of_a_constructor, 0, ARRAY_LEN(constructors));
        tcase_add_test(tcase, refused_calls_are_told_ever_more_rarely_and_in_sum);
        tcase_add_test(tcase, without_landlock_it_starts_only_where_that_is_allowed);
        tcase_add_test(tcase, memory_ends_at_the_maximum);
        tcase_add_test(tcase, running_out_of_memory_or_stack_is_a_crash_of_its_own);
    }
    tcase_add_test(tcase, a_good_agent_is_refused_nothing);
    tcase_add_test(tcase, a_signal_it_sends_itself_is_its_own_crash);
    tcase_add_test(tcase, the_cell_sees_no_environment_of_the_host);
    tcase_add_test(tcase, the_cell_has_four_descriptors);
    suite_add_tcase(suite, tcase);
    return suite;
}
