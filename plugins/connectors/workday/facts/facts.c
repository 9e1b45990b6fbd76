/* workday/facts/facts.c - see facts.h. */
#include "facts/facts.h"

#include "facts/settings.h"

#include <stdlib.h>
#include <string.h>

#define SPARE_DAYS 3 /* of terms before and after all moments: zones and 48-hour clocks */
#define MONTH_DAYS 62
#define PRESENCE_MIN_MAX 720 /* a state that is not heard of again holds no longer */

void facts_init(facts *f) {
    memset(f, 0, sizeof *f);
    f->terms.size = sizeof(terms);
    f->inputs.size = sizeof(input_fact);
    f->changes.size = sizeof(change_fact);
    f->gaps.size = sizeof(gap_fact);
    f->punches.size = sizeof(punch_fact);
    f->busy.size = sizeof(busy_fact);
    f->devices.size = sizeof(device_fact);
    f->lanes.size = sizeof(lane_fact);
}

static list *const *lists_of(facts *f, list **lists) {
    lists[0] = &f->terms;
    lists[1] = &f->inputs;
    lists[2] = &f->changes;
    lists[3] = &f->gaps;
    lists[4] = &f->punches;
    lists[5] = &f->busy;
    lists[6] = &f->devices;
    lists[7] = &f->lanes;
    return lists;
}

void facts_finish(facts *f) {
    list *lists[8];
    for (uint32_t i = 0; i < 8; i++) {
        list_free(lists_of(f, lists)[i]);
    }
}

int32_t facts_is_new_active(const facts *f, uint32_t input) {
    const input_fact *in = (const input_fact *)f->inputs.rows + input;
    int32_t is_again = input > 0 && in[-1].minute == in->minute && in[-1].lane == in->lane;
    return in->is_active && !is_again;
}

/* ---- what holds when ---- */

const terms *facts_terms(const facts *f, int32_t date) {
    const terms *all = f->terms.rows;
    uint32_t low = 0;
    uint32_t high = f->terms.count;
    while (high - low > 1) {
        uint32_t middle = low + (high - low) / 2;
        if (all[middle].from_date <= date) {
            low = middle;
        } else {
            high = middle;
        }
    }
    return &all[low];
}

int32_t facts_day_begin(const facts *f, int32_t date) {
    const terms *t = facts_terms(f, date);
    return clock_moment(t->zone, date, t->boundary_min);
}

static void widen(int32_t date, int32_t *first, int32_t *last) {
    *first = date < *first ? date : *first;
    *last = date > *last ? date : *last;
}

static int32_t put_terms(facts *f, const terms *one, int32_t from_date, int32_t to_date) {
    terms *row = from_date < to_date ? list_add(&f->terms) : NULL;
    if (row != NULL) {
        *row = *one;
        row->from_date = from_date;
        row->to_date = to_date;
    }
    return row != NULL || from_date >= to_date;
}

/* What usually holds, but for the single dates in between that are planned otherwise. */
static int32_t add_terms(facts *f, const book *b, const terms *usual, uint32_t *schedule) {
    int32_t from_date = usual->from_date;
    for (; *schedule < f->schedule_end; (*schedule)++) {
        const schedule_row *row = book_row(b, BOOK_SCHEDULE, *schedule);
        int32_t date = (int32_t)row->record.key[1];
        terms planned;
        if (date >= usual->to_date) {
            break;
        }
        if (row->is_withdrawn) {
            continue;
        }
        settings_scheduled(b, row, usual, &planned);
        if (!put_terms(f, usual, from_date, date) || !put_terms(f, &planned, date, date + 1)) {
            return 0;
        }
        from_date = date + 1;
    }
    return put_terms(f, usual, from_date, usual->to_date);
}

static int32_t collect_terms(facts *f, const book *b, const logs *l, zones *z) {
    int32_t first = INT32_MAX;
    int32_t last = INT32_MIN;
    if (l->first_ns <= l->last_ns) {
        widen(moment_minute(l->first_ns) / DAY_MIN, &first, &last);
        widen(moment_minute(l->last_ns) / DAY_MIN, &first, &last);
    }
    for (uint32_t i = f->attendance_first; i < f->attendance_end; i++) {
        const attendance_row *row = book_row(b, BOOK_ATTENDANCE, i);
        widen((int32_t)row->record.key[1], &first, &last);
    }
    for (uint32_t i = f->request_first; i < f->request_end; i++) {
        const request_row *row = book_row(b, BOOK_REQUEST, i);
        if (row->date != NONE) {
            widen(row->date, &first, &last);
        }
    }
    for (uint32_t i = f->task_first; i < f->task_end; i++) {
        const task_row *row = book_row(b, BOOK_TASK, i);
        widen(row->date, &first, &last);
    }
    for (uint32_t i = f->schedule_first; i < f->schedule_end; i++) {
        const schedule_row *row = book_row(b, BOOK_SCHEDULE, i);
        widen((int32_t)row->record.key[1], &first, &last);
    }
    first = first > last ? 0 : first - SPARE_DAYS;
    last = first > last ? 0 : last + MONTH_DAYS; /* a forecast looks to its end */
    uint32_t schedule = f->schedule_first;
    for (int32_t date = first; date <= last;) {
        terms usual;
        settings_terms(b, z, f->person, date, &usual);
        date = usual.to_date;
        if (!add_terms(f, b, &usual, &schedule)) {
            return 0;
        }
    }
    return 1;
}

int32_t facts_kind(const facts *f, const book *b, int32_t date) {
    static const int32_t of_attendance[] = {-1, KIND_LEGAL_HOLIDAY, KIND_COMPANY_HOLIDAY,
                                            KIND_LEAVE, KIND_WORK};
    uint32_t key[2] = {f->employee_no, (uint32_t)date};
    const attendance_row *attendance =
        f->attendance_first < f->attendance_end ? book_find(b, BOOK_ATTENDANCE, key, 2) : NULL;
    if (attendance != NULL && of_attendance[attendance->holiday] >= 0) {
        return of_attendance[attendance->holiday];
    }
    key[0] = f->person;
    if (f->request_first < f->request_end) {
        for (uint32_t i = book_first(b, BOOK_REQUEST, key, 2); i < f->request_end; i++) {
            const request_row *row = book_row(b, BOOK_REQUEST, i);
            if (row->date != date) {
                break;
            }
            if (row->kind == REQUEST_LEAVE && row->state == REQUEST_APPROVED) {
                return KIND_LEAVE;
            }
        }
    }
    const terms *t = facts_terms(f, date);
    if (t->planned_kind != NONE) {
        return t->planned_kind;
    }
    for (uint32_t i = 0; i < t->calendar_count; i++) {
        key[0] = t->calendars[i];
        const holiday_row *row = book_find(b, BOOK_HOLIDAY, key, 2);
        if (row != NULL) {
            return row->kind;
        }
    }
    uint32_t weekday = 1u << date_weekday(date);
    return (t->legal_weekdays & weekday) != 0     ? KIND_LEGAL_HOLIDAY
           : (t->company_weekdays & weekday) != 0 ? KIND_COMPANY_HOLIDAY
                                                  : KIND_WORK;
}

/* ---- devices and lanes ---- */

/* Places in the lists, made when new; UINT32_MAX when out of memory. People have few of them. */
static uint32_t device_of(facts *f, const logs *l, uint32_t id) {
    device_fact *devices = f->devices.rows;
    for (uint32_t i = f->devices.count; i > 0; i--) {
        if (devices[i - 1].device == id) {
            return i - 1;
        }
    }
    device_fact *row = list_add(&f->devices);
    if (row == NULL) {
        return UINT32_MAX;
    }
    *row = (device_fact){id, logs_heard(l, id)};
    return f->devices.count - 1;
}

static uint32_t lane_of(facts *f, uint32_t device, uint32_t account) {
    lane_fact *lanes = f->lanes.rows;
    for (uint32_t i = f->lanes.count; i > 0; i--) {
        if (lanes[i - 1].device == device && lanes[i - 1].account == account) {
            return i - 1;
        }
    }
    lane_fact *row = list_add(&f->lanes);
    if (row == NULL) {
        return UINT32_MAX;
    }
    *row = (lane_fact){device, account};
    return f->lanes.count - 1;
}

/* ---- copying what is his ---- */

static int32_t add_input(facts *f, const logs *l, const log_row *log) {
    const input_row *row = (const input_row *)(const void *)log;
    uint32_t device = device_of(f, l, log->device);
    uint32_t lane = device != UINT32_MAX ? lane_of(f, device, log->account) : UINT32_MAX;
    input_fact *fact = lane != UINT32_MAX ? list_add(&f->inputs) : NULL;
    if (fact == NULL) {
        return 0;
    }
    *fact = (input_fact){moment_minute(log->unix_ns), lane, row->is_active};
    return 1;
}

static int32_t is_of_machine(int32_t kind) {
    return kind == CHANGE_BOOT || kind == CHANGE_SHUTDOWN || kind == CHANGE_SLEEP ||
           kind == CHANGE_RESUME;
}

static int32_t add_change(facts *f, const logs *l, const log_row *log) {
    const change_row *row = (const change_row *)(const void *)log;
    uint32_t device = device_of(f, l, log->device);
    uint32_t lane = LANE_NONE;
    if (device != UINT32_MAX && !is_of_machine(row->kind)) {
        lane = lane_of(f, device, log->account);
        device = lane == UINT32_MAX ? UINT32_MAX : device;
    }
    change_fact *fact = device != UINT32_MAX ? list_add(&f->changes) : NULL;
    if (fact == NULL) {
        return 0;
    }
    *fact = (change_fact){log->unix_ns, device, lane, row->session, row->kind, row->is_estimated};
    return 1;
}

static int32_t add_gap(facts *f, const logs *l, const log_row *log, int32_t is_own) {
    const gap_row *row = (const gap_row *)(const void *)log;
    uint32_t device = device_of(f, l, log->device);
    gap_fact *fact = device != UINT32_MAX ? list_add(&f->gaps) : NULL;
    if (fact == NULL) {
        return 0;
    }
    *fact = (gap_fact){row->from_ns, row->to_ns, log->unix_ns, device, row->is_counted, is_own};
    return 1;
}

static int32_t add_punch(facts *f, const log_row *log) {
    const punch_row *row = (const punch_row *)(const void *)log;
    punch_fact *fact = list_add(&f->punches);
    if (fact == NULL) {
        return 0;
    }
    *fact = (punch_fact){moment_minute(log->unix_ns), row->kind, row->form};
    return 1;
}

static int32_t add_row(facts *f, const logs *l, uint32_t which, log_row *row) {
    switch (which) {
    case LOG_INPUT:
        return add_input(f, l, row);
    case LOG_CHANGE:
        return add_change(f, l, row);
    case LOG_GAP:
        return add_gap(f, l, row, 1);
    case LOG_PUNCH:
        return add_punch(f, row);
    default:
        return 1;
    }
}

static int32_t add_busy(facts *f, busy_fact busy) {
    busy_fact *fact = busy.start != NONE && busy.end != NONE ? list_add(&f->busy) : NULL;
    if (fact != NULL) {
        *fact = busy;
    }
    return fact != NULL || busy.start == NONE || busy.end == NONE;
}

/* Busy and private spans of the account: each lasts until its source says something else, half a
 * day if it says no more. */
static int32_t add_presence(facts *f, const logs *l, uint32_t from, uint32_t end) {
    for (uint32_t i = from; i < end; i++) {
        const presence_row *row =
            (const presence_row *)(const void *)logs_row(l, LOG_PRESENCE, 0, i);
        const presence_row *next = NULL;
        int32_t is_told = row->is_busy || row->is_private;
        for (uint32_t j = i + 1; is_told && next == NULL && j < end; j++) {
            next = (const presence_row *)(const void *)logs_row(l, LOG_PRESENCE, 0, j);
            next = next->source == row->source ? next : NULL;
        }
        int32_t start = moment_minute(row->log.unix_ns);
        int32_t stop = start + PRESENCE_MIN_MAX;
        if (next != NULL && moment_minute(next->log.unix_ns) < stop) {
            stop = moment_minute(next->log.unix_ns);
        }
        if (is_told &&
            !add_busy(f, (busy_fact){start, stop, row->is_private, EVIDENCE_MESSENGER})) {
            return 0;
        }
    }
    return 1;
}

static int32_t add_meetings(facts *f, const book *b, uint32_t account) {
    for (uint32_t i = book_first(b, BOOK_MEETING, &account, 1); i < book_count(b, BOOK_MEETING);
         i++) {
        const meeting_row *row = book_row(b, BOOK_MEETING, i);
        if (row->record.key[0] != account) {
            break;
        }
        if (!add_busy(f,
                      (busy_fact){row->start, row->end, row->is_private, EVIDENCE_APPOINTMENT})) {
            return 0;
        }
    }
    return 1;
}

static int32_t add_tasks(facts *f, const book *b) {
    for (uint32_t i = f->task_first; i < f->task_end; i++) {
        const task_row *row = book_row(b, BOOK_TASK, i);
        if (row->is_meeting && !row->is_deleted &&
            !add_busy(f, (busy_fact){row->start, row->end, 0, EVIDENCE_TASK})) {
            return 0;
        }
    }
    return 1;
}

static int64_t begin_ns(const facts *f, int32_t date) {
    return date == INT32_MAX ? INT64_MAX : facts_day_begin(f, date) * MINUTE_NS;
}

static uint32_t first_owner(const logs *l, uint32_t person) {
    const owner *owners = l->owners.rows;
    uint32_t low = 0;
    uint32_t high = l->owners.count;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (owners[middle].person < person) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

/* By computer or by account, as binding.by has it on that date. */
static int32_t owns(const facts *f, const owner *o, const lane_fact *lane, int32_t date) {
    const device_fact *devices = f->devices.rows;
    uint32_t key = o->is_computer ? devices[lane->device].device : lane->account;
    return o->key == key && o->from_date <= date && date < o->to_date;
}

static int32_t stays(const facts *f, const logs *l, const lane_fact *lane, int32_t date) {
    const owner *owners = l->owners.rows;
    for (uint32_t i = first_owner(l, f->person);
         i < l->owners.count && owners[i].person == f->person; i++) {
        if (owns(f, &owners[i], lane, date)) {
            return 1;
        }
    }
    return 0;
}

/* Sessions end for him with the last day on which they are his, all lanes being known. */
static int32_t release(facts *f, const logs *l, const owner *o) {
    const lane_fact *lanes = f->lanes.rows;
    int64_t unix_ns = begin_ns(f, o->to_date);
    for (uint32_t i = 0; unix_ns != INT64_MAX && i < f->lanes.count; i++) {
        if (!owns(f, o, &lanes[i], o->to_date - 1) || stays(f, l, &lanes[i], o->to_date)) {
            continue;
        }
        change_fact *fact = list_add(&f->changes);
        if (fact == NULL) {
            return 0;
        }
        *fact = (change_fact){unix_ns, lanes[i].device, i, 0, CHANGE_RELEASED, 0};
    }
    return 1;
}

static int32_t collect_owned(facts *f, const book *b, logs *l, const owner *o) {
    int64_t from_ns = begin_ns(f, o->from_date);
    int64_t to_ns = begin_ns(f, o->to_date);
    for (uint32_t which = 0; which < LOGS; which++) {
        if (which == LOG_NAMED_PUNCH) {
            continue;
        }
        uint32_t first = logs_first(l, which, o->is_computer, o->key, from_ns);
        uint32_t end = logs_first(l, which, o->is_computer, o->key, to_ns);
        for (uint32_t i = first; i < end; i++) {
            log_row *row = logs_row(l, which, o->is_computer, i);
            if (row->account == 0) {
                continue; /* the machine's own */
            }
            row->is_owned = 1;
            if (!add_row(f, l, which, row)) {
                return 0;
            }
        }
        if (which == LOG_PRESENCE && !o->is_computer && !add_presence(f, l, first, end)) {
            return 0;
        }
    }
    return o->is_computer || add_meetings(f, b, o->key);
}

/* The machine's own events, of every device that told something of the person. */
static int32_t collect_machines(facts *f, const logs *l) {
    for (uint32_t i = 0; i < f->devices.count; i++) {
        uint32_t id = ((const device_fact *)f->devices.rows)[i].device;
        for (uint32_t which = LOG_CHANGE; which <= LOG_GAP; which++) {
            uint32_t end = logs_first(l, which, 1, id, INT64_MAX);
            for (uint32_t j = logs_first(l, which, 1, id, INT64_MIN); j < end; j++) {
                const log_row *row = logs_row(l, which, 1, j);
                int32_t is_added = 1;
                if (row->account == 0 && which == LOG_GAP) {
                    is_added = add_gap(f, l, row, 0);
                } else if (row->account == 0 &&
                           is_of_machine(((const change_row *)(const void *)row)->kind)) {
                    is_added = add_change(f, l, row);
                }
                if (!is_added) {
                    return 0;
                }
            }
        }
    }
    return 1;
}

/* ---- order ---- */

static int compare_numbers(int64_t a, int64_t b) {
    return a < b ? -1 : a > b;
}

static int compare_inputs(const void *left, const void *right) {
    const input_fact *a = left;
    const input_fact *b = right;
    int order = compare_numbers(a->minute, b->minute);
    order = order != 0 ? order : compare_numbers(a->lane, b->lane);
    return order != 0 ? order : compare_numbers(b->is_active, a->is_active);
}

static int compare_changes(const void *left, const void *right) {
    const change_fact *a = left;
    const change_fact *b = right;
    int order = compare_numbers(a->unix_ns, b->unix_ns);
    order = order != 0 ? order : compare_numbers(a->kind, b->kind);
    order = order != 0 ? order : compare_numbers(a->device, b->device);
    order = order != 0 ? order : compare_numbers(a->lane, b->lane);
    order = order != 0 ? order : compare_numbers(a->session, b->session);
    return order != 0 ? order : compare_numbers(a->is_estimated, b->is_estimated);
}

static int compare_gaps(const void *left, const void *right) {
    const gap_fact *a = left;
    const gap_fact *b = right;
    return compare_numbers(a->from_ns, b->from_ns);
}

static int compare_punches(const void *left, const void *right) {
    const punch_fact *a = left;
    const punch_fact *b = right;
    int order = compare_numbers(a->minute, b->minute);
    return order != 0 ? order : compare_numbers(a->kind, b->kind);
}

static int compare_busy(const void *left, const void *right) {
    const busy_fact *a = left;
    const busy_fact *b = right;
    int order = compare_numbers(a->start, b->start);
    order = order != 0 ? order : compare_numbers(b->end, a->end);
    order = order != 0 ? order : compare_numbers(a->is_private, b->is_private);
    return order != 0 ? order : compare_numbers(a->evidence, b->evidence);
}

/* Rows of one account come in order already. */
static void order(list *l, int (*compare)(const void *, const void *)) {
    const char *rows = l->rows;
    for (uint32_t i = 1; i < l->count; i++) {
        if (compare(rows + (size_t)(i - 1) * l->size, rows + (size_t)i * l->size) > 0) {
            qsort(l->rows, l->count, l->size, compare);
            return;
        }
    }
}

static void find_records(facts *f, const book *b) {
    uint32_t key = f->employee_no;
    f->attendance_first = key != 0 ? book_first(b, BOOK_ATTENDANCE, &key, 1) : 0;
    key++;
    f->attendance_end = f->employee_no != 0 ? book_first(b, BOOK_ATTENDANCE, &key, 1) : 0;
    key = f->person;
    f->request_first = book_first(b, BOOK_REQUEST, &key, 1);
    f->task_first = book_first(b, BOOK_TASK, &key, 1);
    f->schedule_first = book_first(b, BOOK_SCHEDULE, &key, 1);
    key++;
    f->request_end = book_first(b, BOOK_REQUEST, &key, 1);
    f->task_end = book_first(b, BOOK_TASK, &key, 1);
    f->schedule_end = book_first(b, BOOK_SCHEDULE, &key, 1);
}

int32_t facts_collect(facts *f, const book *b, logs *l, zones *z, const book_id *person) {
    list *lists[8];
    for (uint32_t i = 0; i < 8; i++) {
        lists_of(f, lists)[i]->count = 0;
    }
    f->person = person->id;
    f->employee_no = person->employee_no;
    find_records(f, b);
    if (!collect_terms(f, b, l, z)) {
        return 0;
    }
    const owner *owners = l->owners.rows;
    uint32_t first = first_owner(l, f->person);
    uint32_t end = first_owner(l, f->person + 1);
    for (uint32_t i = first; i < end; i++) {
        if (!collect_owned(f, b, l, &owners[i])) {
            return 0;
        }
    }
    for (uint32_t i = first; i < end; i++) {
        if (!release(f, l, &owners[i])) {
            return 0;
        }
    }
    end = logs_first(l, LOG_NAMED_PUNCH, 0, f->person, INT64_MAX);
    for (uint32_t i = logs_first(l, LOG_NAMED_PUNCH, 0, f->person, INT64_MIN); i < end; i++) {
        log_row *row = logs_row(l, LOG_NAMED_PUNCH, 0, i);
        row->is_owned = 1;
        if (!add_punch(f, row)) {
            return 0;
        }
    }
    if (!add_tasks(f, b) || !collect_machines(f, l)) {
        return 0;
    }
    order(&f->inputs, compare_inputs);
    order(&f->changes, compare_changes);
    order(&f->gaps, compare_gaps);
    order(&f->punches, compare_punches);
    order(&f->busy, compare_busy);
    return 1;
}
