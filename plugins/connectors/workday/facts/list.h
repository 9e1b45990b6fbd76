/* workday/facts/list.h - rows of one kind that grow; and texts kept once each, known by a number.
 *
 * A number 0 is the text "". Texts live as long as the table.
 */
#ifndef WORKDAY_LIST_H
#define WORKDAY_LIST_H

#include <stddef.h>
#include <stdint.h>

typedef struct list {
    void *rows;
    uint32_t count, room, size;
} list;

#define LIST_OF(type)                                                                              \
    { NULL, 0, 0, sizeof(type) }

/* A new row at the end, filled with zeros; NULL when out of memory. Moves the rows. */
void *list_add(list *l);
/* The rows of another list of the same kind instead of its own. 0 when out of memory. */
int32_t list_copy(list *l, const list *from);
void list_free(list *l);

#define TEXT_NONE UINT32_MAX

typedef struct texts texts;
texts *texts_create(void);
void texts_destroy(texts *t);
/* TEXT_NONE when out of memory. */
uint32_t texts_id(texts *t, const char *text, size_t size);
/* TEXT_NONE when it is not there. */
uint32_t texts_find(const texts *t, const char *text, size_t size);
const char *texts_at(const texts *t, uint32_t id);
uint32_t texts_count(const texts *t);

#endif
