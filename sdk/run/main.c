/* agent-run: one job through a bundle, as the host would run it. Manual: agent-run(1). */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agent/session.h"
#include "core/log.h"
#include "job_file.h"
#include "run.h"
#include "talk.h"

enum { RUN_READING = 0, RUN_NO_READING = 1, RUN_USAGE = 2, RUN_IMPOSSIBLE = 3 };

static const char usage[] =
    "Usage: agent-run [FLAG]... BUNDLE --job FILE\n"
    "Runs one job through a bundle: prompt, answer, verdict, reading.\n\n"
    "  --job FILE           the job: {\"data\":{...}, \"locale\":\"de\", \"chart\":{...}}\n"
    "  --chart FILE         the chart, instead of the job's or one computed from birth data\n"
    "  --charts DIR         a folder of charts that the job names\n"
    "  --answer FILE        the answer; again for further rounds and passes\n"
    "  --model URL          ask an OpenAI-compatible server: http://localhost:8080/v1;\n"
    "                       its key is taken from OPENAI_API_KEY\n"
    "  --model-name NAME    the model to ask there\n"
    "  --json               one JSON object\n"
    "  --help, --version\n\n"
    "Exit status: 0 a reading (with neither --answer nor --model: a prompt), 1 none,\n"
    "2 usage, 3 the run itself did not work.\n";

static const struct option flags[] = {
    {"job", required_argument, NULL, 'b'},    {"chart", required_argument, NULL, 'c'},
    {"charts", required_argument, NULL, 'd'}, {"answer", required_argument, NULL, 'a'},
    {"model", required_argument, NULL, 'm'},  {"model-name", required_argument, NULL, 'n'},
    {"json", no_argument, NULL, 'j'},         {"help", no_argument, NULL, 'h'},
    {"version", no_argument, NULL, 'v'},      {NULL, 0, NULL, 0}};

static int run_wrong(const char *text)
{
    (void)fprintf(stderr, "agent-run: %s\n", text);
    return RUN_USAGE;
}

/* −1: go on; else the exit status. */
static int run_read_flags(int argc, char **argv, struct run *run)
{
    int flag;
    while ((flag = getopt_long(argc, argv, "", flags, NULL)) != -1) {
        switch (flag) {
        case 'b':
            run->job = optarg;
            break;
        case 'c':
            run->chart = optarg;
            break;
        case 'd':
            run->charts_dirs[0] = optarg;
            break;
        case 'a':
            if (run->answers_count == RUN_ANSWERS_MAX) {
                return run_wrong("too many answers");
            }
            run->answers[run->answers_count++] = optarg;
            break;
        case 'm':
            run->url = optarg;
            break;
        case 'n':
            run->model_name = optarg;
            break;
        case 'j':
            run->is_json = true;
            break;
        case 'h':
            (void)fputs(usage, stdout);
            return RUN_READING;
        case 'v':
            (void)puts("agent-run " PACKAGE_VERSION);
            return RUN_READING;
        default:
            return RUN_USAGE; /* getopt has said what is wrong */
        }
    }
    if (optind + 1 != argc) {
        return run_wrong("name one bundle: agent-run BUNDLE --job FILE");
    }
    run->bundle = argv[optind];
    if (run->job == NULL) {
        return run_wrong("--job is missing: a file with {\"data\":{...}}");
    }
    if (run->url != NULL && run->answers_count > 0) {
        return run_wrong("--answer or --model, not both");
    }
    if ((run->url == NULL) != (run->model_name == NULL)) {
        return run_wrong("--model and --model-name go together");
    }
    return -1;
}

static bool run_ask_file(const struct talk_question *question, struct sbuf *ret_answer,
                         char *ret_model, size_t model_bytes, void *ctx)
{
    struct run *run = ctx;
    struct err err = {0};
    (void)snprintf(ret_model, model_bytes, "file");
    if (question->number >= run->answers_count) {
        (void)snprintf(run->why, sizeof(run->why), "the agent asks again: give another --answer");
        return false;
    }
    if (!job_file_text(run->answers[question->number], ret_answer->bytes_max, ret_answer, &err)) {
        (void)snprintf(run->why, sizeof(run->why), "%s", err.text);
        return false;
    }
    return true;
}

static void run_member(const char *key, struct span text)
{
    struct sbuf out;
    sbuf_init(&out, TALK_BYTES_MAX * 6);
    sbuf_json_string(&out, text);
    (void)printf(",\"%s\":%s", key, out.data);
    sbuf_fini(&out);
}

static void run_print(const struct run *run, const struct session *session, const struct talk *talk)
{
    const char *why = run->why[0] != '\0' ? run->why : talk->reason;
    if (run->is_json) {
        (void)printf("{\"verdict\":\"%s\",\"function\":\"%s\",\"asked\":%u",
                     talk_end_name(talk->end), talk->function, talk->asked);
        run_member("reason", span_of(why));
        run_member("prompt", sbuf_as_span(&talk->prompt));
        run_member("corrections", sbuf_as_span(&talk->corrections));
        run_member("reading", sbuf_as_span(&talk->reading));
        run_member("log", sbuf_as_span(&session->log));
        (void)puts("}");
        return;
    }
    (void)fputs(session->log.data, stderr);
    (void)fputs(talk->prompt.data, stdout);
    (void)fputs(talk->corrections.data, stdout);
    (void)fputs(talk->reading.data, stdout);
    (void)printf("--- %s%s%s\n", talk_end_name(talk->end), why[0] != '\0' ? ": " : "", why);
}

static int run_job(struct run *run, struct session *session)
{
    struct job_file job;
    struct talk talk;
    struct err err = {0};
    int status = RUN_USAGE;
    if (job_file_read(session, run->job, run->chart, run->charts_dirs, &job, &err)) {
        bool is_asking = run->url != NULL || run->answers_count > 0;
        talk_run(session, &job,
                 run->url != NULL ? run_ask_model
                 : is_asking      ? run_ask_file
                                  : NULL,
                 run, &talk);
        bool is_good = talk.end == TALK_READING || talk.end == TALK_DECLINED ||
                       (!is_asking && talk.end == TALK_UNANSWERED);
        run_print(run, session, &talk);
        status = is_good ? RUN_READING : RUN_NO_READING;
        talk_fini(&talk);
    } else {
        (void)run_wrong(err.text);
    }
    job_file_fini(&job);
    return status;
}

int main(int argc, char **argv)
{
    struct run run = {0};
    struct session session;
    struct err err = {0};
    char *sets[4] = {NULL};
    size_t count = 0;
    int status = run_read_flags(argc, argv, &run);
    if (status >= 0) {
        return status;
    }
    log_configure(LOG_FORMAT_TEXT, LOG_ERROR + 1);
    count = run_model_sets(&run, sets);
    if (session_open(&session, run.bundle, (const char *const *)sets, count, &err)) {
        run.session = &session;
        status = run_job(&run, &session);
    } else {
        (void)fprintf(stderr, "agent-run: %s\n", err.text);
        status = err.kind == ERR_INTERNAL    ? RUN_IMPOSSIBLE
                 : err.kind == ERR_NOT_FOUND ? RUN_USAGE
                                             : RUN_NO_READING;
    }
    session_close(&session);
    for (size_t i = 0; i < count; i++) {
        free(sets[i]);
    }
    return status;
}
