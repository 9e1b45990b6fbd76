/* csv/sheets/app_times.c - see app_times.h. */
#include "sheets/app_times.h"

#include "known/fields.h"
#include "writing/moment.h"

#include <kinmu/events/window.h>

#include <stdlib.h>
#include <string.h>

#define ORIGIN_BYTES 16
#define DEVICES_MAX 64u  /* PCs of one account at once; those beyond take no part */
#define SHARES_MAX 4096u /* windows in front within a minute */
#define MINUTE_NS INT64_C(60000000000)
#define SECOND_NS INT64_C(1000000000)
#define TITLES_SIZE 2048 /* of concurrent tasks; a longer list is cut between two */

const char app_times_headers[] =
    "社員番号,グループ,日時,プロセス名,ウィンドウタイトル,操作時間,業務内容,URL,HP 名称";

enum { PROCESS, TITLE, URL, WINDOW_TEXTS };

/* One block of memory with three texts behind each other; NULL: no window. */
typedef struct window {
    char *text[WINDOW_TEXTS];
    size_t size[WINDOW_TEXTS];
} window;

typedef struct device {
    uint8_t origin[ORIGIN_BYTES];
    window window;
    int64_t since_ns;
    int64_t input_ns; /* the minute of its last input */
} device;

typedef struct share {
    window window;
    int64_t ns;
} share;

struct app_times {
    app_style style;
    char *account; /* the user's name; NULL before the first */
    const person *owner;
    uint32_t who, person;
    int32_t is_hidden;
    device devices[DEVICES_MAX];
    uint32_t device_count;
    int64_t now_ns;
    int32_t utc_offset_s;
    int64_t minute_ns; /* of the shares */
    moment_series minutes;
    share *shares;
    uint32_t share_count;
    uint32_t share_capacity;
    int32_t failed;
};

int32_t app_times_create(const app_style *style, app_times **out) {
    app_times *a = calloc(1, sizeof *a);
    if (a == NULL) {
        return KINMU_E_NOMEM;
    }
    a->style = *style;
    *out = a;
    return KINMU_OK;
}

static void drop_window(window *w) {
    free(w->text[PROCESS]);
    *w = (window){{NULL}, {0}};
}

static window copy_window(app_times *a, const char *const text[], const size_t size[]) {
    window w = {{NULL}, {0}};
    char *memory = malloc(size[PROCESS] + size[TITLE] + size[URL] + 1);
    if (memory == NULL) {
        a->failed = 1;
        return w;
    }
    for (uint32_t i = 0; i < WINDOW_TEXTS; i++) {
        w.text[i] = memory;
        w.size[i] = size[i];
        memcpy(memory, text[i], size[i]);
        memory += size[i];
    }
    return w;
}

static int32_t is_same(const window *a, const window *b) {
    for (uint32_t i = 0; i < WINDOW_TEXTS; i++) {
        if (a->size[i] != b->size[i] || memcmp(a->text[i], b->text[i], a->size[i]) != 0) {
            return 0;
        }
    }
    return 1;
}

/* ---- rows ---- */

static void put_share(app_times *a, const share *one, const char *group, const char *titles,
                      int64_t seconds) {
    sheet *s = a->style.sheet;
    const window *w = &one->window;
    char *when = moment_next(&a->minutes, a->minute_ns, a->utc_offset_s, 1);
    when[sizeof "2026/10/01 09:00" - 1] = '\0'; /* no seconds in this file (TRAP-09) */
    sheet_string(s, a->who != WORDS_NONE ? words_text(a->style.texts, a->who) : a->account);
    sheet_string(s, group);
    sheet_plain(s, when);
    sheet_text(s, w->text[PROCESS], w->size[PROCESS]);
    sheet_text(s, w->text[TITLE], w->size[TITLE]);
    sheet_number(s, seconds);
    sheet_string(s, titles);
    sheet_text(s, w->text[URL], w->size[URL]);
    sheet_string(s, w->size[URL] > 0 ? sites_name(a->style.sites, w->text[URL], w->size[URL]) : "");
    sheet_end_row(s);
}

/* Whole seconds, so that those of a minute add up to what they are together. */
static void write_minute(app_times *a) {
    char titles[TITLES_SIZE];
    int64_t total_ns = 0;
    int32_t day = moment_day(a->minute_ns, a->utc_offset_s);
    const char *group =
        directory_group_name(a->style.people, directory_group_of(a->style.people, a->person, day));
    if (a->share_count > 0) {
        tasks_titles(a->style.tasks, a->who, day, a->minute_ns, a->minute_ns + MINUTE_NS, titles,
                     sizeof titles);
    }
    for (uint32_t i = 0; i < a->share_count; i++) {
        share *one = &a->shares[i];
        int64_t before = total_ns / SECOND_NS;
        total_ns += one->ns;
        if (total_ns / SECOND_NS > before && !a->is_hidden) {
            put_share(a, one, group, titles, total_ns / SECOND_NS - before);
        }
        drop_window(&one->window);
    }
    a->share_count = 0;
}

/* ---- time ---- */

static void add_share(app_times *a, const window *w, int64_t ns) {
    for (uint32_t i = 0; i < a->share_count; i++) {
        if (is_same(&a->shares[i].window, w)) {
            a->shares[i].ns += ns;
            return;
        }
    }
    if (a->share_count == a->share_capacity) {
        uint32_t capacity = a->share_capacity == 0 ? 64 : a->share_capacity * 2;
        share *bigger =
            capacity <= SHARES_MAX ? realloc(a->shares, capacity * sizeof *bigger) : NULL;
        if (bigger == NULL) {
            a->failed = 1;
            return;
        }
        a->shares = bigger;
        a->share_capacity = capacity;
    }
    window copy = copy_window(a, (const char *const *)w->text, w->size);
    if (copy.text[PROCESS] != NULL) {
        a->shares[a->share_count++] = (share){copy, ns};
    }
}

static const device *find_front(const app_times *a) {
    const device *front = NULL;
    for (uint32_t i = 0; i < a->device_count; i++) {
        const device *one = &a->devices[i];
        if (one->window.text[PROCESS] != NULL && one->input_ns == a->minute_ns &&
            (front == NULL || one->since_ns >= front->since_ns)) {
            front = one;
        }
    }
    return front;
}

/* Gives the time up to `until` to the window in front. Only the minute at hand can have any. */
static void pass_time(app_times *a, int64_t until) {
    int64_t end_ns = a->minute_ns + MINUTE_NS;
    int64_t to_ns = until < end_ns ? until : end_ns;
    const device *front = find_front(a);
    if (front != NULL && to_ns > a->now_ns) {
        add_share(a, &front->window, to_ns - a->now_ns);
    }
    a->now_ns = until;
    if (until >= end_ns) {
        write_minute(a);
        a->minute_ns = until - until % MINUTE_NS;
    }
}

static void end_account(app_times *a) {
    if (a->account != NULL) {
        pass_time(a, a->minute_ns + MINUTE_NS);
    }
    for (uint32_t i = 0; i < a->device_count; i++) {
        drop_window(&a->devices[i].window);
    }
    a->device_count = 0;
    free(a->account);
    a->account = NULL;
}

static int32_t turn_to(app_times *a, const log_user *whose, const kinmu_event *event) {
    if (a->account == NULL || a->owner != whose->person || strcmp(a->account, whose->name) != 0) {
        end_account(a);
        size_t size = strlen(whose->name) + 1;
        a->account = malloc(size);
        if (a->account == NULL) {
            return KINMU_E_NOMEM;
        }
        memcpy(a->account, whose->name, size);
        const person *owner = whose->person;
        a->owner = owner;
        a->person = owner != NULL ? owner->id : WORDS_NONE;
        a->is_hidden = owner != NULL && owner->is_deleted;
        a->who = owner != NULL ? owner->who : WORDS_NONE;
        a->now_ns = event->unix_ns;
        a->minute_ns = event->unix_ns - event->unix_ns % MINUTE_NS;
    }
    pass_time(a, event->unix_ns);
    a->utc_offset_s = event->utc_offset_s;
    return KINMU_OK;
}

static device *find_device(app_times *a, const kinmu_event *event) {
    for (uint32_t i = 0; i < a->device_count; i++) {
        if (memcmp(a->devices[i].origin, event->origin, ORIGIN_BYTES) == 0) {
            return &a->devices[i];
        }
    }
    if (a->device_count == DEVICES_MAX) {
        return NULL;
    }
    device *one = &a->devices[a->device_count++];
    memset(one, 0, sizeof *one);
    memcpy(one->origin, event->origin, ORIGIN_BYTES);
    one->input_ns = INT64_MIN;
    return one;
}

int32_t app_times_minute(app_times *a, const log_user *whose, const kinmu_event *event) {
    int32_t status = turn_to(a, whose, event);
    device *one = status == KINMU_OK ? find_device(a, event) : NULL;
    if (one != NULL) {
        one->input_ns = event->unix_ns - event->unix_ns % MINUTE_NS;
    }
    return status;
}

int32_t app_times_focus(app_times *a, const log_user *whose, const kinmu_event *event) {
    static const uint32_t fields[WINDOW_TEXTS] = {KINMU_WINDOW_FOCUS_PROCESS,
                                                  KINMU_WINDOW_FOCUS_TITLE, KINMU_WINDOW_FOCUS_URL};
    int32_t status = turn_to(a, whose, event);
    device *one = status == KINMU_OK ? find_device(a, event) : NULL;
    const char *text[WINDOW_TEXTS];
    size_t size[WINDOW_TEXTS];
    if (one == NULL) {
        return status;
    }
    for (uint32_t i = 0; i < WINDOW_TEXTS; i++) {
        kinmu_value value = field_value(event, fields[i]);
        int32_t is_text = value.type == KINMU_TYPE_TEXT;
        text[i] = is_text ? value.as.text : "";
        size[i] = is_text ? value.size : 0;
    }
    drop_window(&one->window);
    one->since_ns = event->unix_ns;
    if (size[PROCESS] > 0 && !field_is(event, KINMU_WINDOW_FOCUS_CAUSE, "end") &&
        !field_is(event, KINMU_WINDOW_FOCUS_CAUSE, "none")) {
        one->window = copy_window(a, text, size);
    }
    return KINMU_OK;
}

int32_t app_times_finish(app_times *a) {
    end_account(a);
    return a->failed ? KINMU_E_NOMEM : KINMU_OK;
}

void app_times_destroy(app_times *a) {
    if (a == NULL) {
        return;
    }
    a->is_hidden = 1; /* the sheet may be gone */
    end_account(a);
    free(a->shares);
    free(a);
}
