/* host/notices.h - what this node tells the people at it before it collects, and what they answered
 * (RET-04): read from the journal, where the answers are events of the audit under the person's own
 * account, and handed to the bus, which lets events pass by them. A hub answers for nobody. [loop]
 */
#ifndef HOST_NOTICES_H
#define HOST_NOTICES_H

#include "host/node_internal.h"
#include "host/notice_ask.h"

/* Reads the answers; before the first event is published. Nothing that cannot be read lets an event
 * pass. */
void notices_open(node *n);
/* Something was erased or is over its keep time: who is forgotten is asked anew. */
void notices_forget(node *n);
void notices_turn(node *n); /* now and then: what could not be done at once */

/* What an account is told and where it stands, as JSON. That it was shown is recorded, once for
 * each version. */
void notices_show(node *n, const char *account, buffer *out);
/* Records an answer, which counts from the next event on and is durable with *ticket (0: it was in
 * force already). E_NOTFOUND: no such notice; E_CONFLICT: the text is another one now; E_REJECT:
 * that answer makes no sense now. */
int32_t notices_answer(node *n, const char *account, const notice_ask *ask, uint64_t *ticket,
                       kinmu_err *err);
/* ",\"notices\":[…]": who accepted, who declined, and who sits here and was not asked yet. */
void notices_status(node *n, buffer *out);

/* notice_door.c: the socket, which is there while a purpose asks for a notice. */
void notice_door_apply(node *n);
void notice_door_turn(node *n); /* tells those whose answer is durable now */
void notice_door_close(node *n);
const char *notice_door_problem(const node *n); /* why nobody can answer, "" = nothing */

#endif
