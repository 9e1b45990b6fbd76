/* api/problem.c - every error's sentence, in Japanese and in English, and its form: RFC 9457. A
 * sentence repeats nothing of a request but names of members and parameters. */
#include "api.h"

#include "sentences.h"

#include <stdlib.h>
#include <string.h>

static const sentence sentences[] = {
    {"memory", "メモリーが足りません", "no memory"},
    {"busy", "混み合っています。しばらくしてから再試行してください",
     "the hub is busy; try again soon"},
    {"behind", "保存がまだ追いついていません。再試行してください",
     "the store is not as far yet; try again"},
    {"store", "ストアが無効か、api に reads が許されていません（conf.d）",
     "the store is off, or conf.d grants api no reads"},
    {"path.unknown", "この URL には何もありません（GET /api/v1/openapi.json を参照）",
     "there is nothing at this address; see GET /api/v1/openapi.json"},
    {"method.unknown", "この URL ではそのメソッドは使えません",
     "this address knows no such method"},
    {"login.needed", "認証が必要です（Authorization: Bearer kinmu_…）",
     "authentication is needed: Authorization: Bearer kinmu_…"},
    {"login.failed", "トークンが無効です（失効・期限切れ・誤り）",
     "the token is not valid: revoked, expired or wrong"},
    {"login.often", "認証の失敗が多すぎます。{1} 秒後に再試行してください",
     "authentication failed too often; try again in {1} s"},
    {"login.wrong", "利用者ID・パスワードが違うか、招待が無効です",
     "the person, the password or the invitation is not right"},
    {"code.needed", "二要素認証のコード（code）が必要です",
     "a code of the second factor is needed"},
    {"code.wrong", "コードが違うか、使用済みです", "the code is wrong, or was used"},
    {"factor.needed",
     "先に二要素認証を登録してください（POST me/second_factor）。この役割では必須です",
     "set up a second factor first (POST me/second_factor): this role needs one"},
    {"factor.key",
     "二要素認証を使えません。管理者が second_factor_key を確かめてください（conf.d）",
     "second factors cannot be used: an administrator looks at second_factor_key (conf.d)"},
    {"factor.offer", "登録をやり直してください（POST me/second_factor。有効なのは 10 分間です）",
     "begin anew by POST me/second_factor; it waits for ten minutes"},
    {"factor.none", "二要素認証は登録されていません", "no second factor is set up"},
    {"session.over", "ログインし直してください（セッションは終了しています）",
     "log in again: the session is over"},
    {"session.needed", "ログインしている人だけが使えます（トークンでは使えません）",
     "this is for people who are logged in, not for tokens"},
    {"session.unknown", "そのセッションはありません", "there is no such session"},
    {"csrf.needed", "X-Kinmu-Csrf がないか、違います（GET me の session.csrf）",
     "X-Kinmu-Csrf is missing or wrong; see session.csrf of GET me"},
    {"password.short", "パスワードは 15 文字以上にしてください",
     "a password has 15 characters or more"},
    {"password.long", "パスワードは 256 バイト以内にしてください",
     "a password has at most 256 bytes"},
    {"password.common",
     "推測されやすいパスワードです（よくある言葉、自分の名前や番号、並び、繰り返し）",
     "this password is guessed first: common words, your own name or number, runs, repetition"},
    {"password.same", "今と違うパスワードにしてください", "this is the password you have"},
    {"body.long", "本文が長すぎます（4,096 バイトまで）", "the body has more than 4,096 bytes"},
    {"key.secret", "この操作では Idempotency-Key は使えません（答えを保存しないため）",
     "this takes no Idempotency-Key: its answer is not kept"},
    {"role.denied", "この操作の権限（{1}）がありません", "this needs the permission \"{1}\""},
    {"scope.denied", "このトークンの範囲（scope）に「{1}」は含まれていません",
     "the token's scope does not hold \"{1}\""},
    {"query.encoding", "URL の検索条件が UTF-8 のパーセント符号化ではありません",
     "the query is no percent-encoded UTF-8"},
    {"query.twice", "検索条件「{1}」が 2 回指定されています", "\"{1}\" is given twice"},
    {"query.many", "検索条件が多すぎます（32 個まで）", "more than 32 parameters"},
    {"query.unknown", "検索条件「{1}」はありません", "there is no parameter \"{1}\""},
    {"query.value", "「{1}」の値が正しくありません。指定できる値: {2}",
     "the value of \"{1}\" is not one it takes: {2}"},
    {"query.both", "「{1}」と「{2}」は同時に指定できません",
     "\"{1}\" and \"{2}\" do not go together"},
    {"query.order", "時刻順（order=time）には person か subject の指定が必要です",
     "order=time needs person or subject"},
    {"search.days", "検索の期間は {1} 日までです。from・to・days を見直してください",
     "a search covers {1} days at most; ask for a shorter period by from, to or days"},
    {"search.record", "「{1}」はログではないため検索できません（GET rows/{1} を使ってください）",
     "\"{1}\" is no log; read it by GET rows/{1}"},
    {"search.unknown", "その名前の検索は保存されていません", "no search of that name is kept"},
    {"cursor.bad", "cursor が正しくありません。前のページの next をそのまま指定してください",
     "this is no cursor; give next of the page before as it is"},
    {"cursor.other", "cursor は別の検索条件のものです",
     "the cursor is of another question; keep all parameters but cursor"},
    {"schema.unknown", "スキーマ「{1}」はないか、閲覧できません",
     "there is no schema \"{1}\", or it is not for you"},
    {"person.unknown", "その人はいないか、閲覧できません",
     "there is no such person, or it is not for you"},
    {"plan.report", "プラン「{1}」にこのレポートは含まれません。含むプラン: {2}",
     "this report is not part of the plan \"{1}\", but of: {2}"},
    {"timeline.rows", "「{1}」の記録が多すぎます（10,000 行まで）。期間を短くしてください",
     "more than 10,000 rows of \"{1}\"; ask for a shorter span"},
    {"body.json", "本文が JSON ではありません（行:列 {1}）",
     "the body is no JSON, line:column {1}"},
    {"body.object", "本文は JSON オブジェクトにしてください", "the body has to be a JSON object"},
    {"body.type.header", "Content-Type は application/json にしてください",
     "Content-Type has to be application/json"},
    {"body.unknown", "項目「{1}」はありません", "there is no member \"{1}\""},
    {"body.missing", "項目「{1}」が必要です", "\"{1}\" is required"},
    {"body.type", "項目「{1}」の型が違います（{2}）", "\"{1}\" is of the wrong type: {2}"},
    {"body.choice", "項目「{1}」は {2} のいずれかにしてください", "\"{1}\" is one of {2}"},
    {"command.unknown", "コマンド「{1}」はありません", "there is no command \"{1}\""},
    {"jobs.off", "書き出しジョブは動いていません（conf.d の exporters に jobs を加えてください）",
     "export jobs are not running here; conf.d: exporters: jobs"},
    {"jobs.unknown", "書き出しジョブ「{1}」はありません", "there is no export job \"{1}\""},
    {"files.absent",
     "書き出しジョブ {1} にそのファイルはありません（作成前・失敗・期限切れ、または別の名前）",
     "export job {1} has no such file: not made yet, failed, expired, or of another name"},
    {"master.unknown",
     "マスタファイル「{1}」はありません（group・user・work_pattern・url_name のいずれか）",
     "there is no master file \"{1}\": group, user, work_pattern, url_name"},
    {"range.none", "指定された範囲はファイルの外です（{1} バイト）",
     "the range lies beyond the file of {1} bytes"},
    {"imports.off",
     "取り込み（people）は動いていません（conf.d の connectors に people を加えてください）",
     "imports are not running here; conf.d: connectors: people"},
    {"upload.type",
     "Content-Type は multipart/form-data にしてください（curl なら -F file=@user.csv）",
     "Content-Type has to be multipart/form-data (curl -F file=@user.csv)"},
    {"upload.body", "本文が multipart/form-data として正しくないか、途中で終わっています",
     "the body is no multipart/form-data, or ends in the middle"},
    {"upload.field",
     "ファイルでない項目があります。指定は URL の検索条件に書いてください（?dry_run=true）",
     "there is a part that is no file; options stand in the query, ?dry_run=true"},
    {"upload.none", "ファイルがありません", "there is no file in it"},
    {"upload.many", "一度に取り込めるのは 8 ファイルまでです", "at most 8 files at once"},
    {"upload.large", "「{1}」が大きすぎます（64 MiB まで）。分けて取り込んでください",
     "\"{1}\" is larger than 64 MiB; split it"},
    {"upload.disk", "「{1}」を一時保存できません。ハブのディスクの空きを確かめてください",
     "\"{1}\" cannot be kept for the moment; look at the space on the hub's disk"},
    {"key.bad", "Idempotency-Key は 1～128 文字の印字可能な ASCII にしてください",
     "an Idempotency-Key is 1 to 128 printable ASCII characters"},
    {"key.other", "この Idempotency-Key は別の要求に使われています",
     "this Idempotency-Key was used for another request"},
    {"key.running", "同じ Idempotency-Key の要求を処理中です",
     "the request with this Idempotency-Key is under way"},
    {"key.unknown",
     "この Idempotency-Key "
     "の要求は結果が不明です。状態を確かめ、必要なら新しいキーで再送してください",
     "the outcome of the request with this Idempotency-Key is not known; look, and if need be ask "
     "again with a new key"},
    {"key.long", "この Idempotency-Key の要求は完了しましたが、答えが長いため保存されていません",
     "the request with this Idempotency-Key was done; its answer was too long to be kept"},
    {"refused", "{1}", "{1}"},
    {"failed", "処理できませんでした（{1}）", "it could not be done ({1})"},
};

static const struct {
    uint32_t status;
    const char *ja, *en;
} titles[] = {
    {400, "要求が正しくありません", "Bad request"},
    {401, "認証されていません", "Unauthorized"},
    {403, "権限がありません", "Forbidden"},
    {404, "見つかりません", "Not found"},
    {405, "使えないメソッドです", "Method not allowed"},
    {409, "競合しています", "Conflict"},
    {413, "大きすぎます", "Too large"},
    {416, "範囲の外です", "Range not satisfiable"},
    {413, "大きすぎます", "Too large"},
    {415, "使えない形式です", "Unsupported media type"},
    {422, "受け付けられません", "Not acceptable as it is"},
    {429, "回数が多すぎます", "Too many requests"},
    {503, "今は使えません", "Unavailable for now"},
};

static void set(exchange *x, uint32_t status, const char *code, const char *ja, const char *en,
                json_t *output) {
    const char *title_ja = "エラー";
    const char *title = "Error";
    for (size_t i = 0; i < sizeof titles / sizeof titles[0]; i++) {
        if (titles[i].status == status) {
            title_ja = titles[i].ja;
            title = titles[i].en;
        }
    }
    char type[80];
    (void)snprintf(type, sizeof type, "urn:kinmu:problem:%s", code);
    json_t *said = json_pack("{s:s, s:i, s:s, s:s, s:s, s:s}", "type", type, "status", (int)status,
                             "title", title, "title_ja", title_ja, "detail", en, "detail_ja", ja);
    if (output != NULL) {
        json_object_set_new(said, "output", output);
    }
    exchange_json(x, status, said);
    x->type = "application/problem+json";
    x->wait_s = status == 503 && x->wait_s == 0 ? 1 : x->wait_s;
}

void problem_set(exchange *x, uint32_t status, const char *code, const char *one, const char *two) {
    const sentence *found = sentences_find(sentences, sizeof sentences / sizeof sentences[0], code);
    if (found == NULL) {
        found = sentences_find(sentences, sizeof sentences / sizeof sentences[0], "failed");
        one = code;
    }
    set(x, status, code, sentences_fill(&x->memory, found->ja, one, two),
        sentences_fill(&x->memory, found->en, one, two), NULL);
}

static int32_t is_ascii(const char *text, size_t size) {
    for (size_t i = 0; i < size; i++) {
        if ((uint8_t)text[i] >= 0x80) {
            return 0;
        }
    }
    return 1;
}

void problem_of_status(exchange *x, int32_t status, const char *text, json_t *output) {
    static const struct {
        int32_t status;
        uint32_t http;
        const char *code;
    } rows[] = {
        {KINMU_E_REJECT, 422, "refused"}, {KINMU_E_NOTFOUND, 404, "refused"},
        {KINMU_E_DENIED, 403, "refused"}, {KINMU_E_CONFLICT, 409, "refused"},
        {KINMU_E_STATE, 503, "store"},    {KINMU_E_BUSY, 503, "busy"},
        {KINMU_E_RETRY, 503, "behind"},   {KINMU_E_NOMEM, 503, "memory"},
    };
    uint32_t http = 503;
    const char *code = "failed";
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        if (rows[i].status == status) {
            http = rows[i].http;
            code = rows[i].code;
        }
    }
    const char *between = strstr(text, " / ");
    if (text[0] == '\0') {
        char number[16];
        (void)snprintf(number, sizeof number, "%d", (int)status);
        json_decref(output);
        problem_set(x, http, code, number, NULL);
    } else if (between != NULL && !is_ascii(text, (size_t)(between - text))) {
        const char *ja = memory_text(&x->memory, text, (size_t)(between - text));
        set(x, http, code, ja != NULL ? ja : "", between + 3, output);
    } else {
        set(x, http, code, text, text, output);
    }
}
