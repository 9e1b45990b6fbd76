/* shared/fields.h - what a command takes and gives, a line each: for the tables of commands.c. */
#ifndef SHARED_FIELDS_H
#define SHARED_FIELDS_H

#include <kinmu/schema.h>

#define FIELD(name, type, flags, unit, choices, doc)                                               \
    { name, KINMU_TYPE_##type, flags, KINMU_PRIVACY_NONE, KINMU_ROLE_NONE, unit, choices, doc }

#define GIVEN(name, type, doc) FIELD(name, type, 0, "", NULL, doc)
#define NEEDED(name, type, doc) FIELD(name, type, KINMU_FIELD_REQUIRED, "", NULL, doc)
#define CHOICE(name, flags, choices, doc) FIELD(name, TEXT, flags, "", choices, doc)
#define NUMBER(name, unit, doc) FIELD(name, I64, 0, unit, NULL, doc)
#define COUNT(name, doc) FIELD(name, I64, KINMU_FIELD_REQUIRED, "count", NULL, doc)
#define JSON(name, doc) FIELD(name, TEXT, KINMU_FIELD_REQUIRED, "json", NULL, doc)

/* An answer with what was recorded of people, or the way to it: who runs the node may need an
 * administrator's word for it (operator.access). */
#define PERSONAL(name, flags, unit, doc)                                                           \
    { name, KINMU_TYPE_TEXT, flags, KINMU_PRIVACY_PERSONAL, KINMU_ROLE_NONE, unit, NULL, doc }

#endif
