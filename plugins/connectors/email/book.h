/* email/book.h - what one decision looks at, read once, and the mails it queues. [job] */
#ifndef EMAIL_BOOK_H
#define EMAIL_BOOK_H

#include "email.h"

#define BOOK_RECEIVERS_MAX 64u

typedef struct book {
    email *email;
    desk_decision *decision;
    table_source from;
    int64_t now_ns;
    struct book_row *groups, *people; /* read already */
    struct book_id *queued;           /* by this decision */
    int32_t is_asked, is_on;          /* the company's switch (NTF-02) */
    int32_t status;                   /* of reading; the first failure */
} book;

typedef struct book_receivers {
    const char *people[BOOK_RECEIVERS_MAX];
    uint32_t count;
} book_receivers;

typedef struct book_mail {
    const char *id, *kind;
    const char *person; /* or NULL, then */
    const char *address;
    const char *about, *items; /* items NULL = none */
} book_mail;

void book_open(book *b, desk_decision *d, const desk_call *call);
void book_read(book *b, uint32_t use, uint32_t fields, const kinmu_filter *filters, uint32_t count,
               const char *order, table *out);
const kinmu_value *book_group(book *b, const char *group_id);
const kinmu_value *book_person(book *b, const char *person);

/* Whether mails other than registration and re-issue are sent at all. */
int32_t book_is_on(book *b);

/* The approvers of a group who can be written to, without `except`; where there is none, of the
 * next group above (APR-02). Upper approvers get no mail (APR-03). */
void book_approvers(book *b, const char *group_id, const char *except, book_receivers *out);

/* Queues a mail unless there is one of that id already. */
void book_queue(book *b, const book_mail *mail);

/* For the round, too: the company's switch, and the group a person is in on a day, "" = none. */
int32_t book_switch(const table_source *from, int64_t now_ns, int32_t utc_offset_s, int32_t *is_on);
int32_t book_group_of(const table_source *from, const char *person, const char *date,
                      const char **group_id);

#endif
