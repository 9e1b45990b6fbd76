/* http/client_request.h - is a request one that may be sent, and may it be sent twice? Pure. */
#ifndef HTTP_CLIENT_REQUEST_H
#define HTTP_CLIENT_REQUEST_H

#include "base/error.h"
#include <kinmu/iface/http.h>

/* Sizes and counts within the limits of kinmu/iface/http.h: what send refuses at once. */
int32_t http_request_fits(const kinmu_http_request *request);
/* E_REJECT and one sentence for what must not go out: control characters, headers that are the
 * host's, a body where none may be, credentials in the URL. */
int32_t http_request_check(const kinmu_http_request *request, kinmu_err *err);
/* 1 when doing it twice does no more than doing it once. */
int32_t http_request_is_repeatable(const kinmu_http_request *request);
/* 1 for 127.0.0.0/8, ::1 and localhost, which no name server is asked about. */
int32_t http_host_is_loopback(const char *host);
int32_t http_same_word(const char *a, const char *b); /* ASCII letter case ignored */

#endif
