/* kinmu/iface/kv.h - a little durable state per instance, encrypted at rest. */
#ifndef KINMU_IFACE_KV_H
#define KINMU_IFACE_KV_H

#include <kinmu/plugin.h>

#ifdef __cplusplus
extern "C" {
#endif

#define KINMU_KV_1 "kinmu.kv/1"
#define KINMU_KV_KEY_BYTES_MAX 128
#define KINMU_KV_VALUE_BYTES_MAX 65536
#define KINMU_KV_KEYS_MAX 1024

typedef struct kinmu_kv {
    uint32_t struct_size;
    uint32_t reserved;

    /* Copies the value into `data` (capacity *size) and sets *size to its bytes. E_NOTFOUND when
     * absent; E_REJECT when it does not fit (*size tells what is needed). [job] Since 1.0 */
    int32_t (*get)(const kinmu_host *host, const char *key, void *data, uint32_t *size);

    /* Stores a value; KINMU_OK means durable. [job] Since 1.0 */
    int32_t (*put)(const kinmu_host *host, const char *key, const void *data, uint32_t size);

    /* Removes a key; KINMU_OK also when absent. [job] Since 1.0 */
    int32_t (*remove)(const kinmu_host *host, const char *key);
} kinmu_kv;

#ifdef __cplusplus
}
#endif
#endif
