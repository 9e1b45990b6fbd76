/* ingest/policy_rows.c - see policy_rows.h. */
#include "policy_rows.h"

#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define NAME_BYTES_MAX 127u
#define VALUE_BYTES_MAX 256
#define VALUES_MAX 64
#define ESCAPED_BYTES_MAX 10u /* of one character: \U0010FFFF */
#define LINE_BYTES_MAX 48u    /* what a line has beside names and value */
#define DAY_MINUTES 1440

const char *const policy_sections[POLICY_SECTIONS] = {"collectors", "connectors", "exporters"};

#define TEXT_COLUMN(word, member, most)                                                            \
    .name = (word), .type = KINMU_OPT_TEXT, .offset = offsetof(fleet_policy_row, member),          \
    .min = 1, .max = (most), .since = "1.0"

const kinmu_option fleet_policy_columns[FLEET_POLICY_COLUMNS] = {
    {TEXT_COLUMN("group", group, 64), .doc = "Devices of this group only. Absent: all.",
     .doc_ja = "このグループの端末だけ。省略時はすべて。"},
    {TEXT_COLUMN("device", device, 128), .doc = "This device only, by name or id. Absent: all.",
     .doc_ja = "この端末だけ（名前または ID）。省略時はすべて。"},
    {TEXT_COLUMN("instance", instance, NAME_BYTES_MAX),
     .doc = "Plugin instance of the agent: input, or connectors.uplink.",
     .doc_ja = "エージェント側のプラグイン。input、connectors.uplink など。"},
    {TEXT_COLUMN("option", option, KINMU_NAME_BYTES_MAX),
     .doc = "One of its options that can change while it runs.",
     .doc_ja = "その設定のうち、動作中に変えられるもの。"},
    {TEXT_COLUMN("value", value, VALUE_BYTES_MAX), .doc = "Its value, as in conf.d.",
     .doc_ja = "その値（conf.d での書き方）。"},
    {.name = "values",
     .type = KINMU_OPT_LIST,
     .offset = offsetof(fleet_policy_row, values),
     .max = VALUES_MAX,
     .doc = "The same for an option that is a list.",
     .doc_ja = "リスト型の設定の値。",
     .since = "1.0"},
    {TEXT_COLUMN("purpose", purpose, KINMU_NAME_BYTES_MAX),
     .doc = "Says of this purpose whether it is collected.",
     .doc_ja = "この目的を収集するかどうかを決める。"},
    {.name = "collect",
     .type = KINMU_OPT_BOOL,
     .offset = offsetof(fleet_policy_row, collect),
     .default_text = "false",
     .doc =
         "With purpose: false = not collected; true = as the device's own conf.d says, against a "
         "wider row.",
     .doc_ja = "purpose とともに使う。false なら収集しない。true なら広い範囲の行を打ち消し、端末の"
               "設定に従う。",
     .since = "1.0"},
    {TEXT_COLUMN("quiet", quiet, 32),
     .doc = "Quiet hours more, local time of the device: 20:00-08:00.",
     .doc_ja = "追加するそっとしておく時間帯（端末の現地時刻）。20:00-08:00 など。"},
    {.name = "days",
     .type = KINMU_OPT_LIST,
     .offset = offsetof(fleet_policy_row, days),
     .max = 7,
     .choices = "mon|tue|wed|thu|fri|sat|sun",
     .doc = "With quiet: days on which they begin. Absent: every day.",
     .doc_ja = "quiet とともに使う。始まる曜日。省略時は毎日。",
     .since = "1.0"},
};

/* ---- texts that are safe by what they are made of ---- */

static int32_t is_made_of(const char *text, const char *letters, size_t max) {
    size_t size = strlen(text);
    return size > 0 && size <= max && strspn(text, letters) == size;
}

#define LOWER "abcdefghijklmnopqrstuvwxyz0123456789"

/* "collectors.input" or "input": the section and the rest. */
static const char *instance_of(const char *text, uint32_t *section) {
    *section = 0;
    for (uint32_t i = 0; i < POLICY_SECTIONS; i++) {
        size_t size = strlen(policy_sections[i]);
        if (strncmp(text, policy_sections[i], size) == 0 && text[size] == '.') {
            *section = i;
            return text + size + 1;
        }
    }
    return text;
}

static int32_t is_instance(const char *text) {
    const char *slash = strchr(text, '/');
    return is_made_of(text, LOWER ".-_/", NAME_BYTES_MAX) && text[0] != '/' &&
           (slash == NULL || (slash[1] != '\0' && strchr(slash + 1, '/') == NULL));
}

/* Minutes of the day of "HH:MM", -1 when it is none. */
static int32_t minutes_of(const char *text) {
    static const char form[] = "dd:dd";
    for (size_t i = 0; form[i] != '\0'; i++) {
        int32_t fits = form[i] == ':' ? text[i] == ':' : text[i] >= '0' && text[i] <= '9';
        if (!fits) {
            return -1;
        }
    }
    int32_t minutes = (text[3] - '0') * 10 + text[4] - '0';
    int32_t all = ((text[0] - '0') * 10 + text[1] - '0') * 60 + minutes;
    return minutes < 60 && all <= DAY_MINUTES ? all : -1;
}

static int32_t is_hours(const char *text) {
    int32_t from = minutes_of(text);
    int32_t to = from >= 0 && text[5] == '-' ? minutes_of(text + 6) : -1;
    return to > 0 && from < DAY_MINUTES && from != to && text[11] == '\0';
}

/* ---- values as YAML ---- */

/* A character of valid UTF-8; moves behind it. */
static uint32_t next_character(const char **at) {
    const uint8_t *c = (const uint8_t *)*at;
    uint32_t more = c[0] >= 0xF0 ? 3 : c[0] >= 0xE0 ? 2 : c[0] >= 0xC0 ? 1 : 0;
    uint32_t character = more == 0 ? c[0] : c[0] & (0x3Fu >> more);
    uint32_t taken = 1;
    while (taken <= more && (c[taken] & 0xC0u) == 0x80u) {
        character = character << 6 | (c[taken++] & 0x3Fu);
    }
    *at += taken;
    return character;
}

/* Only what stands plain can be a number or a bool; whatever could mean something else to YAML is
 * quoted, and within quotes nothing but plain ASCII stands as itself. */
static int32_t is_plain(const char *text) {
    static const char letters[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_.+-";
    size_t size = strspn(text, letters);
    const char *digit = text[0] == '-' || text[0] == '+' ? text + 1 : text;
    int32_t begins_well =
        (digit[0] >= '0' && digit[0] <= '9') || (digit == text && strchr("_.+-", text[0]) == NULL);
    return size > 0 && text[size] == '\0' && begins_well && strcmp(text, "null") != 0;
}

static char *write_value(char *to, const char *text) {
    if (is_plain(text)) {
        size_t size = strlen(text);
        memcpy(to, text, size + 1);
        return to + size;
    }
    *to++ = '"';
    while (*text != '\0') {
        uint32_t character = next_character(&text);
        if (character >= 0x20 && character < 0x7F && character != '"' && character != '\\') {
            *to++ = (char)character;
        } else {
            to += snprintf(to, ESCAPED_BYTES_MAX + 1, "\\U%08X", (unsigned)character);
        }
    }
    *to++ = '"';
    *to = '\0';
    return to;
}

static char *value_text(const char *value) {
    char *text = malloc(ESCAPED_BYTES_MAX * strlen(value) + 3);
    if (text != NULL) {
        write_value(text, value);
    }
    return text;
}

/* "[a, b]" behind `prefix`. */
static char *list_text(const char *prefix, const kinmu_text_list *values) {
    size_t size = strlen(prefix) + 3;
    for (uint32_t i = 0; i < values->count; i++) {
        size += ESCAPED_BYTES_MAX * strlen(values->items[i]) + 4;
    }
    char *text = malloc(size);
    if (text == NULL) {
        return NULL;
    }
    char *to = text + snprintf(text, size, "%s[", prefix);
    for (uint32_t i = 0; i < values->count; i++) {
        if (i > 0) {
            *to++ = ',';
            *to++ = ' ';
        }
        to = write_value(to, values->items[i]);
    }
    *to++ = ']';
    *to = '\0';
    return text;
}

/* ---- rows ---- */

char *policy_copy(const char *text) {
    size_t size = text != NULL ? strlen(text) : 0;
    char *copy = malloc(size + 1);
    if (copy != NULL && size > 0) {
        memcpy(copy, text, size);
    }
    if (copy != NULL) {
        copy[size] = '\0';
    }
    return copy;
}

#if defined(__GNUC__)
__attribute__((format(printf, 3, 4)))
#endif
static int32_t
wrong(kinmu_err *err, uint32_t index, const char *format, ...) {
    if (err != NULL) {
        char text[300];
        va_list arguments;
        va_start(arguments, format);
        vsnprintf(text, sizeof text, format, arguments);
        va_end(arguments);
        snprintf(err->key, sizeof err->key, "ingest.policy");
        snprintf(err->msg, sizeof err->msg, "policy[%u]: %s", index + 1, text);
    }
    return KINMU_E_CONFIG;
}

static int32_t check_shape(const fleet_policy_row *row, uint32_t index, kinmu_err *err) {
    int32_t subjects = (row->instance != NULL) + (row->purpose != NULL) + (row->quiet != NULL);
    if (subjects != 1) {
        return wrong(err, index,
                     "a row has one of instance (with option and value), purpose (with "
                     "collect) and quiet (with days)");
    }
    int32_t values = (row->value != NULL) + (row->values.count > 0);
    if (row->instance != NULL && (row->option == NULL || values != 1)) {
        return wrong(err, index, "instance needs option, and value or values");
    }
    if (row->instance == NULL && (row->option != NULL || values != 0)) {
        return wrong(err, index, "option and value belong to an instance");
    }
    if (row->quiet == NULL && row->days.count > 0) {
        return wrong(err, index, "days belong to quiet");
    }
    return KINMU_OK;
}

static int32_t is_reference(const char *value) {
    return strncmp(value, "${", 2) == 0;
}

static int32_t check_words(const fleet_policy_row *row, uint32_t index, kinmu_err *err) {
    uint32_t section;
    if (row->instance != NULL && !is_instance(instance_of(row->instance, &section))) {
        return wrong(err, index,
                     "\"%.100s\" is no name of an instance, like input or exporters.csv/x",
                     row->instance);
    }
    if (row->option != NULL && !is_made_of(row->option, LOWER "_", KINMU_NAME_BYTES_MAX)) {
        return wrong(err, index, "\"%.100s\" is no name of an option", row->option);
    }
    int32_t is_secret = row->value != NULL && is_reference(row->value);
    for (uint32_t i = 0; i < row->values.count; i++) {
        is_secret |= is_reference(row->values.items[i]);
    }
    if (is_secret) {
        return wrong(err, index, "agents take no secrets and no ${…} from a hub");
    }
    if (row->purpose != NULL && !is_made_of(row->purpose, LOWER "-", KINMU_NAME_BYTES_MAX)) {
        return wrong(err, index, "\"%.100s\" is no name of a purpose", row->purpose);
    }
    if (row->purpose != NULL && !row->collect && strcmp(row->purpose, "audit") == 0) {
        return wrong(err, index, "who looked and who changed is always recorded");
    }
    if (row->quiet != NULL && !is_hours(row->quiet)) {
        return wrong(err, index,
                     "\"%.100s\" is no part of a day: write HH:MM-HH:MM, like 20:00-08:00; "
                     "00:00-24:00 is the whole day",
                     row->quiet);
    }
    return KINMU_OK;
}

static int32_t make_item(const fleet_policy_row *row, policy_item *item) {
    item->kind = row->instance != NULL  ? POLICY_OPTION
                 : row->purpose != NULL ? POLICY_PURPOSE
                                        : POLICY_QUIET;
    item->collect = row->collect;
    item->group = policy_copy(row->group);
    item->device = policy_copy(row->device);
    item->option = policy_copy(row->option);
    if (item->kind == POLICY_OPTION) {
        item->name = policy_copy(instance_of(row->instance, &item->section));
        item->yaml = row->value != NULL ? value_text(row->value) : list_text("", &row->values);
    } else {
        item->name = policy_copy(item->kind == POLICY_PURPOSE ? row->purpose : row->quiet);
        item->yaml = row->days.count > 0 ? list_text(", days: ", &row->days) : policy_copy("");
    }
    return item->group != NULL && item->device != NULL && item->option != NULL &&
                   item->name != NULL && item->yaml != NULL
               ? KINMU_OK
               : KINMU_E_NOMEM;
}

int32_t policy_same_target(const policy_item *a, const policy_item *b) {
    return a->kind == b->kind && a->kind != POLICY_QUIET && a->section == b->section &&
           strcmp(a->name, b->name) == 0 && strcmp(a->option, b->option) == 0;
}

static int32_t check_double(const policy_item *items, uint32_t index, kinmu_err *err) {
    const policy_item *now = &items[index];
    for (uint32_t i = 0; i < index; i++) {
        if (policy_same_target(&items[i], now) && strcmp(items[i].group, now->group) == 0 &&
            strcmp(items[i].device, now->device) == 0) {
            return wrong(err, index, "says the same for the same devices as policy[%u]", i + 1);
        }
    }
    return KINMU_OK;
}

void policy_items_free(policy_item *items, uint32_t count) {
    for (uint32_t i = 0; items != NULL && i < count; i++) {
        free(items[i].group);
        free(items[i].device);
        free(items[i].name);
        free(items[i].option);
        free(items[i].yaml);
    }
    free(items);
}

int32_t policy_items_read(const kinmu_rows *rows, policy_item **out, uint32_t *count,
                          kinmu_err *err) {
    const fleet_policy_row *row = rows->rows;
    policy_item *items = calloc((size_t)rows->count + 1, sizeof *items);
    size_t bytes = 0;
    int32_t status = items != NULL ? KINMU_OK : KINMU_E_NOMEM;
    for (uint32_t i = 0; status == KINMU_OK && i < rows->count; i++) {
        status = i < FLEET_POLICY_ROWS_MAX ? check_shape(&row[i], i, err)
                                           : wrong(err, i, "there are too many rows");
        if (status == KINMU_OK) {
            status = check_words(&row[i], i, err);
        }
        if (status == KINMU_OK) {
            status = make_item(&row[i], &items[i]);
        }
        if (status == KINMU_OK) {
            status = check_double(items, i, err);
            bytes += strlen(items[i].name) + strlen(items[i].option) + strlen(items[i].yaml) +
                     LINE_BYTES_MAX;
        }
        if (status == KINMU_OK && bytes > FLEET_POLICY_ROWS_BYTES_MAX) {
            status =
                wrong(err, i, "all rows together are more than %u bytes; use fewer or shorter ones",
                      FLEET_POLICY_ROWS_BYTES_MAX);
        }
    }
    if (status != KINMU_OK) {
        policy_items_free(items, rows->count);
        return status;
    }
    *out = items;
    *count = rows->count;
    return KINMU_OK;
}
