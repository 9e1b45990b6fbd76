/* csv/options.c - see options.h. */
#include "options.h"

#include "writing/cell.h"
#include "sheets/payroll.h"
#include "product.h"
#include "sheets/schema_sheets.h"

#include <stddef.h>
#include <stdio.h>
#include <string.h>

/* Values of the option `files`; the first is what no value means. */
static const struct {
    const char *name;
    uint32_t files;
} choices[] = {{"logs", FILES_LOGS},
               {"kinmu", PRODUCT_KINMU},
               {"gyomu", PRODUCT_GYOMU},
               {"aggregation", PRODUCT_AGGREGATION},
               {"pc", PRODUCT_PC},
               {"jinjer", PRODUCT_JINJER},
               {"payroll", PRODUCT_PAYROLL},
               {"log_list", PRODUCT_LOG_LIST},
               {"attendance_log", PRODUCT_ATTENDANCE_LOG},
               {"results", PRODUCT_RESULTS},
               {"differences", PRODUCT_DIFFERENCES},
               {"members", PRODUCT_MEMBERS}};

const kinmu_option csv_options[CSV_OPTIONS] = {
    {.name = "files",
     .type = KINMU_OPT_LIST,
     .offset = offsetof(csv_config, files),
     .max = sizeof choices / sizeof choices[0],
     .choices = "logs|kinmu|gyomu|aggregation|pc|jinjer|payroll|log_list|attendance_log|results|"
                "differences|members",
     .doc =
         "Files to make: logs (PC and application log of every account, as loose files), kinmu "
         "(kinmu_yyyyMM.csv, every business day), gyomu (gyomu_yyyyMM.zip, tasks and "
         "approvals), aggregation (aggregation_yyyyMM.zip, meetings, tasks, overtime, windows), pc "
         "(pc_yyyyMM.zip, presence, PC and application log of every person), jinjer "
         "(jinjer_yyyyMM.csv, hours of PCs in its layout), payroll (a file of your own layout, see "
         "the option payroll), log_list (log_list_yyyyMM.csv, what PCs, people and administrators "
         "did), attendance_log (attendance_log_yyyyMM.csv, the logs that became start and end of "
         "days), results (work_result_yyyyMM.csv and task_result_yyyyMM.csv, sums of the period, "
         "planned and actual), differences (difference_yyyyMM.csv and difference_group_yyyyMM.csv, "
         "how far PCs and punches lie apart), members (member_list_yyyyMM.csv and "
         "group_day_yyyyMM.csv, who is there and the days of each group). Absent: logs.",
     .doc_ja =
         "作るファイル。logs（アカウントごとの PC・アプリ操作履歴）、kinmu（勤務データ）、"
         "gyomu（業務報告・承認履歴の ZIP）、aggregation（働き方集計の ZIP）、"
         "pc（全員の在席・PC・アプリ操作履歴の ZIP）、jinjer（jinjer の様式の PC "
         "起動・停止時刻）、payroll（自分で決めた様式。オプション payroll "
         "を参照）、log_list（ログ一覧）、attendance_log"
         "（出退勤ログ）、results（勤務実績・タスク実績の集計、予定と実績）、differences"
         "（勤怠差異。人別とグループ別）、members（メンバー一覧と組織日別一覧）。省略時は logs。",
     .since = "1.0"},
    {.name = "format",
     .type = KINMU_OPT_CHOICE,
     .offset = offsetof(csv_config, format),
     .default_text = "csv",
     .choices = "csv|xlsx",
     .doc =
         "csv, or xlsx: each file is an Excel workbook instead (kinmu_yyyyMM.xlsx, and so within "
         "archives), with ids as texts and dates as dates; encoding (but for names in archives), "
         "profile, separator and line_end do not matter then.",
     .doc_ja =
         "csv、または xlsx（各ファイルを Excel ブックにする。ID は文字列、日付は日付）。"
         "xlsx では encoding（ZIP 内の名前を除く）・profile・separator・line_end は関係しない。",
     .since = "1.0"},
    {.name = "layout",
     .type = KINMU_OPT_CHOICE,
     .offset = offsetof(csv_config, layout),
     .default_text = "1",
     .choices = "1",
     .doc = "Version of names, columns and forms of the products' files. 1 is the only one so far; "
            "written into conf.d it stays when a later Kinmu knows a newer one.",
     .doc_ja = "ファイル名・列・形式の版。今は 1 だけ。conf.d に書いておけば、新しい版が増えても"
               "変わらない。",
     .since = "1.0"},
    {.name = "encoding",
     .type = KINMU_OPT_CHOICE,
     .offset = offsetof(csv_config, encoding),
     .default_text = "cp932",
     .choices = "cp932|utf8-bom|utf8",
     .doc = "Character set of all files: CP932 (Shift_JIS as Windows knows it), or UTF-8 with BOM "
            "or without.",
     .doc_ja = "全ファイルの文字コード。cp932（Windows の Shift_JIS）、utf8-bom、BOM のない utf8。",
     .since = "1.0"},
    {.name = "replacement",
     .type = KINMU_OPT_CHOICE,
     .offset = offsetof(csv_config, replacement),
     .default_text = "geta",
     .choices = "geta|question",
     .doc =
         "What stands for a character the character set lacks: 〓 or ?. unmapped.csv lists them.",
     .doc_ja = "文字コードにない文字の代わり。geta は〓、question は ?。一覧は unmapped.csv。",
     .since = "1.0"},
    {.name = "profile",
     .type = KINMU_OPT_CHOICE,
     .offset = offsetof(csv_config, profile),
     .default_text = "human",
     .choices = "human|machine",
     .doc = "human: a text that a spreadsheet would run as a formula gets a leading apostrophe. "
            "machine: texts as they are, for programs.",
     .doc_ja = "human は表計算ソフトが数式と見なす文字列の先頭に ' を付ける。"
               "machine は文字列をそのまま書く（プログラム用）。",
     .since = "1.0"},
    {.name = "headers",
     .type = KINMU_OPT_CHOICE,
     .offset = offsetof(csv_config, headers),
     .default_text = "plain",
     .choices = "plain|spaced|none",
     .doc =
         "Form of column names between Latin letters and kanji: plain (PC開始時刻), or spaced as "
         "the guides print it (PC 開始時刻); none: no row of column names.",
     .doc_ja = "列見出しの英字と漢字の間。plain は PC開始時刻、spaced は PC 開始時刻。none "
               "は見出しの行なし。",
     .since = "1.0"},
    {.name = "schemas",
     .type = KINMU_OPT_LIST,
     .offset = offsetof(csv_config, schemas),
     .max = SCHEMA_SHEETS_MAX,
     .doc = "Schemas written as they are too, one file each, such as kinmu.session.change/1.",
     .doc_ja = "そのまま書き出すスキーマ。1 スキーマにつき 1 ファイル。",
     .since = "1.0"},
    {.name = "title_changes",
     .type = KINMU_OPT_BOOL,
     .offset = offsetof(csv_config, title_changes),
     .default_text = "false",
     .doc = "Write a row of the application log also when the same window changes its title.",
     .doc_ja = "同じウィンドウのタイトルが変わったときもアプリ操作履歴に 1 行書く。",
     .since = "1.0"},
    {.name = "separator",
     .type = KINMU_OPT_CHOICE,
     .offset = offsetof(csv_config, separator),
     .default_text = "comma",
     .choices = "comma|tab|semicolon",
     .doc = "What stands between the cells of all files.",
     .doc_ja = "全ファイルのセルの区切り。",
     .since = "1.0"},
    {.name = "line_end",
     .type = KINMU_OPT_CHOICE,
     .offset = offsetof(csv_config, line_end),
     .default_text = "crlf",
     .choices = "crlf|lf",
     .doc = "What ends a row of all files.",
     .doc_ja = "全ファイルの改行。",
     .since = "1.0"},
    {.name = "differences_against",
     .type = KINMU_OPT_CHOICE,
     .offset = offsetof(csv_config, differences_against),
     .default_text = "punch",
     .choices = "punch|schedule",
     .doc = "What the PC's start and end are compared with in the files differences: punches, or "
            "the planned clocks: of the day's schedule, else of the work pattern.",
     .doc_ja =
         "differences で PC の開始・終了と比べるもの。punch は打刻、schedule は予定の時刻（その日の"
         "勤務予定、なければ勤務パターン）。",
     .since = "1.0"},
    {.name = "differences_threshold",
     .type = KINMU_OPT_INT,
     .offset = offsetof(csv_config, differences_threshold),
     .default_text = "30",
     .max = APART_THRESHOLD_MAX,
     .doc = "Minutes; a difference up to it is ignored there.",
     .doc_ja = "differences で差異と見なさない分数（この値以下）。",
     .since = "1.0"},
    {.name = "payroll",
     .type = KINMU_OPT_ROWS,
     .offset = offsetof(csv_config, payroll),
     .max = PAYROLL_COLUMNS_MAX,
     .columns = {payroll_column_options, PAYROLL_COLUMN_OPTIONS, (uint32_t)sizeof(kinmu_option)},
     .row_size = sizeof(payroll_column),
     .doc = "Columns of a file of your own layout, from left to right; written with files: "
            "[payroll].",
     .doc_ja = "自分で決めた様式の列を左から順に書く。files: [payroll] で出力する。",
     .since = "1.0"},
    {.name = "payroll_name",
     .type = KINMU_OPT_TEXT,
     .offset = offsetof(csv_config, payroll_name),
     .default_text = "payroll_{from:yyyymm}.csv",
     .min = 1,
     .max = PAYROLL_NAME_MAX,
     .doc = "Name of that file. {from:…} and {to:…} are the first and the last day, in any form a "
            "date may have, such as {from:yyyymmdd}.",
     .doc_ja = "そのファイル名。{from:…} は期間の初日、{to:…} は末日。形は日付の format と同じ"
               "（{from:yyyymmdd} など）。",
     .since = "1.0"},
    {.name = "payroll_rows",
     .type = KINMU_OPT_CHOICE,
     .offset = offsetof(csv_config, payroll_rows),
     .default_text = "day",
     .choices = "day|month",
     .doc = "A row for each person and day, or for each person and month with sums of minutes.",
     .doc_ja = "1 人 1 日 1 行、または 1 人 1 か月 1 行（分は合計）。",
     .since = "1.0"},
};

uint32_t options_files(const kinmu_text_list *names) {
    uint32_t files = names->count == 0 ? choices[0].files : 0;
    for (uint32_t i = 0; i < names->count; i++) {
        for (size_t c = 0; c < sizeof choices / sizeof choices[0]; c++) {
            files |= strcmp(names->items[i], choices[c].name) == 0 ? choices[c].files : 0;
        }
    }
    return files;
}

int32_t options_check_plan(uint32_t files, const plan *bought, const char *date, kinmu_err *err) {
    char names[PLAN_TEXT_SIZE];
    for (size_t i = 0; i < sizeof choices / sizeof choices[0]; i++) {
        if ((files & choices[i].files) != 0 && !plans_has_choice(bought, choices[i].name)) {
            plans_with_choice(choices[i].name, names);
            (void)snprintf(err->key, sizeof err->key, "csv.plan");
            (void)snprintf(err->msg, sizeof err->msg,
                           "csv: files: \"%s\" is not part of the plan \"%s\" (company.plan as of "
                           "%s) but of: %s; ask for others with the option files",
                           choices[i].name, bought->name, date, names);
            return KINMU_E_REJECT;
        }
    }
    return KINMU_OK;
}

folder_style options_style(const csv_config *config) {
    folder_style style = {
        .charset = strcmp(config->encoding, "cp932") == 0      ? ENCODE_CP932
                   : strcmp(config->encoding, "utf8-bom") == 0 ? ENCODE_UTF8_BOM
                                                               : ENCODE_UTF8,
        .profile = strcmp(config->profile, "human") == 0 ? CELL_HUMAN : CELL_MACHINE,
        .replacement = strcmp(config->replacement, "geta") == 0 ? ENCODE_GETA : '?',
        .spaced = strcmp(config->headers, "spaced") == 0,
        .without_headers = strcmp(config->headers, "none") == 0,
        .is_xlsx = strcmp(config->format, "xlsx") == 0,
        .separator = strcmp(config->separator, "comma") == 0 ? ","
                     : strcmp(config->separator, "tab") == 0 ? "\t"
                                                             : ";",
        .line_end = strcmp(config->line_end, "crlf") == 0 ? "\r\n" : "\n",
    };
    return style;
}
