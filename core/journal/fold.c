/* journal/fold.c - keeping a purpose within its quota by replacing its oldest detail with sums.
 *
 * Whole log blocks are folded, oldest first: per (subject, schema, hour UTC) one event with the
 * first and last time, the number of events and the sums of counting fields. Sums and tombstones
 * are one transaction. The sums stay under the folded purpose and subject, so that erasing those
 * erases them. Decisions and sums themselves are never folded, nor is what is on hold: where there
 * are holds, who knows them asks for it (journal_fold).
 */
#include "journal/internal.h"

#include "base/clock.h"
#include "base/error.h"
#include "journal/schemas.h"

#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define HOUR_NS (3600LL * CLOCK_NS_PER_S)
#define BLOCKS_MAX 256u /* of one transaction */
#define GROUPS_MAX 1024u
#define SUMS_SIZE 4096
#define FOLD_TO_PERCENT 95u

typedef struct fold_group {
    char subject[KEYS_SUBJECT_BYTES_MAX + 1];
    char zone[QUEUE_ZONE_BYTES_MAX + 1];
    uint8_t boot_id[16];
    int32_t utc_offset_s;
    const schema_info *schema; /* NULL = not known here */
    int64_t hour;
    int64_t first_ns;
    int64_t last_ns;
    int64_t events;
    uint64_t mono_ns;
    int64_t sums[KINMU_FIELDS_MAX];
} fold_group;

typedef struct fold_block {
    uint64_t position;
    size_t header_size;
    uint8_t header[LAYOUT_HEADER_BYTES_MAX];
} fold_block;

typedef struct folding {
    journal_limit *limit;
    const journal_spans *spared;
    int32_t has_spared; /* met one: it may be let go of later */
    fold_block *blocks;
    uint32_t block_count;
    fold_group *groups;
    uint32_t group_count;
    uint64_t bytes; /* freed by the blocks so far */
    block_reader reader;
} folding;

static int32_t is_counting(const kinmu_field *field) {
    return field->type == KINMU_TYPE_I64 && field->unit != NULL &&
           strcmp(field->unit, "count") == 0;
}

static int64_t hour_of(int64_t unix_ns) {
    return unix_ns / HOUR_NS - (unix_ns % HOUR_NS < 0);
}

static fold_group *find_group(folding *f, const kinmu_event *event, const schema_info *info) {
    int64_t hour = hour_of(event->unix_ns);
    for (uint32_t i = f->group_count; i-- > 0;) {
        fold_group *group = &f->groups[i];
        if (group->hour == hour && group->schema == info &&
            strcmp(group->subject, event->subject) == 0) {
            return group;
        }
    }
    if (f->group_count == GROUPS_MAX) {
        return NULL;
    }
    fold_group *group = &f->groups[f->group_count++];
    memset(group, 0, sizeof *group);
    snprintf(group->subject, sizeof group->subject, "%s", event->subject);
    snprintf(group->zone, sizeof group->zone, "%s", event->zone);
    memcpy(group->boot_id, event->boot_id, sizeof group->boot_id);
    group->utc_offset_s = event->utc_offset_s;
    group->schema = info;
    group->hour = hour;
    group->first_ns = event->unix_ns;
    group->last_ns = event->unix_ns;
    group->mono_ns = event->mono_ns;
    return group;
}

static void add_event(fold_group *group, const kinmu_event *event, const schema_info *info) {
    if (event->unix_ns < group->first_ns) {
        group->first_ns = event->unix_ns;
        group->mono_ns = event->mono_ns;
    }
    group->last_ns = event->unix_ns > group->last_ns ? event->unix_ns : group->last_ns;
    group->events++;
    for (uint32_t i = 0; info != NULL && i < event->value_count; i++) {
        if (is_counting(&info->fields[i]) && event->values[i].type == KINMU_TYPE_I64) {
            /* Wraps instead of overflowing on absurd counts. */
            group->sums[i] =
                (int64_t)((uint64_t)group->sums[i] + (uint64_t)event->values[i].as.i64);
        }
    }
}

/* KINMU_OK: added; E_REJECT: leave this block alone; E_BUSY: no more room in this transaction. */
static int32_t add_payload(journal *j, folding *f, const uint8_t *plain, size_t size) {
    kinmu_event event;
    const schema_info *info;
    uint32_t groups_before = f->group_count;
    int32_t status = block_open(&f->reader, j->registry, plain, size, NULL);
    /* First a look, then the sums: a block must count whole or not at all. */
    while (status == KINMU_OK &&
           (status = block_next(&f->reader, &event, &info, NULL)) == KINMU_OK) {
        if (info == j->fold_schema) {
            status = KINMU_E_REJECT;
        } else if (find_group(f, &event, info) == NULL) {
            status = KINMU_E_BUSY;
        }
    }
    if (status != KINMU_E_NOTFOUND) {
        f->group_count = groups_before;
        return status;
    }
    status = block_open(&f->reader, j->registry, plain, size, NULL);
    while (status == KINMU_OK &&
           (status = block_next(&f->reader, &event, &info, NULL)) == KINMU_OK) {
        fold_group *group = find_group(f, &event, info);
        assert(group != NULL); /* the first look made it */
        add_event(group, &event, info);
    }
    return KINMU_OK;
}

static int32_t add_row(journal *j, folding *f, sql_statement *row, kinmu_err *err) {
    layout_header header;
    keys_owner owner;
    uint8_t key[CRYPTO_KEY_SIZE];
    const uint8_t *plain = NULL;
    size_t plain_size = 0;
    const void *bytes = sql_bytes(row, 1);
    size_t size = sql_size(row, 1);
    if (layout_header_decode(&header, bytes, size) != KINMU_OK ||
        strcmp(header.purpose, f->limit->purpose) != 0 || header.decision != 0) {
        return KINMU_E_REJECT;
    }
    int32_t status = keys_find_owner(j->keys, header.key_id, key, &owner, err);
    if (status == KINMU_OK && erase_spared_by(f->spared, &owner) != NULL) {
        f->has_spared = 1;
        status = KINMU_E_REJECT;
    }
    if (status == KINMU_OK) {
        status = seal_open(&j->sealer, key, bytes, size, sql_bytes(row, 2), sql_size(row, 2),
                           &plain, &plain_size);
    }
    crypto_wipe(key, sizeof key);
    if (status == KINMU_OK) {
        status = add_payload(j, f, plain, plain_size);
    }
    if (status == KINMU_E_NOTFOUND) {
        return KINMU_E_REJECT; /* no key, no detail to keep: erased by other means */
    }
    if (status == KINMU_OK) {
        fold_block *block = &f->blocks[f->block_count++];
        block->position = sql_u64(row, 0);
        block->header_size = size;
        memcpy(block->header, bytes, size);
        f->bytes += header.payload_size;
    }
    return status;
}

/* Fills f with the oldest blocks of the purpose until `wanted` bytes are freed or it is full. */
static int32_t collect(journal *j, folding *f, uint64_t wanted, kinmu_err *err) {
    sql_statement *select = NULL;
    int code = SQL_DONE;
    int32_t status =
        files_prepare_many(j->db,
                           "SELECT position, header, payload FROM block WHERE position > ?"
                           " AND payload IS NOT NULL ORDER BY position",
                           &select, err);
    if (status != KINMU_OK) {
        return status;
    }
    sql_bind_i64(select, 1, (int64_t)f->limit->looked_at);
    while (status == KINMU_OK && f->bytes < wanted && f->block_count < BLOCKS_MAX &&
           (code = sql_step(select)) == SQL_ROW) {
        status = add_row(j, f, select, err);
        if (status == KINMU_E_BUSY) {
            break;
        }
        if (status == KINMU_OK || status == KINMU_E_REJECT) {
            f->limit->looked_at = f->has_spared ? f->limit->looked_at : sql_u64(select, 0);
            status = KINMU_OK;
        }
    }
    if (code != SQL_DONE && code != SQL_ROW) {
        status = files_failed(j->db, err);
    }
    sql_finish(select);
    return status == KINMU_E_BUSY ? KINMU_OK : status;
}

static void write_sums(const fold_group *group, char sums[SUMS_SIZE]) {
    size_t used = 0;
    sums[0] = '\0';
    for (uint32_t i = 0; group->schema != NULL && i < group->schema->field_count; i++) {
        const kinmu_field *field = &group->schema->fields[i];
        if (is_counting(field) && used < SUMS_SIZE) {
            int length = snprintf(sums + used, SUMS_SIZE - used, "%s%s=%" PRId64,
                                  used > 0 ? ";" : "", field->name, group->sums[i]);
            used += length > 0 ? (size_t)length : 0;
        }
    }
}

static queue_block *make_block(journal *j, const folding *f, const fold_group *group) {
    char sums[SUMS_SIZE];
    write_sums(group, sums);
    const kinmu_value values[] = {
        kinmu_text(group->schema != NULL ? group->schema->full_name : "unknown"),
        kinmu_text(f->limit->purpose),
        kinmu_time(group->first_ns),
        kinmu_time(group->last_ns),
        kinmu_i64(group->events),
        kinmu_text(sums)};
    const journal_entry entry = {.schema = j->fold_schema,
                                 .subject = group->subject,
                                 .zone = group->zone,
                                 .boot_id = group->boot_id,
                                 .utc_offset_s = group->utc_offset_s,
                                 .unix_ns = group->first_ns,
                                 .mono_ns = group->mono_ns,
                                 .values = values,
                                 .value_count = 6};
    queue_block *block = queue_block_make(&entry, f->limit->purpose, 0);
    if (block != NULL && block_add(&block->writer, j->fold_schema, entry.unix_ns, entry.mono_ns,
                                   values, 6) != KINMU_OK) {
        queue_block_free(block);
        block = NULL;
    }
    return block;
}

/* Keys of all sums first, then one transaction for sums and tombstones. */
static int32_t write_folding(journal *j, folding *f, kinmu_err *err) {
    queue_group group = {0};
    commit_state state;
    int32_t status = KINMU_OK;
    for (uint32_t i = 0; status == KINMU_OK && i < f->group_count; i++) {
        queue_block *block = make_block(j, f, &f->groups[i]);
        if (block == NULL) {
            status = KINMU_E_RETRY;
            break;
        }
        block->next = group.first;
        group.first = block;
        status = keys_get(j->keys, block->subject, block->purpose, block->month, &block->key, err);
    }
    if (status == KINMU_OK) {
        status = keys_commit(j->keys, err);
    }
    if (status != KINMU_OK) {
        keys_rollback(j->keys);
        queue_discard(&group);
        return status;
    }
    status = commit_begin(j, &state, err);
    for (queue_block *block = group.first; status == KINMU_OK && block != NULL;
         block = block->next) {
        status = commit_block(j, &state, block, err);
    }
    for (uint32_t i = 0; status == KINMU_OK && i < f->block_count; i++) {
        status = commit_bury(j, &state, f->blocks[i].position, f->blocks[i].header,
                             f->blocks[i].header_size, JOURNAL_BLOCK_FOLDED, err);
    }
    if (status == KINMU_OK && j->is_shared) {
        state.epoch++; /* other nodes count anew */
        status = commit_head(j, &state, err);
    }
    status = commit_end(j, &state, status, err);
    queue_discard(&group);
    return status;
}

static int32_t fold_some(journal *j, journal_limit *limit, const journal_spans *spared,
                         uint64_t wanted, uint32_t *folded, kinmu_err *err) {
    uint64_t looked_at = limit->looked_at;
    folding *f = calloc(1, sizeof *f);
    fold_block *blocks = calloc(BLOCKS_MAX, sizeof *blocks);
    fold_group *groups = calloc(GROUPS_MAX, sizeof *groups);
    int32_t status = KINMU_E_RETRY;
    if (f != NULL && blocks != NULL && groups != NULL) {
        f->limit = limit;
        f->spared = spared;
        f->blocks = blocks;
        f->groups = groups;
        status = collect(j, f, wanted, err);
        if (status == KINMU_OK && f->block_count > 0) {
            status = write_folding(j, f, err);
            *folded += status == KINMU_OK ? f->block_count : 0;
        }
        crypto_wipe(groups, GROUPS_MAX * sizeof *groups);
    }
    free(groups);
    free(blocks);
    free(f);
    if (status != KINMU_OK) {
        limit->looked_at = looked_at;
    }
    return status;
}

uint64_t fold_excess(const journal *j) {
    uint64_t excess = 0;
    for (uint32_t i = 0; i < j->limit_count; i++) {
        const tally_purpose *used = tally_find(&j->tally, j->limits[i].purpose);
        uint64_t bytes = used != NULL ? used->bytes : 0;
        excess += bytes > j->limits[i].bytes_max ? bytes - j->limits[i].bytes_max : 0;
    }
    return excess;
}

int32_t fold_over_quota(journal *j, const journal_spans *spared, uint32_t *folded, kinmu_err *err) {
    int32_t status = KINMU_OK;
    for (uint32_t i = 0; status == KINMU_OK && i < j->limit_count; i++) {
        journal_limit *limit = &j->limits[i];
        const tally_purpose *used = tally_find(&j->tally, limit->purpose);
        uint32_t before;
        do {
            before = *folded;
            if (used == NULL || used->bytes <= limit->bytes_max) {
                break;
            }
            /* Some room at once, so that not every commit folds a block. */
            uint64_t keep = limit->bytes_max / 100 * FOLD_TO_PERCENT;
            status = fold_some(j, limit, spared, used->bytes - keep, folded, err);
        } while (status == KINMU_OK && *folded > before);
    }
    return status;
}

int32_t journal_fold(journal *j, const journal_spans *spared, uint64_t decision, kinmu_err *err) {
    uint32_t folded = 0;
    uv_mutex_lock(&j->files);
    int32_t status = j->tally.decision != decision
                         ? error_set(err, KINMU_E_RETRY, "journal.fold", "journal: a decision came")
                         : fold_over_quota(j, spared, &folded, err);
    uv_mutex_unlock(&j->files);
    writer_show(j);
    if (status == KINMU_E_RESTART) {
        writer_fail(j, status, err);
    }
    uv_mutex_lock(&j->mutex);
    j->announce |= folded > 0;
    uv_cond_signal(&j->work);
    uv_mutex_unlock(&j->mutex);
    return status;
}
