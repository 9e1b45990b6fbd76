/* api/access/factor.h - the second factor of people who log in: a code by time or a recovery code
 * beside the password. factor.c asks for it and sets it up, factors.c decides. */
#ifndef API_FACTOR_H
#define API_FACTOR_H

#include "access/login.h"

#define FACTOR_ROLES "self|manager|admin"

/* Roles of logins that need one, a bit each in the order of FACTOR_ROLES. */
uint32_t factor_roles(const kinmu_text_list *roles);
/* Looks at the code of x->login where the person has a second factor: says there whether it is
 * missing or wrong, else what it was taken for. 0: answered. [job] */
int32_t factor_check(exchange *x, const char *person);
/* Whether a session of this role goes on, or has to set one up first; 0: answered. [job] */
int32_t factor_admits(exchange *x, const char *role);
/* For GET me. [job] */
json_t *factor_describe(exchange *x);
/* For the answer that begins it: recovery codes, shown once; NULL: none were made. */
json_t *factor_recovery(const login_try *l);

void factor_offer_prepare(exchange *x); /* POST me/second_factor */
void factor_offer_job(exchange *x);
void factor_confirm_prepare(exchange *x); /* POST me/second_factor/confirm */
void factor_confirm_job(exchange *x);
void factor_remove_prepare(exchange *x); /* POST me/second_factor/remove */
void factor_remove_job(exchange *x);

#endif
