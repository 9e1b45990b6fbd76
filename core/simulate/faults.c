/* simulate/faults.c - see faults.h. */
#include "simulate/faults.h"

#include "base/error.h"

#include <stdlib.h>
#include <string.h>

#define MILLION 1000000u
#define CLOCK_STEPS_PER_MILLION 5000u
#define CUT_OFF_PERCENT 10
#define NUMBER_DIGITS_MAX 9u

static const struct {
    const char *unit;
    int64_t ns;
} units[] = {{"ms", 1000000LL},
             {"s", 1000000000LL},
             {"m", 60LL * 1000000000},
             {"h", 3600LL * 1000000000},
             {"d", 86400LL * 1000000000}};

int32_t faults_duration(const char *text, int64_t *ns) {
    size_t digits = strspn(text, "0123456789");
    if (digits == 0 || digits > NUMBER_DIGITS_MAX) {
        return KINMU_E_REJECT;
    }
    int64_t number = (int64_t)strtoll(text, NULL, 10);
    for (size_t i = 0; i < sizeof units / sizeof units[0]; i++) {
        if (strcmp(text + digits, units[i].unit) == 0 && number > 0 &&
            number <= INT64_MAX / 4 / units[i].ns) {
            *ns = number * units[i].ns;
            return KINMU_OK;
        }
    }
    return KINMU_E_REJECT;
}

/* "1%", "0.25%" to parts of a million. */
static int32_t read_share(const char *text, uint32_t *share) {
    char *end = NULL;
    double percent = strtod(text, &end);
    if (end == text || strcmp(end, "%") != 0 || !(percent >= 0) || percent > 100) {
        return KINMU_E_REJECT;
    }
    *share = (uint32_t)(percent * MILLION / 100 + 0.5);
    return KINMU_OK;
}

static int32_t read_one(const char *name, const char *value, faults *out, kinmu_err *err) {
    const struct {
        const char *name;
        uint32_t *share;
        int64_t *ns;
    } known[] = {{"drop", &out->drop, NULL},       {"duplicate", &out->duplicate, NULL},
                 {"reorder", &out->reorder, NULL}, {"disconnect", &out->disconnect, NULL},
                 {"delay", NULL, &out->delay_ns},  {"clock", NULL, &out->clock_ns}};
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++) {
        if (strcmp(known[i].name, name) != 0) {
            continue;
        }
        int32_t status = known[i].share != NULL ? read_share(value, known[i].share)
                                                : faults_duration(value, known[i].ns);
        return status == KINMU_OK
                   ? KINMU_OK
                   : error_set(err, KINMU_E_REJECT, "simulate.faults", "%s=%s: write %s", name,
                               value,
                               known[i].share != NULL ? "a share, as 1%" : "a duration, as 1h");
    }
    return error_set(err, KINMU_E_REJECT, "simulate.faults",
                     "\"%s\" is no fault: drop, duplicate, reorder, disconnect, delay, clock",
                     name);
}

int32_t faults_parse(const char *text, faults *out, kinmu_err *err) {
    char word[64];
    memset(out, 0, sizeof *out);
    while (*text != '\0') {
        size_t size = strcspn(text, ",");
        if (size == 0 || size >= sizeof word) {
            return error_set(err, KINMU_E_REJECT, "simulate.faults", "write NAME=VALUE,NAME=VALUE");
        }
        memcpy(word, text, size);
        word[size] = '\0';
        char *value = strchr(word, '=');
        if (value == NULL) {
            return error_set(err, KINMU_E_REJECT, "simulate.faults", "%s: write %s=VALUE", word,
                             word);
        }
        *value = '\0';
        int32_t status = read_one(word, value + 1, out, err);
        if (status != KINMU_OK) {
            return status;
        }
        text += size + (text[size] == ',');
    }
    return out->delay_ns <= FAULTS_DELAY_NS_MAX
               ? KINMU_OK
               : error_set(err, KINMU_E_REJECT, "simulate.faults", "delay: at most 40d");
}

int32_t faults_next(const faults *f, chance *c) {
    const uint32_t shares[] = {
        [FAULT_DROP] = f->drop,
        [FAULT_DUPLICATE] = f->duplicate,
        [FAULT_REORDER] = f->reorder,
        [FAULT_DISCONNECT] = f->disconnect,
    };
    uint32_t at = chance_below(c, MILLION);
    for (int32_t i = FAULT_DROP; i <= FAULT_DISCONNECT; i++) {
        if (at < shares[i]) {
            return i;
        }
        at -= shares[i];
    }
    return FAULT_NONE;
}

int64_t faults_clock(const faults *f, chance *c, int64_t before_ns) {
    if (f->clock_ns == 0 || chance_below(c, MILLION) >= CLOCK_STEPS_PER_MILLION) {
        return before_ns;
    }
    if (before_ns != 0) {
        return 0; /* somebody set it right */
    }
    return (int64_t)(chance_next(c) % (uint64_t)(2 * f->clock_ns + 1)) - f->clock_ns;
}

int64_t faults_delay(const faults *f, chance *c) {
    if (f->delay_ns == 0 || !chance_percent(c, CUT_OFF_PERCENT)) {
        return 0;
    }
    return (int64_t)(chance_next(c) % (uint64_t)f->delay_ns) + 1;
}
