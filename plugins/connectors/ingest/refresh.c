/* ingest/refresh.c - brings the rows in memory up to what the store has: all at the start, then
 * what is new, every 15 s and whenever a decision turns out to be somebody else's. Reading is a
 * job; the rows change in its done, between decisions. */
#include "ingest.h"

#include "words.h"

#include <kinmu/events/people.h>
#include <kinmu/events/settings.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PAGE 5000u
#define PAGES_MAX 64u
#define RETRY_MS_MIN 250u
#define RETRY_MS_MAX 15000u

typedef struct reading {
    ingest *in;
    uint64_t decision, from_block, next_block;
    sorted devices, invites;
    uint32_t rows; /* of this page */
    int32_t status;
    int32_t is_damaged;
    char today[WORDS_DATE_SIZE];
    const plan *bought;
    int32_t is_plan_withheld;
    int32_t wants_identity, has_identity;
    kinmu_fleet_identity identity;
    kinmu_err err; /* why there is none */
} reading;

/* ---- in the job ---- */

static int32_t take(reading *r, const kinmu_event *row, int32_t understood, sorted *table,
                    const void *item) {
    r->rows++;
    r->next_block = row->block > r->next_block ? row->block : r->next_block;
    if (!understood) {
        r->is_damaged = 1;
        return 0;
    }
    r->status = sorted_put(table, item);
    return r->status;
}

static int32_t take_device(void *user, const kinmu_event *event) {
    reading *r = user;
    device_row row;
    int32_t understood = rows_to_device(event, &row);
    return take(r, event, understood, &r->devices, &row);
}

static int32_t take_invite(void *user, const kinmu_event *event) {
    reading *r = user;
    invite_row row;
    int32_t understood = rows_to_invite(event, &row);
    return take(r, event, understood, &r->invites, &row);
}

/* Page by page in journal order. A new version of a row moves it to a later block, so no row is
 * missed; the last block of a page is read again, since a page may end within it. */
static void read_all(reading *r, uint32_t schema, kinmu_row_fn row) {
    uint64_t from = r->from_block;
    for (uint32_t page = 0; r->status == KINMU_OK && page < PAGES_MAX; page++) {
        kinmu_filter filter = {"block", KINMU_COMPARE_GREATER_EQUAL, 0, kinmu_i64((int64_t)from)};
        kinmu_query query = {.struct_size = sizeof query,
                             .schema = schema,
                             .filters = &filter,
                             .filter_count = 1,
                             .limit = PAGE,
                             .order = "block,sequence",
                             .decision = r->decision};
        r->rows = 0;
        uint64_t newest = r->next_block;
        r->next_block = from;
        int32_t status = r->in->records->query(r->in->host, &query, row, r);
        from = r->next_block;
        r->next_block = newest > from ? newest : from;
        r->status = r->status == KINMU_OK ? status : r->status;
        if (r->rows < PAGE) {
            return;
        }
    }
}

static int32_t take_plan(void *user, const kinmu_event *event) {
    reading *r = user;
    const kinmu_value *value = &event->values[KINMU_PEOPLE_SETTING_VALUE];
    char name[PLAN_TEXT_SIZE];
    if (event->value_count > KINMU_PEOPLE_SETTING_VALUE && value->type == KINMU_TYPE_TEXT) {
        rows_copy(name, sizeof name, value->as.text, value->size);
        r->bought = plans_find(name);
    }
    return KINMU_OK;
}

/* The plan in force today. A hub that was not given the right to read it tells agents nothing. */
static void read_plan(reading *r) {
    const char *name = kinmu_settings[KINMU_SETTING_COMPANY_PLAN].name;
    const kinmu_filter filters[] = {
        {"scope", KINMU_COMPARE_EQUAL, 0, kinmu_text("company")},
        {"name", KINMU_COMPARE_EQUAL, 0, kinmu_text(name)},
        {"from_date", KINMU_COMPARE_LESS_EQUAL, 0, kinmu_text(r->today)},
    };
    kinmu_query query = {.struct_size = sizeof query,
                         .schema = USE_SETTING,
                         .filters = filters,
                         .filter_count = sizeof filters / sizeof filters[0],
                         .limit = 1,
                         .order = "-from_date",
                         .decision = r->decision};
    if (r->status == KINMU_OK) {
        int32_t status = r->in->records->query(r->in->host, &query, take_plan, r);
        r->is_plan_withheld = status == KINMU_E_DENIED;
        r->status = r->is_plan_withheld ? KINMU_OK : status;
    }
}

static void read_job(void *user) {
    reading *r = user;
    read_all(r, USE_DEVICE, take_device);
    read_all(r, USE_INVITE, take_invite);
    read_plan(r);
    if (r->wants_identity) {
        r->identity.struct_size = sizeof r->identity;
        r->has_identity = r->in->fleet->identity(r->in->host, &r->identity, &r->err) == KINMU_OK;
    }
}

/* ---- in turns ---- */

static void on_timer(void *user) {
    ingest *in = user;
    in->refresh_timer = 0;
    refresh_now(in, 0);
}

static void again_in(ingest *in, uint64_t delay_ms) {
    in->timer->cancel(in->host, in->refresh_timer);
    in->refresh_timer = 0;
    (void)in->timer->start(in->host, delay_ms, 0, on_timer, in, &in->refresh_timer);
}

static void merge(ingest *in, const reading *r) {
    int32_t status = KINMU_OK;
    for (uint32_t i = 0; i < r->devices.count && status == KINMU_OK; i++) {
        status = sorted_put(&in->devices, r->devices.items[i]);
    }
    for (uint32_t i = 0; i < r->invites.count && status == KINMU_OK; i++) {
        status = sorted_put(&in->invites, r->invites.items[i]);
    }
    if (status == KINMU_OK) {
        in->is_loaded = 1;
        in->next_block = r->next_block;
        in->decision = r->decision > in->decision ? r->decision : in->decision;
        in->refreshed_ms = ingest_mono_ms(in);
        in->bought = r->bought;
        in->is_plan_withheld = r->is_plan_withheld;
    }
}

static void call_waiters(ingest *in) {
    waiter *w = in->waiters;
    in->waiters = NULL;
    while (w != NULL) {
        waiter *next = w->next;
        w->fn(in, w);
        w = next;
    }
}

static const char *trouble(const ingest *in, int32_t status) {
    if (status == KINMU_E_STATE) {
        return "needs the store: set store.enabled in conf.d";
    }
    if (status != KINMU_OK) {
        return "the store cannot be read or is behind; trying again";
    }
    return in->has_identity ? NULL : in->identity_problem;
}

static void on_read(void *user, int32_t ran) {
    reading *r = user;
    ingest *in = r->in;
    int32_t status = ran == KINMU_OK ? r->status : ran;
    in->is_refreshing = 0;
    if (status == KINMU_OK) {
        merge(in, r);
    }
    if (ran == KINMU_OK && r->has_identity) {
        in->identity = r->identity;
        in->has_identity = 1;
    } else if (ran == KINMU_OK && r->wants_identity) {
        snprintf(in->identity_problem, sizeof in->identity_problem, "%s",
                 r->err.msg[0] != '\0' ? r->err.msg : "the hub's own files cannot be read");
    }
    if (r->is_damaged) {
        in->host->log(in->host, KINMU_LOG_WARN,
                      "a device or an invitation in the store cannot be read and is left out");
    }
    sorted_free(&r->devices);
    sorted_free(&r->invites);
    free(r);
    if (!in->is_running) {
        return;
    }
    uint64_t wait_ms = INGEST_REFRESH_MS;
    if (status != KINMU_OK || !in->has_identity) {
        uint32_t shift = in->refresh_failures < 6 ? in->refresh_failures++ : 6;
        wait_ms = (uint64_t)RETRY_MS_MIN << shift;
        wait_ms = wait_ms < RETRY_MS_MAX ? wait_ms : RETRY_MS_MAX;
    } else {
        in->refresh_failures = 0;
    }
    ingest_see_purposes(in);
    ingest_say_health(in, trouble(in, status));
    again_in(in, wait_ms);
    call_waiters(in);
    if (status == KINMU_OK) {
        decide_go_on(in);
    }
}

void refresh_now(ingest *in, uint64_t decision) {
    if (!in->is_running || in->is_refreshing) {
        return; /* it goes on by itself when that is over */
    }
    if (in->is_deciding) {
        again_in(in, RETRY_MS_MIN);
        return;
    }
    reading *r = calloc(1, sizeof *r);
    if (r != NULL) {
        kinmu_clock now;
        in->timer->now(in->host, &now);
        words_today(now.unix_ns, now.utc_offset_s, r->today);
        r->in = in;
        r->decision = decision > in->decision ? decision : in->decision;
        r->from_block = in->is_loaded ? in->next_block : 0;
        r->next_block = r->from_block;
        r->wants_identity = !in->has_identity;
        r->devices = (sorted){NULL, 0, 0, in->devices.key_size, in->devices.item_size};
        r->invites = (sorted){NULL, 0, 0, in->invites.key_size, in->invites.item_size};
        if (in->work->submit(in->host, read_job, on_read, r) == KINMU_OK) {
            in->is_refreshing = 1;
            return;
        }
    }
    free(r);
    again_in(in, RETRY_MS_MIN);
}

void refresh_wait(ingest *in, waiter *w) {
    if (in->is_loaded && ingest_mono_ms(in) - in->refreshed_ms < INGEST_REFRESH_MS_MIN) {
        w->fn(in, w);
        return;
    }
    w->next = in->waiters;
    in->waiters = w;
    refresh_now(in, 0);
}

void refresh_start(ingest *in) {
    refresh_now(in, in->bus->head(in->host));
}

void refresh_stop(ingest *in) {
    in->timer->cancel(in->host, in->refresh_timer);
    in->refresh_timer = 0;
    call_waiters(in);
}
