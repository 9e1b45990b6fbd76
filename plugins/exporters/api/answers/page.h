/* api/answers/page.h - one page of rows of a schema, part by part, behind a cursor. */
#ifndef API_PAGE_H
#define API_PAGE_H

#include "wire/cursor.h"
#include "access/reach.h"

#define PAGE_ROWS_MAX 1000u
#define PAGE_BYTES_MAX 1048576u
#define PAGE_FILTERS_MAX 12u
#define PAGE_PEOPLE_MAX 50u /* told one by one in the watcher log; more are one entry */

enum { ORDER_JOURNAL, ORDER_TIME, ORDER_TIME_DOWN, ORDER_ACCOUNT_DOWN, ORDER_KEY };

typedef struct page_seen {
    const char *person;
    int64_t rows;
} page_seen;

typedef struct page {
    exchange *x;
    const kinmu_schema *schema;
    uint32_t use; /* number of the schema for records/1 */
    reach reach;
    kinmu_filter filters[PAGE_FILTERS_MAX];
    uint32_t filter_count;
    int64_t from_ns, to_ns; /* of the row's time; to_ns is the first moment after */
    uint32_t order;
    uint32_t limit;
    cursor at;       /* where it begins */
    json_t *rows;    /* what it gives */
    cursor next;     /* behind the last row given */
    int32_t is_over; /* there are no more */
    size_t bytes;
    int32_t relation; /* of the part being read */
    const char *owner;
    page_seen seen[PAGE_PEOPLE_MAX];
    uint32_t seen_count;
    int64_t others; /* rows of still more people */
} page;

/* Reads it, behind the rows there are. KINMU_OK, or what the store said. [job] */
int32_t page_read(page *p);
/* One more row of that person is shown; NULL or "": nobody's. Told by rows_tell. */
void page_note(page *p, const char *whose);

/* ---- rows.c ---- */
/* What clients may know of: all but the API's own records. */
int32_t rows_is_shown(const kinmu_schema *schema);
/* "kinmu.work.day", its newest version, or "kinmu.work.day/1"; NULL: none that clients may know. */
const kinmu_schema *rows_schema(const api *a, const char *name, const char *version, uint32_t *use);
/* The relation that is shown least among those of a page. */
int32_t rows_relation(const reach *r);
/* Takes from, to, and a condition for each parameter that is no word of the endpoint. 0: answered.
 */
int32_t rows_conditions(page *p);
/* What a cursor has to be of: address, schema, caller and all parameters but itself and the limit;
 * NULL without memory. */
const char *page_question(page *p);
/* Takes the cursor, or begins; the reach and the parameters are known. 0: answered. */
int32_t rows_cursor(page *p);
/* Tells that the caller saw these rows; 0: it could not be written down, so nothing is shown, and
 * it is answered. [job] */
int32_t rows_tell(page *p);

#endif
