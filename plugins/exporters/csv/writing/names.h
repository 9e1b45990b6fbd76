/* csv/writing/names.h - a safe, unique file name stem for every user (EXP-22).
 *
 * A user ID that is legal on Windows, in a CP932 archive and alone in its folder stays as it is;
 * any other is mapped to a made-up stem, which index.csv translates back. No stem ever holds a
 * separator, so nothing leaves the folder.
 */
#ifndef CSV_NAMES_H
#define CSV_NAMES_H

#include "encode.h"

#define NAMES_STEM_SIZE 80 /* with NUL */
#define NAMES_USER_SIZE 512
#define NAMES_PLAIN_BYTES_MAX 64
#define NAMES_USERS_MAX 1000000

typedef struct names names;
int32_t names_create(const encoder *enc, names **out);
void names_destroy(names *set);

/* Gives `user` its stem. E_STATE when the user has one already, E_REJECT beyond NAMES_USERS_MAX. */
int32_t names_take(names *set, const char *user, char stem[NAMES_STEM_SIZE]);

/* 1 when the user ID may be a file name as it stands. */
int32_t names_is_plain(const encoder *enc, const char *user);

#endif
