/* workday/closing.c - closing a month in turns, see live.h: that it begins is written down, and
 * what was stored before has reached this plugin when that record does; then it is computed, then
 * closed (close.c). Who asked is answered within a call's time, done or not. */
#include "live.h"

#include "rounds/uses.h"

#include <kinmu/events/day.h>

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define ANSWER_MS (KINMU_CALL_TIMEOUT_MS - 5000u)

static void answer(workday *w, int32_t status, const char *text) {
    kinmu_value value = kinmu_text(text);
    uint64_t call = w->close_call;
    w->close_call = 0;
    if (call != 0) {
        (void)w->calls->answer(w->host, call, status, &value, status == KINMU_OK,
                               status == KINMU_OK ? "" : text);
    } else { /* who asked was told that it goes on */
        w->host->log(w->host, status == KINMU_OK ? KINMU_LOG_INFO : KINMU_LOG_WARN, text);
    }
}

static void end(workday *w, int32_t status, const char *text) {
    w->timer->cancel(w->host, w->close_timer);
    w->close_timer = 0;
    w->close_step = CLOSE_NONE;
    answer(w, status, text);
}

void closing_ended(workday *w, int32_t status) {
    char text[640];
    const round *r = &w->round;
    if (status == KINMU_OK && round_is_unsettled(r) && !w->closes_anyway) {
        status = KINMU_E_CONFLICT;
        (void)snprintf(text, sizeof text,
                       "締めていません: %" PRIu32 " 日のうち未確定（端末から連絡がない）%" PRIu32
                       " 日、理由のない乖離 %" PRIu32 " 日、承認待ちの申請 %" PRIu32
                       " 件。解消するか --anyway を付けてください / "
                       "nothing is closed: of %" PRIu32 " days %" PRIu32
                       " are not confirmed, since devices were not heard past their end, %" PRIu32
                       " have a divergence without a reason; %" PRIu32
                       " requests wait. Settle them, or close --anyway",
                       r->closed_days, r->open_days, r->unexplained_days, r->waiting_requests,
                       r->closed_days, r->open_days, r->unexplained_days, r->waiting_requests);
    } else if (status == KINMU_OK && r->was_closed && r->closed_days == 0) {
        (void)snprintf(text, sizeof text, "すでに締めてあります / it is closed already\n");
    } else if (status == KINMU_OK) {
        (void)snprintf(text, sizeof text,
                       "%" PRIu32 " 日分を締めました / %" PRIu32 " days closed\n", r->closed_days,
                       r->closed_days);
    } else {
        (void)snprintf(text, sizeof text,
                       "いまは締められません。もう一度実行してください / the month could not be "
                       "closed now; try again");
    }
    end(w, status, text);
}

/* ---- the caller's time is over ---- */

static void on_deadline(void *user) {
    workday *w = user;
    char text[512];
    char of[DATE_SIZE];
    w->close_timer = 0;
    month_print(of, w->close_month);
    if (w->close_step == CLOSE_HAND_OVER) {
        end(w, KINMU_E_RETRY,
            "締めていません: 先に保存された記録がまだ workday に届いていません（kinmu status の"
            "「表の遅れ」）。あとでもう一度実行してください / nothing is closed: what was stored "
            "before has not reached workday yet (kinmu status tells how far the store is behind); "
            "try again later");
        return;
    }
    (void)snprintf(
        text, sizeof text,
        "締めの計算を続けています（残り %" PRIu32
        " 人）。結果は kinmu month close %s をもう一度実行するとわかります / closing goes "
        "on, %" PRIu32 " people are still to be computed; kinmu month close %s again "
        "waits for it and tells how it ended",
        w->close_pending, of, w->close_pending, of);
    answer(w, KINMU_E_RETRY, text);
}

static int32_t watch(workday *w) {
    w->timer->cancel(w->host, w->close_timer);
    w->close_timer = 0;
    return w->timer->start(w->host, ANSWER_MS, 0, on_deadline, w, &w->close_timer);
}

/* ---- beginning ---- */

static void hurry(workday *w) {
    if (w->close_step == CLOSE_HAND_OVER && w->close_number != 0 &&
        w->close_heard >= w->close_number) {
        w->close_step = CLOSE_HURRY;
        live_wake(w, 0);
    }
}

void closing_heard(workday *w, uint64_t decision) {
    w->close_heard = decision;
    hurry(w);
}

static int32_t begin(workday *w, uint64_t head);

static void on_marked(void *user, int32_t status, uint64_t number) {
    workday *w = user;
    if (w->close_step != CLOSE_HAND_OVER || !w->is_running) {
        return; /* the time was over */
    }
    if (status == KINMU_E_CONFLICT) {
        status = begin(w, number); /* it depends on nothing that was decided */
    } else if (status == KINMU_OK) {
        w->close_number = number;
        hurry(w);
    }
    if (status != KINMU_OK) {
        closing_ended(w, KINMU_E_RETRY);
    }
}

static int32_t begin(workday *w, uint64_t head) {
    char of[DATE_SIZE];
    month_print(of, w->close_month);
    const kinmu_value values[KINMU_WORK_CLOSING_FIELDS] = {kinmu_text(of), kinmu_text("begun"),
                                                           kinmu_text(w->close_by)};
    const kinmu_event event = {.schema = USE_CLOSING,
                               .subject = "",
                               .values = values,
                               .value_count = KINMU_WORK_CLOSING_FIELDS};
    return w->bus->append_if(w->host, head, &event, 1, on_marked, w);
}

/* The same month again waits for what is under way. */
static int32_t join(workday *w, const kinmu_call *call, int32_t of, int32_t is_anyway) {
    if (of != w->close_month || w->close_call != 0 || watch(w) != KINMU_OK) {
        return 0;
    }
    w->close_call = call->id;
    w->closes_anyway = is_anyway;
    return 1;
}

int32_t closing_begin(workday *w, const kinmu_call *call, int32_t of, int32_t is_anyway,
                      kinmu_err *err) {
    if (w->close_step != CLOSE_NONE) {
        return join(w, call, of, is_anyway)
                   ? KINMU_OK
                   : live_fail(err, KINMU_E_BUSY, "workday.busy",
                               "月を締めているところです。あとでもう一度実行してください / a month "
                               "is being closed; try again");
    }
    (void)snprintf(w->close_by, sizeof w->close_by, "%s", call->caller);
    w->close_month = of;
    w->closes_anyway = is_anyway;
    w->close_pending = 0;
    w->close_number = w->close_heard = 0;
    w->close_step = CLOSE_HAND_OVER;
    int32_t status = watch(w);
    status = status == KINMU_OK ? begin(w, w->bus->head(w->host)) : status;
    if (status != KINMU_OK) {
        w->timer->cancel(w->host, w->close_timer);
        w->close_timer = 0;
        w->close_step = CLOSE_NONE;
        return live_fail(err, KINMU_E_BUSY, "workday.busy",
                         "いまは締められません。もう一度実行してください / the month could not be "
                         "closed now; try again");
    }
    w->close_call = call->id;
    return KINMU_OK;
}
