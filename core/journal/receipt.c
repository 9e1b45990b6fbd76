/* journal/receipt.c - see receipt.h. */
#include "journal/receipt.h"

#include "base/clock.h"
#include "base/error.h"
#include "base/text.h"
#include "journal/schemas.h"

#include <stdlib.h>
#include <string.h>

static int32_t add_event(queue_block *record, const journal *j, const erasure *e,
                         const doomed *key) {
    char id[2 * LAYOUT_KEY_ID_SIZE + 1];
    char month[KEYS_MONTH_SIZE];
    text_hex(id, key->id, LAYOUT_KEY_ID_SIZE);
    keys_month_text(key->owner.month, month);
    const kinmu_value values[] = {kinmu_text(id),        kinmu_text(key->owner.purpose),
                                  kinmu_text(month),     kinmu_i64((int64_t)key->blocks),
                                  kinmu_text(e->reason), kinmu_text(e->receipt)};
    return block_add(&record->writer, j->erase_schema, e->unix_ns, clock_mono_ns(), values,
                     sizeof values / sizeof values[0]);
}

/* By purpose and month, then by subject. */
static int by_owner(const void *left, const void *right) {
    const keys_owner *a = &(*(const doomed *const *)left)->owner;
    const keys_owner *b = &(*(const doomed *const *)right)->owner;
    int order = strcmp(a->purpose, b->purpose);
    if (order != 0 || a->month != b->month) {
        return order != 0 ? order : a->month < b->month ? -1 : 1;
    }
    return strcmp(a->subject, b->subject);
}

static int32_t is_same_line(const doomed *a, const doomed *b) {
    return a->owner.month == b->owner.month && strcmp(a->owner.purpose, b->owner.purpose) == 0;
}

/* The line of a receipt about `count` keys of one purpose and month, ordered by subject. */
static int32_t add_line(queue_block *record, const journal *j, const erasure *e,
                        const doomed *const *ordered, uint32_t count) {
    const keys_owner *owner = &ordered[0]->owner;
    char month[KEYS_MONTH_SIZE];
    int64_t subjects = 0, blocks = 0, events = 0, kept_keys = 0;
    keys_month_text(owner->month, month);
    for (uint32_t i = 0; i < count; i++) {
        subjects += i == 0 || strcmp(ordered[i]->owner.subject, ordered[i - 1]->owner.subject) != 0;
        blocks += (int64_t)ordered[i]->blocks;
        events += (int64_t)ordered[i]->events;
    }
    for (uint32_t i = 0; i < e->kept_count; i++) {
        int32_t is_here =
            e->kept[i].month == owner->month && strcmp(e->kept[i].purpose, owner->purpose) == 0;
        kept_keys += is_here ? (int64_t)e->kept[i].keys : 0;
    }
    const kinmu_value values[] = {kinmu_text(e->receipt),
                                  kinmu_text(e->reason),
                                  e->keep_days > 0 ? kinmu_i64(e->keep_days) : kinmu_null(),
                                  e->note != NULL ? kinmu_text(e->note) : kinmu_null(),
                                  kinmu_text(owner->purpose),
                                  kinmu_text(month),
                                  kinmu_i64(subjects),
                                  kinmu_i64(count),
                                  kinmu_i64(blocks),
                                  kinmu_i64(events),
                                  kinmu_i64(kept_keys)};
    return block_add(&record->writer, j->receipt_schema, e->unix_ns, clock_mono_ns(), values,
                     sizeof values / sizeof values[0]);
}

/* Writes the events of the erasure, as many blocks as they need: a line of the receipt and the keys
 * it is about, line by line. */
static int32_t record_keys(journal *j, commit_state *state, const erasure *e,
                           const doomed *const *ordered, const keys_key *audit_key,
                           kinmu_err *err) {
    const journal_entry entry = {.schema = j->erase_schema,
                                 .subject = "",
                                 .zone = clock_zone(),
                                 .boot_id = clock_boot_id(),
                                 .utc_offset_s = clock_utc_offset_s(e->unix_ns),
                                 .unix_ns = e->unix_ns,
                                 .mono_ns = clock_mono_ns()};
    int32_t status = KINMU_OK;
    uint32_t next = 0;
    uint32_t told = 0; /* a line was written of those before */
    while (status == KINMU_OK && next < e->count) {
        queue_block *record = queue_block_make(&entry, JOURNAL_AUDIT_PURPOSE, 0);
        status = record != NULL ? KINMU_OK : KINMU_E_RETRY;
        while (status == KINMU_OK && next < e->count &&
               record->writer.out.size < JOURNAL_BLOCK_BYTES) {
            if (next == told) {
                while (told < e->count && is_same_line(ordered[next], ordered[told])) {
                    told++;
                }
                status = add_line(record, j, e, &ordered[next], told - next);
            }
            status = status == KINMU_OK ? add_event(record, j, e, ordered[next++]) : status;
        }
        if (status == KINMU_OK) {
            record->key = *audit_key;
            status = commit_block(j, state, record, err);
        }
        queue_block_free(record);
    }
    return status;
}

int32_t receipt_record(journal *j, commit_state *state, const erasure *e, const keys_key *audit_key,
                       kinmu_err *err) {
    const doomed **ordered = malloc(e->count * sizeof *ordered);
    if (ordered == NULL) {
        return error_set(err, KINMU_E_RETRY, "journal.memory", "journal: out of memory");
    }
    for (uint32_t i = 0; i < e->count; i++) {
        ordered[i] = &e->keys[i];
    }
    qsort(ordered, e->count, sizeof *ordered, by_owner);
    int32_t status = record_keys(j, state, e, ordered, audit_key, err);
    free(ordered);
    return status;
}

void receipt_write(const erasure *e, buffer *out) {
    char moment[64];
    text_time(moment, sizeof moment, e->unix_ns, 0);
    buffer_printf(out, "{\"receipt\":\"%s\"", e->receipt);
    if (e->wanted.count == 1 && e->wanted.rows[0].subject != NULL) {
        buffer_text(out, ",\"subject\":");
        text_json(out, e->wanted.rows[0].subject, strlen(e->wanted.rows[0].subject));
    }
    buffer_printf(out, ",\"erased_at\":\"%s\",\"blocks\":%llu,\"events\":%llu,\"keys\":[", moment,
                  (unsigned long long)e->blocks, (unsigned long long)e->events);
    for (uint32_t i = 0; i < e->count; i++) {
        char id[2 * LAYOUT_KEY_ID_SIZE + 1];
        char month[KEYS_MONTH_SIZE];
        text_hex(id, e->keys[i].id, LAYOUT_KEY_ID_SIZE);
        keys_month_text(e->keys[i].owner.month, month);
        buffer_printf(out, "%s{\"key_id\":\"%s\",\"purpose\":", i > 0 ? "," : "", id);
        text_json(out, e->keys[i].owner.purpose, strlen(e->keys[i].owner.purpose));
        buffer_printf(out, ",\"month\":\"%s\",\"blocks\":%llu}", month,
                      (unsigned long long)e->keys[i].blocks);
    }
    buffer_text(out, "],\"kept\":[");
    for (uint32_t i = 0; i < e->kept_count; i++) {
        char month[KEYS_MONTH_SIZE];
        keys_month_text(e->kept[i].month, month);
        buffer_text(out, i > 0 ? ",{\"purpose\":" : "{\"purpose\":");
        text_json(out, e->kept[i].purpose, strlen(e->kept[i].purpose));
        buffer_printf(out, ",\"month\":\"%s\",\"keys\":%llu,\"why\":", month,
                      (unsigned long long)e->kept[i].keys);
        text_json(out, e->kept[i].why, strlen(e->kept[i].why));
        buffer_text(out, "}");
    }
    buffer_printf(out,
                  "],\"backups_clean_from\":\"%s\",\"note\":\"Copies of keys.db made before "
                  "backups_clean_from still hold the keys; the data is gone everywhere once those "
                  "copies are destroyed.\"}",
                  moment);
}
