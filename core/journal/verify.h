/* journal/verify.h - offline proof that a journal is whole: reads, never writes. */
#ifndef JOURNAL_VERIFY_H
#define JOURNAL_VERIFY_H

#include <kinmu/base.h>

#define VERIFY_OK 0
#define VERIFY_EDITED 1    /* a header or payload differs from what the chain says */
#define VERIFY_REMOVED 2   /* a number is missing in a chain */
#define VERIFY_REORDERED 3 /* links are right, places are not */
#define VERIFY_TRUNCATED 4 /* shorter than the checkpoint or the signed head */
#define VERIFY_FORGED 5    /* a signature does not fit */

typedef struct verify_report {
    int32_t verdict; /* VERIFY_* */
    int32_t truncation_checked;
    uint64_t blocks, events, erased, folded, unsigned_tail;
    uint64_t restored; /* times this history went on from a backup, numbers given up and signed */
    uint64_t bad_position; /* first bad record, 0 = none */
    uint64_t bad_sequence;
    uint8_t bad_origin[16];
    char text[512]; /* one line for people */
} verify_report;

/* KINMU_OK when the check could be made (see verdict), else why not. checkpoint may be NULL. */
int32_t journal_verify(const char *directory, const char *checkpoint, verify_report *report,
                       kinmu_err *err);

#endif
