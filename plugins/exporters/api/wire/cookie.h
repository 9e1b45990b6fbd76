/* api/wire/cookie.h - one cookie out of a Cookie header (RFC 6265, 5.4). Pure. */
#ifndef API_COOKIE_H
#define API_COOKIE_H

#include <kinmu/base.h>

/* Where the value of the cookie begins, and its size; NULL when it is not there, or there twice:
 * somebody below another name of the host may have put one before ours. */
const char *cookie_find(const char *header, const char *name, size_t *size);

#endif
