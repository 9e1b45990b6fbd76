/* schema/token.h - one MessagePack token at a time from bytes nobody trusts. No allocation. */
#ifndef SCHEMA_TOKEN_H
#define SCHEMA_TOKEN_H

#include <kinmu/base.h>

enum {
    TOKEN_BAD,
    TOKEN_NIL,
    TOKEN_BOOL,
    TOKEN_INT,
    TOKEN_FLOAT,
    TOKEN_TEXT,
    TOKEN_BIN,
    TOKEN_ARRAY,
};

typedef struct token {
    int32_t kind;
    uint32_t size; /* bytes of text or bin, members of an array */
    int64_t number;
    double real;
    const uint8_t *bytes; /* text or bin: points into the data */
} token;

/* The token at *offset, which moves behind it. TOKEN_BAD at the end, for damage, and for maps and
 * extensions, which none of Kinmu's formats use. */
token token_take(const uint8_t *data, size_t size, size_t *offset);

#endif
