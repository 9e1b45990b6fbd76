/* csv/user_sheets.c - the PC and application logs per user. See user_sheets.h.
 *
 * 社員番号 (the employee number) is the login account until a directory of people exists.
 * Minutes of one user on several PCs are added up: the log has at most one row a minute.
 */
#include "user_sheets.h"

#include "moment.h"
#include "names.h"

#include <kinmu/events/input.h>
#include <kinmu/events/window.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PC_HEADERS                                                                                 \
    "社員番号,日時,アルファベット,数字,テンキー,記号類,その他,左クリック,右クリック,ホイール,移動"
#define APP_HEADERS "社員番号,日時,プロセス名,ウィンドウタイトル"
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
    int32_t with_titles;
    uint64_t count;
    char *user; /* NULL before the first */
    sheet *pc;
    sheet *app;
    sheet *index;
    minute minute; /* waits for the same minute on another PC */
};

int32_t user_sheets_create(folder *f, int32_t with_titles, user_sheets **out) {
    user_sheets *sheets = calloc(1, sizeof *sheets);
    if (sheets == NULL) {
        return KINMU_E_NOMEM;
    }
    sheets->folder = f;
    sheets->with_titles = with_titles;
    int32_t status = names_create(folder_encoder(f), &sheets->taken);
    if (status != KINMU_OK) {
        free(sheets);
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
    char when[MOMENT_SIZE];
    moment_slashes(when, m->unix_ns, m->utc_offset_s, 1);
    sheet_string(sheets->pc, sheets->user);
    sheet_plain(sheets->pc, when);
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

/* Both files are closed whatever happens; the first failure is told. */
static int32_t close_user(user_sheets *sheets, kinmu_err *err) {
    if (sheets->user == NULL) {
        return KINMU_OK;
    }
    write_minute(sheets);
    kinmu_err second = {"", ""};
    int32_t status = sheet_close(sheets->pc, err);
    int32_t app_status = sheet_close(sheets->app, status == KINMU_OK ? err : &second);
    sheets->pc = NULL;
    sheets->app = NULL;
    free(sheets->user);
    sheets->user = NULL;
    return status != KINMU_OK ? status : app_status;
}

static int32_t open_one(user_sheets *sheets, const char *stem, const char *kind,
                        const char *headers, sheet **out, kinmu_err *err) {
    char name[SHEET_NAME_SIZE];
    (void)snprintf(name, sizeof name, "%s_%s.csv", stem, kind);
    int32_t status = folder_open_sheet(sheets->folder, name, headers, out, err);
    if (status == KINMU_OK) {
        sheet_string(sheets->index, name);
        sheet_string(sheets->index, sheets->user);
        sheet_end_row(sheets->index);
    }
    return status;
}

static int32_t open_user(user_sheets *sheets, const char *user, kinmu_err *err) {
    char stem[NAMES_STEM_SIZE];
    int32_t status = names_take(sheets->taken, user, stem);
    if (status != KINMU_OK) {
        (void)snprintf(err->key, sizeof err->key, "csv.users");
        (void)snprintf(err->msg, sizeof err->msg, "csv: user \"%.64s\": %s", user,
                       status == KINMU_E_STATE ? "the events are not sorted by user"
                                               : "no file name left or out of memory");
        return status;
    }
    if (sheets->index == NULL) {
        status = folder_open_sheet(sheets->folder, INDEX_NAME, INDEX_HEADERS, &sheets->index, err);
        if (status != KINMU_OK) {
            return status;
        }
    }
    size_t size = strlen(user) + 1;
    sheets->user = malloc(size);
    if (sheets->user == NULL) {
        return KINMU_E_NOMEM;
    }
    memcpy(sheets->user, user, size);
    sheets->count++;
    status = open_one(sheets, stem, "pc", PC_HEADERS, &sheets->pc, err);
    if (status == KINMU_OK) {
        status = open_one(sheets, stem, "app", APP_HEADERS, &sheets->app, err);
    }
    return status;
}

int32_t user_sheets_turn_to(user_sheets *sheets, const char *user, kinmu_err *err) {
    if (sheets->user != NULL && strcmp(sheets->user, user) == 0) {
        return KINMU_OK;
    }
    int32_t status = close_user(sheets, err);
    return status == KINMU_OK ? open_user(sheets, user, err) : status;
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
    int32_t is_wanted = is_activation || (sheets->with_titles && is_text(cause, "title"));
    if (!is_wanted || process.size == 0) {
        return;
    }
    kinmu_value title = text_field(event, KINMU_WINDOW_FOCUS_TITLE);
    char when[MOMENT_SIZE];
    moment_slashes(when, event->unix_ns, event->utc_offset_s, 0);
    sheet_string(sheets->app, sheets->user);
    sheet_plain(sheets->app, when);
    sheet_text(sheets->app, process.as.text, process.size);
    sheet_text(sheets->app, title.as.text, title.size);
    sheet_end_row(sheets->app);
}

int32_t user_sheets_finish(user_sheets *sheets, kinmu_err *err) {
    int32_t status = close_user(sheets, err);
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
    (void)user_sheets_finish(sheets, &ignored);
    names_destroy(sheets->taken);
    free(sheets);
}
