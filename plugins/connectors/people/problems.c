/* people/problems.c - see problems.h. One table holds every sentence; docs/imports.md lists it. */
#include "problems.h"

#include "sentences.h"

#include <stdlib.h>
#include <string.h>

static const sentence sentences[] = {
    {"file.read",
     "ファイル「{1}」を読めません（{2}）。絶対パスで指定し、Kinmu が読める場所に置いてください",
     "cannot read \"{1}\" ({2}); give an absolute path to a file that Kinmu may read"},
    {"file.empty", "ファイルが空です。見出し行が必要です",
     "the file is empty; it needs a header line"},
    {"file.large", "ファイルが大きすぎます（64 MiB、100 万行まで）。分けて取り込んでください",
     "the file is too large (64 MiB, a million lines); split it"},
    {"file.zip", "ZIP（または Excel ブック）です。CSV（Shift_JIS）で保存してください",
     "this is a ZIP archive or an Excel workbook; save it as CSV (Shift_JIS)"},
    {"file.ole",
     "暗号化されたファイル、または古い形式の Office "
     "文書です。暗号化を解除し、CSV（Shift_JIS）で保存してください",
     "this is an encrypted file or an old Office document; decrypt it and save it as CSV "
     "(Shift_JIS)"},
    {"file.binary", "CSV ではありません。CSV（Shift_JIS）で保存してください",
     "this is no CSV file; save it as CSV (Shift_JIS)"},
    {"file.utf16",
     "文字コードが UTF-16（Unicode テキスト）です。CSV（Shift_JIS）で保存してください",
     "the file is UTF-16 (\"Unicode text\"); save it as CSV (Shift_JIS)"},
    {"file.utf8-bom",
     "文字コードが UTF-8（BOM 付き）です。Shift_JIS で保存するか、encoding=utf8 を指定してください",
     "the file is UTF-8 with a byte order mark; save it as Shift_JIS or give encoding=utf8"},
    {"file.utf8",
     "文字コードが UTF-8 です。Shift_JIS で保存するか、encoding=utf8 を指定してください",
     "the file is UTF-8; save it as Shift_JIS or give encoding=utf8"},
    {"file.not-utf8", "文字コードが UTF-8 ではありません。encoding=cp932 を指定してください",
     "the file is not UTF-8; give encoding=cp932"},
    {"file.twice", "同じ種類のファイルが 2 つあります（{1}）", "two files of the same kind: {1}"},
    {"file.many", "一度に取り込めるのは 8 ファイルまでです", "at most 8 files at once"},
    {"csv.character", "Shift_JIS（CP932）として読めない文字があります",
     "there are bytes that are no character of this character set"},
    {"csv.control", "制御文字があります。取り除いてください",
     "there is a control character; remove it"},
    {"csv.cell-long", "項目が長すぎます（16,384 バイトまで）",
     "a cell is longer than 16,384 bytes"},
    {"csv.line-end", "改行が CR のみです。CR LF（または LF）で保存してください",
     "a line ends with CR alone; save the file with CR LF or LF"},
    {"csv.quote-open", "引用符 \" が閉じていません", "a quote \" is never closed"},
    {"csv.quote-after", "閉じた引用符の後ろに文字があります。項目の中の \" は \"\" と書きます",
     "there are characters behind a closing quote; write \" inside a cell as \"\""},
    {"csv.quote-inside",
     "引用符で囲まれていない項目の中に \" があります。項目を \" で囲み、中の \" は \"\" と書きます",
     "there is a \" in a cell without quotes; put the cell between quotes and write \"\""},
    {"csv.columns", "カラム数が異常です", "wrong number of columns: {1}, not {2}"},
    {"header.unknown", "見出し行がどの取込ファイルとも一致しません（先頭の項目: {1}）",
     "the header line is that of no file known here (it begins with \"{1}\")"},
    {"header.column", "見出しが「{1}」です。「{2}」が正しい見出しです",
     "the header says \"{1}\"; it has to be \"{2}\""},
    {"cell.required", "「{1}」は必須です", "\"{1}\" is required"},
    {"cell.long", "「{1}」が長すぎます（{2} 文字まで）",
     "\"{1}\" is too long (at most {2} characters)"},
    {"cell.id", "「{1}」に使えない文字があります: {2}",
     "\"{1}\" has a character that ids may not have: {2}"},
    {"cell.mail", "「{1}」がメールアドレスではありません: {2}", "\"{1}\" is no mail address: {2}"},
    {"cell.flag", "「{1}」は 0 または 1 です: {2}", "\"{1}\" is 0 or 1, not \"{2}\""},
    {"cell.choice", "「{1}」は 0、1、2 のいずれかです: {2}", "\"{1}\" is 0, 1 or 2, not \"{2}\""},
    {"cell.code", "更新区分「{1}」はありません（{2} まで）",
     "there is no 更新区分 \"{1}\" (0 to {2})"},
    {"cell.number", "「{1}」の数値が正しくありません: {2}", "\"{1}\" is no number that fits: {2}"},
    {"cell.zero", "「{1}」に 0 は指定できません。使わないときは空欄にしてください",
     "\"{1}\" cannot be 0; leave it empty"},
    {"cell.morning", "「{1}」は業務時間（{2} 分）より短くしてください",
     "\"{1}\" has to be less than the whole ({2} minutes)"},
    {"cell.clock", "「{1}」は時刻（5:00 のように）です: {2}",
     "\"{1}\" is a clock like 5:00, not \"{2}\""},
    {"cell.breaks", "「{1}」は HH:mm-HH:mm を ; でつなぎ、早い順に重ならないように書きます: {2}",
     "\"{1}\" is HH:mm-HH:mm joined by \";\", in order and not overlapping: {2}"},
    {"cell.date", "「{1}」は日付（2026-11-22 のように）です: {2}",
     "\"{1}\" is a date like 2026-11-22, not \"{2}\""},
    {"cell.word", "「{1}」に「{2}」は指定できません", "\"{1}\" cannot be \"{2}\""},
    {"row.twice", "「{1}」が {2} 行目にもあります", "\"{1}\" stands in line {2} too"},
    {"code.exists", "「{1}」は登録済みです。変更は更新区分 2 です",
     "\"{1}\" exists already; 更新区分 2 changes it"},
    {"code.absent", "「{1}」は登録されていません。登録は更新区分 1 です",
     "there is no \"{1}\"; 更新区分 1 registers it"},
    {"code.suspended", "「{1}」はログイン不可です。再登録は更新区分 4 です",
     "\"{1}\" may not log in at present; 更新区分 4 ends that"},
    {"code.deleted", "「{1}」は削除済みです。再登録は更新区分 4 です",
     "\"{1}\" is deleted; 更新区分 4 brings it back"},
    {"code.active", "「{1}」は有効です。再登録はできません",
     "\"{1}\" is active; there is nothing to bring back"},
    {"code.erased", "「{1}」は完全削除済みです。この ID は再び使えません",
     "\"{1}\" was erased; an id of a person is never used again"},
    {"group.parent", "グループ「{1}」の上位グループ「{2}」がありません",
     "group \"{1}\": there is no parent group \"{2}\""},
    {"group.cycle", "グループ「{1}」の上位をたどると自分に戻ります",
     "group \"{1}\" is among its own parents"},
    {"group.deep", "グループ「{1}」の階層が深すぎます（{2} まで）",
     "group \"{1}\" lies too deep (at most {2} levels)"},
    {"group.approver-unknown",
     "グループ「{1}」の承認者「{2}」は登録されていないか、削除されています",
     "group \"{1}\": approver \"{2}\" is not registered, or deleted"},
    {"group.approver-none", "グループ「{1}」に有効な承認者がいません",
     "group \"{1}\" has no approver who is active"},
    {"group.people", "グループ「{1}」の人数が上限 {2} を超えます",
     "group \"{1}\" would have more than {2} people"},
    {"group.in-use", "グループ「{1}」には「{2}」がいるため削除できません",
     "group \"{1}\" cannot be deleted: \"{2}\" belongs to it"},
    {"person.group", "「{1}」の所属グループ「{2}」がありません",
     "\"{1}\": there is no group \"{2}\""},
    {"person.pattern", "「{1}」の勤務パターン「{2}」がありません",
     "\"{1}\": there is no work pattern \"{2}\""},
    {"pattern.in-use", "勤務パターン「{1}」は「{2}」が使っているため削除できません",
     "work pattern \"{1}\" cannot be deleted: \"{2}\" has it"},
    {"person.unknown", "「{1}」という人は登録されていません", "there is no person \"{1}\""},
    {"company.licences", "有効な人数が {1} 人となり、ライセンス数 {2} を超えます",
     "{1} people would be active; the licence is for {2}"},
    {"person.notify", "「{1}」の自動登録が有効です。通知区分（15～19 列）は 0 を推奨します",
     "\"{1}\" has automatic registration; 0 is recommended for the notices (columns 15 to 19)"},
    {"person.link",
     "「{1}」のパスワード再発行: 招待がメールで送られます（email の invitations: "
     "true）。名簿は変わりません",
     "\"{1}\": an invitation to set a new password is mailed (email: invitations: true); the "
     "directory does not change"},
    {"base.stale",
     "ダウンロード（{1}）の後に変更がありました（現在 {2}）。差分を確かめ、上書きするなら "
     "force=true",
     "there were changes after this download ({1}; now {2}); look at them, then give force=true to "
     "overwrite"},
    {"computer.missing", "コンピュータマスタに全員が必要です。不足: {1}",
     "the computer master must list everybody; missing: {1}"},
    {"day.unknown", "社員番号「{1}」の人は登録されていないため、この行を取り込みません",
     "nobody has the number \"{1}\": this line is left out"},
    {"schedule.both", "勤務パターン「{1}」と開始・終了時刻は、どちらか一方にしてください",
     "a shift is by a work pattern (\"{1}\") or by clocks, not both"},
    {"schedule.clocks",
     "開始時刻と終了時刻は両方書き、終了を後にしてください（翌朝 7 時は 31:00）: {1}",
     "a shift by clocks needs a start and an end after it (seven the next morning is 31:00): {1}"},
    {"schedule.breaks", "休憩時間帯は、開始・終了時刻の間に、早い順に重ならないように書きます: {1}",
     "breaks lie between the clocks of the shift, in order and not overlapping: {1}"},
    {"schedule.leave", "休暇の日に勤務パターンや時刻は指定できません",
     "a day of leave has no pattern and no clocks"},
    {"schedule.none", "出勤日には勤務パターンか開始・終了時刻が必要です",
     "a working day needs a work pattern, or clocks"},
    {"schedule.pattern", "勤務パターン「{1}」がありません", "there is no work pattern \"{1}\""},
    {"schedule.absent", "「{1}」の {2} に勤務予定はありません",
     "nothing is planned for \"{1}\" on {2}"},
    {"setting.unknown", "設定「{1}」はありません{2}", "there is no setting \"{1}\"{2}"},
    {"setting.number", "設定「{1}」は指定できません。{2} の整数を指定してください",
     "setting \"{1}\" is not possible: it takes a whole number of {2}"},
    {"setting.clock", "設定「{1}」は指定できません。{2} の時刻を 05:00 の形で指定してください",
     "setting \"{1}\" is not possible: it takes a clock of {2}, written 05:00"},
    {"setting.words",
     "設定「{1}」は指定できません。{2} のどれかを、いくつかなら「;」でつないで指定してください",
     "setting \"{1}\" is not possible: it takes one of {2}, or several joined by \";\""},
    {"setting.numbers", "設定「{1}」は指定できません。{2} の整数を「;」でつないで指定してください",
     "setting \"{1}\" is not possible: it takes whole numbers of {2} joined by \";\""},
    {"setting.date",
     "設定「{1}」は指定できません。2026-12-31 の形の日付か、空（なし）を指定してください",
     "setting \"{1}\" is not possible: it takes a date, written 2026-12-31, or nothing for none"},
    {"setting.calendar",
     "カレンダー「{1}」に休日がありません。休日のあるカレンダー: {2}。先に休日を取り込んでください",
     "the calendar \"{1}\" has no day; calendars that have some: {2}; import its days first"},
    {"setting.purpose", "目的「{1}」はありません。指定できるのは {2} です",
     "there is no purpose \"{1}\"; there are {2}"},
    {"setting.choice", "設定「{1}」に指定できるのは {2} のどれかです",
     "setting \"{1}\" is one of: {2}"},
    {"plan.attendance",
     "プラン「{1}」は MITERAS勤怠と併用できません。conf.d の people.attendance "
     "から「{2}」を外すか、"
     "プランを time-report か standard にしてください",
     "the plan \"{1}\" cannot be combined with MITERAS attendance: take \"{2}\" out of "
     "people.attendance in conf.d, or choose the plan time-report or standard"},
    {"setting.scope", "設定「{1}」は会社全体にだけ指定できます",
     "setting \"{1}\" is for the whole company only"},
    {"setting.owner", "「{1}」「{2}」がありません", "there is no {1} \"{2}\""},
    {"setting.zone", "タイムゾーン「{1}」がありません", "there is no time zone \"{1}\""},
    {"setting.licences", "ライセンス数は、有効な人数 {1} より少なくできません",
     "the licence cannot be below the {1} people who are active"},
};

#define SENTENCES (sizeof sentences / sizeof sentences[0])

const char *problems_sentence(const char *code, int32_t is_japanese) {
    const sentence *found = sentences_find(sentences, SENTENCES, code);
    return found == NULL ? NULL : is_japanese ? found->ja : found->en;
}

void problems_add(problems *p, const char *code, place at, uint32_t column, const char *one,
                  const char *two) {
    const char *ja = problems_sentence(code, 1);
    const char *en = problems_sentence(code, 0);
    p->total++;
    if (p->count >= PROBLEMS_TOLD_MAX) {
        return;
    }
    problem *rows = memory_grow(p->memory, p->rows, p->count, &p->capacity, sizeof *rows);
    if (rows == NULL) {
        return;
    }
    p->rows = rows;
    p->rows[p->count++] =
        (problem){at, column, code, ja != NULL ? sentences_fill(p->memory, ja, one, two) : code,
                  en != NULL ? sentences_fill(p->memory, en, one, two) : code};
}

static int compare(const void *left, const void *right) {
    const problem *a = left;
    const problem *b = right;
    int files = strcmp(a->at.file != NULL ? a->at.file : "", b->at.file != NULL ? b->at.file : "");
    if (files != 0) {
        return files;
    }
    if (a->at.line != b->at.line) {
        return a->at.line < b->at.line ? -1 : 1;
    }
    return a->column < b->column ? -1 : a->column > b->column;
}

void problems_sort(problems *p) {
    if (p->count > 1) {
        qsort(p->rows, p->count, sizeof *p->rows, compare);
    }
}
