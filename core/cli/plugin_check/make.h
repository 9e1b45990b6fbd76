/* cli/plugin_check/make.h - material for checking a plugin, made from its own tables: options at
 * the edge of what they allow and beyond, values, events. Pure but for the random source. */
#ifndef CLI_PLUGIN_CHECK_MAKE_H
#define CLI_PLUGIN_CHECK_MAKE_H

#include "base/arena.h"
#include "base/buffer.h"
#include "schema/registry.h"
#include <kinmu/plugin.h>

#define MAKE_SECRET_VARIABLE "KINMU_CHECK_SECRET"
#define MAKE_TEXT_BYTES_MAX 8192 /* of an option; longer ones are not tried */
#define MAKE_ROWS_MAX 8
#define MAKE_ITEMS_MAX 64

/* ---- options ---- */

enum make_edge { MAKE_PLAIN, MAKE_MIN, MAKE_MAX };

/* Appends a legal value as YAML. */
void make_option_value(const kinmu_option *option, enum make_edge edge, buffer *out);
/* Appends the index-th illegal value; 0 when there are no more. */
int32_t make_illegal_value(const kinmu_option *option, uint32_t index, buffer *out);
/* 1 for a number whose table gives no range. */
int32_t make_is_unbounded(const kinmu_option *option);
/* 1 when every legal value of it means something by its table alone: a number, a bool, a choice. */
int32_t make_is_closed(const kinmu_option *option);
/* A plugin's options as YAML: what must be there, `given` ("name=value", up to NULL), and `name`
 * (may be NULL) with `value`. */
void make_options(const kinmu_plugin *plugin, const char *const *given, const char *name,
                  const char *value, buffer *out);

/* ---- values and events ---- */

enum make_style {
    MAKE_SANE,
    MAKE_ALL_NULL,
    MAKE_SMALL,
    MAKE_HUGE,
    MAKE_HOSTILE, /* texts that are paths, formulas, control characters, words of no choice */
    MAKE_FEWER,   /* as from an older schema: the last values are missing */
    MAKE_MORE,    /* as from a newer one: values of fields not known here */
    MAKE_STYLES
};
extern const char *const make_style_names[MAKE_STYLES];

kinmu_value make_value(arena *memory, const kinmu_field *field, enum make_style style,
                       uint64_t random);
/* Values for a table of kinmu_field. */
const kinmu_value *make_values(arena *memory, const kinmu_table *fields, enum make_style style,
                               uint64_t random, uint32_t *count);
/* A committed event of a schema, as delivered under `number`. */
void make_event(arena *memory, const kinmu_schema *schema, uint32_t number, enum make_style style,
                uint64_t random, kinmu_event *event);

#endif
