/* The client's side of the control socket: one blocking request, JSON back. */
#include <curl/curl.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/cli-private.h"
#include "core/json.h"
#include "core/sbuf.h"

#define CLIENT_ANSWER_BYTES_MAX (32 * 1024 * 1024)
#define CLIENT_SERVICE_SOCKET "/run/agenthost/control.sock" /* of the systemd unit */
#define CLIENT_TIMEOUT_S 120L /* a reload may wait for folders to be still */

static size_t client_on_data(char *data, size_t size, size_t count, void *ctx)
{
    struct sbuf *answer = ctx;
    sbuf_append(answer, data, size * count);
    return answer->is_failed ? 0 : size * count;
}

/* Why there is no connection: nobody there, or not for us. */
static int client_refused(const struct cli *cli, CURL *curl, const char *socket_path)
{
    long error = 0;
    (void)curl_easy_getinfo(curl, CURLINFO_OS_ERRNO, &error);
    if (error == EACCES || error == EPERM) {
        (void)fprintf(
            stderr, "agenthost %s: you may not use %s; be root, the host's user or in its group\n",
            cli->argv[0], socket_path);
        return CLI_FAILED;
    }
    (void)fprintf(stderr,
                  "agenthost %s: no host answers on %s; start it with 'agenthost run', or "
                  "name its configuration with --config\n",
                  cli->argv[0], socket_path);
    return CLI_NOT_RUNNING;
}

static int client_perform(CURL *curl, const struct cli *cli, const char *socket_path,
                          struct sbuf *answer, long *ret_status)
{
    CURLcode code = curl_easy_perform(curl);
    if (code == CURLE_COULDNT_CONNECT) {
        return client_refused(cli, curl, socket_path);
    }
    if (code != CURLE_OK) {
        (void)fprintf(stderr, "agenthost %s: %s: %s\n", cli->argv[0], socket_path,
                      answer->is_failed ? "the answer is too long" : curl_easy_strerror(code));
        return CLI_FAILED;
    }
    (void)curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, ret_status);
    return *ret_status / 100 == 2 ? CLI_OK : CLI_FAILED;
}

static int client_request(struct cli *cli, const char *socket_path, const char *method,
                          const char *path, const char *body, struct json_object **ret_answer)
{
    char url[1024];
    (void)snprintf(url, sizeof(url), "http://localhost%s", path);
    struct sbuf answer;
    sbuf_init(&answer, CLIENT_ANSWER_BYTES_MAX);
    CURL *curl = curl_easy_init();
    struct curl_slist *headers = curl_slist_append(NULL, "Content-Type: application/json");
    (void)curl_easy_setopt(curl, CURLOPT_UNIX_SOCKET_PATH, socket_path);
    (void)curl_easy_setopt(curl, CURLOPT_URL, url);
    (void)curl_easy_setopt(curl, CURLOPT_CUSTOMREQUEST, method);
    (void)curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers);
    (void)curl_easy_setopt(curl, CURLOPT_TIMEOUT, CLIENT_TIMEOUT_S);
    (void)curl_easy_setopt(curl, CURLOPT_NOPROXY, "*");
    (void)curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, client_on_data);
    (void)curl_easy_setopt(curl, CURLOPT_WRITEDATA, &answer);
    if (body != NULL) {
        (void)curl_easy_setopt(curl, CURLOPT_POSTFIELDS, body);
    }
    long http_status = 0;
    int status = client_perform(curl, cli, socket_path, &answer, &http_status);
    *ret_answer = NULL;
    if (http_status != 0 && !json_parse(sbuf_as_span(&answer), ret_answer, NULL)) {
        *ret_answer = NULL;
    }
    curl_slist_free_all(headers);
    curl_easy_cleanup(curl);
    sbuf_fini(&answer);
    return status;
}

/* The configured socket; when there is none, that of a host run by systemd. */
static const char *client_socket(const struct options *options)
{
    bool is_there = access(options->state.socket, F_OK) == 0;
    return !is_there && access(CLIENT_SERVICE_SOCKET, F_OK) == 0 ? CLIENT_SERVICE_SOCKET
                                                                 : options->state.socket;
}

int cli_request(struct cli *cli, const char *method, const char *path, const char *body,
                struct json_object **ret_answer)
{
    const struct options *options = NULL;
    *ret_answer = NULL;
    int status = cli_options(cli, &options);
    if (status != CLI_OK) {
        return status;
    }
    return client_request(cli, client_socket(options), method, path, body, ret_answer);
}

const char *cli_text(struct json_object *object, const char *key, const char *fallback)
{
    struct json_object *value = json_get(object, key);
    return json_object_is_type(value, json_type_string) ? json_object_get_string(value) : fallback;
}

void cli_print_error(const struct cli *cli, struct json_object *answer)
{
    if (answer == NULL) {
        return; /* the request itself failed, which has been said */
    }
    (void)fprintf(stderr, "agenthost %s: %s", cli->argv[0],
                  cli_text(answer, "error", "the host refused"));
    struct json_object *details = json_get(answer, "details");
    const char *field = cli_text(details, "field", NULL);
    const char *remedy = cli_text(details, "remedy", NULL);
    if (field != NULL) {
        (void)fprintf(stderr, " (%s)", field);
    }
    if (remedy != NULL) {
        (void)fprintf(stderr, "; %s", remedy);
    }
    (void)fputc('\n', stderr);
}

void cli_print_json(struct json_object *value)
{
    (void)puts(json_object_to_json_string_ext(
        value, JSON_C_TO_STRING_PRETTY | JSON_C_TO_STRING_SPACED | JSON_C_TO_STRING_NOSLASHESCAPE));
}

void cli_print_text(const char *text)
{
    bool is_terminal = isatty(STDOUT_FILENO) != 0;
    for (const char *at = text; *at != '\0'; at++) {
        unsigned char c = (unsigned char)*at;
        bool is_control = (c < 0x20 && c != '\n' && c != '\t') || c == 0x7f;
        (void)putchar(is_terminal && is_control ? '?' : c);
    }
    (void)putchar('\n');
}
