/* workday/live.h - the live connector: an instance and what it does in turns. Marks come in, rounds
 * run as jobs one at a time, what they list is written, then the next begins. */
#ifndef WORKDAY_LIVE_H
#define WORKDAY_LIVE_H

#include "rounds/round.h"

#include <kinmu/iface/bus.h>
#include <kinmu/iface/calls.h>
#include <kinmu/iface/timer.h>
#include <kinmu/iface/work.h>

#define CLOSE_BY_SIZE 160u

typedef struct workday {
    const kinmu_host *host;
    const kinmu_bus *bus;
    const kinmu_timer *timer;
    const kinmu_work *work;
    const kinmu_records *records;
    const kinmu_calls *calls;
    zones *zones;
    char rule_version[RULES_VERSION_SIZE];
    marks marks; /* since the last round began */
    roster roster;
    round round;
    uint32_t written; /* rows of the round that are */
    uint32_t writing; /* and those in the call that is under way */
    uint64_t decision;
    uint64_t timer_id;
    uint64_t close_call; /* who waits for a month to be closed; 0 = nobody */
    uint64_t close_timer;
    uint64_t close_number, close_heard; /* decision that it begins; the newest one that came back */
    char close_by[CLOSE_BY_SIZE];
    int32_t close_step, close_month, closes_anyway;
    uint32_t close_pending;      /* people that are still to be computed */
    int32_t is_running, is_busy; /* started; a round is computed or written */
    int32_t is_elsewhere;        /* another node derives; this one asks now and then */
} workday;

/* marking.c: whom an event concerns. 0 when out of memory. */
int32_t marking_event(workday *w, const kinmu_event *event);

/* writing.c: writes the rows of the round, then begins the next. */
void writing_begin(workday *w);

/* closing.c: a call that closes a month; it is answered later. */
int32_t closing_begin(workday *w, const kinmu_call *call, int32_t of, int32_t is_anyway,
                      kinmu_err *err);
/* The decision that a closing begins was delivered, and all that was stored before. */
void closing_heard(workday *w, uint64_t decision);
/* A round that closed a month ended. */
void closing_ended(workday *w, int32_t status);

/* commands.c */
#define LIVE_COMMANDS 3
extern const kinmu_command live_commands[LIVE_COMMANDS];
int32_t live_call(void *instance, const kinmu_call *call, kinmu_err *err);

/* show.c: answers the call with days of the store; "" = everybody, a week up to today. */
int32_t show_days(workday *w, uint64_t call, const char *person, const char *from, const char *to,
                  kinmu_err *err);

/* workday.c: the moment a recomputation reaches back to. */
int64_t live_reach(const workday *w, int32_t has_date, int32_t date);
int32_t live_fail(kinmu_err *err, int32_t status, const char *key, const char *text);

/* A round ended; 0 = it is to be done again. */
void live_written(workday *w, int32_t is_done);
void live_wake(workday *w, uint64_t delay_ms);

#endif
