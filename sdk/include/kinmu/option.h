/* kinmu/option.h - how a plugin describes its conf.d options.
 *
 * The host parses YAML, checks every value against these rows, lists all errors with file, line
 * and column, and fills the plugin's own config struct: `offset` is offsetof(struct, member).
 * `kinmu plugin info` prints the reference page, a commented sample and a JSON Schema from them.
 */
#ifndef KINMU_OPTION_H
#define KINMU_OPTION_H

#include <kinmu/base.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Type, YAML form, and C member that is filled. */
#define KINMU_OPT_BOOL 1u     /* true | false          int32_t: 0 or 1 */
#define KINMU_OPT_INT 2u      /* 42                    int64_t in [min, max] */
#define KINMU_OPT_DURATION 3u /* 250ms 5s 1m 2h 7d     int64_t milliseconds in [min, max] */
#define KINMU_OPT_SIZE 4u     /* 512 64KiB 20MiB 1GiB  int64_t bytes in [min, max] */
#define KINMU_OPT_TEXT 5u   /* any text              const char*: UTF-8; min/max bound its bytes */
#define KINMU_OPT_CHOICE 6u /* one of `choices`      const char*: the chosen word */
#define KINMU_OPT_LIST 7u   /* [a, b]                kinmu_text_list; min/max bound the count */
#define KINMU_OPT_ROWS 8u   /* list of maps          kinmu_rows; `columns` describes a row */
#define KINMU_OPT_SECRET 9u /* ${file:…} ${env:…}    const char*: a handle for secret/1 */

#define KINMU_OPTION_REQUIRED 1u
#define KINMU_OPTION_LIVE 2u       /* may change by reconfigure without a restart */
#define KINMU_OPTION_DEPRECATED 4u /* still read, with a warning */

typedef struct kinmu_option {
    const char *name; /* snake_case */
    uint32_t type;
    uint32_t flags;
    uint32_t offset;
    uint32_t reserved;
    const char *default_text; /* as written in YAML; NULL = absent (0 or NULL in the struct) */
    int64_t min;              /* both 0 = unbounded */
    int64_t max;
    const char *choices; /* "a|b|c" for CHOICE (and LIST of fixed words), else NULL */
    kinmu_table columns; /* ROWS: rows of kinmu_option for one map; offsets within one row */
    uint32_t row_size;   /* ROWS: sizeof of one row struct */
    uint32_t reserved2;
    const char *doc;
    const char *doc_ja;
    const char *since; /* "1.0" */
} kinmu_option;

typedef struct kinmu_text_list {
    const char *const *items;
    uint32_t count;
    uint32_t reserved;
} kinmu_text_list;

typedef struct kinmu_rows {
    const void *rows; /* count × row_size bytes */
    uint32_t count;
    uint32_t reserved;
} kinmu_rows;

#ifdef __cplusplus
}
#endif
#endif
