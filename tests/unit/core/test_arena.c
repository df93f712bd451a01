/* Arenas: alignment, zeroing, the maximum and the process-wide count. */
#include <stdint.h>
#include <string.h>

#include "core/arena.h"
#include "suites.h"

START_TEST(arena_gives_zeroed_aligned_memory)
{
    struct arena *arena = arena_create(64 * 1024);
    for (size_t bytes = 1; bytes < 200; bytes += 7) {
        unsigned char *memory = arena_alloc(arena, bytes);
        ck_assert_ptr_nonnull(memory);
        ck_assert_uint_eq((uintptr_t)memory % 16, 0);
        for (size_t i = 0; i < bytes; i++) {
            ck_assert_uint_eq(memory[i], 0);
        }
        memset(memory, 0xff, bytes);
    }
    arena_destroy(&arena);
    ck_assert_ptr_null(arena);
}
END_TEST

START_TEST(arena_refuses_beyond_its_maximum)
{
    struct arena *arena = arena_create(10000);
    ck_assert_ptr_nonnull(arena_alloc(arena, 9000));
    ck_assert_ptr_null(arena_alloc(arena, 2000));
    ck_assert_ptr_nonnull(arena_alloc(arena, 900)); /* the rest may still be had */
    ck_assert_ptr_null(arena_alloc(arena, SIZE_MAX));
    ck_assert_ptr_null(arena_strndup(arena, "", SIZE_MAX));
    ck_assert_uint_le(arena_bytes(arena), 10000);
    arena_destroy(&arena);
}
END_TEST

START_TEST(arena_bytes_of_all_arenas_are_counted_and_given_back)
{
    size_t before = arena_bytes_total();
    struct arena *first = arena_create(1 << 20);
    struct arena *second = arena_create(1 << 20);
    ck_assert_ptr_nonnull(arena_alloc(first, 100000));
    ck_assert_ptr_nonnull(arena_alloc(second, 10));
    ck_assert_uint_eq(arena_bytes_total() - before, arena_bytes(first) + arena_bytes(second));
    arena_destroy(&first);
    arena_destroy(&second);
    ck_assert_uint_eq(arena_bytes_total(), before);
    arena_destroy(&second); /* NULL is fine */
}
END_TEST

START_TEST(arena_copies_texts)
{
    struct arena *arena = arena_create(4096);
    ck_assert_str_eq(arena_strdup(arena, "reading"), "reading");
    ck_assert_str_eq(arena_strndup(arena, "reading", 4), "read");
    ck_assert_str_eq(arena_printf(arena, "%s-%d", "version", 3), "version-3");
    arena_destroy(&arena);
}
END_TEST

Suite *suite_arena(void)
{
    Suite *suite = suite_create("arena");
    TCase *tests = tcase_create("all");
    tcase_add_test(tests, arena_gives_zeroed_aligned_memory);
    tcase_add_test(tests, arena_refuses_beyond_its_maximum);
    tcase_add_test(tests, arena_bytes_of_all_arenas_are_counted_and_given_back);
    tcase_add_test(tests, arena_copies_texts);
    suite_add_tcase(suite, tests);
    return suite;
}
