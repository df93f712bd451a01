/* Reads a corpus of statements and judges each by its chart. */
#include "claims_corpus.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/arena.h"
#include "core/attr.h"
#include "core/json.h"

#define CHARTS_MAX 32
#define LINE_BYTES_MAX 2048

struct known_chart {
    char name[64];
    struct json_object *file; /* the chart borrows from it; lives as long as the program */
    struct claims_chart chart;
};

static _Noreturn void die(const char *path, unsigned line, const char *problem)
{
    (void)fprintf(stderr, "%s:%u: %s\n", path, line, problem);
    exit(EXIT_FAILURE);
}

/* --- charts ---------------------------------------------------------------------------------- */

static FILE *chart_open(const char *const *folders, const char *name, char *ret_path, size_t bytes)
{
    FILE *file = NULL;
    for (size_t i = 0; file == NULL && folders[i] != NULL; i++) {
        (void)snprintf(ret_path, bytes, "%s/%s.json", folders[i], name);
        file = fopen(ret_path, "re");
    }
    return file;
}

static void chart_load(const char *const *folders, struct known_chart *known)
{
    static char text[64 * 1024];
    char path[512] = "";
    struct err err;
    FILE *file = chart_open(folders, known->name, path, sizeof(path));
    if (file == NULL) {
        die(path, 0, "no such chart; name its folder");
    }
    size_t len = fread(text, 1, sizeof(text), file);
    (void)fclose(file); /* was only read */
    if (!json_parse((struct span){text, len}, &known->file, &err)) {
        die(path, 0, err.text);
    }
    if (!claims_chart_read(json_get(known->file, "chart"), &known->chart)) {
        die(path, 0, "not a chart that the host takes");
    }
}

static struct known_chart charts[CHARTS_MAX];
static size_t charts_count;

static void charts_free(void)
{
    while (charts_count > 0) {
        json_object_put(charts[--charts_count].file);
    }
}

void claims_corpus_chart(const char *const *folders, const char *name,
                         struct claims_chart *ret_chart)
{
    for (size_t i = 0; i < charts_count; i++) {
        if (strcmp(charts[i].name, name) == 0) {
            *ret_chart = charts[i].chart;
            return;
        }
    }
    if (charts_count == CHARTS_MAX || strlen(name) >= sizeof(charts[0].name)) {
        die(name, 0, "too many charts, or too long a name");
    }
    if (charts_count == 0) {
        (void)atexit(charts_free); /* for leak checkers alone */
    }
    struct known_chart *known = &charts[charts_count];
    memcpy(known->name, name, strlen(name) + 1);
    chart_load(folders, known);
    charts_count++;
    *ret_chart = known->chart;
}

/* --- statements ------------------------------------------------------------------------------ */

static void unescape(char *text)
{
    char *to = text;
    for (const char *from = text; *from != '\0'; from++) {
        bool is_break = from[0] == '\\' && from[1] == 'n';
        *to++ = is_break ? '\n' : *from;
        from += is_break ? 1 : 0;
    }
    *to = '\0';
}

/* By words that only one of the two languages has; English when there are none. */
static bool is_german(const char *text)
{
    static const char *const words[] = {
        " der ", " die ", " das ", " du ", " dein",  " und ", " ist ", " mit ",
        " von ", " ein ", " im ",  " zu ", " nicht", " eine", " dir ", " für ",
    };
    unsigned hits = strncmp(text, "Du ", 3) == 0 || strncmp(text, "Dein", 4) == 0 ? 1 : 0;
    for (size_t i = 0; i < ARRAY_LEN(words); i++) {
        hits += strstr(text, words[i]) != NULL;
    }
    return hits > 0;
}

static bool is_refused(const struct claims_chart *chart, const char *text, struct claim *ret_claim)
{
    struct arena *arena = arena_create(1 << 20);
    size_t count = 0;
    if (!claims_find(chart, span_of(text), arena, ret_claim, 1, &count)) {
        die(text, 0, "too long to be judged");
    }
    arena_destroy(&arena);
    return count > 0;
}

struct row {
    const char *chart_name, *text;
    bool is_true;
};

static void row_parse(const char *path, unsigned number, char *line, struct row *ret_row)
{
    char *truth = strchr(line, '\t');
    char *text = truth != NULL ? strchr(truth + 1, '\t') : NULL;
    if (text == NULL) {
        die(path, number, "want chart, truth and statement, parted by tabs");
    }
    *truth++ = *text++ = '\0';
    bool is_true = strcmp(truth, "true") == 0;
    if (!is_true && strcmp(truth, "false") != 0) {
        die(path, number, "want true or false in the second column");
    }
    unescape(text);
    *ret_row = (struct row){line, text, is_true};
}

static void row_judge(const struct row *row, const char *const *folders, bool prints_rows,
                      struct claims_score *score)
{
    struct claims_chart chart;
    struct claim claim;
    claims_corpus_chart(folders, row->chart_name, &chart);
    bool refused = is_refused(&chart, row->text, &claim);
    struct claims_tally *tally = is_german(row->text) ? &score->german : &score->english;
    tally->true_count += row->is_true;
    tally->false_count += !row->is_true;
    tally->true_refused += row->is_true && refused;
    tally->false_found += !row->is_true && refused;
    if (refused) {
        (row->is_true ? score->true_refused : score->false_found)[claim.kind]++;
    }
    if (prints_rows && refused && row->is_true) {
        printf("true, refused (%s '%.*s'): %s: %s\n", claim_kind_name(claim.kind),
               (int)claim.quote.len, claim.quote.data, row->chart_name, row->text);
    } else if (prints_rows && !refused && !row->is_true) {
        printf("false, not found: %s: %s\n", row->chart_name, row->text);
    }
}

void claims_corpus_judge(const char *path, const char *const *folders, bool prints_rows,
                         struct claims_score *score)
{
    char line[LINE_BYTES_MAX];
    FILE *file = fopen(path, "re");
    if (file == NULL) {
        die(path, 0, "cannot be opened");
    }
    for (unsigned number = 1; fgets(line, sizeof(line), file) != NULL; number++) {
        if (strchr(line, '\n') == NULL && !feof(file)) {
            die(path, number, "longer than a statement may be");
        }
        line[strcspn(line, "\n")] = '\0';
        if (line[0] != '\0' && line[0] != '#') {
            struct row row;
            row_parse(path, number, line, &row);
            row_judge(&row, folders, prints_rows, score);
        }
    }
    (void)fclose(file); /* was only read */
}

struct claims_tally claims_corpus_sum(const struct claims_score *score)
{
    const struct claims_tally *a = &score->german, *b = &score->english;
    return (struct claims_tally){
        .true_count = a->true_count + b->true_count,
        .true_refused = a->true_refused + b->true_refused,
        .false_count = a->false_count + b->false_count,
        .false_found = a->false_found + b->false_found,
    };
}
