/* config/secret.c - options that hold a secret: ${file:/path} and ${env:NAME}, read at the moment
 * of use.
 *
 * The configuration holds the reference only. A secret written in plain is refused without being
 * repeated in the message. A secret file that others may read is refused, too.
 */
#include "base/crypto.h"
#include "base/error.h"
#include "config/internal.h"
#include <kinmu/iface/secret.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <uv.h>

#define FILE_PREFIX "${file:"
#define ENV_PREFIX "${env:"
#define TARGET_SIZE 4096u
#define MODE_OTHERS 07u

enum reference_kind { REFERENCE_NONE, REFERENCE_FILE, REFERENCE_ENV };

int32_t config_is_reference(const char *text) {
    return strncmp(text, FILE_PREFIX, strlen(FILE_PREFIX)) == 0 ||
           strncmp(text, ENV_PREFIX, strlen(ENV_PREFIX)) == 0;
}

static int32_t is_absolute(const char *path) {
    return path[0] == '/' || (path[0] != '\0' && path[1] == ':');
}

static int32_t is_variable_name(const char *name) {
    for (size_t i = 0; name[i] != '\0'; i++) {
        int is_letter = (name[i] >= 'A' && name[i] <= 'Z') || (name[i] >= 'a' && name[i] <= 'z');
        int is_digit = name[i] >= '0' && name[i] <= '9';
        if (!is_letter && name[i] != '_' && (i == 0 || !is_digit)) {
            return 0;
        }
    }
    return name[0] != '\0';
}

/* What a reference points to; NONE when it is no well-formed one. */
static enum reference_kind read_reference(const config_node *value, char target[TARGET_SIZE]) {
    if (value->type != CONFIG_SCALAR || !config_is_reference(value->text)) {
        return REFERENCE_NONE;
    }
    int32_t is_file = strncmp(value->text, FILE_PREFIX, strlen(FILE_PREFIX)) == 0;
    size_t start = strlen(is_file ? FILE_PREFIX : ENV_PREFIX);
    if (value->text[value->size - 1] != '}' || value->size - start > TARGET_SIZE) {
        return REFERENCE_NONE;
    }
    size_t size = value->size - start - 1;
    memcpy(target, value->text + start, size);
    target[size] = '\0';
    if (is_file) {
        return is_absolute(target) ? REFERENCE_FILE : REFERENCE_NONE;
    }
    return is_variable_name(target) ? REFERENCE_ENV : REFERENCE_NONE;
}

/* NULL, or why a secret file is not good. */
static const char *file_fault(const char *path) {
    uv_fs_t request;
    int status = uv_fs_stat(NULL, &request, path, NULL);
    uint64_t mode = request.statbuf.st_mode;
    uint64_t size = request.statbuf.st_size;
    uv_fs_req_cleanup(&request);
    if (status != 0) {
        return uv_strerror(status);
    }
    if ((mode & MODE_OTHERS) != 0) {
        return "others may read or change it; chmod o-rwx it";
    }
    return size == 0                       ? "it is empty"
           : size > KINMU_SECRET_BYTES_MAX ? "it is larger than a secret may be (8192 bytes)"
                                           : NULL;
}

void config_check_secret(const char *where, config_node *value, config_problems *problems) {
    char target[TARGET_SIZE];
    value->is_secret = 1;
    switch (read_reference(value, target)) {
    case REFERENCE_FILE: {
        const char *fault = file_fault(target);
        if (fault != NULL) {
            config_problem_at(problems, CONFIG_ERROR, value, "%s: secret file \"%.200s\": %s",
                              where, target, fault);
        }
        break;
    }
    case REFERENCE_ENV:
        if (getenv(target) == NULL) {
            config_problem_at(
                problems, CONFIG_WARNING, value,
                "%s: environment variable \"%.60s\" is not set here; it must be when Kinmu runs",
                where, target);
        }
        break;
    default:
        config_problem_at(problems, CONFIG_ERROR, value,
                          "%s: a secret does not stand in conf.d: write " CONFIG_SECRET_FORMS
                          ", with an absolute path",
                          where);
    }
}

/* ---- reading ---- */

static const config_instance *find_instance(const config *c, const char *name, size_t size) {
    for (uint32_t i = 0; i < c->instance_count; i++) {
        if (strlen(c->instances[i].name) == size && memcmp(c->instances[i].name, name, size) == 0) {
            return &c->instances[i];
        }
    }
    return NULL;
}

/* Follows "OPTION" or "OPTION.INDEX.COLUMN…" from a map. */
static const config_node *follow(const config_node *node, const char *path) {
    while (node != NULL && path[0] != '\0') {
        char word[KINMU_NAME_BYTES_MAX + 1];
        size_t size = strcspn(path, ".");
        if (size >= sizeof word) {
            return NULL;
        }
        memcpy(word, path, size);
        word[size] = '\0';
        path += size + (path[size] == '.');
        if (node->type == CONFIG_LIST) {
            unsigned long index = strtoul(word, NULL, 10);
            node = index < node->child_count ? node->children[index] : NULL;
        } else {
            node = node->type == CONFIG_MAP ? config_map_find(node, word) : NULL;
        }
    }
    return node;
}

/* One line end at the end belongs to the file, not to the secret. */
static size_t without_line_end(const char *text, size_t size) {
    if (size > 0 && text[size - 1] == '\n') {
        size--;
        size -= size > 0 && text[size - 1] == '\r';
    }
    return size;
}

static int32_t give(const char *text, size_t text_size, char *data, uint32_t *size,
                    kinmu_err *err) {
    if (text_size > KINMU_SECRET_BYTES_MAX || text_size + 1 > *size) {
        return error_set(err, KINMU_E_REJECT, "secret.size",
                         "the secret has %u bytes, there is room for %u", (unsigned)text_size,
                         *size > 0 ? *size - 1 : 0);
    }
    memcpy(data, text, text_size);
    data[text_size] = '\0';
    *size = (uint32_t)text_size;
    return KINMU_OK;
}

static int32_t give_file(const char *path, char *data, uint32_t *size, kinmu_err *err) {
    const char *reason = file_fault(path);
    buffer content = {0};
    int32_t status = KINMU_E_CONFIG;
    if (reason == NULL) {
        status = config_read_file(path, KINMU_SECRET_BYTES_MAX, &content, &reason);
    }
    if (status == KINMU_OK) {
        const char *text = buffer_string(&content);
        status = give(text, without_line_end(text, content.size), data, size, err);
    } else {
        status = error_set(err, KINMU_E_NOTFOUND, "secret.file", "secret file \"%s\": %s", path,
                           reason != NULL ? reason : "out of memory");
    }
    buffer_wipe(&content);
    return status;
}

static int32_t give_value(const config_node *value, const char *name, char *data, uint32_t *size,
                          kinmu_err *err) {
    char target[TARGET_SIZE];
    enum reference_kind kind =
        value != NULL && value->is_secret ? read_reference(value, target) : REFERENCE_NONE;
    if (kind == REFERENCE_FILE) {
        return give_file(target, data, size, err);
    }
    const char *text = kind == REFERENCE_ENV ? getenv(target) : NULL;
    if (text == NULL) {
        return error_set(err, KINMU_E_NOTFOUND, "secret.none", "no secret behind \"%s\"%s%s", name,
                         kind == REFERENCE_ENV ? ": set the environment variable " : "",
                         kind == REFERENCE_ENV ? target : "");
    }
    return give(text, strlen(text), data, size, err);
}

int32_t config_secret(const config *c, const char *handle, char *data, uint32_t *size,
                      kinmu_err *err) {
    size_t name_size = strcspn(handle, ":");
    const config_instance *instance = find_instance(c, handle, name_size);
    const config_node *value = NULL;
    if (instance != NULL && handle[name_size] == ':') {
        value = follow(instance->options, handle + name_size + 1);
    }
    return give_value(value, handle, data, size, err);
}

int32_t config_secret_at(const config_node *value, char *data, uint32_t *size, kinmu_err *err) {
    return give_value(value, value->text, data, size, err);
}
