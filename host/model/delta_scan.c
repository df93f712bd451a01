/* A reader for the one shape nearly all chunks have. It gives up at the first thing it was not
 * made for: what it accepts means what json-c would say it means. */
#include "model/delta-private.h"
#include "model/scan.h"

/* True once for each bit; the second time it fails, as a known key must not come twice. */
static bool scan_once(struct scan *scan, unsigned *seen, unsigned bit)
{
    if ((*seen & 1u << bit) != 0) {
        scan_fail(scan);
        return false;
    }
    *seen |= 1u << bit;
    return true;
}

static void scan_delta(struct scan *scan, struct delta_chunk *chunk)
{
    if (scan_null(scan)) {
        return;
    }
    unsigned seen = 0;
    struct span key;
    scan_take(scan, '{');
    for (bool is_first = true; scan_member(scan, &is_first, &key);) {
        if (span_is(key, "content") && scan_once(scan, &seen, 0)) {
            if (!scan_null(scan)) {
                struct scan_string text = scan_text(scan);
                chunk->content = text.inside;
                chunk->content_has_escapes = text.has_escapes;
            }
        } else if (span_is(key, "refusal") && scan_once(scan, &seen, 1)) {
            scan_plain(scan, &chunk->refusal);
        } else {
            scan_skip(scan);
        }
    }
}

static void scan_choice(struct scan *scan, struct delta_chunk *chunk)
{
    unsigned seen = 0;
    struct span key;
    scan_take(scan, '{');
    for (bool is_first = true; scan_member(scan, &is_first, &key);) {
        if (span_is(key, "delta") && scan_once(scan, &seen, 0)) {
            scan_delta(scan, chunk);
        } else if (span_is(key, "finish_reason") && scan_once(scan, &seen, 1)) {
            scan_plain(scan, &chunk->finish);
        } else if (span_is(key, "index") && scan_once(scan, &seen, 2)) {
            int64_t index = 0;
            scan_count(scan, &index);
            if (index != 0) {
                scan_fail(scan);
            }
        } else {
            scan_skip(scan);
        }
    }
}

/* None or one choice. */
static void scan_choices(struct scan *scan, struct delta_chunk *chunk)
{
    scan_take(scan, '[');
    if (scan_peek(scan) == '{') {
        scan_choice(scan, chunk);
    }
    scan_take(scan, ']');
}

static void scan_usage(struct scan *scan, struct delta_chunk *chunk)
{
    if (scan_null(scan)) {
        return;
    }
    unsigned seen = 0;
    struct span key;
    scan_take(scan, '{');
    for (bool is_first = true; scan_member(scan, &is_first, &key);) {
        if (span_is(key, "prompt_tokens") && scan_once(scan, &seen, 0)) {
            scan_count(scan, &chunk->prompt_tokens);
        } else if (span_is(key, "completion_tokens") && scan_once(scan, &seen, 1)) {
            scan_count(scan, &chunk->completion_tokens);
        } else if (span_is(key, "total_tokens") && scan_once(scan, &seen, 2)) {
            scan_count(scan, &chunk->total_tokens);
        } else {
            scan_skip(scan);
        }
    }
}

/* The kind of object: an error in disguise is not ours to read. */
static void scan_object_kind(struct scan *scan)
{
    struct span kind = {"", 0};
    scan_plain(scan, &kind);
    if (kind.len > 0 && !span_is(kind, "chat.completion.chunk")) {
        scan_fail(scan);
    }
}

static void scan_chunk(struct scan *scan, struct delta_chunk *chunk)
{
    unsigned seen = 0;
    struct span key;
    scan_take(scan, '{');
    for (bool is_first = true; scan_member(scan, &is_first, &key);) {
        if (span_is(key, "choices") && scan_once(scan, &seen, 0)) {
            scan_choices(scan, chunk);
        } else if (span_is(key, "model") && scan_once(scan, &seen, 1)) {
            scan_plain(scan, &chunk->model);
        } else if (span_is(key, "usage") && scan_once(scan, &seen, 2)) {
            scan_usage(scan, chunk);
        } else if (span_is(key, "object") && scan_once(scan, &seen, 3)) {
            scan_object_kind(scan);
        } else if (span_is(key, "error")) {
            if (!scan_null(scan)) {
                scan_fail(scan);
            }
        } else {
            scan_skip(scan);
        }
    }
}

bool delta_read_scanned(struct span event, struct delta_answer *answer, enum delta_kind *ret_kind)
{
    struct delta_chunk chunk = {.prompt_tokens = -1, .completion_tokens = -1, .total_tokens = -1};
    struct scan scan = {.at = event.data, .end = event.data + event.len};
    scan_chunk(&scan, &chunk);
    (void)scan_peek(&scan);
    if (scan.is_failed || scan.at < scan.end) {
        return false;
    }
    *ret_kind = delta_apply(&chunk, answer);
    return true;
}
