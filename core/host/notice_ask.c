/* host/notice_ask.c - see notice_ask.h. */
#include "host/notice_ask.h"

#include "base/error.h"
#include "base/text.h"
#include "host/frame.h"

#include <stdio.h>
#include <string.h>

#define PATH_BYTES_MAX 100u /* sun_path holds about that many */
#define WORD_SIZE 16u

static const char *const words[AGREEMENT_ACTIONS] = {[AGREEMENT_ACCEPTED] = "accept",
                                                     [AGREEMENT_DECLINED] = "decline",
                                                     [AGREEMENT_WITHDRAWN] = "withdraw",
                                                     [AGREEMENT_SHOWN] = "show"};

int32_t notice_action(const char *word) {
    for (int32_t i = 0; i < AGREEMENT_ACTIONS; i++) {
        if (words[i] != NULL && strcmp(words[i], word) == 0) {
            return i;
        }
    }
    return AGREEMENT_NONE;
}

void notice_ask_write(buffer *out, const notice_ask *ask) {
    size_t begin = frame_begin(out, FRAME_NOTICE_ASK, 0);
    frame_text(out, words[ask->action]);
    frame_text(out, ask->notice);
    frame_text(out, ask->version);
    frame_bytes(out, ask->sha256, sizeof ask->sha256);
    frame_end(out, begin);
}

int32_t notice_ask_read(const uint8_t *data, size_t size, notice_ask *ask) {
    char word[WORD_SIZE];
    uint32_t type = 0;
    uint32_t number = 0;
    size_t hash_size = 0;
    frame_reader body;
    memset(ask, 0, sizeof *ask);
    int64_t whole = frame_whole(data, size, &type, &number, &body);
    if (whole < 0 || size > NOTICE_ASK_BYTES_MAX) {
        return KINMU_E_REJECT;
    }
    if (whole == 0) {
        return 0;
    }
    if (type != FRAME_NOTICE_ASK) {
        return KINMU_E_REJECT;
    }
    frame_read_text(&body, word, sizeof word);
    frame_read_text(&body, ask->notice, sizeof ask->notice);
    frame_read_text(&body, ask->version, sizeof ask->version);
    const uint8_t *hash = frame_read_bytes(&body, &hash_size);
    if (body.failed || hash_size != sizeof ask->sha256) {
        return KINMU_E_REJECT;
    }
    memcpy(ask->sha256, hash, sizeof ask->sha256);
    ask->action = notice_action(word);
    return ask->action != AGREEMENT_NONE ? 1 : KINMU_E_REJECT;
}

int32_t notice_folder(const char *data, char *folder, size_t size, kinmu_err *err) {
    size_t length = strlen(data);
    while (length > 1 && data[length - 1] == '/') {
        length--;
    }
    int32_t is_machines =
        length == strlen(KINMU_DATA_DIR) && memcmp(data, KINMU_DATA_DIR, length) == 0;
    int written = is_machines ? snprintf(folder, size, "%s", KINMU_RUN_DIR)
                              : snprintf(folder, size, "%.*s-notice", (int)length, data);
    return written > 0 && (size_t)written < size ? KINMU_OK
                                                 : error_set(err, KINMU_E_CONFIG, "notice.path",
                                                             "\"%s\": the path is too long", data);
}

int32_t notice_path(const char *folder, char path[NOTICE_PATH_SIZE], kinmu_err *err) {
    int length = snprintf(path, NOTICE_PATH_SIZE, "%s/notice.sock", folder);
    return length > 0 && length <= (int)PATH_BYTES_MAX
               ? KINMU_OK
               : error_set(err, KINMU_E_CONFIG, "notice.path",
                           "\"%s\": its path is too long for a socket (at most %u bytes)", folder,
                           PATH_BYTES_MAX - 12);
}
