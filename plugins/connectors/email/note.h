/* email/note.h - news becomes mails: who gets which. [job] */
#ifndef EMAIL_NOTE_H
#define EMAIL_NOTE_H

#include "book.h"

/* Inputs of ASK_NOTE; the number stands last. */
enum { NOTE_WHAT, NOTE_ID, NOTE_A, NOTE_B, NOTE_NUMBER, NOTE_INPUTS };

int32_t note_judge(book *b, const desk_call *call);

#endif
