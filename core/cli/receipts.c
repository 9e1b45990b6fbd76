/* cli/receipts.c - see receipts.h. Receipts and the keys they name stand in the audit trail of this
 * node; that nothing of them is left is looked up in its files, not believed. */
#include "cli/receipts.h"

#include "base/error.h"
#include "base/text.h"
#include "cli/cli.h"
#include "journal/destroyed.h"
#include "journal/journal.h"
#include "journal/schemas.h"
#include "journal/verify.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define RECEIPT_SIZE 20
#define NOTE_SIZE 256

/* Fields of kinmu.journal.receipt/1 and kinmu.journal.erase/1 (journal/schemas.c). */
enum { OF_RECEIPT, REASON, KEEP_DAYS, NOTE, PURPOSE, MONTH, SUBJECTS, KEYS, BLOCKS, EVENTS, KEPT };
enum { KEY_ID, KEY_RECEIPT = 5 };

typedef struct line {
    char receipt[RECEIPT_SIZE];
    char reason[16];
    char note[NOTE_SIZE];
    char purpose[KINMU_NAME_BYTES_MAX + 1];
    char month[8];
    int64_t unix_ns, keep_days;
    int64_t subjects, keys, blocks, events, kept;
} line;

typedef struct named_key {
    char receipt[RECEIPT_SIZE];
    uint8_t id[LAYOUT_KEY_ID_SIZE];
} named_key;

typedef struct receipts {
    const schema_info *receipt_schema, *erase_schema;
    line *lines;
    uint32_t line_count, line_capacity;
    named_key *keys;
    uint32_t key_count, key_capacity;
    destroyed_key *looked; /* the keys' ids, sorted, and whether they are back */
    block_reader payload;
} receipts;

static void take_text(char *to, size_t size, const kinmu_value *value) {
    size_t length = value->type == KINMU_TYPE_TEXT ? value->size : 0;
    length = length < size ? length : size - 1;
    memcpy(to, length > 0 ? value->as.text : "", length);
    to[length] = '\0';
}

static int64_t number(const kinmu_value *value) {
    return value->type == KINMU_TYPE_I64 ? value->as.i64 : 0;
}

static void *grow(void *rows, uint32_t count, uint32_t *capacity, size_t size) {
    if (count < *capacity) {
        return rows;
    }
    uint32_t wanted = *capacity == 0 ? 64 : *capacity * 2;
    void *grown = realloc(rows, wanted * size);
    *capacity = grown != NULL ? wanted : *capacity;
    return grown;
}

static int32_t add_line(receipts *r, const kinmu_event *event) {
    const kinmu_value *v = event->values;
    line *grown = grow(r->lines, r->line_count, &r->line_capacity, sizeof *grown);
    if (grown == NULL) {
        return KINMU_E_NOMEM;
    }
    r->lines = grown;
    line *one = &r->lines[r->line_count++];
    take_text(one->receipt, sizeof one->receipt, &v[OF_RECEIPT]);
    take_text(one->reason, sizeof one->reason, &v[REASON]);
    take_text(one->note, sizeof one->note, &v[NOTE]);
    take_text(one->purpose, sizeof one->purpose, &v[PURPOSE]);
    take_text(one->month, sizeof one->month, &v[MONTH]);
    one->unix_ns = event->unix_ns;
    one->keep_days = number(&v[KEEP_DAYS]);
    one->subjects = number(&v[SUBJECTS]);
    one->keys = number(&v[KEYS]);
    one->blocks = number(&v[BLOCKS]);
    one->events = number(&v[EVENTS]);
    one->kept = number(&v[KEPT]);
    return KINMU_OK;
}

/* Keys erased before there were receipts name none. */
static int32_t add_key(receipts *r, const kinmu_event *event) {
    named_key key = {{0}, {0}};
    char id[2 * LAYOUT_KEY_ID_SIZE + 1];
    if (event->value_count <= KEY_RECEIPT || event->values[KEY_RECEIPT].type != KINMU_TYPE_TEXT) {
        return KINMU_OK;
    }
    take_text(key.receipt, sizeof key.receipt, &event->values[KEY_RECEIPT]);
    take_text(id, sizeof id, &event->values[KEY_ID]);
    if (text_unhex(key.id, sizeof key.id, id) != KINMU_OK) {
        return KINMU_OK;
    }
    named_key *grown = grow(r->keys, r->key_count, &r->key_capacity, sizeof *grown);
    if (grown == NULL) {
        return KINMU_E_NOMEM;
    }
    r->keys = grown;
    r->keys[r->key_count++] = key;
    return KINMU_OK;
}

static int32_t take_block(receipts *r, const schema_registry *schemas, const journal_block *block,
                          kinmu_err *err) {
    kinmu_event event;
    const schema_info *info;
    int32_t status = block_open(&r->payload, schemas, block->payload, block->payload_size, err);
    while (status == KINMU_OK &&
           (status = block_next(&r->payload, &event, &info, err)) == KINMU_OK) {
        if (info != NULL && info == r->receipt_schema) {
            status = add_line(r, &event);
        } else if (info != NULL && info == r->erase_schema) {
            status = add_key(r, &event);
        }
    }
    return status == KINMU_E_NOTFOUND || status == KINMU_E_REJECT ? KINMU_OK : status;
}

static int32_t read_all(receipts *r, const char *data, const schema_registry *schemas,
                        kinmu_err *err) {
    journal_reader *reader = NULL;
    journal_block block = {0};
    int32_t status = journal_reader_open(data, &reader, err);
    while (status == KINMU_OK &&
           (status = journal_read(reader, block.position, &block, err)) == KINMU_OK) {
        if (block.state == JOURNAL_BLOCK_LIVE &&
            strcmp(block.purpose, JOURNAL_AUDIT_PURPOSE) == 0) {
            status = take_block(r, schemas, &block, err);
        }
    }
    journal_reader_close(reader);
    return status == KINMU_E_NOTFOUND ? KINMU_OK : status;
}

static int32_t look(receipts *r, const char *data, kinmu_err *err) {
    r->looked = calloc(r->key_count + 1, sizeof *r->looked);
    if (r->looked == NULL) {
        return error_set(err, KINMU_E_NOMEM, "receipts.memory", "out of memory");
    }
    for (uint32_t i = 0; i < r->key_count; i++) {
        memcpy(r->looked[i].id, r->keys[i].id, LAYOUT_KEY_ID_SIZE);
    }
    return destroyed_check(data, r->looked, r->key_count, err);
}

static int by_id(const void *left, const void *right) {
    return memcmp(((const destroyed_key *)left)->id, ((const destroyed_key *)right)->id,
                  LAYOUT_KEY_ID_SIZE);
}

static int32_t is_back(const receipts *r, const named_key *key) {
    destroyed_key wanted = {{0}, 0};
    memcpy(wanted.id, key->id, sizeof wanted.id);
    const destroyed_key *found =
        bsearch(&wanted, r->looked, r->key_count, sizeof *r->looked, by_id);
    return found != NULL && found->is_back;
}

static void print_head(const line *first) {
    char moment[64];
    text_time(moment, sizeof moment, first->unix_ns, 0);
    if (first->keep_days > 0) {
        printf("%s  %s  保存期間 %lld 日の満了 / kept for %lld days, over\n", first->receipt,
               moment, (long long)first->keep_days, (long long)first->keep_days);
    } else {
        printf("%s  %s  請求による消去 / erased on request%s%s\n", first->receipt, moment,
               first->note[0] != '\0' ? ": " : "", first->note);
    }
}

/* Prints the receipt of lines[at] with all its lines; 0 when it does not hold. */
static int32_t print_one(const receipts *r, uint32_t at) {
    const char *receipt = r->lines[at].receipt;
    int64_t told = 0;
    int64_t named = 0;
    int64_t back = 0;
    print_head(&r->lines[at]);
    for (uint32_t i = at; i < r->line_count; i++) {
        const line *one = &r->lines[i];
        if (strcmp(one->receipt, receipt) == 0) {
            told += one->keys;
            printf("  %s %s: 対象 / subjects %lld, 鍵 / keys %lld, blocks %lld, events %lld, "
                   "保全 / kept keys %lld\n",
                   one->purpose, one->month, (long long)one->subjects, (long long)one->keys,
                   (long long)one->blocks, (long long)one->events, (long long)one->kept);
        }
    }
    for (uint32_t i = 0; i < r->key_count; i++) {
        if (strcmp(r->keys[i].receipt, receipt) == 0) {
            named++;
            back += is_back(r, &r->keys[i]);
        }
    }
    if (named == told && back == 0) {
        printf("  確認済み / verified: no key and no payload of it is here\n");
    } else if (back > 0) {
        printf("  不一致 / NOT TRUE: %lld of its keys, or payloads sealed with them, are here\n",
               (long long)back);
    } else {
        printf("  不一致 / NOT TRUE: it tells of %lld keys, the journal names %lld\n",
               (long long)told, (long long)named);
    }
    return named == told && back == 0;
}

static int32_t print_all(const receipts *r, const char *only, int *code) {
    int32_t found = 0;
    for (uint32_t at = 0; at < r->line_count; at++) {
        int32_t is_first = only == NULL || strcmp(r->lines[at].receipt, only) == 0;
        for (uint32_t i = 0; is_first && i < at; i++) {
            is_first = strcmp(r->lines[i].receipt, r->lines[at].receipt) != 0;
        }
        if (is_first) {
            found = 1;
            *code = print_one(r, at) ? *code : CLI_FAILED;
        }
    }
    return found;
}

int32_t receipts_show(const char *data, const schema_registry *schemas, const char *only, int *code,
                      kinmu_err *err) {
    verify_report chain; /* looked at first: where there is no journal, nothing is told of it */
    int32_t status = journal_verify(data, NULL, &chain, err);
    receipts *r = status == KINMU_OK ? calloc(1, sizeof *r) : NULL;
    if (status != KINMU_OK) {
        return status;
    }
    if (r == NULL) {
        return error_set(err, KINMU_E_NOMEM, "receipts.memory", "out of memory");
    }
    r->receipt_schema =
        schema_registry_find(schemas, JOURNAL_RECEIPT_SCHEMA, strlen(JOURNAL_RECEIPT_SCHEMA));
    r->erase_schema =
        schema_registry_find(schemas, JOURNAL_ERASE_SCHEMA, strlen(JOURNAL_ERASE_SCHEMA));
    status = read_all(r, data, schemas, err);
    if (status == KINMU_OK) {
        status = look(r, data, err);
    }
    if (status == KINMU_OK && !print_all(r, only, code)) {
        status = only != NULL ? error_set(err, KINMU_E_NOTFOUND, "receipts.none",
                                          "there is no receipt \"%s\"", only)
                              : KINMU_OK;
        if (only == NULL) {
            printf("消去の記録はありません / nothing was erased\n");
        }
    }
    if (status == KINMU_OK) {
        printf("%s\n", chain.text);
        *code = chain.verdict == VERIFY_OK ? *code : CLI_FAILED;
    }
    free(r->looked);
    free(r->keys);
    free(r->lines);
    free(r);
    return status;
}
