/* The hub: what watchers are told, who comes late, who comes back, and the limits. */
#include <check.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/mem.h"
#include "core/sbuf.h"
#include "job/watch.h"
#include "suites.h"

#define READING "f0e0d0c0-0000-4000-8000-000000000001"

/* Somebody who writes down what is told: "status processing active 30|delta two words|…". */
struct listener {
    struct watcher *watcher;
    struct sbuf seen;
    uint64_t last_id;
    bool is_leaving;              /* at the next event */
    struct listener *takes_along; /* somebody else is removed then, too */
};

static struct watch *hub;
static const struct watch_status waiting = {"pending", "waiting", 0};
static const struct watch_status working = {"processing", "active", 30};

static void setup(void)
{
    hub = watch_create();
}

static void teardown(void)
{
    watch_destroy(&hub);
}

static void write_down(struct sbuf *seen, const struct watch_event *event)
{
    switch (event->kind) {
    case WATCH_STATUS:
        sbuf_printf(seen, "status %s %s %d|", event->status.status, event->status.job_status,
                    event->status.progress);
        return;
    case WATCH_DELTA:
        sbuf_printf(seen, "delta %.*s|", (int)event->text.len, event->text.data);
        return;
    case WATCH_RESET:
        sbuf_puts(seen, "reset|");
        return;
    case WATCH_DONE:
        sbuf_printf(seen, "done %" PRIu32 "|", event->version);
        return;
    case WATCH_FAILED:
        sbuf_printf(seen, "failed %s %s|", event->code, event->message);
        return;
    case WATCH_LEFT:
        sbuf_puts(seen, "left|");
        return;
    }
}

static void on_event(const struct watch_event *event, void *ctx)
{
    struct listener *listener = ctx;
    write_down(&listener->seen, event);
    if (event->kind == WATCH_LEFT) {
        ck_assert_uint_eq(event->id, 0);
    } else {
        ck_assert_uint_gt(event->id, listener->last_id);
        listener->last_id = event->id;
    }
    if (listener->is_leaving) {
        watch_remove(&listener->watcher);
        if (listener->takes_along != NULL) {
            watch_remove(&listener->takes_along->watcher);
        }
    }
}

static void join_after(struct listener *listener, uint64_t last_id)
{
    struct err err;
    sbuf_init(&listener->seen, 1 << 20);
    ck_assert(
        watch_add(hub, READING, last_id, &waiting, on_event, listener, &listener->watcher, &err));
}

static void join(struct listener *listener)
{
    join_after(listener, 0);
}

static void leave(struct listener *listener)
{
    watch_remove(&listener->watcher);
    sbuf_fini(&listener->seen);
}

static void expect(struct listener *listener, const char *seen)
{
    ck_assert_str_eq(listener->seen.data, seen);
    sbuf_clear(&listener->seen);
}

static struct watch_reading *hold(void)
{
    struct watch_reading *reading = watch_hold(hub, READING);
    watch_tell_status(reading, &working);
    return reading;
}

static void say(struct watch_reading *reading, const char *text)
{
    watch_tell_text(reading, span_of(text));
}

START_TEST(watchers_are_told_everything_in_order)
{
    struct listener one = {0}, two = {0};
    join(&one);
    expect(&one, "status pending waiting 0|");
    struct watch_reading *reading = hold();
    join(&two);
    say(reading, "two ");
    say(reading, "words");
    watch_tell_status(reading, &(struct watch_status){"processing", "active", 70});
    watch_tell_done(reading, 3);
    expect(&one, "status processing active 30|delta two |delta words|status processing active 70|"
                 "done 3|");
    expect(&two, "status processing active 30|delta two |delta words|status processing active 70|"
                 "done 3|");
    watch_let_go(&reading);
    ck_assert_ptr_null(reading);
    expect(&one, "left|");
    leave(&one);
    leave(&two);
}
END_TEST

START_TEST(the_same_status_is_told_once)
{
    struct listener one = {0};
    join(&one);
    watch_tell_status(watcher_reading(one.watcher), &waiting);
    watch_tell_status(watcher_reading(one.watcher), &working);
    watch_tell_status(watcher_reading(one.watcher), &working);
    expect(&one, "status pending waiting 0|status processing active 30|");
    leave(&one);
}
END_TEST

START_TEST(who_comes_late_gets_the_text_so_far_at_once)
{
    struct watch_reading *reading = hold();
    struct listener late = {0};
    say(reading, "said ");
    say(reading, "before");
    join(&late);
    say(reading, ", said after");
    expect(&late, "status processing active 30|delta said before|delta , said after|");
    leave(&late);
    watch_let_go(&reading);
}
END_TEST

START_TEST(what_somebody_saw_elsewhere_is_told_to_all_who_watch)
{
    struct listener one = {0}, two = {0};
    struct err err;
    join(&one);
    sbuf_init(&two.seen, 1 << 20);
    const struct watch_status delayed = {"processing", "delayed", 30};
    ck_assert(watch_add(hub, READING, 0, &delayed, on_event, &two, &two.watcher, &err));
    expect(&one, "status pending waiting 0|status processing delayed 30|");
    expect(&two, "status processing delayed 30|");
    watch_tell_failed(watcher_reading(two.watcher), "TIMEOUT", "too late");
    expect(&one, "failed TIMEOUT too late|");
    leave(&one);
    leave(&two);
}
END_TEST

START_TEST(a_reset_voids_the_text_and_without_text_is_not_told)
{
    struct watch_reading *reading = hold();
    struct listener one = {0}, late = {0};
    join(&one);
    watch_tell_reset(reading);
    say(reading, "wrong");
    watch_tell_reset(reading);
    watch_tell_reset(reading);
    say(reading, "right");
    join(&late);
    expect(&one, "status processing active 30|delta wrong|reset|delta right|");
    expect(&late, "status processing active 30|delta right|");
    leave(&one);
    leave(&late);
    watch_let_go(&reading);
}
END_TEST

START_TEST(who_comes_back_goes_on_where_the_last_event_was)
{
    struct watch_reading *reading = hold();
    struct listener one = {0};
    join(&one);
    say(reading, "seen ");
    sbuf_fini(&one.seen);
    watch_remove(&one.watcher);
    say(reading, "missed ");
    say(reading, "twice");
    join_after(&one, one.last_id);
    say(reading, ".");
    expect(&one, "status processing active 30|delta missed twice|delta .|");
    leave(&one);
    join_after(&one, one.last_id); /* nothing was missed */
    expect(&one, "status processing active 30|");
    leave(&one);
    watch_let_go(&reading);
}
END_TEST

START_TEST(who_comes_back_to_something_else_starts_anew)
{
    struct watch_reading *reading = hold();
    struct listener one = {0};
    join(&one);
    say(reading, "old");
    uint64_t before = one.last_id;
    leave(&one);
    watch_tell_reset(reading);
    join_after(&one, before); /* the text was voided meanwhile */
    expect(&one, "status processing active 30|reset|");
    leave(&one);
    say(reading, "new");
    join_after(&one, 12345); /* an id of somebody else's */
    expect(&one, "status processing active 30|reset|delta new|");
    leave(&one);
    watch_let_go(&reading);
}
END_TEST

START_TEST(history_reaches_back_so_far_and_no_further)
{
    struct watch_reading *reading = hold();
    struct listener one = {0}, back = {0};
    join(&one);
    say(reading, "x");
    uint64_t id = one.last_id;
    for (int i = 0; i < WATCH_HISTORY_MAX - 1; i++) {
        say(reading, "y");
    }
    back.last_id = id;
    join_after(&back, id);
    ck_assert_ptr_null(strstr(back.seen.data, "reset"));
    ck_assert_ptr_nonnull(strstr(back.seen.data, "delta yy"));
    leave(&back);
    join_after(&back, id); /* the joining made two events more */
    ck_assert_ptr_nonnull(strstr(back.seen.data, "|reset|delta xyy"));
    leave(&back);
    leave(&one);
    watch_let_go(&reading);
}
END_TEST

START_TEST(text_over_the_limit_is_told_but_not_kept)
{
    struct watch_reading *reading = hold();
    struct listener one = {0}, at_limit = {0}, beyond = {0}, back = {0};
    char *text = mem_alloc(WATCH_TEXT_BYTES_MAX);
    memset(text, 'x', WATCH_TEXT_BYTES_MAX);
    join(&one);
    watch_tell_text(reading, (struct span){text, WATCH_TEXT_BYTES_MAX});
    join(&at_limit);
    ck_assert_uint_gt(at_limit.seen.len, WATCH_TEXT_BYTES_MAX);
    say(reading, "y");
    join(&beyond);
    expect(&beyond, "status processing active 30|");
    join_after(&back, one.last_id); /* has seen it all and misses nothing */
    say(reading, "z");
    expect(&beyond, "");
    expect(&back, "status processing active 30|delta z|");
    leave(&back);
    say(reading, "missed");
    join_after(&back, back.last_id);
    expect(&back, "status processing active 30|reset|");
    watch_tell_reset(reading);
    say(reading, "short");
    expect(&beyond, "reset|delta short|");
    expect(&back, "reset|delta short|");
    ck_assert_ptr_nonnull(
        strstr(one.seen.data, "|delta y|delta z|delta missed|reset|delta short|"));
    leave(&one);
    leave(&at_limit);
    leave(&beyond);
    leave(&back);
    watch_let_go(&reading);
    free(text);
}
END_TEST

START_TEST(all_texts_together_have_a_limit)
{
    enum { READINGS = WATCH_TEXTS_BYTES_MAX / WATCH_TEXT_BYTES_MAX };
    struct watch_reading *full[READINGS], *reading = hold();
    struct listener one = {0};
    char *text = mem_alloc(WATCH_TEXT_BYTES_MAX);
    memset(text, 'x', WATCH_TEXT_BYTES_MAX);
    for (int i = 0; i < READINGS; i++) {
        char id[16];
        (void)snprintf(id, sizeof(id), "reading-%d", i);
        full[i] = watch_hold(hub, id);
        watch_tell_text(full[i], (struct span){text, WATCH_TEXT_BYTES_MAX});
    }
    ck_assert_uint_eq(watch_texts_bytes(hub), WATCH_TEXTS_BYTES_MAX);
    say(reading, "one byte too many");
    join(&one);
    expect(&one, "status processing active 30|");
    watch_let_go(&full[0]); /* room again, for the next text */
    watch_tell_reset(reading);
    say(reading, "kept");
    leave(&one);
    join(&one);
    expect(&one, "status processing active 30|delta kept|");
    leave(&one);
    for (int i = 1; i < READINGS; i++) {
        watch_let_go(&full[i]);
    }
    watch_let_go(&reading);
    free(text);
}
END_TEST

START_TEST(so_many_watch_one_reading_and_no_more)
{
    struct listener many[WATCH_WATCHERS_PER_READING_MAX] = {0};
    struct watcher *none = NULL;
    struct err err;
    for (size_t i = 0; i < ARRAY_LEN(many); i++) {
        join(&many[i]);
    }
    ck_assert(!watch_add(hub, READING, 0, &waiting, on_event, NULL, &none, &err));
    ck_assert_int_eq(err.kind, ERR_LIMIT);
    leave(&many[0]);
    join(&many[0]);
    for (size_t i = 0; i < ARRAY_LEN(many); i++) {
        leave(&many[i]);
    }
}
END_TEST

START_TEST(so_many_watch_and_no_more)
{
    struct listener *many = mem_array(WATCH_WATCHERS_MAX, sizeof(*many));
    struct watcher *none = NULL;
    struct err err;
    for (int i = 0; i < WATCH_WATCHERS_MAX; i++) {
        char id[16];
        (void)snprintf(id, sizeof(id), "reading-%d", i);
        sbuf_init(&many[i].seen, 100);
        ck_assert(watch_add(hub, id, 0, &waiting, on_event, &many[i], &many[i].watcher, &err));
    }
    ck_assert_uint_eq(watch_count(hub), WATCH_WATCHERS_MAX);
    ck_assert(!watch_add(hub, READING, 0, &waiting, on_event, NULL, &none, &err));
    ck_assert_int_eq(err.kind, ERR_LIMIT);
    for (int i = 0; i < WATCH_WATCHERS_MAX; i++) {
        leave(&many[i]);
    }
    free(many);
}
END_TEST

START_TEST(watchers_may_go_while_they_are_told)
{
    struct listener one = {0}, two = {0}, three = {0};
    join(&one);
    join(&two);
    join(&three); /* told first */
    three.is_leaving = true;
    three.takes_along = &one;
    struct watch_reading *reading = hold();
    ck_assert_ptr_null(three.watcher);
    ck_assert_ptr_null(one.watcher);
    expect(&one, "status pending waiting 0|");
    watch_tell_done(reading, 1);
    expect(&two, "status pending waiting 0|status processing active 30|done 1|");
    two.is_leaving = true;
    watch_let_go(&reading); /* the last watcher goes as it is told that nobody holds */
    ck_assert_ptr_null(two.watcher);
    leave(&one);
    leave(&two);
    leave(&three);
    struct listener hasty = {.is_leaving = true};
    join(&hasty); /* at the first event, inside the call */
    ck_assert_ptr_null(hasty.watcher);
    leave(&hasty);
}
END_TEST

START_TEST(held_status_is_known_while_it_is_held)
{
    ck_assert_ptr_null(watch_held_status(hub, READING));
    struct watch_reading *reading = hold(), *again = watch_hold(hub, READING);
    ck_assert_ptr_eq(reading, again);
    ck_assert_int_eq(watch_held_status(hub, READING)->progress, 30);
    watch_let_go(&again);
    ck_assert(watch_is_held(reading));
    watch_let_go(&reading);
    ck_assert_ptr_null(watch_held_status(hub, READING));
    watch_let_go(&reading); /* NULL is no hold */
}
END_TEST

Suite *watch_suite(void)
{
    Suite *suite = suite_create("watch");
    TCase *cases = tcase_create("watch");
    tcase_add_checked_fixture(cases, setup, teardown);
    tcase_add_test(cases, watchers_are_told_everything_in_order);
    tcase_add_test(cases, the_same_status_is_told_once);
    tcase_add_test(cases, who_comes_late_gets_the_text_so_far_at_once);
    tcase_add_test(cases, what_somebody_saw_elsewhere_is_told_to_all_who_watch);
    tcase_add_test(cases, a_reset_voids_the_text_and_without_text_is_not_told);
    tcase_add_test(cases, who_comes_back_goes_on_where_the_last_event_was);
    tcase_add_test(cases, who_comes_back_to_something_else_starts_anew);
    tcase_add_test(cases, history_reaches_back_so_far_and_no_further);
    tcase_add_test(cases, text_over_the_limit_is_told_but_not_kept);
    tcase_add_test(cases, all_texts_together_have_a_limit);
    tcase_add_test(cases, so_many_watch_one_reading_and_no_more);
    tcase_add_test(cases, so_many_watch_and_no_more);
    tcase_add_test(cases, watchers_may_go_while_they_are_told);
    tcase_add_test(cases, held_status_is_known_while_it_is_held);
    suite_add_tcase(suite, cases);
    return suite;
}
