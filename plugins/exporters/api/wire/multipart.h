/* api/wire/multipart.h - bodies of multipart/form-data (RFC 7578), taken piece by piece as they
 * come: the files in them and their names. Pure; holds no more than one part's header.
 *
 * Nothing is guessed: a part that is no file, a header without an end or a boundary that cannot be
 * is an error with a code of problem.c. */
#ifndef API_MULTIPART_H
#define API_MULTIPART_H

#include <kinmu/base.h>

#define MULTIPART_BOUNDARY_BYTES_MAX 70u /* RFC 2046 */
#define MULTIPART_HEADER_BYTES_MAX 4096u /* of a part */
#define MULTIPART_NAME_SIZE 256u

typedef struct multipart {
    char delimiter[MULTIPART_BOUNDARY_BYTES_MAX + 5]; /* CR LF "--" boundary */
    uint32_t delimiter_size, matched;
    uint32_t state;
    char header[MULTIPART_HEADER_BYTES_MAX + 1];
    uint32_t header_size;
} multipart;

/* What becomes of the files: each answers NULL, or the code of what is wrong. */
typedef struct multipart_sink {
    void *user;
    /* A file of this name, as the client says: only for messages. "" = it says none. */
    const char *(*begin)(void *user, const char *name);
    const char *(*data)(void *user, const void *bytes, size_t size);
    const char *(*end)(void *user);
} multipart_sink;

/* Takes the boundary out of a Content-Type. 0: it is no multipart/form-data that can be. */
int32_t multipart_begin(multipart *m, const char *content_type);
/* The next bytes of the body; NULL or a code. */
const char *multipart_take(multipart *m, const void *data, size_t size, const multipart_sink *sink);
/* Whether the last boundary has come. */
int32_t multipart_is_whole(const multipart *m);

#endif
