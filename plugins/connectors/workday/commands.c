/* workday/commands.c - what people may ask of days: the table and the answers. */
#include "live.h"

#include <string.h>

enum { COMMAND_DAY, COMMAND_RECOMPUTE };

#define TEXT_FIELD(name, flags, doc)                                                               \
    { (name), KINMU_TYPE_TEXT, (flags), KINMU_PRIVACY_NONE, KINMU_ROLE_NONE, "", NULL, (doc) }

static const kinmu_field day_input[] = {
    TEXT_FIELD("person", 0, "Id of the person; everybody when not given."),
    TEXT_FIELD("from", 0, "First date, \"2026-11-22\"; without it a week, or `to` alone."),
    TEXT_FIELD("to", 0, "Last date; today when not given."),
};
static const kinmu_field recompute_input[] = {
    TEXT_FIELD("person", 0, "Id of the person; everybody when not given."),
    TEXT_FIELD("from", 0,
               "First date, \"2026-11-22\"; without it the first of the month before this one."),
};
static const kinmu_field text_output[] = {
    TEXT_FIELD("text", KINMU_FIELD_REQUIRED, "The answer, for people to read."),
};

const kinmu_command live_commands[LIVE_COMMANDS] = {
    [COMMAND_DAY] = {"day", "admin", KINMU_TABLE(day_input), KINMU_TABLE(text_output),
                     "Shows business days: PC, work, break, overtime, state and divergence.",
                     "day"},
    [COMMAND_RECOMPUTE] = {"recompute", "admin", KINMU_TABLE(recompute_input),
                           KINMU_TABLE(text_output),
                           "Computes days again from what the store has, closed ones excepted. "
                           "What comes by itself reaches back to the month before.",
                           "recompute"},
};

static int32_t refuse(kinmu_err *err, const char *text) {
    return live_fail(err, KINMU_E_REJECT, "workday.command", text);
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
        return refuse(err, "from must be a date like 2026-11-22");
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
    kinmu_value answer = kinmu_text("days are computed again; kinmu day shows them");
    return w->calls->answer(w->host, call->id, KINMU_OK, &answer, 1, "");
}

static int32_t show(workday *w, const kinmu_call *call, kinmu_err *err) {
    char person[256];
    char from[DATE_SIZE];
    char to[DATE_SIZE];
    if (!take_text(call, 0, person, sizeof person) || !take_text(call, 1, from, sizeof from) ||
        !take_text(call, 2, to, sizeof to)) {
        return refuse(err, "from and to must be dates like 2026-11-22");
    }
    return show_days(w, call->id, person, from, to, err);
}

int32_t live_call(void *instance, const kinmu_call *call, kinmu_err *err) {
    workday *w = instance;
    if (!w->is_running) {
        return live_fail(err, KINMU_E_RETRY, "workday.starting",
                         "days are not computed here now; see kinmu status");
    }
    return call->command == COMMAND_DAY ? show(w, call, err) : recompute(w, call, err);
}
