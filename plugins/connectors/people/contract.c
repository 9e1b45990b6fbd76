/* people/contract.c - when the company's contract is over (contract.end), what is recorded for some
 * purposes (contract.erase: features and images of the camera, unless more is named) is destroyed a
 * month later (RET-02): told before, looked at with the daily work and with each setting, stopped
 * by a later end. What the law or a hold keeps stays; the journal's receipt is the certificate. */
#include "people.h"

#include <jansson.h>
#include <kinmu/civil.h>
#include <kinmu/events/settings.h>
#include <stdio.h>
#include <string.h>

#define DAY_NS (INT64_C(86400) * 1000000000)
#define ERASURE_TOLD_DAYS 30
#define PURPOSES_MAX 16u
#define LAW_WORD "law"

const char *contract_due(memory *m, const char *end) {
    char date[WORDS_DATE_SIZE];
    kinmu_civil last = kinmu_civil_from(words_date_ns(end), 0);
    int32_t year = last.month == 12 ? last.year + 1 : last.year;
    int32_t month = last.month == 12 ? 1 : last.month + 1;
    int64_t first = kinmu_days_from_date(year, month, 1);
    int64_t next =
        kinmu_days_from_date(month == 12 ? year + 1 : year, month == 12 ? 1 : month + 1, 1);
    int64_t due = first + last.day - 1; /* 31 January: 1 March, for February has no such day */
    words_today((due < next ? due : next) * DAY_NS, 0, date);
    return memory_text(m, date, sizeof date - 1);
}

int32_t contract_check(const book *b, change *c, const char *name, const char *value,
                       const char *from_date) {
    int32_t is_end = strcmp(name, kinmu_settings[KINMU_SETTING_CONTRACT_END].name) == 0;
    int32_t is_erase = strcmp(name, kinmu_settings[KINMU_SETTING_CONTRACT_ERASE].name) == 0;
    const char *today = strcmp(from_date, b->today) > 0 ? from_date : b->today;
    char date[WORDS_DATE_SIZE];
    if (is_end && words_date(value, date)) {
        const char *due = contract_due(&c->call->memory, date);
        if (due != NULL && strcmp(due, today) <= 0) {
            return people_fail(
                &c->call->err, KINMU_E_REJECT, "contract.past",
                "契約の終わりは 1 か月以上前の日にできません（すぐに消去されるため） / "
                "an end a month ago or longer would erase at once; give a later one");
        }
    }
    const char *word;
    uint32_t size, count = 0;
    for (const char *at = value; is_erase && words_next(&at, &word, &size); count++) {
        if (words_choice("access|audit", word, size) >= 0 || count == PURPOSES_MAX) {
            return people_fail(
                &c->call->err, KINMU_E_REJECT, "contract.erase",
                "access と audit は指定できません（目的は %u まで） / access and audit "
                "go by their keep times alone; at most %u purposes",
                PURPOSES_MAX, PURPOSES_MAX);
        }
    }
    return KINMU_OK;
}

/* ---- what is to be done today ---- */

void contract_look(const book *b, change *c) {
    memory *m = &c->call->memory;
    char date[WORDS_DATE_SIZE];
    const char *end = book_setting(b, KINMU_SETTING_CONTRACT_END);
    const char *purposes = book_setting(b, KINMU_SETTING_CONTRACT_ERASE);
    c->contract_due = c->contract_end = "";
    c->contract_erase = memory_text(m, purposes, strlen(purposes));
    if (words_date(end, date)) {
        c->contract_end = memory_text(m, date, sizeof date - 1);
        c->contract_due = contract_due(m, date);
    }
}

static int32_t is_known(const change *c) {
    return c->contract_due != NULL && c->contract_end != NULL && c->contract_erase != NULL &&
           c->contract_due[0] != '\0' && c->contract_erase[0] != '\0';
}

static void tell(people *p, const change *c, const char *what_ja, const char *what) {
    (void)snprintf(p->contract, sizeof p->contract,
                   "契約終了 %.10s、%.10s に消去（%.100s）%s / the contract ends %.10s; on %.10s "
                   "%.100s %s",
                   c->contract_end, c->contract_due, c->contract_erase, what_ja, c->contract_end,
                   c->contract_due, c->contract_erase, what);
}

static void on_erased(void *user, int32_t status, const char *receipt, const char *text) {
    people *p = user;
    json_t *told = json_loads(receipt[0] != '\0' ? receipt : "{}", 0, NULL);
    const char *name = json_string_value(json_object_get(told, "receipt"));
    char line[320];
    p->is_erasing = 0;
    if (status == KINMU_OK || (status == KINMU_E_RETRY && name != NULL)) {
        (void)snprintf(line, sizeof line,
                       "契約が終わったため消去しました。受領証 %.40s / erased after the contract's "
                       "end; receipt %.40s, see kinmu journal receipts",
                       name != NULL ? name : "", name != NULL ? name : "");
        p->host->log(p->host, KINMU_LOG_WARN, line);
    } else if (status != KINMU_E_NOTFOUND && status != KINMU_E_DENIED) {
        (void)snprintf(line, sizeof line, "the contract's erasure is tried again tomorrow: %.200s",
                       text);
        p->host->log(p->host, KINMU_LOG_WARN, line);
    }
    json_decref(told);
}

static void erase(people *p, change *c) {
    kinmu_span wanted[PURPOSES_MAX];
    kinmu_span law = {NULL, "working-time", c->call->now_ns - p->config->time_records_ms * 1000000,
                      INT64_MAX, LAW_WORD};
    const char *at = c->contract_erase;
    const char *word;
    uint32_t size, count = 0;
    char note[64];
    while (count < PURPOSES_MAX && words_next(&at, &word, &size)) {
        const char *purpose = memory_text(&c->call->memory, word, size);
        if (purpose != NULL) {
            wanted[count++] = (kinmu_span){NULL, purpose, INT64_MIN, INT64_MAX, NULL};
        }
    }
    (void)snprintf(note, sizeof note, "contract.end %.10s", c->contract_end);
    if (count > 0 && p->erasure != NULL && !p->is_erasing) {
        p->is_erasing =
            p->erasure->erase(p->host, wanted, count, &law, p->config->time_records_ms > 0, note,
                              on_erased, p) == KINMU_OK;
    }
}

int32_t contract_after(change *c) {
    people *p = c->owner;
    p->contract[0] = '\0';
    const char *soon =
        is_known(c) ? demands_day_after(&c->call->memory, c->contract_due, -ERASURE_TOLD_DAYS)
                    : NULL;
    if (soon == NULL) {
        /* nothing is set */
    } else if (strcmp(c->today, c->contract_due) >= 0) {
        tell(p, c, "消去済み", "are erased");
        erase(p, c);
    } else if (strcmp(c->today, soon) >= 0) {
        tell(p, c, "予定", "are to be erased; a later contract.end stops it");
        p->host->log(p->host, KINMU_LOG_WARN, p->contract);
    }
    people_tell_health(p);
    return 0;
}
