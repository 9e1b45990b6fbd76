/* csv/sheets/put.h - cells that files of several kinds have. */
#ifndef CSV_PUT_H
#define CSV_PUT_H

#include "known/days.h"
#include "writing/moment.h"
#include "writing/sheet.h"

/* "27:00" of minutes: a clock or a duration; blank for DAYS_NONE. */
static inline void put_clock(sheet *s, int16_t minutes) {
    char text[MOMENT_SIZE];
    if (minutes == DAYS_NONE) {
        sheet_blank(s);
        return;
    }
    moment_clock(text, minutes);
    sheet_plain(s, text);
}

#endif
