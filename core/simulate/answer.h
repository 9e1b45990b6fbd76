/* simulate/answer.h - one HTTP/1.1 answer out of bytes as they come: status, Retry-After, body. */
#ifndef SIMULATE_ANSWER_H
#define SIMULATE_ANSWER_H

#include "base/buffer.h"

#include <http_parser.h>

typedef struct answer_reader {
    http_parser parser;
    int32_t is_whole, keeps_alive;
    uint32_t status, retry_after_s;
    char field[16]; /* the header being read, as far as it matters */
    uint32_t field_size;
    int32_t was_value;
    buffer body;
} answer_reader;

void answer_begin(answer_reader *r); /* keeps the body's memory */
/* E_REJECT: no answer, or a body beyond PEER_ANSWER_BYTES_MAX. */
int32_t answer_read(answer_reader *r, const uint8_t *data, size_t size);
void answer_free(answer_reader *r);

#endif
