/* csv/writing/xlsx.h - the cells of one file as an Excel workbook, by libxlsxwriter.
 *
 * Texts are text cells, whatever they begin with: nothing of the data becomes a formula or a link.
 * Dates, clocks and decimals that stand in a fixed form become numbers whose format shows the same
 * text. Rows go to the disk as they come (constant memory); beyond what a page holds they go on on
 * the next one, under the same headers. The same cells give the same bytes. Says failures as errno
 * numbers; not thread-safe.
 */
#ifndef CSV_XLSX_H
#define CSV_XLSX_H

#include <stddef.h>
#include <stdint.h>

#define XLSX_PAGE_ROWS_MAX 1048576u    /* of Excel, headers included */
#define XLSX_CELL_CHARACTERS_MAX 32767 /* of Excel; a longer text is cut */

typedef struct xlsx xlsx;
/* The file at `path` is replaced by xlsx_close; `scratch` is a folder for what waits until then. */
int xlsx_create(const char *path, const char *scratch, xlsx **out);
/* UTF-8 without line breaks and NUL, terminated; 1 when it was cut. */
int32_t xlsx_text(xlsx *x, const char *text);
void xlsx_number(xlsx *x, int64_t number);
/* ASCII of a fixed form: "2026/10/01 09:00", "08:30", "0.8", else a text. */
void xlsx_plain(xlsx *x, const char *text);
void xlsx_blank(xlsx *x);
void xlsx_end_row(xlsx *x);
/* Instead of the end of the first row: its texts are the headers of every page. */
void xlsx_end_headers(xlsx *x);
/* Writes the file unless `is_wanted` is 0, and frees, also on failure. NULL is fine. */
int xlsx_close(xlsx *x, int32_t is_wanted);

/* What xlsx_plain makes of a text: 1 and a number with its format, or 0. Pure. */
#define XLSX_FORMAT_SIZE 32
int32_t xlsx_read_plain(const char *text, double *number, char format[XLSX_FORMAT_SIZE]);

#endif
