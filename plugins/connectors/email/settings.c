/* email/settings.c - see settings.h. */
#include "settings.h"

#include "compose.h"
#include "words.h"

#include <kinmu/events/mail.h>

#include <errno.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#define DAY_MS INT64_C(86400000)
#define ANSWER_MS_MAX                                                                              \
    600000 /* RFC 5321 4.5.3.2.6: who waits less for the answer to a text sends it twice */

typedef struct template_row {
    const char *kind, *file;
} template_row;

static const kinmu_option template_columns[] = {
    {.name = "kind",
     .type = KINMU_OPT_CHOICE,
     .flags = KINMU_OPTION_REQUIRED,
     .offset = offsetof(template_row, kind),
     .choices = KINMU_MAIL_KINDS,
     .doc = "Which mail.",
     .doc_ja = "どのメールか。",
     .since = "1.0"},
    {.name = "file",
     .type = KINMU_OPT_TEXT,
     .flags = KINMU_OPTION_REQUIRED,
     .offset = offsetof(template_row, file),
     .min = 1,
     .max = 3000,
     .doc = "Its words: absolute path of a UTF-8 text, at most 16 KiB. First line \"Subject: …\", "
            "an empty line, the body.",
     .doc_ja = "文面の絶対パス。UTF-8、16 KiB まで。1 行目は「Subject: …」、空行、本文。",
     .since = "1.0"},
};

#define TEXT(option, size_max, preset, english, japanese)                                          \
    {                                                                                              \
        .name = #option, .type = KINMU_OPT_TEXT, .offset = offsetof(email_config, option),         \
        .min = 1, .max = (size_max), .default_text = (preset), .doc = (english),                   \
        .doc_ja = (japanese), .since = "1.0"                                                       \
    }

const kinmu_option settings_options[SETTINGS_OPTIONS] = {
    {.name = "server",
     .type = KINMU_OPT_TEXT,
     .flags = KINMU_OPTION_REQUIRED,
     .offset = offsetof(email_config, server),
     .min = 1,
     .max = 253,
     .doc = "Name or address of the mail server.",
     .doc_ja = "メールサーバーの名前またはアドレス。",
     .since = "1.0"},
    {.name = "port",
     .type = KINMU_OPT_INT,
     .offset = offsetof(email_config, port),
     .default_text = "587",
     .min = 1,
     .max = 65535,
     .doc = "Its port: 587 for starttls, 465 for tls.",
     .doc_ja = "ポート。starttls は 587、tls は 465。",
     .since = "1.0"},
    {.name = "security",
     .type = KINMU_OPT_CHOICE,
     .offset = offsetof(email_config, security),
     .default_text = "starttls",
     .choices = "starttls|tls|none",
     .doc =
         "starttls and tls are required, never only tried. none: a server on this computer only.",
     .doc_ja = "starttls と tls は必須となり、平文に戻らない。none はこのコンピューター上の"
               "サーバーのみ。",
     .since = "1.0"},
    TEXT(authority, 3000, NULL,
         "PEM file of the authorities the server's certificate must come from. Absent: the "
         "system's.",
         "サーバー証明書の認証局（PEM ファイル）。省略時はシステムのもの。"),
    TEXT(user, 255, NULL, "Account at the server. Absent: no login.",
         "サーバーのアカウント。省略時はログインしない。"),
    {.name = "password",
     .type = KINMU_OPT_SECRET,
     .offset = offsetof(email_config, password),
     .doc = "Its password.",
     .doc_ja = "そのパスワード。",
     .since = "1.0"},
    {.name = "from",
     .type = KINMU_OPT_TEXT,
     .flags = KINMU_OPTION_REQUIRED,
     .offset = offsetof(email_config, from),
     .min = 3,
     .max = COMPOSE_ADDRESS_BYTES_MAX,
     .doc = "Address the mails come from.",
     .doc_ja = "差出人のアドレス。",
     .since = "1.0"},
    TEXT(from_name, 128, NULL, "Name beside it.", "差出人の名前。"),
    TEXT(service, 64, "働き方見える化サービス", "What the service is called in the mails.",
         "メールの中でのサービス名。"),
    TEXT(url, 1024, NULL, "Address of the service, told in the mails.",
         "メールに書くサービスの URL。"),
    {.name = "master_import_notice_to",
     .type = KINMU_OPT_LIST,
     .offset = offsetof(email_config, notice_to),
     .max = 16,
     .doc = "Addresses that are told what came of imports. Absent: nobody.",
     .doc_ja = "マスタ取込結果の通知先メールアドレス。省略時は通知しない。",
     .since = "1.0"},
    TEXT(digest_at, 5, "08:00",
         "Clock of this node after which approvers get the day's new warnings, in one mail.",
         "承認者に新しいアラートを 1 日 1 通にまとめて送る時刻（このノードの時計）。"),
    {.name = "rate",
     .type = KINMU_OPT_INT,
     .flags = KINMU_OPTION_LIVE,
     .offset = offsetof(email_config, rate),
     .default_text = "60",
     .min = 1,
     .max = 10000,
     .doc = "Mails a minute at most.",
     .doc_ja = "1 分間に送るメールの上限。",
     .since = "1.0"},
    {.name = "paused",
     .type = KINMU_OPT_BOOL,
     .flags = KINMU_OPTION_LIVE,
     .offset = offsetof(email_config, paused),
     .default_text = "false",
     .doc = "true: nothing is sent; what comes meanwhile waits.",
     .doc_ja = "true の間は送らず、ためておく。",
     .since = "1.0"},
    {.name = "invitations",
     .type = KINMU_OPT_BOOL,
     .offset = offsetof(email_config, invitations),
     .default_text = "false",
     .doc = "true: who is registered is mailed an invitation to set a password, made by `api` as "
            "the mail is sent; it holds 24 hours, once.",
     .doc_ja =
         "true なら、新しく登録された利用者にパスワード設定の招待（24 時間、1 回限り）を送る。"
         "招待は送信のときに api が作る。",
     .since = "1.0"},
    {.name = "give_up_after",
     .type = KINMU_OPT_DURATION,
     .offset = offsetof(email_config, give_up_ms),
     .default_text = "3d",
     .min = 60000,
     .max = 30 * DAY_MS,
     .doc = "A mail that could not be sent for so long is given up; what is older when it is first "
            "seen tells nobody.",
     .doc_ja = "この期間送れなかったメールはあきらめる。これより古い出来事は通知しない。",
     .since = "1.0"},
    {.name = "templates",
     .type = KINMU_OPT_ROWS,
     .offset = offsetof(email_config, templates),
     .max = TEMPLATE_KINDS,
     .columns = KINMU_TABLE(template_columns),
     .row_size = sizeof(template_row),
     .doc = "Words of one's own in place of the built-in ones.",
     .doc_ja = "標準の文面の代わりに使う文面。",
     .since = "1.0"},
};

static int32_t refuse(kinmu_err *err, const char *option, const char *why, const char *what) {
    (void)snprintf(err->key, sizeof err->key, "%s", option);
    (void)snprintf(err->msg, sizeof err->msg, "email: %s: %s%s%.200s", option, why,
                   what[0] != '\0' ? ": " : "", what);
    return KINMU_E_CONFIG;
}

/* What may stand in a URL's host without a meaning of its own. */
static int32_t is_host(const char *text) {
    return strspn(text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-") ==
           strlen(text);
}

static int32_t is_loopback(const char *host) {
    return strcmp(host, "localhost") == 0 || strncmp(host, "127.", 4) == 0;
}

static const char *copy(settings *s, const char *text) {
    return text != NULL ? memory_text(&s->memory, text, strlen(text)) : NULL;
}

static int32_t take_template(settings *s, const template_row *row, kinmu_err *err) {
    char text[TEMPLATE_BYTES_MAX + 2];
    char problem[160];
    int32_t kind = words_choice(KINMU_MAIL_KINDS, row->kind, (uint32_t)strlen(row->kind));
    FILE *in = row->file[0] == '/' && kind >= 0 ? fopen(row->file, "rb") : NULL;
    if (in == NULL) {
        return refuse(err, "templates", row->file[0] == '/' ? strerror(errno) : "no absolute path",
                      row->file);
    }
    size_t size = fread(text, 1, sizeof text - 1, in);
    int32_t is_bad = ferror(in);
    (void)fclose(in);
    text[size] = '\0';
    const char *why = is_bad ? "cannot be read"
                             : template_check((uint32_t)kind, text, size, problem, sizeof problem);
    if (why != NULL) {
        return refuse(err, "templates", row->file, why);
    }
    s->templates[kind] = copy(s, text);
    return KINMU_OK;
}

static int32_t take_addresses(settings *s, const kinmu_text_list *list, kinmu_err *err) {
    s->notice_to = memory_get(&s->memory, (list->count + 1) * sizeof *s->notice_to);
    for (uint32_t i = 0; s->notice_to != NULL && i < list->count; i++) {
        if (!compose_is_address(list->items[i])) {
            return refuse(err, "master_import_notice_to", "is no mail address", list->items[i]);
        }
        s->notice_to[s->notice_count++] = copy(s, list->items[i]);
    }
    return KINMU_OK;
}

static int32_t judge(const email_config *c, kinmu_err *err) {
    int64_t minutes = 0;
    if (!is_host(c->server)) {
        return refuse(err, "server", "is no name of a server", c->server);
    }
    if (strcmp(c->security, "none") == 0 && !is_loopback(c->server)) {
        return refuse(err, "security",
                      "none is for a server on this computer only; use starttls or tls", "");
    }
    if (c->authority != NULL && c->authority[0] != '/') {
        return refuse(err, "authority", "is no absolute path", c->authority);
    }
    if (!compose_is_address(c->from)) {
        return refuse(err, "from", "is no mail address", c->from);
    }
    if (!words_clock(c->digest_at, 0, &minutes)) {
        return refuse(err, "digest_at", "is no clock such as 08:00", c->digest_at);
    }
    return KINMU_OK;
}

int32_t settings_take(settings *s, const email_config *config, kinmu_err *err) {
    const template_row *templates = config->templates.rows;
    int32_t status = judge(config, err);
    if (status != KINMU_OK) {
        return status;
    }
    s->server = copy(s, config->server);
    s->security = copy(s, config->security);
    s->authority = copy(s, config->authority);
    s->user = copy(s, config->user);
    s->password = copy(s, config->password);
    s->from = copy(s, config->from);
    s->from_name = config->from_name != NULL ? copy(s, config->from_name) : "";
    s->service = copy(s, config->service);
    s->url = config->url != NULL ? copy(s, config->url) : "";
    s->port = config->port;
    s->timeout_ms = ANSWER_MS_MAX;
    s->give_up_ms = config->give_up_ms;
    s->has_invitations = config->invitations;
    (void)words_clock(config->digest_at, 0, &s->digest_min);
    for (uint32_t kind = 0; kind < TEMPLATE_KINDS; kind++) {
        s->templates[kind] = template_builtin(kind);
    }
    status = take_addresses(s, &config->notice_to, err);
    for (uint32_t i = 0; status == KINMU_OK && i < config->templates.count; i++) {
        status = take_template(s, &templates[i], err);
    }
    return s->memory.failed ? KINMU_E_NOMEM : status;
}

void settings_free(settings *s) {
    memory_free(&s->memory);
}
