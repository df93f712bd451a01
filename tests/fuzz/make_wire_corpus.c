/* Writes the corpus of the wire's fuzz target: one file for each kind of frame, made by the
 * wire's own writers. Run by hand when a frame changes: make-wire-corpus FOLDER. */
#include <stdio.h>
#include <stdlib.h>

#include "cell/wire.h"

static struct sbuf frame;

static void save(const char *folder, const char *name)
{
    char path[4096];
    (void)snprintf(path, sizeof(path), "%s/%s", folder, name);
    FILE *file = fopen(path, "wb");
    size_t len = frame.len - WIRE_HEADER_BYTES;
    if (file == NULL || fwrite(frame.data + WIRE_HEADER_BYTES, 1, len, file) != len ||
        fclose(file) != 0) {
        perror(path);
        exit(EXIT_FAILURE);
    }
    sbuf_clear(&frame);
}

static void save_texts(const char *folder)
{
    wire_write_text(&frame, WIRE_HELLO, WIRE_VERSION, SPAN_LITERAL("0.1.0"),
                    SPAN_LITERAL("seccomp, landlock 4"));
    save(folder, "hello");
    wire_write_text(&frame, WIRE_REFUSED, 0, SPAN_LITERAL("create"), SPAN_LITERAL("no prompt"));
    save(folder, "refused");
    wire_write_text(&frame, WIRE_LOG, 2, SPAN_LITERAL("a line"), (struct span){NULL, 0});
    save(folder, "log");
    wire_write_text(&frame, WIRE_DENIED, 70000, SPAN_LITERAL("257"), (struct span){NULL, 0});
    save(folder, "denied");
}

static void save_calls(const char *folder)
{
    struct wire_pair children[] = {{.key = SPAN_LITERAL("k"), .value = SPAN_LITERAL("{}")}};
    struct wire_pair earlier[] = {{.pass = 0, .value = SPAN_LITERAL("before")}};
    struct wire_job job = {.data = SPAN_LITERAL("{\"birthDate\":\"1990-01-01\"}"),
                           .chart = SPAN_LITERAL("{}"),
                           .locale = SPAN_LITERAL("de"),
                           .seed = UINT64_MAX,
                           .now_ms = INT64_C(1700000000000),
                           .pass = 1,
                           .children = children,
                           .children_count = 1,
                           .earlier = earlier,
                           .earlier_count = 1};
    struct wire_answer answer = {.pass = 1,
                                 .round = 2,
                                 .text = SPAN_LITERAL("an answer"),
                                 .finish_reason = SPAN_LITERAL("stop"),
                                 .model = SPAN_LITERAL("m-1"),
                                 .prompt_tokens = -1,
                                 .completion_tokens = 3000};
    wire_write_call(&frame, WIRE_CHECK, &job, NULL);
    save(folder, "check");
    wire_write_call(&frame, WIRE_BUILD, &job, NULL);
    save(folder, "build");
    wire_write_call(&frame, WIRE_PROCESS, &job, &answer);
    save(folder, "process");
}

static void save_replies(const char *folder)
{
    static char large[300];
    struct wire_message messages[] = {{0, SPAN_LITERAL("system")}, {1, SPAN_LITERAL("user")}};
    struct wire_section sections[] = {{SPAN_LITERAL("i"), SPAN_LITERAL("t"), SPAN_LITERAL("x")}};
    struct span stops[] = {SPAN_LITERAL("END")};
    struct wire_reply reply = {.status = 4,
                               .say = SPAN_LITERAL("why"),
                               .text = SPAN_LITERAL("text"),
                               .content = SPAN_LITERAL("{}"),
                               .has_temperature = true,
                               .temperature = 0.7,
                               .has_max_tokens = true,
                               .max_tokens = 4000,
                               .messages = messages,
                               .messages_count = 2,
                               .sections = sections,
                               .sections_count = 1,
                               .stops = stops,
                               .stops_count = 1};
    wire_write_reply(&frame, &reply);
    save(folder, "reply");
    reply.text = (struct span){large, sizeof(large)};
    wire_write_reply(&frame, &reply);
    save(folder, "reply-large");
}

int main(int argc, char **argv)
{
    if (argc != 2) {
        (void)fprintf(stderr, "usage: %s FOLDER\n", argv[0]);
        return EXIT_FAILURE;
    }
    sbuf_init(&frame, WIRE_FRAME_BYTES_MAX);
    struct wire_asset assets[] = {{SPAN_LITERAL("a"), SPAN_LITERAL("\xff")},
                                  {SPAN_LITERAL("b"), SPAN_LITERAL("")}};
    struct wire_setup setup = {.id = SPAN_LITERAL("business"),
                               .version = SPAN_LITERAL("1"),
                               .manifest = SPAN_LITERAL("{}"),
                               .assets = assets,
                               .assets_count = 2};
    wire_write_setup(&frame, &setup);
    save(argv[1], "setup");
    save_texts(argv[1]);
    save_calls(argv[1]);
    save_replies(argv[1]);
    sbuf_fini(&frame);
    return EXIT_SUCCESS;
}
