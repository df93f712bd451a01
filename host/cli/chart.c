/* agenthost chart: computes a chart from birth data. Needs no running host: it starts the chart
 * cell itself. */
#include <getopt.h>
#include <stdio.h>

#include "cell/cell.h"
#include "chart/birth.h"
#include "chart/chart_call.h"
#include "cli/cli-private.h"
#include "core/json.h"
#include "core/loop.h"
#include "core/thread.h"

#define CHART_START_MS 10000
#define CHART_CALL_MS 10000
#define CHART_FILES_TASKS_MAX 4

struct chart_run {
    struct loop loop;
    bool is_text;
    int status;
};

static const struct option chart_flags[] = {{"birth-date", required_argument, NULL, 'd'},
                                            {"birth-time", required_argument, NULL, 't'},
                                            {"timezone", required_argument, NULL, 'z'},
                                            {"utc", no_argument, NULL, 'u'},
                                            {"fold", required_argument, NULL, 'f'},
                                            {"latitude", required_argument, NULL, 'a'},
                                            {"longitude", required_argument, NULL, 'o'},
                                            {"text", no_argument, NULL, 'x'},
                                            {NULL, 0, NULL, 0}};

/* A number as the data of a job would have it; what is none stays text and is refused there. */
static struct json_object *chart_number(const char *text)
{
    struct json_object *value = NULL;
    struct err err;
    if (json_parse(span_of(text), &value, &err) && (json_object_is_type(value, json_type_int) ||
                                                    json_object_is_type(value, json_type_double))) {
        return value;
    }
    json_object_put(value);
    return json_object_new_string(text);
}

/* Collects the flags as the data of a job has them, so that both are read by the same code. */
static bool chart_read_flags(struct cli *cli, struct json_object *data, bool *ret_is_text)
{
    struct json_object *place = json_object_new_object();
    json_object_object_add(data, "birthPlace", place);
    int flag;
    optind = 0; /* the flags before the subcommand were another list */
    while ((flag = getopt_long(cli->argc, cli->argv, "", chart_flags, NULL)) != -1) {
        switch (flag) {
        case 'd':
            json_object_object_add(data, "birthDate", json_object_new_string(optarg));
            break;
        case 't':
            json_object_object_add(data, "birthTime", json_object_new_string(optarg));
            break;
        case 'z':
            json_object_object_add(data, "timezone", json_object_new_string(optarg));
            break;
        case 'u':
            json_object_object_add(place, "timezone", json_object_new_string("UTC"));
            break;
        case 'f':
            json_object_object_add(data, "fold", chart_number(optarg));
            break;
        case 'a':
            json_object_object_add(place, "latitude", chart_number(optarg));
            break;
        case 'o':
            json_object_object_add(place, "longitude", chart_number(optarg));
            break;
        case 'x':
            *ret_is_text = true;
            break;
        default:
            return false; /* getopt has said what is wrong */
        }
    }
    if (optind != cli->argc) {
        (void)cli_usage_error(cli, "unexpected argument '%s'", cli->argv[optind]);
        return false;
    }
    return true;
}

/* The flag that sets a field of the data. */
static void chart_print_fault(const struct chart_fault *fault)
{
    static const char *const flags[][2] = {{"birthDate", "--birth-date"},
                                           {"birthTime", "--birth-time"},
                                           {"timezone", "--timezone"},
                                           {"birthPlace.timezone", "--timezone or --utc"},
                                           {"birthPlace.latitude", "--latitude"},
                                           {"birthPlace.longitude", "--longitude"},
                                           {"fold", "--fold"}};
    const char *flag = fault->field;
    for (size_t i = 0; i < ARRAY_LEN(flags); i++) {
        if (strcmp(flags[i][0], fault->field) == 0) {
            flag = flags[i][1];
        }
    }
    (void)fprintf(stderr, "agenthost chart: %s: %s\n", flag, fault->remedy);
}

static void chart_print_planets(struct json_object *chart, const char *side)
{
    json_object_object_foreach(json_get(json_get(chart, side), "planets"), name, planet)
    {
        int64_t gate = 0, line = 0;
        bool is_retrograde = false;
        (void)json_get_int(planet, "gate", &gate);
        (void)json_get_int(planet, "line", &line);
        (void)json_get_bool(planet, "retrograde", &is_retrograde);
        (void)printf("  %-12s %2lld.%lld%s\n", name, (long long)gate, (long long)line,
                     is_retrograde ? " retrograde" : "");
    }
}

static void chart_print_lists(struct json_object *chart)
{
    (void)printf("centers       ");
    json_object_object_foreach(json_get(chart, "centers"), name, is_defined)
    {
        if (json_object_get_boolean(is_defined)) {
            (void)printf(" %s", name);
        }
    }
    (void)printf("\nchannels      ");
    struct json_object *channels = json_get(chart, "channels");
    for (size_t i = 0; i < json_object_array_length(channels); i++) {
        struct json_object *gates = json_get(json_object_array_get_idx(channels, i), "gates");
        (void)printf(" %d-%d", json_object_get_int(json_object_array_get_idx(gates, 0)),
                     json_object_get_int(json_object_array_get_idx(gates, 1)));
    }
    (void)printf("\n");
}

static void chart_print_text(struct json_object *chart)
{
    static const char *const keys[] = {"birth_utc",  "design_utc", "type",
                                       "strategy",   "authority",  "profile",
                                       "definition", "signature",  "not_self_theme"};
    for (size_t i = 0; i < ARRAY_LEN(keys); i++) {
        (void)printf("%-14s %s\n", keys[i], cli_text(chart, keys[i], "?"));
    }
    (void)printf("%-14s %s\n", "cross",
                 cli_text(json_get(chart, "incarnationCross"), "fullName", "?"));
    (void)printf("%-14s %s\n", "variables",
                 cli_text(json_get(chart, "variables"), "short_code", "?"));
    chart_print_lists(chart);
    (void)printf("personality\n");
    chart_print_planets(chart, "personality");
    (void)printf("design\n");
    chart_print_planets(chart, "design");
}

static void chart_print(const struct chart_run *run, struct span text)
{
    struct json_object *chart = NULL;
    struct err err;
    if (!json_parse(text, &chart, &err)) {
        (void)fprintf(stderr, "agenthost chart: the answer is no JSON: %s\n", err.text);
    } else if (run->is_text) {
        chart_print_text(chart);
    } else {
        cli_print_json(chart);
    }
    json_object_put(chart);
}

static void chart_on_done(const struct chart_answer *answer, void *ctx)
{
    struct chart_run *run = ctx;
    run->status = answer->outcome == CHART_MADE      ? CLI_OK
                  : answer->outcome == CHART_REFUSED ? CLI_USAGE
                                                     : CLI_FAILED;
    if (answer->outcome == CHART_MADE) {
        chart_print(run, answer->chart);
    } else if (answer->outcome == CHART_REFUSED) {
        chart_print_fault(&answer->fault);
    } else {
        (void)fprintf(stderr, "agenthost chart: %s\n", answer->reason);
    }
    loop_stop(&run->loop);
}

static int chart_compute_and_print(const struct birth *birth, bool is_text)
{
    struct chart_run run = {.is_text = is_text, .status = CLI_FAILED};
    char path[PATH_MAX];
    struct err err;
    cell_program_find("agenthost-chart", path);
    const struct charts_settings settings = {
        .program_path = path, .start_ms = CHART_START_MS, .call_ms = CHART_CALL_MS};
    loop_init(&run.loop);
    struct thread *files = thread_create(&run.loop, "files", CHART_FILES_TASKS_MAX);
    struct charts *charts = charts_create(&run.loop, files, &settings, &err);
    if (charts != NULL && charts_ask(charts, birth, chart_on_done, &run, &err)) {
        loop_run(&run.loop);
    } else {
        (void)fprintf(stderr, "agenthost chart: %s\n", err.text);
    }
    charts_destroy(&charts);
    thread_destroy(&files);
    loop_fini(&run.loop);
    return run.status;
}

int cli_chart(struct cli *cli)
{
    struct json_object *data = json_object_new_object();
    struct birth birth;
    struct chart_fault fault;
    bool is_text = false;
    int status = CLI_USAGE;
    if (chart_read_flags(cli, data, &is_text)) {
        if (is_text && cli->is_json) {
            status = cli_usage_error(cli, "--json or --text, not both");
        } else if (!birth_read(data, &birth, &fault)) {
            chart_print_fault(&fault);
        } else {
            status = chart_compute_and_print(&birth, is_text);
        }
    }
    json_object_put(data);
    return status;
}
