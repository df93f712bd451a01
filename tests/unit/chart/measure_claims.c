/* Measures the check of claims on a corpus:
 *   measure-claims [--counts] CORPUS.tsv CHARTS_FOLDER...
 * prints the rows it judges wrongly, or only how many with --counts, for a corpus that whoever
 * writes the rules must not see. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "claims_corpus.h"

static void print_tally(const char *name, const struct claims_tally *tally)
{
    printf("%-8s false found %4u of %4u, true refused %3u of %4u\n", name, tally->false_found,
           tally->false_count, tally->true_refused, tally->true_count);
}

int main(int argc, char **argv)
{
    bool counts_only = argc > 1 && strcmp(argv[1], "--counts") == 0;
    int first = counts_only ? 2 : 1;
    if (argc < first + 2) {
        (void)fprintf(stderr, "usage: measure-claims [--counts] CORPUS.tsv CHARTS_FOLDER...\n");
        return EXIT_FAILURE;
    }
    struct claims_score score = {0};
    claims_corpus_judge(argv[first], (const char *const *)argv + first + 1, !counts_only, &score);
    for (int kind = 0; kind < CLAIM_KINDS; kind++) {
        printf("%-10s false found %4u, true refused %3u\n", claim_kind_name((enum claim_kind)kind),
               score.false_found[kind], score.true_refused[kind]);
    }
    struct claims_tally all = claims_corpus_sum(&score);
    print_tally("German", &score.german);
    print_tally("English", &score.english);
    print_tally("all", &all);
    return EXIT_SUCCESS;
}
