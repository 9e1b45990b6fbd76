/* host/places.h - where this configuration has the journal and the store: said to sql/place.h
 * before either is opened. */
#ifndef HOST_PLACES_H
#define HOST_PLACES_H

#include "config/config.h"

/* E_NOTFOUND and so on as sql_place_set; also what is wrong with the password. */
int32_t places_use(const config *c, const char *data, kinmu_err *err);

#endif
