/* api/access/login.h - people: how they log in, stay so, and log out. login.c has the password's
 * ways, session.c what comes after. */
#ifndef API_LOGIN_H
#define API_LOGIN_H

#include "api.h"
#include "access/factor_key.h"
#include "access/password.h"
#include "access/throttle.h"

#define LOGIN_BOOTSTRAP "admin" /* sets up a hub where nobody can log in yet (ROL-05) */
#define LOGIN_COOKIE "__Host-kinmu"
#define LOGIN_HASHES_MAX 2u   /* at once: PASSWORD_MEMORY_BYTES each */
#define LOGIN_WAITING_MAX 64u /* behind them; more are told to come again */
#define LOGIN_BODY_BYTES_MAX 4096u
#define LOGIN_CSRF_SIZE 33u
#define FACTOR_OFFER_NS (INT64_C(600) * 1000000000) /* a second factor waits for its first code */

/* What a request with a password has, beside what every request has. */
typedef struct login_try {
    const char *person, *password, *current, *invite, *code;
    int32_t is_bearer;
    char throttle_key[THROTTLE_PERSON_SIZE]; /* "" = no try is under way */
    char source[THROTTLE_SOURCE_SIZE];
    int32_t is_wrong;
    void (*then)(exchange *x); /* [turn] all is right: goes on */
    int32_t is_persons;        /* the login is there: what is tried is told to its owner */
    /* Of the login as it was read. */
    int64_t generation, resumed;
    const char *role;
    uint8_t invite_sha256[TOKEN_HASH_SIZE];
    uint8_t verifier[PASSWORD_VERIFIER_SIZE];
    /* Of the second factor (factor.c): what the code was taken for goes into the decision. */
    int32_t has_factor, is_code_missing, is_code_wrong;
    int64_t step;        /* -1 = not by a code by time */
    int32_t is_recovery; /* by the recovery code of this hash */
    uint8_t recovery_hash[FACTOR_HASH_SIZE];
    /* One that is being set up. */
    uint8_t sealed[FACTOR_SEALED_SIZE];
    char secret[TOTP_TEXT_SIZE];
    char recovery[RECOVERY_CODES][RECOVERY_SIZE]; /* "" = none were made */
    uint8_t hashes[RECOVERY_CODES * FACTOR_HASH_SIZE];
    /* The session to begin. */
    char text[TOKEN_SIZE];
    char session_id[TOKEN_ID_SIZE];
    uint8_t sha256[TOKEN_HASH_SIZE];
    int64_t expires_ns;
} login_try;

/* ---- login.c ---- */
void login_prepare(exchange *x); /* POST sessions */
void login_job(exchange *x);
void login_invited_prepare(exchange *x); /* POST login/password */
void login_invited_job(exchange *x);
void login_change_prepare(exchange *x); /* POST me/password */
void login_change_job(exchange *x);
/* For factor.c. Takes the body; NULL: answered. [turn] */
login_try *login_take(exchange *x, const kinmu_value **values);
const char *login_text(const kinmu_value *value); /* "" where nothing is given */
int32_t login_flag(const kinmu_value *value);
void login_begin_own(exchange *x); /* a try of who is logged in [turn] */
/* His login; 0: answered. [job] */
int32_t login_read_own(exchange *x, const kinmu_value **login);
int32_t login_is_password(const kinmu_value *login, const char *password);
int32_t login_make_session(exchange *x);
/* The request is freed: a try under way is over, its texts are wiped. */
void login_release(exchange *x);
void login_unlock(api *a, const char *person); /* [turn] */

/* ---- session.c ---- */
/* Whether an administrator can log in by now. [job] */
int32_t login_has_admin(const api *a, memory *m, uint64_t decision, int32_t *has);
/* Enters by a session's text; 0: answered. [job] */
int32_t session_enter(exchange *x, const char *text);
/* The text by which a browser proves that it is our page that asks. */
void session_csrf(const char *text, char csrf[LOGIN_CSRF_SIZE]);
/* Tells the store that the session was used, if that is not known already. [turn] */
void session_tell_seen(exchange *x);
/* Begins the session of x->login, and answers. [turn] */
void session_begin(exchange *x);
void sessions_job(exchange *x);     /* GET sessions */
void session_end_job(exchange *x);  /* DELETE sessions/{session} */
void sessions_end_job(exchange *x); /* DELETE sessions */

#endif
