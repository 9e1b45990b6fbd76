/* api/answers/saved.h - searches with kept conditions. */
#ifndef API_SAVED_H
#define API_SAVED_H

#include "api.h"

/* Judge search_save and search_delete. [job] */
int32_t saved_keep(desk_decision *d, desk_call *call);
int32_t saved_drop(desk_decision *d, desk_call *call);

#endif
