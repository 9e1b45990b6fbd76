/* http/client_retry.h - when to try again. Pure: the caller gives time and chance. */
#ifndef HTTP_CLIENT_RETRY_H
#define HTTP_CLIENT_RETRY_H

#include <kinmu/base.h>
#include <time.h>

#define HTTP_RETRY_MS_MIN 500u
#define HTTP_RETRY_MS_MAX 30000u

/* 1 for answers that say "not now": 429, 502, 503, 504. */
int32_t http_retry_code(uint32_t code);
/* Milliseconds a Retry-After header asks for: seconds or an HTTP date, read by `getdate`. -1: it
 * says nothing that can be understood. */
int64_t http_retry_after_ms(const char *value, int64_t unix_s,
                            time_t (*getdate)(const char *text, const time_t *unused));
/* Pause before attempt number attempts + 1: doubles, half of it by chance, so that those who failed
 * together do not come back together. */
uint64_t http_retry_pause_ms(uint32_t attempts, uint32_t chance);

#endif
