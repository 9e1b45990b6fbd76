/* csv/known/directory.h - whose ids an export meets: people, their groups, accounts and the plan.
 *
 * Filled from the records of kinmu.people.*, which come before all logs and in any order; sealed
 * once, then only asked. A person is deleted when every id of the employee number is (IMP-12).
 * Texts are numbers of one set of words, which must outlive it.
 */
#ifndef CSV_DIRECTORY_H
#define CSV_DIRECTORY_H

#include "known/period.h"
#include "known/words.h"

#include <kinmu/value.h>

typedef struct person {
    uint32_t id;
    uint32_t who; /* 社員番号; the id where there is none */
    uint32_t name;
    uint32_t kana;
    uint32_t mail;
    int32_t is_deleted;
    int32_t is_suspended; /* ログイン不可 */
} person;

/* Whose a log is. */
typedef struct log_user {
    const char *name;     /* the account, or the person's id where computers are bound (COL-08) */
    const person *person; /* NULL: nobody's, and the name is an account's */
} log_user;

typedef struct directory directory;
int32_t directory_create(words *texts, directory **out);
void directory_destroy(directory *d); /* NULL is fine */

void directory_person(directory *d, const kinmu_event *record);
void directory_assignment(directory *d, const kinmu_event *record);
void directory_group(directory *d, const kinmu_event *record);
void directory_pattern(directory *d, const kinmu_event *record);
void directory_account(directory *d, const kinmu_event *record);
void directory_setting(directory *d, const kinmu_event *record);
void directory_computer(directory *d, const kinmu_event *record);
void directory_device(directory *d, const kinmu_event *record);
/* Sorts; call once, before what follows. */
int32_t directory_seal(directory *d);

uint32_t directory_count(const directory *d);
const person *directory_at(const directory *d, uint32_t index); /* in order of their ids' numbers */
const person *directory_find(const directory *d, uint32_t id);  /* NULL: nobody of that id */
/* 社員番号 of an id: of the directory, else the id itself. */
uint32_t directory_who(const directory *d, uint32_t id);
/* The group of a day, WORDS_NONE without any. */
uint32_t directory_group_of(const directory *d, uint32_t id, int32_t day);
/* The day from which anything is known of an id; INT32_MIN without assignments. */
int32_t directory_first_day(const directory *d, uint32_t id);
/* The name of a group; its id where the group is not known. */
const char *directory_group_name(const directory *d, uint32_t group);
/* The work pattern of a day, WORDS_NONE without any. */
uint32_t directory_pattern_of(const directory *d, uint32_t id, int32_t day);
/* The clocks of start and end of the work pattern in force, in minutes; INT64_MIN where none is
 * known. */
void directory_schedule(const directory *d, uint32_t id, int32_t day, int64_t clocks[2]);
/* Whose an account is on a day, WORDS_NONE for nobody's. */
uint32_t directory_owner(const directory *d, uint32_t account, int32_t day);
/* 1 when binding.by is computer on any day of the period. */
int32_t directory_binds_computers(const directory *d, const period *p);
/* Whose it is what a device (its origin in hex) recorded under an account that day, as binding.by
 * has it then; WORDS_NONE for nobody's. */
uint32_t directory_bound(const directory *d, uint32_t account, uint32_t device, int32_t day);
/* The value of company.plan on a day (plans.h). */
const char *directory_plan(const directory *d, int32_t day);

#endif
