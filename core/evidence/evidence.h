/* evidence/evidence.h - one file that proves one person's records of one month to somebody who has
 * neither this machine nor trust in who runs it.
 *
 * Writing reads a data folder, also beside its running daemon. Verifying needs the file alone: no
 * folder, no key, no network. docs/evidence.md describes the bytes.
 */
#ifndef EVIDENCE_EVIDENCE_H
#define EVIDENCE_EVIDENCE_H

#include "base/buffer.h"
#include "schema/registry.h"

#define EVIDENCE_DEVICES_MAX 64u      /* PCs of one person in one month */
#define EVIDENCE_HEADERS_MAX 1000000u /* of all devices together */

typedef struct evidence_wish {
    const char *directory; /* data folder */
    const char *subject;
    const char *month; /* "2026-11", as the person's own clocks showed it */
    const char *node;  /* name of this node, for people */
    const schema_registry *schemas;
} evidence_wish;

typedef struct evidence_summary {
    uint64_t records; /* in the month */
    uint64_t headers;
    uint64_t unread; /* events of schemas no plugin here knows */
    uint32_t devices;
    int32_t has_checkpoint; /* 1: it covers all; 2: the newest there is, which does not */
} evidence_summary;

/* `out` becomes the whole file (wipe it: it holds keys). E_NOTFOUND: nothing is kept of that
 * person and month; E_REJECT: no such month, or the journal is damaged. [job] */
int32_t evidence_write(const evidence_wish *wish, buffer *out, evidence_summary *summary,
                       kinmu_err *err);

/* What was proved about one device. */
typedef struct evidence_device {
    uint8_t origin[16];
    uint8_t public_key[32];
    uint64_t first, last; /* numbers of the blocks whose headers are there */
    uint64_t records;     /* of the person */
    uint64_t removed;     /* of the person's blocks: payload gone, signed tombstone left */
    uint64_t signed_chain;
    uint64_t restored;      /* times it went on from a backup and gave up numbers */
    int64_t signed_unix_ns; /* 0: no signature of the device */
    int64_t countersigned_unix_ns;
    int64_t heard_unix_ns; /* everything up to then was here; 0 = not told */
    uint64_t unsent;
} evidence_device;

typedef struct evidence_report {
    int32_t is_whole;
    uint64_t bad_line; /* from 1, when not whole */
    char text[512];    /* what is wrong there */
    char subject[256];
    char month[8];
    int64_t made_unix_ns;
    uint8_t hub_key[32];
    evidence_device devices[EVIDENCE_DEVICES_MAX];
    uint32_t device_count;
    uint64_t headers, records, in_month, removed, unread;
    uint64_t signed_records;             /* up to a head its device signed */
    uint64_t marked_records;             /* up to a head in the checkpoint */
    int64_t first_unix_ns, last_unix_ns; /* of the records in the month */
    int64_t checkpoint_unix_ns;          /* 0 = none */
    int64_t timestamp_unix_ns;           /* 0 = none */
    int32_t timestamp_is_trusted;        /* its issuer is certified by the given authority */
    char timestamp_issuer[256];
} evidence_report;

/* The bytes of a file. authority: PEM file of who certifies the time-stamp issuer, or NULL.
 * KINMU_OK when the check could be made: see is_whole. [job] */
int32_t evidence_verify(const void *data, size_t size, const char *authority,
                        evidence_report *report, kinmu_err *err);

#endif
