/* json/tail.h - the end of a live file as a crash left it: made whole, and read for what is in it.
 */
#ifndef JSON_TAIL_H
#define JSON_TAIL_H

#include "file.h"
#include "line.h"

typedef struct tail {
    line_place *places; /* sorted */
    size_t count;
    size_t capacity;
} tail;

#define TAIL_NOT_OURS (-1) /* the file holds something else and was not touched */

/* Cuts off a line without its line feed; *size becomes what is left. 0, an errno or TAIL_NOT_OURS.
 */
int tail_repair(file *f, uint64_t *size);
/* Adds the places of the lines in the last LIVE_TAIL_BYTES_MAX bytes. 0 or an errno. */
int tail_read(tail *t, file *f, uint64_t size);
void tail_sort(tail *t);
int32_t tail_has(const tail *t, const line_place *place);
void tail_free(tail *t);

#endif
