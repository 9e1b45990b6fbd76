/* frame_fuzz.c - any bytes as what a runner or a client of the control socket sends: frames are cut
 * at their own size, each body is read as its type says, and an event that was read is written and
 * read again the same. */
#include "fuzz.h"

#include "base/arena.h"
#include "host/frame.h"

#define TEXT_SIZE 300

static void check_inside(const frame_reader *body, const void *bytes, size_t size) {
    const uint8_t *at = bytes;
    FUZZ_REQUIRE(size == 0 || (at >= body->data && at + size <= body->data + body->size));
}

static void read_values(frame_reader *body) {
    kinmu_value values[KINMU_FIELDS_MAX];
    uint32_t count = frame_read_values(body, values);
    FUZZ_REQUIRE(count <= KINMU_FIELDS_MAX && (!body->failed || count == 0));
    for (uint32_t i = 0; i < count; i++) {
        check_inside(body, values[i].as.bytes, values[i].size);
        fuzz_touch(&values[i]);
    }
}

static void read_bytes(frame_reader *body) {
    size_t size = 0;
    const uint8_t *bytes = frame_read_bytes(body, &size);
    check_inside(body, bytes, size);
}

static void read_text(frame_reader *body) {
    char text[TEXT_SIZE];
    frame_read_text(body, text, sizeof text);
    FUZZ_REQUIRE(memchr(text, 0, sizeof text) != NULL);
}

static void check_again(const kinmu_event *event) {
    buffer out = {0};
    kinmu_event copy;
    kinmu_value values[KINMU_FIELDS_MAX];
    char subject[256];
    frame_event(&out, event);
    frame_reader again = {out.data, out.size, 0, 0};
    FUZZ_REQUIRE(frame_read_event(&again, &copy, subject, values) == KINMU_OK);
    FUZZ_REQUIRE(again.offset == out.size && copy.value_count == event->value_count &&
                 copy.unix_ns == event->unix_ns && copy.mono_ns == event->mono_ns);
    FUZZ_REQUIRE((copy.subject == NULL) == (event->subject == NULL) &&
                 (copy.subject == NULL || strcmp(copy.subject, event->subject) == 0));
    for (uint32_t i = 0; i < copy.value_count; i++) {
        FUZZ_REQUIRE(fuzz_same_value(&copy.values[i], &event->values[i]));
    }
    buffer_free(&out);
}

static void read_events(frame_reader *body) {
    arena memory = {0};
    kinmu_event *events = NULL;
    uint64_t count = frame_read_u64(body);
    if (!body->failed && count <= KINMU_EVENTS_MAX &&
        frame_read_events(body, count, &memory, &events) == KINMU_OK) {
        for (uint64_t i = 0; i < count; i++) {
            check_again(&events[i]);
        }
    }
    arena_free(&memory);
}

/* The body of each type as its reader takes it (link_frames.c, runner.c, door.c). */
static void read_body(uint32_t type, frame_reader *body) {
    static const struct {
        uint32_t type;
        const char *shape; /* n number, t text, b bytes, v values, e events to the end */
    } shapes[] = {
        {FRAME_LOAD, "tnttttttnb"},
        {FRAME_RECONFIGURE, "t"},
        {FRAME_EVENTS, "nnnb"},
        {FRAME_CALL, "nntv"},
        {FRAME_REPLY, "nnnb"},
        {FRAME_DECIDED, "nnn"},
        {FRAME_ROW, "nnne"},
        {FRAME_ANSWERED, "nntv"},
        {FRAME_DONE, "nntt"},
        {FRAME_PUBLISH, "nne"},
        {FRAME_HANDLED, "nnt"},
        {FRAME_HEALTH, "nt"},
        {FRAME_LOG, "nt"},
        {FRAME_METRIC, "nnn"},
        {FRAME_REQUEST, "nntb"},
        {FRAME_ANSWER, "nntv"},
        {FRAME_DECIDE, "nne"},
        {FRAME_SEND, "nttv"},
        {FRAME_DOOR_ASK, "tt"},
        {FRAME_DOOR_ANSWER, "ntb"},
        {FRAME_ROUTE_REQUEST, "nnttttbtnntt"},
        {FRAME_ROUTE_PART, "nnb"},
        {FRAME_ROUTE_DRAINED, "nn"},
        {FRAME_ROUTE_GONE, "nn"},
        {FRAME_SERVE, "nttnn"},
        {FRAME_ROUTE_REPLY, "nnnnbntt"},
    };
    for (size_t i = 0; i < sizeof shapes / sizeof *shapes; i++) {
        for (const char *at = shapes[i].shape; shapes[i].type == type && *at != '\0'; at++) {
            switch (*at) {
            case 'n':
                (void)frame_read_u64(body);
                break;
            case 't':
                read_text(body);
                break;
            case 'b':
                read_bytes(body);
                break;
            case 'v':
                read_values(body);
                break;
            default:
                read_events(body);
                break;
            }
            FUZZ_REQUIRE(body->offset <= body->size);
        }
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    uint32_t type = 0;
    uint32_t instance = 0;
    frame_reader body;
    int64_t whole;
    while ((whole = frame_whole(data, size, &type, &instance, &body)) > 0) {
        FUZZ_REQUIRE((uint64_t)whole == FRAME_HEAD_SIZE + body.size && (uint64_t)whole <= size);
        FUZZ_REQUIRE(type <= UINT16_MAX && instance <= UINT16_MAX);
        read_body(type, &body);
        data += whole;
        size -= (size_t)whole;
    }
    FUZZ_REQUIRE(whole == 0 || whole == KINMU_E_REJECT);
    return 0;
}
