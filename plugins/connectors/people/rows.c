/* people/rows.c - the book, read from the store page by page in journal order. A new version of a
 * row moves it to a later block, so none is missed; rows newer than asked for do no harm, since the
 * decision then meets a conflict and is judged again. */
#include "people.h"

#include <string.h>

typedef struct reading {
    book *book;
    uint32_t kind;
    uint32_t rows;
    uint64_t last_block;
    int32_t status;
} reading;

static int32_t take(void *user, const kinmu_event *event) {
    reading *r = user;
    r->rows++;
    r->last_block = event->block > r->last_block ? event->block : r->last_block;
    int32_t status = book_load(r->book, r->kind, event);
    r->status = status == KINMU_E_REJECT ? KINMU_OK : status; /* a damaged row is left out */
    return r->status;
}

static int32_t read_kind(people *p, book *b, uint32_t kind, const char *first, const char *last,
                         uint64_t number) {
    reading r = {.book = b, .kind = kind};
    int32_t is_of_dates = kind == KIND_DAY || kind == KIND_SCHEDULE;
    if (is_of_dates && first[0] == '\0') {
        return KINMU_OK; /* no date is asked for */
    }
    for (;;) {
        uint64_t from = r.last_block;
        const kinmu_filter filters[] = {
            {"block", KINMU_COMPARE_GREATER_EQUAL, 0, kinmu_i64((int64_t)from)},
            {"date", KINMU_COMPARE_GREATER_EQUAL, 0, kinmu_text(first)},
            {"date", KINMU_COMPARE_LESS_EQUAL, 0, kinmu_text(last)},
        };
        const kinmu_query query = {.struct_size = sizeof query,
                                   .schema = kind,
                                   .filters = filters,
                                   .filter_count = is_of_dates ? 3 : 1,
                                   .limit = KINMU_RECORDS_PAGE_MAX,
                                   .order = "block,sequence",
                                   .decision = number};
        r.rows = 0;
        int32_t status = p->records->query(p->host, &query, take, &r);
        status = r.status != KINMU_OK ? r.status : status;
        if (status != KINMU_OK || r.rows < KINMU_RECORDS_PAGE_MAX || r.last_block == from) {
            return status;
        }
    }
}

int32_t rows_read(people *p, book *b, uint32_t reads, const char *from, const char *to,
                  uint64_t number) {
    int32_t status = KINMU_OK;
    for (uint32_t kind = 0; status == KINMU_OK && kind < KINDS; kind++) {
        if ((reads & KIND_BIT(kind)) != 0) {
            status = read_kind(p, b, kind, from, to, number);
        }
    }
    return status;
}
