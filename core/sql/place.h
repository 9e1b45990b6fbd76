/* sql/place.h - where the tables of a data folder are: in SQLite's files in it, or on a server.
 *
 * Said once, when the program has read its configuration and before it opens anything; who opens a
 * database later knows its folder only. Also finds the engine: SQLite is built in, PostgreSQL a
 * module "kinmu-postgres", loaded when first needed and never unloaded.
 */
#ifndef SQL_PLACE_H
#define SQL_PLACE_H

#include "sql/sql.h"

#define SQL_JOURNAL 0u /* areas of a server's database: kinmu_journal, kinmu_keys, kinmu_store */
#define SQL_KEYS 1u
#define SQL_STORE 2u
#define SQL_TABLES 3u

#define SQL_PLACES_MAX 64u
#define SQL_AREA_BYTES_MAX 48u

/* place: a connection string for libpq without a password. area: prefix of the areas' names, NULL =
 * "kinmu". Texts are copied and kept. A second word for the same folder replaces the first.
 * E_NOTFOUND: the module is not installed; E_DENIED: others could change it; E_ABI: it is of
 * another version. [main thread, before the folder is used] */
int32_t sql_place_set(const char *directory, uint32_t tables, const char *place, const char *area,
                      const char *secret, kinmu_err *err);
/* Back to files. */
void sql_place_forget(const char *directory);
/* 1 when the tables are on a server; then it fills place, area and secret of options, which live as
 * long as the word for that folder. [any thread] */
int32_t sql_place_find(const char *directory, uint32_t tables, const sql_engine **engine,
                       sql_options *options);

#endif
