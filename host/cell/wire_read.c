/* The reading end of the wire: payloads become structs whose texts borrow from the payload
 * and whose tables come from an arena. */
#include "cell/cursor.h"
#include "cell/wire.h"
#include "core/arena.h"

/* Room for a table of count rows; NULL after failure, which leaves the table empty. */
static void *wire_table(struct cursor *cursor, struct arena *arena, uint32_t count,
                        size_t row_bytes)
{
    if (count == 0) {
        return NULL;
    }
    void *rows = arena_alloc(arena, count * row_bytes); /* counts are bounded: no overflow */
    if (rows == NULL) {
        cursor_fail(cursor, "its tables do not fit into memory");
    }
    return rows;
}

static enum wire_kind wire_open(struct cursor *cursor, struct span payload, uint32_t fields)
{
    const unsigned char *data = (const unsigned char *)payload.data;
    *cursor = (struct cursor){.at = data, .end = data != NULL ? data + payload.len : data};
    cursor_expect_count(cursor, fields);
    return (enum wire_kind)cursor_unsigned(cursor, WIRE_KIND_LAST);
}

static bool wire_close(struct cursor *cursor, const char *frame, struct err *err)
{
    if (cursor->at != cursor->end) {
        cursor_fail(cursor, "bytes follow its end");
    }
    if (cursor->wrong != NULL) {
        return err_set(err, ERR_PROTOCOL, "the %s frame makes no sense: %s", frame, cursor->wrong);
    }
    return true;
}

int wire_next_frame(struct span data, size_t bytes_max, struct span *ret_payload, size_t *ret_used)
{
    if (data.len < WIRE_HEADER_BYTES) {
        return 0;
    }
    const unsigned char *header = (const unsigned char *)data.data;
    size_t len =
        header[0] | (size_t)header[1] << 8 | (size_t)header[2] << 16 | (size_t)header[3] << 24;
    if (len == 0 || len > bytes_max) {
        return -1;
    }
    if (data.len - WIRE_HEADER_BYTES < len) {
        return 0;
    }
    *ret_payload = (struct span){data.data + WIRE_HEADER_BYTES, len};
    *ret_used = WIRE_HEADER_BYTES + len;
    return 1;
}

bool wire_kind_of(struct span payload, enum wire_kind *ret_kind)
{
    struct cursor cursor = {.at = (const unsigned char *)payload.data};
    cursor.end = payload.data != NULL ? cursor.at + payload.len : cursor.at;
    (void)cursor_count(&cursor, UINT32_MAX);
    uint64_t kind = cursor_unsigned(&cursor, WIRE_KIND_LAST);
    if (cursor.wrong != NULL || kind < WIRE_HELLO) {
        return false;
    }
    *ret_kind = (enum wire_kind)kind;
    return true;
}

bool wire_read_setup(struct span payload, struct arena *arena, struct wire_setup *ret_setup,
                     struct err *err)
{
    struct cursor cursor;
    if (wire_open(&cursor, payload, WIRE_SETUP_FIELDS) != WIRE_SETUP) {
        cursor_fail(&cursor, "it is another frame");
    }
    struct wire_setup setup = {0};
    setup.id = cursor_bytes(&cursor);
    setup.version = cursor_bytes(&cursor);
    setup.manifest = cursor_bytes(&cursor);
    setup.config = cursor_bytes(&cursor);
    setup.assets_count = cursor_count(&cursor, WIRE_ASSETS_MAX);
    struct wire_asset *assets = wire_table(&cursor, arena, setup.assets_count, sizeof(*assets));
    for (uint32_t i = 0; i < setup.assets_count && cursor.wrong == NULL; i++) {
        cursor_expect_count(&cursor, 2);
        assets[i].name = cursor_bytes(&cursor);
        assets[i].bytes = cursor_bytes(&cursor);
    }
    setup.assets = assets;
    if (!wire_close(&cursor, "setup", err)) {
        return false;
    }
    *ret_setup = setup;
    return true;
}

static void wire_read_children(struct cursor *cursor, struct arena *arena, struct wire_job *job)
{
    job->children_count = cursor_count(cursor, WIRE_CHILDREN_MAX);
    struct wire_pair *children = wire_table(cursor, arena, job->children_count, sizeof(*children));
    for (uint32_t i = 0; i < job->children_count && cursor->wrong == NULL; i++) {
        cursor_expect_count(cursor, 2);
        children[i].key = cursor_bytes(cursor);
        children[i].value = cursor_bytes(cursor);
    }
    job->children = children;
}

static void wire_read_earlier(struct cursor *cursor, struct arena *arena, struct wire_job *job)
{
    job->earlier_count = cursor_count(cursor, WIRE_EARLIER_MAX);
    struct wire_pair *earlier = wire_table(cursor, arena, job->earlier_count, sizeof(*earlier));
    for (uint32_t i = 0; i < job->earlier_count && cursor->wrong == NULL; i++) {
        cursor_expect_count(cursor, 2);
        earlier[i].pass = (uint32_t)cursor_unsigned(cursor, UINT32_MAX);
        earlier[i].value = cursor_bytes(cursor);
    }
    job->earlier = earlier;
}

static void wire_read_answer(struct cursor *cursor, struct wire_answer *answer)
{
    cursor_expect_count(cursor, WIRE_ANSWER_FIELDS);
    answer->pass = (uint32_t)cursor_unsigned(cursor, UINT32_MAX);
    answer->round = (uint32_t)cursor_unsigned(cursor, UINT32_MAX);
    answer->text = cursor_bytes(cursor);
    answer->finish_reason = cursor_bytes(cursor);
    answer->model = cursor_bytes(cursor);
    answer->prompt_tokens = cursor_signed(cursor, INT64_MIN, INT64_MAX);
    answer->completion_tokens = cursor_signed(cursor, INT64_MIN, INT64_MAX);
}

bool wire_read_call(struct span payload, struct arena *arena, struct wire_job *ret_job,
                    struct wire_answer *ret_answer, struct err *err)
{
    struct cursor cursor;
    enum wire_kind kind = wire_open(&cursor, payload, WIRE_CALL_FIELDS);
    if (kind != WIRE_CHECK && kind != WIRE_BUILD && kind != WIRE_PROCESS) {
        cursor_fail(&cursor, "it is another frame");
    }
    struct wire_job job = {0};
    struct wire_answer answer = {0};
    job.data = cursor_bytes(&cursor);
    job.chart = cursor_bytes(&cursor);
    job.locale = cursor_bytes(&cursor);
    job.seed = cursor_unsigned(&cursor, UINT64_MAX);
    job.now_ms = cursor_signed(&cursor, INT64_MIN, INT64_MAX);
    job.pass = (uint32_t)cursor_unsigned(&cursor, UINT32_MAX);
    wire_read_children(&cursor, arena, &job);
    wire_read_earlier(&cursor, arena, &job);
    if (kind == WIRE_PROCESS) {
        wire_read_answer(&cursor, &answer);
    } else if (!cursor_take_nil(&cursor)) {
        cursor_fail(&cursor, "an answer came with a call that takes none");
    }
    if (!wire_close(&cursor, "call", err)) {
        return false;
    }
    *ret_job = job;
    *ret_answer = answer;
    return true;
}

static void wire_read_messages(struct cursor *cursor, struct arena *arena, struct wire_reply *reply)
{
    reply->messages_count = cursor_count(cursor, WIRE_MESSAGES_MAX);
    struct wire_message *messages =
        wire_table(cursor, arena, reply->messages_count, sizeof(*messages));
    for (uint32_t i = 0; i < reply->messages_count && cursor->wrong == NULL; i++) {
        cursor_expect_count(cursor, 2);
        messages[i].role = (uint32_t)cursor_unsigned(cursor, UINT32_MAX);
        messages[i].text = cursor_bytes(cursor);
    }
    reply->messages = messages;
}

static void wire_read_sections(struct cursor *cursor, struct arena *arena, struct wire_reply *reply)
{
    reply->sections_count = cursor_count(cursor, WIRE_SECTIONS_MAX);
    struct wire_section *sections =
        wire_table(cursor, arena, reply->sections_count, sizeof(*sections));
    for (uint32_t i = 0; i < reply->sections_count && cursor->wrong == NULL; i++) {
        cursor_expect_count(cursor, 3);
        sections[i].id = cursor_bytes(cursor);
        sections[i].title = cursor_bytes(cursor);
        sections[i].text = cursor_bytes(cursor);
    }
    reply->sections = sections;
}

static void wire_read_stops(struct cursor *cursor, struct arena *arena, struct wire_reply *reply)
{
    reply->stops_count = cursor_count(cursor, WIRE_STOPS_MAX);
    struct span *stops = wire_table(cursor, arena, reply->stops_count, sizeof(*stops));
    for (uint32_t i = 0; i < reply->stops_count && cursor->wrong == NULL; i++) {
        stops[i] = cursor_bytes(cursor);
    }
    reply->stops = stops;
}

bool wire_read_reply(struct span payload, struct arena *arena, struct wire_reply *ret_reply,
                     struct err *err)
{
    struct cursor cursor;
    if (wire_open(&cursor, payload, WIRE_REPLY_FIELDS) != WIRE_REPLY) {
        cursor_fail(&cursor, "it is another frame");
    }
    struct wire_reply reply = {0};
    reply.status = (int32_t)cursor_signed(&cursor, INT32_MIN, INT32_MAX);
    reply.is_over_cap = cursor_bool(&cursor);
    reply.facts = (enum wire_facts)cursor_unsigned(&cursor, WIRE_FACTS_FAILED);
    reply.say = cursor_bytes(&cursor);
    reply.field = cursor_bytes(&cursor);
    reply.text = cursor_bytes(&cursor);
    reply.content = cursor_bytes(&cursor);
    reply.correct = cursor_bytes(&cursor);
    reply.model_class = cursor_bytes(&cursor);
    reply.json_schema = cursor_bytes(&cursor);
    reply.has_temperature = !cursor_take_nil(&cursor);
    reply.temperature = reply.has_temperature ? cursor_double(&cursor) : 0;
    reply.has_max_tokens = !cursor_take_nil(&cursor);
    reply.max_tokens = reply.has_max_tokens ? (uint32_t)cursor_unsigned(&cursor, UINT32_MAX) : 0;
    wire_read_messages(&cursor, arena, &reply);
    wire_read_sections(&cursor, arena, &reply);
    wire_read_stops(&cursor, arena, &reply);
    if (!wire_close(&cursor, "reply", err)) {
        return false;
    }
    *ret_reply = reply;
    return true;
}

bool wire_read_text(struct span payload, int32_t *ret_number, struct span *ret_text,
                    struct span *ret_more, struct err *err)
{
    struct cursor cursor;
    (void)wire_open(&cursor, payload, WIRE_TEXT_FIELDS);
    int32_t number = (int32_t)cursor_signed(&cursor, INT32_MIN, INT32_MAX);
    struct span text = cursor_bytes(&cursor);
    struct span more = cursor_bytes(&cursor);
    if (!wire_close(&cursor, "text", err)) {
        return false;
    }
    *ret_number = number;
    *ret_text = text;
    *ret_more = more;
    return true;
}
