/* csv/sheets/log_list.h - lists of logs (EXP-23): what PCs, people and administrators did, a row
 * each, with the columns of ログ表示.
 *
 * Rows are written as they come, by account and time; nothing waits in memory. */
#ifndef CSV_LOG_LIST_H
#define CSV_LOG_LIST_H

#include "known/directory.h"
#include "writing/sheet.h"

enum { LOG_LIST_CHANGE, LOG_LIST_PUNCH, LOG_LIST_MINUTE, LOG_LIST_AUDIT, LOG_LIST_READ };

/* 記録日時,操作ユーザー,操作内容,対象ユーザー,備考,IPアドレス,バージョン */
extern const char log_list_headers[];

/* Texts of one row; NULL is a blank. */
typedef struct log_row {
    const char *time; /* "2026/11/22 10:00:07" */
    const char *user, *what, *target, *note, *address;
} log_row;
void log_list_row(sheet *s, const log_row *row);

/* What a change of a session or a punch is called; "" for no such word. */
const char *log_list_word(uint32_t kind, const kinmu_event *event);
/* The event as a row; `user` is whose it is, or what stands for him. A minute of input is none. */
void log_list_write(sheet *s, uint32_t kind, const char *user, const kinmu_event *event);

#endif
