/* config/scalar.c - how numbers, durations and sizes are written. Pure functions.
 *
 * Strict on purpose: decimal digits, one unit, no blanks, no fractions; true and false only. A
 * quoted scalar is a text and so never a bool or a bare number; "5m" with its unit may be quoted.
 */
#include "config/internal.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

typedef struct unit {
    const char *name;
    int64_t factor;
} unit;

/* Largest first: printing takes the first that divides. */
static const unit duration_units[] = {
    {"d", 86400000}, {"h", 3600000}, {"m", 60000}, {"s", 1000}, {"ms", 1},
};
static const unit size_units[] = {
    {"TiB", (int64_t)1 << 40}, {"GiB", 1 << 30}, {"MiB", 1 << 20}, {"KiB", 1 << 10}, {"", 1},
};
#define UNITS 5u

#define EXPECT_BOOL "write true or false, without quotes"
#define EXPECT_INT "write a whole number in decimal digits, without quotes"
#define EXPECT_DURATION "write a whole number and a unit, like 250ms, 5s, 1m, 2h or 7d"
#define EXPECT_SIZE "write a whole number of bytes, or one with a unit, like 64KiB, 20MiB or 1GiB"

/* Digits at the start; count of bytes read, 0 when there are none or too many. */
static size_t read_digits(const char *text, int64_t *number) {
    size_t at = 0;
    *number = 0;
    while (text[at] >= '0' && text[at] <= '9') {
        int64_t digit = text[at] - '0';
        if (*number > (INT64_MAX - digit) / 10) {
            return 0;
        }
        *number = *number * 10 + digit;
        at++;
    }
    return at;
}

static int32_t read_integer(const char *text, int64_t *number) {
    int is_negative = text[0] == '-';
    text += is_negative || text[0] == '+';
    size_t digits = read_digits(text, number);
    if (digits == 0 || text[digits] != '\0') {
        return KINMU_E_REJECT;
    }
    *number = is_negative ? -*number : *number;
    return KINMU_OK;
}

static int32_t read_with_unit(const unit *units, const config_node *node, int64_t *number) {
    size_t digits = read_digits(node->text, number);
    const char *name = node->text + digits;
    if (digits == 0 || (name[0] == '\0' && node->quoted)) {
        return KINMU_E_REJECT;
    }
    for (uint32_t i = 0; i < UNITS; i++) {
        if (strcmp(name, units[i].name) == 0) {
            if (*number > INT64_MAX / units[i].factor) {
                return KINMU_E_REJECT;
            }
            *number *= units[i].factor;
            return KINMU_OK;
        }
    }
    return KINMU_E_REJECT;
}

static int32_t read_bool(const config_node *node, int64_t *number, const char **expected) {
    static const char *const yes[] = {"yes", "on", "y", "True", "TRUE", "Yes", "YES", "On", "ON"};
    static const char *const no[] = {"no", "off", "n", "False", "FALSE", "No", "NO", "Off", "OFF"};
    if (node->quoted) {
        return KINMU_E_REJECT;
    }
    *number = strcmp(node->text, "true") == 0;
    if (*number != 0 || strcmp(node->text, "false") == 0) {
        return KINMU_OK;
    }
    for (size_t i = 0; i < sizeof yes / sizeof yes[0]; i++) {
        if (strcmp(node->text, yes[i]) == 0) {
            *expected = "write true";
        } else if (strcmp(node->text, no[i]) == 0) {
            *expected = "write false";
        }
    }
    return KINMU_E_REJECT;
}

int32_t config_read_number(uint32_t option_type, const config_node *node, int64_t *number,
                           const char **expected) {
    int is_scalar = node->type == CONFIG_SCALAR;
    switch (option_type) {
    case KINMU_OPT_BOOL:
        *expected = EXPECT_BOOL;
        return is_scalar ? read_bool(node, number, expected) : KINMU_E_REJECT;
    case KINMU_OPT_INT:
        *expected = EXPECT_INT;
        return is_scalar && !node->quoted ? read_integer(node->text, number) : KINMU_E_REJECT;
    case KINMU_OPT_DURATION:
        *expected = EXPECT_DURATION;
        return is_scalar ? read_with_unit(duration_units, node, number) : KINMU_E_REJECT;
    case KINMU_OPT_SIZE:
        *expected = EXPECT_SIZE;
        return is_scalar ? read_with_unit(size_units, node, number) : KINMU_E_REJECT;
    default:
        *expected = "";
        return KINMU_E_STATE;
    }
}

int32_t config_is_number_type(uint32_t option_type) {
    return option_type >= KINMU_OPT_BOOL && option_type <= KINMU_OPT_SIZE;
}

void config_print_number(uint32_t option_type, int64_t number, char out[CONFIG_NUMBER_SIZE]) {
    if (option_type == KINMU_OPT_DURATION || option_type == KINMU_OPT_SIZE) {
        const unit *units = option_type == KINMU_OPT_DURATION ? duration_units : size_units;
        uint32_t i = number == 0 ? UNITS - 1 : 0;
        while (number % units[i].factor != 0) {
            i++;
        }
        snprintf(out, CONFIG_NUMBER_SIZE, "%" PRId64 "%s", number / units[i].factor, units[i].name);
    } else {
        snprintf(out, CONFIG_NUMBER_SIZE, "%" PRId64, number);
    }
}
