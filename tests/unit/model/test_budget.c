/* Seats and the line. */
#include "model/budget.h"
#include "suites.h"

START_TEST(seats_are_counted)
{
    struct budget budget = {.in_flight_max = 2, .waiting_max = 9};
    struct budget_place places[3] = {{.state = BUDGET_OUT}};
    ck_assert(budget_enter(&budget, &places[0]));
    ck_assert(budget_enter(&budget, &places[1]));
    ck_assert(!budget_enter(&budget, &places[2]));
    ck_assert_uint_eq(budget.in_flight, 2);
    budget_leave(&budget, &places[0]);
    budget_leave(&budget, &places[0]); /* has neither seat nor place: nothing */
    ck_assert_uint_eq(budget.in_flight, 1);
    ck_assert(budget_enter(&budget, &places[2]));
}
END_TEST

START_TEST(line_is_first_come_first_served)
{
    struct budget budget = {.in_flight_max = 1, .waiting_max = 4};
    struct budget_place places[6] = {{.state = BUDGET_OUT}};
    ck_assert(budget_enter(&budget, &places[0]));
    for (int i = 1; i < 5; i++) {
        ck_assert(budget_wait(&budget, &places[i]));
    }
    ck_assert(!budget_wait(&budget, &places[5])); /* full */
    ck_assert(!budget_has_next(&budget));
    budget_leave(&budget, &places[3]); /* gives up in the middle */
    budget_leave(&budget, &places[0]);
    ck_assert(!budget_enter(&budget, &places[5])); /* a free seat belongs to the line */
    static const int wanted[] = {1, 2, 4};
    for (int i = 0; i < 3; i++) {
        ck_assert(budget_has_next(&budget));
        ck_assert_ptr_eq(budget_seat_next(&budget), &places[wanted[i]]);
        ck_assert(!budget_has_next(&budget));
        budget_leave(&budget, &places[wanted[i]]);
    }
    ck_assert(!budget_has_next(&budget));
    ck_assert_uint_eq(budget.in_flight + budget.waiting, 0);
}
END_TEST

START_TEST(first_and_last_may_give_up)
{
    struct budget budget = {.in_flight_max = 0, .waiting_max = 3};
    struct budget_place places[3] = {{.state = BUDGET_OUT}};
    for (int i = 0; i < 3; i++) {
        ck_assert(budget_wait(&budget, &places[i]));
    }
    budget_leave(&budget, &places[0]);
    budget_leave(&budget, &places[2]);
    ck_assert_ptr_eq(budget.first, &places[1]);
    ck_assert_ptr_eq(budget.last, &places[1]);
    ck_assert(budget_wait(&budget, &places[0]));
    budget.in_flight_max = 2;
    ck_assert_ptr_eq(budget_seat_next(&budget), &places[1]);
    ck_assert_ptr_eq(budget_seat_next(&budget), &places[0]);
}
END_TEST

Suite *suite_budget(void)
{
    Suite *suite = suite_create("budget");
    TCase *tcase = tcase_create("seats");
    tcase_add_test(tcase, seats_are_counted);
    tcase_add_test(tcase, line_is_first_come_first_served);
    tcase_add_test(tcase, first_and_last_may_give_up);
    suite_add_tcase(suite, tcase);
    return suite;
}
