/* Claims of an incarnation cross. */
#include <string.h>

#include "chart/claims-private.h"
#include "core/attr.h"
#include "core/fold.h"

#define THEME_BYTES_MAX 64

static void cross_fold(struct span name, char *ret_folded, size_t bytes)
{
    size_t len = 0;
    while (name.len > 0 && len + 4 < bytes) {
        struct fold_char folded;
        fold_next(&name, &folded);
        if (folded.kind == FOLD_SPACE && len > 0 && ret_folded[len - 1] != ' ') {
            ret_folded[len++] = ' ';
        }
        memcpy(ret_folded + len, folded.letters, folded.len);
        len += folded.len;
    }
    ret_folded[len] = '\0';
}

/* The word at that token stands in the chart's name of its cross. */
static bool cross_holds(const struct claims_search *search, size_t at, const char *folded)
{
    struct span word = claims_at(search, at)->word;
    if (word.len == 0) {
        return false;
    }
    for (const char *start = folded; *start != '\0';) {
        size_t len = strcspn(start, " ");
        if (span_equals(word, (struct span){start, len})) {
            return true;
        }
        start += len + (start[len] == ' ');
    }
    return false;
}

/* "not the Right Angle Cross": which one it is not says nothing of which it is. */
static bool is_other_cross(const struct claims_search *search, size_t at)
{
    while (at > 0 &&
           claims_is_word(search, at - 1,
                          "angle right left juxtaposition incarnation the a das dem ein")) {
        at--;
    }
    return at > 0 &&
           (claims_is_denying(search, at - 1) || claims_is_word(search, at - 1, "kein no"));
}

/* "Right Angle Cross", "Linkswinkelkreuz": the claim of an angle. */
static void claims_angle(struct claims_search *search, size_t at, const char *folded)
{
    static const struct {
        const char *words, *angle;
    } rows[] = {
        {"right rechtwinklig* rechtswinkelkreuz* rechte rechten rechtes", "right"},
        {"left linkswinklig* linkswinkelkreuz* linke linken linkes", "left"},
        {"juxtaposition juxtapositionskreuz* juxtapositions*", "juxtaposition"},
    };
    for (size_t back = 0; back <= 3 && back <= at; back++) {
        for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
            if (claims_is_word(search, at - back, rows[i].words) &&
                strstr(folded, rows[i].angle) == NULL) {
                claims_add(search, CLAIM_CROSS, at - back, at + 1);
                return;
            }
        }
    }
}

/* "Kreuz des Unerwarteten" */
static void judge_german(struct claims_search *search, size_t at, const char *folded)
{
    size_t theme = at + 1;
    while (theme < at + 5 &&
           claims_is_word(search, theme, "von vom der des dem das ist heisst lautet schlafenden")) {
        theme++;
    }
    const char *words = theme > at + 1 ? claims_cross_theme_de(search, theme) : NULL;
    for (const char *start = words; start != NULL && *start != '\0';) {
        size_t len = strcspn(start, " ");
        if (memmem(folded, strlen(folded), start, len) != NULL) {
            return;
        }
        start += len + (start[len] == ' ');
    }
    if (words != NULL) {
        claims_add(search, CLAIM_CROSS, at, theme + 1);
    }
}

void claims_cross(struct claims_search *search, size_t at)
{
    if (!claims_is_word(search, at,
                        "cross kreuz inkarnationskreuz rechtswinkelkreuz* "
                        "linkswinkelkreuz* juxtapositionskreuz*") ||
        is_other_cross(search, at)) {
        return;
    }
    char folded[2 * THEME_BYTES_MAX];
    cross_fold(search->chart->cross, folded, sizeof(folded));
    claims_angle(search, at, folded);
    size_t theme = at + 1;
    if (!claims_is_word(search, theme, "of")) {
        judge_german(search, at, folded);
        return;
    }
    theme += claims_is_word(search, theme + 1, "the") ? 2 : 1;
    const struct claims_token *word = claims_at(search, theme);
    if (word->kind != TOKEN_WORD || claims_is_word(search, theme, "your this incarnation")) {
        return;
    }
    size_t end = theme + 1;
    while (cross_holds(search, end, folded)) {
        end++;
    }
    const struct claims_token *number = claims_at(search, end);
    bool is_numbered = number->kind == TOKEN_NUMBER && number->number < 10;
    const char *own = strpbrk(folded, "123456789");
    bool is_other = is_numbered && (own == NULL || number->number != (unsigned)(*own - '0'));
    if (!cross_holds(search, theme, folded) || is_other) {
        claims_add(search, CLAIM_CROSS, at, is_other ? end + 1 : end);
    }
}
