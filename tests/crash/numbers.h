/* numbers.h - what the plugins of crash_source.c were told, and what journal and store hold of it.
 */
#ifndef CRASH_NUMBERS_H
#define CRASH_NUMBERS_H

#include "daemon.h"

/* A number with its lane (who counted) in the upper byte, sorted by numbers_sort. */
typedef struct numbers {
    uint64_t *items;
    size_t count;
    size_t capacity;
} numbers;

void numbers_add(numbers *set, const char *lane, int64_t number);
void numbers_sort(numbers *set);
void numbers_free(numbers *set);
size_t numbers_doubles(const numbers *set);
size_t numbers_missing(const numbers *wanted, const numbers *there); /* of wanted */

/* Adds the ranges of a side file; ends the test on "disagree". A missing file holds nothing. */
void numbers_read_acknowledged(numbers *set, const char *path);
/* From `kinmu journal cat --json --schema test.number/1`; echo != NULL: test.echo/1 of that
 * instance. */
void numbers_read_journal(numbers *set, const daemon_process *d, const char *echo);
/* From the tables of store.db. */
void numbers_read_store(numbers *set, const daemon_process *d, const char *echo);

/* The checks every test of this folder ends with, on a stopped daemon: what was acknowledged is in
 * the journal and in the store, nothing twice, both hold the same; the journal verifies; rebuilding
 * the store changes nothing. Returns how many are in the journal. */
size_t numbers_prove(const daemon_process *d, const numbers *acknowledged);

#endif
