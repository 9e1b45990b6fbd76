/* base/text.h - small pure functions on UTF-8 text. */
#ifndef BASE_TEXT_H
#define BASE_TEXT_H

#include <kinmu/base.h>

#define TEXT_MOMENT_SIZE 40u

/* 1 when `size` bytes are valid UTF-8 without NUL, surrogates or overlong forms. */
int32_t text_is_utf8(const char *text, size_t size);
/* Bytes of the longest prefix of at most `max` bytes that does not cut a character. */
size_t text_cut(const char *text, size_t size, size_t max);
/* Nearest of `words` within a third of the length, or NULL: for "did you mean". */
const char *text_nearest(const char *word, const char *const *words, size_t count);
/* Shell-like match: * and ?, ASCII case-insensitive. */
int32_t text_glob(const char *pattern, const char *text, size_t size);
/* 1 when `word` is one of "a|b|c". */
int32_t text_is_choice(const char *choices, const char *word, size_t size);
/* Copies with truncation at a character border; always terminates. */
void text_copy(char *to, size_t to_size, const char *from);
char *text_duplicate(const char *text);                         /* malloc, NULL-safe */
void text_hex(char *out, const uint8_t *data, size_t size);     /* out: 2*size+1 */
int32_t text_unhex(uint8_t *out, size_t size, const char *hex); /* 0 or KINMU_E_REJECT */
/* JSON string literal with quotes, control characters escaped; bad UTF-8 replaced. */
struct buffer;
void text_json(struct buffer *out, const char *text, size_t size);
/* RFC 3339: "2026-11-22T10:00:00.123+09:00" from UTC and offset. */
void text_time(char *out, size_t out_size, int64_t unix_ns, int32_t utc_offset_s);
/* RFC 3339 in UTC with as many decimals (0, 3, 6, 9) as there are, "2026-11-22T01:00:07.500Z": what
 * answers of commands say, and the API. */
void text_moment(char out[TEXT_MOMENT_SIZE], int64_t unix_ns);
/* Reads what text_moment writes; 0 when it is none. */
int32_t text_moment_parse(const char *text, int64_t *unix_ns);
/* "2026-11-22" -> days; KINMU_E_REJECT unless it is a real date. */
int32_t text_parse_date(const char *text, int64_t *days);

#endif
