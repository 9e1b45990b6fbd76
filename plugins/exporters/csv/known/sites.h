/* csv/known/sites.h - names of addresses: the longest registered beginning of an address gives its
 * name (IMP-15). http and https are not told apart, since an address may be kept without its scheme
 * (privacy.url). Texts are numbers of one set of words, which must outlive it.
 */
#ifndef CSV_SITES_H
#define CSV_SITES_H

#include "known/words.h"

#define SITES_MAX 1000000u

typedef struct sites sites;
int32_t sites_create(words *texts, sites **out);
void sites_destroy(sites *s);                        /* NULL is fine */
void sites_add(sites *s, const kinmu_event *record); /* of kinmu.people.site */
int32_t sites_seal(sites *s);                        /* sorts; before sites_name */
/* "" for an address nobody named. */
const char *sites_name(const sites *s, const char *url, size_t size);

#endif
