/* Tells when patterns come next, for a comparison with what Node's workers make of them.
 *
 * usage: cron-next <CASES
 *
 * Each line is a case, its parts parted by tabs: pattern, zone ("" = that of the process), a time,
 * an end (both in ms; "" = no end), and how many times are asked for. For each a line comes out:
 * the times, parted by blanks, fewer when no more come; or "error: " and why. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "time/cron.h"
#include "time/zone.h"

#define PARTS_COUNT 5

static bool split(char *line, char *ret_parts[PARTS_COUNT])
{
    line[strcspn(line, "\n")] = '\0';
    for (int i = 0; i < PARTS_COUNT; i++) {
        ret_parts[i] = strsep(&line, "\t");
        if (ret_parts[i] == NULL) {
            return false;
        }
    }
    return line == NULL;
}

static void tell(char *const parts[PARTS_COUNT])
{
    struct cron cron;
    struct err err;
    struct zone *zone = NULL;
    if (!cron_parse(span_of(parts[0]), &cron, &err) || !zone_load(span_of(parts[1]), &zone, &err)) {
        printf("error: %s\n", err.text);
        return;
    }
    int64_t ms = strtoll(parts[2], NULL, 10);
    int64_t end_ms = parts[3][0] == '\0' ? INT64_MAX : strtoll(parts[3], NULL, 10);
    long count = strtol(parts[4], NULL, 10);
    for (long i = 0; i < count && cron_next(&cron, zone_table(zone), ms, end_ms, &ms); i++) {
        printf("%s%" PRId64, i > 0 ? " " : "", ms);
    }
    printf("\n");
    zone_destroy(&zone);
}

int main(void)
{
    char *line = NULL, *parts[PARTS_COUNT];
    size_t size = 0;
    while (getline(&line, &size, stdin) > 0) {
        if (!split(line, parts)) {
            (void)fprintf(stderr, "cron-next: a case has %d parts\n", PARTS_COUNT);
            return EXIT_FAILURE;
        }
        tell(parts);
    }
    free(line);
    return EXIT_SUCCESS;
}
