/* email_text_test.c - connector `email`: the mail as it goes over the wire, with hostile names,
 * addresses and texts, and templates, right and wrong. That Python's email package reads what is
 * made here is e2e/email.sh's. */
#include "plugins/connectors/email/compose.c"
#include "plugins/connectors/email/template.c"
#include "plugins/connectors/email/texts.c"
#include "plugins/shared/encode.c"
#include "plugins/shared/encode_iconv.c"
#include "plugins/shared/memory.c"
#include "plugins/shared/words.c"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

static memory m;

static int tear_down(void **state) {
    (void)state;
    memory_free(&m);
    memset(&m, 0, sizeof m);
    return 0;
}

static const char *made(const char *name, const char *subject, const char *body) {
    const compose_mail mail = {.from_name = "Kinmu \"勤務\"",
                               .from = "kinmu@example.com",
                               .to_name = name,
                               .to = "sato@example.com",
                               .subject = subject,
                               .body = body,
                               .key = "request:r1-1:1:U1 5",
                               .date_ns = INT64_C(1795370278) * 1000000000,
                               .utc_offset_s = 32400};
    const char *text = compose(&m, &mail);
    assert_non_null(text);
    return text;
}

static void golden(void **state) {
    (void)state;
    assert_string_equal(
        made("佐藤", "[働き方見える化サービス]利用開始のご案内", "はい\n次\n"),
        "Date: Mon, 23 Nov 2026 02:57:58 +0900\r\n"
        "From: =?UTF-8?B?S2lubXUgIuWLpOWLmSI=?=\r\n <kinmu@example.com>\r\n"
        "To: =?UTF-8?B?5L2Q6Jek?=\r\n <sato@example.com>\r\n"
        "Subject: =?UTF-8?B?W+WDjeOBjeaWueimi+OBiOOCi+WMluOCteODvOODk+OCuV3liKk=?=\r\n"
        " =?UTF-8?B?55So6ZaL5aeL44Gu44GU5qGI5YaF?=\r\n"
        "Message-ID: <0adba8e33ff07978b5c68ba9d1b1807b@example.com>\r\n"
        "Auto-Submitted: auto-generated\r\nMIME-Version: 1.0\r\n"
        "Content-Type: text/plain; charset=UTF-8\r\n"
        "Content-Transfer-Encoding: base64\r\n\r\n44Gv44GEDQrmrKENCg==\r\n");
}

/* Whatever stands in a name or subject, the mail has the same headers and no line too long. */
static void nothing_becomes_a_header(void **state) {
    (void)state;
    static const char *const hostile[] = {
        "x\r\nBcc: evil@example.com",
        "x\nBcc: evil@example.com\n\nbody",
        "\r\n\r\n.\r\nQUIT",
        "a\rb",
        "\"><script>, evil@example.com",
        "back\\slash \"quote\"",
        "=?UTF-8?B?eA==?=",
        "<evil@example.com>",
        "\x01\x02\x7f",
        "長い名前長い名前長い名前長い名前長い名前長い名前長い名前長い名前長い名前長い名前長い名前",
        "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
        "\xff\xfe\x80",
        "😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀",
    };
    for (size_t i = 0; i < sizeof hostile / sizeof hostile[0]; i++) {
        const char *text = made(hostile[i], hostile[i], ".\r\n..\n.\n");
        const char *end = strstr(text, "\r\n\r\n");
        uint32_t headers = 0;
        for (const char *line = text; line < end; line = strstr(line, "\r\n") + 2) {
            size_t size = (size_t)(strstr(line, "\r\n") - line);
            assert_true(size <= 76);
            headers += line[0] != ' ';
            for (size_t k = 0; k < size; k++) {
                assert_true(line[k] >= ' ' && line[k] <= '~');
            }
        }
        assert_int_equal(headers, 9);
        assert_string_equal(end, "\r\n\r\nLg0KLi4NCi4NCg==\r\n");
    }
}

static void the_same_key_is_the_same_mail(void **state) {
    (void)state;
    compose_mail mail = {"", "a@example.com", "", "b@example.com", "x", "y\n", "k", 0, 0};
    const char *first = compose(&m, &mail);
    mail.key = "l";
    assert_string_not_equal(first, compose(&m, &mail));
    mail.key = "k";
    assert_string_equal(first, compose(&m, &mail));
    assert_non_null(
        strstr(first, "Date: Thu, 1 Jan 1970 00:00:00 +0000\r\nFrom: a@example.com\r\n"));
}

static void addresses(void **state) {
    (void)state;
    static const struct {
        const char *text;
        int32_t is_one;
    } cases[] = {
        {"a@b", 1},
        {"first.last+tag@mail.example.co.jp", 1},
        {"o'neil@example.com", 1},
        {"", 0},
        {"a", 0},
        {"@b", 0},
        {"a@", 0},
        {"a@b@c", 0},
        {"a b@c", 0},
        {"a@b c", 0},
        {"a@b\r\nRCPT TO:<x@y>", 0},
        {"a@b>", 0},
        {"<a@b>", 0},
        {"a@b,c@d", 0},
        {".a@b", 0},
        {"a.@b", 0},
        {"a..b@c", 0},
        {"a@.b", 0},
        {"a@b.", 0},
        {"a@-b", 0},
        {"佐藤@example.com", 0},
        {"a@例.jp", 0},
        {"\"a b\"@c", 0},
        {"1234567890123456789012345678901234567890123456789012345678901234@b", 1},
        {"12345678901234567890123456789012345678901234567890123456789012345@b", 0},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        assert_int_equal(compose_is_address(cases[i].text), cases[i].is_one);
    }
}

static void templates_built_in_are_right(void **state) {
    (void)state;
    char problem[160];
    for (uint32_t kind = 0; kind < TEMPLATE_KINDS; kind++) {
        const char *text = template_builtin(kind);
        assert_null(template_check(kind, text, strlen(text), problem, sizeof problem));
        assert_non_null(strstr(text, "自動送信"));
    }
}

static void templates_that_are_wrong(void **state) {
    (void)state;
    static const struct {
        const char *text, *why;
    } cases[] = {
        {"Subject: a\n\nb {name}\n", NULL},
        {"Subject: {service}\n\n{{name}}\n", "line 3: {} is no word"},
        {"Subject: a\n\nb {nam}\n", "line 3: {nam} is no word of this mail; there are service|url"},
        {"Subject: a\n\nb\nc {problems}\n", "line 4: {problems} is no word"},
        {"Subject: a {\n\nb\n", "line 1: {} is no word"},
        {"Subject: a\n\nb {name\n", "line 3: {name} is no word"},
        {"Betreff: a\n\nb\n", "line 1: begins with"},
        {"Subject: a", "line 1: begins with"},
        {"Subject: \n\nb\n", "line 1: has a subject"},
        {"Subject: a\nb\n", "line 1: has a subject"},
        {"Subject: a\n\n", "line 1: has a subject"},
        {"Subject: a\r\n\r\nb\r\n", "line 1: has a subject"},
        {"Subject: a\n\nb\r\n", "CR LF"},
        {"Subject: a\n\n\xff\n", "is not UTF-8"},
        {"", "line 1: begins with"},
    };
    char problem[160];
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const char *why = template_check(TEMPLATE_REQUEST, cases[i].text, strlen(cases[i].text),
                                         problem, sizeof problem);
        if (cases[i].why == NULL) {
            assert_null(why);
        } else {
            assert_non_null(why);
            assert_non_null(strstr(why, cases[i].why));
        }
    }
    assert_non_null(template_check(TEMPLATE_REQUEST, "Subject: a\n\nb\0c", 15, problem, 160));
}

static void what_is_filled_in_is_not_read_again(void **state) {
    (void)state;
    template_words words = {.count = 0};
    const char *subject;
    const char *body;
    template_put(&words, "name", "{person}");
    template_put(&words, "person", "{name} %s\nSubject: x");
    template_put(&words, "date", NULL);
    template_fill(&m, "Subject: {name}{person}\n\n{name}/{date}/{kind}/{person}.\n", &words,
                  &subject, &body);
    assert_string_equal(subject, "{person}{name} %s\nSubject: x");
    assert_string_equal(body, "{person}///{name} %s\nSubject: x.\n");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(golden, tear_down),
        cmocka_unit_test_teardown(nothing_becomes_a_header, tear_down),
        cmocka_unit_test_teardown(the_same_key_is_the_same_mail, tear_down),
        cmocka_unit_test(addresses),
        cmocka_unit_test(templates_built_in_are_right),
        cmocka_unit_test(templates_that_are_wrong),
        cmocka_unit_test_teardown(what_is_filled_in_is_not_read_again, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
