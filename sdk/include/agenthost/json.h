/* agenthost/json.h — extension "agenthost.json/1" of the host: reads JSON, so that an agent need
 * not bring a library for the job's data and the chart.
 *
 * Strict: refused are duplicate names, comments, NaN, U+0000, what is not UTF-8, what is nested
 * deeper than 32, and numbers that neither an integer of 64 bits nor a double can hold. Every
 * function takes NULL for a value and treats it as one that is not there, so that a way through
 * objects needs one check at its end:
 *
 *   value = json->member(host, json->member(host, root, birth_place), name);
 *   text = json->string(host, value);
 *
 * Looked up with agenthost_host.extension. History: 1 with interface 1.0. */
#ifndef AGENTHOST_JSON_H
#define AGENTHOST_JSON_H

#include <agenthost/agent.h>

#ifdef __cplusplus
extern "C" {
#endif

#define AGENTHOST_JSON "agenthost.json/1"

/* Some value inside a text that parse read. The host's; valid until the function that the host
 * called (create, a call, the self-test) returns. */
struct agenthost_json_value;

enum agenthost_json_type {
    AGENTHOST_JSON_ABSENT = 0, /* not there, or null */
    AGENTHOST_JSON_BOOLEAN = 1,
    AGENTHOST_JSON_INTEGER = 2, /* a number without fraction and exponent, within 64 bits */
    AGENTHOST_JSON_NUMBER = 3,  /* every other number */
    AGENTHOST_JSON_STRING = 4,
    AGENTHOST_JSON_ARRAY = 5,
    AGENTHOST_JSON_OBJECT = 6,
};

/* Of all functions: Owner: values are the host's, texts that go in stay the agent's, texts that
 * come out are valid as long as their value. From: create, self-test and calls. */
struct agenthost_json {
    uint32_t size;
    uint32_t reserved;

    /* Reads one JSON value.
     * Before: nothing. Returns: the value, or NULL when text is not strict JSON, is null, is over
     * 8 MB, or when 64 texts were read in this call already; then *ret_error (may be NULL) is a
     * sentence with line and column. */
    const struct agenthost_json_value *(*parse)(const struct agenthost_host *host,
                                                struct agenthost_text text,
                                                struct agenthost_text *ret_error);
    /* What a value is.
     * Before: parse. Returns: its type; ABSENT for NULL. */
    enum agenthost_json_type (*type)(const struct agenthost_host *host,
                                     const struct agenthost_json_value *value);
    /* A member of an object; names of up to 1023 bytes are found.
     * Before: parse. Returns: the value, or NULL when there is none of that name, it is null, or
     * the value is no object. */
    const struct agenthost_json_value *(*member)(const struct agenthost_host *host,
                                                 const struct agenthost_json_value *value,
                                                 struct agenthost_text name);
    /* How many elements an array or members an object has.
     * Before: parse. Returns: that; 0 for other values. */
    size_t (*count)(const struct agenthost_host *host, const struct agenthost_json_value *value);
    /* An array's element, or an object's member in the order of the text.
     * Before: parse. Returns: the value, or NULL past the end or when it is null; *ret_name (may
     * be NULL) becomes a member's name, else empty. */
    const struct agenthost_json_value *(*at)(const struct agenthost_host *host,
                                             const struct agenthost_json_value *value, size_t index,
                                             struct agenthost_text *ret_name);
    /* A string's text.
     * Before: parse. Returns: that; empty for other values. */
    struct agenthost_text (*string)(const struct agenthost_host *host,
                                    const struct agenthost_json_value *value);
    /* An integer.
     * Before: parse. Returns: that; otherwise for other values, numbers with a fraction too. */
    int64_t (*integer)(const struct agenthost_host *host, const struct agenthost_json_value *value,
                       int64_t otherwise);
    /* A number, whole or not.
     * Before: parse. Returns: that; otherwise for other values. */
    double (*number)(const struct agenthost_host *host, const struct agenthost_json_value *value,
                     double otherwise);
    /* A boolean.
     * Before: parse. Returns: that; otherwise for other values. */
    bool (*boolean)(const struct agenthost_host *host, const struct agenthost_json_value *value,
                    bool otherwise);
};

#ifdef __cplusplus
}
#endif
#endif
