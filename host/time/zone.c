/* Finds the zone that a name means. */
#include "time/zone.h"

#include <stdlib.h>
#include <strings.h>

#include "core/mem.h"
#include "core/sbuf.h"
#include "time/zone_file.h"

#define MINUTE_S 60
#define HOUR_S 3600

struct zone {
    struct sbuf bytes;
    struct timezone_table table;
};

static bool is_word(struct span name, const char *word)
{
    return name.len == strlen(word) && strncasecmp(name.data, word, name.len) == 0;
}

/* Cuts a number of that many digits off the front; -1 when there is none. */
static int take_digits(struct span *text, size_t least, size_t most)
{
    int number = 0;
    size_t count = 0;
    while (count < most && count < text->len && text->data[count] >= '0' &&
           text->data[count] <= '9') {
        number = number * 10 + (text->data[count++] - '0');
    }
    *text = (struct span){text->data + count, text->len - count};
    return count < least ? -1 : number;
}

/* "UTC", "GMT", "utc+2", "UTC-03:30" */
static bool read_offset(struct span name, int32_t *ret_offset_s)
{
    if (is_word(name, "utc") || is_word(name, "gmt")) {
        *ret_offset_s = 0;
        return true;
    }
    if (name.len < 5 || strncasecmp(name.data, "utc", 3) != 0 ||
        (name.data[3] != '+' && name.data[3] != '-')) {
        return false;
    }
    struct span rest = {name.data + 4, name.len - 4};
    int hours = take_digits(&rest, 1, 2), minutes = 0;
    if (hours >= 0 && rest.len > 0 && rest.data[0] == ':') {
        rest = (struct span){rest.data + 1, rest.len - 1};
        minutes = take_digits(&rest, 2, 2);
    }
    if (hours < 0 || minutes < 0 || rest.len > 0) {
        return false;
    }
    int32_t offset_s = hours * HOUR_S + minutes * MINUTE_S;
    *ret_offset_s = name.data[3] == '-' ? -offset_s : offset_s;
    return true;
}

static bool read_named(struct span name, struct sbuf *out, struct err *err)
{
    if (!timezone_name_is_valid(name)) {
        return err_set(
            err, ERR_NOT_FOUND, "'%.*s' names no zone of the database, such as Europe/Berlin",
            (int)(name.len < TIMEZONE_NAME_BYTES_MAX ? name.len : TIMEZONE_NAME_BYTES_MAX),
            name.data);
    }
    char *text = mem_strndup(name.data, name.len);
    bool is_read = zone_file_read(text, out, err);
    free(text);
    return is_read;
}

/* The name TZ gives. Empty = UTC, as for the C library; absent = what the machine is set to. */
static bool read_local(struct sbuf *out, struct err *err)
{
    const char *name = getenv("TZ");
    if (name == NULL) {
        return zone_file_read_local(out, err);
    }
    name += name[0] == ':';
    if (name[0] == '\0') {
        return true;
    }
    struct err why;
    return read_named(span_of(name), out, &why) ||
           err_set(err, why.kind, "TZ of this process: %s", why.text);
}

static bool zone_read(struct zone *zone, struct span name, struct err *err)
{
    bool is_local = name.len == 0 || is_word(name, "local") || is_word(name, "system") ||
                    is_word(name, "default");
    struct err why;
    zone->table = (struct timezone_table){.has_future = true}; /* an offset for ever */
    if (!is_local && read_offset(name, &zone->table.standard_s)) {
        return true;
    }
    if (!(is_local ? read_local(&zone->bytes, err) : read_named(name, &zone->bytes, err))) {
        return false;
    }
    return zone->bytes.len == 0 || timezone_parse(sbuf_as_span(&zone->bytes), &zone->table, &why) ||
           err_set(err, ERR_INVALID, "the zone's file is no good: %s", why.text);
}

bool zone_load(struct span name, struct zone **ret_zone, struct err *err)
{
    struct zone *zone = mem_alloc(sizeof(*zone));
    sbuf_init(&zone->bytes, TIMEZONE_FILE_BYTES_MAX);
    if (!zone_read(zone, name, err)) {
        zone_destroy(&zone);
        return false;
    }
    *ret_zone = zone;
    return true;
}

void zone_destroy(struct zone **zone)
{
    if (*zone != NULL) {
        sbuf_fini(&(*zone)->bytes);
        free(*zone);
        *zone = NULL;
    }
}

const struct timezone_table *zone_table(const struct zone *zone)
{
    return &zone->table;
}
