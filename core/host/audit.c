/* host/audit.c - see audit.h. */
#include "host/audit.h"

#include "base/clock.h"
#include "base/error.h"
#include "base/text.h"
#include "journal/keys.h"
#include "platform/platform.h"
#include <kinmu/events/audit.h>

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define READ_SCHEMA "kinmu.audit.read/1"
#define FORGET_SCHEMA "kinmu.audit.forget/1"
#define NOTICE_PREFIX "notice/"
#define DAY_NS (86400LL * CLOCK_NS_PER_S)
#define ACCOUNT_SIZE 256

int32_t audit_reading_print(const audit_reading *reading, char *line, size_t size, kinmu_err *err) {
    int length = snprintf(line, size, "%s\n%s\n%" PRIu64 "\n%s", reading->subject, reading->month,
                          reading->rows, reading->reason);
    if (length < 0 || (size_t)length >= size || strchr(reading->subject, '\n') != NULL ||
        strchr(reading->reason, '\n') != NULL) {
        return error_set(err, KINMU_E_REJECT, "audit.words",
                         "subject or reason is too long or holds a line break");
    }
    return KINMU_OK;
}

/* Copies up to the end of the line and gives what stands behind it; NULL when it does not fit. */
static const char *take_line(const char *from, char *to, size_t size) {
    size_t length = from != NULL ? strcspn(from, "\n") : size;
    if (length >= size) {
        return NULL;
    }
    memcpy(to, from, length);
    to[length] = '\0';
    return from[length] == '\n' ? from + length + 1 : from + length;
}

int32_t audit_reading_parse(const char *line, audit_reading *reading, kinmu_err *err) {
    char rows[24];
    const char *at = take_line(line, reading->subject, sizeof reading->subject);
    at = take_line(at, reading->month, sizeof reading->month);
    at = take_line(at, rows, sizeof rows);
    at = take_line(at, reading->reason, sizeof reading->reason);
    if (at == NULL || *at != '\0' || rows[0] == '\0') {
        return error_set(err, KINMU_E_REJECT, "audit.words",
                         "audit: subject, month, rows and reason are expected");
    }
    reading->rows = strtoull(rows, NULL, 10);
    return KINMU_OK;
}

/* The month as an audit shows it: UTC, the clocks of the people are told in the file itself. */
static int32_t span_of(const char *month, int64_t *from_ns, int64_t *to_ns) {
    char date[16];
    int64_t days;
    int length = snprintf(date, sizeof date, "%s-01", month);
    if (length < 0 || length >= (int)sizeof date || text_parse_date(date, &days) != KINMU_OK) {
        return KINMU_E_REJECT;
    }
    keys_month_span(keys_month(days * DAY_NS), from_ns, to_ns);
    return KINMU_OK;
}

static int32_t append(journal *j, const schema_info *info, const char *subject, int64_t now_ns,
                      const kinmu_value *values, uint32_t count, uint64_t *ticket) {
    const journal_entry entry = {.schema = info,
                                 .subject = subject,
                                 .zone = clock_zone(),
                                 .boot_id = clock_boot_id(),
                                 .utc_offset_s = clock_utc_offset_s(now_ns),
                                 .value_count = count,
                                 .unix_ns = now_ns,
                                 .mono_ns = clock_mono_ns(),
                                 .values = values};
    return journal_append(j, &entry, 1, NULL, ticket);
}

int32_t audit_note_forgotten(journal *j, const schema_registry *schemas,
                             const store_forgotten *gone) {
    uint64_t ticket = 0;
    const schema_info *info = schema_registry_find(schemas, FORGET_SCHEMA, strlen(FORGET_SCHEMA));
    const kinmu_value values[KINMU_AUDIT_FORGET_FIELDS] = {
        [KINMU_AUDIT_FORGET_ROWS] = kinmu_i64((int64_t)gone->rows),
        [KINMU_AUDIT_FORGET_DERIVED_ROWS] = kinmu_i64((int64_t)gone->derived),
    };
    return append(j, info, "", clock_unix_ns(), values, KINMU_AUDIT_FORGET_FIELDS, &ticket);
}

/* ---- notices ---- */

static const char *const agreement_words[AGREEMENT_ACTIONS] = {[AGREEMENT_ACCEPTED] = "acknowledge",
                                                               [AGREEMENT_DECLINED] = "decline",
                                                               [AGREEMENT_WITHDRAWN] = "withdraw",
                                                               [AGREEMENT_SHOWN] = "shown"};

int32_t audit_note_agreement(journal *j, const schema_registry *schemas,
                             const agreement_event *agreed, uint64_t *ticket) {
    const schema_info *info =
        schema_registry_find(schemas, AGREEMENT_SCHEMA, strlen(AGREEMENT_SCHEMA));
    char document[sizeof NOTICE_PREFIX + KINMU_NAME_BYTES_MAX];
    snprintf(document, sizeof document, NOTICE_PREFIX "%s", agreed->notice);
    const kinmu_value values[KINMU_AUDIT_AGREEMENT_FIELDS] = {
        [KINMU_AUDIT_AGREEMENT_PERSON] = kinmu_text(agreed->account),
        [KINMU_AUDIT_AGREEMENT_DOCUMENT] = kinmu_text(document),
        [KINMU_AUDIT_AGREEMENT_DOCUMENT_VERSION] = kinmu_text(agreed->version),
        [KINMU_AUDIT_AGREEMENT_SHA256] = kinmu_bytes(agreed->sha256, CRYPTO_HASH_SIZE),
        [KINMU_AUDIT_AGREEMENT_ACTION] = kinmu_text(agreement_words[agreed->action]),
        [KINMU_AUDIT_AGREEMENT_LANGUAGE] = kinmu_text("ja, en"),
        [KINMU_AUDIT_AGREEMENT_CHANNEL] = kinmu_text("cli"),
    };
    return append(j, info, agreed->account, agreed->unix_ns, values, KINMU_AUDIT_AGREEMENT_FIELDS,
                  ticket);
}

static const char *keep_text(const kinmu_value *value, arena *memory) {
    return value->type == KINMU_TYPE_TEXT ? arena_text(memory, value->as.text, value->size) : NULL;
}

int32_t audit_read_agreement(const kinmu_event *event, const schema_info *info, arena *memory,
                             agreement_event *agreed) {
    const kinmu_value *values = event->values;
    if (info == NULL || strcmp(info->full_name, AGREEMENT_SCHEMA) != 0 ||
        event->value_count <= KINMU_AUDIT_AGREEMENT_ACTION ||
        values[KINMU_AUDIT_AGREEMENT_SHA256].type != KINMU_TYPE_BYTES ||
        values[KINMU_AUDIT_AGREEMENT_SHA256].size != CRYPTO_HASH_SIZE) {
        return 0;
    }
    const char *document = keep_text(&values[KINMU_AUDIT_AGREEMENT_DOCUMENT], memory);
    const char *action = keep_text(&values[KINMU_AUDIT_AGREEMENT_ACTION], memory);
    *agreed = (agreement_event){
        .account = arena_text(memory, event->subject, strlen(event->subject)),
        .version = keep_text(&values[KINMU_AUDIT_AGREEMENT_DOCUMENT_VERSION], memory),
        .sha256 = values[KINMU_AUDIT_AGREEMENT_SHA256].as.bytes,
        .unix_ns = event->unix_ns};
    for (int32_t i = 0; action != NULL && i < AGREEMENT_ACTIONS; i++) {
        if (agreement_words[i] != NULL && strcmp(agreement_words[i], action) == 0) {
            agreed->action = i;
        }
    }
    if (document == NULL || agreed->account == NULL || agreed->version == NULL ||
        agreed->action == AGREEMENT_NONE ||
        strncmp(document, NOTICE_PREFIX, strlen(NOTICE_PREFIX)) != 0) {
        return 0;
    }
    agreed->notice = document + strlen(NOTICE_PREFIX);
    return 1;
}

int32_t audit_note(journal *j, const schema_registry *schemas, const audit_reading *reading,
                   uint64_t *ticket, kinmu_err *err) {
    char account[ACCOUNT_SIZE];
    char reader[ACCOUNT_SIZE + 4];
    int64_t from_ns;
    int64_t to_ns;
    const schema_info *info = schema_registry_find(schemas, READ_SCHEMA, strlen(READ_SCHEMA));
    if (info == NULL || span_of(reading->month, &from_ns, &to_ns) != KINMU_OK) {
        return error_set(err, KINMU_E_REJECT, "audit.month",
                         "\"%s\" is no month; write it like "
                         "2026-11",
                         reading->month);
    }
    platform_account(account, sizeof account);
    snprintf(reader, sizeof reader, "os:%s", account);
    kinmu_value values[KINMU_AUDIT_READ_FIELDS] = {{0}};
    values[KINMU_AUDIT_READ_READER] = kinmu_text(reader);
    values[KINMU_AUDIT_READ_READER_ROLE] = kinmu_text("operator");
    values[KINMU_AUDIT_READ_OF_PERSON] = kinmu_text(reading->subject);
    values[KINMU_AUDIT_READ_SCHEMA] = kinmu_text("*");
    values[KINMU_AUDIT_READ_COLUMNS] = kinmu_text("*");
    values[KINMU_AUDIT_READ_ROWS] = kinmu_i64((int64_t)reading->rows);
    values[KINMU_AUDIT_READ_FROM_NS] = kinmu_time(from_ns);
    values[KINMU_AUDIT_READ_TO_NS] = kinmu_time(to_ns);
    values[KINMU_AUDIT_READ_CHANNEL] = kinmu_text("cli");
    values[KINMU_AUDIT_READ_INSTANCE] = kinmu_text("evidence");
    if (reading->reason[0] != '\0') {
        values[KINMU_AUDIT_READ_REASON] = kinmu_text(reading->reason);
    }
    int32_t status =
        append(j, info, reading->subject, clock_unix_ns(), values, KINMU_AUDIT_READ_FIELDS, ticket);
    return status == KINMU_OK ? status
                              : error_set(err, status, "audit.refused",
                                          "the journal takes nothing now (%s); see kinmu status",
                                          error_name(status));
}
