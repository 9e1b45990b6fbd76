/* journal/checkpoint.c - see checkpoint.h. The reader takes exactly the keys and order the writer
 * gives, with any white space between them; it is no general JSON parser. */
#include "journal/checkpoint.h"

#include "base/clock.h"
#include "base/error.h"
#include "base/text.h"
#include "journal/files.h"
#include "journal/journal.h"
#include "platform/platform.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FORMAT "kinmu-checkpoint/1"
#define HEAD_TEXT_MAX 512u /* bytes of one head in the file */

static const char context[] = "kinmu checkpoint 1\n";

/* What is signed. NULL when out of memory; the caller frees. */
static uint8_t *message_of(const checkpoint *c, size_t *size) {
    const size_t head_size = LAYOUT_ORIGIN_SIZE + CRYPTO_PUBLIC_SIZE + 16 + CRYPTO_HASH_SIZE;
    *size = sizeof context - 1 + 8 + 4 + (size_t)c->count * head_size;
    uint8_t *message = malloc(*size);
    if (message == NULL) {
        return NULL;
    }
    uint8_t *to = layout_put(message, context, sizeof context - 1);
    to = layout_put_u64(to, (uint64_t)c->unix_ns);
    to = layout_put_u32(to, c->count);
    for (uint32_t i = 0; i < c->count; i++) {
        to = layout_put(to, c->heads[i].origin, LAYOUT_ORIGIN_SIZE);
        to = layout_put(to, c->heads[i].public_key, CRYPTO_PUBLIC_SIZE);
        to = layout_put_u64(to, c->heads[i].chain);
        to = layout_put_u64(to, c->heads[i].sequence);
        to = layout_put(to, c->heads[i].hash, CRYPTO_HASH_SIZE);
    }
    return message;
}

int32_t checkpoint_check(const checkpoint *c) {
    size_t size;
    uint8_t *message = message_of(c, &size);
    if (message == NULL) {
        return KINMU_E_NOMEM;
    }
    int32_t status = crypto_verify(c->signer, message, size, c->signature);
    free(message);
    return status;
}

void checkpoint_free(checkpoint *c) {
    free(c->heads);
    memset(c, 0, sizeof *c);
}

/* ---- reading ---- */

typedef struct scanner {
    const char *text;
    size_t size;
    size_t at;
    int32_t bad;
} scanner;

static void skip_space(scanner *s) {
    while (s->at < s->size && (s->text[s->at] == ' ' || s->text[s->at] == '\n' ||
                               s->text[s->at] == '\r' || s->text[s->at] == '\t')) {
        s->at++;
    }
}

static int32_t next_is(scanner *s, char wanted) {
    skip_space(s);
    return !s->bad && s->at < s->size && s->text[s->at] == wanted;
}

static void expect(scanner *s, char wanted) {
    if (next_is(s, wanted)) {
        s->at++;
    } else {
        s->bad = 1;
    }
}

/* A string without escapes; no string of a checkpoint has any. */
static void take_string(scanner *s, char *out, size_t out_size) {
    size_t length = 0;
    expect(s, '"');
    while (!s->bad && s->at < s->size && s->text[s->at] != '"' && length + 1 < out_size) {
        out[length++] = s->text[s->at++];
    }
    out[length] = '\0';
    if (s->at >= s->size || s->text[s->at] != '"') {
        s->bad = 1;
    } else {
        s->at++;
    }
}

static void take_key(scanner *s, const char *wanted) {
    char key[32];
    take_string(s, key, sizeof key);
    s->bad |= strcmp(key, wanted) != 0;
    expect(s, ':');
}

static void take_hex(scanner *s, const char *key, uint8_t *out, size_t size) {
    char hex[2 * CRYPTO_SIGNATURE_SIZE + 2];
    take_key(s, key);
    take_string(s, hex, sizeof hex);
    s->bad |= strlen(hex) != 2 * size || text_unhex(out, size, hex) != KINMU_OK;
}

static uint64_t take_number(scanner *s, const char *key) {
    uint64_t number = 0;
    int32_t digits = 0;
    take_key(s, key);
    skip_space(s);
    while (!s->bad && s->at < s->size && s->text[s->at] >= '0' && s->text[s->at] <= '9') {
        number = number * 10 + (uint64_t)(s->text[s->at++] - '0');
        s->bad |= ++digits > 19;
    }
    s->bad |= digits == 0;
    return number;
}

static void take_heads(scanner *s, checkpoint *c) {
    uint32_t capacity = 0;
    take_key(s, "heads");
    expect(s, '[');
    while (next_is(s, '{')) {
        if (c->count == capacity) {
            capacity = capacity == 0 ? 8 : capacity * 2;
            checkpoint_head *grown = realloc(c->heads, capacity * sizeof *grown);
            if (grown == NULL || c->count == CHECKPOINT_HEADS_MAX) {
                c->heads = grown != NULL ? grown : c->heads;
                s->bad = 1;
                return;
            }
            c->heads = grown;
        }
        checkpoint_head *head = &c->heads[c->count++];
        expect(s, '{');
        take_hex(s, "origin", head->origin, sizeof head->origin);
        expect(s, ',');
        take_hex(s, "public_key", head->public_key, sizeof head->public_key);
        expect(s, ',');
        head->chain = take_number(s, "chain");
        expect(s, ',');
        head->sequence = take_number(s, "sequence");
        expect(s, ',');
        take_hex(s, "hash", head->hash, sizeof head->hash);
        expect(s, '}');
        if (!next_is(s, ',')) {
            break;
        }
        expect(s, ',');
    }
    expect(s, ']');
}

static void take_checkpoint(scanner *s, checkpoint *c) {
    char text[64];
    expect(s, '{');
    take_key(s, "format");
    take_string(s, text, sizeof text);
    s->bad |= strcmp(text, FORMAT) != 0;
    expect(s, ',');
    take_key(s, "time"); /* for people; unix_ns counts */
    take_string(s, text, sizeof text);
    expect(s, ',');
    c->unix_ns = (int64_t)take_number(s, "unix_ns");
    expect(s, ',');
    take_heads(s, c);
    expect(s, ',');
    take_hex(s, "signer", c->signer, sizeof c->signer);
    expect(s, ',');
    take_hex(s, "signature", c->signature, sizeof c->signature);
    expect(s, '}');
    skip_space(s);
    s->bad |= s->at != s->size;
}

static int32_t read_file(const char *path, buffer *out, kinmu_err *err) {
    uint8_t chunk[4096];
    FILE *file = fopen(path, "rb");
    size_t size;
    if (file == NULL) {
        return error_set(err, KINMU_E_NOTFOUND, "checkpoint.file",
                         "checkpoint \"%s\": cannot be opened; check the path", path);
    }
    while ((size = fread(chunk, 1, sizeof chunk, file)) > 0 &&
           out->size < (size_t)CHECKPOINT_HEADS_MAX * HEAD_TEXT_MAX) {
        buffer_append(out, chunk, size);
    }
    fclose(file);
    return out->failed;
}

int32_t checkpoint_parse(const char *text, size_t size, const char *name, checkpoint *out,
                         kinmu_err *err) {
    scanner s = {text, size, 0, 0};
    memset(out, 0, sizeof *out);
    take_checkpoint(&s, out);
    if (!s.bad) {
        return KINMU_OK;
    }
    checkpoint_free(out);
    return error_set(err, KINMU_E_REJECT, "checkpoint.shape",
                     "checkpoint \"%s\": not a " FORMAT " file near byte %zu; take the file "
                     "as `kinmu journal checkpoint` wrote it",
                     name, s.at);
}

int32_t checkpoint_read(const char *path, checkpoint *out, kinmu_err *err) {
    buffer content = {NULL, 0, 0, 0};
    memset(out, 0, sizeof *out);
    int32_t status = read_file(path, &content, err);
    if (status == KINMU_OK) {
        status = checkpoint_parse((const char *)content.data, content.size, path, out, err);
    }
    buffer_free(&content);
    return status;
}

/* ---- writing ---- */

static int32_t add_head(checkpoint *c, sql_statement *row, crypto *digest) {
    layout_header header;
    const void *bytes = sql_bytes(row, 2);
    size_t size = sql_size(row, 2);
    checkpoint_head *grown = realloc(c->heads, (c->count + 1) * sizeof *grown);
    if (grown == NULL) {
        return KINMU_E_NOMEM;
    }
    c->heads = grown;
    checkpoint_head *head = &grown[c->count];
    if (sql_size(row, 0) != LAYOUT_ORIGIN_SIZE || sql_size(row, 1) != CRYPTO_PUBLIC_SIZE ||
        layout_header_decode(&header, bytes, size) != KINMU_OK) {
        return KINMU_E_REJECT;
    }
    memcpy(head->origin, sql_bytes(row, 0), LAYOUT_ORIGIN_SIZE);
    memcpy(head->public_key, sql_bytes(row, 1), CRYPTO_PUBLIC_SIZE);
    head->chain = header.chain;
    head->sequence = header.last_sequence;
    c->count++;
    return crypto_hash(digest, bytes, size, head->hash);
}

static int32_t collect_heads(const char *directory, checkpoint *c, kinmu_err *err) {
    sql_db *db = NULL;
    sql_statement *select = NULL;
    crypto *digest = NULL;
    int code = SQL_DONE;
    int32_t status = files_open(directory, FILES_JOURNAL, 0, &db, err);
    if (status == KINMU_OK) {
        status = crypto_create(&digest);
    }
    if (status == KINMU_OK) {
        status = files_prepare(
            db,
            "SELECT h.origin, h.public_key, h.newest FROM (SELECT o.origin, o.public_key, (SELECT"
            " header FROM block WHERE origin_id = o.id ORDER BY chain DESC LIMIT 1) AS newest"
            " FROM origin o) h WHERE h.newest IS NOT NULL ORDER BY h.origin",
            &select, err);
    }
    while (status == KINMU_OK && c->count < CHECKPOINT_HEADS_MAX &&
           (code = sql_step(select)) == SQL_ROW) {
        status = add_head(c, select, digest);
        if (status == KINMU_E_REJECT) {
            error_set(err, status, "checkpoint.damaged",
                      "the newest block is damaged; run `kinmu journal verify`");
        }
    }
    if (status == KINMU_OK && code != SQL_DONE) {
        status = files_failed(db, err);
    }
    sql_finish(select);
    crypto_destroy(digest);
    sql_close(db);
    return status;
}

static void put_hex(buffer *out, const char *key, const uint8_t *data, size_t size,
                    const char *end) {
    char hex[2 * CRYPTO_SIGNATURE_SIZE + 1];
    text_hex(hex, data, size);
    buffer_printf(out, "\"%s\": \"%s\"%s", key, hex, end);
}

int32_t checkpoint_sign(checkpoint *c, const device *d) {
    size_t size = 0;
    memcpy(c->signer, d->public_key, sizeof c->signer);
    uint8_t *message = message_of(c, &size);
    int32_t status =
        message != NULL ? crypto_sign(d->seed, message, size, c->signature) : KINMU_E_NOMEM;
    free(message);
    return status;
}

void checkpoint_write(const checkpoint *c, buffer *out) {
    char moment[64];
    text_time(moment, sizeof moment, c->unix_ns, 0);
    buffer_printf(out, "{\"format\": \"" FORMAT "\",\n \"time\": \"%s\",\n \"unix_ns\": %lld,\n",
                  moment, (long long)c->unix_ns);
    buffer_text(out, " \"heads\": [");
    for (uint32_t i = 0; i < c->count; i++) {
        const checkpoint_head *head = &c->heads[i];
        buffer_text(out, i > 0 ? ",\n  {" : "\n  {");
        put_hex(out, "origin", head->origin, sizeof head->origin, ", ");
        put_hex(out, "public_key", head->public_key, sizeof head->public_key, ",\n   ");
        buffer_printf(out, "\"chain\": %llu, \"sequence\": %llu,\n   ",
                      (unsigned long long)head->chain, (unsigned long long)head->sequence);
        put_hex(out, "hash", head->hash, sizeof head->hash, "}");
    }
    buffer_text(out, "],\n ");
    put_hex(out, "signer", c->signer, sizeof c->signer, ",\n ");
    put_hex(out, "signature", c->signature, sizeof c->signature, "}\n");
}

int32_t checkpoint_make(const char *directory, const device *d, checkpoint *out, kinmu_err *err) {
    memset(out, 0, sizeof *out);
    int32_t status = collect_heads(directory, out, err);
    out->unix_ns = clock_unix_ns();
    if (status == KINMU_OK) {
        status = checkpoint_sign(out, d);
    }
    if (status != KINMU_OK) {
        checkpoint_free(out);
    }
    return status;
}

int32_t journal_checkpoint(const char *directory, const char *path, kinmu_err *err) {
    device d;
    checkpoint c = {0};
    buffer text = {NULL, 0, 0, 0};
    int32_t status = device_read(directory, &d, err);
    if (status != KINMU_OK) {
        return status;
    }
    status = checkpoint_make(directory, &d, &c, err);
    if (status == KINMU_OK) {
        checkpoint_write(&c, &text);
        status = text.failed;
    }
    if (status == KINMU_OK) {
        status = platform_write_file(path, text.data, text.size, 0, err);
    }
    buffer_free(&text);
    checkpoint_free(&c);
    device_wipe(&d);
    return status;
}
