/* evidence/write.c - the lines of an evidence file, from the blocks chosen by select.c. */
#include "evidence/internal.h"

#include "base/clock.h"
#include "base/error.h"
#include "base/text.h"
#include "journal/files.h"
#include "journal/restored.h"
#include "schema/event_json.h"

#include <inttypes.h>
#include <string.h>

#define TIME_SIZE 64

typedef struct writing {
    evidence_plan *plan;
    lines_writer lines;
    int64_t unix_ns;
    uint64_t sequence; /* of the newest header written */
    uint8_t hash[CRYPTO_HASH_SIZE];
} writing;

static void put_text(buffer *out, const char *key, const char *text) {
    buffer_printf(out, "\"%s\":", key);
    text_json(out, text, strlen(text));
}

static void put_hex(buffer *out, const char *key, const void *data, size_t size) {
    buffer_printf(out, "\"%s\":", key);
    lines_put_hex(out, data, size);
}

/* ---- what the file is, and what it needs to be read ---- */

static int32_t write_title(writing *w) {
    const evidence_wish *wish = w->plan->wish;
    buffer *out = &w->lines.out;
    char moment[TIME_SIZE];
    text_time(moment, sizeof moment, w->unix_ns, 0);
    lines_open(&w->lines, "evidence");
    buffer_printf(out,
                  "{\"format\":\"" EVIDENCE_FORMAT "\",\"made\":\"%s\",\"unix_ns\":%" PRId64
                  ",\"program\":\"kinmu " KINMU_VERSION "\",",
                  moment, w->unix_ns);
    put_text(out, "subject", wish->subject);
    buffer_text(out, ",");
    put_text(out, "month", wish->month);
    buffer_text(out, ",\"hub\":{");
    put_text(out, "name", wish->node != NULL ? wish->node : "");
    buffer_text(out, ",");
    put_hex(out, "origin", w->plan->device.origin, LAYOUT_ORIGIN_SIZE);
    buffer_text(out, ",");
    put_hex(out, "public_key", w->plan->device.public_key, CRYPTO_PUBLIC_SIZE);
    buffer_text(out, "}}");
    return lines_close(&w->lines);
}

static int32_t write_schemas(writing *w) {
    int32_t status = KINMU_OK;
    uint32_t count = schema_registry_count(w->plan->wish->schemas);
    for (uint32_t id = 0; status == KINMU_OK && id < count; id++) {
        if (w->plan->is_schema_used[id]) {
            lines_open(&w->lines, "schema");
            evidence_put_schema(&w->lines.out, schema_registry_at(w->plan->wish->schemas, id));
            status = lines_close(&w->lines);
        }
    }
    return status;
}

static int32_t write_keys(writing *w) {
    int32_t status = KINMU_OK;
    buffer *out = &w->lines.out;
    for (uint32_t i = 0; status == KINMU_OK && i < w->plan->key_count; i++) {
        const evidence_key *key = &w->plan->keys[i];
        char month[KEYS_MONTH_SIZE];
        if (!key->is_used) {
            continue;
        }
        keys_month_text(key->month, month);
        lines_open(&w->lines, "key");
        buffer_text(out, "{");
        put_hex(out, "id", key->id, sizeof key->id);
        buffer_text(out, ",");
        put_text(out, "purpose", key->purpose);
        buffer_text(out, ",");
        put_text(out, "month", month);
        buffer_text(out, ",");
        put_hex(out, "key", key->key, sizeof key->key);
        buffer_text(out, "}");
        status = lines_close(&w->lines);
    }
    return status;
}

/* ---- one device ---- */

static int32_t write_records(writing *w, const layout_header *header, const void *plain,
                             size_t size, kinmu_err *err) {
    evidence_plan *p = w->plan;
    kinmu_event event;
    const schema_info *info;
    event_place place = {header->origin, header->first_sequence, "chain", header->chain,
                         header->decision};
    int32_t status = block_open(&p->payload, p->wish->schemas, plain, size, err);
    while (status == KINMU_OK &&
           (status = block_next(&p->payload, &event, &info, err)) == KINMU_OK) {
        p->summary.records += evidence_local_month(&event) == p->month;
        p->summary.unread += info == NULL;
        lines_open(&w->lines, "record");
        event_json(&w->lines.out, &event, info, &place);
        status = lines_close(&w->lines);
        place.sequence++;
    }
    return status == KINMU_E_NOTFOUND ? KINMU_OK : status;
}

static int32_t write_block(writing *w, sql_statement *row, kinmu_err *err) {
    evidence_plan *p = w->plan;
    layout_header header;
    const void *bytes = sql_bytes(row, 0);
    size_t size = sql_size(row, 0);
    if (layout_header_decode(&header, bytes, size) != KINMU_OK) {
        return KINMU_E_REJECT;
    }
    int32_t status = lines_hex(&w->lines, "header", bytes, size);
    if (status == KINMU_OK) {
        status = crypto_hash(w->lines.digest, bytes, size, w->hash);
        w->sequence = header.last_sequence;
    }
    if (status == KINMU_OK && sql_type(row, 1) == SQL_NULL) {
        return sql_size(row, 2) == LAYOUT_TOMBSTONE_SIZE
                   ? lines_hex(&w->lines, "tombstone", sql_bytes(row, 2), sql_size(row, 2))
                   : KINMU_E_REJECT;
    }
    const evidence_key *key = evidence_find_key(p->keys, p->key_count, header.key_id);
    if (status != KINMU_OK || key == NULL || !key->is_used) {
        return status;
    }
    const uint8_t *plain;
    size_t plain_size;
    status = lines_hex(&w->lines, "payload", sql_bytes(row, 1), sql_size(row, 1));
    if (status == KINMU_OK) {
        status = seal_open(&p->sealer, key->key, bytes, size, sql_bytes(row, 1), sql_size(row, 1),
                           &plain, &plain_size);
    }
    return status == KINMU_OK ? write_records(w, &header, plain, plain_size, err) : status;
}

/* The note on numbers the device gave up behind that block; chain 0 in the note: there is none. */
static int32_t write_restore(writing *w, const evidence_chain *c, uint64_t chain,
                             layout_restore *note) {
    buffer *out = &w->lines.out;
    if (restored_find(w->plan->db, c->row, chain, note) != KINMU_OK) {
        return KINMU_OK;
    }
    lines_open(&w->lines, "restored");
    buffer_printf(out, "{\"chain\":%" PRIu64 ",\"sequence\":%" PRIu64 ",", note->chain,
                  note->sequence);
    put_hex(out, "hash", note->hash, sizeof note->hash);
    buffer_printf(out,
                  ",\"to_chain\":%" PRIu64 ",\"to_sequence\":%" PRIu64 ",\"unix_ns\":%" PRId64 ",",
                  note->to_chain, note->to_sequence, note->unix_ns);
    put_hex(out, "signature", note->signature, sizeof note->signature);
    buffer_text(out, "}");
    w->sequence = note->to_sequence;
    return lines_close(&w->lines);
}

static int32_t write_blocks(writing *w, const evidence_chain *c, kinmu_err *err) {
    sql_statement *row = NULL;
    layout_restore note = {0};
    uint64_t next = c->first; /* number */
    int code = SQL_DONE;
    int32_t status =
        files_prepare(w->plan->db,
                      "SELECT header, payload, tombstone, chain FROM block WHERE origin_id ="
                      " ?1 AND chain BETWEEN ?2 AND ?3 ORDER BY chain",
                      &row, err);
    if (status == KINMU_OK) {
        sql_bind_i64(row, 1, c->row);
        sql_bind_i64(row, 2, (int64_t)c->first);
        sql_bind_i64(row, 3, (int64_t)c->last);
    }
    while (status == KINMU_OK && (code = sql_step(row)) == SQL_ROW) {
        if (sql_u64(row, 3) != next) {
            status = write_restore(w, c, next - 1, &note);
            next = note.to_chain + 1;
        }
        if (status == KINMU_OK) {
            status = sql_u64(row, 3) == next ? write_block(w, row, err) : KINMU_E_REJECT;
        }
        next++;
    }
    if (status == KINMU_OK && code == SQL_DONE && next <= c->last) { /* the head lies behind it */
        status = write_restore(w, c, next - 1, &note);
        next = note.to_chain + 1;
    }
    if (status == KINMU_OK && code != SQL_DONE) {
        status = files_failed(w->plan->db, err);
    } else if (status == KINMU_E_REJECT || (status == KINMU_OK && next != c->last + 1)) {
        status = error_set(err, KINMU_E_REJECT, "evidence.damaged",
                           "the history is not whole near block %llu of a device; run `kinmu "
                           "journal verify`",
                           (unsigned long long)next);
    }
    sql_finish(row);
    return status;
}

static int32_t write_head(writing *w, const char *kind, const layout_head *head) {
    buffer *out = &w->lines.out;
    lines_open(&w->lines, kind);
    buffer_printf(out, "{\"chain\":%" PRIu64 ",\"sequence\":%" PRIu64 ",", head->chain,
                  head->sequence);
    put_hex(out, "hash", head->hash, sizeof head->hash);
    buffer_printf(out, ",\"unix_ns\":%" PRId64 ",", head->unix_ns);
    put_hex(out, "signature", head->signature, sizeof head->signature);
    buffer_text(out, "}");
    return lines_close(&w->lines);
}

/* The hub's own word for the newest header shown. */
static int32_t countersign(writing *w, const evidence_chain *c) {
    uint8_t message[LAYOUT_MESSAGE_BYTES_MAX];
    layout_head head = {.chain = c->last, .sequence = w->sequence, .unix_ns = w->unix_ns};
    memcpy(head.origin, c->origin, sizeof head.origin);
    memcpy(head.hash, w->hash, sizeof head.hash);
    size_t size = layout_countersign_message(&head, message);
    int32_t status = crypto_sign(w->plan->device.seed, message, size, head.signature);
    return status == KINMU_OK ? write_head(w, "countersignature", &head) : status;
}

static int32_t write_device(writing *w, const evidence_chain *c, kinmu_err *err) {
    buffer *out = &w->lines.out;
    lines_open(&w->lines, "device");
    buffer_text(out, "{");
    put_hex(out, "origin", c->origin, sizeof c->origin);
    buffer_text(out, ",");
    put_hex(out, "public_key", c->public_key, sizeof c->public_key);
    buffer_printf(out,
                  ",\"first\":%" PRIu64 ",\"last\":%" PRIu64 ",\"heard_unix_ns\":%" PRId64
                  ",\"unsent\":%" PRIu64 "}",
                  c->first, c->last, c->heard_unix_ns, c->unsent);
    int32_t status = lines_close(&w->lines);
    if (status == KINMU_OK) {
        status = write_blocks(w, c, err);
    }
    if (status == KINMU_OK && c->head.chain > 0) {
        status = write_head(w, "head", &c->head);
    }
    return status == KINMU_OK ? countersign(w, c) : status;
}

/* ---- the checkpoint ---- */

static int32_t write_checkpoint(writing *w, kinmu_err *err) {
    checkpoint content;
    buffer text = {NULL, 0, 0, 0};
    buffer token = {NULL, 0, 0, 0};
    if (w->plan->checkpoint == 0) {
        return KINMU_OK;
    }
    int32_t status = kept_read(w->plan->db, w->plan->checkpoint, &content, &token, err);
    if (status != KINMU_OK) {
        buffer_free(&token);
        return status;
    }
    checkpoint_write(&content, &text);
    lines_open(&w->lines, "checkpoint");
    text_json(&w->lines.out, buffer_string(&text), text.size);
    status = lines_close(&w->lines);
    if (status == KINMU_OK && token.size > 0) {
        status = lines_hex(&w->lines, "timestamp", token.data, token.size);
    }
    buffer_free(&text);
    buffer_free(&token);
    checkpoint_free(&content);
    return status;
}

static int32_t write_all(writing *w, kinmu_err *err) {
    int32_t (*const parts[])(writing *) = {write_title, write_schemas, write_keys};
    int32_t status = lines_begin(&w->lines);
    for (size_t i = 0; status == KINMU_OK && i < sizeof parts / sizeof parts[0]; i++) {
        status = parts[i](w);
    }
    for (uint32_t i = 0; status == KINMU_OK && i < w->plan->chain_count; i++) {
        status = write_device(w, &w->plan->chains[i], err);
    }
    if (status == KINMU_OK) {
        status = write_checkpoint(w, err);
    }
    if (status == KINMU_OK) {
        status = lines_seal(&w->lines, EVIDENCE_CONTEXT, &w->plan->device);
    }
    if (status == KINMU_E_NOMEM) {
        error_set(err, status, "evidence.memory",
                  "out of memory, or the file would be larger than %zu MiB", LINES_BYTES_MAX >> 20);
    }
    return status;
}

int32_t evidence_write(const evidence_wish *wish, buffer *out, evidence_summary *summary,
                       kinmu_err *err) {
    writing w = {.unix_ns = clock_unix_ns()};
    int32_t status = evidence_plan_make(wish, &w.plan, err);
    if (status == KINMU_OK) {
        status = write_all(&w, err);
    }
    if (status == KINMU_OK) {
        *summary = w.plan->summary;
        *out = w.lines.out;
        memset(&w.lines.out, 0, sizeof w.lines.out);
    }
    lines_end(&w.lines);
    evidence_plan_free(w.plan);
    return status;
}
