/* German names of incarnation crosses, by the words of the English ones. A name is translated in
 * more than one way; one that is not here is not judged. */
#include "chart/claims-private.h"
#include "core/attr.h"

const char *claims_cross_theme_de(const struct claims_search *search, size_t at)
{
    static const struct {
        const char *german, *english;
    } rows[] = {
        {"sphinx", "sphinx"},
        {"erklaerung*", "explanation"},
        {"ansteckung", "contagion"},
        {"gefaess* liebesgefaess*", "vessel"},
        {"eden*", "eden"},
        {"dienens dienstes dienst", "service"},
        {"planung planens", "planning"},
        {"maya", "maya"},
        {"gesetze gesetzes gesetzen", "laws"},
        {"unerwarteten unerwartete", "unexpected"},
        {"herrschaft herrschens", "rulership dominion"},
        {"spannung spannungen", "tension"},
        {"bewusstseins bewusstsein", "consciousness"},
        {"phoenix", "phoenix"},
        {"durchdringung", "penetration"},
        {"trotzes widerstands widerstandes", "defiance opposition"},
        {"ausrichtung", "alignment"},
        {"migration wanderung", "migration"},
        {"revolution", "revolution"},
        {"konfrontation", "confrontation"},
        {"masken", "masks"},
        {"verfeinerung", "refinement"},
        {"begrenzung", "limitation"},
        {"verschleierung", "obscuration"},
        {"zyklen", "cycles"},
        {"dualitaet", "duality"},
        {"forderungen", "demands"},
        {"individualismus", "individualism"},
        {"industrie", "industry"},
        {"trennung", "separation"},
        {"ablenkung", "distraction"},
        {"bildung erziehung", "education"},
        {"bemuehens strebens", "endeavour endeavor"},
        {"heilung", "healing"},
        {"identifikation identifizierung", "identification"},
        {"vorbeugung", "prevention"},
        {"umbruchs umsturzes", "upheaval"},
        {"ungewissheit unsicherheit", "uncertainty"},
        {"verwirrung", "confusion"},
        {"hingabe", "dedication"},
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        if (claims_is_word(search, at, rows[i].german)) {
            return rows[i].english;
        }
    }
    return NULL;
}
