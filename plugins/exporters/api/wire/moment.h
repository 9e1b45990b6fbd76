/* api/wire/moment.h - moments as the API writes and reads them: RFC 3339. Pure. */
#ifndef API_MOMENT_H
#define API_MOMENT_H

#include <stddef.h>
#include <stdint.h>

#define MOMENT_SIZE 40u /* WORDS_MOMENT_SIZE */

/* "2026-11-22T01:00:07.5Z", as many decimals (0, 3, 6, 9) as there are; UTC. */
void moment_print(char out[MOMENT_SIZE], int64_t unix_ns);
/* The same by the clock of an offset east of UTC: "2026-11-22T10:00:07.5+09:00". */
void moment_print_at(char out[MOMENT_SIZE], int64_t unix_ns, int32_t utc_offset_s);
/* "2026-11-22T10:00:07.5+09:00" or "…Z", with up to nine decimals; 0 when it is none. */
int32_t moment_parse(const char *text, int64_t *unix_ns);
/* The offset that such a text bears, seconds east of UTC. */
int32_t moment_offset_s(const char *text);

/* The first moment of a date "2026-11-22" at an offset east of UTC; 0 when it is none. */
int32_t moment_of_date(const char *date, int32_t utc_offset_s, int64_t *unix_ns);

#endif
