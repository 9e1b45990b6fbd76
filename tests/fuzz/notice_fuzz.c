/* notice_fuzz.c - any bytes as what an account of the machine sends to notice.sock, as they come in
 * pieces: a request is one of four words about one notice, whole and bounded, or nothing at all; a
 * piece of it never is; written again it reads the same. */
#include "fuzz.h"

#include "host/notice_ask.h"

static void check(const notice_ask *ask) {
    buffer out = {0};
    notice_ask again;
    FUZZ_REQUIRE(ask->action > AGREEMENT_NONE && ask->action < AGREEMENT_ACTIONS);
    FUZZ_REQUIRE(memchr(ask->notice, 0, sizeof ask->notice) != NULL);
    FUZZ_REQUIRE(memchr(ask->version, 0, sizeof ask->version) != NULL);
    notice_ask_write(&out, ask);
    FUZZ_REQUIRE(notice_ask_read(out.data, out.size, &again) == 1);
    FUZZ_REQUIRE(again.action == ask->action && strcmp(again.notice, ask->notice) == 0 &&
                 strcmp(again.version, ask->version) == 0 &&
                 memcmp(again.sha256, ask->sha256, sizeof ask->sha256) == 0);
    buffer_free(&out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    notice_ask ask;
    int32_t whole = 0;
    for (size_t at = 0; at <= size && whole == 0; at++) {
        whole = notice_ask_read(data, at, &ask);
        FUZZ_REQUIRE(whole == 0 || whole == 1 || whole == KINMU_E_REJECT);
        FUZZ_REQUIRE(at <= NOTICE_ASK_BYTES_MAX || whole == KINMU_E_REJECT);
    }
    if (whole == 1) {
        check(&ask);
    }
    return 0;
}
