/* bus/agreements.h - what each account answered to each notice, newest answer only, and whether
 * that lets an event of a purpose with that notice pass. Pure memory: who fills it reads the
 * journal (host/notices.c). Not thread-safe: the bus guards the one in use. */
#ifndef BUS_AGREEMENTS_H
#define BUS_AGREEMENTS_H

#include "config/config.h"

/* What is written of an answer; read back it counts as one, so no plugin may publish it. */
#define AGREEMENT_SCHEMA "kinmu.audit.agreement/1"
#define AGREEMENTS_MAX 4096u /* accounts times notices */
#define AGREEMENT_ACCOUNT_SIZE 256u

enum {
    AGREEMENT_NONE,
    AGREEMENT_ACCEPTED,
    AGREEMENT_DECLINED,
    AGREEMENT_WITHDRAWN,
    AGREEMENT_SHOWN, /* told; no answer */
    AGREEMENT_ACTIONS
};

/* One thing that happened: an answer, or the notice was shown. */
typedef struct agreement_event {
    const char *account;
    const char *notice;
    const char *version;
    const uint8_t *sha256; /* 32 bytes, of what was told */
    int32_t action;
    int64_t unix_ns;
    uint64_t block; /* it lies in, 0 = not known yet */
} agreement_event;

typedef struct agreement {
    char account[AGREEMENT_ACCOUNT_SIZE];
    char notice[KINMU_NAME_BYTES_MAX + 1];
    char version[CONFIG_NOTICE_VERSION_BYTES_MAX + 1]; /* answered to */
    uint8_t sha256[32];
    int32_t answer;
    int64_t unix_ns;
    uint64_t block;
    int32_t is_shown;
    uint8_t shown_sha256[32];
    uint64_t shown_block;
} agreement;

typedef struct agreements {
    agreement *rows;
    uint32_t count;
    uint32_t capacity;
} agreements;

void agreements_free(agreements *a);
/* In the order in which it happened. E_REJECT: a name is too long; E_BUSY: too many accounts. */
int32_t agreements_note(agreements *a, const agreement_event *event);
/* 1 when something of that account and notice can be noted. */
int32_t agreements_has_room(const agreements *a, const char *account, const char *notice);
/* Takes out of what was read again all of an account of which an answer came up that was not in
 * force before: the newer one behind it is gone, and an older yes must not count in its place.
 * Gives how many rows of `before` are not there any more, or otherwise. */
uint32_t agreements_keep_known(agreements *fresh, const agreements *before);
/* NULL: that account was never told. */
const agreement *agreements_find(const agreements *a, const char *account, const char *notice);

/* Where an account stands with a notice as it is now: AGREEMENT_NONE (he is asked), ACCEPTED,
 * DECLINED or WITHDRAWN. newest may be NULL. */
int32_t agreement_state(const agreement *newest, const config_notice *now);
/* 1: that answer is to be written; 0: it is the one in force already; E_REJECT: it makes no sense
 * now (declining what is accepted, withdrawing what is not). */
int32_t agreement_may(const agreement *newest, const config_notice *now, int32_t action);
/* 1 when an event of that account and moment may be taken. What was observed before a person said
 * yes never is, nor what is nobody's (""). */
int32_t agreements_let_pass(const agreements *a, const config_notice *now, const char *account,
                            int64_t unix_ns);

#endif
