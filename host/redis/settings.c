/* Where Redis is and who we are there: from the options and from URLs. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/mem.h"
#include "core/options.h"
#include "core/sbuf.h"
#include "redis/redis-private.h"

#define SETTINGS_PORT 6379
#define SETTINGS_PART_BYTES_MAX 1024
#define SETTINGS_WRITE_BYTES_MAX ((size_t)64 * 1024 * 1024)

static void settings_replace(char **text, char *with)
{
    mem_wipe_free(text);
    *text = with;
}

static int settings_hex(char c)
{
    static const char digits[] = "0123456789abcdef0123456789ABCDEF";
    const char *at = c != '\0' ? strchr(digits, c) : NULL;
    return at != NULL ? (int)((at - digits) % 16) : -1;
}

/* Undoes %XX; NULL when an escape is broken, NUL, or the part is too long. */
static char *settings_decode(struct span part)
{
    char text[SETTINGS_PART_BYTES_MAX];
    size_t len = 0;
    for (size_t i = 0; i < part.len; i++) {
        char c = part.data[i];
        if (c == '%') {
            int high = i + 2 < part.len ? settings_hex(part.data[i + 1]) : -1;
            int low = high >= 0 ? settings_hex(part.data[i + 2]) : -1;
            if (low < 0) {
                return NULL;
            }
            c = (char)(high * 16 + low);
            i += 2;
        }
        if (c == '\0' || len == sizeof(text)) {
            return NULL;
        }
        text[len++] = c;
    }
    char *copy = mem_strndup(text, len);
    explicit_bzero(text, sizeof(text));
    return copy;
}

static bool settings_number(struct span text, unsigned long max, unsigned long *ret_value)
{
    unsigned long value = 0;
    for (size_t i = 0; i < text.len; i++) {
        if (text.data[i] < '0' || text.data[i] > '9') {
            return false;
        }
        value = value * 10 + (unsigned long)(text.data[i] - '0');
        if (value > max) {
            return false;
        }
    }
    *ret_value = value;
    return text.len > 0;
}

static bool settings_db(struct redis_settings *settings, struct span text, struct err *err)
{
    unsigned long db;
    if (!settings_number(text, INT32_MAX, &db)) {
        return err_set(err, ERR_INVALID, "the database in the redis URL is not a number");
    }
    settings->db = (uint32_t)db;
    return true;
}

/* Splits text at the first c: what follows it, or nothing; *text keeps what precedes. */
static struct span settings_cut(struct span *text, char c, bool *ret_found)
{
    const char *at = text->len > 0 ? memchr(text->data, c, text->len) : NULL;
    *ret_found = at != NULL;
    if (at == NULL) {
        return (struct span){NULL, 0};
    }
    struct span rest = {at + 1, text->len - (size_t)(at - text->data) - 1};
    text->len = (size_t)(at - text->data);
    return rest;
}

/* ?db=2&family=4: ioredis and redis-py write such; family is about name resolution, which takes
 * every family here. */
static bool settings_query(struct redis_settings *settings, struct span query, struct err *err)
{
    while (query.len > 0) {
        bool found;
        struct span pair = query;
        query = settings_cut(&pair, '&', &found);
        struct span value = settings_cut(&pair, '=', &found);
        if (span_is(pair, "db")) {
            if (!settings_db(settings, value, err)) {
                return false;
            }
        } else if (!span_is(pair, "family")) {
            return err_set(err, ERR_INVALID, "unknown parameter '%.*s' in the redis URL",
                           (int)(pair.len < 40 ? pair.len : 40), pair.data);
        }
    }
    return true;
}

static bool settings_userinfo(struct redis_settings *settings, struct span userinfo,
                              struct err *err)
{
    bool has_password;
    struct span password = settings_cut(&userinfo, ':', &has_password);
    char *user_text = settings_decode(userinfo);
    char *password_text = settings_decode(password);
    if (user_text == NULL || password_text == NULL) {
        mem_wipe_free(&user_text);
        mem_wipe_free(&password_text);
        return err_set(err, ERR_INVALID,
                       "user or password in the redis URL is not well %%-encoded");
    }
    settings_replace(&settings->username, user_text);
    if (settings->username[0] == '\0') {
        settings_replace(&settings->username, NULL);
    }
    if (has_password && password_text[0] != '\0') {
        settings_replace(&settings->password, password_text);
    } else {
        mem_wipe_free(&password_text);
    }
    return true;
}

/* host, host:port, [v6], [v6]:port */
static bool settings_host(struct redis_settings *settings, struct span authority, struct err *err)
{
    struct span host = authority, port = {NULL, 0};
    bool has_port = false;
    if (authority.len > 0 && authority.data[0] == '[') {
        host = (struct span){authority.data + 1, authority.len - 1};
        bool found;
        struct span rest = settings_cut(&host, ']', &found);
        has_port = rest.len > 0;
        if (!found || (has_port && rest.data[0] != ':')) {
            return err_set(err, ERR_INVALID, "the address in the redis URL lacks its ']'");
        }
        if (has_port) {
            port = (struct span){rest.data + 1, rest.len - 1};
        }
    } else {
        port = settings_cut(&host, ':', &has_port);
    }
    unsigned long number = SETTINGS_PORT;
    if (has_port && (!settings_number(port, UINT16_MAX, &number) || number == 0)) {
        return err_set(err, ERR_INVALID, "the port in the redis URL is not one of 1 to 65535");
    }
    char *text = settings_decode(host);
    if (text == NULL) {
        return err_set(err, ERR_INVALID, "the host in the redis URL is not well %%-encoded");
    }
    settings_replace(&settings->host, text[0] != '\0' ? text : mem_strdup("127.0.0.1"));
    if (text[0] == '\0') {
        free(text);
    }
    settings_replace(&settings->unix_path, NULL);
    settings->port = (uint16_t)number;
    return true;
}

/* [user[:password]@]host[:port][/db][?…] */
static bool settings_network(struct redis_settings *settings, struct span rest, struct err *err)
{
    bool found;
    struct span query = settings_cut(&rest, '?', &found);
    /* A password may hold a raw '@' or '/': the host begins after the last '@'. */
    const char *at = rest.len > 0 ? memrchr(rest.data, '@', rest.len) : NULL;
    if (at != NULL) {
        struct span userinfo = {rest.data, (size_t)(at - rest.data)};
        if (!settings_userinfo(settings, userinfo, err)) {
            return false;
        }
        rest = (struct span){at + 1, rest.len - userinfo.len - 1};
    }
    struct span db = settings_cut(&rest, '/', &found);
    if (db.len > 0 && !settings_db(settings, db, err)) {
        return false;
    }
    return settings_host(settings, rest, err) && settings_query(settings, query, err);
}

static bool settings_unix(struct redis_settings *settings, struct span rest, struct err *err)
{
    bool found;
    struct span query = settings_cut(&rest, '?', &found);
    if (rest.len >= 2 && memcmp(rest.data, "//", 2) == 0) {
        rest = (struct span){rest.data + 2, rest.len - 2};
    }
    if (rest.len == 0 || rest.data[0] != '/') {
        return err_set(err, ERR_INVALID, "the redis URL needs an absolute path, unix:/PATH");
    }
    char *path = settings_decode(rest);
    if (path == NULL) {
        return err_set(err, ERR_INVALID, "the path in the redis URL is not well %%-encoded");
    }
    settings_replace(&settings->unix_path, path);
    settings_replace(&settings->host, NULL);
    settings->is_tls = false;
    return settings_query(settings, query, err);
}

static bool settings_scheme(const char *url, const char *scheme, struct span *ret_rest)
{
    size_t len = strlen(scheme);
    if (strncmp(url, scheme, len) != 0) {
        return false;
    }
    *ret_rest = span_of(url + len);
    return true;
}

bool redis_settings_url(struct redis_settings *settings, const char *url, struct err *err)
{
    struct span rest;
    if (settings_scheme(url, "unix:", &rest)) {
        return settings_unix(settings, rest, err);
    }
    settings->is_tls = settings_scheme(url, "rediss://", &rest);
    if (settings->is_tls || settings_scheme(url, "redis://", &rest) ||
        settings_scheme(url, "tcp://", &rest)) {
        return settings_network(settings, rest, err);
    }
    return err_set(err, ERR_INVALID,
                   "the redis URL must begin with redis://, rediss://, tcp:// or unix:/");
}

bool redis_settings_init(struct redis_settings *ret_settings, const struct options *options,
                         struct err *err)
{
    const char *host = options->redis.host != NULL ? options->redis.host : "127.0.0.1";
    struct redis_settings settings = {
        .host = mem_strdup(host),
        .port = options->redis.port != 0 ? (uint16_t)options->redis.port : SETTINGS_PORT,
        .tls_verify = options->redis.tls_verify,
        .tls_ca = mem_strdup(options->redis.tls_ca),
        .username = mem_strdup(options->redis.username),
        .password = mem_strdup(options->redis.password),
        .db = options->redis.db,
        .connect_ms = options->redis.connect_ms,
        .command_ms = options->redis.command_ms,
        .write_bytes_max = SETTINGS_WRITE_BYTES_MAX,
    };
    if (options->redis.url != NULL && !redis_settings_url(&settings, options->redis.url, err)) {
        redis_settings_fini(&settings);
        return false;
    }
    *ret_settings = settings;
    return true;
}

void redis_settings_fini(struct redis_settings *settings)
{
    mem_wipe_free(&settings->host);
    mem_wipe_free(&settings->unix_path);
    mem_wipe_free(&settings->tls_ca);
    mem_wipe_free(&settings->username);
    mem_wipe_free(&settings->password);
    mem_wipe_free(&settings->client_name);
}

void redis_settings_copy(struct redis_settings *ret_copy, const struct redis_settings *settings)
{
    *ret_copy = *settings;
    ret_copy->host = mem_strdup(settings->host);
    ret_copy->unix_path = mem_strdup(settings->unix_path);
    ret_copy->tls_ca = mem_strdup(settings->tls_ca);
    ret_copy->username = mem_strdup(settings->username);
    ret_copy->password = mem_strdup(settings->password);
    ret_copy->client_name = mem_strdup(settings->client_name);
}

char *redis_settings_peer(const struct redis_settings *settings)
{
    struct sbuf peer;
    sbuf_init(&peer, SETTINGS_PART_BYTES_MAX * 2);
    if (settings->unix_path != NULL) {
        sbuf_printf(&peer, "unix:%s", settings->unix_path);
        if (settings->db != 0) {
            sbuf_printf(&peer, "?db=%u", (unsigned)settings->db);
        }
    } else {
        bool is_v6 = strchr(settings->host, ':') != NULL;
        sbuf_printf(&peer, "%s://%s%s%s:%u/%u", settings->is_tls ? "rediss" : "redis",
                    is_v6 ? "[" : "", settings->host, is_v6 ? "]" : "", (unsigned)settings->port,
                    (unsigned)settings->db);
    }
    char *text = sbuf_steal(&peer);
    return text != NULL ? text : mem_strdup("redis");
}
