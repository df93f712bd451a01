/* Seats for calls in flight, and a first-come line for the others. */
#include "model/budget.h"

#include <assert.h>
#include <stddef.h>

bool budget_enter(struct budget *budget, struct budget_place *place)
{
    assert(place->state == BUDGET_OUT);
    if (budget->in_flight >= budget->in_flight_max || budget->first != NULL) {
        return false;
    }
    place->state = BUDGET_IN_FLIGHT;
    budget->in_flight++;
    return true;
}

bool budget_wait(struct budget *budget, struct budget_place *place)
{
    assert(place->state == BUDGET_OUT);
    if (budget->waiting >= budget->waiting_max) {
        return false;
    }
    place->state = BUDGET_WAITING;
    place->next = NULL;
    place->prev = budget->last;
    if (budget->last != NULL) {
        budget->last->next = place;
    } else {
        budget->first = place;
    }
    budget->last = place;
    budget->waiting++;
    return true;
}

static void budget_unlink(struct budget *budget, struct budget_place *place)
{
    assert(place->state == BUDGET_WAITING);
    if (place->prev != NULL) {
        place->prev->next = place->next;
    } else {
        budget->first = place->next;
    }
    if (place->next != NULL) {
        place->next->prev = place->prev;
    } else {
        budget->last = place->prev;
    }
    place->next = place->prev = NULL;
    budget->waiting--;
}

bool budget_has_next(const struct budget *budget)
{
    return budget->first != NULL && budget->in_flight < budget->in_flight_max;
}

struct budget_place *budget_seat_next(struct budget *budget)
{
    assert(budget_has_next(budget));
    struct budget_place *place = budget->first;
    budget_unlink(budget, place);
    place->state = BUDGET_IN_FLIGHT;
    budget->in_flight++;
    return place;
}

void budget_leave(struct budget *budget, struct budget_place *place)
{
    if (place->state == BUDGET_WAITING) {
        budget_unlink(budget, place);
    } else if (place->state == BUDGET_IN_FLIGHT) {
        assert(budget->in_flight > 0);
        budget->in_flight--;
    }
    place->state = BUDGET_OUT;
}
