/* host/notices.c - see notices.h.
 *
 * The journal is the truth: at start the newest answers are read from this device's own blocks of
 * the audit. Of a long history only headers are looked at, and only those behind the last start:
 * which older blocks hold an answer that still counts is kept as a small state of the journal, by
 * place alone, so nobody's answer outlives its erasure in it.
 */
#include "host/notices.h"

#include "base/clock.h"
#include "base/error.h"
#include "base/log.h"
#include "base/text.h"
#include "host/audit.h"
#include "journal/transfer.h"
#include "trust/agent.h"

#include <stdlib.h>
#include <string.h>

#define STATE_INSTANCE "kinmu"
#define STATE_KEY "agreements"
#define PLACES_EVERY 256u /* blocks; fewer are looked at again sooner than written */
#define PLACES_MAX (JOURNAL_STATE_BYTES_MAX / sizeof(uint64_t) - 1)

static const char *const state_names[] = {
    [AGREEMENT_NONE] = "waiting",
    [AGREEMENT_ACCEPTED] = "accepted",
    [AGREEMENT_DECLINED] = "declined",
    [AGREEMENT_WITHDRAWN] = "withdrawn",
};

/* ---- reading the answers ---- */

/* The state: the newest own block looked at, then where what counts lies. */
typedef struct places {
    uint64_t chain;
    uint64_t positions[PLACES_MAX];
    uint32_t count;
} places;

static int compare_positions(const void *a, const void *b) {
    uint64_t first = *(const uint64_t *)a;
    uint64_t second = *(const uint64_t *)b;
    return (first > second) - (first < second);
}

static void add_place(places *p, uint64_t position) {
    if (position != 0 && p->count < PLACES_MAX) {
        p->positions[p->count++] = position;
    }
}

static void sort_places(places *p) {
    uint32_t kept = 0;
    qsort(p->positions, p->count, sizeof p->positions[0], compare_positions);
    for (uint32_t i = 0; i < p->count; i++) {
        if (kept == 0 || p->positions[kept - 1] != p->positions[i]) {
            p->positions[kept++] = p->positions[i];
        }
    }
    p->count = kept;
}

/* Where the answers in use lie. With one that cannot be listed all is looked at anew next time. */
static void list_places(node *n, places *p) {
    agreement row;
    p->count = 0;
    for (uint32_t i = 0; bus_agreement_at(n->in, i, &row); i++) {
        add_place(p, row.block);
        add_place(p, row.shown_block);
    }
    sort_places(p);
    if (p->count == PLACES_MAX) {
        p->chain = p->count = 0;
    }
}

static int32_t take_block(node *n, const journal_block *block, agreements *into) {
    block_reader *reader = calloc(1, sizeof *reader);
    arena memory = {0};
    kinmu_event event;
    const schema_info *info = NULL;
    agreement_event agreed;
    int32_t status = reader != NULL ? KINMU_OK : KINMU_E_NOMEM;
    if (status == KINMU_OK &&
        block_open(reader, n->schemas, block->payload, block->payload_size, NULL) == KINMU_OK) {
        while (status == KINMU_OK && block_next(reader, &event, &info, NULL) == KINMU_OK) {
            if (audit_read_agreement(&event, info, &memory, &agreed)) {
                agreed.block = block->position;
                status = agreements_note(into, &agreed);
                status = status == KINMU_E_NOMEM ? status : KINMU_OK;
            }
        }
    }
    arena_free(&memory);
    free(reader);
    return status;
}

static int32_t take_position(node *n, journal_reader *reader, uint64_t position, agreements *into,
                             kinmu_err *err) {
    journal_block block;
    int32_t status = journal_read(reader, position - 1, &block, err);
    if (status == KINMU_OK && block.position == position && block.state == JOURNAL_BLOCK_LIVE) {
        status = take_block(n, &block, into);
    }
    return status == KINMU_E_NOTFOUND ? KINMU_OK : status;
}

static int32_t read_all(node *n, places *p, agreements *into, kinmu_err *err) {
    journal_reader *reader = NULL;
    uint64_t position = 0;
    int32_t status = journal_reader_open(n->data, &reader, err);
    for (uint32_t i = 0; status == KINMU_OK && i < p->count; i++) {
        status = take_position(n, reader, p->positions[i], into, err);
    }
    while (status == KINMU_OK) {
        status = journal_find_own(reader, "audit", &p->chain, &position, err);
        if (status == KINMU_OK) {
            status = take_position(n, reader, position, into, err);
        }
    }
    journal_reader_close(reader);
    return status == KINMU_E_NOTFOUND ? KINMU_OK : status;
}

/* Puts what the journal has now in the place of what was known. Gives how much of that is gone. */
static uint32_t read_anew(node *n, places *p) {
    agreements fresh = {0};
    uint32_t gone = 0;
    int32_t is_again = n->has_agreements && !n->agreements_unread;
    kinmu_err err = {{0}, {0}};
    int32_t status = read_all(n, p, &fresh, &err);
    if (status != KINMU_OK) {
        log_error("notice",
                  "the answers cannot be read (%s %s): nobody's counts, and what needs "
                  "one is not collected",
                  error_name(status), err.msg);
        agreements_free(&fresh);
        p->chain = 0;
    }
    n->agreements_unread = status != KINMU_OK;
    if (is_again && status == KINMU_OK) {
        gone = bus_renew_agreements(n->in, &fresh);
    } else {
        bus_use_agreements(n->in, &fresh);
    }
    list_places(n, p);
    n->agreements_chain = p->chain;
    return gone;
}

static void load_places(node *n, places *p) {
    uint64_t numbers[PLACES_MAX + 1];
    uint32_t size = sizeof numbers;
    if (journal_state_get(n->j, STATE_INSTANCE, STATE_KEY, numbers, &size) == KINMU_OK &&
        size >= sizeof numbers[0] && size % sizeof numbers[0] == 0) {
        p->chain = numbers[0];
        p->count = size / (uint32_t)sizeof numbers[0] - 1;
        memcpy(p->positions, numbers + 1, p->count * sizeof numbers[0]);
    }
}

static void save_places(node *n, const places *p) {
    uint64_t numbers[PLACES_MAX + 1];
    numbers[0] = p->chain;
    memcpy(numbers + 1, p->positions, p->count * sizeof numbers[0]);
    (void)journal_state_put(n->j, STATE_INSTANCE, STATE_KEY, numbers,
                            (p->count + 1) * (uint32_t)sizeof numbers[0]); /* or looks further */
}

static int32_t is_used(const node *n, const config_notice *notice) {
    for (uint32_t i = 0; i < n->conf->purpose_count; i++) {
        if (n->conf->purposes[i].notice == notice) {
            return 1;
        }
    }
    return 0;
}

/* The answers are known from the first time that a notice is in force. */
static void read_first(node *n) {
    places *p = calloc(1, sizeof *p);
    if (p != NULL) {
        load_places(n, p);
        uint64_t before = p->chain;
        (void)read_anew(n, p);
        if (p->chain >= before + PLACES_EVERY) {
            save_places(n, p);
        }
        n->has_agreements = 1;
    }
    free(p);
}

void notices_open(node *n) {
    if (n->conf->notice_count > 0 && !n->has_agreements) {
        read_first(n);
    }
}

/* An answer that is not durable yet would be missed: it waits for that. What stood behind one that
 * is gone is not looked at any more, at the next start neither. */
static void read_again(node *n) {
    places *p = calloc(1, sizeof *p);
    if (p != NULL) {
        list_places(n, p);
        p->chain = n->agreements_chain;
        if (read_anew(n, p) > 0) {
            save_places(n, p);
        }
        n->agreements_stale = 0;
    }
    free(p);
}

void notices_forget(node *n) {
    n->agreements_stale = n->has_agreements;
    notices_turn(n);
}

void notices_turn(node *n) {
    if (n->agreements_stale && atomic_load(&n->durable) >= n->agreements_ticket) {
        read_again(n);
    }
}

/* ---- answers ---- */

static int32_t record(node *n, const char *account, const config_notice *notice, int32_t action,
                      uint64_t *ticket) {
    const agreement_event event = {.account = account,
                                   .notice = notice->name,
                                   .version = notice->version,
                                   .sha256 = notice->sha256,
                                   .action = action,
                                   .unix_ns = clock_unix_ns()};
    int32_t status = bus_may_agree(n->in, account, notice->name)
                         ? audit_note_agreement(n->j, n->schemas, &event, ticket)
                         : KINMU_E_BUSY; /* nothing is written that would not count */
    if (status == KINMU_OK) {
        n->agreements_ticket = *ticket;
        status = bus_agree(n->in, &event);
    }
    return status;
}

static const config_notice *find_notice(const node *n, const char *name) {
    for (uint32_t i = 0; i < n->conf->notice_count; i++) {
        if (strcmp(n->conf->notices[i].name, name) == 0 && is_used(n, &n->conf->notices[i])) {
            return &n->conf->notices[i];
        }
    }
    return NULL;
}

int32_t notices_answer(node *n, const char *account, const notice_ask *ask, uint64_t *ticket,
                       kinmu_err *err) {
    const config_notice *notice = find_notice(n, ask->notice);
    agreement newest;
    *ticket = 0;
    if (notice == NULL) {
        return error_set(err, KINMU_E_NOTFOUND, "notice.unknown",
                         "\"%s\" という告知はありません / there is no notice \"%s\"; see: kinmu "
                         "notice show",
                         ask->notice, ask->notice);
    }
    int32_t is_told = bus_agreement(n->in, account, notice->name, &newest);
    if (ask->action != AGREEMENT_WITHDRAWN &&
        (strcmp(ask->version, notice->version) != 0 ||
         memcmp(ask->sha256, notice->sha256, sizeof ask->sha256) != 0)) {
        return error_set(
            err, KINMU_E_CONFLICT, "notice.changed",
            "内容が変わりました。もう一度お読みください / the notice has changed; read "
            "it again: kinmu notice show");
    }
    int32_t may = agreement_may(is_told ? &newest : NULL, notice, ask->action);
    if (may < 0) {
        return error_set(
            err, may, "notice.order", "%s",
            ask->action == AGREEMENT_WITHDRAWN
                ? "同意していないので撤回できません / nothing was accepted that could be "
                  "withdrawn; to say no: kinmu notice decline"
                : "同意済みです。やめるには撤回してください / it is accepted; to end "
                  "that: kinmu notice withdraw");
    }
    int32_t status = may ? record(n, account, notice, ask->action, ticket) : KINMU_OK;
    return status == KINMU_OK
               ? status
               : error_set(err, status, "notice.refused",
                           "今は記録できません。後でもう一度 / it cannot be recorded now (%s); try "
                           "again later",
                           error_name(status));
}

/* ---- showing ---- */

static void key_text(buffer *out, const char *key, const char *text) {
    buffer_printf(out, ",\"%s\":", key);
    text_json(out, text, strlen(text));
}

/* What this node's collectors record for a purpose, by what the plugins say of it. */
static void write_records(const node *n, const char *purpose, buffer *out) {
    uint32_t count = 0;
    buffer_text(out, ",\"records\":[");
    for (uint32_t i = 0; i < n->conf->instance_count; i++) {
        const config_instance *c = &n->conf->instances[i];
        const catalog_plugin *entry = c->enabled && c->kind == KINMU_COLLECTOR
                                          ? catalog_find(n->plugins, c->kind, c->type)
                                          : NULL;
        for (uint32_t at = 0; entry != NULL && at < entry->plugin->schemas.count; at++) {
            kinmu_schema_use use;
            schema_table_row(&entry->plugin->schemas, at, &use, sizeof use);
            if (use.schema != NULL && (use.flags & KINMU_EMITS) != 0 &&
                strcmp(use.schema->purpose, purpose) == 0) {
                const char *doc = use.schema->doc != NULL ? use.schema->doc : use.schema->name;
                buffer_text(out, count++ > 0 ? "," : "");
                text_json(out, doc, strlen(doc));
            }
        }
    }
    buffer_text(out, "]");
}

static void write_purposes(const node *n, const config_notice *notice, buffer *out) {
    uint32_t count = 0;
    buffer_text(out, ",\"purposes\":[");
    for (uint32_t i = 0; i < n->conf->purpose_count; i++) {
        const config_purpose *p = &n->conf->purposes[i];
        if (p->notice == notice) {
            buffer_text(out, count++ > 0 ? ",{\"purpose\":" : "{\"purpose\":");
            text_json(out, p->name, strlen(p->name));
            key_text(out, "doc", p->doc);
            buffer_printf(out, ",\"keep_days\":%lld,\"is_collected\":%s", (long long)p->keep_days,
                          p->is_off ? "false" : "true");
            write_records(n, p->name, out);
            buffer_text(out, "}");
        }
    }
    buffer_text(out, "]");
}

static void write_notice(const node *n, const config_notice *notice, const agreement *newest,
                         buffer *out) {
    char hex[2 * sizeof notice->sha256 + 1];
    char time[40] = "";
    int32_t state = agreement_state(newest, notice);
    text_hex(hex, notice->sha256, sizeof notice->sha256);
    if (newest != NULL && state != AGREEMENT_NONE) {
        text_time(time, sizeof time, newest->unix_ns, clock_utc_offset_s(newest->unix_ns));
    }
    buffer_text(out, "{\"name\":");
    text_json(out, notice->name, strlen(notice->name));
    key_text(out, "version", notice->version);
    key_text(out, "state", state_names[state]);
    key_text(out, "answered", time);
    key_text(out, "ja", notice->ja);
    key_text(out, "en", notice->en);
    write_purposes(n, notice, out);
    key_text(out, "sha256", hex);
    buffer_text(out, "}");
}

static void note_shown(node *n, const char *account, const config_notice *notice,
                       const agreement *newest) {
    uint64_t ticket = 0;
    int32_t is_known = newest != NULL && newest->is_shown &&
                       memcmp(newest->shown_sha256, notice->sha256, sizeof notice->sha256) == 0;
    if (!is_known) {
        (void)record(n, account, notice, AGREEMENT_SHOWN, &ticket); /* or at the next look */
    }
}

void notices_show(node *n, const char *account, buffer *out) {
    trust_agent hub;
    uint32_t count = 0;
    const char *name = n->conf->node_name != NULL ? n->conf->node_name : n->computer;
    buffer_text(out, "{\"account\":");
    text_json(out, account, strlen(account));
    key_text(out, "node", name);
    key_text(out, "hub", trust_agent_read(n->data, &hub, NULL) == KINMU_OK ? hub.url : "");
    buffer_text(out, ",\"notices\":[");
    for (uint32_t i = 0; i < n->conf->notice_count; i++) {
        const config_notice *notice = &n->conf->notices[i];
        agreement newest;
        if (is_used(n, notice)) {
            const agreement *told =
                bus_agreement(n->in, account, notice->name, &newest) ? &newest : NULL;
            buffer_text(out, count++ > 0 ? "," : "");
            write_notice(n, notice, told, out);
            note_shown(n, account, notice, told);
        }
    }
    buffer_text(out, "]}\n");
}

/* ---- status ---- */

static void write_waiting(node *n, const config_notice *notice, buffer *out) {
    agreement row;
    uint32_t count = 0;
    buffer_text(out, ",\"waiting\":[");
    for (uint32_t i = 0; bus_agreement_at(n->in, i, &row); i++) {
        if (strcmp(row.notice, notice->name) == 0 &&
            agreement_state(&row, notice) == AGREEMENT_NONE) {
            buffer_text(out, count++ > 0 ? "," : "");
            text_json(out, row.account, strlen(row.account));
        }
    }
    for (uint32_t i = 0; i < n->session_count; i++) {
        const char *account = n->sessions[i].account;
        int32_t is_twice = bus_agreement(n->in, account, notice->name, &row);
        for (uint32_t at = 0; at < i && !is_twice; at++) {
            is_twice = strcmp(n->sessions[at].account, account) == 0;
        }
        if (!is_twice) {
            buffer_text(out, count++ > 0 ? "," : "");
            text_json(out, account, strlen(account));
        }
    }
    buffer_text(out, "]");
}

static uint32_t count_state(node *n, const config_notice *notice, int32_t state) {
    agreement row;
    uint32_t count = 0;
    for (uint32_t i = 0; bus_agreement_at(n->in, i, &row); i++) {
        count += strcmp(row.notice, notice->name) == 0 && agreement_state(&row, notice) == state;
    }
    return count;
}

void notices_status(node *n, buffer *out) {
    uint32_t count = 0;
    key_text(out, "notice_problem", notice_door_problem(n));
    buffer_text(out, ",\"notices\":[");
    for (uint32_t i = 0; i < n->conf->notice_count; i++) {
        const config_notice *notice = &n->conf->notices[i];
        if (is_used(n, notice)) {
            buffer_text(out, count++ > 0 ? ",{\"name\":" : "{\"name\":");
            text_json(out, notice->name, strlen(notice->name));
            key_text(out, "version", notice->version);
            buffer_printf(out, ",\"accepted\":%u,\"declined\":%u,\"withdrawn\":%u",
                          count_state(n, notice, AGREEMENT_ACCEPTED),
                          count_state(n, notice, AGREEMENT_DECLINED),
                          count_state(n, notice, AGREEMENT_WITHDRAWN));
            write_waiting(n, notice, out);
            buffer_text(out, "}");
        }
    }
    buffer_text(out, "]");
}
