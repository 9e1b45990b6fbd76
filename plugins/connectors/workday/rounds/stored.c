/* workday/rounds/stored.c - see stored.h. */
#include "rounds/stored.h"

#include "rounds/uses.h"

#include <string.h>

#define PAGES_MAX 100000u
#define FILTERS_MAX 3u

/* ---- pages ---- */

typedef struct page {
    stored *stored;
    kinmu_row_fn row;
    void *user;
    int32_t is_by_time; /* else by block */
    uint32_t rows;
    int64_t first, last;
} page;

static int32_t take_row(void *user, const kinmu_event *row) {
    page *p = user;
    p->last = p->is_by_time ? row->unix_ns : (int64_t)row->block;
    p->first = p->rows == 0 ? p->last : p->first;
    p->rows++;
    return p->row(p->user, row);
}

/* Every row that fits the filters, from `from` on in time or in blocks. A page may end among equal
 * ones: the next begins with them. */
static void read_all(stored *s, uint32_t schema, const kinmu_filter *filters, uint32_t count,
                     int32_t is_by_time, int64_t from, kinmu_row_fn row, void *user) {
    const char *stamp = is_by_time ? "unix_ns" : "block";
    kinmu_filter all[FILTERS_MAX + 1];
    kinmu_query query = {.struct_size = sizeof query,
                         .schema = schema,
                         .filters = all,
                         .filter_count = count + 1,
                         .limit = KINMU_RECORDS_PAGE_MAX,
                         .order = is_by_time ? "unix_ns" : "block,sequence",
                         .decision = s->decision};
    uint32_t compare = KINMU_COMPARE_GREATER_EQUAL;
    if (count > 0) {
        memcpy(all, filters, count * sizeof *all);
    }
    for (uint32_t i = 0; s->status == KINMU_OK && i < PAGES_MAX; i++) {
        page p = {s, row, user, is_by_time, 0, 0, 0};
        all[count] = (kinmu_filter){stamp, compare, 0, kinmu_i64(from)};
        s->status = s->records->query(s->host, &query, take_row, &p);
        if (p.rows < KINMU_RECORDS_PAGE_MAX) {
            return;
        }
        compare = p.first == p.last ? KINMU_COMPARE_GREATER : KINMU_COMPARE_GREATER_EQUAL;
        from = p.last;
    }
}

/* ---- rows into book and logs ---- */

typedef struct mark {
    uint32_t books[BOOKS], logs[LOGS];
} mark;

static void mark_rows(const intake *in, mark *m) {
    for (uint32_t i = 0; i < BOOKS; i++) {
        m->books[i] = in->book->books[i].count;
    }
    for (uint32_t i = 0; i < LOGS; i++) {
        m->logs[i] = in->logs->rows[i].count;
    }
}

static void go_back(const intake *in, const mark *m) {
    for (uint32_t i = 0; i < BOOKS; i++) {
        in->book->books[i].count = m->books[i];
    }
    for (uint32_t i = 0; i < LOGS; i++) {
        in->logs->rows[i].count = m->logs[i];
    }
}

/* Rows of one device follow each other. */
const char *stored_device(stored *s, const uint8_t *origin) {
    static const char digits[] = "0123456789abcdef";
    if (s->device[0] == '\0' || memcmp(s->origin, origin, sizeof s->origin) != 0) {
        memcpy(s->origin, origin, sizeof s->origin);
        for (size_t i = 0; i < sizeof s->origin; i++) {
            s->device[2 * i] = digits[origin[i] >> 4];
            s->device[2 * i + 1] = digits[origin[i] & 15];
        }
        s->device[2 * sizeof s->origin] = '\0';
    }
    return s->device;
}

/* A row a rule cannot read is left out: here nobody can mend the file and run again. */
static int32_t take_in(void *user, const kinmu_event *row) {
    stored *s = user;
    const kinmu_schema *use = workday_uses[row->schema].schema;
    const kinmu_schema *schema = intake_schema(use->name, strlen(use->name), use->version);
    kinmu_value values[INTAKE_FIELDS_MAX];
    char why[INTAKE_WHY_SIZE];
    mark before;
    for (uint32_t i = 0; i < schema->fields.count; i++) {
        values[i] = i < row->value_count ? row->values[i] : kinmu_null();
    }
    intake_event event = {schema, values,       row->unix_ns,
                          1,      row->subject, stored_device(s, row->origin)};
    mark_rows(&s->intake, &before);
    int32_t status = intake_take(&s->intake, &event, why);
    if (status == KINMU_E_REJECT) {
        go_back(&s->intake, &before);
        s->refused++;
        if (s->refused == 1) {
            s->host->log(s->host, KINMU_LOG_WARN, why);
        }
        status = KINMU_OK;
    }
    return status;
}

void stored_master(stored *s, uint32_t use) {
    read_all(s, use, NULL, 0, 0, 0, take_in, s);
}

static kinmu_filter of_account(const char *account) {
    return (kinmu_filter){"subject", KINMU_COMPARE_EQUAL, 0,
                          kinmu_text(account != NULL ? account : "")};
}

void stored_input(stored *s, const char *account, int64_t from_ns) {
    kinmu_filter filter = of_account(account);
    read_all(s, USE_INPUT, &filter, account != NULL, 1, from_ns, take_in, s);
}

void stored_logs(stored *s, const char *account, int64_t from_ns) {
    kinmu_filter filter = of_account(account);
    int32_t is_machine = account != NULL && *account == '\0';
    for (uint32_t use = USE_CHANGE; use <= USE_MEETING; use++) {
        if (!is_machine || use == USE_CHANGE || use == USE_GAP) {
            read_all(s, use, &filter, account != NULL, 1, from_ns, take_in, s);
        }
    }
}

void stored_punches(stored *s, const char *person, int64_t from_ns) {
    kinmu_filter filter = {"person", KINMU_COMPARE_EQUAL, 0, kinmu_text(person)};
    read_all(s, USE_PUNCH, &filter, 1, 1, from_ns, take_in, s);
}

void stored_papers(stored *s, const char *person, const char *employee_no, const char *from_date) {
    kinmu_filter filters[] = {
        {"person", KINMU_COMPARE_EQUAL, 0, kinmu_text(person)},
        {"date", KINMU_COMPARE_GREATER_EQUAL, 0, kinmu_text(from_date)},
    };
    read_all(s, USE_REQUEST, filters, 2, 0, 0, take_in, s);
    read_all(s, USE_TASK, filters, 2, 0, 0, take_in, s);
    read_all(s, USE_SCHEDULE, filters, 2, 0, 0, take_in, s);
    if (*employee_no != '\0') {
        filters[0] = (kinmu_filter){"employee_no", KINMU_COMPARE_EQUAL, 0, kinmu_text(employee_no)};
        read_all(s, USE_ATTENDANCE, filters, 2, 0, 0, take_in, s);
    }
}

static int32_t note_row(void *user, const kinmu_event *row) {
    int32_t *is_any = user;
    (void)row;
    *is_any = 1;
    return KINMU_OK;
}

static int32_t has_closed(stored *s, uint32_t schema, const char *month_text) {
    const kinmu_filter filters[] = {
        {"month", KINMU_COMPARE_EQUAL, 0, kinmu_text(month_text)},
        {"state", KINMU_COMPARE_EQUAL, 0, kinmu_text("closed")},
    };
    int32_t is_any = 0;
    read_all(s, schema, filters, 2, 0, 0, note_row, &is_any);
    return is_any;
}

int32_t stored_tells_closing(stored *s, const char *month_text) {
    return has_closed(s, USE_CLOSING, month_text);
}

int32_t stored_has_closed(stored *s, const char *month_text) {
    /* or closed before there were such records */
    return stored_tells_closing(s, month_text) || has_closed(s, USE_MONTH, month_text);
}

void stored_since(stored *s, uint32_t schema, int64_t from_ns, kinmu_row_fn row, void *user) {
    read_all(s, schema, NULL, 0, 1, from_ns, row, user);
}

void stored_rows(stored *s, uint32_t schema, const char *field, const char *text, kinmu_row_fn row,
                 void *user) {
    kinmu_filter filter = {field, KINMU_COMPARE_EQUAL, 0, kinmu_text(text)};
    read_all(s, schema, &filter, 1, 0, 0, row, user);
}
