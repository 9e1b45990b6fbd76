/* kinmu/schema.h - how a plugin describes the events it emits and accepts.
 *
 * A schema is static data. Appending fields is compatible; any other change of a name/version
 * already known is refused at load, with the difference named.
 */
#ifndef KINMU_SCHEMA_H
#define KINMU_SCHEMA_H

#include <kinmu/value.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Privacy class of a field. */
#define KINMU_PRIVACY_NONE 0u
#define KINMU_PRIVACY_PSEUDONYMOUS 1u
#define KINMU_PRIVACY_PERSONAL 2u
#define KINMU_PRIVACY_SENSITIVE 3u

/* What a text field holds, so that the host can redact it at publish without knowing its domain. */
#define KINMU_ROLE_NONE 0u
#define KINMU_ROLE_APPLICATION 1u /* a program's name; `privacy.rules[].app` matches it */
#define KINMU_ROLE_TITLE 2u       /* free text written by a program or person; `privacy.title` */
#define KINMU_ROLE_URL 3u         /* an address; `privacy.url`, `privacy.rules[].domain` */
#define KINMU_ROLE_ACCOUNT 4u     /* a login account or other name of a person */
#define KINMU_ROLE_PATH 5u        /* a file path; follows `privacy.title` */
#define KINMU_ROLE_FILE 6u        /* of a command's input: a path to be read; see kinmu_command */

#define KINMU_FIELD_REQUIRED 1u /* null is refused */
#define KINMU_FIELD_KEY 2u      /* record schemas: part of the key; implies REQUIRED */

typedef struct kinmu_field {
    const char *name;    /* snake_case */
    uint32_t type;       /* KINMU_TYPE_* except NULL */
    uint32_t flags;      /* KINMU_FIELD_* */
    uint32_t privacy;    /* KINMU_PRIVACY_* */
    uint32_t role;       /* KINMU_ROLE_* */
    const char *unit;    /* "s", "min", "count", "" */
    const char *choices; /* "a|b|c" for a closed set of texts, else NULL */
    const char *doc;
} kinmu_field;

#define KINMU_KIND_LOG 1u    /* append-only */
#define KINMU_KIND_RECORD 2u /* latest version per key wins; its owner writes by append_if */

typedef struct kinmu_schema {
    uint32_t struct_size;
    uint32_t version; /* major, from 1 */
    const char *name; /* "kinmu.input.minute"; vendors: their reverse domain */
    uint32_t kind;    /* KINMU_KIND_* */
    uint32_t reserved;
    const char *purpose; /* "working-time", "activity", "presence", "directory", "audit", … */
    const char *owner;   /* record schemas: the plugin that decides; else NULL */
    const char *indexes; /* beside (subject, time): "process,unix_ns;device" or NULL */
    kinmu_table fields;  /* rows of kinmu_field */
    const char *doc;
} kinmu_schema;

#define KINMU_EMITS 1u
#define KINMU_ACCEPTS 2u

/* Delivered events of schemas that are not in the plugin's table, which only a plugin with an
 * accept-any row gets, carry numbers from here on; kinmu/iface/schemas.h explains them. */
#define KINMU_SCHEMA_ANY 0x10000u

/* One row of a plugin's schema table. */
typedef struct kinmu_schema_use {
    const kinmu_schema *schema; /* NULL with ACCEPTS: any other schema too */
    uint32_t flags;             /* KINMU_EMITS | KINMU_ACCEPTS */
    uint32_t reserved;
} kinmu_schema_use;

#ifdef __cplusplus
}
#endif
#endif
