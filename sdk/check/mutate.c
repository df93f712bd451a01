/* Answers as no model should give them. */
#include "mutate.h"

#include "core/attr.h"

/* splitmix64: the same on every machine. */
static uint64_t mutate_next(uint64_t *state)
{
    uint64_t z = (*state += UINT64_C(0x9e3779b97f4a7c15));
    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    return z ^ (z >> 31);
}

static size_t mutate_below(uint64_t *state, size_t limit)
{
    return limit > 0 ? (size_t)(mutate_next(state) % limit) : 0;
}

static void mutate_garbage(uint64_t *state, size_t len, struct sbuf *out)
{
    for (size_t i = 0; i < len; i++) {
        sbuf_putc(out, (char)mutate_next(state));
    }
}

/* One odd piece put somewhere into the answer. */
static void mutate_insert(uint64_t *state, struct span answer, struct sbuf *out)
{
    static const char *const pieces[] = {"\xff\xfe",
                                         "\xc3",
                                         "\xed\xa0\x80",
                                         "\n## \n",
                                         "\n##\n##\n##\n",
                                         "\n## 1. ## 2. ",
                                         "\n# # #\n",
                                         "\n###### x\n",
                                         "{{job}}",
                                         "%s%n%99999d",
                                         "```json\n{",
                                         "</s><|im_end|>",
                                         "\r\r\r\n",
                                         "\xe2\x80\xae",
                                         "\xef\xbb\xbf",
                                         "\n---\n===\n",
                                         "Tor 65, Kanal 0-99",
                                         "[]{}()*"};
    size_t at = mutate_below(state, answer.len + 1);
    sbuf_append(out, answer.data, at);
    sbuf_puts(out, pieces[mutate_below(state, ARRAY_LEN(pieces))]);
    if (mutate_below(state, 4) == 0) {
        sbuf_putc(out, '\0');
    }
    sbuf_append(out, answer.data + at, answer.len - at);
}

/* The answer again and again, up to bytes. */
static void mutate_repeat(struct span answer, size_t bytes, struct sbuf *out)
{
    struct span piece = answer.len > 0 ? answer : SPAN_LITERAL("#");
    while (out->len + piece.len <= bytes) {
        sbuf_span(out, piece);
    }
}

void mutate(uint64_t *state, struct span answer, size_t bytes_max, struct sbuf *out)
{
    size_t from = mutate_below(state, answer.len + 1), to = mutate_below(state, answer.len + 1);
    switch (mutate_below(state, 8)) {
    case 0: /* cut short */
        sbuf_append(out, answer.data, from);
        break;
    case 1: /* garbage alone */
        mutate_garbage(state, mutate_below(state, 4096), out);
        break;
    case 2: /* parts in another order */
        sbuf_append(out, answer.data + from, answer.len - from);
        sbuf_append(out, answer.data, from);
        break;
    case 3: /* huge: up to what the host takes */
        mutate_repeat(answer, mutate_below(state, bytes_max), out);
        break;
    case 4: /* a part of it overwritten */
        sbuf_append(out, answer.data, from);
        mutate_garbage(state, mutate_below(state, 64), out);
        if (to > from) {
            sbuf_append(out, answer.data + to, answer.len - to);
        }
        break;
    case 5: /* empty, or one character many times */
        for (size_t i = mutate_below(state, bytes_max / 4) * mutate_below(state, 2); i > 0; i--) {
            sbuf_putc(out, "#\n \t-*["[from % 7]);
        }
        break;
    default:
        mutate_insert(state, answer, out);
    }
}
