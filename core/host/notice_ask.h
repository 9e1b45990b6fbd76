/* host/notice_ask.h - what may be asked at notice.sock, where everybody of the machine may connect:
 * four words and, for an answer, which text it is to. Both ends: the command line writes a request,
 * the daemon reads it and trusts no byte of it. */
#ifndef HOST_NOTICE_ASK_H
#define HOST_NOTICE_ASK_H

#include "base/buffer.h"
#include "bus/agreements.h"

#define NOTICE_ASK_BYTES_MAX 1024u
#define NOTICE_PATH_SIZE 256u

typedef struct notice_ask {
    int32_t action; /* AGREEMENT_SHOWN: show; else the answer */
    char notice[KINMU_NAME_BYTES_MAX + 1];
    char version[CONFIG_NOTICE_VERSION_BYTES_MAX + 1];
    uint8_t sha256[32]; /* of what was read */
} notice_ask;

/* "show", "accept", "decline", "withdraw"; AGREEMENT_NONE for any other word. */
int32_t notice_action(const char *word);
void notice_ask_write(buffer *out, const notice_ask *ask);
/* A request at the start of what came: 1 with *ask, 0 when more bytes are needed, E_REJECT when it
 * is none, or longer than NOTICE_ASK_BYTES_MAX. */
int32_t notice_ask_read(const uint8_t *data, size_t size, notice_ask *ask);

/* Folder of the socket for a data folder: the service's own below /run for the machine's, else
 * beside it, since the data folder itself is private. */
int32_t notice_folder(const char *data, char *folder, size_t size, kinmu_err *err);
int32_t notice_path(const char *folder, char path[NOTICE_PATH_SIZE], kinmu_err *err);

#endif
