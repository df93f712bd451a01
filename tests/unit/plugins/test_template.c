/* Templates: what is a place, what is none, and how each is filled. */
#include "engine/template.h"

#include <stdio.h>
#include <stdlib.h>

#include "core/arena.h"
#include "core/json.h"
#include "kit.h"

/* What chart and job can be in these tests. */
#define TEXT "{\"type\":\"string\"}"
static const char chart_schema[] =
    "{\"type\":\"object\",\"properties\":{\"type\":" TEXT
    ",\"gates\":{\"type\":\"array\",\"items\":"
    "{\"type\":\"integer\"}},\"channels\":{\"type\":\"array\",\"items\":" TEXT "},\"centers\":{"
    "\"type\":\"object\",\"properties\":{\"solar-plexus\":" TEXT "}}}}";
static const char job_schema[] =
    "{\"type\":\"object\",\"properties\":{\"context\":" TEXT ",\"count\":{\"type\":\"integer\"},"
    "\"is_new\":{\"type\":\"boolean\"},\"place\":{\"type\":\"object\",\"properties\":{"
    "\"name\":" TEXT "}},\"topics\":{\"type\":\"array\",\"items\":" TEXT
    "},\"people\":{\"type\":\"array\",\"items\":{"
    "\"type\":\"object\",\"properties\":{\"name\":" TEXT ",\"age\":{\"type\":\"integer\"},"
    "\"likes\":{\"type\":\"array\",\"items\":" TEXT "}}}}}}";
static const char chart_value[] = "{\"type\":\"Projector\",\"gates\":[3,60],\"channels\":[],"
                                  "\"centers\":{\"solar-plexus\":\"open\"}}";
static const char job_value[] =
    "{\"context\":\"one {{chart.type}}\\r\\ntwo\\u2028three\\u0007 \\\"four\\\"\",\"count\":7,"
    "\"is_new\":true,\"place\":{\"name\":\"Ulm\"},\"topics\":[\"a\",\"b\\nc\"],"
    "\"people\":[{\"name\":\"Ada\",\"age\":36,\"likes\":[\"x\",\"y\"]},{\"name\":\"Bo\"}]}";

static struct arena *arena;
static struct template_root roots[TEMPLATE_ROOTS_MAX];
static struct json_object *values[TEMPLATE_ROOTS_MAX];
static struct template_parts template;
static struct err err;

static struct json_object *json_of(const char *text)
{
    struct json_object *value = NULL;
    ck_assert_msg(json_parse(span_of(text), &value, &err), "%s", err.text);
    return value;
}

static void setup(void)
{
    arena = arena_create(16 * 1024 * 1024);
    roots[0] = (struct template_root){
        .name = "chart", .schema = json_of(chart_schema), .lacks = "a chart has no"};
    roots[1] = (struct template_root){.name = "job",
                                      .schema = json_of(job_schema),
                                      .lacks = "the inputs declare no",
                                      .is_foreign = true};
    values[0] = json_of(chart_value);
    values[1] = json_of(job_value);
}

static void teardown(void)
{
    for (size_t i = 0; i < TEMPLATE_ROOTS_MAX; i++) {
        json_object_put(roots[i].schema);
        json_object_put(values[i]);
    }
    arena_destroy(&arena);
}

static bool parse(struct span text)
{
    return template_parse(arena, "x.md", text, roots, TEMPLATE_ROOTS_MAX, &template, &err);
}

static void expect(const char *filled)
{
    static const struct template_words words = {SPAN_LITERAL("none"), SPAN_LITERAL("not given"),
                                                SPAN_LITERAL("yes"), SPAN_LITERAL("no")};
    struct sbuf out;
    sbuf_init(&out, 1024 * 1024);
    template_render(&out, &template, values, &words);
    ck_assert(!out.is_failed);
    ck_assert_str_eq(out.data, filled);
    sbuf_fini(&out);
}

static const struct {
    const char *text, *filled;
} good[] = {
    {"", ""},
    {"plain } { }} text\n", "plain } { }} text\n"},
    {"{{chart.type}}", "Projector"},
    {"a {{ chart.type }} b", "a Projector b"},
    {"{{chart.type}}{{chart.type}}", "ProjectorProjector"},
    {"{{chart.centers.solar-plexus}}", "open"},
    /* lists outside of each */
    {"{{chart.gates}}; {{chart.channels}}", "3, 60; none"},
    {"{{job.topics}}", "\"a\", \"b c\""},
    /* what a job says is quoted: by lines where it stands alone, else in one line */
    {"So:\n{{job.context}}\nEnd", "So:\n| one {{chart.type}}\n| two\n| three \"four\"\nEnd"},
    {"So: {{job.context}}", "So: \"one {{chart.type}}  two three 'four'\""},
    {"{{job.count}} {{job.is_new}} {{job.place.name}}", "7 yes \"Ulm\""},
    /* each */
    {"{{#each chart.gates}}<{{this}}>{{/each}}", "<3><60>"},
    {"{{#each chart.channels}}never{{/each}}.", "."},
    {"a\n{{#each job.people}}\n- {{this.name}}, {{this.age}}: {{this.likes}}\n{{/each}}\nb",
     "a\n- \"Ada\", 36: \"x\", \"y\"\n- \"Bo\", not given: not given\nb"},
    {"a\r\n {{#each chart.gates}} \r\n{{this}}\r\n  {{/each}}\r\nb", "a\r\n3\r\n60\r\nb"},
    {"{{#each job.topics}}\n{{this}}\n{{/each}}", "| a\n| b\n| c\n"},
    {"{{#each chart.gates}}{{chart.type}}{{/each}}", "ProjectorProjector"},
    {"{{#each chart.gates}}{{/each}}{{#each chart.gates}}x{{/each}}", "xx"},
};

START_TEST(fills)
{
    ck_assert_msg(parse(span_of(good[_i].text)), "%s", err.text);
    expect(good[_i].filled);
}
END_TEST

static const struct {
    const char *text, *said;
} bad[] = {
    {"\n\n  {{chart.tpye}}", "x.md:3: {{chart.tpye}}: a chart has no 'tpye'; perhaps 'type'"},
    {"{{job.zzzzzzzzzz}}", "x.md:1: {{job.zzzzzzzzzz}}: the inputs declare no 'zzzzzzzzzz'; it has "
                           "context, count, is_new, place, topics, people"},
    {"{{job.place.nam}}", "the inputs declare no 'nam'; perhaps 'name'"},
    {"{{job.context.more}}", "the inputs declare no 'more'"},
    {"{{chart}}", "{{chart}} has fields: name one of them, {{chart.…}}"},
    {"{{job.place}}", "{{job.place}} has fields"},
    {"{{job.people}}", "put {{#each job.people}} around {{this.…}}"},
    {"{{type}}", "{{type}} stands for nothing here; places begin with chart, job, #each or this"},
    {"{{this}}", "{{this}} stands outside of {{#each …}}"},
    {"{{#each chart.gates}}{{/each}}{{this}}", "stands outside"},
    {"{{}}", "{{}} is no place"},
    {"{{ }}", "is no place"},
    {"{{chart.}}", "{{chart.}} is no place"},
    {"{{.type}}", "is no place"},
    {"{{chart..type}}", "is no place"},
    {"{{{chart.type}}}", "is no place"},
    {"{{#if chart.type}}x{{/if}}", "{{#if chart.type}} is no place"},
    {"{{/if}}", "is no place"},
    {"{{#each}}", "is no place"},
    {"{{#eachchart.gates}}", "is no place"},
    {"{{chart.type | upper}}", "is no place"},
    {"x\n{{chart.type", "x.md:2: '{{' is not closed by '}}' on its line"},
    {"{{chart.\ntype}}", "x.md:1: '{{' is not closed"},
    {"{{chart.type}", "is not closed"},
    {"{{", "is not closed"},
    {"a\n{{#each chart.gates}}\nb", "x.md:2: {{#each …}} is not closed by {{/each}}"},
    {"{{/each}}", "{{/each}} without {{#each …}} before it"},
    {"{{#each chart.gates}}\n{{#each job.topics}}{{/each}}{{/each}}",
     "x.md:2: {{#each}} inside of another, which begins in line 1"},
    {"{{#each job.people}}{{#each this.likes}}{{/each}}{{/each}}", "inside of another"},
    {"{{#each chart.type}}{{/each}}", "is no list"},
    {"{{#each job.place}}{{/each}}", "is no list"},
    {"{{#each nothing}}{{/each}}", "stands for nothing here"},
    {"{{#each job.people}}{{this}}{{/each}}", "{{this}} has fields"},
    {"{{#each job.people}}{{this.nmae}}{{/each}}", "an element has no 'nmae'; perhaps 'name'"},
    {"{{#each chart.gates}}{{this.number}}{{/each}}", "an element has no 'number'"},
};

START_TEST(refuses)
{
    ck_assert(!parse(span_of(bad[_i].text)));
    ck_assert_msg(strstr(err.text, bad[_i].said) != NULL, "%s", err.text);
    ck_assert(span_is_utf8(span_of(err.text)));
}
END_TEST

START_TEST(what_is_not_there_is_told_as_absent)
{
    ck_assert(parse(SPAN_LITERAL("{{chart.type}}, {{chart.gates}}, {{job.context}}"
                                 "{{#each chart.gates}}x{{/each}}")));
    json_object_put(values[0]);
    json_object_put(values[1]);
    values[0] = NULL;
    values[1] = json_of("{\"context\":null}");
    expect("not given, not given, not given");
    json_object_put(values[1]);
    values[1] = json_of("{\"context\":[{}]}"); /* not what was declared */
    expect("not given, not given, not given");
}
END_TEST

START_TEST(a_root_without_fields_says_why)
{
    json_object_put(roots[0].schema);
    roots[0].schema = NULL;
    roots[0].why_none = "there is no chart";
    ck_assert(!parse(SPAN_LITERAL("{{chart.type}}")));
    ck_assert_str_eq(err.text, "x.md:1: {{chart.type}}: there is no chart");
}
END_TEST

static bool parse_places(size_t count)
{
    struct sbuf text;
    sbuf_init(&text, 1024 * 1024);
    for (size_t i = 0; i < count; i++) {
        sbuf_puts(&text, " {{chart.type}}");
    }
    bool is_read = parse(sbuf_as_span(&text));
    sbuf_fini(&text);
    return is_read;
}

START_TEST(places_bytes_and_paths_have_a_maximum)
{
    ck_assert(parse_places(TEMPLATE_PLACES_MAX));
    ck_assert(!parse_places(TEMPLATE_PLACES_MAX + 1));
    ck_assert_str_eq(err.text, "x.md:1: more than 1000 places in one text");
    char *text = calloc(1, TEMPLATE_BYTES_MAX + 2);
    ck_assert_ptr_nonnull(text);
    memset(text, 'x', TEMPLATE_BYTES_MAX + 1);
    ck_assert(parse((struct span){text, TEMPLATE_BYTES_MAX}));
    ck_assert(!parse((struct span){text, TEMPLATE_BYTES_MAX + 1}));
    (void)memcpy(text, "{{job.", 6);
    (void)memcpy(text + 2 + TEMPLATE_PATH_BYTES_MAX, "}}", 2);
    ck_assert(!parse((struct span){text, 300}));
    ck_assert_ptr_nonnull(strstr(err.text, "declare no 'xxxx"));
    (void)memcpy(text + 2 + TEMPLATE_PATH_BYTES_MAX, "x}}", 3);
    ck_assert(!parse((struct span){text, 300}));
    ck_assert_ptr_nonnull(strstr(err.text, "is no place"));
    free(text);
}
END_TEST

/* U+00C5 and U+0445 end with the byte that is a line's end as a character of its own. */
START_TEST(a_text_keeps_its_last_letter)
{
    json_object_put(values[1]);
    values[1] = json_of("{\"context\":\" \u2002\u00c5\\n\",\"topics\":[\"\u0445\"]}");
    ck_assert(parse(SPAN_LITERAL("{{job.context}}\n{{job.topics}}")));
    expect("| \u2002\u00c5\n\"\u0445\"");
}
END_TEST

START_TEST(a_full_text_stops_the_filling)
{
    static const struct template_words words = {{"", 0}, {"", 0}, {"", 0}, {"", 0}};
    struct sbuf out;
    json_object_put(values[0]);
    values[0] = json_of("{\"gates\":[1,2,3,4,5,6,7,8,9]}");
    ck_assert(parse(SPAN_LITERAL("{{#each chart.gates}}0123456789{{/each}}")));
    sbuf_init(&out, 42);
    template_render(&out, &template, values, &words);
    ck_assert(out.is_failed);
    sbuf_fini(&out);
}
END_TEST

Suite *suite_template(void)
{
    Suite *suite = suite_create("template");
    TCase *tcase = tcase_create("template");
    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_add_loop_test(tcase, fills, 0, ARRAY_LEN(good));
    tcase_add_loop_test(tcase, refuses, 0, ARRAY_LEN(bad));
    tcase_add_test(tcase, what_is_not_there_is_told_as_absent);
    tcase_add_test(tcase, a_root_without_fields_says_why);
    tcase_add_test(tcase, places_bytes_and_paths_have_a_maximum);
    tcase_add_test(tcase, a_text_keeps_its_last_letter);
    tcase_add_test(tcase, a_full_text_stops_the_filling);
    suite_add_tcase(suite, tcase);
    return suite;
}
