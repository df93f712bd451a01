/* agent-check: is this bundle one that a host will serve, and serve well? Manual: agent-check(1).
 */
#include <fcntl.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "agent/bundle.h"
#include "agent/manifest.h"
#include "agent/session.h"
#include "bundle_check.h"
#include "cell/elf.h"
#include "core/clock.h"
#include "core/json.h"
#include "core/log.h"
#include "findings.h"
#include "imports.h"
#include "job_file.h"

enum { CHECK_CLEAN = 0, CHECK_FOUND = 1, CHECK_USAGE = 2, CHECK_IMPOSSIBLE = 3 };

#define CHECK_FUZZ_SECONDS 5
#define CHECK_FUZZ_SECONDS_MAX 86400

static const char usage[] =
    "Usage: agent-check [FLAG]... BUNDLE\n"
    "Checks a bundle: manifest, contract, start, golden cases, determinism, fuzz.\n\n"
    "  --testdata DIR       golden cases (default BUNDLE/testdata)\n"
    "  --charts DIR         a folder of charts that cases name; may come again\n"
    "  --update             write down what the cases give as what is expected\n"
    "  --fuzz-seconds N     time for the fuzz of post_process (default 5, 0 = none)\n"
    "  --fuzz-seed N        the seed of an earlier run\n"
    "  --failures DIR       where answers that break the agent are put (default .)\n"
    "  --json               one JSON object\n"
    "  --help, --version\n\n"
    "Exit status: 0 clean, 1 findings, 2 usage, 3 the check itself did not work.\n";

static const struct option flags[] = {{"testdata", required_argument, NULL, 't'},
                                      {"charts", required_argument, NULL, 'c'},
                                      {"update", no_argument, NULL, 'u'},
                                      {"fuzz-seconds", required_argument, NULL, 'f'},
                                      {"fuzz-seed", required_argument, NULL, 's'},
                                      {"failures", required_argument, NULL, 'd'},
                                      {"json", no_argument, NULL, 'j'},
                                      {"help", no_argument, NULL, 'h'},
                                      {"version", no_argument, NULL, 'v'},
                                      {NULL, 0, NULL, 0}};

static bool check_number(const char *flag, const char *text, double *ret_value)
{
    char *end;
    double value = strtod(text, &end);
    if (end == text || *end != '\0' || !(value >= 0 && value <= CHECK_FUZZ_SECONDS_MAX)) {
        (void)fprintf(stderr, "agent-check: %s: '%s' is not a number from 0 to %d\n", flag, text,
                      CHECK_FUZZ_SECONDS_MAX);
        return false;
    }
    *ret_value = value;
    return true;
}

static bool check_seed(const char *text, uint64_t *ret_seed)
{
    char *end;
    *ret_seed = strtoull(text, &end, 10);
    if (text[0] < '0' || text[0] > '9' || *end != '\0') {
        (void)fprintf(stderr, "agent-check: --fuzz-seed: '%s' is not a whole number\n", text);
        return false;
    }
    return true;
}

/* −1: go on; else the exit status. */
static int check_read_flags(int argc, char **argv, struct check *check, bool *ret_is_json)
{
    int flag;
    while ((flag = getopt_long(argc, argv, "", flags, NULL)) != -1) {
        switch (flag) {
        case 't':
            check->testdata = optarg;
            break;
        case 'c':
            if (check->charts_count == CHECK_CHARTS_MAX) {
                (void)fprintf(stderr, "agent-check: --charts at most %d times\n", CHECK_CHARTS_MAX);
                return CHECK_USAGE;
            }
            check->charts_dirs[check->charts_count++] = optarg;
            break;
        case 'u':
            check->is_update = true;
            break;
        case 'f':
            if (!check_number("--fuzz-seconds", optarg, &check->fuzz_seconds)) {
                return CHECK_USAGE;
            }
            break;
        case 's':
            if (!check_seed(optarg, &check->fuzz_seed)) {
                return CHECK_USAGE;
            }
            break;
        case 'd':
            check->fuzz_dir = optarg;
            break;
        case 'j':
            *ret_is_json = true;
            break;
        case 'h':
            (void)fputs(usage, stdout);
            return CHECK_CLEAN;
        case 'v':
            (void)puts("agent-check " PACKAGE_VERSION);
            return CHECK_CLEAN;
        default:
            return CHECK_USAGE; /* getopt has said what is wrong */
        }
    }
    if (optind + 1 != argc) {
        (void)fputs("agent-check: name one bundle: agent-check [FLAG]... BUNDLE\n", stderr);
        return CHECK_USAGE;
    }
    check->bundle = argv[optind];
    return -1;
}

/* True when there is a manifest; *ret_has_engine when the host brings the code. */
static bool check_manifest(const struct check *check, const char *name, bool *ret_has_engine)
{
    char path[PATH_MAX];
    struct sbuf text = {0};
    struct manifest *manifest = NULL;
    struct err err = {0};
    struct span engine;
    (void)snprintf(path, sizeof(path), "%s/manifest.json", check->bundle);
    bool is_ok = job_file_text(path, (size_t)BUNDLE_MANIFEST_BYTES_MAX, &text, &err) &&
                 manifest_parse(path, name, sbuf_as_span(&text), &manifest, &err);
    if (is_ok) {
        *ret_has_engine = json_get_text(manifest->json, "engine", &engine);
        findings_note(check->findings, "manifest", "%s %s", manifest->id, manifest->version);
    } else {
        findings_add(check->findings, "manifest", "docs/bundles.md says what a manifest has", NULL,
                     "%s", err.text);
    }
    manifest_destroy(&manifest);
    sbuf_fini(&text);
    return is_ok;
}

static bool check_contract(const struct check *check)
{
    char path[PATH_MAX];
    struct elf_agent_info info;
    struct err err = {0};
    (void)snprintf(path, sizeof(path), "%s/agent.so", check->bundle);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    bool is_ok = fd >= 0 ? elf_check_agent(fd, &info, &err)
                         : err_set_errno(&err, "agent.so cannot be opened");
    if (fd >= 0) {
        (void)close(fd);
    }
    if (!is_ok) {
        findings_add(
            check->findings, "contract",
            "build it again with this SDK's agent.h; pkg-config agenthost-sdk has the flags", NULL,
            "%s: %s", path, err.text);
        return false;
    }
    findings_note(check->findings, "contract", "agent interface %u.%u, %llu bytes", info.abi_major,
                  info.abi_minor, (unsigned long long)info.file_bytes);
    imports_check(path, check->findings);
    return true;
}

static int check_loaded(const struct check *check, struct session *session, bool has_engine)
{
    struct err err = {0};
    if (!session_open(session, check->bundle, NULL, 0, &err)) {
        if (err.kind == ERR_INTERNAL) {
            (void)fprintf(stderr, "agent-check: %s\n", err.text);
            return CHECK_IMPOSSIBLE;
        }
        findings_add(check->findings, "start",
                     has_engine
                         ? "mend the file that it names"
                         : "look at what runs there: constructors (dlopen), create, selftest",
                     NULL, "%s", err.text);
        return CHECK_FOUND;
    }
    findings_note(check->findings, "start", "loaded in a cell: create and self-test passed");
    check_golden(check, session);
    check_determinism(check, session);
    check_fuzz(check, session);
    return CHECK_CLEAN;
}

static int check_run(struct check *check)
{
    char name[NAME_MAX + 1], testdata[PATH_MAX];
    struct session session;
    struct err err = {0};
    bool has_engine = false;
    if (!session_name(check->bundle, name, sizeof(name), &err)) {
        (void)fprintf(stderr, "agent-check: %s\n", err.text);
        return CHECK_USAGE;
    }
    (void)snprintf(testdata, sizeof(testdata), "%s/testdata", check->bundle);
    check->testdata = check->testdata != NULL ? check->testdata : testdata;
    if (!check_manifest(check, name, &has_engine) || (!has_engine && !check_contract(check))) {
        return CHECK_FOUND;
    }
    check_find_cases(check);
    int status = check_loaded(check, &session, has_engine);
    session_close(&session);
    check_forget_cases(check);
    return status != CHECK_CLEAN ? status : check->findings->count > 0 ? CHECK_FOUND : CHECK_CLEAN;
}

int main(int argc, char **argv)
{
    struct findings findings;
    struct check check = {.fuzz_seconds = CHECK_FUZZ_SECONDS,
                          .fuzz_seed = clock_random_u64() >> 12,
                          .fuzz_dir = ".",
                          .findings = &findings};
    bool is_json = false;
    int status = check_read_flags(argc, argv, &check, &is_json);
    if (status >= 0) {
        return status;
    }
    log_configure(LOG_FORMAT_TEXT, LOG_ERROR + 1); /* what matters is told as findings */
    findings_init(&findings, is_json);
    status = check_run(&check);
    if (status == CHECK_CLEAN || status == CHECK_FOUND) {
        findings_finish(&findings, check.bundle);
    } else {
        sbuf_fini(&findings.items);
        sbuf_fini(&findings.notes);
    }
    return status;
}
