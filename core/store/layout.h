/* store/layout.h - which tables the store has and what they are called. Internal to core/store.
 *
 * A schema "kinmu.input.minute/1" is the table "kinmu_input_minute_1" and, for people, the view
 * "v_kinmu_input_minute_1". Names map one to one: whatever is not a-z, 0-9 or a dot becomes $xx, so
 * no two schemas share a table and no name needs trust. docs/store.md is the public text.
 */
#ifndef STORE_LAYOUT_H
#define STORE_LAYOUT_H

#include "store/db.h"
#include "schema/registry.h"

#define LAYOUT_NAME_SIZE                                                                           \
    320                     /* "v_", three bytes for each of SCHEMA_NAME_SIZE, an index's suffix   \
                             */
#define LAYOUT_BYTES_MAX 63 /* of a name in the database, as PostgreSQL has it */
#define LAYOUT_TABLE_BYTES_MAX 48 /* of a table's: "v_", "$time", "$m202611" must fit beside it */
#define LAYOUT_INDEX_COLUMNS_MAX 8
#define LAYOUT_INDEXES_MAX 8

/* Columns of layout_select, in order; the schema's fields follow. */
enum {
    LAYOUT_BLOCK,
    LAYOUT_SEQUENCE,
    LAYOUT_ORIGIN,
    LAYOUT_UNIX_NS,
    LAYOUT_MONO_NS,
    LAYOUT_UTC_OFFSET_S,
    LAYOUT_ZONE,
    LAYOUT_BOOT_ID,
    LAYOUT_SUBJECT,
    LAYOUT_FIELDS
};

void layout_table_name(const char *full_name, char out[LAYOUT_NAME_SIZE]);
/* A field that shares its name with a stamp gets a trailing '$'. */
void layout_column_name(const char *field, char out[LAYOUT_NAME_SIZE]);
/* Cuts a name that is too long, without two becoming one. */
void layout_shorten(char name[LAYOUT_NAME_SIZE], size_t size_max);
/* 1 for subject, unix_ns, block, sequence: the stamps readers may filter and order by. */
int32_t layout_is_stamp(const char *name);

/* Makes the store's own tables in an empty file; E_REJECT when the file has another layout. */
int32_t layout_create(sql_db *db, kinmu_err *err);
/* Makes and widens the tables of all schemas, inside the caller's transaction. E_CONFIG names the
 * field that changed otherwise than by appending. */
int32_t layout_learn(sql_db *db, const schema_registry *registry, kinmu_err *err);
/* How many fields of a schema the file has a column for; -1 when it has no such table. */
int32_t layout_known_fields(sql_db *db, const char *full_name, int32_t *count, kinmu_err *err);
/* "SELECT t.block, …, s.subject": the stamps, texts in place of dictionary numbers. */
void layout_select_stamps(buffer *sql);
/* How rows are come by where a log table is clustered (dialect_clusters); the file has no
 * statistics by which the database could choose well. */
enum {
    LAYOUT_ANY_WAY,   /* the database chooses */
    LAYOUT_BY_PERSON, /* one subject's after the other's, each in order of time */
    LAYOUT_BY_PLACE,  /* in journal order; `p` has the stamps of `t`, out of the index alone */
};
/* LAYOUT_BY_PERSON, or LAYOUT_ANY_WAY where the schema's own indexes may be better. */
uint32_t layout_way(const sql_db *db, const schema_info *info);
/* "SELECT … FROM table t JOIN kinmu_subject s …"; fields beyond `known` read as NULL; origin, zone
 * and boot_id are numbers, for stamps.h. So is the subject in a file; of a server it is the text,
 * because rows in order of time have another one each, and each look-up there is a way there and
 * back. */
void layout_select(const sql_db *db, buffer *sql, const schema_info *info, uint32_t known,
                   uint32_t way);

#endif
