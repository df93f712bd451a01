/* The options of the stand-in, their texts, and the choice of faults. */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/attr.h"
#include "core/mem.h"
#include "core/sbuf.h"

#define CONFIG_FILE_BYTES_MAX (1 << 20)

const char config_help[] =
    "standin: a fast stand-in for an OpenAI-compatible model (POST /v1/chat/completions)\n"
    "\n"
    "  --port N               listen on 127.0.0.1 (0 = any free port; printed when ready)\n"
    "  --host ADDRESS         listen elsewhere\n"
    "  --unix PATH            listen on a unix socket instead\n"
    "  --journal FILE         append one JSON line for each request (see below)\n"
    "  --key KEY              refuse requests with another bearer key by 401\n"
    "\n"
    "answers\n"
    "  --latency-ms N         wait before the first byte of an answer (0)\n"
    "  --latency-ms-max N     … or evenly between latency-ms and this\n"
    "  --tokens-per-second R  pace of the content events (0: all at once)\n"
    "  --events N             content events in an answer (20)\n"
    "  --bytes N              bytes of the generated answer (2500)\n"
    "  --answer FILE          this text instead of a generated one\n"
    "  --rule TEXT=FILE       … for requests whose body holds TEXT; several, the first wins\n"
    "  --finish REASON        finish_reason (stop)\n"
    "  --usage yes|no         tell the token counts (yes)\n"
    "  --writes once|each     write what is due at one go, or every event by itself (once)\n"
    "\n"
    "faults: --fault KIND[,WHICH…], several, the first that applies wins\n"
    "  status=N[,code=C][,retry-after=S]   an error answer\n"
    "  drop                   close without a byte\n"
    "  cut=K                  close after K content events\n"
    "  stall=K                fall silent after K content events\n"
    "  error=K[,code=C]       an error event after K content events\n"
    "  finish=REASON          a whole answer with that finish_reason\n"
    "  garbage                200 with something that is no event stream\n"
    "  which: match=TEXT (in the body), first=N (times), every=N (th), percent=P (by chance)\n"
    "  --seed N               for percent and latency (1)\n"
    "\n"
    "while it runs\n"
    "  POST /standin/set      lines NAME=VALUE of the answer and fault options; \"fault=\" alone\n"
    "                         forgets the faults, \"rule=\" the rules\n"
    "  GET /standin/stats     {\"requests\":…,\"active\":…,\"active_max\":…,\"complete\":…}\n"
    "\n"
    "journal: {\"n\":number, \"received_ms\":wall clock, \"received_us\":monotonic,\n"
    "  \"last_byte_ms\":wall clock or null, \"last_byte_us\":monotonic or null (the last byte of "
    "a\n"
    "  complete answer was handed to the kernel), \"outcome\":\"complete\", \"error\" (a status "
    "fault),\n"
    "  \"fault\" or \"aborted\" (the client went away), \"status\":…, \"stream\":…, \"model\":…,\n"
    "  \"sha256\":of the body, \"bytes\":of the body, \"excerpt\":first 200 bytes of the last "
    "user\n"
    "  message}. A line is written when the request ends.\n";

void config_init(struct config *config)
{
    *config = (struct config){.events = 20, .bytes = 2500, .has_usage = true, .seed = 1};
    config->host = mem_strdup("127.0.0.1");
    config->finish = mem_strdup("stop");
}

void answer_unref(struct answer_text **answer)
{
    struct answer_text *left = *answer;
    *answer = NULL;
    if (left == NULL || --left->refs > 0) {
        return;
    }
    for (size_t i = 0; i < left->pieces_count; i++) {
        free(left->pieces[i]);
    }
    free(left->pieces);
    free(left->whole);
    free(left);
}

static void config_forget_faults(struct config *config)
{
    for (size_t i = 0; i < config->faults_count; i++) {
        free(config->faults[i].text);
        free(config->faults[i].retry_after);
        free(config->faults[i].match);
    }
    config->faults_count = 0;
}

static void config_forget_rules(struct config *config)
{
    for (size_t i = 0; i < config->rules_count; i++) {
        free(config->rules[i].match);
        free(config->rules[i].text);
        answer_unref(&config->rules[i].answer);
    }
    config->rules_count = 0;
}

void config_fini(struct config *config)
{
    config_forget_faults(config);
    config_forget_rules(config);
    answer_unref(&config->answer);
    free(config->answer_file_text);
    free(config->host);
    free(config->unix_path);
    free(config->journal_path);
    free(config->key);
    free(config->finish);
}

/* --- values ----------------------------------------------------------------------------------- */

static bool config_real(struct span value, double max, double *ret_value, struct err *err)
{
    char text[32];
    if (value.len > 0 && value.len < sizeof(text)) {
        memcpy(text, value.data, value.len);
        text[value.len] = '\0';
        char *end;
        double number = strtod(text, &end);
        if (*end == '\0' && number >= 0. && number <= max) {
            *ret_value = number;
            return true;
        }
    }
    return err_set(err, ERR_INVALID, "'%.*s' is not a number up to %.0f", (int)value.len,
                   value.data, max);
}

static bool config_number(struct span value, uint32_t max, uint32_t *ret_value, struct err *err)
{
    double number;
    if (!config_real(value, max, &number, err)) {
        return false;
    }
    *ret_value = (uint32_t)number;
    return true;
}

static void config_text(char **text, struct span value)
{
    free(*text);
    *text = value.len > 0 ? mem_strndup(value.data, value.len) : NULL;
}

static bool config_file(struct span path, char **ret_text, struct err *err)
{
    char *name = mem_strndup(path.data, path.len);
    FILE *file = fopen(name, "re");
    struct sbuf text;
    sbuf_init(&text, CONFIG_FILE_BYTES_MAX);
    char buf[4096];
    for (size_t got; file != NULL && (got = fread(buf, 1, sizeof(buf), file)) > 0;) {
        sbuf_append(&text, buf, got);
    }
    bool is_read = file != NULL && ferror(file) == 0 && !text.is_failed && text.len > 0;
    if (is_read) {
        *ret_text = sbuf_steal(&text);
    } else {
        (void)err_set(err, ERR_NOT_FOUND, "cannot read '%s', or it is empty or too long", name);
    }
    if (file != NULL) {
        (void)fclose(file);
    }
    sbuf_fini(&text);
    free(name);
    return is_read;
}

static struct span config_cut(struct span *text, char c)
{
    const char *at = text->len > 0 ? memchr(text->data, c, text->len) : NULL;
    if (at == NULL) {
        return (struct span){NULL, 0};
    }
    struct span rest = {at + 1, text->len - (size_t)(at - text->data) - 1};
    text->len = (size_t)(at - text->data);
    return rest;
}

/* --- faults and rules ---------------------------------------------------------------------------
 */

struct fault_word {
    const char *word;
    enum fault_kind kind;
    bool has_number;
};

static const struct fault_word fault_words[] = {
    {"status", FAULT_STATUS, true},    {"drop", FAULT_DROP, false},
    {"cut", FAULT_CUT, true},          {"stall", FAULT_STALL, true},
    {"error", FAULT_ERROR, true},      {"finish", FAULT_FINISH, false},
    {"garbage", FAULT_GARBAGE, false},
};

static bool fault_part(struct fault *fault, struct span word, struct span value, struct err *err)
{
    for (size_t i = 0; i < ARRAY_LEN(fault_words); i++) {
        if (span_is(word, fault_words[i].word)) {
            fault->kind = fault_words[i].kind;
            if (fault->kind == FAULT_FINISH) {
                config_text(&fault->text, value);
            }
            return !fault_words[i].has_number || config_number(value, 1000000, &fault->number, err);
        }
    }
    if (span_is(word, "code")) {
        config_text(&fault->text, value);
    } else if (span_is(word, "retry-after")) {
        config_text(&fault->retry_after, value);
    } else if (span_is(word, "match")) {
        config_text(&fault->match, value);
    } else if (span_is(word, "first")) {
        return config_number(value, 1000000000, &fault->first, err);
    } else if (span_is(word, "every")) {
        return config_number(value, 1000000000, &fault->every, err);
    } else if (span_is(word, "percent")) {
        return config_real(value, 100., &fault->percent, err);
    } else {
        return err_set(err, ERR_INVALID, "unknown word '%.*s' in a fault", (int)word.len,
                       word.data);
    }
    return true;
}

static bool config_add_fault(struct config *config, struct span value, struct err *err)
{
    if (value.len == 0) {
        config_forget_faults(config);
        return true;
    }
    if (config->faults_count == CONFIG_FAULTS_MAX) {
        return err_set(err, ERR_LIMIT, "at most %d faults", CONFIG_FAULTS_MAX);
    }
    struct fault *fault = &config->faults[config->faults_count++];
    *fault = (struct fault){0};
    while (value.len > 0) {
        struct span part = value;
        value = config_cut(&part, ',');
        struct span number = config_cut(&part, '=');
        if (!fault_part(fault, part, number, err)) {
            return false;
        }
    }
    if (fault->kind == FAULT_NONE || (fault->kind == FAULT_FINISH && fault->text == NULL)) {
        return err_set(err, ERR_INVALID, "a fault without its kind");
    }
    return true;
}

static bool config_add_rule(struct config *config, struct span value, struct err *err)
{
    if (value.len == 0) {
        config_forget_rules(config);
        return true;
    }
    struct span path = config_cut(&value, '=');
    if (config->rules_count == CONFIG_RULES_MAX || value.len == 0) {
        return err_set(err, ERR_LIMIT, "a rule is TEXT=FILE, and there are at most %d",
                       CONFIG_RULES_MAX);
    }
    struct rule rule = {0};
    if (!config_file(path, &rule.text, err)) {
        return false;
    }
    config_text(&rule.match, value);
    config->rules[config->rules_count++] = rule;
    return true;
}

/* --- options ------------------------------------------------------------------------------------
 */

static bool config_set_answer(struct config *config, struct span value, struct err *err)
{
    char *text = NULL;
    if (value.len > 0 && !config_file(value, &text, err)) {
        return false;
    }
    free(config->answer_file_text);
    config->answer_file_text = text;
    return true;
}

static bool config_choice(struct span value, const char *yes, const char *no, bool *ret_value,
                          struct err *err)
{
    if (!span_is(value, yes) && !span_is(value, no)) {
        return err_set(err, ERR_INVALID, "'%.*s' is neither %s nor %s", (int)value.len, value.data,
                       yes, no);
    }
    *ret_value = span_is(value, yes);
    return true;
}

bool config_set(struct config *config, struct span name, struct span value, struct err *err)
{
    const struct {
        const char *name;
        char **text;
        uint32_t *number;
        uint32_t max;
    } options[] = {
        {"host", &config->host, NULL, 0},
        {"unix", &config->unix_path, NULL, 0},
        {"journal", &config->journal_path, NULL, 0},
        {"key", &config->key, NULL, 0},
        {"finish", &config->finish, NULL, 0},
        {"port", NULL, &config->port, 65535},
        {"latency-ms", NULL, &config->latency_ms, 3600000},
        {"latency-ms-max", NULL, &config->latency_ms_max, 3600000},
        {"events", NULL, &config->events, 100000},
        {"bytes", NULL, &config->bytes, CONFIG_FILE_BYTES_MAX},
    };
    for (size_t i = 0; i < ARRAY_LEN(options); i++) {
        if (span_is(name, options[i].name)) {
            if (options[i].number != NULL) {
                return config_number(value, options[i].max, options[i].number, err);
            }
            config_text(options[i].text, value);
            return true;
        }
    }
    if (span_is(name, "tokens-per-second")) {
        return config_real(value, 1e6, &config->tokens_per_second, err);
    }
    if (span_is(name, "seed")) {
        double seed;
        bool is_number = config_real(value, 4294967295., &seed, err);
        config->seed = is_number ? (uint64_t)seed : config->seed;
        return is_number;
    }
    if (span_is(name, "writes")) {
        return config_choice(value, "each", "once", &config->writes_each, err);
    }
    if (span_is(name, "usage")) {
        return config_choice(value, "yes", "no", &config->has_usage, err);
    }
    if (span_is(name, "answer")) {
        return config_set_answer(config, value, err);
    }
    if (span_is(name, "fault")) {
        return config_add_fault(config, value, err);
    }
    if (span_is(name, "rule")) {
        return config_add_rule(config, value, err);
    }
    return err_set(err, ERR_INVALID, "unknown option '%.*s'", (int)name.len, name.data);
}

/* --- answers
 * -------------------------------------------------------------------------------------- */

static char *answer_escape(const char *text, size_t len)
{
    struct sbuf out;
    sbuf_init(&out, CONFIG_FILE_BYTES_MAX * 6 + 2);
    sbuf_json_string(&out, (struct span){text, len});
    return sbuf_steal(&out);
}

/* Cuts at characters, not inside them. */
static void answer_cut(struct answer_text **slot, const char *text, uint32_t events)
{
    answer_unref(slot);
    struct answer_text *answer = mem_alloc(sizeof(*answer));
    answer->refs = 1;
    *slot = answer;
    size_t len = strlen(text);
    size_t count = events == 0 ? 1 : events > len && len > 0 ? len : events;
    answer->pieces = mem_array(count, sizeof(char *));
    answer->bytes = len;
    answer->whole = answer_escape(text, len);
    size_t at = 0;
    for (size_t i = 0; i < count; i++) {
        size_t end = len * (i + 1) / count;
        while (end < len && ((unsigned char)text[end] & 0xC0) == 0x80) {
            end++;
        }
        if (end > at) {
            answer->pieces[answer->pieces_count++] = answer_escape(text + at, end - at);
            at = end;
        }
    }
}

static char *answer_generate(uint32_t bytes)
{
    static const char words[] = "the stand-in says one word after the other and means none of it ";
    char *text = mem_alloc((size_t)bytes + 1);
    for (uint32_t i = 0; i < bytes; i++) {
        text[i] = words[i % (sizeof(words) - 1)];
    }
    return text;
}

void config_prepare(struct config *config)
{
    if (config->answer_file_text != NULL) {
        answer_cut(&config->answer, config->answer_file_text, config->events);
    } else {
        char *text = answer_generate(config->bytes > 0 ? config->bytes : 1);
        answer_cut(&config->answer, text, config->events);
        free(text);
    }
    for (size_t i = 0; i < config->rules_count; i++) {
        answer_cut(&config->rules[i].answer, config->rules[i].text, config->events);
    }
}

static bool body_holds(struct span body, const char *text)
{
    return text == NULL || memmem(body.data, body.len, text, strlen(text)) != NULL;
}

struct answer_text *config_answer(const struct config *config, struct span body)
{
    struct answer_text *answer = config->answer;
    for (size_t i = 0; i < config->rules_count; i++) {
        if (body_holds(body, config->rules[i].match)) {
            answer = config->rules[i].answer;
            break;
        }
    }
    answer->refs++;
    return answer;
}

double config_random(struct config *config)
{
    /* splitmix64 */
    uint64_t x = config->seed += 0x9E3779B97F4A7C15u;
    x = (x ^ (x >> 30)) * 0xBF58476D1CE4E5B9u;
    x = (x ^ (x >> 27)) * 0x94D049BB133111EBu;
    return (double)((x ^ (x >> 31)) >> 11) / 9007199254740992.0;
}

const struct fault *config_fault(struct config *config, struct span body)
{
    for (size_t i = 0; i < config->faults_count; i++) {
        struct fault *fault = &config->faults[i];
        if (!body_holds(body, fault->match)) {
            continue;
        }
        fault->met++;
        bool applies = (fault->first == 0 || fault->done < fault->first) &&
                       (fault->every == 0 || fault->met % fault->every == 0) &&
                       (fault->percent == 0. || config_random(config) * 100. < fault->percent);
        if (applies) {
            fault->done++;
            return fault;
        }
    }
    return NULL;
}
