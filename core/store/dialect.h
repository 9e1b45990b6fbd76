/* store/dialect.h - the words in which the two engines' definitions of tables differ. Reading uses
 * the same SQL in both; see layout.h. Internal to core/store. No I/O. */
#ifndef STORE_DIALECT_H
#define STORE_DIALECT_H

#include "base/buffer.h"
#include "sql/sql.h"

/* The number of the tables' layout; a store that has another is made again. */
int64_t dialect_layout(const sql_db *db);
/* 1 when the tables of a kind of schemas lie in the order of (subject, unix_ns, block, sequence)
 * and have an index on (block, sequence); 0: by their key, with an index on (subject, unix_ns). */
int32_t dialect_clusters(const sql_db *db, uint32_t kind);
/* Script that makes the store's own tables where there are none. */
const char *dialect_own_tables(const sql_db *db);
/* Takes the right to define tables, within a transaction; NULL = the transaction is enough. */
const char *dialect_define_alone(const sql_db *db);
/* SELECT for the right to derive the rows of a plugin, its one parameter: gives 1, or 0 while
 * another node has it; NULL = nobody else can. */
const char *dialect_derive_alone(const sql_db *db);
/* Type of a column for a KINMU_TYPE_*. */
const char *dialect_type(const sql_db *db, uint32_t type);
/* Local time as it was on the device, RFC 3339; `column` holds nanoseconds. */
void dialect_readable_time(const sql_db *db, buffer *sql, const char *column);
/* Bytes as hexadecimal digits. */
const char *dialect_hex(const sql_db *db);
/* Script that makes the empty temporary tables of forget.c. */
const char *dialect_forgotten(const sql_db *db);
/* Ends of "CREATE TABLE x(..., PRIMARY KEY(...": of a log and of a record table. */
const char *dialect_log_end(const sql_db *db);
const char *dialect_record_end(const sql_db *db);
/* Script that removes all the store's tables; a server's alone, a file is removed as such. */
extern const char dialect_drop_all[];

#endif
