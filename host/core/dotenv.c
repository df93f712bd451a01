/* .env files. */
#include "core/dotenv.h"

#include "core/sbuf.h"

#define DOTENV_NAME_BYTES_MAX 128
#define DOTENV_VALUE_BYTES_MAX (64 * 1024)

struct dotenv {
    struct span text;
    size_t at;
    unsigned line;
    struct err *err;
};

static char dotenv_peek(const struct dotenv *dotenv)
{
    return dotenv->at < dotenv->text.len ? dotenv->text.data[dotenv->at] : '\0';
}

static void dotenv_skip_blanks(struct dotenv *dotenv)
{
    while (dotenv_peek(dotenv) == ' ' || dotenv_peek(dotenv) == '\t' ||
           dotenv_peek(dotenv) == '\r') {
        dotenv->at++;
    }
}

static void dotenv_skip_line(struct dotenv *dotenv)
{
    while (dotenv->at < dotenv->text.len && dotenv_peek(dotenv) != '\n') {
        dotenv->at++;
    }
}

static bool dotenv_is_name_char(char c)
{
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' ||
           c == '.' || c == '-';
}

static bool dotenv_read_name(struct dotenv *dotenv, char ret_name[DOTENV_NAME_BYTES_MAX])
{
    size_t len = 0;
    while (dotenv_is_name_char(dotenv_peek(dotenv)) && len < DOTENV_NAME_BYTES_MAX - 1) {
        ret_name[len++] = dotenv->text.data[dotenv->at++];
    }
    ret_name[len] = '\0';
    dotenv_skip_blanks(dotenv);
    if (len == 0 || dotenv_peek(dotenv) != '=') {
        return err_set(dotenv->err, ERR_INVALID, "the line is not NAME=value");
    }
    dotenv->at++;
    dotenv_skip_blanks(dotenv);
    return true;
}

static void dotenv_read_escape(struct dotenv *dotenv, struct sbuf *value)
{
    char c = dotenv_peek(dotenv);
    dotenv->at += dotenv->at < dotenv->text.len;
    switch (c) {
    case 'n':
        sbuf_putc(value, '\n');
        break;
    case 'r':
        sbuf_putc(value, '\r');
        break;
    case 't':
        sbuf_putc(value, '\t');
        break;
    case '"':
    case '\\':
    case '$':
        sbuf_putc(value, c);
        break;
    default: /* not an escape: both characters stand */
        sbuf_putc(value, '\\');
        sbuf_putc(value, c);
    }
}

static bool dotenv_read_quoted(struct dotenv *dotenv, struct sbuf *value)
{
    char quote = dotenv->text.data[dotenv->at++];
    unsigned opened_line = dotenv->line;
    while (dotenv->at < dotenv->text.len && dotenv_peek(dotenv) != quote) {
        char c = dotenv->text.data[dotenv->at++];
        dotenv->line += c == '\n';
        if (c == '\\' && quote == '"') {
            dotenv_read_escape(dotenv, value);
        } else {
            sbuf_putc(value, c);
        }
    }
    if (dotenv->at >= dotenv->text.len) {
        dotenv->line = opened_line;
        return err_set(dotenv->err, ERR_INVALID, "the quote is not closed");
    }
    dotenv->at++;
    dotenv_skip_blanks(dotenv);
    if (dotenv_peek(dotenv) != '#' && dotenv_peek(dotenv) != '\n' &&
        dotenv->at < dotenv->text.len) {
        return err_set(dotenv->err, ERR_INVALID, "there is text after the closing quote");
    }
    return true;
}

static void dotenv_read_plain(struct dotenv *dotenv, struct sbuf *value)
{
    size_t start = dotenv->at;
    dotenv_skip_line(dotenv);
    struct span text = {dotenv->text.data + start, dotenv->at - start};
    for (size_t i = 0; i < text.len; i++) {
        bool is_after_blank = i == 0 || text.data[i - 1] == ' ' || text.data[i - 1] == '\t';
        if (text.data[i] == '#' && is_after_blank) {
            text.len = i;
        }
    }
    while (text.len > 0 && strchr(" \t\r", text.data[text.len - 1]) != NULL) {
        text.len--;
    }
    sbuf_span(value, text);
}

static bool dotenv_read_value(struct dotenv *dotenv, struct sbuf *value)
{
    if (dotenv_peek(dotenv) == '"' || dotenv_peek(dotenv) == '\'') {
        if (!dotenv_read_quoted(dotenv, value)) {
            return false;
        }
    } else {
        dotenv_read_plain(dotenv, value);
    }
    dotenv_skip_line(dotenv);
    if (value->is_failed) {
        return err_set(dotenv->err, ERR_LIMIT, "the value is longer than %d bytes",
                       DOTENV_VALUE_BYTES_MAX);
    }
    if (memchr(value->data, '\0', value->len) != NULL) {
        return err_set(dotenv->err, ERR_INVALID, "the value holds a NUL");
    }
    return true;
}

bool dotenv_parse(struct span text,
                  void (*on_pair)(void *ctx, unsigned line, const char *name, const char *value),
                  void *ctx, unsigned *ret_line, struct err *err)
{
    struct dotenv dotenv = {.text = text, .line = 1, .err = err};
    struct sbuf value;
    sbuf_init(&value, DOTENV_VALUE_BYTES_MAX);
    bool is_ok = true;
    for (; is_ok && dotenv.at < text.len; dotenv.at++, dotenv.line++) {
        dotenv_skip_blanks(&dotenv);
        if (dotenv_peek(&dotenv) == '#' || dotenv_peek(&dotenv) == '\n' || dotenv.at >= text.len) {
            dotenv_skip_line(&dotenv);
            continue;
        }
        if (text.len - dotenv.at > 7 && memcmp(text.data + dotenv.at, "export ", 7) == 0) {
            dotenv.at += 7;
            dotenv_skip_blanks(&dotenv);
        }
        char name[DOTENV_NAME_BYTES_MAX];
        unsigned line = dotenv.line;
        sbuf_clear(&value);
        is_ok = dotenv_read_name(&dotenv, name) && dotenv_read_value(&dotenv, &value);
        if (!is_ok) {
            *ret_line = dotenv.line;
            break;
        }
        on_pair(ctx, line, name, value.data);
    }
    if (value.capacity > 0) {
        explicit_bzero(value.data, value.capacity); /* values are often secrets */
    }
    sbuf_fini(&value);
    return is_ok;
}
