/* approval/inputs.c - what several commands take: forms of work, clocks, numbers and texts within
 * their bounds, each refused with one sentence. */
#include "approval.h"

#include <string.h>

int32_t inputs_word(hearing *h, const char *name, const char *choices, const char *word) {
    return words_choice(choices, word, (uint32_t)strlen(word)) >= 0
               ? KINMU_OK
               : refuse(h, KINMU_E_REJECT, "input.word", name, word);
}

int32_t inputs_form(hearing *h, uint32_t input) {
    const char *form = desk_text(h->call, input);
    return form[0] == '\0' ? KINMU_OK : inputs_word(h, "work_form", APPROVAL_FORMS, form);
}

int32_t inputs_length(hearing *h, const char *name, const char *text, uint32_t bytes_max) {
    return strlen(text) <= bytes_max ? KINMU_OK
                                     : refuse(h, KINMU_E_REJECT, "input.long", name,
                                              memory_print(h->memory, "%u", (unsigned)bytes_max));
}

int32_t inputs_number(hearing *h, uint32_t input, const char *name, int64_t max,
                      kinmu_value *value) {
    int64_t number = desk_number(h->call, input, -1);
    if (!desk_is_given(h->call, input)) {
        return KINMU_OK;
    }
    if (number < 0 || number > max) {
        return refuse(h, KINMU_E_REJECT, "input.range", name,
                      memory_print(h->memory, "%lld", (long long)number));
    }
    *value = kinmu_i64(number);
    return KINMU_OK;
}

int32_t inputs_clock(hearing *h, uint32_t input, kinmu_value *value) {
    int64_t clock;
    if (!desk_is_given(h->call, input)) {
        return KINMU_OK;
    }
    if (!words_clock(desk_text(h->call, input), 1, &clock)) {
        return refuse(h, KINMU_E_REJECT, "input.clock", desk_text(h->call, input), NULL);
    }
    *value = kinmu_i64(clock);
    return KINMU_OK;
}
