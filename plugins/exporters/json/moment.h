/* json/moment.h - moments as the two profiles write and read them. Pure; no time zone database:
 * local time is UTC plus the offset stored with the event (TRAP-17). */
#ifndef JSON_MOMENT_H
#define JSON_MOMENT_H

#include <stddef.h>
#include <stdint.h>

#define MOMENT_SIZE 64
#define MOMENT_OFFSET_S_MAX (15 * 3600)

/* RFC 3339 with as many decimals (0, 3, 6, 9) as there are: "2026-11-22T10:00:07.5+09:00". */
void moment_rfc3339(char out[MOMENT_SIZE], int64_t unix_ns, int32_t utc_offset_s);
/* M's form of local time, which ends with a dot: "2018-11-30T16:01:00." */
void moment_miteras(char out[MOMENT_SIZE], int64_t unix_ns, int32_t utc_offset_s);

/* Reads M's form with or without dot and decimals, which are dropped. Gives whole seconds of local
 * time since 1970. NULL, or what is wrong, with the place in *at. */
const char *moment_parse_miteras(const char *text, size_t size, int64_t *local_s, size_t *at);
/* "+09:00" -> 32400; 1 when it is one. */
int32_t moment_parse_offset(const char *text, int32_t *utc_offset_s);

#endif
