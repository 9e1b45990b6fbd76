/* trust/agent.c - see agent.h. */
#include "trust/agent.h"

#include "base/text.h"
#include "config/config.h"
#include "platform/platform.h"

#include <stdio.h>
#include <string.h>
#include <uv.h>

#define HUB_FILE "hub.yaml"
#define CA_FILE "ca.pem"
#define CLIENT_FILE "client.pem"
#define NEW_FOLDER TRUST_AGENT_FOLDER ".part"
#define OLD_FOLDER TRUST_AGENT_FOLDER ".old"
#define PORT_MAX 65535

/* ---- the address ---- */

static int32_t is_port(const char *text) {
    int number = 0;
    size_t digits = strspn(text, "0123456789");
    for (size_t i = 0; i < digits && i < 6; i++) {
        number = number * 10 + (text[i] - '0');
    }
    return digits > 0 && digits < 6 && text[digits] == '\0' && number > 0 && number <= PORT_MAX;
}

int32_t trust_agent_url(const char *text, char url[TRUST_URL_SIZE], kinmu_err *err) {
    static const char scheme[] = "https://";
    static const char host_letters[] =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-_";
    size_t size = strlen(text);
    size -= size > 0 && text[size - 1] == '/';
    if (size > sizeof scheme - 1 && size < TRUST_URL_SIZE &&
        strncmp(text, scheme, sizeof scheme - 1) == 0) {
        memcpy(url, text, size);
        url[size] = '\0';
        const char *host = url + sizeof scheme - 1;
        size_t letters = host[0] == '[' ? strspn(host + 1, "0123456789abcdefABCDEF:.") + 2
                                        : strspn(host, host_letters);
        int32_t is_closed = host[0] != '[' || (letters > 2 && host[letters - 1] == ']');
        if (letters > 0 && is_closed &&
            (host[letters] == '\0' || (host[letters] == ':' && is_port(host + letters + 1)))) {
            return KINMU_OK;
        }
    }
    return error_set(err, KINMU_E_REJECT, "agent.url",
                     "\"%.200s\" is no hub's address; write https://HOST:PORT", text);
}

/* ---- writing ---- */

static void key_line(buffer *out, const char *key, const char *value) {
    buffer_printf(out, "%s: ", key);
    text_json(out, value, strlen(value));
    buffer_text(out, "\n");
}

static void describe(const trust_agent *agent, buffer *out) {
    char hex[2 * CRYPTO_PUBLIC_SIZE + 1];
    buffer_text(out, "# Written by kinmu agent enroll; the hub this node belongs to.\n");
    key_line(out, "url", agent->url);
    key_line(out, "name", agent->name);
    key_line(out, "group", agent->group);
    text_hex(hex, agent->public_key, CRYPTO_PUBLIC_SIZE);
    key_line(out, "public_key", hex);
    text_hex(hex, agent->box_public, CRYPTO_PUBLIC_SIZE);
    key_line(out, "box_public", hex);
}

static int32_t write_file(const char *data, const char *folder, const char *file,
                          const buffer *content, kinmu_err *err) {
    char path[TRUST_PATH_SIZE];
    int32_t status = trust_path(path, data, folder, file, err);
    return status != KINMU_OK ? status
                              : platform_write_file(path, content->data, content->size, 0, err);
}

static void remove_folder(const char *data, const char *folder) {
    static const char *const files[] = {HUB_FILE, CA_FILE, CLIENT_FILE};
    char path[TRUST_PATH_SIZE];
    uv_fs_t request;
    for (size_t i = 0; i < sizeof files / sizeof files[0]; i++) {
        if (trust_path(path, data, folder, files[i], NULL) == KINMU_OK) {
            (void)uv_fs_unlink(NULL, &request, path, NULL);
            uv_fs_req_cleanup(&request);
        }
    }
    if (trust_path(path, data, folder, "", NULL) == KINMU_OK) {
        (void)uv_fs_rmdir(NULL, &request, path, NULL);
        uv_fs_req_cleanup(&request);
    }
}

static int32_t move_folder(const char *data, const char *from, const char *to, kinmu_err *err) {
    char from_path[TRUST_PATH_SIZE];
    char to_path[TRUST_PATH_SIZE];
    uv_fs_t request;
    int32_t status = trust_path(from_path, data, from, "", err);
    if (status == KINMU_OK) {
        status = trust_path(to_path, data, to, "", err);
    }
    if (status == KINMU_OK) {
        int moved = uv_fs_rename(NULL, &request, from_path, to_path, NULL);
        uv_fs_req_cleanup(&request);
        if (moved != 0) {
            status = error_set(err, KINMU_E_RETRY, "agent.rename",
                               "\"%s\": cannot be renamed to \"%s\": %s", from_path, to_path,
                               uv_strerror(moved));
        }
    }
    return status;
}

/* The old folder stays until the new one stands: whatever happens, one whole set is there, under
 * its own name or for trust_agent_recover. */
static int32_t replace_folder(const char *data, kinmu_err *err) {
    char path[TRUST_PATH_SIZE];
    int32_t status = trust_path(path, data, TRUST_AGENT_FOLDER, "", err);
    int32_t is_again = status == KINMU_OK && trust_exists(path);
    if (is_again) {
        remove_folder(data, OLD_FOLDER);
        status = move_folder(data, TRUST_AGENT_FOLDER, OLD_FOLDER, err);
    }
    if (status == KINMU_OK) {
        status = move_folder(data, NEW_FOLDER, TRUST_AGENT_FOLDER, err);
        if (status != KINMU_OK && is_again) {
            (void)move_folder(data, OLD_FOLDER, TRUST_AGENT_FOLDER, NULL);
        }
    }
    if (status == KINMU_OK) {
        remove_folder(data, OLD_FOLDER);
        status = platform_sync_folder(data);
    }
    return status;
}

int32_t trust_agent_recover(const char *data, kinmu_err *err) {
    char path[TRUST_PATH_SIZE];
    char old[TRUST_PATH_SIZE];
    int32_t status = trust_path(path, data, TRUST_AGENT_FOLDER, "", err);
    if (status == KINMU_OK) {
        status = trust_path(old, data, OLD_FOLDER, "", err);
    }
    if (status != KINMU_OK || trust_exists(path) || !trust_exists(old)) {
        return status;
    }
    return move_folder(data, OLD_FOLDER, TRUST_AGENT_FOLDER, err);
}

int32_t trust_agent_save(const char *data, const trust_agent *agent, const buffer *ca,
                         const buffer *client, kinmu_err *err) {
    char path[TRUST_PATH_SIZE];
    buffer text = {0};
    describe(agent, &text);
    remove_folder(data, NEW_FOLDER);
    int32_t status = text.failed != KINMU_OK
                         ? error_set(err, KINMU_E_NOMEM, "memory", "no memory for " HUB_FILE)
                         : trust_path(path, data, NEW_FOLDER, "", err);
    if (status == KINMU_OK) {
        status = platform_make_private_folder(path, err);
    }
    if (status == KINMU_OK) {
        status = write_file(data, NEW_FOLDER, CA_FILE, ca, err);
    }
    if (status == KINMU_OK) {
        status = write_file(data, NEW_FOLDER, CLIENT_FILE, client, err);
    }
    if (status == KINMU_OK) {
        status = write_file(data, NEW_FOLDER, HUB_FILE, &text, err);
    }
    if (status == KINMU_OK) {
        status = replace_folder(data, err);
    }
    remove_folder(data, NEW_FOLDER);
    buffer_free(&text);
    return status;
}

/* ---- reading ---- */

static const char *value_of(const config_node *map, const char *key) {
    for (uint32_t i = 0; map->type == CONFIG_MAP && i + 1 < map->child_count; i += 2) {
        if (strcmp(map->children[i]->text, key) == 0 &&
            map->children[i + 1]->type == CONFIG_SCALAR) {
            return map->children[i + 1]->text;
        }
    }
    return "";
}

static int32_t is_key(const char *hex, uint8_t key[CRYPTO_PUBLIC_SIZE]) {
    return strlen(hex) == 2 * CRYPTO_PUBLIC_SIZE &&
           text_unhex(key, CRYPTO_PUBLIC_SIZE, hex) == KINMU_OK;
}

static int32_t parse(const char *path, const buffer *text, trust_agent *out, kinmu_err *err) {
    config_node *root = NULL;
    void *memory = NULL;
    config_problems problems = {0};
    int32_t status =
        config_parse(path, (const char *)text->data, text->size, &root, &memory, &problems);
    if (status == KINMU_OK) {
        text_copy(out->name, sizeof out->name, value_of(root, "name"));
        text_copy(out->group, sizeof out->group, value_of(root, "group"));
    }
    if (status != KINMU_OK || trust_agent_url(value_of(root, "url"), out->url, NULL) != KINMU_OK ||
        !is_key(value_of(root, "public_key"), out->public_key) ||
        !is_key(value_of(root, "box_public"), out->box_public)) {
        status = error_set(err, KINMU_E_CONFIG, "agent.damaged",
                           "\"%s\" is damaged; enrol this node again: kinmu agent enroll", path);
    }
    config_problems_free(&problems);
    config_memory_free(memory);
    return status;
}

int32_t trust_agent_read(const char *data, trust_agent *out, kinmu_err *err) {
    char path[TRUST_PATH_SIZE];
    buffer text = {0};
    memset(out, 0, sizeof *out);
    int32_t status = trust_path(path, data, TRUST_AGENT_FOLDER, HUB_FILE, err);
    if (status == KINMU_OK) {
        status = trust_path(out->ca_file, data, TRUST_AGENT_FOLDER, CA_FILE, err);
    }
    if (status == KINMU_OK) {
        status = trust_path(out->client_file, data, TRUST_AGENT_FOLDER, CLIENT_FILE, err);
    }
    if (status == KINMU_OK && !trust_exists(path)) {
        return error_set(err, KINMU_E_NOTFOUND, "agent.missing",
                         "this node belongs to no hub; run kinmu agent enroll");
    }
    if (status == KINMU_OK) {
        status = trust_read_file(path, &text, err);
    }
    if (status == KINMU_OK) {
        status = parse(path, &text, out, err);
    }
    buffer_free(&text);
    return status;
}

int32_t trust_agent_certificate(const trust_agent *agent, trust_facts *out, kinmu_err *err) {
    buffer pem = {0};
    int32_t status = trust_read_file(agent->client_file, &pem, err);
    if (status == KINMU_OK) {
        status = trust_read(pem.data, pem.size, out, err);
    }
    buffer_free(&pem);
    return status;
}

int32_t trust_agent_renew(const char *data, const uint8_t public_key[CRYPTO_PUBLIC_SIZE],
                          const void *pem, size_t size, kinmu_err *err) {
    trust_agent agent;
    trust_facts now;
    trust_facts next;
    int32_t status = trust_agent_read(data, &agent, err);
    if (status == KINMU_OK) {
        status = trust_agent_certificate(&agent, &now, err);
    }
    if (status == KINMU_OK) {
        status = trust_read(pem, size, &next, err);
    }
    if (status == KINMU_OK &&
        (!next.is_device || memcmp(next.public_key, public_key, CRYPTO_PUBLIC_SIZE) != 0 ||
         next.to_ns < now.to_ns)) {
        status = error_set(err, KINMU_E_REJECT, "agent.certificate",
                           "the hub sent a certificate that is not for this device or ends sooner "
                           "than the one it has");
    }
    if (status == KINMU_OK) {
        status = platform_write_file(agent.client_file, pem, size, 0, err);
    }
    return status;
}
