/* evidence/verify.c - see evidence.h: a walk over the lines from the first to the last.
 *
 * Each line is judged twice: its own check says whether it was changed, and what it says must fit
 * the lines before it: headers their chain, payloads their headers, records their payloads, heads
 * and checkpoint the headers. The seal at the end stands for all of it. What is found first is
 * named, nothing behind it is looked at.
 */
#include "evidence/verifier.h"

#include "base/error.h"
#include "base/text.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int32_t verify_found(verifier *v, const char *format, ...) {
    evidence_report *report = v->report;
    char what[256];
    char where[160] = "";
    va_list arguments;
    if (report->bad_line != 0) {
        return 0;
    }
    va_start(arguments, format);
    vsnprintf(what, sizeof what, format, arguments);
    va_end(arguments);
    if (v->device != NULL && v->stage == AT_DEVICE) {
        char id[2 * LAYOUT_ORIGIN_SIZE + 1];
        text_hex(id, v->device->origin, LAYOUT_ORIGIN_SIZE);
        if (v->expected > 0) {
            snprintf(where, sizeof where, " (record %" PRIu64 " in block %" PRIu64 " of device %s)",
                     v->next_sequence, v->header.chain, id);
        } else {
            snprintf(where, sizeof where, " (%s block %" PRIu64 " of device %s)",
                     v->key != NULL && !v->is_filled ? "the payload of" : "behind", v->header.chain,
                     id);
        }
    }
    report->bad_line = v->lines.number;
    snprintf(report->text, sizeof report->text, "line %" PRIu64 ": %s%s", v->lines.number, what,
             where);
    return 0;
}

int32_t verify_shape(verifier *v, const char *what) {
    return lines_is_done(&v->lines) || verify_found(v, "the %s is not written as it must be", what);
}

/* ---- title, schemas, keys ---- */

static int32_t take_title(verifier *v) {
    lines_reader *r = &v->lines;
    evidence_report *report = v->report;
    char text[256];
    uint8_t origin[LAYOUT_ORIGIN_SIZE];
    lines_take(r, "{\"format\":\"" EVIDENCE_FORMAT "\",\"made\":");
    lines_take_text(r, text, sizeof text);
    lines_take(r, ",\"unix_ns\":");
    report->made_unix_ns = lines_take_i64(r);
    lines_take(r, ",\"program\":");
    lines_take_text(r, text, sizeof text);
    lines_take(r, ",\"subject\":");
    lines_take_text(r, report->subject, sizeof report->subject);
    lines_take(r, ",\"month\":");
    lines_take_text(r, report->month, sizeof report->month);
    lines_take(r, ",\"hub\":{\"name\":");
    lines_take_text(r, text, sizeof text);
    lines_take(r, ",\"origin\":");
    lines_take_hex(r, v->hub_origin, sizeof v->hub_origin);
    lines_take(r, ",\"public_key\":");
    lines_take_hex(r, report->hub_key, sizeof report->hub_key);
    lines_take(r, "}}");
    v->stage = AT_TITLE;
    if (!verify_shape(v, "title")) {
        return 0;
    }
    if (evidence_read_month(report->month, &v->month) != KINMU_OK ||
        device_origin(report->hub_key, origin) != KINMU_OK ||
        memcmp(origin, v->hub_origin, sizeof origin) != 0) {
        return verify_found(v, "the title does not fit itself");
    }
    return 1;
}

static int32_t take_schema(verifier *v) {
    kinmu_err err = {"", ""};
    return evidence_take_schema(&v->lines, v->schemas, &err) == KINMU_OK ||
           verify_found(v, "the schema is not written as it must be");
}

static int32_t take_key(verifier *v) {
    lines_reader *r = &v->lines;
    char month[KEYS_MONTH_SIZE];
    if (v->key_count == EVIDENCE_KEYS_MAX) {
        return verify_found(v, "more than %u keys", EVIDENCE_KEYS_MAX);
    }
    evidence_key *key = &v->keys[v->key_count++];
    lines_take(r, "{\"id\":");
    lines_take_hex(r, key->id, sizeof key->id);
    lines_take(r, ",\"purpose\":");
    lines_take_text(r, key->purpose, sizeof key->purpose);
    lines_take(r, ",\"month\":");
    lines_take_text(r, month, sizeof month);
    lines_take(r, ",\"key\":");
    lines_take_hex(r, key->key, sizeof key->key);
    lines_take(r, "}");
    return verify_shape(v, "key");
}

/* ---- the walk ---- */

static const struct {
    const char *kind;
    int32_t (*take)(verifier *v);
    int32_t from, upto; /* the stages it may stand in */
} kinds[] = {
    {"header", verify_take_header, AT_DEVICE, AT_DEVICE},
    {"payload", verify_take_payload, AT_DEVICE, AT_DEVICE},
    {"record", verify_take_record, AT_DEVICE, AT_DEVICE},
    {"tombstone", verify_take_tombstone, AT_DEVICE, AT_DEVICE},
    {"evidence", take_title, AT_BEGIN, AT_BEGIN},
    {"schema", take_schema, AT_TITLE, AT_TITLE},
    {"key", take_key, AT_TITLE, AT_TITLE},
    {"device", verify_take_device, AT_TITLE, AT_COUNTERSIGNED},
    {"restored", verify_take_restored, AT_DEVICE, AT_DEVICE},
    {"head", verify_take_head, AT_DEVICE, AT_DEVICE},
    {"countersignature", verify_take_countersignature, AT_DEVICE, AT_DEVICE},
    {"checkpoint", verify_take_checkpoint, AT_COUNTERSIGNED, AT_COUNTERSIGNED},
    {"timestamp", verify_take_timestamp, AT_CHECKPOINT, AT_CHECKPOINT},
};

static int32_t take_line(verifier *v) {
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
        if (lines_is(&v->lines, kinds[i].kind)) {
            return v->stage >= kinds[i].from && v->stage <= kinds[i].upto &&
                           !(v->stage == AT_DEVICE && kinds[i].take == verify_take_device)
                       ? kinds[i].take(v)
                       : verify_found(v, "a line \"%s\" has no place here", kinds[i].kind);
        }
    }
    return verify_found(v, "this line is of no known kind");
}

static void walk(verifier *v) {
    uint8_t key[CRYPTO_PUBLIC_SIZE];
    int32_t status;
    while ((status = lines_next(&v->lines)) == KINMU_OK) {
        if (!take_line(v)) {
            return;
        }
    }
    if (status == KINMU_E_REJECT) {
        verify_found(v, "this line was changed");
    } else if (v->stage < AT_COUNTERSIGNED) {
        verify_found(v, "the file ends before it is complete");
    } else if (lines_check_seal(&v->lines, EVIDENCE_CONTEXT, key) != KINMU_OK ||
               memcmp(key, v->report->hub_key, sizeof key) != 0) {
        verify_found(v, "the seal of the hub does not fit: the file was changed");
    }
    v->report->is_whole = v->report->bad_line == 0;
}

int32_t evidence_verify(const void *data, size_t size, const char *authority,
                        evidence_report *report, kinmu_err *err) {
    verifier *v = calloc(1, sizeof *v);
    memset(report, 0, sizeof *report);
    int32_t status = v != NULL ? schema_registry_create(&v->schemas) : KINMU_E_NOMEM;
    if (status == KINMU_OK) {
        status = seal_init(&v->sealer);
    }
    if (status == KINMU_OK) {
        v->lines.text = data;
        v->lines.size = size;
        v->lines.digest = v->sealer.crypto;
        v->report = report;
        v->authority = authority;
        walk(v);
    } else {
        error_set(err, status, "evidence.memory", "out of memory");
    }
    if (v != NULL) {
        schema_registry_destroy(v->schemas);
        seal_finish(&v->sealer);
        buffer_wipe(&v->record);
        buffer_free(&v->checkpoint);
        free(v->marks);
        crypto_wipe(v, sizeof *v);
        free(v);
    }
    return status;
}
