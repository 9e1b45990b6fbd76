/* workday/commands.c - what people may ask of days: the table and the answers. */
#include "live.h"

#include <stdio.h>
#include <string.h>

enum { COMMAND_DAY, COMMAND_CLOSE, COMMAND_RECOMPUTE };

#define TEXT_FIELD(name, flags, doc)                                                               \
    { (name), KINMU_TYPE_TEXT, (flags), KINMU_PRIVACY_NONE, KINMU_ROLE_NONE, "", NULL, (doc) }

static const kinmu_field day_input[] = {
    TEXT_FIELD("person", 0, "Id of the person; everybody when not given."),
    TEXT_FIELD(
        "from", 0,
        "First date, \"2026-11-22\"; alone: that day. Without any date: a week up to today."),
    TEXT_FIELD("to", 0, "Last date."),
};
static const kinmu_field close_input[] = {
    TEXT_FIELD("month", KINMU_FIELD_REQUIRED, "The month, \"2026-11\"."),
    {"anyway", KINMU_TYPE_BOOL, 0, KINMU_PRIVACY_NONE, KINMU_ROLE_NONE, "", NULL,
     "Closes it, too, while days are not confirmed, divergences have no reason or requests wait."},
};
static const kinmu_field recompute_input[] = {
    TEXT_FIELD("person", 0, "Id of the person; everybody when not given."),
    TEXT_FIELD("from", 0,
               "First date, \"2026-11-22\"; without it the first of the month before this one."),
};
static const kinmu_field days_output[] = {
    {"text", KINMU_TYPE_TEXT, KINMU_FIELD_REQUIRED, KINMU_PRIVACY_PERSONAL, KINMU_ROLE_NONE, "",
     NULL, "The answer, for people to read."},
};
static const kinmu_field text_output[] = {
    TEXT_FIELD("text", KINMU_FIELD_REQUIRED, "The answer, for people to read."),
};

const kinmu_command live_commands[LIVE_COMMANDS] = {
    [COMMAND_DAY] = {"day", "admin", KINMU_TABLE(day_input), KINMU_TABLE(days_output),
                     "Shows business days: PC, work, break, overtime, state and divergence.",
                     "day"},
    [COMMAND_CLOSE] = {"close", "admin", KINMU_TABLE(close_input), KINMU_TABLE(text_output),
                       "Closes a month: its days and totals of everybody change no more. Evidence "
                       "that comes later asks for approval.",
                       "month close"},
    [COMMAND_RECOMPUTE] = {"recompute", "admin", KINMU_TABLE(recompute_input),
                           KINMU_TABLE(text_output),
                           "Computes days again from what the store has, closed ones excepted. "
                           "What comes by itself reaches back to the month before.",
                           "recompute"},
};

static int32_t refuse(kinmu_err *err, const char *text) {
    return live_fail(err, KINMU_E_REJECT, "workday.command", text);
}

static int32_t refuse_elsewhere(kinmu_err *err) {
    return refuse(err,
                  "業務日は別のノードが計算しています。そちらで実行してください / another node "
                  "computes the days; ask there");
}

/* A text of the call; "" when it is null. */
static int32_t take_text(const kinmu_call *call, uint32_t field, char *out, size_t size) {
    const kinmu_value *value = field < call->value_count ? &call->values[field] : NULL;
    out[0] = '\0';
    if (value == NULL || value->type != KINMU_TYPE_TEXT) {
        return 1;
    }
    if (value->size >= size) {
        return 0;
    }
    memcpy(out, value->as.text, value->size);
    out[value->size] = '\0';
    return 1;
}

static int32_t recompute(workday *w, const kinmu_call *call, kinmu_err *err) {
    char person[256];
    char text[DATE_SIZE];
    int32_t date = 0;
    if (!take_text(call, 0, person, sizeof person) || !take_text(call, 1, text, sizeof text) ||
        (text[0] != '\0' && !date_parse(text, &date))) {
        return refuse(err,
                      "from は 2026-11-22 のような日付です / from must be a date like 2026-11-22");
    }
    if (w->is_elsewhere) {
        return refuse_elsewhere(err);
    }
    int32_t is_far = text[0] != '\0';
    int32_t is_marked =
        person[0] != '\0'
            ? marks_put(&w->marks, MARK_FORCED, person, strlen(person), live_reach(w, is_far, date))
            : marks_put(&w->marks, MARK_EVERYBODY, "f", 1, live_reach(w, is_far, date));
    if (!is_marked) {
        return live_fail(err, KINMU_E_NOMEM, "memory", "no memory");
    }
    live_wake(w, 0);
    kinmu_value answer = kinmu_text("計算し直しています。結果は kinmu day で確かめてください / "
                                    "days are computed again; kinmu day shows them\n");
    return w->calls->answer(w->host, call->id, KINMU_OK, &answer, 1, "");
}

static int32_t close_month(workday *w, const kinmu_call *call, kinmu_err *err) {
    char text[DATE_SIZE];
    char first[DATE_SIZE + 4];
    kinmu_clock now = {0};
    int32_t date = 0;
    int32_t is_text = take_text(call, 0, text, sizeof text);
    (void)snprintf(first, sizeof first, "%s-01", text);
    if (!is_text || strlen(text) != 7 || !date_parse(first, &date)) {
        return refuse(err, "month は 2026-11 のような月です / month must be one like 2026-11");
    }
    w->timer->now(w->host, &now);
    if (month_first(date_month(date) + 1) > moment_minute(now.unix_ns) / DAY_MIN) {
        return refuse(err, "その月はまだ終わっていません / that month is not over");
    }
    if (w->is_elsewhere) {
        return refuse_elsewhere(err);
    }
    int32_t is_anyway = call->value_count > 1 && call->values[1].type == KINMU_TYPE_BOOL &&
                        call->values[1].as.i64 != 0;
    return closing_begin(w, call, date_month(date), is_anyway, err);
}

static int32_t show(workday *w, const kinmu_call *call, kinmu_err *err) {
    char person[256];
    char from[DATE_SIZE];
    char to[DATE_SIZE];
    if (!take_text(call, 0, person, sizeof person) || !take_text(call, 1, from, sizeof from) ||
        !take_text(call, 2, to, sizeof to)) {
        return refuse(err, "from と to は 2026-11-22 のような日付です / from and to must be dates "
                           "like 2026-11-22");
    }
    return show_days(w, call->id, person, from, to, err);
}

int32_t live_call(void *instance, const kinmu_call *call, kinmu_err *err) {
    workday *w = instance;
    if (!w->is_running) {
        return live_fail(err, KINMU_E_RETRY, "workday.starting",
                         "days are not computed here now; see kinmu status");
    }
    return call->command == COMMAND_DAY     ? show(w, call, err)
           : call->command == COMMAND_CLOSE ? close_month(w, call, err)
                                            : recompute(w, call, err);
}
