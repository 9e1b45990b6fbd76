/* workday/facts/logs.c - see logs.h. */
#include "facts/logs.h"

#include "facts/settings.h"

#include <kinmu/events/settings.h>

#include <stdlib.h>
#include <string.h>

void logs_init(logs *l) {
    static const uint32_t sizes[LOGS] = {
        [LOG_INPUT] = sizeof(input_row),       [LOG_CHANGE] = sizeof(change_row),
        [LOG_GAP] = sizeof(gap_row),           [LOG_PUNCH] = sizeof(punch_row),
        [LOG_NAMED_PUNCH] = sizeof(punch_row), [LOG_PRESENCE] = sizeof(presence_row),
    };
    memset(l, 0, sizeof *l);
    for (uint32_t i = 0; i < LOGS; i++) {
        l->rows[i].size = sizes[i];
    }
    l->heard.size = sizeof(int64_t);
    l->owners.size = sizeof(owner);
    l->first_ns = INT64_MAX;
    l->last_ns = INT64_MIN;
}

void logs_finish(logs *l) {
    for (uint32_t i = 0; i < LOGS; i++) {
        list_free(&l->rows[i]);
        free(l->by_device[i]);
        l->by_device[i] = NULL;
    }
    list_free(&l->heard);
    list_free(&l->owners);
}

void *logs_add(logs *l, uint32_t which, int64_t unix_ns, uint32_t account, uint32_t device) {
    log_row *row = list_add(&l->rows[which]);
    if (row != NULL) {
        row->unix_ns = unix_ns;
        row->account = account;
        row->device = device;
        l->first_ns = unix_ns < l->first_ns ? unix_ns : l->first_ns;
        l->last_ns = unix_ns > l->last_ns ? unix_ns : l->last_ns;
    }
    return row;
}

int32_t logs_hear(logs *l, uint32_t device, int64_t unix_ns) {
    while (l->heard.count <= device) {
        int64_t *row = list_add(&l->heard);
        if (row == NULL) {
            return 0;
        }
        *row = INT64_MIN;
    }
    int64_t *heard = l->heard.rows;
    heard[device] = unix_ns > heard[device] ? unix_ns : heard[device];
    return 1;
}

int64_t logs_heard(const logs *l, uint32_t device) {
    const int64_t *heard = l->heard.rows;
    return device < l->heard.count ? heard[device] : INT64_MIN;
}

/* ---- people nobody registered ---- */

static int32_t imply_person(book *b, uint32_t account) {
    person_row *person = book_add(b, BOOK_PERSON);
    owner_row *one = person != NULL ? book_add(b, BOOK_ACCOUNT) : NULL;
    if (one == NULL) {
        return 0;
    }
    person->record.key[0] = person->employee_no = account;
    one->record.key[0] = one->person = account;
    return 1;
}

int32_t people_imply(book *b, const logs *l) {
    if (book_count(b, BOOK_PERSON) > 0) {
        return 1;
    }
    uint8_t *is_seen = calloc(texts_count(b->texts), 1);
    int32_t is_added = is_seen != NULL;
    b->books[BOOK_ACCOUNT].count = 0;
    for (uint32_t which = 0; which < LOGS; which++) {
        for (uint32_t i = 0; which != LOG_NAMED_PUNCH && is_added && i < l->rows[which].count;
             i++) {
            const log_row *row = logs_row(l, which, 0, i);
            if (row->account != 0 && !is_seen[row->account]) {
                is_seen[row->account] = 1;
                is_added = imply_person(b, row->account);
            }
        }
    }
    free(is_seen);
    return is_added;
}

/* ---- order ---- */

static int compare_rows(const void *left, const void *right) {
    const log_row *a = left;
    const log_row *b = right;
    if (a->account != b->account) {
        return a->account < b->account ? -1 : 1;
    }
    return a->unix_ns < b->unix_ns ? -1 : a->unix_ns > b->unix_ns;
}

typedef struct device_place {
    uint32_t device, place;
    int64_t unix_ns;
} device_place;

static int compare_places(const void *left, const void *right) {
    const device_place *a = left;
    const device_place *b = right;
    if (a->device != b->device) {
        return a->device < b->device ? -1 : 1;
    }
    return a->unix_ns < b->unix_ns ? -1 : a->unix_ns > b->unix_ns;
}

static int32_t order_by_device(logs *l, uint32_t which) {
    uint32_t count = l->rows[which].count;
    device_place *places = calloc((size_t)count + 1, sizeof *places);
    l->by_device[which] = calloc((size_t)count + 1, sizeof(uint32_t));
    if (places == NULL || l->by_device[which] == NULL) {
        free(places);
        return 0;
    }
    for (uint32_t i = 0; i < count; i++) {
        const log_row *row = logs_row(l, which, 0, i);
        places[i] = (device_place){row->device, i, row->unix_ns};
    }
    qsort(places, count, sizeof *places, compare_places);
    for (uint32_t i = 0; i < count; i++) {
        l->by_device[which][i] = places[i].place;
    }
    free(places);
    return 1;
}

log_row *logs_row(const logs *l, uint32_t which, uint32_t is_by_device, uint32_t index) {
    uint32_t place = is_by_device ? l->by_device[which][index] : index;
    return (log_row *)(void *)((char *)l->rows[which].rows + (size_t)place * l->rows[which].size);
}

uint32_t logs_first(const logs *l, uint32_t which, uint32_t is_by_device, uint32_t key,
                    int64_t unix_ns) {
    uint32_t low = 0;
    uint32_t high = l->rows[which].count;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        const log_row *row = logs_row(l, which, is_by_device, middle);
        uint32_t row_key = is_by_device ? row->device : row->account;
        if (row_key < key || (row_key == key && row->unix_ns < unix_ns)) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

/* ---- owners ---- */

static int compare_owners(const void *left, const void *right) {
    const owner *a = left;
    const owner *b = right;
    if (a->person != b->person) {
        return a->person < b->person ? -1 : 1;
    }
    if (a->key != b->key) {
        return a->key < b->key ? -1 : 1;
    }
    return a->from_date < b->from_date ? -1 : a->from_date > b->from_date;
}

/* Adds the parts of the owner's dates on which binding.by is of that kind. */
static int32_t add_owner(logs *l, const book *b, owner o) {
    const int32_t *dates = b->dates.rows;
    const char *binding = o.is_computer ? "computer" : "account";
    int32_t last = o.to_date;
    for (uint32_t i = 0; o.from_date < last; o.from_date = o.to_date) {
        while (i < b->dates.count && dates[i] <= o.from_date) {
            i++;
        }
        o.to_date = i < b->dates.count && dates[i] < last ? dates[i] : last;
        if (settings_company_is(b, KINMU_SETTING_BINDING_BY, o.from_date, binding)) {
            owner *before =
                l->owners.count > 0 ? (owner *)l->owners.rows + l->owners.count - 1 : NULL;
            if (before != NULL && before->person == o.person && before->key == o.key &&
                before->is_computer == o.is_computer && before->to_date == o.from_date) {
                before->to_date = o.to_date;
                continue;
            }
            owner *row = list_add(&l->owners);
            if (row == NULL) {
                return 0;
            }
            *row = o;
        }
    }
    return 1;
}

/* The computer's name of a device: what the fleet calls it, else its origin. */
static uint32_t computer_of(const book *b, uint32_t device) {
    const device_row *row = book_find(b, BOOK_DEVICE, &device, 1);
    return row != NULL ? row->name : device;
}

static int32_t add_computers(logs *l, const book *b) {
    for (uint32_t device = 1; device < l->heard.count; device++) {
        uint32_t computer = computer_of(b, device);
        if (logs_heard(l, device) == INT64_MIN) {
            continue;
        }
        for (uint32_t i = book_first(b, BOOK_COMPUTER, &computer, 1);
             i < book_count(b, BOOK_COMPUTER); i++) {
            const owner_row *row = book_row(b, BOOK_COMPUTER, i);
            if (row->record.key[0] != computer) {
                break;
            }
            const owner_row *next =
                i + 1 < book_count(b, BOOK_COMPUTER) ? book_row(b, BOOK_COMPUTER, i + 1) : NULL;
            owner o = {book_person(b, row->person), 1, device, (int32_t)row->record.key[1],
                       next != NULL && next->record.key[0] == computer
                           ? (int32_t)next->record.key[1]
                           : INT32_MAX};
            if (o.person != 0 && !add_owner(l, b, o)) {
                return 0;
            }
        }
    }
    return 1;
}

static int32_t add_accounts(logs *l, const book *b) {
    for (uint32_t i = 0; i < book_count(b, BOOK_ACCOUNT); i++) {
        const owner_row *row = book_row(b, BOOK_ACCOUNT, i);
        const owner_row *next =
            i + 1 < book_count(b, BOOK_ACCOUNT) ? book_row(b, BOOK_ACCOUNT, i + 1) : NULL;
        owner o = {book_person(b, row->person), 0, row->record.key[0], (int32_t)row->record.key[1],
                   next != NULL && next->record.key[0] == row->record.key[0]
                       ? (int32_t)next->record.key[1]
                       : INT32_MAX};
        if (o.person != 0 && !add_owner(l, b, o)) {
            return 0;
        }
    }
    return 1;
}

static int32_t has_computers(const logs *l) {
    const owner *owners = l->owners.rows;
    uint32_t i = 0;
    while (i < l->owners.count && !owners[i].is_computer) {
        i++;
    }
    return i < l->owners.count;
}

/* As the store gives them, account by account. */
static int32_t is_in_order(const list *l) {
    const char *rows = l->rows;
    uint32_t i = 1;
    while (i < l->count &&
           compare_rows(rows + (size_t)(i - 1) * l->size, rows + (size_t)i * l->size) <= 0) {
        i++;
    }
    return i >= l->count;
}

int32_t logs_settle(logs *l, const book *b) {
    for (uint32_t i = 0; i < l->rows[LOG_NAMED_PUNCH].count; i++) {
        log_row *row = logs_row(l, LOG_NAMED_PUNCH, 0, i);
        row->account = book_person(b, row->account);
    }
    if (!add_accounts(l, b) || !add_computers(l, b)) {
        return 0;
    }
    if (l->owners.count > 1) {
        qsort(l->owners.rows, l->owners.count, sizeof(owner), compare_owners);
    }
    int32_t is_by_computer = has_computers(l);
    for (uint32_t i = 0; i < LOGS; i++) {
        if (!is_in_order(&l->rows[i])) {
            qsort(l->rows[i].rows, l->rows[i].count, l->rows[i].size, compare_rows);
        }
        int32_t is_of_machines = i == LOG_CHANGE || i == LOG_GAP;
        if ((is_of_machines || is_by_computer) && !order_by_device(l, i)) {
            return 0;
        }
    }
    return 1;
}
