/* bus/bus.h - from a publisher's events to journal entries: who may publish what, purposes,
 * redaction, stamps. The bus writes nothing itself and delivers nothing; it is the one way in. */
#ifndef BUS_BUS_H
#define BUS_BUS_H

#include "base/arena.h"
#include "bus/agreements.h"
#include "bus/policy.h"
#include "journal/journal.h"
#include "store/store.h"
#include <kinmu/plugin.h>

/* What the bus must know of one publishing instance. Counters are read by status. */
typedef struct bus_publisher {
    const char *instance;
    const char *owner;                 /* plugin name: may decide record schemas it owns */
    const char *account;               /* subject of events without one; "" = the device */
    int32_t only_own_account;          /* refuse any other subject */
    const schema_info *const *schemas; /* by the plugin's own index; NULL = not emitted */
    uint32_t schema_count;
    _Atomic uint64_t published;
    _Atomic uint64_t dropped_purpose; /* purpose not in force, or its notice not accepted */
    _Atomic uint64_t dropped_quiet;   /* in quiet hours */
    _Atomic uint64_t rejected;
    _Atomic uint64_t busy;
    _Atomic int64_t last_unix_ns;
} bus_publisher;

typedef struct bus bus;
int32_t bus_create(journal *j, const config *conf, bus **out, kinmu_err *err);
void bus_destroy(bus *b);
/* Replaces the policy; publishes under way finish with the old one. */
int32_t bus_reload(bus *b, const config *conf, kinmu_err *err);

/* 1 while events of that purpose are recorded here. [any thread] */
int32_t bus_in_force(bus *b, const char *purpose);

/* Answers to notices, of which none is known at first. Each counts from the next event on. [any
 * thread] */
int32_t bus_agree(bus *b, const agreement_event *event);
/* Takes all of them in place of those known; `fresh` is empty afterwards. */
void bus_use_agreements(bus *b, agreements *fresh);
/* The same after something was erased: no older answer comes up for one that is gone, see
 * agreements_keep_known, whose count it gives. */
uint32_t bus_renew_agreements(bus *b, agreements *fresh);
/* 1 while bus_agree has room for that account and notice. */
int32_t bus_may_agree(bus *b, const char *account, const char *notice);
/* What an account said last; 0: it was never told. */
int32_t bus_agreement(bus *b, const char *account, const char *notice, agreement *out);
/* The index-th one, 0 behind the last. */
int32_t bus_agreement_at(bus *b, uint32_t index, agreement *out);

#define BUS_SUBJECT_BYTES_MAX 255u
/* Of one call; what a plugin may give at once is KINMU_EVENTS_MAX. */
#define BUS_EVENTS_MAX 65536u

/* Would these events be taken, purposes and room apart? For what is published later, in one piece
 * with a cursor. [any thread] */
int32_t bus_check(bus_publisher *publisher, const kinmu_event *events, uint32_t count,
                  kinmu_err *err);

/* All or nothing. `cursor` (may be NULL) commits with the events. number != NULL: append_if on it,
 * receiving the head found or made. [any thread] */
int32_t bus_publish(bus *b, bus_publisher *publisher, const kinmu_event *events, uint32_t count,
                    const journal_cursor *cursor, uint64_t *number, uint64_t *ticket,
                    kinmu_err *err);

/* Makes of events what the store takes as derived rows; all of it lies in `memory`. Nothing is
 * written yet. [any thread] */
int32_t bus_derive(bus *b, bus_publisher *publisher, const kinmu_event *events, uint32_t count,
                   arena *memory, store_derived **rows, uint32_t *row_count, kinmu_err *err);

#endif
