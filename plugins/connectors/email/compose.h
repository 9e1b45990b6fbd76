/* email/compose.h - a mail as it goes over the wire (RFC 5322, 2045, 2047, 3834). Pure.
 *
 * Whatever the texts hold, they stay what they are: a line end, a control character or an encoded
 * word in a name or subject ends up inside that header, never as another one. The body is UTF-8 in
 * base64, so that no server has to change it. */
#ifndef EMAIL_COMPOSE_H
#define EMAIL_COMPOSE_H

#include "memory.h"

#include <kinmu/base.h>

#define COMPOSE_ADDRESS_BYTES_MAX 254u /* RFC 5321 4.5.3.1.3, without < and > */

typedef struct compose_mail {
    const char *from_name, *from; /* from_name "" = none */
    const char *to_name, *to;
    const char *subject, *body; /* lines end with \n */
    const char *key;            /* the same key: the same Message-ID */
    int64_t date_ns;
    int32_t utc_offset_s;
} compose_mail;

/* 1: an address that can stand in an envelope and a header as it is: ASCII, one @, no quoting. */
int32_t compose_is_address(const char *text);

/* The whole mail with CR LF, or NULL without memory. Both addresses were judged before. */
const char *compose(memory *m, const compose_mail *mail);

#endif
