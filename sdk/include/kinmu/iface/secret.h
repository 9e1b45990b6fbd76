/* kinmu/iface/secret.h - read a secret at the moment of use. */
#ifndef KINMU_IFACE_SECRET_H
#define KINMU_IFACE_SECRET_H

#include <kinmu/plugin.h>

#ifdef __cplusplus
extern "C" {
#endif

#define KINMU_SECRET_1 "kinmu.secret/1"
#define KINMU_SECRET_BYTES_MAX 8192

typedef struct kinmu_secret {
    uint32_t struct_size;
    uint32_t reserved;

    /* Copies the secret behind a SECRET option's handle (the text in the config struct) into `data`
     * (capacity *size; a NUL is added and not counted). Read anew each time, so a rotated file is
     * seen. The caller wipes its copy. E_NOTFOUND: file or variable missing. [job] Since 1.0 */
    int32_t (*get)(const kinmu_host *host, const char *handle, char *data, uint32_t *size);
} kinmu_secret;

#ifdef __cplusplus
}
#endif
#endif
