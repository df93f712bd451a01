/* Drives a fuzz target without a fuzzer: every file of a corpus as it is, then cut and bent. The
 * same inputs every time, so that a check says the same of the same code; other ones with
 *   replay-NAME SEED [INPUTS]     (0 = a new seed, printed) */
#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/clock.h"

#define REPLAY_FILES_MAX 256
#define REPLAY_BYTES_MAX (256u * 1024)
#define REPLAY_SEED UINT64_C(0x61676e74686f7374)
#ifndef REPLAY_INPUTS
#define REPLAY_INPUTS 1000000 /* about a second; slower targets ask for fewer */
#endif

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct replay_file {
    uint8_t *data;
    size_t len;
};

static struct replay_file files[REPLAY_FILES_MAX];
static size_t files_count;
static uint64_t state;

/* xorshift64*: a seed gives the same run everywhere. */
static uint64_t replay_random(void)
{
    state ^= state >> 12;
    state ^= state << 25;
    state ^= state >> 27;
    return state * UINT64_C(0x2545f4914f6cdd1d);
}

/* In memory of its exact size: a sanitizer then sees one byte too far. */
static void replay_run(const uint8_t *data, size_t len)
{
    uint8_t *copy = malloc(len > 0 ? len : 1);
    if (copy == NULL) {
        abort();
    }
    memcpy(copy, data, len);
    (void)LLVMFuzzerTestOneInput(copy, len);
    free(copy);
}

static void replay_load(const char *folder, const char *name)
{
    char path[4096];
    (void)snprintf(path, sizeof(path), "%s/%s", folder, name);
    FILE *file = fopen(path, "rb");
    uint8_t *data = malloc(REPLAY_BYTES_MAX);
    if (file == NULL || data == NULL || files_count == REPLAY_FILES_MAX) {
        (void)fprintf(stderr, "cannot take %s\n", path);
        exit(EXIT_FAILURE);
    }
    files[files_count].data = data;
    files[files_count].len = fread(data, 1, REPLAY_BYTES_MAX, file);
    files_count++;
    (void)fclose(file);
}

static void replay_load_all(const char *folder)
{
    struct dirent **entries = NULL;
    int count = scandir(folder, &entries, NULL, alphasort); /* sorted: a seed means one run */
    for (int i = 0; i < count; i++) {
        if (entries[i]->d_name[0] != '.') {
            replay_load(folder, entries[i]->d_name);
        }
        free(entries[i]);
    }
    free(entries);
    if (files_count == 0) {
        (void)fprintf(stderr, "no corpus in %s\n", folder);
        exit(EXIT_FAILURE);
    }
}

static void replay_bend(uint8_t *data, size_t *len)
{
    static const uint8_t marks[] = {0x00, 0x7f, 0x80, 0x8f, 0x90, 0x9f, 0xa0, 0xc0,
                                    0xc2, 0xc4, 0xc5, 0xc6, 0xca, 0xcb, 0xcc, 0xcf,
                                    0xd0, 0xd3, 0xdc, 0xdd, 0xdf, 0xe0, 0xff};
    size_t at = *len > 0 ? replay_random() % *len : 0;
    switch (replay_random() % 6) {
    case 0:
        *len = at;
        break;
    case 1:
        if (*len < REPLAY_BYTES_MAX) {
            memmove(data + at + 1, data + at, *len - at);
            data[at] = (uint8_t)replay_random();
            (*len)++;
        }
        break;
    case 2:
        if (*len > 0) {
            memmove(data + at, data + at + 1, *len - at - 1);
            (*len)--;
        }
        break;
    case 3:
        if (*len > 0) {
            data[at] ^= (uint8_t)(1u << replay_random() % 8);
        }
        break;
    case 4:
        if (*len > 0) {
            data[at] = (uint8_t)replay_random();
        }
        break;
    default:
        if (*len > 0) {
            data[at] = marks[replay_random() % sizeof(marks)];
        }
    }
}

int main(int argc, char **argv)
{
    replay_load_all(CORPUS);
    uint64_t seed = argc > 1 ? strtoull(argv[1], NULL, 0) : REPLAY_SEED;
    unsigned long inputs = argc > 2 ? strtoul(argv[2], NULL, 10) : REPLAY_INPUTS;
    state = seed != 0 ? seed : clock_random_u64() | 1;
    (void)printf("%zu files, seed 0x%llx\n", files_count, (unsigned long long)state);
    (void)fflush(stdout);
    for (size_t i = 0; i < files_count; i++) {
        replay_run(files[i].data, files[i].len);
    }
    static uint8_t data[REPLAY_BYTES_MAX + 1];
    for (unsigned long run = 0; run < inputs; run++) {
        const struct replay_file *file = &files[replay_random() % files_count];
        size_t len = file->len;
        memcpy(data, file->data, len);
        for (uint64_t bends = 1 + replay_random() % 8; bends > 0; bends--) {
            replay_bend(data, &len);
        }
        replay_run(data, len);
    }
    (void)printf("%lu bent inputs\n", inputs);
    for (size_t i = 0; i < files_count; i++) {
        free(files[i].data);
    }
    return EXIT_SUCCESS;
}
