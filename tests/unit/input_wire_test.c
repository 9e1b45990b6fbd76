/* Tests of what the input collector reads: key classes, the X11 event stream, Linux input devices.
 * The bytes are made here by hand, in the byte order of this machine. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "plugins/collectors/input/keyclass.c"

#define take_event x11_take_event
#include "plugins/collectors/input/x11_wire.c"
#undef take_event
#include "plugins/collectors/input/evdev_wire.c"

#define XINPUT 131
#define STREAM_BYTES_MAX 4096

static uint8_t stream[STREAM_BYTES_MAX];
static size_t stream_size;
static x11_wire wire;

/* Key classes */

static void test_every_class_of_keysyms(void **state) {
    (void)state;
    static const struct {
        uint32_t keysym;
        uint8_t class;
    } rows[] = {
        {'a', INPUT_KEY_ALPHA},        {'Z', INPUT_KEY_ALPHA},        {0xe9, INPUT_KEY_ALPHA},
        {0x4b1, INPUT_KEY_ALPHA},      {0x6c1, INPUT_KEY_ALPHA},      {0x7e1, INPUT_KEY_ALPHA},
        {0xea1, INPUT_KEY_ALPHA},      {0x1003042, INPUT_KEY_ALPHA},  {0x1006f22, INPUT_KEY_ALPHA},
        {'0', INPUT_KEY_DIGIT},        {'9', INPUT_KEY_DIGIT},        {0xdf3, INPUT_KEY_DIGIT},
        {0x10006f5, INPUT_KEY_DIGIT},  {0xff9c, INPUT_KEY_NUMPAD},    {0xffb1, INPUT_KEY_NUMPAD},
        {0xff8d, INPUT_KEY_NUMPAD},    {0xffbd, INPUT_KEY_NUMPAD},    {0xff80, INPUT_KEY_NUMPAD},
        {'!', INPUT_KEY_SYMBOL},       {'~', INPUT_KEY_SYMBOL},       {0xa5, INPUT_KEY_SYMBOL},
        {0x20ac, INPUT_KEY_SYMBOL},    {0xfe53, INPUT_KEY_SYMBOL},    {0x10020ac, INPUT_KEY_SYMBOL},
        {0x1003001, INPUT_KEY_SYMBOL}, {0xd7, INPUT_KEY_SYMBOL},      {' ', INPUT_KEY_OTHER},
        {0xffbe, INPUT_KEY_OTHER},     {0xff1b, INPUT_KEY_OTHER},     {0xff0d, INPUT_KEY_OTHER},
        {0xffe1, INPUT_KEY_OTHER},     {0xff51, INPUT_KEY_OTHER},     {0xff7f, INPUT_KEY_OTHER},
        {0xff09, INPUT_KEY_OTHER},     {0x1008ff13, INPUT_KEY_OTHER}, {0xff23, INPUT_KEY_OTHER},
        {0, INPUT_KEY_OTHER},          {0xffffffff, INPUT_KEY_OTHER}, {0x1000020, INPUT_KEY_OTHER},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        if (keyclass_of_keysym(rows[i].keysym) != rows[i].class) {
            fail_msg("keysym 0x%x has class %u", rows[i].keysym,
                     keyclass_of_keysym(rows[i].keysym));
        }
    }
}

static void test_printable_ascii_is_what_a_person_would_say(void **state) {
    (void)state;
    for (uint32_t c = 0x21; c < 0x7f; c++) {
        int is_alpha = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
        int is_digit = c >= '0' && c <= '9';
        assert_int_equal(keyclass_of_keysym(c), is_alpha   ? INPUT_KEY_ALPHA
                                                : is_digit ? INPUT_KEY_DIGIT
                                                           : INPUT_KEY_SYMBOL);
    }
}

static void test_ranges_are_sorted_and_apart(void **state) {
    (void)state;
    for (size_t i = 1; i < sizeof(keysym_ranges) / sizeof(keysym_ranges[0]); i++) {
        assert_true(keysym_ranges[i].first > keysym_ranges[i - 1].last);
        assert_true(keysym_ranges[i].last >= keysym_ranges[i].first);
    }
    for (size_t i = 1; i < sizeof(evdev_ranges) / sizeof(evdev_ranges[0]); i++) {
        assert_true(evdev_ranges[i].first > evdev_ranges[i - 1].last);
        assert_true(evdev_ranges[i].last >= evdev_ranges[i].first);
    }
}

static void test_evdev_codes_have_the_kernels_numbers(void **state) {
    (void)state;
    static const struct {
        uint32_t code;
        uint8_t class;
    } rows[] = {
        {KEY_Q, INPUT_KEY_ALPHA},          {KEY_P, INPUT_KEY_ALPHA},
        {KEY_A, INPUT_KEY_ALPHA},          {KEY_L, INPUT_KEY_ALPHA},
        {KEY_Z, INPUT_KEY_ALPHA},          {KEY_M, INPUT_KEY_ALPHA},
        {KEY_1, INPUT_KEY_DIGIT},          {KEY_0, INPUT_KEY_DIGIT},
        {KEY_KP7, INPUT_KEY_NUMPAD},       {KEY_KPDOT, INPUT_KEY_NUMPAD},
        {KEY_KPENTER, INPUT_KEY_NUMPAD},   {KEY_KPASTERISK, INPUT_KEY_NUMPAD},
        {KEY_KPSLASH, INPUT_KEY_NUMPAD},   {KEY_KPEQUAL, INPUT_KEY_NUMPAD},
        {KEY_MINUS, INPUT_KEY_SYMBOL},     {KEY_SLASH, INPUT_KEY_SYMBOL},
        {KEY_SEMICOLON, INPUT_KEY_SYMBOL}, {KEY_GRAVE, INPUT_KEY_SYMBOL},
        {KEY_YEN, INPUT_KEY_SYMBOL},       {KEY_RO, INPUT_KEY_SYMBOL},
        {KEY_102ND, INPUT_KEY_SYMBOL},     {KEY_SPACE, INPUT_KEY_OTHER},
        {KEY_ENTER, INPUT_KEY_OTHER},      {KEY_F1, INPUT_KEY_OTHER},
        {KEY_ESC, INPUT_KEY_OTHER},        {KEY_LEFTSHIFT, INPUT_KEY_OTHER},
        {KEY_HENKAN, INPUT_KEY_OTHER},     {KEY_NUMLOCK, INPUT_KEY_OTHER},
        {KEY_LEFT, INPUT_KEY_OTHER},       {BTN_LEFT, INPUT_MOUSE_LEFT},
        {BTN_RIGHT, INPUT_MOUSE_RIGHT},    {BTN_MIDDLE, INPUT_MOUSE_OTHER},
        {BTN_SIDE, INPUT_MOUSE_OTHER},     {BTN_TOUCH, INPUT_CLASSES},
        {BTN_TOOL_FINGER, INPUT_CLASSES},  {BTN_SOUTH, INPUT_CLASSES},
        {KEY_RESERVED, INPUT_CLASSES},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        if (keyclass_of_evdev(rows[i].code) != rows[i].class) {
            fail_msg("code %u has class %u", rows[i].code, keyclass_of_evdev(rows[i].code));
        }
    }
}

/* X11 */

static void put16(uint8_t *to, uint16_t number) {
    memcpy(to, &number, sizeof(number));
}

static void put32(uint8_t *to, uint32_t number) {
    memcpy(to, &number, sizeof(number));
}

static uint8_t *add_unit(uint8_t type, uint32_t words) {
    uint8_t *unit = stream + stream_size;
    memset(unit, 0, 32 + words * 4);
    unit[0] = type;
    unit[1] = XINPUT;
    stream_size += 32 + words * 4;
    return unit;
}

/* A raw event with as many axes as the mask has bits. */
static uint8_t *add_raw(uint16_t type, uint32_t detail, uint32_t axes) {
    uint32_t count = 0;
    for (uint32_t bits = axes; bits != 0; bits >>= 1) {
        count += bits & 1u;
    }
    uint32_t words = 1 + count * 4;
    uint8_t *unit = add_unit(35, words);
    put32(unit + 4, words);
    put16(unit + 8, type);
    put32(unit + 16, detail);
    put16(unit + 22, 1);
    put32(unit + 32, axes);
    memset(unit + 36, 0x5a, count * 16);
    return unit;
}

static void fresh(void) {
    stream_size = 0;
    memset(&wire, 0, sizeof(wire));
    wire.extension = XINPUT;
    memset(wire.class_of, INPUT_KEY_OTHER, sizeof(wire.class_of));
    wire.class_of[38] = INPUT_KEY_ALPHA;
    wire.class_of[10] = INPUT_KEY_DIGIT;
}

/* 3 letters, 1 digit, 2 other, left, right, middle, 2 wheel, 2 moves, and much that is not input.
 */
static void make_mixed(void) {
    fresh();
    add_raw(13, 38, 0);
    add_raw(17, 0, 3);
    add_raw(13, 38, 0);
    add_unit(12, 0); /* Expose */
    add_raw(13, 10, 0);
    add_raw(14, 38, 0);                       /* release */
    put32(add_raw(13, 38, 0) + 24, 1u << 16); /* auto-repeat */
    add_raw(15, 1, 0);
    add_raw(15, 3, 0);
    add_raw(15, 2, 0);
    put32(add_raw(15, 4, 0) + 24, 1u << 16); /* the wheel's emulated button counts */
    add_raw(15, 7, 0);
    add_raw(17, 0, 4); /* the wheel's own axis: no move */
    add_raw(17, 0, 1);
    put16(add_raw(17, 0, 3) + 22, 0); /* says that it has no axes */
    add_raw(13, 300, 0);
    add_raw(13, 9, 0);
    add_raw(13, 38, 0)[1] = XINPUT + 1; /* another extension's event */
    add_raw(13, 38, 0)[0] = 35 | 0x80;  /* sent by another client */
    add_unit(34 | 0x80, 0)[4] = 1;      /* a mapping sent by another client */
    add_unit(34, 0)[4] = 2;             /* the pointer's mapping */
    add_raw(13, 38, 0);
}

static void expect_mixed(const x11_wire_news *news) {
    assert_int_equal(news->counts.of[INPUT_KEY_ALPHA], 3);
    assert_int_equal(news->counts.of[INPUT_KEY_DIGIT], 1);
    assert_int_equal(news->counts.of[INPUT_KEY_OTHER], 2);
    assert_int_equal(news->counts.of[INPUT_MOUSE_LEFT], 1);
    assert_int_equal(news->counts.of[INPUT_MOUSE_RIGHT], 1);
    assert_int_equal(news->counts.of[INPUT_MOUSE_OTHER], 1);
    assert_int_equal(news->counts.of[INPUT_MOUSE_WHEEL], 2);
    assert_int_equal(news->counts.of[INPUT_MOUSE_MOVE], 2);
    assert_int_equal(news->events, 13);
    assert_int_equal(news->mapping_changed, 0);
}

static void test_stream_in_one_piece(void **state) {
    (void)state;
    x11_wire_news news = {0};
    make_mixed();
    assert_int_equal(x11_wire_feed(&wire, stream, stream_size, &news), 0);
    expect_mixed(&news);
}

static void test_stream_cut_at_every_byte(void **state) {
    (void)state;
    make_mixed();
    for (size_t cut = 0; cut <= stream_size; cut++) {
        x11_wire_news news = {0};
        x11_wire_reset(&wire);
        assert_int_equal(x11_wire_feed(&wire, stream, cut, &news), 0);
        assert_int_equal(x11_wire_feed(&wire, stream + cut, stream_size - cut, &news), 0);
        expect_mixed(&news);
    }
}

static void test_stream_byte_by_byte_leaves_nothing_behind(void **state) {
    (void)state;
    static const uint8_t nothing[sizeof(wire.head)];
    x11_wire_news news = {0};
    make_mixed();
    for (size_t i = 0; i < stream_size; i++) {
        assert_int_equal(x11_wire_feed(&wire, stream + i, 1, &news), 0);
    }
    expect_mixed(&news);
    assert_memory_equal(wire.head, nothing, sizeof(nothing));
    assert_int_equal(wire.head_size + wire.skip_bytes, 0);
}

static void test_truncated_event_counts_nothing(void **state) {
    (void)state;
    fresh();
    add_raw(13, 38, 0);
    for (size_t size = 0; size < 36; size++) {
        x11_wire_news news = {0};
        x11_wire_reset(&wire);
        assert_int_equal(x11_wire_feed(&wire, stream, size, &news), 0);
        assert_int_equal(news.events, 0);
    }
}

static void test_hostile_lengths_are_refused(void **state) {
    (void)state;
    static const uint32_t lengths[] = {
        X11_WIRE_EXTRA_WORDS_MAX + 1, 0x3fffffff, 0x40000000, 0x40000001, 0x80000000, 0xffffffff};
    for (size_t i = 0; i < sizeof(lengths) / sizeof(lengths[0]); i++) {
        for (uint8_t type = 0; type < 2; type++) {
            x11_wire_news news = {0};
            fresh();
            uint8_t *unit = add_raw(13, 38, 0);
            unit[0] = type == 0 ? 35 : 1;
            put32(unit + 4, lengths[i]);
            assert_int_equal(x11_wire_feed(&wire, stream, stream_size, &news), -1);
            assert_int_equal(news.events, 0);
        }
    }
}

static void test_longest_length_is_skipped(void **state) {
    (void)state;
    static uint8_t long_stream[32 + X11_WIRE_EXTRA_WORDS_MAX * 4];
    x11_wire_news news = {0};
    fresh();
    long_stream[0] = 35;
    put32(long_stream + 4, X11_WIRE_EXTRA_WORDS_MAX);
    add_raw(13, 38, 0);
    assert_int_equal(x11_wire_feed(&wire, long_stream, sizeof(long_stream), &news), 0);
    assert_int_equal(x11_wire_feed(&wire, stream, stream_size, &news), 0);
    assert_int_equal(news.counts.of[INPUT_KEY_ALPHA], 1);
}

static void test_event_without_axes_word(void **state) {
    (void)state;
    x11_wire_news news = {0};
    fresh();
    for (int i = 0; i < 2; i++) {
        uint8_t *unit = add_unit(35, 0);
        put16(unit + 8, i == 0 ? 17 : 13);
        put32(unit + 16, 38);
        put16(unit + 22, 1); /* a lie: the word is not there */
    }
    assert_int_equal(x11_wire_feed(&wire, stream, stream_size, &news), 0);
    assert_int_equal(news.counts.of[INPUT_MOUSE_MOVE], 0);
    assert_int_equal(news.counts.of[INPUT_KEY_ALPHA], 1);
}

static void test_error_of_the_server_ends_the_stream(void **state) {
    (void)state;
    x11_wire_news news = {0};
    fresh();
    add_unit(0, 0);
    assert_int_equal(x11_wire_feed(&wire, stream, stream_size, &news), -1);
}

static void test_keyboard_mapping_change_is_told(void **state) {
    (void)state;
    x11_wire_news news = {0};
    fresh();
    add_unit(34, 0)[4] = 1;
    assert_int_equal(x11_wire_feed(&wire, stream, stream_size, &news), 0);
    assert_int_equal(news.mapping_changed, 1);
}

/* Whatever comes, in whatever portions: no crash, and no more events than units. */
static void test_random_bytes(void **state) {
    (void)state;
    for (unsigned seed = 1; seed <= 3000; seed++) {
        x11_wire_news news = {0};
        srand(seed);
        fresh();
        stream_size = (size_t)(rand() % 1000);
        for (size_t i = 0; i < stream_size; i++) {
            stream[i] = (uint8_t)(rand() % 3 == 0 ? 35 : rand() % 40);
        }
        for (size_t done = 0; done < stream_size;) {
            size_t portion = 1 + (size_t)(rand() % 50);
            portion = portion < stream_size - done ? portion : stream_size - done;
            if (x11_wire_feed(&wire, stream + done, portion, &news) != 0) {
                break;
            }
            done += portion;
        }
        assert_true(news.events <= stream_size / 32);
    }
}

/* Linux input devices */

static void add_device_event(uint16_t type, uint16_t code, int32_t value) {
    struct input_event event;
    memset(&event, 0, sizeof(event));
    event.type = type;
    event.code = code;
    event.value = value;
    memcpy(stream + stream_size, &event, sizeof(event));
    stream_size += sizeof(event);
}

/* 2 letters, 1 digit, 1 left, 1 right, 1 middle, 6 wheel steps, 2 moves. */
static void make_device_stream(void) {
    stream_size = 0;
    add_device_event(EV_MSC, MSC_SCAN, 30);
    add_device_event(EV_KEY, KEY_A, 1);
    add_device_event(EV_SYN, SYN_REPORT, 0);
    add_device_event(EV_KEY, KEY_A, 2); /* auto-repeat */
    add_device_event(EV_KEY, KEY_A, 0);
    add_device_event(EV_KEY, KEY_B, 1);
    add_device_event(EV_KEY, KEY_7, 1);
    add_device_event(EV_KEY, BTN_LEFT, 1);
    add_device_event(EV_KEY, BTN_LEFT, 0);
    add_device_event(EV_KEY, BTN_RIGHT, 1);
    add_device_event(EV_KEY, BTN_MIDDLE, 1);
    add_device_event(EV_KEY, BTN_TOUCH, 1);
    add_device_event(EV_REL, REL_WHEEL, -2);
    add_device_event(EV_REL, REL_WHEEL_HI_RES, -240);
    add_device_event(EV_REL, REL_HWHEEL, 4);
    add_device_event(EV_SYN, SYN_REPORT, 0);
    add_device_event(EV_REL, REL_X, 3);
    add_device_event(EV_REL, REL_Y, -1);
    add_device_event(EV_SYN, SYN_REPORT, 0);
    add_device_event(EV_ABS, ABS_X, 300);
    add_device_event(EV_SYN, SYN_REPORT, 0);
    add_device_event(EV_ABS, ABS_PRESSURE, 30);
    add_device_event(EV_SYN, SYN_REPORT, 0);
}

static void expect_device_counts(const evdev_wire_news *news) {
    assert_int_equal(news->counts.of[INPUT_KEY_ALPHA], 2);
    assert_int_equal(news->counts.of[INPUT_KEY_DIGIT], 1);
    assert_int_equal(news->counts.of[INPUT_MOUSE_LEFT], 1);
    assert_int_equal(news->counts.of[INPUT_MOUSE_RIGHT], 1);
    assert_int_equal(news->counts.of[INPUT_MOUSE_OTHER], 1);
    assert_int_equal(news->counts.of[INPUT_MOUSE_WHEEL], 6);
    assert_int_equal(news->counts.of[INPUT_MOUSE_MOVE], 2);
    assert_int_equal(news->events, 14);
    assert_int_equal(news->overruns, 0);
}

static void test_device_through_a_pipe(void **state) {
    (void)state;
    evdev_wire device = {0};
    evdev_wire_news news = {0};
    uint8_t part[100];
    int ends[2];
    make_device_stream();
    assert_int_equal(pipe(ends), 0);
    assert_int_equal(write(ends[1], stream, stream_size), (ssize_t)stream_size);
    close(ends[1]);
    for (;;) {
        ssize_t size = read(ends[0], part, sizeof(part)); /* cuts events apart */
        if (size <= 0) {
            break;
        }
        evdev_wire_feed(&device, part, (size_t)size, &news);
    }
    close(ends[0]);
    expect_device_counts(&news);
}

static void test_device_stream_cut_at_every_byte(void **state) {
    (void)state;
    static const uint8_t nothing[sizeof(struct input_event)];
    make_device_stream();
    for (size_t cut = 0; cut <= stream_size; cut++) {
        evdev_wire device = {0};
        evdev_wire_news news = {0};
        evdev_wire_feed(&device, stream, cut, &news);
        evdev_wire_feed(&device, stream + cut, stream_size - cut, &news);
        expect_device_counts(&news);
        assert_memory_equal(device.event, nothing, sizeof(nothing));
    }
}

static void test_device_overrun_is_told_and_its_report_skipped(void **state) {
    (void)state;
    evdev_wire device = {0};
    evdev_wire_news news = {0};
    stream_size = 0;
    add_device_event(EV_REL, REL_X, 1);
    add_device_event(EV_SYN, SYN_DROPPED, 0);
    add_device_event(EV_KEY, KEY_A, 1);
    add_device_event(EV_REL, REL_X, 1);
    add_device_event(EV_SYN, SYN_REPORT, 0);
    add_device_event(EV_KEY, KEY_B, 1);
    add_device_event(EV_SYN, SYN_REPORT, 0);
    evdev_wire_feed(&device, stream, stream_size, &news);
    assert_int_equal(news.overruns, 1);
    assert_int_equal(news.events, 1);
    assert_int_equal(news.counts.of[INPUT_KEY_ALPHA], 1);
}

static void test_hostile_wheel_is_bounded(void **state) {
    (void)state;
    static const int32_t values[] = {INT32_MIN, INT32_MAX, -101, 101};
    for (size_t i = 0; i < sizeof(values) / sizeof(values[0]); i++) {
        evdev_wire device = {0};
        evdev_wire_news news = {0};
        stream_size = 0;
        add_device_event(EV_REL, REL_WHEEL, values[i]);
        evdev_wire_feed(&device, stream, stream_size, &news);
        assert_int_equal(news.counts.of[INPUT_MOUSE_WHEEL], EVDEV_WHEEL_STEPS_MAX);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_class_of_keysyms),
        cmocka_unit_test(test_printable_ascii_is_what_a_person_would_say),
        cmocka_unit_test(test_ranges_are_sorted_and_apart),
        cmocka_unit_test(test_evdev_codes_have_the_kernels_numbers),
        cmocka_unit_test(test_stream_in_one_piece),
        cmocka_unit_test(test_stream_cut_at_every_byte),
        cmocka_unit_test(test_stream_byte_by_byte_leaves_nothing_behind),
        cmocka_unit_test(test_truncated_event_counts_nothing),
        cmocka_unit_test(test_hostile_lengths_are_refused),
        cmocka_unit_test(test_longest_length_is_skipped),
        cmocka_unit_test(test_event_without_axes_word),
        cmocka_unit_test(test_error_of_the_server_ends_the_stream),
        cmocka_unit_test(test_keyboard_mapping_change_is_told),
        cmocka_unit_test(test_random_bytes),
        cmocka_unit_test(test_device_through_a_pipe),
        cmocka_unit_test(test_device_stream_cut_at_every_byte),
        cmocka_unit_test(test_device_overrun_is_told_and_its_report_skipped),
        cmocka_unit_test(test_hostile_wheel_is_bounded),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
