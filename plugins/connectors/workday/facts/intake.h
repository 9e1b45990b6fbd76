/* workday/facts/intake.h - one event, as values of its schema, into book or logs. The door through
 * which both a replay's lines and, later, rows of the store come in. */
#ifndef WORKDAY_INTAKE_H
#define WORKDAY_INTAKE_H

#include "facts/logs.h"
#include "facts/zones.h"

#include <kinmu/schema.h>

#define INTAKE_FIELDS_MAX 64
#define INTAKE_WHY_SIZE 256

typedef struct intake {
    texts *texts;
    book *book;
    logs *logs;
    zones *zones;
    int64_t now_ns;           /* later ones are not seen; INT64_MAX = all are */
    int64_t last_ns;          /* the latest time seen; INT64_MIN = none */
    uint32_t later;           /* events not seen */
    uint32_t account, device; /* of the log before: many follow each other */
} intake;

typedef struct intake_event {
    const kinmu_schema *schema;
    const kinmu_value *values; /* one for each field of the schema */
    int64_t unix_ns;
    int32_t has_time; /* records may lack it */
    const char *subject, *origin;
} intake_event;

/* NULL when no rule reads that schema. */
const kinmu_schema *intake_schema(const char *name, size_t size, int64_t version);
/* KINMU_OK; KINMU_E_REJECT with what is wrong, to be said after the place; KINMU_E_NOMEM. */
int32_t intake_take(intake *in, const intake_event *event, char why[INTAKE_WHY_SIZE]);

#endif
