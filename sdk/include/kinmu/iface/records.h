/* kinmu/iface/records.h - read the store: guarded, paged, without SQL. */
#ifndef KINMU_IFACE_RECORDS_H
#define KINMU_IFACE_RECORDS_H

#include <kinmu/plugin.h>

#ifdef __cplusplus
extern "C" {
#endif

#define KINMU_RECORDS_1 "kinmu.records/1"
#define KINMU_RECORDS_PAGE_MAX 10000u
#define KINMU_FILTER_FIELDS_MAX 12u /* that one condition may name */

#define KINMU_COMPARE_EQUAL 1u
#define KINMU_COMPARE_LESS 2u
#define KINMU_COMPARE_LESS_EQUAL 3u
#define KINMU_COMPARE_GREATER 4u
#define KINMU_COMPARE_GREATER_EQUAL 5u
#define KINMU_COMPARE_CONTAINS 6u /* of a text: this part stands in it, letter case counts */

/* One condition; all conditions hold together. `field` is a field of the schema or one of the
 * stamps "subject", "unix_ns", "sequence", "block"; with CONTAINS also several, joined by ";", of
 * which one has to hold the part. */
typedef struct kinmu_filter {
    const char *field;
    uint32_t compare;
    uint32_t reserved;
    kinmu_value value;
} kinmu_filter;

typedef struct kinmu_query {
    uint32_t struct_size;
    uint32_t schema; /* index into the plugin's schema table (ACCEPTS); for a plugin that accepts
                        any and runs in the daemon: the numbers of schemas/1, too */
    const kinmu_filter *filters;
    uint32_t filter_count;
    uint32_t limit;    /* 1 … KINMU_RECORDS_PAGE_MAX */
    const char *order; /* "subject,unix_ns" ; "-unix_ns" = descending; NULL = journal order */
    uint64_t offset;
    uint64_t at_least; /* wait up to 2 s until the store has applied this block; 0 = no */
    uint64_t decision; /* and this decision (bus/1 head): an owner decides by no older rows */
} kinmu_query;

/* Called per row, in order; pointers live until it returns. Not 0 stops the query. [job] */
typedef int32_t (*kinmu_row_fn)(void *user, const kinmu_event *row);

typedef struct kinmu_records {
    uint32_t struct_size;
    uint32_t reserved;

    /* Reads rows the instance's `reads:` grants, and those of records its plugin owns; fields
     * beyond the grant come as null. E_DENIED without a grant, E_NOTFOUND for an unknown field,
     * E_RETRY when the store is not as far as asked, E_STATE where there is none. [job] */
    int32_t (*query)(const kinmu_host *host, const kinmu_query *query, kinmu_row_fn row,
                     void *user);
} kinmu_records;

#ifdef __cplusplus
}
#endif
#endif
