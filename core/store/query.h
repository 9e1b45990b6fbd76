/* store/query.h - builds the SELECT of a kinmu_query. Internal to core/store. */
#ifndef STORE_QUERY_H
#define STORE_QUERY_H

#include "store/layout.h"
#include <kinmu/iface/records.h>

#define QUERY_FILTERS_MAX 32u
#define QUERY_ORDER_MAX 8u

/* Every name is looked up in the schema and every value stays a parameter: nothing of the caller's
 * text reaches the SQL. `known` as for layout_select. But for the way to the rows it is plain SQL,
 * which serves PostgreSQL too. */
int32_t query_build(const sql_db *db, buffer *sql, const schema_info *info, uint32_t known,
                    const kinmu_query *query, kinmu_err *err);
/* Binds the values in the order query_build wrote them. */
void query_bind(sql_statement *statement, const kinmu_query *query);

#endif
