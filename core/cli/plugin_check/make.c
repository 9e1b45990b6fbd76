/* cli/plugin_check/make.c - see make.h. */
#include "cli/plugin_check/make.h"

#include "base/clock.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define DEPTH_MAX 4u

/* ---- options ---- */

static int32_t is_number(const kinmu_option *option) {
    return option->type == KINMU_OPT_INT || option->type == KINMU_OPT_DURATION ||
           option->type == KINMU_OPT_SIZE;
}

static int32_t is_bounded(const kinmu_option *option) {
    return option->min != 0 || option->max != 0;
}

int32_t make_is_unbounded(const kinmu_option *option) {
    return is_number(option) && !is_bounded(option);
}

int32_t make_is_closed(const kinmu_option *option) {
    return is_number(option) || option->type == KINMU_OPT_BOOL || option->type == KINMU_OPT_CHOICE;
}

static void put_number(const kinmu_option *option, int64_t number, buffer *out) {
    buffer_printf(out, "%" PRId64 "%s", number, option->type == KINMU_OPT_DURATION ? "ms" : "");
}

static void put_text(int64_t bytes, buffer *out) {
    buffer_text(out, "\"");
    for (int64_t i = 0; i < bytes && i < MAKE_TEXT_BYTES_MAX; i++) {
        buffer_text(out, "x");
    }
    buffer_text(out, "\"");
}

/* Between what is asked for and what a check should spend. */
static int64_t amount(const kinmu_option *option, enum make_edge edge, int64_t most) {
    int64_t least = option->min > 0 ? option->min : 0;
    int64_t full = is_bounded(option) && option->max < most ? option->max : most;
    int64_t some = least > 0 ? least : 1;
    return edge == MAKE_MIN ? least : edge == MAKE_MAX ? full : some;
}

static void put_choice(const char *choices, enum make_edge edge, buffer *out) {
    const char *last = choices != NULL ? strrchr(choices, '|') : NULL;
    const char *from = edge == MAKE_MAX && last != NULL ? last + 1 : choices;
    size_t size = from != NULL ? strcspn(from, "|") : 0;
    buffer_printf(out, "\"%.*s\"", (int)size, from != NULL ? from : "");
}

static void put_value(const kinmu_option *option, enum make_edge edge, uint32_t depth, buffer *out);

static void put_row(const kinmu_table *columns, uint32_t depth, buffer *out) {
    const char *comma = "";
    buffer_text(out, "{");
    for (uint32_t i = 0; i < columns->count; i++) {
        kinmu_option column;
        schema_table_row(columns, i, &column, sizeof column);
        if ((column.flags & KINMU_OPTION_REQUIRED) != 0) {
            buffer_printf(out, "%s%s: ", comma, column.name);
            put_value(&column, MAKE_PLAIN, depth + 1, out);
            comma = ", ";
        }
    }
    buffer_text(out, "}");
}

static void put_list(const kinmu_option *option, enum make_edge edge, uint32_t depth, buffer *out) {
    int64_t most = option->type == KINMU_OPT_ROWS ? MAKE_ROWS_MAX : MAKE_ITEMS_MAX;
    int64_t count =
        edge == MAKE_PLAIN ? (option->min > 0 ? option->min : 0) : amount(option, edge, most);
    buffer_text(out, "[");
    for (int64_t i = 0; i < count; i++) {
        buffer_text(out, i > 0 ? ", " : "");
        if (option->type == KINMU_OPT_ROWS) {
            put_row(&option->columns, depth, out);
        } else if (option->choices != NULL) {
            put_choice(option->choices, edge, out);
        } else {
            buffer_printf(out, "\"x%" PRId64 "\"", i);
        }
    }
    buffer_text(out, "]");
}

static void put_value(const kinmu_option *option, enum make_edge edge, uint32_t depth,
                      buffer *out) {
    int64_t number = edge == MAKE_MIN     ? option->min
                     : edge == MAKE_MAX   ? option->max
                     : is_bounded(option) ? option->min
                                          : 1;
    if (depth > DEPTH_MAX) {
        buffer_text(out, "null");
    } else if (is_number(option)) {
        put_number(option, make_is_unbounded(option) ? 1 : number, out);
    } else if (option->type == KINMU_OPT_BOOL) {
        buffer_text(out, edge == MAKE_MIN ? "false" : "true");
    } else if (option->type == KINMU_OPT_TEXT) {
        put_text(amount(option, edge, MAKE_TEXT_BYTES_MAX), out);
    } else if (option->type == KINMU_OPT_CHOICE) {
        put_choice(option->choices, edge, out);
    } else if (option->type == KINMU_OPT_SECRET) {
        buffer_text(out, "\"${env:" MAKE_SECRET_VARIABLE "}\"");
    } else {
        put_list(option, edge, depth, out);
    }
}

void make_option_value(const kinmu_option *option, enum make_edge edge, buffer *out) {
    put_value(option, edge, 0, out);
}

/* Beyond the range, where there is one; 0 when there is no such value. */
static int32_t put_beyond(const kinmu_option *option, int32_t is_above, buffer *out) {
    int64_t number = is_above ? option->max : option->min;
    if (!is_bounded(option) || number == (is_above ? INT64_MAX : INT64_MIN)) {
        return 0;
    }
    number += is_above ? 1 : -1;
    if (is_number(option)) {
        put_number(option, number, out);
        return 1;
    }
    if (number < 0 || number > MAKE_TEXT_BYTES_MAX) {
        return 0;
    }
    if (option->type == KINMU_OPT_TEXT) {
        put_text(number, out);
        return 1;
    }
    if (option->type == KINMU_OPT_LIST && option->choices == NULL) {
        buffer_text(out, "[");
        for (int64_t i = 0; i < number; i++) {
            buffer_text(out, i > 0 ? ", x" : "x");
        }
        buffer_text(out, "]");
        return 1;
    }
    return 0;
}

int32_t make_illegal_value(const kinmu_option *option, uint32_t index, buffer *out) {
    static const char *const of_another_type[] = {
        [KINMU_OPT_BOOL] = "maybe",      [KINMU_OPT_INT] = "many",
        [KINMU_OPT_DURATION] = "5x",     [KINMU_OPT_SIZE] = "1.5GiB",
        [KINMU_OPT_TEXT] = "{a: 1}",     [KINMU_OPT_CHOICE] = "no-such-choice",
        [KINMU_OPT_LIST] = "{a: 1}",     [KINMU_OPT_ROWS] = "[{no_such_column: 1}]",
        [KINMU_OPT_SECRET] = "open text"};
    if (index == 0) {
        buffer_text(out, of_another_type[option->type]);
        return 1;
    }
    for (; index <= 2; index++) {
        if (put_beyond(option, index == 2, out)) {
            return 1;
        }
    }
    return 0;
}

/* The value given for an option, or NULL. */
static const char *find_given(const char *const *given, const char *name) {
    size_t size = strlen(name);
    for (; given != NULL && *given != NULL; given++) {
        if (strncmp(*given, name, size) == 0 && (*given)[size] == '=') {
            return *given + size + 1;
        }
    }
    return NULL;
}

void make_options(const kinmu_plugin *plugin, const char *const *given, const char *name,
                  const char *value, buffer *out) {
    buffer_text(out, "{");
    const char *comma = "";
    for (uint32_t i = 0; i < plugin->options.count; i++) {
        kinmu_option option;
        schema_table_row(&plugin->options, i, &option, sizeof option);
        const char *own =
            name != NULL && strcmp(name, option.name) == 0 ? value : find_given(given, option.name);
        if (own == NULL && (option.flags & KINMU_OPTION_REQUIRED) == 0) {
            continue;
        }
        buffer_printf(out, "%s%s: ", comma, option.name);
        if (own != NULL) {
            buffer_text(out, own);
        } else {
            make_option_value(&option, MAKE_PLAIN, out);
        }
        comma = ", ";
    }
    buffer_text(out, "}\n");
}

/* ---- values and events ---- */

const char *const make_style_names[MAKE_STYLES] = {
    "sane values",   "nulls in every field",    "the smallest values",   "the largest values",
    "hostile texts", "the last values missing", "values of newer fields"};

static const char *const hostile_texts[] = {"=cmd|' /C calc'!A0",
                                            "../../../../etc/passwd",
                                            "a\r\nb\tc\x01\x1f",
                                            "\"';,--<script>%s%n{}",
                                            "\xe2\x80\xae\xf0\x9f\x8f\xaf\xef\xbf\xbf",
                                            "no-such-choice"};
#define HOSTILE_COUNT (sizeof hostile_texts / sizeof hostile_texts[0])

static kinmu_value make_text(arena *memory, const kinmu_field *field, enum make_style style,
                             uint64_t random) {
    if (style == MAKE_HOSTILE) {
        return kinmu_text(hostile_texts[random % HOSTILE_COUNT]);
    }
    if (style == MAKE_SMALL) {
        return kinmu_text_n("", 0);
    }
    if (style == MAKE_HUGE) {
        char *text = arena_get(memory, KINMU_TEXT_BYTES_MAX);
        if (text != NULL) {
            memset(text, 'W', KINMU_TEXT_BYTES_MAX);
        }
        return kinmu_text_n(text, text != NULL ? KINMU_TEXT_BYTES_MAX : 0);
    }
    if (field->choices != NULL) {
        return kinmu_text_n(field->choices, strcspn(field->choices, "|"));
    }
    return kinmu_text("check");
}

kinmu_value make_value(arena *memory, const kinmu_field *field, enum make_style style,
                       uint64_t random) {
    static const uint8_t bytes[KINMU_TEXT_BYTES_MAX];
    int64_t number = style == MAKE_SMALL ? INT64_MIN : style == MAKE_HUGE ? INT64_MAX : 1;
    number = style == MAKE_HOSTILE ? -(int64_t)(random >> 1) : number;
    if (style == MAKE_ALL_NULL) {
        return kinmu_null();
    }
    switch (field->type) {
    case KINMU_TYPE_BOOL:
        return kinmu_bool(style != MAKE_SMALL);
    case KINMU_TYPE_F64:
        return kinmu_f64(style == MAKE_HUGE ? 1.7e308 : style == MAKE_SMALL ? -1.7e308 : 1.0);
    case KINMU_TYPE_TEXT:
        return make_text(memory, field, style, random);
    case KINMU_TYPE_BYTES:
        return kinmu_bytes(bytes, style == MAKE_HUGE ? sizeof bytes : style == MAKE_SMALL ? 0 : 16);
    case KINMU_TYPE_TIME:
        return kinmu_time(style == MAKE_SANE ? clock_unix_ns() : number);
    default:
        return kinmu_i64(number);
    }
}

const kinmu_value *make_values(arena *memory, const kinmu_table *fields, enum make_style style,
                               uint64_t random, uint32_t *count) {
    uint32_t known = fields->count;
    *count = style == MAKE_FEWER                              ? known / 2
             : style == MAKE_MORE && known < KINMU_FIELDS_MAX ? known + 1
                                                              : known;
    kinmu_value *values = arena_get(memory, (KINMU_FIELDS_MAX + 1) * sizeof *values);
    for (uint32_t i = 0; values != NULL && i < *count; i++) {
        kinmu_field field = {0};
        if (i < known) {
            schema_table_row(fields, i, &field, sizeof field);
            values[i] = make_value(memory, &field, style, random + i);
        } else {
            values[i] = kinmu_text("of a field added later");
        }
    }
    *count = values != NULL ? *count : 0;
    return values;
}

void make_event(arena *memory, const kinmu_schema *schema, uint32_t number, enum make_style style,
                uint64_t random, kinmu_event *event) {
    static const uint8_t origin[16] = "kinmu-checkcheck";
    static const char *const subjects[] = {"alice", "", "../../alice", "a\"b,c\nd", "CON"};
    memset(event, 0, sizeof *event);
    event->schema = number;
    event->values = make_values(memory, &schema->fields, style, random, &event->value_count);
    event->unix_ns = style == MAKE_HUGE    ? INT64_MAX
                     : style == MAKE_SMALL ? INT64_MIN
                                           : clock_unix_ns();
    event->mono_ns = clock_mono_ns();
    event->origin = origin;
    event->boot_id = origin;
    event->subject = style == MAKE_HOSTILE ? subjects[random % 5] : "alice";
    event->zone = style == MAKE_HOSTILE ? "" : "Asia/Tokyo";
    event->utc_offset_s = style == MAKE_HOSTILE ? -43200 : 9 * 3600;
}
