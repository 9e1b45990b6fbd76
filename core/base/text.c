/* base/text.c - see text.h. Pure functions; no locale, no allocation but text_duplicate's. */
#include "base/text.h"

#include "base/buffer.h"

#include <kinmu/civil.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Bytes of the valid UTF-8 character at `text` (size > 0), 0 when invalid. Table 3-7 of Unicode. */
static size_t utf8_length(const uint8_t *text, size_t size) {
    uint8_t first = text[0];
    if (first == 0) {
        return 0;
    }
    if (first < 0x80) {
        return 1;
    }
    size_t length = first >= 0xF0 ? 4 : first >= 0xE0 ? 3 : 2;
    uint8_t low = first == 0xE0 ? 0xA0 : first == 0xF0 ? 0x90 : 0x80;
    uint8_t high = first == 0xED ? 0x9F : first == 0xF4 ? 0x8F : 0xBF;
    if (first < 0xC2 || first > 0xF4 || size < length || text[1] < low || text[1] > high) {
        return 0;
    }
    for (size_t i = 2; i < length; i++) {
        if ((text[i] & 0xC0) != 0x80) {
            return 0;
        }
    }
    return length;
}

/* Most texts are mostly ASCII: eight bytes at a time, none of them 0 or beyond 127. */
static int32_t is_plain_word(const uint8_t *bytes) {
    const uint64_t high = 0x8080808080808080u;
    uint64_t word;
    memcpy(&word, bytes, sizeof word);
    return ((word | (word - 0x0101010101010101u)) & high) == 0;
}

int32_t text_is_utf8(const char *text, size_t size) {
    const uint8_t *bytes = (const uint8_t *)text;
    size_t at = 0;
    while (at < size) {
        if (size - at >= sizeof(uint64_t) && is_plain_word(bytes + at)) {
            at += sizeof(uint64_t);
            continue;
        }
        if (at >= sizeof(uint64_t) && size - at < sizeof(uint64_t) &&
            is_plain_word(bytes + size - sizeof(uint64_t))) {
            return 1;
        }
        size_t length = bytes[at] - 1u < 0x7F ? 1 : utf8_length(bytes + at, size - at);
        if (length == 0) {
            return 0;
        }
        at += length;
    }
    return 1;
}

size_t text_cut(const char *text, size_t size, size_t max) {
    if (size <= max) {
        return size;
    }
    size_t cut = max;
    while (cut > 0 && ((uint8_t)text[cut] & 0xC0) == 0x80) {
        cut--;
    }
    return cut;
}

#define NEAREST_BYTES_MAX 64

/* Edit distance with neighbour swaps (optimal string alignment), three rows. */
static size_t distance(const char *a, size_t a_size, const char *b, size_t b_size) {
    size_t rows[3][NEAREST_BYTES_MAX + 1];
    for (size_t j = 0; j <= b_size; j++) {
        rows[0][j] = j;
    }
    for (size_t i = 1; i <= a_size; i++) {
        size_t *before = rows[(i + 1) % 3];
        size_t *last = rows[(i - 1) % 3];
        size_t *row = rows[i % 3];
        row[0] = i;
        for (size_t j = 1; j <= b_size; j++) {
            size_t best = last[j - 1] + (a[i - 1] != b[j - 1]);
            best = last[j] + 1 < best ? last[j] + 1 : best;
            best = row[j - 1] + 1 < best ? row[j - 1] + 1 : best;
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] &&
                before[j - 2] + 1 < best) {
                best = before[j - 2] + 1;
            }
            row[j] = best;
        }
    }
    return rows[a_size % 3][b_size];
}

const char *text_nearest(const char *word, const char *const *words, size_t count) {
    size_t size = strlen(word);
    const char *best = NULL;
    size_t best_distance = size / 3 + 2; /* at most a third of the word, but two for short ones */
    if (size == 0 || size > NEAREST_BYTES_MAX) {
        return NULL;
    }
    for (size_t i = 0; i < count; i++) {
        size_t other = strlen(words[i]);
        if (other > NEAREST_BYTES_MAX) {
            continue;
        }
        size_t d = distance(word, size, words[i], other);
        if (d < best_distance && d < size && d < other) {
            best_distance = d;
            best = words[i];
        }
    }
    return best;
}

static char lower(char c) {
    return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

int32_t text_glob(const char *pattern, const char *text, size_t size) {
    const char *star = NULL;
    size_t retry = 0;
    size_t at = 0;
    while (at < size) {
        if (*pattern == '*') {
            star = ++pattern;
            retry = at;
        } else if (*pattern != '\0' && (*pattern == '?' || lower(*pattern) == lower(text[at]))) {
            pattern++;
            at++;
        } else if (star != NULL) {
            pattern = star;
            at = ++retry;
        } else {
            return 0;
        }
    }
    while (*pattern == '*') {
        pattern++;
    }
    return *pattern == '\0';
}

int32_t text_is_choice(const char *choices, const char *word, size_t size) {
    while (size > 0) {
        size_t length = strcspn(choices, "|");
        if (length == size && memcmp(choices, word, size) == 0) {
            return 1;
        }
        if (choices[length] == '\0') {
            return 0;
        }
        choices += length + 1;
    }
    return 0;
}

void text_copy(char *to, size_t to_size, const char *from) {
    size_t size = text_cut(from, strlen(from), to_size - 1);
    memcpy(to, from, size);
    to[size] = '\0';
}

char *text_duplicate(const char *text) {
    if (text == NULL) {
        return NULL;
    }
    size_t size = strlen(text) + 1;
    char *copy = malloc(size);
    if (copy != NULL) {
        memcpy(copy, text, size);
    }
    return copy;
}

void text_hex(char *out, const uint8_t *data, size_t size) {
    static const char digits[] = "0123456789abcdef";
    for (size_t i = 0; i < size; i++) {
        out[2 * i] = digits[data[i] >> 4];
        out[2 * i + 1] = digits[data[i] & 15];
    }
    out[2 * size] = '\0';
}

static int32_t hex_digit(char c) {
    if (c >= '0' && c <= '9') {
        return c - '0';
    }
    c = lower(c);
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

int32_t text_unhex(uint8_t *out, size_t size, const char *hex) {
    for (size_t i = 0; i < size; i++) {
        int32_t high = hex_digit(hex[2 * i]);
        int32_t low = high < 0 ? -1 : hex_digit(hex[2 * i + 1]);
        if (low < 0) {
            return KINMU_E_REJECT;
        }
        out[i] = (uint8_t)(high * 16 + low);
    }
    return hex[2 * size] == '\0' ? KINMU_OK : KINMU_E_REJECT;
}

void text_json(buffer *out, const char *text, size_t size) {
    buffer_append(out, "\"", 1);
    size_t at = 0;
    while (at < size) {
        uint8_t c = (uint8_t)text[at];
        size_t length = c < 0x20 ? 1 : utf8_length((const uint8_t *)text + at, size - at);
        if (length == 0) {
            buffer_append(out, "\xEF\xBF\xBD", 3);
            length = 1;
        } else if (c == '"' || c == '\\') {
            char escaped[2] = {'\\', (char)c};
            buffer_append(out, escaped, 2);
        } else if (c == '\n') {
            buffer_append(out, "\\n", 2);
        } else if (c == '\t') {
            buffer_append(out, "\\t", 2);
        } else if (c < 0x20 || c == 0x7F) {
            buffer_printf(out, "\\u%04x", c);
        } else {
            buffer_append(out, text + at, length);
        }
        at += length;
    }
    buffer_append(out, "\"", 1);
}

int32_t text_parse_date(const char *text, int64_t *days) {
    static const char shape[] = "dddd-dd-dd";
    for (size_t i = 0; i < sizeof shape - 1; i++) {
        int32_t is_digit = text[i] >= '0' && text[i] <= '9';
        if (shape[i] == 'd' ? !is_digit : text[i] != '-') {
            return KINMU_E_REJECT;
        }
    }
    if (text[sizeof shape - 1] != '\0') {
        return KINMU_E_REJECT;
    }
    int32_t year = (int32_t)strtol(text, NULL, 10);
    int32_t month = (int32_t)strtol(text + 5, NULL, 10);
    int32_t day = (int32_t)strtol(text + 8, NULL, 10);
    if (month < 1 || month > 12 || day < 1) {
        return KINMU_E_REJECT;
    }
    kinmu_civil back; /* a date that does not exist comes back as another */
    *days = kinmu_days_from_date(year, month, day);
    kinmu_date_from_days(*days, &back);
    return back.year == year && back.month == month && back.day == day ? KINMU_OK : KINMU_E_REJECT;
}

void text_time(char *out, size_t out_size, int64_t unix_ns, int32_t utc_offset_s) {
    kinmu_civil c = kinmu_civil_from(unix_ns, utc_offset_s);
    int32_t offset_min = (utc_offset_s < 0 ? -utc_offset_s : utc_offset_s) / 60;
    snprintf(out, out_size, "%04d-%02d-%02dT%02d:%02d:%02d.%03d%c%02d:%02d", c.year, c.month, c.day,
             c.hour, c.minute, c.second, c.nanosecond / 1000000, utc_offset_s < 0 ? '-' : '+',
             offset_min / 60, offset_min % 60);
}

void text_moment(char out[TEXT_MOMENT_SIZE], int64_t unix_ns) {
    kinmu_civil c = kinmu_civil_from(unix_ns, 0);
    int decimals = c.nanosecond == 0             ? 0
                   : c.nanosecond % 1000000 == 0 ? 3
                   : c.nanosecond % 1000 == 0    ? 6
                                                 : 9;
    int shown = decimals == 3   ? c.nanosecond / 1000000
                : decimals == 6 ? c.nanosecond / 1000
                                : c.nanosecond;
    int size = snprintf(out, TEXT_MOMENT_SIZE, "%04d-%02d-%02dT%02d:%02d:%02d", c.year, c.month,
                        c.day, c.hour, c.minute, c.second);
    if (decimals > 0) {
        size += snprintf(out + size, TEXT_MOMENT_SIZE - (size_t)size, ".%0*d", decimals, shown);
    }
    snprintf(out + size, TEXT_MOMENT_SIZE - (size_t)size, "Z");
}

/* Takes `digits` digits and the character behind them, unless that is '\0'; -1 when they are not
 * there. */
static int take_digits(const char **at, uint32_t digits, char then) {
    int number = 0;
    for (uint32_t i = 0; i < digits; i++, (*at)++) {
        if (**at < '0' || **at > '9') {
            return -1;
        }
        number = number * 10 + (**at - '0');
    }
    if (then != '\0' && *(*at)++ != then) {
        return -1;
    }
    return number;
}

int32_t text_moment_parse(const char *text, int64_t *unix_ns) {
    static const struct {
        uint32_t digits;
        char then;
    } parts[] = {{4, '-'}, {2, '-'}, {2, 'T'}, {2, ':'}, {2, ':'}, {2, '\0'}};
    int numbers[6];
    int64_t fraction_ns = 0;
    for (size_t i = 0; i < 6; i++) {
        numbers[i] = take_digits(&text, parts[i].digits, parts[i].then);
        if (numbers[i] < 0) {
            return 0;
        }
    }
    int64_t weight_ns = 100000000;
    for (text += *text == '.'; *text >= '0' && *text <= '9' && weight_ns > 0; weight_ns /= 10) {
        fraction_ns += (*text++ - '0') * weight_ns;
    }
    if (strcmp(text, "Z") != 0 || numbers[0] < 1678 || numbers[0] > 2261) {
        return 0; /* years that 64 bits of nanoseconds hold */
    }
    int64_t s = kinmu_days_from_date(numbers[0], numbers[1], numbers[2]) * 86400 +
                numbers[3] * INT64_C(3600) + numbers[4] * INT64_C(60) + numbers[5];
    *unix_ns = s * 1000000000 + fraction_ns;
    kinmu_civil back = kinmu_civil_from(*unix_ns, 0); /* what does not exist comes back otherwise */
    return back.month == numbers[1] && back.day == numbers[2] && back.hour == numbers[3] &&
           back.minute == numbers[4] && back.second == numbers[5];
}
