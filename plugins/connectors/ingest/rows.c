/* ingest/rows.c - see rows.h. */
#include "rows.h"

#include <string.h>

static const char *const device_states[] = {"active", "revoked", "quarantined"};
static const char *const invite_states[] = {"open", "used", "cancelled"};
#define STATES 3

const char *rows_device_state(int32_t state) {
    return device_states[state];
}

const char *rows_invite_state(int32_t state) {
    return invite_states[state];
}

void rows_hex(char *out, const uint8_t *data, size_t size) {
    static const char digits[] = "0123456789abcdef";
    for (size_t i = 0; i < size; i++) {
        out[2 * i] = digits[data[i] >> 4];
        out[2 * i + 1] = digits[data[i] & 15];
    }
    out[2 * size] = '\0';
}

static int32_t digit(char c) {
    return c >= '0' && c <= '9'   ? c - '0'
           : c >= 'a' && c <= 'f' ? c - 'a' + 10
           : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                  : -1;
}

int32_t rows_unhex(uint8_t *out, size_t size, const char *hex, size_t digits) {
    if (digits != 2 * size) {
        return 0;
    }
    for (size_t i = 0; i < size; i++) {
        int32_t high = digit(hex[2 * i]);
        int32_t low = digit(hex[2 * i + 1]);
        if (high < 0 || low < 0) {
            return 0;
        }
        out[i] = (uint8_t)(high << 4 | low);
    }
    return 1;
}

void rows_copy(char *to, size_t size, const char *text, size_t length) {
    size_t kept = length < size ? length : size - 1;
    while (kept < length && kept > 0 && ((uint8_t)text[kept] & 0xc0u) == 0x80u) {
        kept--;
    }
    memcpy(to, text, kept);
    to[kept] = '\0';
}

static kinmu_value text_or_null(const char *text) {
    return text[0] != '\0' ? kinmu_text(text) : kinmu_null();
}

void rows_from_device(const device_row *row, row_texts *texts,
                      kinmu_value values[KINMU_FLEET_DEVICE_FIELDS]) {
    rows_hex(texts->key, row->origin, ROWS_ORIGIN_SIZE);
    rows_hex(texts->invite, row->invite, ROWS_ID_SIZE);
    values[KINMU_FLEET_DEVICE_ORIGIN] = kinmu_text(texts->key);
    values[KINMU_FLEET_DEVICE_NAME] = kinmu_text(row->name);
    values[KINMU_FLEET_DEVICE_GROUP_ID] = text_or_null(row->group);
    values[KINMU_FLEET_DEVICE_PUBLIC_KEY] = kinmu_bytes(row->public_key, ROWS_KEY_SIZE);
    values[KINMU_FLEET_DEVICE_STATE] = kinmu_text(device_states[row->state]);
    values[KINMU_FLEET_DEVICE_SERIAL] = kinmu_text(row->serial);
    values[KINMU_FLEET_DEVICE_EXPIRES_NS] = kinmu_time(row->expires_ns);
    values[KINMU_FLEET_DEVICE_INVITE_ID] = kinmu_text(texts->invite);
    values[KINMU_FLEET_DEVICE_ENROLLED_NS] = kinmu_time(row->enrolled_ns);
    values[KINMU_FLEET_DEVICE_CHANGED_BY] = kinmu_text(row->changed_by);
    values[KINMU_FLEET_DEVICE_REASON] = text_or_null(row->reason);
    values[KINMU_FLEET_DEVICE_AGENT_VERSION] = text_or_null(row->version);
}

void rows_from_invite(const invite_row *row, row_texts *texts,
                      kinmu_value values[KINMU_FLEET_INVITE_FIELDS]) {
    rows_hex(texts->key, row->id, ROWS_ID_SIZE);
    values[KINMU_FLEET_INVITE_INVITE_ID] = kinmu_text(texts->key);
    values[KINMU_FLEET_INVITE_TOKEN_SHA256] = kinmu_bytes(row->hash, ROWS_HASH_SIZE);
    values[KINMU_FLEET_INVITE_USES] = kinmu_i64(row->uses);
    values[KINMU_FLEET_INVITE_USES_LEFT] = kinmu_i64(row->uses_left);
    values[KINMU_FLEET_INVITE_EXPIRES_NS] = kinmu_time(row->expires_ns);
    values[KINMU_FLEET_INVITE_GROUP_ID] = text_or_null(row->group);
    values[KINMU_FLEET_INVITE_STATE] = kinmu_text(invite_states[row->state]);
    values[KINMU_FLEET_INVITE_CREATED_BY] = kinmu_text(row->created_by);
}

/* ---- reading ---- */

static void take_text(const kinmu_value *value, char *to, size_t size) {
    int32_t is_text = value->type == KINMU_TYPE_TEXT;
    rows_copy(to, size, is_text ? value->as.text : "", is_text ? value->size : 0);
}

static int32_t take_bytes(const kinmu_value *value, uint8_t *to, size_t size) {
    if (value->type != KINMU_TYPE_BYTES || value->size != size) {
        return 0;
    }
    memcpy(to, value->as.bytes, size);
    return 1;
}

static int32_t take_hex(const kinmu_value *value, uint8_t *to, size_t size) {
    return value->type == KINMU_TYPE_TEXT && rows_unhex(to, size, value->as.text, value->size);
}

static int64_t take_number(const kinmu_value *value) {
    int32_t is_number = value->type == KINMU_TYPE_I64 || value->type == KINMU_TYPE_TIME;
    return is_number ? value->as.i64 : 0;
}

static int32_t take_state(const kinmu_value *value, const char *const states[STATES],
                          int32_t *state) {
    for (*state = 0; *state < STATES; (*state)++) {
        if (value->type == KINMU_TYPE_TEXT && strlen(states[*state]) == value->size &&
            memcmp(states[*state], value->as.text, value->size) == 0) {
            return 1;
        }
    }
    return 0;
}

int32_t rows_to_device(const kinmu_event *event, device_row *row) {
    const kinmu_value *v = event->values;
    memset(row, 0, sizeof *row);
    if (event->value_count < KINMU_FLEET_DEVICE_FIELDS) {
        return 0;
    }
    take_text(&v[KINMU_FLEET_DEVICE_NAME], row->name, sizeof row->name);
    take_text(&v[KINMU_FLEET_DEVICE_GROUP_ID], row->group, sizeof row->group);
    take_text(&v[KINMU_FLEET_DEVICE_SERIAL], row->serial, sizeof row->serial);
    take_text(&v[KINMU_FLEET_DEVICE_CHANGED_BY], row->changed_by, sizeof row->changed_by);
    take_text(&v[KINMU_FLEET_DEVICE_REASON], row->reason, sizeof row->reason);
    take_text(&v[KINMU_FLEET_DEVICE_AGENT_VERSION], row->version, sizeof row->version);
    row->expires_ns = take_number(&v[KINMU_FLEET_DEVICE_EXPIRES_NS]);
    row->enrolled_ns = take_number(&v[KINMU_FLEET_DEVICE_ENROLLED_NS]);
    return take_hex(&v[KINMU_FLEET_DEVICE_ORIGIN], row->origin, ROWS_ORIGIN_SIZE) &&
           take_hex(&v[KINMU_FLEET_DEVICE_INVITE_ID], row->invite, ROWS_ID_SIZE) &&
           take_bytes(&v[KINMU_FLEET_DEVICE_PUBLIC_KEY], row->public_key, ROWS_KEY_SIZE) &&
           take_state(&v[KINMU_FLEET_DEVICE_STATE], device_states, &row->state);
}

int32_t rows_to_invite(const kinmu_event *event, invite_row *row) {
    const kinmu_value *v = event->values;
    memset(row, 0, sizeof *row);
    if (event->value_count < KINMU_FLEET_INVITE_FIELDS) {
        return 0;
    }
    take_text(&v[KINMU_FLEET_INVITE_GROUP_ID], row->group, sizeof row->group);
    take_text(&v[KINMU_FLEET_INVITE_CREATED_BY], row->created_by, sizeof row->created_by);
    row->uses = take_number(&v[KINMU_FLEET_INVITE_USES]);
    row->uses_left = take_number(&v[KINMU_FLEET_INVITE_USES_LEFT]);
    row->expires_ns = take_number(&v[KINMU_FLEET_INVITE_EXPIRES_NS]);
    return take_hex(&v[KINMU_FLEET_INVITE_INVITE_ID], row->id, ROWS_ID_SIZE) &&
           take_bytes(&v[KINMU_FLEET_INVITE_TOKEN_SHA256], row->hash, ROWS_HASH_SIZE) &&
           take_state(&v[KINMU_FLEET_INVITE_STATE], invite_states, &row->state);
}
