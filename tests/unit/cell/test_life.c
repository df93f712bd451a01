/* The life of cells: started, called, crashed, hung, killed, destroyed, measured. */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <unistd.h>

#include "core/clock.h"
#include <agenthost/agent.h>

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

START_TEST(build_prompt_carries_everything_both_ways)
{
    struct wire_asset assets[] = {
        {SPAN_LITERAL("prompts/system.de.md"), SPAN_LITERAL("Du bist …")},
        {SPAN_LITERAL("raw.bin"), SPAN_LITERAL("\xff\0\x01")},
    };
    rig.setup = (struct wire_setup){.id = SPAN_LITERAL("business"),
                                    .version = SPAN_LITERAL("1.2.3"),
                                    .manifest = SPAN_LITERAL("{\"m\":1}"),
                                    .config = SPAN_LITERAL("{\"c\":2}"),
                                    .assets = assets,
                                    .assets_count = 2};
    rig_start(&rig, "good");
    struct wire_pair children[] = {{.key = SPAN_LITERAL("child"), .value = SPAN_LITERAL("{}")}};
    struct wire_pair earlier[] = {{.pass = 0, .value = SPAN_LITERAL("before")}};
    struct wire_job job = {.data = SPAN_LITERAL("{\"d\":3}"),
                           .chart = SPAN_LITERAL("{\"h\":4}"),
                           .locale = SPAN_LITERAL("de"),
                           .seed = UINT64_MAX,
                           .now_ms = -5,
                           .pass = 1,
                           .children = children,
                           .children_count = 1,
                           .earlier = earlier,
                           .earlier_count = 1};
    rig_send(&rig, WIRE_BUILD, &job, NULL);
    rig_wait(&rig, &rig.is_answered);
    const struct wire_reply *reply = &rig.reply;
    ck_assert_int_eq(reply->status, 0);
    ck_assert_uint_eq(reply->messages_count, 10);
    rig_assert_text(reply->messages[0].text,
                    "id=business version=1.2.3 manifest={\"m\":1} config={\"c\":2} locale=de "
                    "seed=18446744073709551615 now=-5 pass=1 children=1 earlier=1");
    rig_assert_text(reply->messages[1].text, "prompts/system.de.md");
    ck_assert(span_equals(reply->messages[4].text, assets[1].bytes));
    rig_assert_text(reply->messages[5].text, "child");
    rig_assert_text(reply->messages[7].text, "before");
    ck_assert_uint_eq(reply->messages[7].role, 2);
    rig_assert_text(reply->messages[8].text, "{\"d\":3}");
    rig_assert_text(reply->messages[9].text, "{\"h\":4}");
    ck_assert(reply->has_temperature && reply->temperature == 0.25);
    ck_assert(reply->has_max_tokens && reply->max_tokens == 1234);
    rig_assert_text(reply->model_class, "large");
    rig_assert_text(reply->json_schema, "{\"type\":\"object\"}");
    ck_assert_uint_eq(reply->stops_count, 2);
    rig_assert_text(reply->stops[1], "STOP");
    ck_assert_str_eq(rig.log.data, "1 created\n0 built\n");
}
END_TEST

START_TEST(post_process_carries_everything_both_ways)
{
    rig_start(&rig, "good");
    struct wire_job job = {.pass = 2};
    struct wire_answer answer = {.pass = 2,
                                 .round = 1,
                                 .text = SPAN_LITERAL("an answer"),
                                 .finish_reason = SPAN_LITERAL("stop"),
                                 .model = SPAN_LITERAL("m-1"),
                                 .prompt_tokens = -1,
                                 .completion_tokens = 77};
    rig_send(&rig, WIRE_PROCESS, &job, &answer);
    rig_wait(&rig, &rig.is_answered);
    rig_assert_text(rig.reply.text, "an answer");
    rig_assert_text(rig.reply.content, "{\"a\":1}");
    ck_assert_uint_eq(rig.reply.sections_count, 2);
    rig_assert_text(rig.reply.sections[0].title, "First");
    rig_assert_text(rig.reply.sections[0].text,
                    "pass=2/2 round=1 finish=stop model=m-1 tokens=-1,77");
    ck_assert_ptr_null(rig.reply.correct.data);
    rig_call(&rig, WIRE_PROCESS, "");
    ck_assert_int_eq(rig.reply.status, 4);
    rig_assert_text(rig.reply.correct, "please answer");
}
END_TEST

START_TEST(check_input_names_the_field)
{
    rig_start(&rig, "good");
    rig_call(&rig, WIRE_CHECK, "");
    ck_assert_int_eq(rig.reply.status, 2);
    rig_assert_text(rig.reply.field, "birthDate");
    rig_assert_text(rig.reply.say, "a birth date is needed");
    rig_call(&rig, WIRE_CHECK, "{}");
    ck_assert_int_eq(rig.reply.status, 0);
}
END_TEST

START_TEST(an_agent_without_check_input_takes_all)
{
    rig_start(&rig, "greedy");
    rig_call(&rig, WIRE_CHECK, "");
    ck_assert_int_eq(rig.reply.status, 0);
}
END_TEST

START_TEST(sixteen_megabytes_of_assets_arrive)
{
    static char bytes[16 * 1024 * 1024];
    memset(bytes, 'a', sizeof(bytes));
    struct wire_asset asset = {SPAN_LITERAL("a"), {bytes, sizeof(bytes)}};
    rig.setup.assets = &asset;
    rig.setup.assets_count = 1;
    rig_start(&rig, "good");
    rig_call(&rig, WIRE_BUILD, "{}"); /* gives them back, which is more than a reply may have */
    ck_assert(rig.reply.is_over_cap);
}
END_TEST

START_TEST(a_setup_over_the_memory_maximum_is_refused_with_the_cause)
{
    static char bytes[16 * 1024 * 1024];
    struct wire_asset asset = {SPAN_LITERAL("a"), {bytes, sizeof(bytes)}};
    rig.setup.assets = &asset;
    rig.setup.assets_count = 1;
    rig.spec.memory_bytes_max = 12 * 1024 * 1024;
    rig_start_refused(&rig, "good");
    ck_assert_int_eq(rig.report.end, CELL_NOT_STARTED);
    ck_assert_ptr_nonnull(strstr(rig.report.text, "memory_max"));
}
END_TEST

START_TEST(an_agent_in_cplusplus_runs)
{
    struct wire_asset asset = {SPAN_LITERAL("name"), SPAN_LITERAL("value")};
    rig.setup.assets = &asset;
    rig.setup.assets_count = 1;
    rig_start(&rig, "cplusplus");
    rig_call(&rig, WIRE_BUILD, "x");
    rig_assert_text(rig.reply.messages[0].text, "thrown over x at pass 0 and 0.5");
    rig_call(&rig, WIRE_PROCESS, "name");
    rig_assert_text(rig.reply.text, "value");
    rig_run_ms(&rig, 20);
    ck_assert_str_eq(rig.log.data, "-1 a line from C++\n"); /* and nothing was refused */
    rig_call(&rig, WIRE_PROCESS, "unknown");
    ck_assert_int_eq(rig.call_report.signal, SIGABRT);
    ck_assert_msg(strstr(rig.call_report.text, "map::at") != NULL, "%s", rig.call_report.text);
}
END_TEST

START_TEST(a_crash_fails_its_call_and_says_where)
{
    rig_start(&rig, "hostile");
    rig_call(&rig, WIRE_BUILD, "segv");
    ck_assert_int_eq(rig.call_report.end, CELL_CRASHED);
    ck_assert_int_eq(rig.call_report.signal, SIGSEGV);
    ck_assert_str_eq(rig.call_report.phase, "build_prompt");
    ck_assert_str_eq(rig.call_report.text, "killed by signal 11 (SIGSEGV) in build_prompt");
    rig_wait(&rig, &rig.is_ended);
    ck_assert_str_eq(rig.report.text, rig.call_report.text);
}
END_TEST

START_TEST(last_words_are_in_the_report)
{
    rig_start(&rig, "hostile");
    rig_call(&rig, WIRE_PROCESS, "abort:\x01 \xff!");
    ck_assert_int_eq(rig.call_report.signal, SIGABRT);
    ck_assert_str_eq(rig.call_report.text, "killed by signal 6 (SIGABRT) in post_process; "
                                           "it wrote 'last words:   ?!'");
    ck_assert_str_eq(rig.log.data, "-1 last words: \x01 \xff!\n");
}
END_TEST

static const struct {
    const char *deed;
    bool is_spinning;
} hangs[] = {
    {"spin", true},  {"block_and_spin", true}, {"crash_for_ever", true}, {"sleep", false},
    {"stop", false}, {"futex", false},         {"read_socket", false},
};

START_TEST(a_hang_ends_at_the_deadline)
{
    rig.deadline_ms = 300;
    rig_start(&rig, "hostile");
    int64_t began_ms = clock_mono_ms();
    rig_call(&rig, WIRE_BUILD, hangs[_i].deed);
    int64_t took_ms = clock_mono_ms() - began_ms;
    ck_assert_int_eq(rig.call_report.end, CELL_DEADLINE);
    ck_assert_int_eq(rig.call_report.was_spinning, hangs[_i].is_spinning);
    ck_assert_int_ge(took_ms, 299);
    ck_assert_int_lt(took_ms, 5000);
    ck_assert_ptr_nonnull(strstr(rig.call_report.text, "no answer within 300 ms in build_prompt"));
}
END_TEST

START_TEST(leaving_in_a_call_is_not_a_crash)
{
    rig_start(&rig, "hostile");
    rig_call(&rig, WIRE_BUILD, "exit:3");
    ck_assert_int_eq(rig.call_report.end, CELL_EXITED);
    ck_assert_int_eq(rig.call_report.exit_code, 3);
    ck_assert_str_eq(rig.call_report.text, "left with exit status 3 in build_prompt");
}
END_TEST

START_TEST(the_exit_status_survives_a_long_turn_of_the_loop)
{
    rig_start(&rig, "hostile");
    struct wire_job job = {.data = SPAN_LITERAL("quick_exit:9")};
    rig_send(&rig, WIRE_BUILD, &job, NULL);
    (void)usleep(100000); /* a host that does not look: all events come in one turn */
    rig_wait(&rig, &rig.is_ended);
    ck_assert_int_eq(rig.report.exit_code, 9);
}
END_TEST

START_TEST(killed_while_idle_is_told)
{
    rig_start(&rig, "good");
    ck_assert_int_eq(kill((pid_t)cell_pid(rig.cell), SIGKILL), 0);
    rig_wait(&rig, &rig.is_ended);
    ck_assert_int_eq(rig.report.end, CELL_CRASHED);
    ck_assert_int_eq(rig.report.signal, SIGKILL);
    ck_assert_str_eq(rig.report.phase, "idle");
    ck_assert(!cell_is_ready(rig.cell));
}
END_TEST

START_TEST(a_cell_gives_way_to_the_host)
{
    rig_start(&rig, "good");
    int own = getpriority(PRIO_PROCESS, 0);
    int most = own + 10 < 19 ? own + 10 : 19;
    ck_assert_int_eq(getpriority(PRIO_PROCESS, (id_t)cell_pid(rig.cell)), most);
}
END_TEST

START_TEST(the_terminals_signals_do_not_reach_a_cell)
{
    rig_start(&rig, "good");
    const int signals[] = {SIGINT, SIGTERM, SIGHUP, SIGPIPE};
    for (size_t i = 0; i < ARRAY_LEN(signals); i++) {
        ck_assert_int_eq(kill((pid_t)cell_pid(rig.cell), signals[i]), 0);
    }
    rig_call(&rig, WIRE_PROCESS, "still here");
    rig_assert_text(rig.reply.text, "still here");
}
END_TEST

START_TEST(a_pause_of_the_host_is_forgiven_once)
{
    rig.deadline_ms = 400;
    rig_start(&rig, "hostile");
    struct wire_job job = {.data = SPAN_LITERAL("spin")};
    int64_t began_ms = clock_mono_ms();
    rig_send(&rig, WIRE_BUILD, &job, NULL);
    (void)usleep(600000); /* longer than the deadline: without mercy the call is dead now */
    rig_run_ms(&rig, 50);
    ck_assert(!rig.is_answered);
    rig_wait(&rig, &rig.is_answered);
    int64_t took_ms = clock_mono_ms() - began_ms;
    ck_assert_int_eq(rig.call_report.end, CELL_DEADLINE);
    ck_assert_int_ge(took_ms, 850);
}
END_TEST

START_TEST(an_answer_that_waited_for_a_paused_host_counts)
{
    rig.deadline_ms = 50;
    rig_start(&rig, "good");
    struct wire_job job = {.data = SPAN_LITERAL("{}")};
    rig_send(&rig, WIRE_BUILD, &job, NULL);
    (void)usleep(150000); /* no pause worth mercy, but the answer is there */
    rig_wait(&rig, &rig.is_answered);
    ck_assert_str_eq(rig.call_report.phase, "");
}
END_TEST

static const struct {
    const char *config, *phase;
    enum cell_end end;
} start_failures[] = {
    {"create segv", "create", CELL_NOT_STARTED},
    {"create exit:0", "create", CELL_NOT_STARTED},
    {"create spin", "create", CELL_NOT_STARTED},
    {"create sleep", "create", CELL_NOT_STARTED},
    {"create wire_garbage", "create", CELL_NOT_STARTED},
    {"create wire_close_and_spin", "create", CELL_NOT_STARTED},
    {"selftest segv", "selftest", CELL_NOT_STARTED},
    {"selftest spin", "selftest", CELL_NOT_STARTED},
    {"selftest readlink:x", "selftest", CELL_NOT_STARTED},
};

START_TEST(a_failing_start_says_where)
{
    rig.spec.start_ms = 400;
    rig.setup.config = span_of(start_failures[_i].config);
    rig_start_refused(&rig, "hostile");
    ck_assert_int_eq(rig.report.end, start_failures[_i].end);
    ck_assert_msg(strcmp(rig.report.phase, start_failures[_i].phase) == 0, "%s: %s",
                  start_failures[_i].config, rig.report.text);
}
END_TEST

static const struct {
    const char *agent, *phase, *text;
} misfits[] = {
    {"refuses", "create", "prompts/system.de.md is missing"},
    {"refuses_silently", "create", "create refused without saying why"},
    {"misfit_missing", "elf", "exports no object named agenthost_agent"},
    {"misfit_function", "elf", "exports no object named agenthost_agent"},
    {"misfit_unresolved", "dlopen", "undefined symbol: nobody_defines_this"},
    {"misfit_magic", "elf", "does not begin with AGENTHOST_MAGIC"},
    {"misfit_older", "elf", "compiled for agent interface 0.0 and this host serves 1.x"},
    {"misfit_newer", "elf", "compiled for agent interface 2.0 and this host serves 1.x"},
    {"misfit_tiny", "elf", "says it has 71 bytes; it has 72"},
    {"misfit_over", "elf", "says it has 4104 bytes; it has 4104"},
    {"misfit_huge", "elf", "says it has 1000000 bytes; it has 72"},
    {"misfit_lacks_build", "dlopen", "lacks create, destroy, build_prompt"},
    {"constructor_exits", "dlopen", "left with exit status 0 in dlopen"},
    {"constructor_crashes", "dlopen", "killed by signal 11 (SIGSEGV) in dlopen"},
    {"constructor_spins", "dlopen", "no answer within 400 ms in dlopen (it was spinning)"},
    {"constructor_sleeps", "dlopen", "no answer within 400 ms in dlopen (it was waiting)"},
};

START_TEST(what_does_not_fit_is_refused_with_the_reason)
{
    rig.spec.start_ms = 400;
    rig_start_refused(&rig, misfits[_i].agent);
    ck_assert_int_eq(rig.report.end, CELL_NOT_STARTED);
    ck_assert_msg(strstr(rig.report.text, misfits[_i].text) != NULL, "%s", rig.report.text);
    ck_assert_str_eq(rig.report.phase, misfits[_i].phase);
}
END_TEST

START_TEST(a_newer_minor_version_is_served)
{
    rig_start(&rig, "misfit_minor");
    rig_call(&rig, WIRE_PROCESS, "yes");
    rig_assert_text(rig.reply.text, "yes");
}
END_TEST

START_TEST(an_agent_with_functions_of_a_newer_version_is_served)
{
    static const char *const newer[] = {"misfit_longer", "misfit_longest"};
    for (size_t i = 0; i < ARRAY_LEN(newer); i++) {
        rig_start(&rig, newer[i]);
        rig_call(&rig, WIRE_PROCESS, "yes");
        rig_assert_text(rig.reply.text, "yes");
        cell_destroy(&rig.cell);
    }
}
END_TEST

START_TEST(an_agent_reads_json_with_the_host)
{
    rig_start(&rig, "reader");
    for (int i = 0; i < 100; i++) { /* what one call read is gone in the next */
        rig_call(&rig, WIRE_BUILD, "{\"a\":\"x y\",\"b\":7,\"c\":null,\"d\":[1.5]}");
        ck_assert_uint_eq(rig.reply.messages_count, 4);
    }
    rig_assert_text(rig.reply.messages[0].text, "a is 4: 'x y' -1 -0.5");
    rig_assert_text(rig.reply.messages[1].text, "b is 2: '' 7 7");
    rig_assert_text(rig.reply.messages[2].text, "c is 0: '' -1 -0.5");
    rig_assert_text(rig.reply.messages[3].text, "d is 5: '' -1 -0.5");
    rig_call(&rig, WIRE_BUILD, "{\"a\":");
    ck_assert_int_eq(rig.reply.status, AGENTHOST_INVALID);
    ck_assert_ptr_nonnull(memmem(rig.reply.say.data, rig.reply.say.len, "1:6", 3));
}
END_TEST

START_TEST(destroying_ends_the_process_at_any_time)
{
    rig_spawn(&rig, "good"); /* while it starts */
    cell_destroy(&rig.cell);
    rig_start(&rig, "good"); /* while it waits */
    cell_destroy(&rig.cell);
    rig_start(&rig, "hostile"); /* while it is busy */
    struct wire_job job = {.data = SPAN_LITERAL("spin")};
    rig_send(&rig, WIRE_BUILD, &job, NULL);
    long pid = cell_pid(rig.cell);
    cell_destroy(&rig.cell);
    ck_assert_ptr_null(rig.cell);
    for (int i = 0; i < 200 && kill((pid_t)pid, 0) == 0; i++) {
        rig_run_ms(&rig, 10);
    }
    ck_assert_int_ne(kill((pid_t)pid, 0), 0); /* reaped, not only killed */
    ck_assert(!rig.is_answered && !rig.is_ended);
}
END_TEST

static void destroy_on_done(struct cell *cell, struct span reply, const struct cell_report *report,
                            void *ctx)
{
    (void)reply;
    (void)report;
    struct rig *the_rig = ctx;
    the_rig->is_answered = true;
    cell_destroy(&cell);
    loop_stop(&the_rig->loop);
}

static void call_and_destroy(const char *deed)
{
    rig_start(&rig, "hostile");
    struct wire_job job = {.data = span_of(deed)};
    struct sbuf frame;
    sbuf_init(&frame, WIRE_FRAME_BYTES_MAX);
    wire_write_call(&frame, WIRE_BUILD, &job, NULL);
    rig.is_answered = false;
    cell_call(rig.cell, sbuf_as_span(&frame), 300, WIRE_REPLY_BYTES_MAX, "build_prompt",
              destroy_on_done, &rig);
    sbuf_fini(&frame);
    rig.cell = NULL;
    rig_wait(&rig, &rig.is_answered);
    rig_run_ms(&rig, 20);
    ck_assert(!rig.is_ended);
}

START_TEST(destroying_inside_its_callback_is_allowed)
{
    call_and_destroy("stat:/");
    call_and_destroy("segv");
    call_and_destroy("spin");
}
END_TEST

START_TEST(no_descriptor_is_left_behind)
{
    int before = dup(0);
    ck_assert_int_eq(close(before), 0);
    for (int i = 0; i < 20; i++) {
        rig_start(&rig, "hostile");
        rig_call(&rig, WIRE_BUILD, i % 2 == 0 ? "segv" : "stat:/");
        cell_destroy(&rig.cell);
    }
    rig_run_ms(&rig, 100);
    int after = dup(0);
    ck_assert_int_eq(close(after), 0);
    ck_assert_int_eq(before, after);
}
END_TEST

START_TEST(a_program_that_is_no_cell_is_told_apart)
{
    struct err err;
    ck_assert_ptr_null(cell_program_open("/nowhere/agenthost-cell", &err));
    ck_assert_ptr_null(cell_program_open("/bin/true", &err));
    ck_assert_msg(strstr(err.text, "left without a word") != NULL, "%s", err.text);
}
END_TEST

static int compare_times(const void *a, const void *b)
{
    int64_t left = *(const int64_t *)a, right = *(const int64_t *)b;
    return left < right ? -1 : left > right;
}

START_TEST(round_trip_at_16_kb_is_measured)
{
    enum { CALLS = 2000, BYTES = 16 * 1024 };
    static int64_t times_us[CALLS];
    static char answer[BYTES + 1];
    memset(answer, 'a', BYTES);
    rig_start(&rig, "misfit_minor");
    for (int i = 0; i < CALLS; i++) {
        int64_t began_us = clock_mono_us();
        rig_call(&rig, WIRE_PROCESS, answer);
        times_us[i] = clock_mono_us() - began_us;
        arena_destroy(&rig.arena);
        rig.arena = arena_create(1024 * 1024);
    }
    qsort(times_us, CALLS, sizeof(*times_us), compare_times);
    (void)printf("round trip at 16 KB: p50 %d us, p99 %d us\n", (int)times_us[CALLS / 2],
                 (int)times_us[CALLS * 99 / 100]);
    ck_assert_int_lt(times_us[CALLS / 2], 2000); /* a machine may be slow, not that slow */
}
END_TEST

START_TEST(start_to_ready_is_measured)
{
    enum { STARTS = 50 };
    static int64_t times_us[STARTS];
    for (int i = 0; i < STARTS; i++) {
        int64_t began_us = clock_mono_us();
        rig_start(&rig, "good");
        times_us[i] = clock_mono_us() - began_us;
        cell_destroy(&rig.cell);
    }
    qsort(times_us, STARTS, sizeof(*times_us), compare_times);
    (void)printf("start to ready: p50 %d us, max %d us (%s)\n", (int)times_us[STARTS / 2],
                 (int)times_us[STARTS - 1], cell_program_sandbox(rig.program));
}
END_TEST

Suite *suite_life(void)
{
    Suite *suite = suite_create("cell life");
    TCase *tcase = tcase_create("life");
    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_set_timeout(tcase, 60);
    tcase_add_test(tcase, build_prompt_carries_everything_both_ways);
    tcase_add_test(tcase, post_process_carries_everything_both_ways);
    tcase_add_test(tcase, check_input_names_the_field);
    tcase_add_test(tcase, an_agent_without_check_input_takes_all);
    tcase_add_test(tcase, sixteen_megabytes_of_assets_arrive);
    if (!rig_is_unsandboxed()) {
        tcase_add_test(tcase, a_setup_over_the_memory_maximum_is_refused_with_the_cause);
    }
    tcase_add_test(tcase, an_agent_in_cplusplus_runs);
    tcase_add_test(tcase, a_crash_fails_its_call_and_says_where);
    tcase_add_test(tcase, last_words_are_in_the_report);
    tcase_add_loop_test(tcase, a_hang_ends_at_the_deadline, 0, ARRAY_LEN(hangs));
    tcase_add_test(tcase, leaving_in_a_call_is_not_a_crash);
    tcase_add_test(tcase, the_exit_status_survives_a_long_turn_of_the_loop);
    tcase_add_test(tcase, killed_while_idle_is_told);
    tcase_add_test(tcase, a_cell_gives_way_to_the_host);
    tcase_add_test(tcase, the_terminals_signals_do_not_reach_a_cell);
    tcase_add_test(tcase, a_pause_of_the_host_is_forgiven_once);
    tcase_add_test(tcase, an_answer_that_waited_for_a_paused_host_counts);
    tcase_add_loop_test(tcase, a_failing_start_says_where, 0, ARRAY_LEN(start_failures));
    tcase_add_loop_test(tcase, what_does_not_fit_is_refused_with_the_reason, 0, ARRAY_LEN(misfits));
    tcase_add_test(tcase, a_newer_minor_version_is_served);
    tcase_add_test(tcase, an_agent_with_functions_of_a_newer_version_is_served);
    tcase_add_test(tcase, an_agent_reads_json_with_the_host);
    tcase_add_test(tcase, destroying_ends_the_process_at_any_time);
    tcase_add_test(tcase, destroying_inside_its_callback_is_allowed);
    tcase_add_test(tcase, no_descriptor_is_left_behind);
    tcase_add_test(tcase, a_program_that_is_no_cell_is_told_apart);
    tcase_add_test(tcase, round_trip_at_16_kb_is_measured);
    tcase_add_test(tcase, start_to_ready_is_measured);
    suite_add_tcase(suite, tcase);
    return suite;
}
