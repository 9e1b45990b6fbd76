/* api/wire/attachment.h - what the headers of a download say: its name, its type, and the piece of
 * it that is asked for. Pure. */
#ifndef API_ATTACHMENT_H
#define API_ATTACHMENT_H

#include "memory.h"

/* The value of Content-Disposition (RFC 6266): the name in ASCII for old clients, and as it is by
 * RFC 5987. NULL: no memory. */
const char *attachment_name(memory *m, const char *name);
/* The media type by the name's ending. */
const char *attachment_type(const char *name);

enum { ATTACHMENT_WHOLE, ATTACHMENT_PIECE, ATTACHMENT_NONE };
/* Reads a Range header (RFC 9110, 14.1.2) over a file of `bytes`: one piece [*from, *to). Several
 * pieces, other units and what is no range are answered with the whole; ATTACHMENT_NONE: it lies
 * beyond the end. */
int32_t attachment_range(const char *header, uint64_t bytes, uint64_t *from, uint64_t *to);

#endif
