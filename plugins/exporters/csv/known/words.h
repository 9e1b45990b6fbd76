/* csv/known/words.h - texts told apart by small numbers: ids, names and titles of an export.
 *
 * A number never changes; equal texts have equal numbers. Texts live as long as their set. What the
 * memory did not hold is kept as one flag, asked once at the end, so that callers stay simple.
 */
#ifndef CSV_WORDS_H
#define CSV_WORDS_H

#include <kinmu/value.h>

#define WORDS_NONE UINT32_MAX /* no text at all */
#define WORDS_MAX 8000000u

typedef struct words words;
int32_t words_create(words **out);
void words_destroy(words *set); /* NULL is fine */

/* The number of a text; WORDS_NONE when memory ran out. */
uint32_t words_number(words *set, const char *text, size_t size);
/* The number of a TEXT value, WORDS_NONE for any other. */
uint32_t words_value(words *set, kinmu_value value);
/* The number of a text that is there already, else WORDS_NONE. */
uint32_t words_find(const words *set, const char *text);
/* "" for WORDS_NONE. */
const char *words_text(const words *set, uint32_t number);
uint32_t words_count(const words *set);
/* 1 once a text found no memory. */
int32_t words_failed(const words *set);

/* By number: the place among all texts in order of their bytes. malloc; NULL without memory. */
uint32_t *words_ranks(const words *set);

#endif
