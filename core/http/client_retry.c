/* http/client_retry.c - see client_retry.h. */
#include "http/client_retry.h"

#include <stdlib.h>
#include <string.h>

#define SECONDS_DIGITS_MAX 9u

int32_t http_retry_code(uint32_t code) {
    return code == 429 || (code >= 502 && code <= 504);
}

int64_t http_retry_after_ms(const char *value, int64_t unix_s,
                            time_t (*getdate)(const char *text, const time_t *unused)) {
    size_t digits = strspn(value, "0123456789");
    if (digits > 0 && value[digits] == '\0') {
        return digits > SECONDS_DIGITS_MAX ? INT64_MAX : strtoll(value, NULL, 10) * 1000;
    }
    time_t at = getdate(value, NULL);
    if (at == (time_t)-1) {
        return -1;
    }
    int64_t left_s = (int64_t)at - unix_s;
    return left_s > 0 ? left_s * 1000 : 0;
}

uint64_t http_retry_pause_ms(uint32_t attempts, uint32_t chance) {
    uint64_t pause_ms = HTTP_RETRY_MS_MIN;
    for (uint32_t i = 1; i < attempts && pause_ms < HTTP_RETRY_MS_MAX; i++) {
        pause_ms *= 2;
    }
    pause_ms = pause_ms < HTTP_RETRY_MS_MAX ? pause_ms : HTTP_RETRY_MS_MAX;
    return pause_ms / 2 + chance % (pause_ms / 2 + 1);
}
