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
};
