/* How many calls a provider gets at once, and the line of those that wait. */
#ifndef MODEL_BUDGET_H
#define MODEL_BUDGET_H

#include <stdbool.h>
#include <stdint.h>

/* One call's place: in the line, or in flight, or neither. Embedded in the call. */
struct budget_place {
    struct budget_place *next, *prev; /* in the line */
    enum budget_state { BUDGET_OUT, BUDGET_WAITING, BUDGET_IN_FLIGHT } state;
};

struct budget {
    uint32_t in_flight, in_flight_max;
    uint32_t waiting, waiting_max;
    struct budget_place *first, *last; /* the line, longest waiting first */
};

/* Takes a seat when one is free and nobody waits for it. [any] */
bool budget_enter(struct budget *budget, struct budget_place *place);

/* Goes to the end of the line; false when that is full. [any] */
bool budget_wait(struct budget *budget, struct budget_place *place);

/* Is somebody waiting, and a seat free? [any] */
bool budget_has_next(const struct budget *budget);

/* Seats the one who waited longest; only after budget_has_next. [any] */
struct budget_place *budget_seat_next(struct budget *budget);

/* Gives up the seat or the place in the line, whichever it has; may have neither. [any] */
void budget_leave(struct budget *budget, struct budget_place *place);

#endif
