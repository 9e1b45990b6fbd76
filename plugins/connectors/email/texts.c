/* email/texts.c - the mails' words as they are built in: Japanese, then English (template.h). Files
 * named in conf.d take their place. */
#include "template.h"

#define ALWAYS "service|url|name"
#define END_JA "\n※本メールはシステムより自動送信されたものです。\n"
#define BETWEEN "\n----\n\n"
#define END_EN "\nThis mail was sent by the system; nobody reads answers to it.\n"

static const struct {
    const char *names, *text;
} kinds[TEMPLATE_KINDS] = {
    [TEMPLATE_REQUEST] =
        {ALWAYS "|person|person_name|group|group_name|kind|kind_en|date|request",
         "Subject: [{service}]承認のお願い: {person_name} {kind} {date}\n\n"
         "{name} 様\n\n"
         "{person_name} さん（{group_name}）から申請がありました。承認一覧で確認してください。\n\n"
         "種類: {kind}\n対象日: {date}\n申請番号: {request}\n{url}\n" END_JA BETWEEN
         "{person_name} ({group_name}) asks for your approval.\n\n"
         "Kind: {kind_en}\nDay: {date}\nRequest: {request}\n" END_EN},
    [TEMPLATE_AUTO_END] =
        {ALWAYS "|person|person_name|group|group_name|date",
         "Subject: [{service}]勤務の自動終了: {person_name} {date}\n\n"
         "{name} 様\n\n"
         "{person_name} さん（{group_name}）の {date} "
         "の勤務は、終了の登録がないまま自動終了しました。\n"
         "本人の修正申請のあと、承認が必要です。\n{url}\n" END_JA BETWEEN
         "The shift of {person_name} ({group_name}) on {date} ended by itself: nobody registered "
         "its end.\nIt needs a correction by the person, and your approval.\n" END_EN},
    [TEMPLATE_IMPORT] =
        {ALWAYS "|result|result_en|files|by|added|changed|removed|errors|warnings|problems|"
                "problems_en",
         "Subject: [{service}]マスタ取込結果: {result}\n\n"
         "マスタファイルの取込結果をお知らせします。\n\n"
         "結果: {result}\nファイル: {files}\n実行者: {by}\n"
         "追加: {added} 件、変更: {changed} 件、削除: {removed} 件、エラー: {errors} 件、"
         "警告: {warnings} 件\n{problems}\n{url}\n" END_JA BETWEEN
         "Result of an import: {result_en}\nFiles: {files}\nBy: {by}\n"
         "Added: {added}, changed: {changed}, removed: {removed}, errors: {errors}, warnings: "
         "{warnings}\n{problems_en}" END_EN},
    [TEMPLATE_DIGEST] = {ALWAYS "|date|count|warnings|warnings_en",
                         "Subject: [{service}]アラートのお知らせ: {date}（{count} 件）\n\n"
                         "{name} 様\n\n"
                         "新しいアラートが {count} 件あります。\n\n{warnings}\n{url}\n" END_JA
                             BETWEEN "There are {count} new warnings.\n\n{warnings_en}" END_EN},
    [TEMPLATE_REGISTRATION] =
        {ALWAYS "|person|invite|expires",
         "Subject: [{service}]利用開始のご案内\n\n"
         "{name} 様\n\n"
         "{service}の利用者として登録されました。次の招待で、パスワードを設定してください。\n\n"
         "ログインURL: {url}\nユーザID: {person}\n招待: {invite}\n有効期限: {expires}（1 回だけ"
         "使えます）\n" END_JA BETWEEN
         "You have been registered. Set your password with this invitation.\n\n"
         "Log in at: {url}\nUser: {person}\nInvitation: {invite}\nGood until {expires}, "
         "once.\n" END_EN},
    [TEMPLATE_REISSUE] =
        {ALWAYS "|person|invite|expires",
         "Subject: [{service}]パスワード再発行のご案内\n\n"
         "{name} 様\n\n"
         "次の招待で、新しいパスワードを設定してください。心当たりのない場合は管理者に連絡して"
         "ください。\n\n"
         "ログインURL: {url}\nユーザID: {person}\n招待: {invite}\n有効期限: {expires}（1 回だけ"
         "使えます）\n" END_JA BETWEEN
         "Set a new password with this invitation. If you did not ask for it, tell your "
         "administrator.\n\n"
         "Log in at: {url}\nUser: {person}\nInvitation: {invite}\nGood until {expires}, "
         "once.\n" END_EN},
};

const char *template_names(uint32_t kind) {
    return kinds[kind].names;
}

const char *template_builtin(uint32_t kind) {
    return kinds[kind].text;
}
