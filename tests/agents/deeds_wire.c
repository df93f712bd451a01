/* Bad deeds with the wire to the host, and floods. */
#include "deeds-private.h"

#include <stdio.h>
#include <unistd.h>

static long deed_read_socket(const char *argument)
{
    char bytes[64];
    (void)argument;
    return read(HOST_SOCKET, bytes, sizeof(bytes));
}

static long deed_send(const char *bytes, size_t len)
{
    return write(HOST_SOCKET, bytes, len);
}

static long deed_wire_garbage(const char *argument)
{
    (void)argument;
    return deed_send("GET / HTTP/1.1\r\n\r\n", 18);
}

static long deed_wire_huge(const char *argument)
{
    (void)argument;
    return deed_send("\xff\xff\xff\xff", 4);
}

static long deed_wire_empty(const char *argument)
{
    (void)argument;
    return deed_send("\0\0\0\0", 4);
}

static long deed_wire_half(const char *argument)
{
    (void)argument;
    return deed_send("\x10\0\0", 3);
}

/* A whole reply "0, nothing", after which the real one comes. */
static long deed_wire_reply(const char *argument)
{
    static const char reply[] =
        "\x13\0\0\0\xdc\0\x10\x08\0\xc2\0\xc0\xc0\xc0\xc0\xc0\xc0\xc0\xc0\xc0\x90\x90\x90";
    (void)argument;
    return deed_send(reply, sizeof(reply) - 1);
}

/* Speaks for the cell from now on, and answers the next call before it has read it. */
static long deed_wire_takeover(const char *argument)
{
    (void)deed_wire_reply(argument);
    (void)deed_read_socket(argument);
    (void)deed_wire_reply(argument);
    return deed_sleep(argument);
}

static long deed_wire_ready(const char *argument)
{
    (void)argument;
    return deed_send("\x05\0\0\0\x94\x03\0\xc0\xc0", 9);
}

static long deed_wire_close(const char *argument)
{
    (void)argument;
    return close(HOST_SOCKET);
}

static long deed_wire_close_and_spin(const char *argument)
{
    (void)close(HOST_SOCKET);
    return deed_spin(argument);
}

/* Log frames past the function that counts them. */
static long deed_wire_log_flood(const char *argument)
{
    (void)argument;
    for (int i = 0; i < 100000; i++) {
        if (deed_send("\x08\0\0\0\x94\x09\x01\xc4\x02hi\xc0", 12) < 0) {
            return -1;
        }
    }
    return 0;
}

static long deed_stderr_flood(const char *argument)
{
    (void)argument;
    for (int i = 0; i < 100000; i++) {
        (void)fprintf(stderr, "line %d of a flood\n", i);
    }
    return 0;
}

const struct deed DEEDS_WIRE[] = {
    {"read_socket", deed_read_socket},
    {"spin", deed_spin},
    {"sleep", deed_sleep},
    {"read_socket", deed_read_socket},
    {"wire_garbage", deed_wire_garbage},
    {"wire_huge", deed_wire_huge},
    {"wire_empty", deed_wire_empty},
    {"wire_half", deed_wire_half},
    {"wire_reply", deed_wire_reply},
    {"wire_takeover", deed_wire_takeover},
    {"wire_ready", deed_wire_ready},
    {"wire_close", deed_wire_close},
    {"wire_close_and_spin", deed_wire_close_and_spin},
    {"wire_log_flood", deed_wire_log_flood},
    {"stderr_flood", deed_stderr_flood},
    {NULL, NULL},
};
