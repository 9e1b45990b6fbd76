/* host/control.h - the door for people: a socket in the data folder, open to its owner only.
 *
 * One request, one answer: the command line asks the running daemon for its status, a flush, an
 * erasure, or to pass a call on to a plugin. The peer is known by the operating system.
 */
#ifndef HOST_CONTROL_H
#define HOST_CONTROL_H

#include "base/buffer.h"

/* Stands between the words of an argument that may hold line breaks. */
#define CONTROL_SEPARATOR '\x1f'

/* Asks the daemon that owns `data`. The answer is text (mostly JSON). KINMU_E_NOTFOUND when no
 * daemon runs there; otherwise the daemon's own status, with its text in err. */
int32_t control_request(const char *data, const char *command, const char *argument, buffer *answer,
                        kinmu_err *err);
/* The same, with files handed over before (host/handed.h): paths that are read here. */
int32_t control_request_with(const char *data, const char *command, const char *argument,
                             const char *const *paths, uint32_t path_count, buffer *answer,
                             kinmu_err *err);
/* One whole frame to a socket and its FRAME_DOOR_ANSWER back; `data` stands in messages. Takes the
 * request. E_NOTFOUND: nobody listens there; E_DENIED: not for this account. */
#define CONTROL_WAIT_MS 35000u
int32_t control_exchange(const char *path, const char *data, buffer *request, uint64_t wait_ms,
                         buffer *answer, kinmu_err *err);
/* Where the socket of a data folder lies; both ends ask here. */
int32_t control_path(const char *data, char *path, size_t size, kinmu_err *err);

#endif
