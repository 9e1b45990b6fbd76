/* csv/spool.h - log events put in order of whose they are, where that is not the order they come
 * in: with binding.by = computer an account's rows may be of several people, and a person's of
 * several accounts (COL-08).
 *
 * Events wait in one file beside the export's, in chunks of each user; given back user by user,
 * people first, each in order of time. In memory: one chunk for each user, and all of the one being
 * given.
 */
#ifndef CSV_SPOOL_H
#define CSV_SPOOL_H

#include "known/directory.h"
#include "writing/sheet.h"

#include <kinmu/value.h>

typedef struct spool spool;

typedef int32_t (*spool_fn)(void *user, const log_user *whose, uint32_t kind,
                            const kinmu_event *event, kinmu_err *err);

/* `texts` and `people`, sealed, must outlive it; so must the folder. */
int32_t spool_create(folder *f, const words *texts, const directory *people, spool **out,
                     kinmu_err *err);
/* `text` is the number of the person's id or of nobody's account. */
int32_t spool_add(spool *s, uint32_t text, int32_t is_person, uint32_t kind,
                  const kinmu_event *event, kinmu_err *err);
/* Once, after all were added. Stops at what `fn` answers. */
int32_t spool_give(spool *s, spool_fn fn, void *user, kinmu_err *err);
void spool_destroy(spool *s); /* before its folder; NULL is fine */

#endif
