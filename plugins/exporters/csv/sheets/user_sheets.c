/* csv/sheets/user_sheets.c - the PC and application logs per user. See user_sheets.h.
 *
 * 社員番号 (the employee number) is the login account where there is no directory of people.
 * Minutes of one user on several PCs are added up: the log has at most one row a minute.
 */
#include "sheets/user_sheets.h"

#include "known/fields.h"
#include "writing/moment.h"
#include "writing/names.h"

#include <kinmu/events/input.h>
#include <kinmu/events/presence.h>
#include <kinmu/events/window.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PC_HEADERS                                                                                 \
    "社員番号,日時,アルファベット,数字,テンキー,記号類,その他,左クリック,右クリック,ホイール,移動"
#define APP_HEADERS "社員番号,日時,プロセス名,ウィンドウタイトル"
#define PRESENCE_HEADERS "社員番号,レコード時刻,Activity"
#define INDEX_NAME "index.csv"
#define INDEX_HEADERS "ファイル名,ユーザID"
#define COUNTERS 9 /* from KEY_ALPHA to MOUSE_MOVE, in the order of the columns */

_Static_assert(KINMU_INPUT_MINUTE_MOUSE_MOVE - KINMU_INPUT_MINUTE_KEY_ALPHA + 1 == COUNTERS,
               "the nine counters of COL-10 stand side by side");

typedef struct minute {
    int64_t unix_ns;
    int32_t utc_offset_s;
    int32_t is_filled;
    kinmu_value counters[COUNTERS]; /* I64 or NULL: not known */
} minute;

struct user_sheets {
    folder *folder;
    names *taken;
    user_style style;
    uint64_t count;
    char *user; /* login account; NULL before the first */
    moment_series minutes;
    const person *owner;
    const char *who;   /* what stands as 社員番号 */
    int32_t is_hidden; /* of somebody deleted: nothing is written */
    uint8_t *was_seen; /* by index of the directory */
    char *activity;    /* the last one written */
    sheet *presence;
    sheet *pc;
    sheet *app;
    sheet *index;
    minute minute; /* waits for the same minute on another PC */
};

int32_t user_sheets_create(folder *f, const user_style *style, user_sheets **out) {
    user_sheets *sheets = calloc(1, sizeof *sheets);
    if (sheets == NULL) {
        return KINMU_E_NOMEM;
    }
    sheets->folder = f;
    sheets->style = *style;
    int32_t status = names_create(folder_encoder(f), &sheets->taken);
    if (status == KINMU_OK && style->people != NULL) {
        sheets->was_seen = calloc((size_t)directory_count(style->people) + 1, 1);
        status = sheets->was_seen != NULL ? KINMU_OK : KINMU_E_NOMEM;
    }
    if (status != KINMU_OK) {
        user_sheets_destroy(sheets);
        return status;
    }
    *out = sheets;
    return KINMU_OK;
}

uint64_t user_sheets_count(const user_sheets *sheets) {
    return sheets->count;
}

static void write_minute(user_sheets *sheets) {
    minute *m = &sheets->minute;
    if (!m->is_filled) {
        return;
    }
    sheet_string(sheets->pc, sheets->who);
    sheet_plain(sheets->pc, moment_next(&sheets->minutes, m->unix_ns, m->utc_offset_s, 1));
    for (uint32_t i = 0; i < COUNTERS; i++) {
        if (m->counters[i].type == KINMU_TYPE_I64) {
            sheet_number(sheets->pc, m->counters[i].as.i64);
        } else {
            sheet_blank(sheets->pc);
        }
    }
    sheet_end_row(sheets->pc);
    m->is_filled = 0;
}

/* All files are closed whatever happens; the first failure is told. */
static int32_t close_user(user_sheets *sheets, kinmu_err *err) {
    sheet *const open[] = {sheets->pc, sheets->app, sheets->presence};
    int32_t status = KINMU_OK;
    if (sheets->user == NULL) {
        return KINMU_OK;
    }
    write_minute(sheets);
    for (size_t i = 0; i < sizeof open / sizeof open[0]; i++) {
        kinmu_err later = {"", ""};
        int32_t one = sheet_close(open[i], status == KINMU_OK ? err : &later);
        status = status == KINMU_OK ? one : status;
    }
    sheets->pc = NULL;
    sheets->app = NULL;
    sheets->presence = NULL;
    free(sheets->user);
    free(sheets->activity);
    sheets->user = NULL;
    sheets->activity = NULL;
    return status;
}

static int32_t open_index(user_sheets *sheets, kinmu_err *err) {
    char name[SHEET_NAME_SIZE];
    (void)snprintf(name, sizeof name, "%s%s", sheets->style.prefix, INDEX_NAME);
    return folder_open_entry(sheets->folder, sheets->style.into, name, INDEX_HEADERS,
                             &sheets->index, err);
}

static int32_t open_one(user_sheets *sheets, const char *stem, const char *kind,
                        const char *headers, sheet **out, kinmu_err *err) {
    char name[SHEET_NAME_SIZE];
    (void)snprintf(name, sizeof name, "%s%s_%s.csv", sheets->style.prefix, stem, kind);
    int32_t status = folder_open_entry(sheets->folder, sheets->style.into, name, headers, out, err);
    if (status == KINMU_OK) {
        char written[SHEET_NAME_SIZE];
        folder_name(sheets->folder, name + strlen(sheets->style.prefix), written);
        sheet_string(sheets->index, written);
        sheet_string(sheets->index, sheets->user);
        sheet_end_row(sheets->index);
    }
    return status;
}

static int32_t open_files(user_sheets *sheets, const char *stem, kinmu_err *err) {
    int32_t status = KINMU_OK;
    sheets->count++;
    if (sheets->style.with_presence) {
        status = open_one(sheets, stem, "presence", PRESENCE_HEADERS, &sheets->presence, err);
    }
    if (status == KINMU_OK) {
        status = open_one(sheets, stem, "pc", PC_HEADERS, &sheets->pc, err);
    }
    if (status == KINMU_OK && sheets->style.with_app) {
        status = open_one(sheets, stem, "app", APP_HEADERS, &sheets->app, err);
    }
    return status;
}

/* The files of a person's first account are named by the person, those of a further one by the
 * account, and those of nobody's account that is called like a person by a made-up name. */
static int32_t take_stem(user_sheets *sheets, const char *user, const person *owner,
                         char stem[NAMES_STEM_SIZE]) {
    char account[NAMES_USER_SIZE];
    int32_t status = KINMU_E_STATE;
    if (owner != NULL) {
        status = names_take(sheets->taken, words_text(sheets->style.texts, owner->id), stem);
    }
    if (status == KINMU_E_STATE) {
        status = names_take(sheets->taken, user, stem);
    }
    if (status == KINMU_E_STATE && sheets->style.people != NULL) {
        (void)snprintf(account, sizeof account, "account %s", user);
        status = names_take(sheets->taken, account, stem);
    }
    return status;
}

static int32_t open_user(user_sheets *sheets, const log_user *whose, kinmu_err *err) {
    const char *user = whose->name;
    const person *owner = whose->person;
    char stem[NAMES_STEM_SIZE];
    size_t size = strlen(user) + 1;
    sheets->user = malloc(size);
    if (sheets->user == NULL) {
        return KINMU_E_NOMEM;
    }
    memcpy(sheets->user, user, size);
    sheets->owner = owner;
    sheets->who = owner != NULL ? words_text(sheets->style.texts, owner->who) : sheets->user;
    sheets->is_hidden = owner != NULL && owner->is_deleted;
    if (owner != NULL) {
        sheets->was_seen[owner - directory_at(sheets->style.people, 0)] = 1;
    }
    if (sheets->is_hidden) {
        return KINMU_OK;
    }
    int32_t status = take_stem(sheets, user, owner, stem);
    if (status != KINMU_OK) {
        (void)snprintf(err->key, sizeof err->key, "csv.users");
        (void)snprintf(err->msg, sizeof err->msg, "csv: user \"%.64s\": %s", user,
                       status == KINMU_E_STATE ? "the events are not sorted by user"
                                               : "no file name left or out of memory");
        return status;
    }
    if (sheets->index == NULL) {
        status = open_index(sheets, err);
    }
    return status == KINMU_OK ? open_files(sheets, stem, err) : status;
}

int32_t user_sheets_turn_to(user_sheets *sheets, const log_user *whose, kinmu_err *err) {
    if (sheets->user != NULL && sheets->owner == whose->person &&
        strcmp(sheets->user, whose->name) == 0) {
        return KINMU_OK;
    }
    int32_t status = close_user(sheets, err);
    return status == KINMU_OK ? open_user(sheets, whose, err) : status;
}

static void add_counter(kinmu_value *sum, const kinmu_event *event, uint32_t field) {
    if (field >= event->value_count || event->values[field].type != KINMU_TYPE_I64) {
        return;
    }
    int64_t before = sum->type == KINMU_TYPE_I64 ? sum->as.i64 : 0;
    int64_t more = event->values[field].as.i64;
    int64_t limit = more > 0 ? INT64_MAX - more : INT64_MAX;
    *sum = kinmu_i64(before > limit ? INT64_MAX : more > 0 ? before + more : before);
}

int32_t user_sheets_minute(user_sheets *sheets, const kinmu_event *event, kinmu_err *err) {
    minute *m = &sheets->minute;
    if (sheets->is_hidden) {
        return KINMU_OK;
    }
    if (m->is_filled && event->unix_ns < m->unix_ns) {
        (void)snprintf(err->key, sizeof err->key, "csv.users");
        (void)snprintf(err->msg, sizeof err->msg, "csv: the events are not sorted by time");
        return KINMU_E_STATE;
    }
    if (m->is_filled && event->unix_ns != m->unix_ns) {
        write_minute(sheets);
    }
    if (!m->is_filled) {
        memset(m, 0, sizeof *m);
        m->unix_ns = event->unix_ns;
        m->utc_offset_s = event->utc_offset_s;
        m->is_filled = 1;
    }
    for (uint32_t i = 0; i < COUNTERS; i++) {
        add_counter(&m->counters[i], event, KINMU_INPUT_MINUTE_KEY_ALPHA + i);
    }
    return KINMU_OK;
}

static kinmu_value text_field(const kinmu_event *event, uint32_t field) {
    if (field >= event->value_count || event->values[field].type != KINMU_TYPE_TEXT) {
        return kinmu_text("");
    }
    return event->values[field];
}

static int32_t is_text(kinmu_value value, const char *text) {
    return value.size == strlen(text) && memcmp(value.as.text, text, value.size) == 0;
}

void user_sheets_focus(user_sheets *sheets, const kinmu_event *event) {
    kinmu_value process = text_field(event, KINMU_WINDOW_FOCUS_PROCESS);
    kinmu_value cause = text_field(event, KINMU_WINDOW_FOCUS_CAUSE);
    int32_t is_activation = is_text(cause, "focus") || is_text(cause, "start");
    int32_t is_wanted = is_activation || (sheets->style.with_titles && is_text(cause, "title"));
    if (!is_wanted || process.size == 0 || sheets->app == NULL) {
        return;
    }
    kinmu_value title = text_field(event, KINMU_WINDOW_FOCUS_TITLE);
    char when[MOMENT_SIZE];
    moment_slashes(when, event->unix_ns, event->utc_offset_s, 0);
    sheet_string(sheets->app, sheets->who);
    sheet_plain(sheets->app, when);
    sheet_text(sheets->app, process.as.text, process.size);
    sheet_text(sheets->app, title.as.text, title.size);
    sheet_end_row(sheets->app);
}

/* The word of the source, else ours. */
static kinmu_value find_activity(const kinmu_event *event) {
    static const char *const states[][2] = {
        {"available", "連絡可能"}, {"busy", "取り込み中"},
        {"away", "退席中"},        {"do-not-disturb", "応答不可"},
        {"offline", "オフライン"}, {"seated", "在席"},
        {"absent", "離席"},
    };
    kinmu_value label = text_field(event, KINMU_PRESENCE_CHANGE_LABEL);
    if (label.size > 0) {
        return label;
    }
    for (size_t i = 0; i < sizeof states / sizeof states[0]; i++) {
        if (field_is(event, KINMU_PRESENCE_CHANGE_STATE, states[i][0])) {
            return kinmu_text(states[i][1]);
        }
    }
    return kinmu_text("不明");
}

/* What repeats is not written (COL-15). */
void user_sheets_presence(user_sheets *sheets, const kinmu_event *event) {
    kinmu_value activity = find_activity(event);
    char when[MOMENT_SIZE];
    if (sheets->presence == NULL ||
        (sheets->activity != NULL && is_text(activity, sheets->activity))) {
        return;
    }
    char *copy = realloc(sheets->activity, (size_t)activity.size + 1);
    if (copy != NULL) {
        memcpy(copy, activity.as.text, activity.size);
        copy[activity.size] = '\0';
        sheets->activity = copy;
    }
    moment_slashes(when, event->unix_ns, event->utc_offset_s, 0);
    sheet_string(sheets->presence, sheets->who);
    sheet_plain(sheets->presence, when);
    sheet_text(sheets->presence, activity.as.text, activity.size);
    sheet_end_row(sheets->presence);
}

/* Files of headers for people without any event. */
static int32_t open_unseen(user_sheets *sheets, const person *one, kinmu_err *err) {
    char stem[NAMES_STEM_SIZE];
    const char *id = words_text(sheets->style.texts, one->id);
    int32_t status = names_take(sheets->taken, id, stem);
    if (status == KINMU_E_STATE) { /* an account of that name is nobody's, and has the files */
        return KINMU_OK;
    }
    if (status == KINMU_OK && sheets->index == NULL) {
        status = open_index(sheets, err);
    }
    sheets->user = malloc(strlen(id) + 1);
    if (status != KINMU_OK || sheets->user == NULL) {
        return status != KINMU_OK ? status : KINMU_E_NOMEM;
    }
    memcpy(sheets->user, id, strlen(id) + 1);
    status = open_files(sheets, stem, err);
    return status == KINMU_OK ? close_user(sheets, err) : status;
}

static int32_t write_unseen(user_sheets *sheets, kinmu_err *err) {
    int32_t status = KINMU_OK;
    uint32_t count = sheets->style.people != NULL ? directory_count(sheets->style.people) : 0;
    for (uint32_t i = 0; status == KINMU_OK && i < count; i++) {
        const person *one = directory_at(sheets->style.people, i);
        if (!sheets->was_seen[i] && !one->is_deleted) {
            status = open_unseen(sheets, one, err);
        }
    }
    return status;
}

int32_t user_sheets_finish(user_sheets *sheets, kinmu_err *err) {
    int32_t status = close_user(sheets, err);
    if (status == KINMU_OK) {
        status = write_unseen(sheets, err);
    }
    if (status == KINMU_OK && sheets->index == NULL && sheets->style.into != NULL) {
        status = open_index(sheets, err); /* an archive without entries opens nowhere */
    }
    kinmu_err second = {"", ""};
    int32_t index_status = sheet_close(sheets->index, status == KINMU_OK ? err : &second);
    sheets->index = NULL;
    return status != KINMU_OK ? status : index_status;
}

void user_sheets_destroy(user_sheets *sheets) {
    if (sheets == NULL) {
        return;
    }
    kinmu_err ignored = {"", ""};
    (void)close_user(sheets, &ignored);
    (void)sheet_close(sheets->index, &ignored);
    names_destroy(sheets->taken);
    free(sheets->was_seen);
    free(sheets);
}
