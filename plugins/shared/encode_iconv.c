/* shared/encode_iconv.c - the CP932 decoder of POSIX systems: iconv(3). Used only
 * while a table is built. */
#include "encode.h"

#include <iconv.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct encode_decoder {
    iconv_t handle;
};

int32_t encode_decoder_open(encode_decoder **out, kinmu_err *err) {
    iconv_t handle = iconv_open("UTF-32LE", "CP932");
    if (handle == (iconv_t)-1) {
        (void)snprintf(err->key, sizeof err->key, "encode.no-cp932");
        (void)snprintf(err->msg, sizeof err->msg,
                       "this system's iconv has no CP932; install its character sets "
                       "(glibc: gconv modules) or use UTF-8");
        return KINMU_E_CONFIG;
    }
    encode_decoder *decoder = malloc(sizeof *decoder);
    if (decoder == NULL) {
        iconv_close(handle);
        return KINMU_E_NOMEM;
    }
    decoder->handle = handle;
    *out = decoder;
    return KINMU_OK;
}

uint32_t encode_decoder_character(encode_decoder *decoder, int32_t first, int32_t second) {
    char bytes[2] = {(char)first, (char)second};
    unsigned char code[8];
    char *in = bytes;
    char *out = (char *)code;
    size_t in_size = second < 0 ? 1 : 2;
    size_t out_size = sizeof code;
    (void)iconv(decoder->handle, NULL, NULL, NULL, NULL);
    if (iconv(decoder->handle, &in, &in_size, &out, &out_size) == (size_t)-1 ||
        sizeof code - out_size != 4) {
        return 0;
    }
    return (uint32_t)code[0] | (uint32_t)code[1] << 8 | (uint32_t)code[2] << 16 |
           (uint32_t)code[3] << 24;
}

void encode_decoder_close(encode_decoder *decoder) {
    if (decoder != NULL) {
        (void)iconv_close(decoder->handle);
        free(decoder);
    }
}
