/* email/digest.h - what is mailed by the clock: the day's new warnings, one mail an approver, and
 * shifts that ended by themselves. [job] */
#ifndef EMAIL_DIGEST_H
#define EMAIL_DIGEST_H

#include "book.h"

int32_t digest_judge(book *b, const desk_call *call);
int32_t ended_judge(book *b, const desk_call *call);

#endif
