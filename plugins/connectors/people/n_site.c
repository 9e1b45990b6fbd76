/* people/n_site.c - URL・HP名称マッピング, 2 columns (SPEC section 7.4, IMP-15). The file is the
 * whole list: a download holds all rows, and what is not in the upload is removed (ADR 0026). */
#include "n.h"

#include <string.h>

const n_column n_site_columns[N_SITE_COLUMNS] = {
    {"URL", KIND_SITE, KINMU_PEOPLE_SITE_PREFIX, CELL_TEXT, 256, COLUMN_REQUIRED},
    {"HP名称", KIND_SITE, KINMU_PEOPLE_SITE_NAME, CELL_TEXT, 64, COLUMN_REQUIRED},
};

void n_site_row(importing *i, const char *const *cells, place at) {
    kinmu_value values[KINMU_PEOPLE_SITE_FIELDS] = {{0}};
    const row *site = book_first(i->book, KIND_SITE, cells[0]);
    n_fill(i, &n_files[N_SITE], cells, KIND_SITE, site, values);
    values[KINMU_PEOPLE_SITE_STATE] = kinmu_text("active");
    row *put = book_put(i->book, KIND_SITE, values, at);
    if (put != NULL) {
        put->from = at; /* also where nothing changed: it is in the file */
    }
}
