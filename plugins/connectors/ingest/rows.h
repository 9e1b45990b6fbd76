/* ingest/rows.h - a device and an invitation as structs, and as the events they are kept as. */
#ifndef INGEST_ROWS_H
#define INGEST_ROWS_H

#include <kinmu/events/fleet.h>
#include <kinmu/value.h>

#define ROWS_KEY_SIZE 32u
#define ROWS_ORIGIN_SIZE 16u
#define ROWS_HASH_SIZE 32u
#define ROWS_ID_SIZE 8u /* of an invitation: the first bytes of its token's hash */
#define ROWS_NAME_SIZE 129u
#define ROWS_GROUP_SIZE 65u
#define ROWS_WHO_SIZE 129u
#define ROWS_REASON_SIZE 257u
#define ROWS_SERIAL_SIZE 48u
#define ROWS_VERSION_SIZE 33u
#define ROWS_HEX_SIZE(bytes) (2u * (bytes) + 1u)

enum { DEVICE_ACTIVE, DEVICE_REVOKED, DEVICE_QUARANTINED };
enum { INVITE_OPEN, INVITE_USED, INVITE_CANCELLED };

typedef struct device_row {
    uint8_t public_key[ROWS_KEY_SIZE]; /* first: what a table of devices is sorted by */
    uint8_t origin[ROWS_ORIGIN_SIZE];
    uint8_t invite[ROWS_ID_SIZE];
    int32_t state;
    int64_t expires_ns, enrolled_ns;
    char name[ROWS_NAME_SIZE];
    char group[ROWS_GROUP_SIZE]; /* "" = none */
    char serial[ROWS_SERIAL_SIZE];
    char changed_by[ROWS_WHO_SIZE];
    char reason[ROWS_REASON_SIZE];
    char version[ROWS_VERSION_SIZE];
} device_row;

typedef struct invite_row {
    uint8_t id[ROWS_ID_SIZE]; /* first */
    uint8_t hash[ROWS_HASH_SIZE];
    int32_t state;
    int64_t uses, uses_left, expires_ns;
    char group[ROWS_GROUP_SIZE];
    char created_by[ROWS_WHO_SIZE];
} invite_row;

/* Hex texts that the values of one event point to. */
typedef struct row_texts {
    char key[ROWS_HEX_SIZE(ROWS_ORIGIN_SIZE)];
    char invite[ROWS_HEX_SIZE(ROWS_ID_SIZE)];
} row_texts;

/* Values point into row and texts. */
void rows_from_device(const device_row *row, row_texts *texts,
                      kinmu_value values[KINMU_FLEET_DEVICE_FIELDS]);
void rows_from_invite(const invite_row *row, row_texts *texts,
                      kinmu_value values[KINMU_FLEET_INVITE_FIELDS]);
/* 0 when the event is none (a damaged store). */
int32_t rows_to_device(const kinmu_event *event, device_row *row);
int32_t rows_to_invite(const kinmu_event *event, invite_row *row);

const char *rows_device_state(int32_t state); /* "active" */
const char *rows_invite_state(int32_t state);
void rows_hex(char *out, const uint8_t *data, size_t size);
int32_t rows_unhex(uint8_t *out, size_t size, const char *hex, size_t digits);
/* Copies, cut at a character's border; always terminates. */
void rows_copy(char *to, size_t size, const char *text, size_t length);

#endif
