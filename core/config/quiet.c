/* config/quiet.c - hours of the day as people write them, "20:00-08:00", and the section quiet:
 * made of them. Local wall time; no zone is known here and none is needed. */
#include "config/internal.h"

#include <string.h>

#define DAY_S 86400
#define ALL_DAYS 0x7Fu
#define HOURS_FORM "write HH:MM-HH:MM, like 20:00-08:00; 00:00-24:00 is the whole day"

static const char *const day_names[] = {"mon", "tue", "wed", "thu", "fri", "sat", "sun"};

/* "08:30" at *at; moves behind it. -1 when there is none. */
static int32_t read_clock(const char **at) {
    const char *c = *at;
    for (int32_t i = 0; i < 5; i++) {
        int32_t fits = i == 2 ? c[i] == ':' : c[i] >= '0' && c[i] <= '9';
        if (!fits) {
            return -1;
        }
    }
    *at = c + 5;
    int32_t hours = (c[0] - '0') * 10 + c[1] - '0';
    int32_t minutes = (c[3] - '0') * 10 + c[4] - '0';
    int32_t seconds = hours * 3600 + minutes * 60;
    return minutes < 60 && seconds <= DAY_S ? seconds : -1;
}

static int32_t read_hours(const char *text, config_quiet *window) {
    window->from_s = read_clock(&text);
    if (window->from_s < 0 || *text++ != '-') {
        return KINMU_E_REJECT;
    }
    window->to_s = read_clock(&text);
    int32_t is_whole = *text == '\0' && window->to_s > 0 && window->from_s < DAY_S;
    return is_whole && window->from_s != window->to_s ? KINMU_OK : KINMU_E_REJECT;
}

void config_check_quiet(const config_node *section, config_problems *problems) {
    const config_node *windows = config_map_find(section, "windows");
    for (uint32_t i = 0; windows != NULL && i < windows->child_count; i++) {
        const config_node *hours = windows->children[i]->type == CONFIG_MAP
                                       ? config_map_find(windows->children[i], "hours")
                                       : NULL;
        config_quiet window;
        char quoted[CONFIG_QUOTE_SIZE];
        if (hours != NULL && hours->type == CONFIG_SCALAR && !config_is_null(hours) &&
            read_hours(hours->text, &window) != KINMU_OK) {
            config_problem_at(problems, CONFIG_ERROR, hours,
                              "quiet.windows[%u].hours: %s is no part of a day: " HOURS_FORM, i + 1,
                              config_quote(quoted, hours));
        }
    }
}

static uint32_t day_bits(const kinmu_text_list *days) {
    uint32_t bits = 0;
    for (uint32_t i = 0; i < days->count; i++) {
        for (uint32_t day = 0; day < 7; day++) {
            bits |= strcmp(days->items[i], day_names[day]) == 0 ? 1u << day : 0;
        }
    }
    return bits != 0 ? bits : ALL_DAYS;
}

int32_t config_build_quiet(config_loader *l) {
    config_quiet_map map = {0};
    kinmu_err err = {{0}, {0}};
    config *c = l->result;
    int32_t status = config_fill_struct(l->memory, &config_core_tables[SECTION_QUIET], sizeof map,
                                        "", l->sections[SECTION_QUIET], &map, &err);
    if (status != KINMU_OK) {
        return status;
    }
    c->quiet = arena_get(l->memory, (map.windows.count + 1) * sizeof *c->quiet);
    if (c->quiet == NULL) {
        return KINMU_E_NOMEM;
    }
    const config_quiet_row *rows = map.windows.rows;
    for (uint32_t i = 0; i < map.windows.count; i++) {
        config_quiet *window = &c->quiet[c->quiet_count++];
        (void)read_hours(rows[i].hours, window); /* checked */
        window->days = day_bits(&rows[i].days);
    }
    return KINMU_OK;
}
