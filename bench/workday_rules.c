/* workday_rules.c - person-days a second in the pure rules of connector workday, on one core.
 *
 *   workday_rules [PEOPLE [nec|miteras]]    prints "NAME VALUE"
 *
 * One month (31 days) of facts with some 600 rows a person-day: 560 input minutes on two PCs in
 * runs with pauses, session changes with locks, four punches; a pattern with a break. Facts are
 * collected once for each person from rows of everybody, which is timed apart from the rules.
 */
#include "../plugins/connectors/workday/rules/days.h"
#include "../plugins/connectors/workday/facts/settings.h"

#include <kinmu/events/settings.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define DAYS 31
#define REPEATS 40
#define FIRST_DATE 20728 /* 2026-10-02 */

static double seconds(void) {
    struct timespec now;
    (void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static void die(void) {
    fprintf(stderr, "workday_rules: out of memory\n");
    exit(1);
}

static void *need(void *row) {
    if (row == NULL) {
        die();
    }
    return row;
}

static uint32_t id_of(texts *t, const char *text) {
    return texts_id(t, text, strlen(text));
}

static void add_change(logs *l, int64_t minute, uint32_t account, uint32_t device, int32_t kind) {
    change_row *row = need(logs_add(l, LOG_CHANGE, minute * MINUTE_NS, account, device));
    row->kind = kind;
}

static void add_punch(logs *l, int64_t minute, uint32_t account, uint32_t device, int32_t kind) {
    punch_row *row = need(logs_add(l, LOG_PUNCH, minute * MINUTE_NS, account, device));
    row->kind = kind;
    row->form = FORM_NONE;
}

/* 9:00 to 19:00 in Tokyo. */
static void add_day(logs *l, int32_t date, uint32_t account, const uint32_t *devices,
                    int32_t late) {
    int64_t nine = (int64_t)date * DAY_MIN + late % 20;
    add_change(l, nine - 5, account, devices[0], CHANGE_LOGON);
    for (int32_t i = 0; i < 600; i++) {
        if (i % 50 < 46) {
            input_row *row =
                need(logs_add(l, LOG_INPUT, (nine + i) * MINUTE_NS, account, devices[i / 100 % 2]));
            row->is_active = i % 9 != 0;
        }
        if (i % 100 == 46) {
            add_change(l, nine + i, account, devices[0], CHANGE_LOCK);
            add_change(l, nine + i + 3, account, devices[0], CHANGE_UNLOCK);
        }
    }
    add_change(l, nine + 605, account, devices[0], CHANGE_LOGOFF);
    add_punch(l, nine, account, devices[0], PUNCH_START);
    add_punch(l, nine + 300, account, devices[0], PUNCH_BREAK);
    add_punch(l, nine + 315, account, devices[0], PUNCH_RESUME);
    add_punch(l, nine + 600, account, devices[0], PUNCH_END);
    for (int32_t i = 0; i < 2; i++) {
        if (!logs_hear(l, devices[i], (nine + 600) * MINUTE_NS)) {
            die();
        }
    }
}

static void add_person(book *b, logs *l, int32_t number) {
    char text[32];
    uint32_t devices[2];
    (void)snprintf(text, sizeof text, "person%d", number);
    uint32_t person = id_of(b->texts, text);
    (void)snprintf(text, sizeof text, "account%d", number);
    uint32_t account = id_of(b->texts, text);
    for (int32_t i = 0; i < 2; i++) {
        (void)snprintf(text, sizeof text, "device%d-%d", number, i);
        devices[i] = id_of(b->texts, text);
    }
    person_row *row = need(book_add(b, BOOK_PERSON));
    row->record.key[0] = person;
    owner_row *mine = need(book_add(b, BOOK_ACCOUNT));
    mine->record.key[0] = account;
    mine->person = person;
    assignment_row *assignment = need(book_add(b, BOOK_ASSIGNMENT));
    assignment->record.key[0] = person;
    assignment->pattern = id_of(b->texts, "pattern");
    for (int32_t i = 0; i < DAYS; i++) {
        add_day(l, FIRST_DATE + i, account, devices, number + i);
    }
}

static void add_company(book *b, const char *profile) {
    pattern_row *row = need(book_add(b, BOOK_PATTERN));
    row->record.key[0] = id_of(b->texts, "pattern");
    row->pattern = (pattern){.work_min = 480,
                             .morning_min = NONE,
                             .auto_end_clock = 300,
                             .break_count = 1,
                             .breaks = {{720, 780}}};
    setting_row *setting = need(book_add(b, BOOK_SETTING));
    setting->record.key[0] = SCOPE_COMPANY;
    setting->record.key[2] = KINMU_SETTING_PC_PROFILE;
    setting->value = id_of(b->texts, profile);
}

int main(int argc, char **argv) {
    int32_t people = argc > 1 ? (int32_t)strtol(argv[1], NULL, 10) : 200;
    const char *profile = argc > 2 ? argv[2] : "nec";
    const char *why = NULL;
    texts *ids = need(texts_create());
    zones *z = need(zones_create(NULL));
    book b;
    logs l;
    facts f;
    engine e;
    book_init(&b, ids);
    logs_init(&l);
    facts_init(&f);
    engine_init(&e);
    if (zones_find(z, "Asia/Tokyo", &why) == NULL) {
        fprintf(stderr, "workday_rules: Asia/Tokyo %s\n", why);
        return 1;
    }
    add_company(&b, profile);
    for (int32_t i = 0; i < people; i++) {
        add_person(&b, &l, i);
    }
    if (!book_settle(&b) || !logs_settle(&l, &b)) {
        die();
    }
    uint64_t rows = 0;
    for (uint32_t i = 0; i < LOGS; i++) {
        rows += l.rows[i].count;
    }
    horizon h = {INT64_MAX, l.last_ns, moment_minute(l.last_ns)};
    double collecting = 0;
    double computing = 0;
    int64_t check = 0;
    const book_id *all = b.people.rows;
    for (uint32_t i = 0; i < b.people.count; i++) {
        double begin = seconds();
        if (!facts_collect(&f, &b, &l, z, &all[i])) {
            die();
        }
        double middle = seconds();
        for (int32_t repeat = 0; repeat < REPEATS; repeat++) {
            if (!engine_compute(&e, &b, &f, &h)) {
                die();
            }
        }
        computing += seconds() - middle;
        collecting += middle - begin;
        check += e.days.count;
    }
    double days = (double)people * DAYS;
    if (e.days.count != DAYS || check != (int64_t)days) {
        fprintf(stderr, "workday_rules: %lld days computed, not %.0f\n", (long long)check, days);
        return 1;
    }
    printf("workday.rows %.0f\nworkday.collect_%s %.0f\nworkday.rules_%s %.0f\n",
           (double)rows / days, profile, days / collecting, profile, days * REPEATS / computing);
    engine_finish(&e);
    facts_finish(&f);
    logs_finish(&l);
    book_finish(&b);
    zones_destroy(z);
    texts_destroy(ids);
    return 0;
}
