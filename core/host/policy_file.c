/* host/policy_file.c - see policy_file.h. */
#include "host/policy_file.h"

#include "base/text.h"
#include "config/config.h"
#include "platform/platform.h"
#include "trust/agent.h"

#include <stdio.h>
#include <string.h>

#define FIRST_LINE_BYTES_MAX 256u
#define FILE_BYTES_MAX (CONFIG_POLICY_BYTES_MAX + FIRST_LINE_BYTES_MAX)

static int32_t write_first_line(const char *data, buffer *text, kinmu_err *err) {
    trust_agent agent;
    char hex[2 * CRYPTO_PUBLIC_SIZE + 1];
    int32_t status = trust_agent_read(data, &agent, err);
    if (status == KINMU_OK) {
        text_hex(hex, agent.public_key, CRYPTO_PUBLIC_SIZE);
        buffer_printf(text, "# Said by the hub %s; kept by Kinmu, changed by the hub only.\n", hex);
    }
    return status;
}

int32_t policy_file_compose(const char *data, const void *said, size_t size, buffer *text,
                            kinmu_err *err) {
    int32_t status = write_first_line(data, text, err);
    buffer_append(text, said, size);
    return status == KINMU_OK && text->failed != KINMU_OK
               ? error_set(err, KINMU_E_NOMEM, "policy.memory", "out of memory")
               : status;
}

/* At most one byte more than a file may have, so that a larger one shows. */
static int32_t read_file(const char *path, buffer *text, kinmu_err *err) {
    FILE *file = fopen(path, "rb");
    if (file == NULL) {
        return error_set(err, KINMU_E_NOTFOUND, "policy.none", "there is no policy of a hub");
    }
    uint8_t *room = buffer_reserve(text, FILE_BYTES_MAX + 1);
    text->size += room != NULL ? fread(room, 1, FILE_BYTES_MAX + 1, file) : 0;
    int32_t is_bad = ferror(file) || room == NULL || text->size > FILE_BYTES_MAX;
    fclose(file);
    return is_bad ? error_set(err, KINMU_E_CONFIG, "policy.read",
                              "\"%s\" cannot be read, or is too large", path)
                  : KINMU_OK;
}

int32_t policy_file_read(const char *data, buffer *text, kinmu_err *err) {
    char path[TRUST_PATH_SIZE];
    buffer first = {0};
    int32_t status = write_first_line(data, &first, err);
    if (status == KINMU_OK) {
        status = trust_path(path, data, POLICY_FILE, "", err);
    }
    if (status == KINMU_OK) {
        status = read_file(path, text, err);
    }
    if (status == KINMU_OK && platform_writable_by_others(path, NULL) != 0) {
        status = error_set(err, KINMU_E_DENIED, "policy.rights",
                           "\"%s\" is not used: others may write it", path);
    }
    if (status == KINMU_OK &&
        (text->size < first.size || memcmp(text->data, first.data, first.size) != 0)) {
        status = error_set(err, KINMU_E_NOTFOUND, "policy.other",
                           "\"%s\" is of another hub and is not used", path);
    }
    buffer_free(&first);
    return status;
}

int32_t policy_file_write(const char *data, const buffer *text, kinmu_err *err) {
    char path[TRUST_PATH_SIZE];
    int32_t status = trust_path(path, data, POLICY_FILE, "", err);
    return status == KINMU_OK ? platform_write_file(path, text->data, text->size, 1, err) : status;
}

const char *policy_file_said(const buffer *text, size_t *size) {
    const char *end = text->size > 0 ? memchr(text->data, '\n', text->size) : NULL;
    *size = end != NULL ? text->size - (size_t)(end + 1 - (const char *)text->data) : 0;
    return end != NULL ? end + 1 : "";
}
