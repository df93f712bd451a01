/* The text of the practice model: the facts it finds in a prompt, put into sentences. */
#ifndef PRACTICE_PRACTICE_TEXT_H
#define PRACTICE_PRACTICE_TEXT_H

struct json_object;
struct sbuf;

/* Appends the answer to a request's messages: five parts from a chart's facts, under the headings
 * the system message asks for; without facts the prompt's own headings, each over a plain
 * sentence. [any] */
void practice_write(struct json_object *messages, struct sbuf *out);

#endif
