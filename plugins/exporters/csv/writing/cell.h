/* csv/writing/cell.h - what a text becomes inside a cell: line breaks, formulas, quotes. Pure,
 * UTF-8.
 *
 * Two profiles (TRAP-07). Human: for spreadsheets, which run a cell that begins like a formula, so
 * such a cell gets a leading apostrophe. Machine: for programs, the text as it is. Both replace a
 * line break by one space (SPEC section 6) and quote as RFC 4180 says.
 */
#ifndef CSV_CELL_H
#define CSV_CELL_H

#include <kinmu/base.h>

#define CELL_HUMAN 1u
#define CELL_MACHINE 2u

/* 1 when a spreadsheet might run a cell that begins with this character. */
int32_t cell_is_trigger(uint32_t code);

/* 1 when the text must stand between quotes. */
int32_t cell_needs_quotes(const char *text, size_t size);

/* How many of the first bytes are ASCII that stands in a cell as it is, in every charset; quotes
 * around it are another matter. */
size_t cell_plain(const char *text, size_t size);

/* The character to write for the one at *at, stepping behind it: CR LF, CR, LF and NUL give a
 * space. */
uint32_t cell_next(const char *text, size_t size, size_t *at);

/* 1 when the profile puts an apostrophe before this text. */
int32_t cell_needs_apostrophe(uint32_t profile, const char *text, size_t size);

#endif
