/* config/tables.c - the core's own maps of conf.d, described like a plugin's options. */
#include "config/internal.h"

#include <stddef.h>
#include <string.h>

#define MIB (INT64_C(1) << 20)
#define TIB (INT64_C(1) << 40)
#define DAY_MS INT64_C(86400000)
#define PATH_BYTES_MAX 3000

static const kinmu_option node_options[] = {
    {.name = "name",
     .type = KINMU_OPT_TEXT,
     .offset = offsetof(config_node_map, name),
     .min = 1,
     .max = KINMU_NAME_BYTES_MAX,
     .doc = "Name of this node in lists and reports. Absent: the computer's name.",
     .doc_ja = "一覧や帳票に出るこのノードの名前。省略時はコンピューター名。",
     .since = "1.0"},
    {.name = "data",
     .type = KINMU_OPT_TEXT,
     .offset = offsetof(config_node_map, data),
     .min = 1,
     .max = PATH_BYTES_MAX,
     .doc =
         "Data folder (journal, keys, store). A relative path begins at this configuration folder. "
         "The command line's --data goes before it.",
     .doc_ja =
         "データフォルダー（ジャーナル、鍵、ストア）。相対パスはこの設定フォルダーから数える。"
         "コマンドラインの --data が優先。",
     .since = "1.0"},
};

static const kinmu_option purpose_options[] = {
    {.name = "keep",
     .type = KINMU_OPT_DURATION,
     .offset = offsetof(config_purpose_map, keep_ms),
     .min = DAY_MS,
     .max = 36500 * DAY_MS,
     .doc = "How long events of this purpose are kept, in whole days. Absent: until erased.",
     .doc_ja = "この目的のデータを保存する期間（日単位）。省略時は消去するまで保存。",
     .since = "1.0"},
    {.name = "quota",
     .type = KINMU_OPT_SIZE,
     .offset = offsetof(config_purpose_map, quota_bytes),
     .min = MIB,
     .max = TIB,
     .doc = "Disk space for this purpose; beyond it old detail is folded into coarser events. "
            "Absent: no "
            "limit of its own.",
     .doc_ja =
         "この目的に使うディスク容量。超えると古い詳細を粗い記録に畳む。省略時は個別の上限なし。",
     .since = "1.0"},
    {.name = "notice",
     .type = KINMU_OPT_TEXT,
     .offset = offsetof(config_purpose_map, notice),
     .min = 1,
     .max = KINMU_NAME_BYTES_MAX,
     .doc = "Name of a notice (notices:) that the person at the PC must have accepted before "
            "anything is collected of him: kinmu notice. Absent, or false: none.",
     .doc_ja = "収集の前に本人が同意する告知の名前（notices: の中、kinmu notice で答える）。"
               "省略時と false は告知なし。",
     .since = "1.0"},
    {.name = "collect",
     .type = KINMU_OPT_BOOL,
     .offset = offsetof(config_purpose_map, collect),
     .default_text = "true",
     .doc = "false: nothing new of this purpose is recorded; what is there stays as long as `keep` "
            "says.",
     .doc_ja = "false なら、この目的のデータを新たに記録しない。既にあるものは keep の間残る。",
     .since = "1.0"},
    {.name = "doc",
     .type = KINMU_OPT_TEXT,
     .offset = offsetof(config_purpose_map, doc),
     .max = 1024,
     .doc = "What it is for, in words the people concerned understand.",
     .doc_ja = "何のために使うか。対象者に分かる言葉で書く。",
     .since = "1.0"},
};

static const kinmu_option notice_options[] = {
    {.name = "version",
     .type = KINMU_OPT_TEXT,
     .flags = KINMU_OPTION_REQUIRED,
     .offset = offsetof(config_notice_map, version),
     .min = 1,
     .max = CONFIG_NOTICE_VERSION_BYTES_MAX,
     .doc = "Its version, \"2026-11\"; it stands with every answer.",
     .doc_ja = "版。\"2026-11\" など。答えと共に残る。",
     .since = "1.0"},
    {.name = "ja",
     .type = KINMU_OPT_TEXT,
     .flags = KINMU_OPTION_REQUIRED,
     .offset = offsetof(config_notice_map, ja),
     .min = 1,
     .max = CONFIG_NOTICE_TEXT_BYTES_MAX,
     .doc = "What people are told, in Japanese. Purposes, records and keep times are shown below "
            "it.",
     .doc_ja = "伝える文（日本語）。目的、記録、保存期間はその下に表示される。",
     .since = "1.0"},
    {.name = "en",
     .type = KINMU_OPT_TEXT,
     .flags = KINMU_OPTION_REQUIRED,
     .offset = offsetof(config_notice_map, en),
     .min = 1,
     .max = CONFIG_NOTICE_TEXT_BYTES_MAX,
     .doc = "The same in English.",
     .doc_ja = "伝える文（英語）。",
     .since = "1.0"},
    {.name = "renew",
     .type = KINMU_OPT_CHOICE,
     .offset = offsetof(config_notice_map, renew),
     .default_text = "ask",
     .choices = "ask|keep",
     .doc = "After a change of version, text, purposes or keep times: ask everybody again, or let "
            "the answer he gave stay good.",
     .doc_ja = "版、文、目的、保存期間が変わったとき、全員に聞き直す（ask）か、前の答えを有効とする"
               "（keep）か。",
     .since = "1.0"},
};

static const kinmu_option rule_columns[] = {
    {.name = "app",
     .type = KINMU_OPT_TEXT,
     .offset = offsetof(config_rule_row, app),
     .min = 1,
     .max = 256,
     .doc = "Program name with * and ?, letter case ignored.",
     .doc_ja = "プログラム名。* と ? が使え、大文字小文字は区別しない。",
     .since = "1.0"},
    {.name = "domain",
     .type = KINMU_OPT_TEXT,
     .offset = offsetof(config_rule_row, domain),
     .min = 1,
     .max = 256,
     .doc = "Host of a URL: this domain and all below it.",
     .doc_ja = "URL のホスト名。このドメインとその下すべて。",
     .since = "1.0"},
    {.name = "match",
     .type = KINMU_OPT_TEXT,
     .offset = offsetof(config_rule_row, match),
     .min = 1,
     .max = 1024,
     .doc = "POSIX extended regular expression on titles, URLs and paths.",
     .doc_ja = "タイトル・URL・パスに対する正規表現（POSIX 拡張）。",
     .since = "1.0"},
    {.name = "action",
     .type = KINMU_OPT_CHOICE,
     .flags = KINMU_OPTION_REQUIRED,
     .offset = offsetof(config_rule_row, action),
     .choices = "drop|exclude|replace",
     .doc = "drop: empties the matching fields; exclude: empties all texts of the event; replace: "
            "replaces "
            "what `match` found.",
     .doc_ja = "drop: 該当する項目を空にする。exclude: その記録の文字列をすべて空にする。"
               "replace: match に合う部分を置き換える。",
     .since = "1.0"},
    {.name = "replace",
     .type = KINMU_OPT_TEXT,
     .offset = offsetof(config_rule_row, replace),
     .max = 256,
     .doc = "Text put in its place by `replace`. Absent: ***",
     .doc_ja = "replace で置き換える文字列。省略時は ***",
     .since = "1.0"},
};

static const kinmu_option privacy_options[] = {
    {.name = "title",
     .type = KINMU_OPT_CHOICE,
     .offset = offsetof(config_privacy_map, title),
     .default_text = "off",
     .choices = "off|on|hashed",
     .doc = "Window titles and file paths: not recorded, recorded, or only as a keyed hash.",
     .doc_ja = "ウィンドウタイトルとファイルパス。off 記録しない、on 記録する、hashed "
               "鍵付きハッシュのみ。",
     .since = "1.0"},
    {.name = "url",
     .type = KINMU_OPT_CHOICE,
     .offset = offsetof(config_privacy_map, url),
     .default_text = "host-path",
     .choices = "off|host|host-path|full",
     .doc = "How much of a URL is recorded; host-path leaves out query and fragment.",
     .doc_ja = "URL をどこまで記録するか。host-path は ? と # 以降を除く。",
     .since = "1.0"},
    {.name = "rules",
     .type = KINMU_OPT_ROWS,
     .offset = offsetof(config_privacy_map, rules),
     .max = 1000,
     .columns = KINMU_TABLE(rule_columns),
     .row_size = sizeof(config_rule_row),
     .doc = "Exceptions, applied before anything is written. Each needs app, domain or match.",
     .doc_ja = "書き込みの前に適用する例外。各行に app・domain・match のどれかが要る。",
     .since = "1.0"},
};

static const kinmu_option quiet_columns[] = {
    {.name = "hours",
     .type = KINMU_OPT_TEXT,
     .flags = KINMU_OPTION_REQUIRED,
     .offset = offsetof(config_quiet_row, hours),
     .min = 1,
     .max = 32,
     .doc = "From when until when, in local time: 20:00-08:00 goes over midnight, 00:00-24:00 is "
            "the whole day.",
     .doc_ja = "始まりと終わり（現地時刻）。20:00-08:00 は深夜 0 時をまたぐ。00:00-24:00 は終日。",
     .since = "1.0"},
    {.name = "days",
     .type = KINMU_OPT_LIST,
     .offset = offsetof(config_quiet_row, days),
     .min = 1,
     .max = 7,
     .choices = "mon|tue|wed|thu|fri|sat|sun",
     .doc = "Days on which it begins. Absent: every day.",
     .doc_ja = "始まる曜日。省略時は毎日。",
     .since = "1.0"},
};

static const kinmu_option quiet_options[] = {
    {.name = "windows",
     .type = KINMU_OPT_ROWS,
     .offset = offsetof(config_quiet_map, windows),
     .max = CONFIG_QUIET_MAX,
     .columns = KINMU_TABLE(quiet_columns),
     .row_size = sizeof(config_quiet_row),
     .doc = "Hours in which only the purposes working-time and audit are recorded; all else is "
            "dropped before anything is written, and counted.",
     .doc_ja = "この時間帯は目的 working-time と audit だけを記録する。ほかは書き込む前に捨て、"
               "数だけ数える。",
     .since = "1.0"},
};
/* Both kinds of tables may be on a server; docs/postgres.md. */
#define PLACE_JA "PostgreSQL に置く場合の接続文字列（パスワードは書かない）。省略時は SQLite。"
#define PASSWORD_JA "postgres の接続に使うパスワード。省略時は libpq の設定に従う。"
#define SERVER(map)                                                                                \
    {.name = "postgres",                                                                           \
     .type = KINMU_OPT_TEXT,                                                                       \
     .offset = offsetof(map, postgres),                                                            \
     .min = 1,                                                                                     \
     .max = 1024,                                                                                  \
     .doc = "Where it is in PostgreSQL: a connection string without a password, as in "            \
            "host=a,b dbname=kinmu user=kinmu. Absent: SQLite, in the data folder.",               \
     .doc_ja = PLACE_JA,                                                                           \
     .since = "1.0"},                                                                              \
    {                                                                                              \
        .name = "password", .type = KINMU_OPT_SECRET, .max = 1024,                                 \
        .offset = offsetof(map, password),                                                         \
        .doc = "Password for `postgres`. Absent: none, or what libpq finds (peer, .pgpass, "       \
               "certificates).",                                                                   \
        .doc_ja = PASSWORD_JA, .since = "1.0"                                                      \
    }

static const kinmu_option journal_options[] = {
    {.name = "flush_interval",
     .type = KINMU_OPT_DURATION,
     .offset = offsetof(config_journal_map, flush_interval_ms),
     .default_text = "1s",
     .min = 10,
     .max = 60000,
     .doc = "At most so much of the last work is lost when the power fails.",
     .doc_ja = "電源断で失われうるのは最大でこの時間分。",
     .since = "1.0"},
    SERVER(config_journal_map),
};

static const kinmu_option checkpoint_options[] = {
    {.name = "folder",
     .type = KINMU_OPT_TEXT,
     .offset = offsetof(config_checkpoint_map, folder),
     .min = 1,
     .max = PATH_BYTES_MAX,
     .doc = "Folder, best on another machine, where a signed checkpoint of all chain heads is "
            "written once a day. Who has one can show later that nothing was lost. Absent: none "
            "is written outside the data folder.",
     .doc_ja =
         "すべての鎖の先頭に署名したチェックポイントを毎日書くフォルダー（できれば別の機械）。"
         "あとで何も失われていないことを示せる。省略時は外に書かない。",
     .since = "1.0"},
    {.name = "keep",
     .type = KINMU_OPT_INT,
     .offset = offsetof(config_checkpoint_map, keep),
     .default_text = "400",
     .min = 1,
     .max = 100000,
     .doc = "How many of these files are kept there; older ones are removed.",
     .doc_ja = "そこに残すファイルの数。古いものから消す。",
     .since = "1.0"},
    {.name = "timestamp_url",
     .type = KINMU_OPT_TEXT,
     .offset = offsetof(config_checkpoint_map, timestamp_url),
     .min = 1,
     .max = 1000,
     .doc = "Address of an authority for time stamps (RFC 3161), asked for one over each "
            "checkpoint. It learns a hash, nothing else. Absent: none.",
     .doc_ja = "各チェックポイントにタイムスタンプ（RFC 3161）をもらう局のアドレス。"
               "渡すのはハッシュ値だけ。省略時はもらわない。",
     .since = "1.0"},
    {.name = "timestamp_authority",
     .type = KINMU_OPT_TEXT,
     .offset = offsetof(config_checkpoint_map, timestamp_authority),
     .min = 1,
     .max = PATH_BYTES_MAX,
     .doc = "PEM file of whoever certifies that authority; stamps of others are not taken. Absent: "
            "the signature alone is checked.",
     .doc_ja = "その局を証明する認証局の PEM ファイル。ほかの発行者のものは受け取らない。"
               "省略時は署名だけを確かめる。",
     .since = "1.0"},
};

static const kinmu_option store_options[] = {
    {.name = "enabled",
     .type = KINMU_OPT_BOOL,
     .offset = offsetof(config_store_map, enabled),
     .default_text = "true",
     .doc = "false: no tables to read from, the journal alone (an agent).",
     .doc_ja = "false なら検索用の表を作らず、ジャーナルだけにする（エージェント）。",
     .since = "1.0"},
    {.name = "apply",
     .type = KINMU_OPT_BOOL,
     .offset = offsetof(config_store_map, apply),
     .default_text = "true",
     .doc = "false: this node reads the tables and leaves bringing them up to date to other nodes "
            "on the same PostgreSQL.",
     .doc_ja = "false なら表を読むだけで、新しくするのは同じ PostgreSQL の他のノードに任せる。",
     .since = "1.0"},
    SERVER(config_store_map),
};

static const kinmu_option http_options[] = {
    {.name = "listen",
     .type = KINMU_OPT_LIST,
     .offset = offsetof(config_http_map, listen),
     .max = 7,
     .doc = "Addresses to serve at, \"address:port\". Nothing listens until a plugin serves "
            "something. Absent: 127.0.0.1:8443, for this computer alone.",
     .doc_ja =
         "待ち受けるアドレス（address:port）。何かを提供するプラグインがなければ待ち受けない。"
         "省略時は 127.0.0.1:8443（このコンピューターからのみ）。",
     .since = "1.0"},
    {.name = "metrics_listen",
     .type = KINMU_OPT_TEXT,
     .offset = offsetof(config_http_map, metrics_listen),
     .min = 1,
     .max = 64,
     .doc =
         "One more address, for /metrics, /healthz and /readyz alone. Absent: /metrics answers on "
         "the other addresses, to this computer only.",
     .doc_ja = "/metrics・/healthz・/readyz だけを出す追加のアドレス。省略時、/metrics は通常の"
               "アドレスで、このコンピューターにだけ答える。",
     .since = "1.0"},
    {.name = "certificate",
     .type = KINMU_OPT_TEXT,
     .offset = offsetof(config_http_map, certificate),
     .min = 1,
     .max = PATH_BYTES_MAX,
     .doc =
         "Certificate chain of the server, PEM. Absent: hub/server.pem in the data folder; without "
         "that folder hub an address of this computer is served without TLS, any other not at "
         "all.",
     .doc_ja = "サーバー証明書チェーン（PEM）。省略時はデータフォルダーの hub/server.pem。フォル"
               "ダー hub がなければ、自分自身のアドレスだけを TLS なしで待ち受ける。",
     .since = "1.0"},
    {.name = "key",
     .type = KINMU_OPT_TEXT,
     .offset = offsetof(config_http_map, key),
     .min = 1,
     .max = PATH_BYTES_MAX,
     .doc = "Its private key, PEM. Absent: hub/server.key in the data folder.",
     .doc_ja = "その秘密鍵（PEM）。省略時はデータフォルダーの hub/server.key。",
     .since = "1.0"},
    {.name = "authority",
     .type = KINMU_OPT_TEXT,
     .offset = offsetof(config_http_map, authority),
     .min = 1,
     .max = PATH_BYTES_MAX,
     .doc = "Certificate of the authority that client certificates must come from, PEM. Absent: "
            "hub/ca.pem in the data folder.",
     .doc_ja = "クライアント証明書を発行した認証局の証明書（PEM）。省略時はデータフォルダーの "
               "hub/ca.pem。",
     .since = "1.0"},
    {.name = "client_certificates",
     .type = KINMU_OPT_CHOICE,
     .offset = offsetof(config_http_map, client_certificates),
     .default_text = "optional",
     .choices = "off|optional|required",
     .doc = "off: not asked for; optional: one that is shown must be good, and what devices use "
            "needs one; required: nobody connects without.",
     .doc_ja = "off 要求しない、optional 提示されたものは検証し端末用の機能では必須、required "
               "証明書なしでは接続できない。",
     .since = "1.0"},
    {.name = "connections",
     .type = KINMU_OPT_INT,
     .offset = offsetof(config_http_map, connections),
     .default_text = "12000",
     .min = 16,
     .max = 65536,
     .doc =
         "Connections at once. Beyond it the one goes that has waited longest without asking for "
         "anything.",
     .doc_ja = "同時接続数の上限。超えると、要求を出さずに最も長く待っている接続を切る。",
     .since = "1.0"},
    {.name = "connections_per_address",
     .type = KINMU_OPT_INT,
     .offset = offsetof(config_http_map, connections_per_address),
     .default_text = "4000",
     .min = 4,
     .max = 65534,
     .doc = "The same for one address; generous, because many PCs may come through one gateway.",
     .doc_ja = "1 アドレスあたりの上限。多数の PC が 1 つのゲートウェイから来ることがある。",
     .since = "1.0"},
    {.name = "trusted_proxies",
     .type = KINMU_OPT_LIST,
     .offset = offsetof(config_http_map, trusted_proxies),
     .max = 16,
     .doc = "Addresses of reverse proxies whose X-Forwarded-* headers reach plugins; from anybody "
            "else they are taken away.",
     .doc_ja =
         "X-Forwarded-* ヘッダーを信用するリバースプロキシーのアドレス。それ以外からは取り除く。",
     .since = "1.0"},
};

static const kinmu_option proxy_options[] = {
    {.name = "url",
     .type = KINMU_OPT_TEXT,
     .offset = offsetof(config_proxy_map, url),
     .min = 1,
     .max = 1000,
     .doc = "Proxy that https requests go through, by CONNECT: http://proxy.example:3128. Absent: "
            "none.",
     .doc_ja = "https の要求が通る（CONNECT）プロキシ。http://proxy.example:3128 "
               "の形。省略時は使わない。",
     .since = "1.0"},
    {.name = "user",
     .type = KINMU_OPT_TEXT,
     .offset = offsetof(config_proxy_map, user),
     .min = 1,
     .max = 256,
     .doc = "Name the proxy asks for (Basic authentication). Absent: it asks for none.",
     .doc_ja = "プロキシが求めるユーザー名（Basic 認証）。省略時は認証なし。",
     .since = "1.0"},
    {.name = "password",
     .type = KINMU_OPT_SECRET,
     .offset = offsetof(config_proxy_map, password),
     .doc = "The password for it.",
     .doc_ja = "そのパスワード。",
     .since = "1.0"},
    {.name = "except",
     .type = KINMU_OPT_LIST,
     .offset = offsetof(config_proxy_map, except),
     .max = 64,
     .doc = "Hosts and domains reached without the proxy, subdomains included. This computer "
            "always is.",
     .doc_ja = "プロキシを通さないホストとドメイン（下位ドメインを含む）。このコンピューター自身は"
               "常に通さない。",
     .since = "1.0"},
    {.name = "environment",
     .type = KINMU_OPT_BOOL,
     .offset = offsetof(config_proxy_map, environment),
     .default_text = "false",
     .doc = "true: the variables https_proxy and no_proxy of the service decide, not this section.",
     .doc_ja = "true ならこの節ではなく、サービスの環境変数 https_proxy と no_proxy に従う。",
     .since = "1.0"},
};

static const kinmu_option log_options[] = {
    {.name = "level",
     .type = KINMU_OPT_CHOICE,
     .offset = offsetof(config_log_map, level),
     .default_text = "info",
     .choices = "error|warn|info|debug",
     .doc = "Least important messages that are logged. Collected content is never logged.",
     .doc_ja = "ログに出す最低の重要度。収集した内容は出さない。",
     .since = "1.0"},
    {.name = "file",
     .type = KINMU_OPT_TEXT,
     .offset = offsetof(config_log_map, file),
     .min = 1,
     .max = PATH_BYTES_MAX,
     .doc = "Log file. Absent: standard error.",
     .doc_ja = "ログファイル。省略時は標準エラー出力。",
     .since = "1.0"},
};

static const kinmu_option instance_options[] = {
    {.name = "enabled",
     .type = KINMU_OPT_BOOL,
     .offset = offsetof(config_instance_map, enabled),
     .default_text = "true",
     .doc = "false: checked but not started.",
     .doc_ja = "false なら検査だけして起動しない。",
     .since = "1.0"},
    {.name = "isolation",
     .type = KINMU_OPT_CHOICE,
     .offset = offsetof(config_instance_map, isolation),
     .choices = "process|core",
     .doc = "Runs in a process of its own or in the daemon. Absent: process for collectors and for "
            "plugins "
            "of others.",
     .doc_ja = "別プロセスで動かすか本体の中で動かすか。省略時、収集プラグインと他社製は process。",
     .since = "1.0"},
    {.name = "after",
     .type = KINMU_OPT_CHOICE,
     .offset = offsetof(config_instance_map, after),
     .default_text = "journal",
     .choices = "journal|store",
     .doc = "When it gets an event: once the event is durable, or once the store has applied it "
            "too, for a plugin that reads rows on an event.",
     .doc_ja = "イベントを渡す時点。記録が保存されたとき（journal）か、ストアの表にも入ったとき"
               "（store）。",
     .since = "1.0"},
    {.name = "reads",
     .type = KINMU_OPT_LIST,
     .offset = offsetof(config_instance_map, reads),
     .max = 64,
     .doc = "Schemas it may read back from the store: kinmu.input.minute, or * for all.",
     .doc_ja = "ストアから読んでよいスキーマ。kinmu.input.minute など、* はすべて。",
     .since = "1.0"},
};

int32_t config_is_instance_key(const char *name) {
    for (size_t i = 0; i < sizeof instance_options / sizeof instance_options[0]; i++) {
        if (strcmp(instance_options[i].name, name) == 0) {
            return 1;
        }
    }
    return 0;
}

const kinmu_table config_core_tables[SECTION_COUNT] = {
    [SECTION_NODE] = KINMU_TABLE(node_options),
    [SECTION_PURPOSES] = KINMU_TABLE(purpose_options),
    [SECTION_NOTICES] = KINMU_TABLE(notice_options),
    [SECTION_PRIVACY] = KINMU_TABLE(privacy_options),
    [SECTION_QUIET] = KINMU_TABLE(quiet_options),
    [SECTION_JOURNAL] = KINMU_TABLE(journal_options),
    [SECTION_CHECKPOINT] = KINMU_TABLE(checkpoint_options),
    [SECTION_STORE] = KINMU_TABLE(store_options),
    [SECTION_HTTP] = KINMU_TABLE(http_options),
    [SECTION_PROXY] = KINMU_TABLE(proxy_options),
    [SECTION_LOG] = KINMU_TABLE(log_options),
    [SECTION_COLLECTORS] = KINMU_TABLE(instance_options),
    [SECTION_CONNECTORS] = KINMU_TABLE(instance_options),
    [SECTION_EXPORTERS] = KINMU_TABLE(instance_options),
};

const char *const config_section_docs[SECTION_COUNT] = {
    "This node.",
    "Purposes in force, by name. What belongs to none of them is not collected.",
    "What people are told and accept before it is collected of them, by name.",
    "What is left out or made unreadable before anything is written.",
    "When people are not to be disturbed.",
    "The durable history.",
    "Daily proof, kept outside, that the history is whole.",
    "Tables for reading, made from the journal.",
    "The HTTP server, which runs where a plugin serves something (docs/http.md).",
    "The way out to servers, for all plugins.",
    "The program's own log.",
    "Plugins that observe, by type or type/name.",
    "Plugins that read and write events, by type or type/name.",
    "Plugins that hand data to people and systems, by type or type/name.",
};

const char *const config_section_docs_ja[SECTION_COUNT] = {
    "このノード。",
    "有効な利用目的（名前ごと）。どの目的にも属さないものは収集しない。",
    "本人に伝え、同意を得てから収集するための告知（名前ごと）。",
    "書き込む前に除くもの、読めなくするもの。",
    "そっとしておく時間。",
    "消えない履歴。",
    "履歴が揃っていることの証拠を毎日、外に残す。",
    "ジャーナルから作る検索用の表。",
    "HTTP サーバー。何かを提供するプラグインがあるときだけ動く（docs/http.md）。",
    "外のサーバーへの出口。全プラグイン共通。",
    "プログラム自身のログ。",
    "観測するプラグイン（type または type/name）。",
    "イベントを読み書きするプラグイン（type または type/name）。",
    "人や他システムに渡すプラグイン（type または type/name）。",
};
