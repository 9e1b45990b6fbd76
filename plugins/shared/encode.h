/* shared/encode.h - characters to bytes and back: CP932 (Shift_JIS as Windows knows it) or UTF-8,
 * with BOM or without.
 *
 * CP932 is one table built from the system's decoder, so every system writes the same bytes: a
 * character is representable exactly when some byte pair decodes to it. Nothing is approximated
 * but the few Unicode twins of JIS symbols (WAVE DASH, MINUS SIGN ...), which become the one CP932
 * has. An encoder does not change once made. Does not replace what has no bytes: the caller counts
 * it.
 */
#ifndef SHARED_ENCODE_H
#define SHARED_ENCODE_H

#include <kinmu/base.h>

#define ENCODE_CP932 1u
#define ENCODE_UTF8_BOM 2u
#define ENCODE_UTF8 3u /* without the mark */

#define ENCODE_BYTES_MAX 4
#define ENCODE_TABLE_SIZE 65536
#define ENCODE_BAD_CHARACTER 0xFFFDu
#define ENCODE_GETA 0x3013u /* 〓, what Japanese typesetters put for a missing type */

typedef struct encoder encoder;

/* E_NOMEM, or E_CONFIG when the system has no CP932. */
int32_t encoder_create(uint32_t charset, encoder **out, kinmu_err *err);
void encoder_destroy(encoder *enc);

/* Bytes every file begins with; *size may be 0. */
const uint8_t *encoder_prefix(const encoder *enc, size_t *size);

/* Encodes one character; returns its bytes, 0 when the charset does not have it. */
size_t encoder_character(const encoder *enc, uint32_t code, uint8_t out[ENCODE_BYTES_MAX]);

/* Encodes the characters from *at on up to the first that is ASCII or has no bytes, or that `out`
 * has no room for; returns the bytes and steps behind what they stand for. */
size_t encoder_run(const encoder *enc, const char *text, size_t size, size_t *at, uint8_t *out,
                   size_t out_size);

/* 1 when CP932 has the character, whatever the encoder writes: for file names inside archives. */
int32_t encoder_is_cp932(const encoder *enc, uint32_t code);

/* Decodes the UTF-8 character at *at and steps behind it; ENCODE_BAD_CHARACTER (one byte on) for
 * what is not UTF-8. */
uint32_t encode_next(const char *text, size_t size, size_t *at);

/* The other way: strict, for files that are taken in. */
typedef struct decoding decoding;
int32_t decoding_create(uint32_t charset, decoding **out, kinmu_err *err);
void decoding_destroy(decoding *dec);

/* Decodes the character at *at and steps behind it; ENCODE_BAD_CHARACTER (one byte on) for bytes
 * that are none. */
uint32_t decoding_next(const decoding *dec, const uint8_t *data, size_t size, size_t *at);

/* Writes a character as UTF-8; returns its bytes. */
size_t encode_utf8(uint32_t code, uint8_t out[ENCODE_BYTES_MAX]);

/* Backend: decodes one byte (second < 0) or a byte pair of CP932; 0 when it is no character. */
typedef struct encode_decoder encode_decoder;
int32_t encode_decoder_open(encode_decoder **out, kinmu_err *err);
uint32_t encode_decoder_character(encode_decoder *decoder, int32_t first, int32_t second);
void encode_decoder_close(encode_decoder *decoder);

#endif
