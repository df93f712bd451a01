/* Fuzz target of the reader of claims: whatever the text, its quotes lie in it, in order, and the
 * same text makes the same claims. */
#include <assert.h>
#include <stdint.h>

#include "chart/claims.h"
#include "core/arena.h"
#include "core/attr.h"

#define ARENA_BYTES_MAX (16u * 1024 * 1024)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static size_t find(const struct claims_chart *chart, struct span text, struct claim *claims,
                   size_t claims_max)
{
    size_t count = 0;
    struct arena *arena = arena_create(ARENA_BYTES_MAX);
    bool is_known = claims_find(chart, text, arena, claims, claims_max, &count);
    assert(is_known);
    arena_destroy(&arena);
    return count;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const struct claims_chart chart = {
        .mechanics = {.centers = 1u << CENTER_SACRAL | 1u << CENTER_ROOT,
                      .type = TYPE_GENERATOR,
                      .authority = AUTHORITY_SACRAL,
                      .definition = DEFINITION_SINGLE},
        .gates = UINT64_C(1) << 2 | UINT64_C(1) << 59,
        .lines = {[1] = UINT64_C(1) << 2},
        .channels = 1u << 2,
        .profile = {2, 4},
        .cross = {"Right Angle Cross of Laws 2", 27},
    };
    struct span text = {(const char *)data, size};
    struct claim claims[16], again[16];
    if (!span_is_utf8(text)) {
        return 0;
    }
    size_t count = find(&chart, text, claims, ARRAY_LEN(claims));
    assert(count == find(&chart, text, again, ARRAY_LEN(again)));
    for (size_t i = 0; i < count; i++) {
        assert(claims[i].quote.data >= text.data);
        assert(claims[i].quote.len > 0);
        assert(claims[i].quote.data + claims[i].quote.len <= text.data + text.len);
        assert(i == 0 || claims[i - 1].quote.data <= claims[i].quote.data);
        assert(claims[i].quote.data == again[i].quote.data);
    }
    return 0;
}
