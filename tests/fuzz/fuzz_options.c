/* Fuzz target of the configuration: any bytes as the INI file, or behind a first byte '$' as the
 * .env file. What is accepted must be accepted again after it was printed. */
#include <assert.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/options.h"
#include "core/sbuf.h"

#define FUZZ_PRINTED_BYTES_MAX (8u * 1024 * 1024)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int fuzz_file(const void *data, size_t size)
{
    int fd = memfd_create("fuzz", MFD_CLOEXEC);
    if (fd < 0 || write(fd, data, size) != (ssize_t)size || fchmod(fd, 0600) != 0) {
        abort();
    }
    return fd;
}

static struct options *fuzz_load(const void *config, size_t config_len, const void *dotenv,
                                 size_t dotenv_len)
{
    static const char *const environment[] = {"HOME=/", NULL};
    int config_fd = fuzz_file(config, config_len), dotenv_fd = fuzz_file(dotenv, dotenv_len);
    char config_path[64], dotenv_path[64];
    (void)snprintf(config_path, sizeof(config_path), "/proc/self/fd/%d", config_fd);
    (void)snprintf(dotenv_path, sizeof(dotenv_path), "/proc/self/fd/%d", dotenv_fd);
    struct options_source source = {
        .config_path = config_path, .env_path = dotenv_path, .environ = environment};
    struct options *options = NULL;
    struct options_problems problems;
    bool is_good = options_load(&source, &options, &problems);
    assert(is_good == (options != NULL));
    assert(is_good || problems.count > 0); /* a refusal says why */
    for (size_t i = 0; i < problems.count; i++) {
        assert(problems.items[i].where[0] != '\0' && problems.items[i].text[0] != '\0');
    }
    (void)is_good;
    options_problems_fini(&problems);
    close(config_fd);
    close(dotenv_fd);
    return options;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    bool is_dotenv = size > 0 && data[0] == '$';
    struct options *options =
        is_dotenv ? fuzz_load("", 0, data + 1, size - 1) : fuzz_load(data, size, "", 0);
    if (options == NULL) {
        return 0;
    }
    struct sbuf printed;
    sbuf_init(&printed, FUZZ_PRINTED_BYTES_MAX);
    options_render(options, &printed);
    bool has_keys = options->http.keys.count > 0;
    options_destroy(&options);
    /* A variable may hold what a file cannot, like a line end; and keys, which are not printed,
     * may be what lets the host listen. */
    if (!is_dotenv && !has_keys) {
        options = fuzz_load(printed.data, printed.len, "", 0);
        assert(options != NULL);
        options_destroy(&options);
    }
    sbuf_fini(&printed);
    return 0;
}
