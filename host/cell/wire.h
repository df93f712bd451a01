/* The wire between host and cell: frames of a 4-byte little-endian length and a MessagePack
 * payload, written and read by the same code on both ends. */
#ifndef CELL_WIRE_H
#define CELL_WIRE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/attr.h"
#include "core/err.h"
#include "core/sbuf.h"
#include "core/span.h"

#define WIRE_VERSION 1
#define WIRE_FRAME_BYTES_MAX (24u * 1024 * 1024) /* assets 16 MB, names, and air */
#define WIRE_HEADER_BYTES 4

/* A host talks only to cells of its own build: both ends are compiled with this. */
#define WIRE_BUILD_ID PACKAGE_VERSION

/* Instead of a cell's arguments: say hello with the sandbox that holds here, and exit. */
#define WIRE_PROBE_ARGUMENT "--probe"
/* A cell's last argument; before it stand its name, its image folder, its memory maximum. */
#define WIRE_LANDLOCK_REQUIRED "landlock=required"
#define WIRE_LANDLOCK_PREFERRED "landlock=preferred"

/* File descriptors a cell is born with, besides /dev/null and the pipe of standard error. */
#define WIRE_SOCKET_FD 3
#define WIRE_PROGRAM_FD 4

/* Tables longer than this make no sense. */
#define WIRE_ASSETS_MAX 256
#define WIRE_CHILDREN_MAX 4096
#define WIRE_EARLIER_MAX 64
#define WIRE_MESSAGES_MAX 64
#define WIRE_SECTIONS_MAX 64
#define WIRE_STOPS_MAX 4

/* What all texts of one reply may have together; more is is_over_cap. A reply within it never
 * makes a longer frame than WIRE_REPLY_BYTES_MAX. */
#define WIRE_SINK_BYTES_MAX (1024u * 1024)
#define WIRE_REPLY_BYTES_MAX (WIRE_SINK_BYTES_MAX + 16u * 1024)

/* A line an agent logs, the number of lines of one call, and all small frames (log, phase,
 * denied) that a cell may send between two others. */
#define WIRE_LOG_BYTES_MAX 1024
#define WIRE_LOG_LINES_MAX 100
#define WIRE_SMALL_FRAMES_MAX 160
#define WIRE_SMALL_BYTES_MAX 2048

enum wire_kind {
    WIRE_HELLO = 1,   /* cell → host: version, build id, sandbox layers in force */
    WIRE_SETUP = 2,   /* host → cell: struct wire_setup */
    WIRE_READY = 3,   /* cell → host */
    WIRE_REFUSED = 4, /* cell → host: phase, text; the cell exits */
    WIRE_CHECK = 5,   /* host → cell: check_input with a wire_job */
    WIRE_BUILD = 6,   /* host → cell: build_prompt with a wire_job */
    WIRE_PROCESS = 7, /* host → cell: post_process with a wire_job and a wire_answer */
    WIRE_REPLY = 8,   /* cell → host: struct wire_reply */
    WIRE_LOG = 9,     /* cell → host: level, text */
    WIRE_PHASE = 10,  /* cell → host, while starting: what it does next ("dlopen") */
    WIRE_DENIED = 11, /* cell → host: calls refused so far, number of the last system call */
    WIRE_CHART = 12,  /* host → chart cell: birth data, the zone's file */
    WIRE_KIND_LAST = WIRE_CHART,
};

/* Lengths of the lists that frames are: readers insist on them. */
enum {
    WIRE_SETUP_FIELDS = 6,
    WIRE_CALL_FIELDS = 10,
    WIRE_ANSWER_FIELDS = 7,
    WIRE_REPLY_FIELDS = 16,
    WIRE_TEXT_FIELDS = 4,
};

/* What came of holding a text against the chart, the last time in a call. */
enum wire_facts {
    WIRE_FACTS_UNCHECKED,
    WIRE_FACTS_PASSED,
    WIRE_FACTS_FAILED, /* it claims what the chart does not carry */
};

struct wire_asset {
    struct span name, bytes;
};
struct wire_setup {
    struct span id, version, manifest, config;
    uint32_t assets_count;
    const struct wire_asset *assets;
};
struct wire_pair {
    uint32_t pass;
    struct span key, value;
};
struct wire_job {
    struct span data, chart, locale;
    uint64_t seed;
    int64_t now_ms;
    uint32_t pass;
    uint32_t children_count, earlier_count;
    const struct wire_pair *children; /* key, value */
    const struct wire_pair *earlier;  /* pass, value */
};
struct wire_answer {
    uint32_t pass, round;
    struct span text, finish_reason, model;
    int64_t prompt_tokens, completion_tokens;
};
struct wire_message {
    uint32_t role;
    struct span text;
};
struct wire_section {
    struct span id, title, text;
};
/* Everything the sinks collected. Absent texts have data NULL. */
struct wire_reply {
    int32_t status;   /* enum agenthost_status as the agent returned it */
    bool is_over_cap; /* a sink overran */
    enum wire_facts facts;
    struct span say, field, text, content, correct;
    struct span model_class, json_schema;
    bool has_temperature, has_max_tokens;
    double temperature;
    uint32_t max_tokens;
    uint32_t messages_count, sections_count, stops_count;
    const struct wire_message *messages; /* in arena memory */
    const struct wire_section *sections;
    const struct span *stops;
};

struct arena;

/* Writers append a whole frame, length included; out's sticky error tells of an overrun.
 * answer is used with WIRE_PROCESS only. wire_write_text is for all kinds not named by
 * another writer. [any, child] */
void wire_write_setup(struct sbuf *out, const struct wire_setup *setup);
void wire_write_call(struct sbuf *out, enum wire_kind kind, const struct wire_job *job,
                     const struct wire_answer *answer);
void wire_write_reply(struct sbuf *out, const struct wire_reply *reply);
void wire_write_text(struct sbuf *out, enum wire_kind kind, int32_t number, struct span text,
                     struct span more);

/* The next whole frame in data: 1 and *ret_payload, *ret_used; 0 when more bytes are needed;
 * −1 when the length passes bytes_max or is 0. [any, child] */
int wire_next_frame(struct span data, size_t bytes_max, struct span *ret_payload, size_t *ret_used);

/* Readers check every type and length; texts borrow from payload, tables come from arena.
 * False with PROTOCOL when the payload makes no sense. [any, child] */
bool wire_kind_of(struct span payload, enum wire_kind *ret_kind) ATTR_MUST_CHECK;
bool wire_read_setup(struct span payload, struct arena *arena, struct wire_setup *ret_setup,
                     struct err *err) ATTR_MUST_CHECK;
bool wire_read_call(struct span payload, struct arena *arena, struct wire_job *ret_job,
                    struct wire_answer *ret_answer, struct err *err) ATTR_MUST_CHECK;
bool wire_read_reply(struct span payload, struct arena *arena, struct wire_reply *ret_reply,
                     struct err *err) ATTR_MUST_CHECK;
bool wire_read_text(struct span payload, int32_t *ret_number, struct span *ret_text,
                    struct span *ret_more, struct err *err) ATTR_MUST_CHECK;

#endif
