/* workday/rounds/masters.c - see masters.h. */
#include "rounds/masters.h"

#include "rounds/uses.h"

#include <stdlib.h>
#include <string.h>

void masters_free(masters *m) {
    if (m->texts != NULL) {
        book_finish(&m->book);
        texts_destroy(m->texts);
    }
    memset(m, 0, sizeof *m);
}

void masters_renew(masters *m, uint32_t use) {
    if (use >= USE_PERSON && use <= USE_DEVICE) {
        m->is_known[use - USE_PERSON] = 0;
    }
}

/* With a room of its own, so that numbers of texts stay. A version from later than now is not seen
 * yet: the table is read again. */
static void read_tables(masters *m, stored *s) {
    logs none;
    intake given = s->intake;
    logs_init(&none);
    s->intake.texts = m->texts;
    s->intake.book = &m->book;
    s->intake.logs = &none;
    for (uint32_t i = 0; i < MASTERS_TABLES && s->status == KINMU_OK; i++) {
        if (!m->is_known[i]) {
            uint32_t refused = s->refused;
            uint32_t later = s->intake.later;
            m->book.books[i].count = 0;
            stored_master(s, USE_PERSON + i);
            m->refused[i] = s->refused - refused;
            m->is_known[i] = s->status == KINMU_OK && s->intake.later == later;
            s->refused = refused;
        }
    }
    s->intake = given;
    logs_finish(&none);
}

int32_t masters_give(masters *m, stored *s) {
    if (m->texts == NULL) {
        m->texts = texts_create();
        book_init(&m->book, m->texts);
    }
    if (m->texts == NULL) {
        return 0;
    }
    read_tables(m, s);
    for (uint32_t id = 1; id < texts_count(m->texts); id++) {
        const char *text = texts_at(m->texts, id);
        if (texts_id(s->intake.texts, text, strlen(text)) != id) {
            return 0;
        }
    }
    for (uint32_t i = 0; i < MASTERS_TABLES; i++) {
        s->refused += m->refused[i];
        if (!list_copy(&s->intake.book->books[i], &m->book.books[i])) {
            return 0;
        }
    }
    return 1;
}
