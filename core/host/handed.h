/* host/handed.h - files that a client of the control socket hands over with its question: their
 * content, because the daemon may not read what the caller may (ProtectHome), and must not read
 * what he may not. They lie below the data folder while the client is there, under their own names
 * in folders of ours; what a killed daemon left goes when the next one opens the door. [loop] */
#ifndef HOST_HANDED_H
#define HOST_HANDED_H

#include "base/buffer.h"

#include <uv.h>

#define HANDED_FILES_MAX 8u
#define HANDED_NAME_MAX 255u
#define HANDED_PATH_SIZE 4608u
#define HANDED_FILE_BYTES_MAX                                                                      \
    (64u * 1024 * 1024 + 1) /* one more than a plugin takes: it says so                            \
                             */
#define HANDED_PIECE_BYTES_MAX 49152u
#define HANDED_MARK '\x1d' /* with a digit: the path of that file, in the words of a question */

typedef struct handed {
    char *paths[HANDED_FILES_MAX]; /* owned */
    uint32_t count;
    uv_file file; /* of the newest */
    uint64_t bytes;
} handed;

/* Clears what was left. */
void handed_sweep(const char *data);
/* Takes the pieces that stand whole at the beginning of what came, and takes them out of it.
 * `client` tells apart who hands over at once. E_REJECT: a name, an order or a size that cannot be;
 * E_RETRY: the disk. */
int32_t handed_take_all(handed *h, const char *data, uint64_t client, buffer *input,
                        kinmu_err *err);
/* The words with marks replaced by paths; malloc, NULL without memory. */
char *handed_expand(const handed *h, const char *words);
/* Removes all of it. */
void handed_remove(handed *h);

#endif
