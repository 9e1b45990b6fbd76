/* csv/sheets/log_list.c - see log_list.h. */
#include "sheets/log_list.h"

#include "known/fields.h"
#include "writing/moment.h"

#include <kinmu/events/attendance.h>
#include <kinmu/events/audit.h>
#include <kinmu/events/session.h>

#include <stdio.h>

#define TEXT_SIZE 600

const char log_list_headers[] =
    "記録日時,操作ユーザー,操作内容,対象ユーザー,備考,IPアドレス,バージョン";

static void put(sheet *s, const char *text) {
    if (text != NULL && text[0] != '\0') {
        sheet_string(s, text);
    } else {
        sheet_blank(s);
    }
}

void log_list_row(sheet *s, const log_row *row) {
    put(s, row->time);
    put(s, row->user);
    put(s, row->what);
    put(s, row->target);
    put(s, row->note);
    put(s, row->address);
    sheet_blank(s); /* no record tells the version of what wrote it */
    sheet_end_row(s);
}

/* ---- words ---- */

typedef struct word {
    const char *kind, *name;
} word;

static const word changes[] = {
    {"boot", "起動"},
    {"logon", "ログオン"},
    {"lock", "ロック"},
    {"unlock", "ロック解除"},
    {"idle", "無操作"},
    {"active", "操作再開"},
    {"sleep", "スリープ"},
    {"resume", "スリープ解除"},
    {"switch_connect", "接続"},
    {"logoff", "ログオフ"},
    {"switch_disconnect", "切断"},
    {"shutdown", "シャットダウン"},
    {NULL, NULL},
};
static const word punches[] = {
    {"start", "出勤"},          {"break", "休憩開始"},    {"resume", "休憩終了"}, {"end", "退勤"},
    {"task_start", "業務開始"}, {"task_end", "業務終了"}, {NULL, NULL},
};
static const word sources[] = {
    {"manual", "打刻"},     {"auto", "自動"},       {"pc", "PC連携"}, {"face", "顔認証"},
    {"import", "取り込み"}, {"correction", "修正"}, {NULL, NULL},
};
static const word actions[] = {
    {"login", "ログイン"},  {"logout", "ログアウト"}, {"create", "登録"},
    {"update", "変更"},     {"delete", "削除"},       {"command", "操作"},
    {"import", "取り込み"}, {"export", "出力"},       {"erase", "消去"},
    {NULL, NULL},
};
static const word results[] = {{"refused", "拒否"}, {"failed", "失敗"}, {NULL, NULL}};

static const char *find(const word *known, const kinmu_event *event, uint32_t field) {
    for (; known->kind != NULL; known++) {
        if (field_is(event, field, known->kind)) {
            return known->name;
        }
    }
    return "";
}

const char *log_list_word(uint32_t kind, const kinmu_event *event) {
    return kind == LOG_LIST_CHANGE  ? find(changes, event, KINMU_SESSION_CHANGE_KIND)
           : kind == LOG_LIST_PUNCH ? find(punches, event, KINMU_ATTENDANCE_PUNCH_KIND)
                                    : "";
}

/* ---- rows ---- */

/* A text value with a NUL behind it, cut where it would not fit. */
static const char *text_of(char out[TEXT_SIZE], const kinmu_event *event, uint32_t field) {
    kinmu_value value = field_value(event, field);
    out[0] = '\0';
    if (value.type == KINMU_TYPE_TEXT) {
        (void)snprintf(out, TEXT_SIZE, "%.*s", (int)value.size, value.as.text);
    }
    return out;
}

static void write_change(sheet *s, const log_row *whose, const kinmu_event *event) {
    log_row row = *whose;
    char address[TEXT_SIZE];
    char note[TEXT_SIZE];
    char auth[TEXT_SIZE];
    (void)text_of(auth, event, KINMU_SESSION_CHANGE_AUTH);
    int32_t is_estimated = field_is(event, KINMU_SESSION_CHANGE_QUALITY, "estimated");
    (void)snprintf(note, sizeof note, "%s%s%.500s", is_estimated ? "推定" : "",
                   is_estimated && auth[0] != '\0' ? " " : "", auth);
    row.what = log_list_word(LOG_LIST_CHANGE, event);
    row.target = row.user;
    row.note = note;
    row.address = text_of(address, event, KINMU_SESSION_CHANGE_REMOTE_HOST);
    log_list_row(s, &row);
}

static void write_punch(sheet *s, const log_row *whose, const kinmu_event *event) {
    log_row row = *whose;
    char note[TEXT_SIZE];
    char place[TEXT_SIZE];
    const char *source = find(sources, event, KINMU_ATTENDANCE_PUNCH_SOURCE);
    (void)text_of(place, event, KINMU_ATTENDANCE_PUNCH_PLACE);
    (void)snprintf(note, sizeof note, "%s%s%.500s", source,
                   source[0] != '\0' && place[0] != '\0' ? " " : "", place);
    row.what = log_list_word(LOG_LIST_PUNCH, event);
    row.target = row.user;
    row.note = note;
    log_list_row(s, &row);
}

static void write_audit(sheet *s, const log_row *whose, const kinmu_event *event) {
    log_row row = *whose;
    char user[TEXT_SIZE];
    char what[2 * TEXT_SIZE];
    char object[TEXT_SIZE];
    char id[TEXT_SIZE];
    char note[TEXT_SIZE];
    char reason[TEXT_SIZE];
    char address[TEXT_SIZE];
    const char *result = find(results, event, KINMU_AUDIT_CHANGE_RESULT);
    (void)text_of(id, event, KINMU_AUDIT_CHANGE_OBJECT_ID);
    (void)text_of(reason, event, KINMU_AUDIT_CHANGE_REASON);
    (void)snprintf(what, sizeof what, "%s %s%s%s", find(actions, event, KINMU_AUDIT_CHANGE_ACTION),
                   text_of(object, event, KINMU_AUDIT_CHANGE_OBJECT), id[0] != '\0' ? " " : "", id);
    (void)snprintf(note, sizeof note, "%s%s%.500s", result,
                   result[0] != '\0' && reason[0] != '\0' ? " " : "", reason);
    row.target = row.user;
    row.user = text_of(user, event, KINMU_AUDIT_CHANGE_CHANGED_BY);
    row.what = what;
    row.note = note;
    row.address = text_of(address, event, KINMU_AUDIT_CHANGE_ADDRESS);
    log_list_row(s, &row);
}

static void write_read(sheet *s, const log_row *whose, const kinmu_event *event) {
    log_row row = *whose;
    char user[TEXT_SIZE];
    char what[TEXT_SIZE + 16];
    char schema[TEXT_SIZE];
    char target[TEXT_SIZE];
    char note[32];
    char address[TEXT_SIZE];
    kinmu_value rows = field_value(event, KINMU_AUDIT_READ_ROWS);
    (void)snprintf(what, sizeof what, "閲覧 %s", text_of(schema, event, KINMU_AUDIT_READ_SCHEMA));
    (void)snprintf(note, sizeof note, "%lld 件",
                   rows.type == KINMU_TYPE_I64 ? (long long)rows.as.i64 : 0LL);
    row.user = text_of(user, event, KINMU_AUDIT_READ_READER);
    row.what = what;
    row.target = text_of(target, event, KINMU_AUDIT_READ_OF_PERSON);
    row.note = note;
    row.address = text_of(address, event, KINMU_AUDIT_READ_ADDRESS);
    log_list_row(s, &row);
}

void log_list_write(sheet *s, uint32_t kind, const char *user, const kinmu_event *event) {
    char time[MOMENT_SIZE];
    log_row row = {.time = time, .user = user};
    moment_slashes(time, event->unix_ns, event->utc_offset_s, 0);
    switch (kind) {
    case LOG_LIST_CHANGE:
        write_change(s, &row, event);
        break;
    case LOG_LIST_PUNCH:
        write_punch(s, &row, event);
        break;
    case LOG_LIST_AUDIT:
        write_audit(s, &row, event);
        break;
    case LOG_LIST_READ:
        write_read(s, &row, event);
        break;
    default:
        break;
    }
}
