/* Finds wording of acute danger. */
#include "engine/danger.h"

#include "core/arena.h"
#include "engine/phrase.h"
#include "engine/text.h"

/* In the order in which they are looked at. */
enum section {
    SECTION_ALWAYS,   /* danger, whatever stands around it */
    SECTION_HARMLESS, /* its words are taken out; a comma ends it */
    SECTION_DANGER,   /* danger, when none of its words was taken out */
    SECTION_NEGATION, /* words that "in between" does not run over */
    SECTIONS,
};
static const char *const section_names[SECTIONS] = {"[always]", "[harmless]", "[danger]",
                                                    "[negation]"};

/* The rules of one file, so that one language's negations do not bear on the other's. */
struct rules {
    struct rules *next;
    struct phrase *patterns[SECTIONS];
    size_t counts[SECTIONS];
};

struct danger {
    struct rules *rules;
};

static int section_find(struct span line)
{
    for (int section = 0; section < SECTIONS; section++) {
        if (span_is(line, section_names[section])) {
            return section;
        }
    }
    return -1;
}

static bool read_line(struct arena *arena, struct span line, int *section, struct rules *rules,
                      struct err *err)
{
    if (line.len == 0 || line.data[0] == '#') {
        return true;
    }
    if (line.data[0] == '[') {
        *section = section_find(line);
        return *section >= 0 ||
               err_set(err, ERR_INVALID, "sections are [always], [harmless], [danger], [negation]");
    }
    if (*section < 0) {
        return err_set(err, ERR_INVALID, "stands before the first section");
    }
    size_t *count = &rules->counts[*section];
    if (*section == SECTION_NEGATION && *count == 1) {
        return err_set(err, ERR_INVALID, "a second line in [negation]");
    }
    if (!phrase_parse(arena, line, &rules->patterns[*section][*count], err)) {
        return false;
    }
    (*count)++;
    return true;
}

static size_t count_lines(struct span text)
{
    size_t count = 0;
    struct span line;
    while (text_next_line(&text, &line)) {
        count++;
    }
    return count;
}

/* Room for a file of that many lines. */
static struct rules *rules_create(struct arena *arena, size_t lines)
{
    struct rules *rules = arena_alloc(arena, sizeof(*rules));
    for (int section = 0; rules != NULL && section < SECTIONS; section++) {
        rules->patterns[section] = arena_alloc(arena, (lines + 1) * sizeof(struct phrase));
        if (rules->patterns[section] == NULL) {
            return NULL;
        }
    }
    return rules;
}

bool danger_read(struct arena *arena, const char *name, struct span text, struct danger **danger,
                 struct err *err)
{
    struct rules *rules = rules_create(arena, count_lines(text));
    if (*danger == NULL) {
        *danger = arena_alloc(arena, sizeof(**danger));
    }
    if (rules == NULL || *danger == NULL) {
        return err_set(err, ERR_LIMIT, "%s: out of memory", name);
    }
    struct span line;
    int section = -1;
    for (unsigned number = 1; text_next_line(&text, &line); number++) {
        struct err why = {ERR_NONE, ""};
        if (!read_line(arena, text_trim(line), &section, rules, &why)) {
            return err_set(err, why.kind, "%s:%u: %s", name, number, why.text);
        }
    }
    if (rules->counts[SECTION_DANGER] == 0) {
        return err_set(err, ERR_INVALID, "%s: has no line in [danger]", name);
    }
    rules->next = (*danger)->rules;
    (*danger)->rules = rules;
    return true;
}

static const struct phrase *negation_of(const struct rules *rules)
{
    return rules->counts[SECTION_NEGATION] > 0 ? rules->patterns[SECTION_NEGATION] : NULL;
}

static bool any_found(const struct rules *rules, enum section section,
                      const struct phrase_text *text)
{
    struct phrase_match match;
    for (size_t i = 0; i < rules->counts[section]; i++) {
        if (phrase_find(&rules->patterns[section][i], text, 0, &match)) {
            return true;
        }
    }
    return false;
}

/* Takes out the words of every harmless phrase, each phrase as often as it stands there. */
static void take_harmless(const struct rules *rules, const struct phrase_text *text, bool *is_taken)
{
    struct phrase_match match;
    for (size_t i = 0; i < rules->counts[SECTION_HARMLESS]; i++) {
        const struct phrase *pattern = &rules->patterns[SECTION_HARMLESS][i];
        for (size_t start = 0; phrase_find(pattern, text, start, &match);
             start = match.words[0] + 1) {
            for (size_t word = 0; word < match.count; word++) {
                is_taken[match.words[word]] = true;
            }
        }
    }
}

bool danger_is_worded(const struct danger *danger, struct arena *arena, struct span text)
{
    struct phrase_text sought = {.is_taken = NULL};
    if (!fold_text(arena, text, &sought.folded)) {
        return true;
    }
    bool *is_taken = arena_alloc(arena, sought.folded.count + 1);
    if (is_taken == NULL) {
        return true;
    }
    /* Everybody's harmless phrases first: a text may mix languages. */
    for (const struct rules *rules = danger->rules; rules != NULL; rules = rules->next) {
        sought.negation = negation_of(rules);
        if (any_found(rules, SECTION_ALWAYS, &sought)) {
            return true;
        }
        sought.is_clause_bound = true;
        take_harmless(rules, &sought, is_taken);
        sought.is_clause_bound = false;
    }
    sought.is_taken = is_taken;
    for (const struct rules *rules = danger->rules; rules != NULL; rules = rules->next) {
        sought.negation = negation_of(rules);
        if (any_found(rules, SECTION_DANGER, &sought)) {
            return true;
        }
    }
    return false;
}
