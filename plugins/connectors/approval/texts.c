/* approval/texts.c - every sentence of a refusal, in Japanese and in English; the README lists the
 * codes that follow from states. */
#include "approval.h"
#include "sentences.h"

#include <stdio.h>
#include <string.h>

static const sentence sentences[] = {
    {"who.unknown",
     "「{1}」はどの利用者のアカウントでもありません。account set で登録するか、person "
     "を指定してください",
     "\"{1}\" is nobody's account; register it by account set, or give person"},
    {"who.other", "「{1}」として操作できるのは本人と管理者だけです",
     "only \"{1}\" and administrators may do this for \"{1}\""},
    {"who.person", "「{1}」という人は登録されていません", "there is no person \"{1}\""},
    {"who.inactive", "「{1}」はログイン不可または削除済みです",
     "\"{1}\" may not log in, or was deleted"},
    {"who.group", "「{1}」は {2} にどのグループにも所属していません",
     "\"{1}\" belongs to no group on {2}"},
    {"zone.unreadable", "タイムゾーン「{1}」を読めません（{2}）",
     "time zone \"{1}\" cannot be read: {2}"},
    {"input.date", "「{1}」は日付（2026-11-22 のように）ではありません",
     "\"{1}\" is no date like 2026-11-22"},
    {"input.clock", "「{1}」は時刻（9:00、翌日は 27:00 のように）ではありません",
     "\"{1}\" is no clock like 9:00, or 27:00 for the day after"},
    {"input.word", "「{1}」に「{2}」は指定できません", "{1} cannot be \"{2}\""},
    {"input.missing", "「{1}」には {2} が必要です", "{1} needs {2}"},
    {"input.order", "終わり {2} は始まり {1} より後にしてください",
     "the end {2} has to be after the start {1}"},
    {"input.range", "{1} の値が範囲外です: {2}", "{1} is out of range: {2}"},
    {"input.long", "「{1}」が長すぎます（{2} バイトまで）", "{1} is too long (at most {2} bytes)"},
    {"shift.off",
     "勤務中ではありません。先に勤務開始を打刻してください（開始を忘れたときは修正申請）",
     "no shift is open; punch start first (a forgotten one is a correction)"},
    {"shift.working", "すでに勤務中です（{1} に開始）", "a shift is open already, since {1}"},
    {"shift.break", "休憩中です。先に再開してください", "this is a break; resume first"},
    {"shift.no-break", "休憩中ではありません", "there is no break to resume from"},
    {"punch.past", "過去の時刻 {1} は打刻できません。修正申請をしてください（request correction）",
     "{1} is past; ask for a correction instead (request correction)"},
    {"punch.future", "未来の時刻 {1} は打刻できません", "{1} has not come yet"},
    {"punch.order", "最後の打刻 {2} より前の時刻 {1} は受け付けられません",
     "{1} lies before the last punch, {2}"},
    {"task.required",
     "業務の登録が必要です。task に業務内容を指定するか、先に task add で登録してください",
     "a task is required: give task, or register one by task add first"},
    {"report.required", "業務報告が必要です。report を指定してください（業務「{1}」）",
     "a report is required: give report (task \"{1}\")"},
    {"report.no-task", "業務報告が必要ですが、{1} の業務がありません。task add で登録してください",
     "a report is required, but {1} has no task; register one by task add"},
    {"task.none", "実行中の業務はありません", "no task is running"},
    {"task.unknown", "業務「{1}」はありません", "there is no task \"{1}\""},
    {"task.running", "業務「{1}」は実行中です", "task \"{1}\" is running"},
    {"task.done", "業務「{1}」は終了済みです", "task \"{1}\" is done"},
    {"task.deleted", "業務「{1}」は削除済みです", "task \"{1}\" was deleted"},
    {"request.unknown", "申請「{1}」はありません", "there is no request \"{1}\""},
    {"request.draft", "申請「{1}」はまだ申請されていません",
     "request \"{1}\" was not submitted yet"},
    {"request.pending", "申請「{1}」は承認待ちです", "request \"{1}\" waits for a decision"},
    {"request.approved", "申請「{1}」は承認済みです", "request \"{1}\" was approved already"},
    {"request.denied", "申請「{1}」は否認済みです", "request \"{1}\" was denied already"},
    {"request.returned", "申請「{1}」は差し戻されています。申請者が再申請してください",
     "request \"{1}\" was returned; who asked has to submit it again"},
    {"request.withdrawn", "申請「{1}」は取り下げられています", "request \"{1}\" was withdrawn"},
    {"request.expired", "申請「{1}」は期限切れです", "request \"{1}\" has expired"},
    {"request.twice", "同じ日の同じ申請「{1}」が承認待ちです。先に取り下げてください",
     "request \"{1}\" of the same kind and day waits already; withdraw it first"},
    {"request.future", "{1} はまだ来ていません。修正できるのは今日までです",
     "{1} has not come yet; only days up to today can be corrected"},
    {"request.owner", "乖離理由は勤怠システムで入力してください",
     "reasons of divergences are entered in the attendance system"},
    {"request.over", "{1} はすでに過ぎています。これからの時刻を指定してください",
     "{1} is over already; give a time to come"},
    {"request.far", "{1} は先すぎます。{2} 日以内にしてください",
     "{1} is too far away; at most {2} days"},
    {"request.source", "「{1}」を登録できるのは管理者と検知のプラグインだけです",
     "only administrators and plugins that watch register \"{1}\""},
    {"incident.illicit", "インシデント「{1}」はすでに不正と判定されています",
     "incident \"{1}\" was judged illicit already"},
    {"incident.harmless", "インシデント「{1}」はすでに問題なしと判定されています",
     "incident \"{1}\" was judged harmless already"},
    {"decide.kind", "「{1}」は申請「{2}」の種類には使えません",
     "\"{1}\" does not go with what \"{2}\" is"},
    {"decide.denied", "「{1}」には申請「{2}」を決定する権限がありません",
     "\"{1}\" may not decide request \"{2}\""},
    {"decide.self", "自分の申請「{1}」は決定できません。ほかの承認者が決定してください",
     "your own request \"{1}\" has to be decided by another approver"},
    {"list.denied", "「{1}」の内容を見る権限がありません", "you may not look at what is \"{1}\"'s"},
    {"state.unknown", "状態または操作が不明です（{1}）", "unknown state or action ({1})"},
};

#define SENTENCES (sizeof sentences / sizeof sentences[0])

const char *texts_find(const char *code, int32_t is_japanese) {
    const sentence *found = sentences_find(sentences, SENTENCES, code);
    return found == NULL ? NULL : is_japanese ? found->ja : found->en;
}

/* Copies at most size - 1 bytes, whole characters. */
static void copy_whole(char *out, size_t size, const char *text) {
    size_t length = strlen(text);
    length = length < size ? length : size - 1;
    while (length > 0 && text[length] != '\0' && ((uint8_t)text[length] & 0xC0) == 0x80) {
        length--;
    }
    memcpy(out, text, length);
    out[length] = '\0';
}

int32_t refuse(hearing *h, int32_t status, const char *code, const char *one, const char *two) {
    code = code != NULL ? code : "state.unknown";
    const char *ja = texts_find(code, 1);
    const char *en = texts_find(code, 0);
    kinmu_err *err = &h->call->err;
    memory *m = &h->call->memory;
    (void)snprintf(err->key, sizeof err->key, "%s", code);
    const char *text = ja != NULL && en != NULL
                           ? memory_print(m, "%s / %s", sentences_fill(m, ja, one, two),
                                          sentences_fill(m, en, one, two))
                           : code;
    copy_whole(err->msg, sizeof err->msg, text != NULL ? text : code);
    return status;
}
