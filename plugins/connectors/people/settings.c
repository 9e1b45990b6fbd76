/* people/settings.c - what a setting may be: its name, whose it is, and a value that fits. */
#include "settings.h"

#include "plans.h"
#include "rules.h"
#include "sheets.h"

#include <kinmu/events/all.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ZONE_PATH_SIZE 256
#define ZONE_BYTES_MAX 64
#define VALUE_SHOWN_MAX 60u
#define PURPOSES_BYTES_MAX 1024u

static const place nowhere = {NULL, 0};

/* An IANA name that this system's zone data has. */
static int32_t is_zone(const char *name) {
    char path[ZONE_PATH_SIZE];
    char magic[4];
    if (name[0] == '\0' || name[0] == '/' || strlen(name) > ZONE_BYTES_MAX ||
        !words_is_id(name, "/_+-") || strstr(name, "//") != NULL) {
        return 0;
    }
    (void)snprintf(path, sizeof path, "/usr/share/zoneinfo/%s", name);
    FILE *file = fopen(path, "rb");
    if (file == NULL) {
        return 0;
    }
    int32_t found = fread(magic, 1, sizeof magic, file) == sizeof magic &&
                    memcmp(magic, "TZif", sizeof magic) == 0;
    (void)fclose(file);
    return found;
}

static int32_t is_number(const kinmu_setting *setting, const char *text) {
    int64_t number;
    return words_number(text, setting->max, &number) && number >= setting->min;
}

static int32_t is_list(const kinmu_setting *setting, const char *text) {
    const char *word;
    uint32_t size;
    char item[160];
    while (words_next(&text, &word, &size)) {
        (void)snprintf(item, sizeof item, "%.*s", (int)size, word);
        int32_t fits = setting->choices != NULL ? words_choice(setting->choices, word, size) >= 0
                       : setting->max > 0       ? is_number(setting, item)
                                                : size < sizeof item;
        if (!fits) {
            return 0;
        }
    }
    return 1;
}

static int32_t setting_fits(const kinmu_setting *setting, const char *text) {
    char date[WORDS_DATE_SIZE];
    int64_t minutes;
    switch (setting->type) {
    case KINMU_SETTING_NUMBER:
        return is_number(setting, text);
    case KINMU_SETTING_CLOCK:
        return words_clock(text, 1, &minutes) && strlen(text) == 5 && minutes >= setting->min &&
               minutes <= setting->max;
    case KINMU_SETTING_CHOICE:
        return words_choice(setting->choices, text, (uint32_t)strlen(text)) >= 0;
    case KINMU_SETTING_LIST:
        return is_list(setting, text);
    case KINMU_SETTING_DATE:
        return text[0] == '\0' || words_date(text, date);
    default:
        return is_zone(text);
    }
}

/* The name with the most letters in common at its beginning. */
static const char *nearest_setting(const char *name) {
    size_t best = 3;
    const char *found = NULL;
    for (uint32_t i = 0; i < KINMU_SETTINGS; i++) {
        size_t same = 0;
        while (name[same] != '\0' && kinmu_settings[i].name[same] == name[same]) {
            same++;
        }
        if (same > best) {
            best = same;
            found = kinmu_settings[i].name;
        }
    }
    return found;
}

void settings_check_owner(problems *p, const book *b, const char *scope, const char *scope_id) {
    int32_t is_group = strcmp(scope, "group") == 0;
    if (strcmp(scope, "company") == 0) {
        if (scope_id[0] != '\0') {
            problems_add(p, "cell.word", nowhere, 0, "scope_id", scope_id);
        }
        return;
    }
    if (!book_lives(book_first(b, is_group ? KIND_GROUP : KIND_PERSON, scope_id))) {
        problems_add(p, "setting.owner", nowhere, 0, scope, scope_id);
    }
}

static void refuse_value(problems *p, const kinmu_setting *setting, const char *value) {
    if (setting->type == KINMU_SETTING_CHOICE) {
        problems_add(p, "setting.choice", nowhere, 0, setting->name, setting->choices);
        return;
    }
    if (setting->type == KINMU_SETTING_ZONE) {
        problems_add(p, "setting.zone", nowhere, 0, value, value);
        return;
    }
    memory *m = p->memory;
    int32_t is_words = setting->choices != NULL;
    const char *code = setting->type == KINMU_SETTING_NUMBER  ? "setting.number"
                       : setting->type == KINMU_SETTING_CLOCK ? "setting.clock"
                       : setting->type == KINMU_SETTING_DATE  ? "setting.date"
                       : is_words                             ? "setting.words"
                                                              : "setting.numbers";
    const char *given =
        memory_print(m, "%s=%s", setting->name, strlen(value) <= VALUE_SHOWN_MAX ? value : "…");
    const char *wanted =
        is_words ? setting->choices
        : setting->type == KINMU_SETTING_CLOCK
            ? memory_print(m, "%02lld:%02lld-%02lld:%02lld", (long long)setting->min / 60,
                           (long long)setting->min % 60, (long long)setting->max / 60,
                           (long long)setting->max % 60)
            : memory_print(m, "%lld-%lld", (long long)setting->min, (long long)setting->max);
    problems_add(p, code, nowhere, 0, given, wanted);
}

/* A calendar nobody gave a day would be asked in vain; the preset may come later. */
static void check_calendars(problems *p, const book *b, const kinmu_setting *setting,
                            const char *list) {
    const shelf *days = &b->shelves[KIND_HOLIDAY];
    memory *m = p->memory;
    const char *known = setting->preset;
    const char *word;
    uint32_t size;
    for (uint32_t i = 0; known != NULL && i < days->count; i++) {
        const char *calendar = days->rows[i]->values != NULL
                                   ? book_text(days->rows[i], KINMU_PEOPLE_HOLIDAY_CALENDAR)
                                   : setting->preset;
        if (!words_has(known, calendar)) {
            known = memory_print(m, "%s;%s", known, calendar);
        }
    }
    while (known != NULL && words_next(&list, &word, &size)) {
        const char *name = memory_text(m, word, size);
        if (name != NULL && !words_has(known, name)) {
            problems_add(p, "setting.calendar", nowhere, 0, name, known);
        }
    }
}

/* What the vocabulary knows, and what plugins of this node bring. */
static const char *all_purposes(memory *m, const people *owner) {
    char of_plugins[PURPOSES_BYTES_MAX] = "";
    const char *rest = of_plugins;
    const char *word;
    uint32_t size;
    const char *known = "";
    for (size_t i = 0; known != NULL && i < KINMU_VOCABULARY_COUNT; i++) {
        if (!words_has(known, kinmu_vocabulary[i]->purpose)) {
            known = memory_print(m, "%s%s%s", known, known[0] != '\0' ? ";" : "",
                                 kinmu_vocabulary[i]->purpose);
        }
    }
    if (owner->erasure != NULL) {
        owner->erasure->purposes(owner->host, of_plugins, sizeof of_plugins);
    }
    while (known != NULL && words_next(&rest, &word, &size)) {
        const char *purpose = memory_text(m, word, size);
        if (purpose != NULL && !words_has(known, purpose)) {
            known = memory_print(m, "%s;%s", known, purpose);
        }
    }
    return known;
}

static void check_purposes(problems *p, const people *owner, const char *list) {
    const char *known = all_purposes(p->memory, owner);
    const char *word;
    uint32_t size;
    while (known != NULL && words_next(&list, &word, &size)) {
        const char *purpose = memory_text(p->memory, word, size);
        if (purpose != NULL && !words_has(known, purpose)) {
            problems_add(p, "setting.purpose", nowhere, 0, purpose, known);
        }
    }
}

/* Who bought no comparison with attendance has no attendance system of the same house (PLN-01). */
static void check_plan(problems *p, const kinmu_rows *profiles, const char *name) {
    const char *source = days_of_miteras(profiles);
    if (source != NULL && !plans_has(plans_find(name), PLAN_ATTENDANCE)) {
        problems_add(p, "plan.attendance", nowhere, 0, name, source);
    }
}

void settings_check(problems *p, const book *b, const change *c, const kinmu_setting *setting,
                    const char *scope, const char *value) {
    char count[24];
    if ((setting->flags & KINMU_SETTING_COMPANY_ONLY) != 0 && strcmp(scope, "company") != 0) {
        problems_add(p, "setting.scope", nowhere, 0, setting->name, NULL);
    }
    if (!setting_fits(setting, value)) {
        refuse_value(p, setting, value);
        return;
    }
    if (setting == &kinmu_settings[KINMU_SETTING_COMPANY_PLAN]) {
        check_plan(p, &c->owner->config->attendance, value);
    }
    if (setting == &kinmu_settings[KINMU_SETTING_CALENDAR]) {
        check_calendars(p, b, setting, value);
    }
    if (setting == &kinmu_settings[KINMU_SETTING_CONTRACT_ERASE]) {
        check_purposes(p, c->owner, value);
    }
    int64_t active = rules_active(b);
    if (setting == &kinmu_settings[KINMU_SETTING_COMPANY_LICENCES] &&
        strtoll(value, NULL, 10) < active) {
        (void)snprintf(count, sizeof count, "%lld", (long long)active);
        problems_add(p, "setting.licences", nowhere, 0, count, NULL);
    }
}

const kinmu_setting *settings_find(problems *p, const char *name) {
    for (uint32_t i = 0; i < KINMU_SETTINGS; i++) {
        if (strcmp(kinmu_settings[i].name, name) == 0) {
            return &kinmu_settings[i];
        }
    }
    const char *near = nearest_setting(name);
    problems_add(p, "setting.unknown", nowhere, 0, name,
                 near != NULL ? memory_print(p->memory, " (%s?)", near) : "");
    return NULL;
}
