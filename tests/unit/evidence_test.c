/* tests/unit/evidence_test.c - one person's month as a file: everything of him and of nobody else,
 * provable without the machine it came from, and no bit of it can be changed unnoticed. */
#include "journal_pair.h"

#include "base/crypto.h"
#include "evidence/evidence.h"
#include "evidence/internal.h"
#include "journal/kept.h"
#include "journal/restored.h"

#include <time.h>

#define FLIPS 10000u /* in a long run; else a sample */
#define FLIPS_SAMPLE 600u
#define MONTH "2026-11"

static evidence_report report; /* large */

static void produce(pair *p, const char *subject, buffer *file, evidence_summary *summary) {
    kinmu_err err = {"", ""};
    const evidence_wish wish = {.directory = p->hub->directory,
                                .subject = subject,
                                .month = MONTH,
                                .node = "hub",
                                .schemas = p->hub->registry};
    memset(file, 0, sizeof *file);
    int32_t status = evidence_write(&wish, file, summary, &err);
    if (status != KINMU_OK) {
        print_error("evidence: %s\n", err.msg);
    }
    assert_int_equal(status, KINMU_OK);
}

static int32_t is_whole(const void *data, size_t size) {
    kinmu_err err = {"", ""};
    assert_int_equal(evidence_verify(data, size, NULL, &report, &err), KINMU_OK);
    return report.is_whole;
}

static void assert_whole(const buffer *file) {
    int32_t good = is_whole(file->data, file->size);
    if (!good) {
        print_error("%s\n", report.text);
    }
    assert_true(good);
}

static void deliver(pair *p) {
    journal_standing standing;
    pair_pack(p, 0, 60);
    assert_int_equal(pair_take(p, &standing), KINMU_OK);
}

/* alice on a device and on the hub, bob between her. */
static void fill(pair *p) {
    for (int64_t i = 1; i <= 8; i++) {
        pair_record(p, i);
    }
    deliver(p);
    append_blocks(p->hub, "alice", 3);
    append_blocks(p->hub, "bob", 5);
    append_blocks(p->hub, "alice", 2);
}

static void checkpoint_now(pair *p, uint64_t *number) {
    buffer text = {NULL, 0, 0, 0};
    assert_int_equal(journal_keep_checkpoint(p->hub->journal, &text, number, &p->hub->err),
                     KINMU_OK);
    buffer_free(&text);
}

static int count(const buffer *file, const char *word) {
    int found = 0;
    size_t length = strlen(word);
    for (size_t i = 0; i + length <= file->size; i++) {
        found += memcmp(file->data + i, word, length) == 0;
    }
    return found;
}

static void holds_one_person_and_verifies(void **state) {
    pair *p = *state;
    buffer file;
    evidence_summary summary;
    fill(p);
    produce(p, "alice", &file, &summary);
    assert_int_equal(summary.records, 13);
    assert_int_equal(summary.devices, 2);
    assert_int_equal(summary.has_checkpoint, 0);
    assert_whole(&file);
    assert_int_equal(report.in_month, 13);
    assert_int_equal(report.device_count, 2);
    assert_int_equal(report.checkpoint_unix_ns, 0);
    assert_string_equal(report.subject, "alice");
    assert_int_equal(report.first_unix_ns, NOON);
    assert_int_equal(count(&file, "\"record\":"), 13);
    assert_int_equal(count(&file, "bob"), 0);
    assert_int_equal(count(&file, "\"key\":{"), 2); /* her device's and the hub's */
    assert_int_equal(count(&file, "\"header\":"), 8 + 10);
    buffer_wipe(&file);
}

static void a_checkpoint_covers_and_shortens(void **state) {
    pair *p = *state;
    buffer file;
    evidence_summary summary;
    uint64_t number;
    fill(p);
    checkpoint_now(p, &number);
    assert_int_equal(number, 1);
    append_blocks(p->hub, "bob", 30); /* what comes later is not needed */
    checkpoint_now(p, &number);
    produce(p, "alice", &file, &summary);
    assert_int_equal(summary.has_checkpoint, 1);
    assert_int_equal(summary.headers, 18);
    assert_whole(&file);
    assert_int_equal(report.marked_records, 13);
    assert_int_equal(report.signed_records, 13);
    assert_int_equal(report.headers, 18);
    buffer_wipe(&file);
    append_blocks(p->hub, "alice", 1);
    produce(p, "alice", &file, &summary);
    assert_int_equal(summary.has_checkpoint, 2);
    assert_whole(&file);
    assert_int_equal(report.records, 14);
    assert_int_equal(report.marked_records, 13);
    buffer_wipe(&file);
}

/* A person's month begins at his own midnight, which is another one than that of UTC. */
static void the_month_is_the_persons_own(void **state) {
    pair *p = *state;
    const int64_t begin = 1793458800000000000LL; /* 2026-11-01T00:00+09:00 = October in UTC */
    buffer file;
    evidence_summary summary;
    assert_int_equal(append_minute(p->hub, "alice", begin - SECOND, 1, "october", NULL), 0);
    journal_flush(p->hub->journal);
    assert_int_equal(append_minute(p->hub, "alice", begin, 2, "first", NULL), 0);
    journal_flush(p->hub->journal);
    assert_int_equal(append_minute(p->hub, "alice", NOON, 3, "noon", NULL), 0);
    journal_flush(p->hub->journal);
    produce(p, "alice", &file, &summary);
    assert_int_equal(summary.records, 2);
    assert_int_equal(count(&file, "october"), 0);
    assert_whole(&file);
    assert_int_equal(report.first_unix_ns, begin);
    buffer_wipe(&file);
}

static void nobody_and_no_month_are_refused(void **state) {
    pair *p = *state;
    buffer file = {NULL, 0, 0, 0};
    evidence_summary summary;
    kinmu_err err = {"", ""};
    evidence_wish wish = {.directory = p->hub->directory,
                          .subject = "carol",
                          .month = MONTH,
                          .schemas = p->hub->registry};
    fill(p);
    assert_int_equal(evidence_write(&wish, &file, &summary, &err), KINMU_E_NOTFOUND);
    assert_non_null(strstr(err.msg, "carol"));
    wish.month = "2026-13";
    assert_int_equal(evidence_write(&wish, &file, &summary, &err), KINMU_E_REJECT);
    wish.month = "2026-11-01";
    assert_int_equal(evidence_write(&wish, &file, &summary, &err), KINMU_E_REJECT);
    assert_null(file.data);
}

static void removed_payloads_leave_tombstones(void **state) {
    pair *p = *state;
    buffer file;
    buffer receipt = {NULL, 0, 0, 0};
    evidence_summary summary;
    fill(p);
    assert_int_equal(journal_erase(p->hub->journal, "bob", NULL, NULL, &receipt, &p->hub->err),
                     KINMU_OK);
    produce(p, "alice", &file, &summary);
    assert_whole(&file);
    assert_int_equal(count(&file, "\"tombstone\":"), 5);
    assert_int_equal(report.removed, 0); /* none of hers, as far as anybody can know */
    buffer_free(&receipt);
    buffer_wipe(&file);
}

/* The file written anew by somebody who has the hub's key: what devices signed still stands. */
typedef struct forgery {
    const char *kind;      /* of the line to touch */
    const char *from, *to; /* NULL from: the line is left out */
    const char *told;
} forgery;

static void forge(pair *p, const buffer *file, const forgery *f, buffer *out) {
    lines_writer w;
    device d;
    kinmu_err err = {"", ""};
    int32_t is_done = 0;
    const char *at = (const char *)file->data;
    const char *end = at + file->size;
    assert_int_equal(lines_begin(&w), KINMU_OK);
    assert_int_equal(device_read(p->hub->directory, &d, &err), KINMU_OK);
    while (strncmp(at, "{\"seal\"", 7) != 0 && at < end) {
        const char *stop = memchr(at, '\n', (size_t)(end - at));
        char kind[64];
        char *line = strndup(at + 28, (size_t)(stop - at) - 29);
        snprintf(kind, sizeof kind, "%.*s", (int)(strchr(line + 1, '"') - line - 1), line + 1);
        char *value = strchr(line, ':') + 1;
        int32_t is_meant = !is_done && strcmp(kind, f->kind) == 0 &&
                           (f->from == NULL || strstr(value, f->from) != NULL);
        if (!is_meant || f->from != NULL) {
            lines_open(&w, kind);
            char *found = is_meant ? strstr(value, f->from) : NULL;
            if (found != NULL) {
                memcpy(found, f->to, strlen(f->to));
            }
            buffer_text(&w.out, value);
            assert_int_equal(lines_close(&w), KINMU_OK);
        }
        is_done |= is_meant;
        free(line);
        at = stop + 1;
    }
    assert_true(is_done);
    assert_int_equal(lines_seal(&w, EVIDENCE_CONTEXT, &d), KINMU_OK);
    *out = w.out;
    memset(&w.out, 0, sizeof w.out);
    lines_end(&w);
    device_wipe(&d);
}

static void a_restore_is_told_and_proved(void **state) {
    pair *p = *state;
    buffer file;
    evidence_summary summary;
    layout_restore note;
    fill(p);
    assert_int_equal(journal_note_restore(p->hub->journal, &note, &p->hub->err), KINMU_OK);
    uint64_t begin = note.chain;
    uint64_t gap = note.to_chain - begin;
    /* Restored again from a backup made before anything else was written: one gap, twice as wide.
     */
    assert_int_equal(journal_note_restore(p->hub->journal, &note, &p->hub->err), KINMU_OK);
    assert_int_equal(note.chain, begin);
    assert_int_equal(note.to_chain - begin, 2 * gap);
    produce(p, "alice", &file, &summary); /* its head lies behind the gap */
    assert_whole(&file);
    assert_int_equal(report.headers, 18);
    assert_int_equal(report.signed_records, 13);
    buffer_wipe(&file);
    append_blocks(p->hub, "alice", 4);
    fixture_reopen(p->hub); /* signs its head */
    produce(p, "alice", &file, &summary);
    assert_whole(&file);
    assert_int_equal(report.records, 17);
    assert_int_equal(report.signed_records, 17);
    assert_int_equal(count(&file, "\"restored\":"), 1);
    uint64_t restored = 0;
    for (uint32_t i = 0; i < report.device_count; i++) {
        restored += report.devices[i].restored;
    }
    assert_int_equal(restored, 1);
    buffer forged; /* without the note the numbers are simply missing */
    forge(p, &file, &(forgery){"restored", NULL, NULL, ""}, &forged);
    assert_false(is_whole(forged.data, forged.size));
    assert_non_null(strstr(report.text, "stands where"));
    buffer_wipe(&forged);
    buffer_wipe(&file);
}

/* ---- changes ---- */

static uint64_t random_number(uint64_t *state) {
    *state = *state * 6364136223846793005u + 1442695040888963407u;
    return *state >> 16;
}

static int32_t is_long(void) {
    const char *word = getenv("KINMU_TEST_LONG");
    return word != NULL && strcmp(word, "1") == 0;
}

static void every_changed_bit_is_found(void **state) {
    pair *p = *state;
    buffer file;
    evidence_summary summary;
    uint64_t number;
    uint64_t seed = 20261122;
    uint32_t flips = is_long() ? FLIPS : FLIPS_SAMPLE;
    fill(p);
    checkpoint_now(p, &number);
    produce(p, "alice", &file, &summary);
    assert_whole(&file);
    for (uint32_t i = 0; i < flips; i++) {
        uint64_t bit = random_number(&seed) % (file.size * 8);
        size_t at = (size_t)(bit / 8);
        uint64_t line = 1;
        file.data[at] ^= (uint8_t)(1u << (bit % 8));
        if (is_whole(file.data, file.size)) {
            print_error("bit %llu changed nothing\n", (unsigned long long)bit);
            fail();
        }
        file.data[at] ^= (uint8_t)(1u << (bit % 8));
        for (size_t c = 0; c < at; c++) {
            line += file.data[c] == '\n';
        }
        assert_int_equal(report.bad_line, line); /* and the very line is named */
    }
    assert_whole(&file);
    buffer_wipe(&file);
}

static void cut_and_grown_files_are_refused(void **state) {
    pair *p = *state;
    buffer file;
    evidence_summary summary;
    fill(p);
    produce(p, "alice", &file, &summary);
    for (size_t size = 0; size < file.size; size += 97) {
        assert_false(is_whole(file.data, size));
    }
    assert_false(is_whole(file.data, file.size - 1));
    buffer_append(&file, "\n", 1);
    assert_false(is_whole(file.data, file.size));
    buffer_wipe(&file);
}

static void whoever_holds_the_hubs_key_cannot_change_a_record(void **state) {
    static const forgery list[] = {
        {"record", "\"keys\":3", "\"keys\":9", "not what its sealed block says"},
        {"record", "\"subject\":\"alice\"", "\"subject\":\"carol\"", "not what its sealed"},
        {"record", NULL, NULL, "a record of the block before is missing"},
        {"payload", NULL, NULL, "no sealed block"},
        {"payload", "0", "1", "not the one its header names"},
        {"header", NULL, NULL, "without a header"},
        {"key", NULL, NULL, ""},
        {"schema", "\"name\":\"keys\"", "\"name\":\"kexs\"", "not what its sealed block says"},
        {"checkpoint", "unix_ns", "unix_nt", "no checkpoint"},
        {"device", "\"first\":1", "\"first\":2", "stands where"},
        {"head", "\"chain\":8", "\"chain\":7", "not that of the headers"},
        {"countersignature", "\"chain\":8", "\"chain\":7", "not that of the headers"},
    };
    pair *p = *state;
    buffer file;
    evidence_summary summary;
    uint64_t number;
    fill(p);
    checkpoint_now(p, &number);
    produce(p, "alice", &file, &summary);
    for (size_t i = 0; i < sizeof list / sizeof list[0]; i++) {
        buffer forged;
        forge(p, &file, &list[i], &forged);
        int32_t good = is_whole(forged.data, forged.size);
        if (good || strstr(report.text, list[i].told) == NULL) {
            print_error("%s %s: %s\n", list[i].kind, list[i].from ? list[i].from : "left out",
                        good ? "not found" : report.text);
            fail();
        }
        buffer_wipe(&forged);
    }
    buffer_wipe(&file);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(holds_one_person_and_verifies, pair_setup, pair_teardown),
        cmocka_unit_test_setup_teardown(a_checkpoint_covers_and_shortens, pair_setup,
                                        pair_teardown),
        cmocka_unit_test_setup_teardown(the_month_is_the_persons_own, pair_setup, pair_teardown),
        cmocka_unit_test_setup_teardown(nobody_and_no_month_are_refused, pair_setup, pair_teardown),
        cmocka_unit_test_setup_teardown(removed_payloads_leave_tombstones, pair_setup,
                                        pair_teardown),
        cmocka_unit_test_setup_teardown(a_restore_is_told_and_proved, pair_setup, pair_teardown),
        cmocka_unit_test_setup_teardown(every_changed_bit_is_found, pair_setup, pair_teardown),
        cmocka_unit_test_setup_teardown(cut_and_grown_files_are_refused, pair_setup, pair_teardown),
        cmocka_unit_test_setup_teardown(whoever_holds_the_hubs_key_cannot_change_a_record,
                                        pair_setup, pair_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
