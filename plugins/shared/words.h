/* shared/words.h - small texts of master data: ids, numbers, clocks, dates, characters. Pure.
 *
 * A character is a Unicode code point: 𠮷 counts as one (IMP-13). */
#ifndef SHARED_WORDS_H
#define SHARED_WORDS_H

#include <kinmu/base.h>

/* Symbols of ids beside ASCII letters and digits (SPEC section 7.1, 7.2; TRAP-06: the backtick is
 * ASCII's). */
#define WORDS_GROUP_SYMBOLS "!#$%'()*+-.:;=?@[]_`{}~|"
#define WORDS_PERSON_SYMBOLS "!#$%'()+-.=@[]_`{}~"

#define WORDS_DATE_SIZE 11u
#define WORDS_MOMENT_SIZE 40u
#define WORDS_CLOCK_MAX 2879 /* 47:59 */

uint32_t words_characters(const char *text);
int32_t words_is_id(const char *text, const char *symbols);
int32_t words_is_mail(const char *text);
/* Digits only, at most `max`; 0 when it is none. */
int32_t words_number(const char *text, int64_t max, int64_t *number);
/* "5:00", "05:00": minutes from 00:00, below 24:00, or below 48:00 when `is_long`. */
int32_t words_clock(const char *text, int32_t is_long, int64_t *minutes);
/* "2026-11-22", also with "/" and without leading zeros; `date` gets the first form. */
int32_t words_date(const char *text, char date[WORDS_DATE_SIZE]);
/* RFC 3339 in UTC with as many decimals (0, 3, 6, 9) as there are, "2026-11-22T01:00:07.500Z": how
 * answers tell moments. */
void words_moment(int64_t unix_ns, char moment[WORDS_MOMENT_SIZE]);
/* The beginning of a date in UTC; "2026-11" = of the month. */
int64_t words_date_ns(const char *date);
/* The local date of a moment. */
void words_today(int64_t unix_ns, int32_t utc_offset_s, char date[WORDS_DATE_SIZE]);
/* "11:45-12:45;18:30-19:00" in order and not overlapping; a clock before 05:00 belongs to the night
 * after. `out` (128 bytes) gets it with two-digit hours and without a ";" at the end. */
int32_t words_breaks(const char *text, char out[128]);
/* The same of a shift from `start` to `end`, clocks up to 47:59 that hold all of them: one before
 * the start belongs to the day after. */
int32_t words_shift_breaks(const char *text, int64_t start, int64_t end, char out[128]);
/* What such breaks leave of the shift, in minutes. */
int64_t words_shift_min(const char *breaks, int64_t start, int64_t end);
/* Takes the next of texts joined by ";" from *at; 0 at the end. Empty ones are passed over. */
int32_t words_next(const char **at, const char **word, uint32_t *size);
/* 1 when the word is one of texts joined by ";". */
int32_t words_has(const char *list, const char *word);
/* Position of a word in "a|b|c", -1 when it is none; and the word at a position. */
int32_t words_choice(const char *choices, const char *word, uint32_t size);
const char *words_choice_at(const char *choices, uint32_t index, uint32_t *size);

#endif
