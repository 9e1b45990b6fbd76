/* ingest/options.c - the options of conf.d. */
#include "ingest.h"

const kinmu_option ingest_option_rows[INGEST_OPTIONS] = {
    {.name = "certificate_life",
     .type = KINMU_OPT_DURATION,
     .flags = KINMU_OPTION_LIVE,
     .offset = offsetof(ingest_config, certificate_life_ms),
     .default_text = "90d",
     .min = 60000,
     .max = 397 * 86400000LL,
     .doc =
         "How long a device's certificate is valid. It is renewed by itself when a third of that "
         "is left; a device that is away for longer enrols again.",
     .doc_ja = "端末の証明書の有効期間。残りが 3 分の 1 になると自動で更新する。これより長く接続"
               "しなかった端末は再登録が必要。",
     .since = "1.0"},
    {.name = "devices_max",
     .type = KINMU_OPT_INT,
     .flags = KINMU_OPTION_LIVE,
     .offset = offsetof(ingest_config, devices_max),
     .default_text = "20000",
     .min = 1,
     .max = INGEST_DEVICES_MAX,
     .doc = "Devices this hub knows at most, revoked ones included; further ones are refused.",
     .doc_ja = "このハブが覚える端末数の上限（失効したものを含む）。超える登録は断る。",
     .since = "1.0"},
    {.name = "failures_per_minute",
     .type = KINMU_OPT_INT,
     .flags = KINMU_OPTION_LIVE,
     .offset = offsetof(ingest_config, failures_per_minute),
     .default_text = "20",
     .min = 1,
     .max = 100000,
     .doc = "Failed enrolments per address and minute; then only a valid token is listened to.",
     .doc_ja = "アドレスごとに 1 分間に許す登録の失敗回数。超えると有効なトークン以外は受け付け"
               "ない。",
     .since = "1.0"},
    {.name = "pushes_per_minute",
     .type = KINMU_OPT_INT,
     .flags = KINMU_OPTION_LIVE,
     .offset = offsetof(ingest_config, pushes_per_minute),
     .default_text = "120",
     .min = 1,
     .max = 1000000,
     .doc =
         "Pushes, or enrolments again, that a device may send a minute, saved up for five minutes; "
         "then it is told to wait.",
     .doc_ja = "端末 1 台が 1 分間に送れる回数（再登録を含む。5 分ぶんまで貯められる）。超えると"
               "待たせる。",
     .since = "1.0"},
    {.name = "bytes_per_minute",
     .type = KINMU_OPT_SIZE,
     .flags = KINMU_OPTION_LIVE,
     .offset = offsetof(ingest_config, bytes_per_minute),
     .default_text = "32MiB",
     .min = 65536,
     .max = INT64_C(1) << 40,
     .doc = "Bytes a device may send a minute, likewise.",
     .doc_ja = "端末 1 台が 1 分間に送れる量。同上。",
     .since = "1.0"},
    {.name = "policy",
     .type = KINMU_OPT_ROWS,
     .flags = KINMU_OPTION_LIVE,
     .offset = offsetof(ingest_config, policy),
     .max = FLEET_POLICY_ROWS_MAX,
     .columns = {fleet_policy_columns, FLEET_POLICY_COLUMNS, (uint32_t)sizeof(kinmu_option)},
     .row_size = (uint32_t)sizeof(fleet_policy_row),
     .doc = "What agents are told with their answers. Each row sets an option, says of a purpose "
            "whether it is collected, or adds quiet hours; for all, a group or a device, and the "
            "narrower one wins. Purposes not in force here are told by themselves.",
     .doc_ja = "応答とともに端末へ伝える方針。各行は、設定を 1 つ決める、目的を収集するか決める、"
               "静かな時間帯を足す、のどれか。全体・グループ・端末の順に、狭いものが優先。この"
               "ハブで有効でない目的は自動で伝わる。",
     .since = "1.0"},
};
