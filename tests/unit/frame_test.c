/* frame_test.c - messages between processes: what is written is read the same, and hostile bytes
 * are refused without reading past them. */
#include "host/frame.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static frame_reader body_of(const buffer *frame, uint32_t type, uint32_t instance) {
    frame_reader body;
    uint32_t found_type = 0;
    uint32_t found_instance = 0;
    assert_int_equal(frame_whole(frame->data, frame->size, &found_type, &found_instance, &body),
                     (int64_t)frame->size);
    assert_int_equal(found_type, type);
    assert_int_equal(found_instance, instance);
    return body;
}

static void frames_are_cut_at_their_size(void **state) {
    (void)state;
    buffer out = {0};
    uint32_t type = 0;
    uint32_t instance = 0;
    frame_reader body;
    frame_end(&out, frame_begin(&out, FRAME_PING, 0));
    size_t first = out.size;
    assert_int_equal(first, FRAME_HEAD_SIZE);
    size_t begin = frame_begin(&out, FRAME_LOG, 65535);
    frame_text(&out, "hello");
    frame_end(&out, begin);
    for (size_t size = 0; size < first; size++) { /* every cut asks for more */
        assert_int_equal(frame_whole(out.data, size, &type, &instance, &body), 0);
    }
    assert_int_equal(frame_whole(out.data, out.size, &type, &instance, &body), (int64_t)first);
    assert_int_equal(type, FRAME_PING);
    for (size_t size = 0; size < out.size - first; size++) {
        assert_int_equal(frame_whole(out.data + first, size, &type, &instance, &body), 0);
    }
    assert_int_equal(frame_whole(out.data + first, out.size - first, &type, &instance, &body),
                     (int64_t)(out.size - first));
    assert_int_equal(type, FRAME_LOG);
    assert_int_equal(instance, 65535);
    char text[6];
    frame_read_text(&body, text, sizeof text);
    assert_string_equal(text, "hello");
    assert_int_equal(body.failed, 0);
    buffer_free(&out);
}

static void a_frame_has_a_greatest_size(void **state) {
    (void)state;
    uint32_t type = 0;
    uint32_t instance = 0;
    frame_reader body;
    uint8_t head[FRAME_HEAD_SIZE] = {0, 0, 0x40, 0, FRAME_LOG, 0, 0, 0}; /* 4 MiB */
    assert_int_equal(frame_whole(head, sizeof head, &type, &instance, &body), 0);
    head[0] = 1; /* and one byte */
    assert_int_equal(frame_whole(head, sizeof head, &type, &instance, &body), KINMU_E_REJECT);
    memset(head, 0xFF, sizeof head);
    assert_int_equal(frame_whole(head, sizeof head, &type, &instance, &body), KINMU_E_REJECT);
}

static void numbers_texts_and_bytes_come_back(void **state) {
    (void)state;
    static const uint64_t big[] = {0, 1, 127, 128, 65536, INT64_MAX, UINT64_MAX};
    static const int64_t small[] = {0, -1, -33, INT64_MIN, INT64_MAX};
    buffer out = {0};
    size_t begin = frame_begin(&out, FRAME_REQUEST, 3);
    for (size_t i = 0; i < sizeof big / sizeof *big; i++) {
        frame_u64(&out, big[i]);
    }
    for (size_t i = 0; i < sizeof small / sizeof *small; i++) {
        frame_i64(&out, small[i]);
    }
    frame_text(&out, "勤務");
    frame_text(&out, NULL);
    frame_text(&out, "");
    frame_bytes(&out, "\0\xFF", 2);
    frame_bytes(&out, NULL, 0);
    frame_end(&out, begin);
    frame_reader body = body_of(&out, FRAME_REQUEST, 3);
    char text[8];
    size_t size = 0;
    for (size_t i = 0; i < sizeof big / sizeof *big; i++) {
        assert_true(frame_read_u64(&body) == big[i]);
    }
    for (size_t i = 0; i < sizeof small / sizeof *small; i++) {
        assert_true(frame_read_i64(&body) == small[i]);
    }
    frame_read_text(&body, text, sizeof text);
    assert_string_equal(text, "勤務");
    frame_read_text(&body, text, sizeof text);
    assert_string_equal(text, "");
    frame_read_text(&body, text, sizeof text);
    assert_string_equal(text, "");
    assert_memory_equal(frame_read_bytes(&body, &size), "\0\xFF", 2);
    assert_int_equal(size, 2);
    frame_read_bytes(&body, &size);
    assert_int_equal(size, 0);
    assert_int_equal(body.failed, 0);
    assert_int_equal(body.offset, body.size);
    frame_read_u64(&body); /* nothing is left */
    assert_int_equal(body.failed, 1);
    buffer_free(&out);
}

static const kinmu_value *all_types(void) {
    static kinmu_value values[7];
    values[0] = kinmu_null();
    values[1] = kinmu_bool(1);
    values[2] = kinmu_i64(INT64_MIN);
    values[3] = kinmu_f64(-0.1);
    values[4] = kinmu_text("題名");
    values[5] = kinmu_bytes((const uint8_t *)"\1\2\3", 3);
    values[6] = kinmu_time(1795348800000000000);
    return values;
}

static void assert_same_values(const kinmu_value *a, const kinmu_value *b, uint32_t count) {
    for (uint32_t i = 0; i < count; i++) {
        assert_int_equal(a[i].type, b[i].type);
        assert_int_equal(a[i].size, b[i].size);
        if (a[i].size > 0) {
            assert_memory_equal(a[i].as.bytes, b[i].as.bytes, a[i].size);
        } else if (a[i].type != KINMU_TYPE_NULL) {
            assert_true(a[i].as.i64 == b[i].as.i64);
        }
    }
}

static void events_come_back(void **state) {
    (void)state;
    static const char *const subjects[] = {NULL, "", "alice"};
    buffer out = {0};
    kinmu_event event = {.schema = 4,
                         .value_count = 7,
                         .unix_ns = -5,
                         .mono_ns = UINT64_MAX,
                         .utc_offset_s = -43200,
                         .flags = KINMU_EVENT_OFFSET,
                         .values = all_types()};
    size_t begin = frame_begin(&out, FRAME_PUBLISH, 1);
    for (size_t i = 0; i < 3; i++) {
        event.subject = subjects[i];
        frame_event(&out, &event);
    }
    frame_end(&out, begin);
    frame_reader body = body_of(&out, FRAME_PUBLISH, 1);
    arena memory = {0};
    kinmu_event *events = NULL;
    assert_int_equal(frame_read_events(&body, 3, &memory, &events), KINMU_OK);
    assert_int_equal(body.offset, body.size);
    for (size_t i = 0; i < 3; i++) {
        assert_int_equal(events[i].schema, 4);
        assert_int_equal(events[i].flags, KINMU_EVENT_OFFSET);
        assert_true(events[i].unix_ns == -5 && events[i].mono_ns == UINT64_MAX);
        assert_int_equal(events[i].utc_offset_s, -43200);
        if (subjects[i] == NULL) {
            assert_null(events[i].subject); /* not the same as "": the account of the session */
        } else {
            assert_string_equal(events[i].subject, subjects[i]);
        }
        assert_int_equal(events[i].value_count, 7);
        assert_same_values(events[i].values, event.values, 7);
    }
    arena_free(&memory);
    buffer_free(&out);
}

/* ---- bytes nobody trusts ---- */

typedef struct hostile {
    const char *bytes;
    size_t size;
} hostile;
#define HOSTILE(text)                                                                              \
    { text, sizeof(text) - 1 }

static void values_that_lie_are_refused(void **state) {
    (void)state;
    static const hostile bodies[] = {
        HOSTILE(""),     /* no count */
        HOSTILE("\x41"), /* 65 values: more than a schema has */
        HOSTILE("\xcf\xff\xff\xff\xff\xff\xff\xff\xff"),
        HOSTILE("\xff"),     /* minus one */
        HOSTILE("\x02\x00"), /* two values, one there */
        HOSTILE("\x01\x04\xa5"
                "abc"),                          /* a text of five bytes, three there */
        HOSTILE("\x01\x04\xdb\xff\xff\xff\xff"), /* a text of 4 GiB */
        HOSTILE("\x01\x05\xc6\xff\xff\xff\xff"),
        HOSTILE("\x01\x05\xa1x"), /* bytes that are text */
        HOSTILE("\x01\x03\x01"),  /* a double that is an integer */
        HOSTILE("\x01\x07\x01"),  /* a type that does not exist */
        HOSTILE("\x01\x02\xc0"),  /* an integer that is nil */
        HOSTILE("\x01\xa1x\x01"), /* a type that is a text */
        HOSTILE("\x81\x01\x02"),  /* a map */
        HOSTILE("\xc1"),          /* a byte MessagePack never uses */
    };
    for (size_t i = 0; i < sizeof bodies / sizeof *bodies; i++) {
        /* A copy of just this size, so that the sanitizer sees a step too far. */
        uint8_t *copy = malloc(bodies[i].size + 1);
        kinmu_value values[KINMU_FIELDS_MAX];
        assert_non_null(copy);
        memcpy(copy, bodies[i].bytes, bodies[i].size);
        frame_reader body = {copy, bodies[i].size, 0, 0};
        assert_int_equal(frame_read_values(&body, values), 0);
        assert_int_equal(body.failed, 1);
        frame_read_u64(&body);
        assert_int_equal(body.failed, 1); /* and stays so */
        free(copy);
    }
}

static void texts_that_do_not_fit_are_refused(void **state) {
    (void)state;
    static const hostile texts[] = {
        HOSTILE("\xa4"
                "four"),
        HOSTILE("\xa2\xff\xfe"),
        HOSTILE("\x05"),
        HOSTILE("\xc4\x01x"),
        HOSTILE("\xa3"
                "a\0b"),
    };
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        char to[4] = "xxx";
        frame_reader body = {(const uint8_t *)texts[i].bytes, texts[i].size, 0, 0};
        frame_read_text(&body, to, sizeof to);
        assert_int_equal(body.failed, 1);
        assert_string_equal(to, "");
    }
}

static void counts_are_checked_against_the_bytes(void **state) {
    (void)state;
    arena memory = {0};
    kinmu_event *events = NULL;
    frame_reader body = {(const uint8_t *)"\x00\x00", 2, 0, 0};
    assert_int_equal(frame_read_events(&body, 0, &memory, &events), KINMU_E_REJECT);
    assert_int_equal(frame_read_events(&body, 3, &memory, &events), KINMU_E_REJECT);
    assert_int_equal(frame_read_events(&body, UINT64_MAX, &memory, &events), KINMU_E_REJECT);
    arena_free(&memory);
}

/* Every cut and every flipped byte of a real frame is read to an end. */
static void damaged_events_end(void **state) {
    (void)state;
    buffer out = {0};
    kinmu_event event = {.value_count = 7, .subject = "alice", .values = all_types()};
    frame_event(&out, &event);
    for (size_t size = 0; size < out.size; size++) {
        uint8_t *cut = malloc(size + 1);
        kinmu_value values[KINMU_FIELDS_MAX];
        char subject[256];
        kinmu_event read;
        assert_non_null(cut);
        memcpy(cut, out.data, size);
        frame_reader body = {cut, size, 0, 0};
        assert_int_equal(frame_read_event(&body, &read, subject, values), KINMU_E_REJECT);
        free(cut);
    }
    for (size_t at = 0; at < out.size; at++) {
        for (uint32_t byte = 0; byte < 256; byte++) {
            uint8_t was = out.data[at];
            kinmu_value values[KINMU_FIELDS_MAX];
            char subject[256];
            kinmu_event read;
            out.data[at] = (uint8_t)byte;
            frame_reader body = {out.data, out.size, 0, 0};
            (void)frame_read_event(&body, &read, subject, values);
            assert_true(body.offset <= body.size);
            out.data[at] = was;
        }
    }
    buffer_free(&out);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(frames_are_cut_at_their_size),
        cmocka_unit_test(a_frame_has_a_greatest_size),
        cmocka_unit_test(numbers_texts_and_bytes_come_back),
        cmocka_unit_test(events_come_back),
        cmocka_unit_test(values_that_lie_are_refused),
        cmocka_unit_test(texts_that_do_not_fit_are_refused),
        cmocka_unit_test(counts_are_checked_against_the_bytes),
        cmocka_unit_test(damaged_events_end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
