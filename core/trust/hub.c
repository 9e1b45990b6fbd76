/* trust/hub.c - see hub.h. */
#include "trust/hub.h"

#include "base/text.h"
#include "platform/platform.h"
#include "trust/files.h"

#include <stdio.h>
#include <string.h>
#include <uv.h>

#define PARTS 5
#define AUTHORITY_NAME "Kinmu authority of " /* … the server's first name */
enum { CA, CA_KEY, SERVER, SERVER_KEY, ANCHOR };

/* All five files, before any is written. */
typedef struct hub_files {
    buffer content[PARTS];
} hub_files;

static const struct {
    const char *name;
    int32_t is_private;
} files_table[PARTS] = {{TRUST_HUB_CA, 0},
                        {TRUST_HUB_CA_KEY, 1},
                        {TRUST_HUB_SERVER, 0},
                        {TRUST_HUB_SERVER_KEY, 1},
                        {TRUST_HUB_ANCHOR, 0}};

static void files_wipe(hub_files *files) {
    for (int i = 0; i < PARTS; i++) {
        buffer_wipe(&files->content[i]);
    }
}

static int32_t write_part(const char *data, const char *folder, int part, const buffer *content,
                          kinmu_err *err) {
    char path[TRUST_PATH_SIZE];
    int32_t status = trust_path(path, data, folder, files_table[part].name, err);
    return status != KINMU_OK ? status
                              : platform_write_file(path, content->data, content->size,
                                                    files_table[part].is_private, err);
}

static int32_t open_authority(const hub_files *files, int64_t now_ns, trust_authority **out,
                              kinmu_err *err) {
    const buffer *pem = &files->content[CA];
    const buffer *key = &files->content[CA_KEY];
    return trust_authority_open(pem->data, pem->size, key->data, key->size, now_ns, out, err);
}

/* The company's file is named in front of what is wrong with it. */
static int32_t blame(const char *file, int32_t status, kinmu_err *err) {
    char text[KINMU_ERR_MSG_SIZE];
    if (status != KINMU_OK && status != KINMU_E_NOTFOUND && file != NULL && err != NULL) {
        text_copy(text, sizeof text, err->msg);
        return error_set(err, status, err->key, "\"%.150s\": %.290s", file, text);
    }
    return status;
}

static int32_t prepare_authority(const trust_hub_wish *wish, int64_t now_ns, hub_files *files,
                                 trust_authority **authority, kinmu_err *err) {
    char name[TRUST_NAME_SIZE];
    int32_t status;
    if (wish->authority != NULL) {
        status = trust_read_file(wish->authority, &files->content[CA], err);
        if (status == KINMU_OK) {
            status = trust_read_private(wish->authority_key, &files->content[CA_KEY], err);
        }
    } else {
        snprintf(name, sizeof name, AUTHORITY_NAME "%s", wish->names[0]);
        status =
            trust_authority_make(name, now_ns, &files->content[CA], &files->content[CA_KEY], err);
    }
    if (status == KINMU_OK) {
        status = open_authority(files, now_ns, authority, err);
    }
    return blame(wish->authority, status, err);
}

static int32_t prepare_server(const trust_hub_wish *wish, int64_t now_ns, hub_files *files,
                              const trust_authority *authority, kinmu_err *err) {
    buffer *chain = &files->content[SERVER];
    buffer *key = &files->content[SERVER_KEY];
    if (wish->certificate == NULL) {
        int32_t made =
            trust_make_server(authority, wish->names, wish->name_count, now_ns, chain, key, err);
        /* A company's file may go on up to its root; agents trust the one that signs here. */
        const buffer *ca = &files->content[CA];
        return made != KINMU_OK ? made
                                : trust_read_one(ca->data, ca->size, &files->content[ANCHOR], err);
    }
    int32_t status = trust_read_file(wish->certificate, chain, err);
    if (status == KINMU_OK) {
        status = trust_read_private(wish->certificate_key, key, err);
    }
    if (status == KINMU_OK) {
        status = trust_read_chain(chain->data, chain->size, key->data, key->size, now_ns,
                                  &files->content[ANCHOR], err);
    }
    return blame(wish->certificate, status, err);
}

static void remove_folder(const char *data, const char *folder) {
    char path[TRUST_PATH_SIZE];
    uv_fs_t request;
    for (int i = 0; i < PARTS; i++) {
        if (trust_path(path, data, folder, files_table[i].name, NULL) == KINMU_OK) {
            (void)uv_fs_unlink(NULL, &request, path, NULL);
            uv_fs_req_cleanup(&request);
        }
    }
    if (trust_path(path, data, folder, "", NULL) == KINMU_OK) {
        (void)uv_fs_rmdir(NULL, &request, path, NULL);
        uv_fs_req_cleanup(&request);
    }
}

/* Under another name first, so that a folder "hub" is always a whole one. */
static int32_t write_all(const char *data, const hub_files *files, kinmu_err *err) {
    static const char part[] = TRUST_HUB_FOLDER ".part";
    char from[TRUST_PATH_SIZE];
    char to[TRUST_PATH_SIZE];
    uv_fs_t request;
    int32_t status = trust_path(from, data, part, "", err);
    if (status == KINMU_OK) {
        status = trust_path(to, data, TRUST_HUB_FOLDER, "", err);
    }
    remove_folder(data, part); /* of an attempt that was cut off */
    if (status == KINMU_OK) {
        status = platform_make_private_folder(from, err);
    }
    for (int i = 0; status == KINMU_OK && i < PARTS; i++) {
        status = write_part(data, part, i, &files->content[i], err);
    }
    if (status == KINMU_OK) {
        int moved = uv_fs_rename(NULL, &request, from, to, NULL);
        uv_fs_req_cleanup(&request);
        status = moved == 0 ? platform_sync_folder(data)
                            : error_set(err, KINMU_E_RETRY, "hub.rename",
                                        "\"%s\": cannot be renamed to \"%s\": %s", from, to,
                                        uv_strerror(moved));
    }
    if (status != KINMU_OK) {
        remove_folder(data, part);
    }
    return status;
}

int32_t trust_hub_init(const char *data, const trust_hub_wish *wish, int64_t now_ns,
                       kinmu_err *err) {
    char path[TRUST_PATH_SIZE];
    hub_files files = {0};
    trust_authority *authority = NULL;
    int32_t status = trust_path(path, data, TRUST_HUB_FOLDER, "", err);
    if (status == KINMU_OK && trust_exists(path)) {
        return error_set(err, KINMU_E_CONFLICT, "hub.exists",
                         "\"%s\" is there already and is not overwritten: every agent trusts this "
                         "hub by it; to begin anew move it away and enrol all agents again",
                         path);
    }
    if (status == KINMU_OK) {
        status = prepare_authority(wish, now_ns, &files, &authority, err);
    }
    if (status == KINMU_OK) {
        status = prepare_server(wish, now_ns, &files, authority, err);
    }
    if (status == KINMU_OK) {
        status = write_all(data, &files, err);
    }
    trust_authority_close(authority);
    files_wipe(&files);
    return status;
}

/* With `may_lack_server` the server's pair may be missing: it can be made anew. */
static int32_t read_some(const char *data, int32_t may_lack_server, hub_files *files,
                         kinmu_err *err) {
    char path[TRUST_PATH_SIZE];
    int32_t status = trust_path(path, data, TRUST_HUB_FOLDER, "", err);
    if (status == KINMU_OK && !trust_exists(path)) {
        return error_set(err, KINMU_E_NOTFOUND, "hub.missing",
                         "\"%s\" is missing: this node is no hub yet; run kinmu hub init", path);
    }
    for (int i = 0; status == KINMU_OK && i < PARTS; i++) {
        status = trust_path(path, data, TRUST_HUB_FOLDER, files_table[i].name, err);
        if (status == KINMU_OK) {
            status = files_table[i].is_private ? trust_read_private(path, &files->content[i], err)
                                               : trust_read_file(path, &files->content[i], err);
        }
        if (status == KINMU_E_NOTFOUND) { /* not the same as no hub at all */
            int32_t is_server = (i == SERVER || i == SERVER_KEY) && !trust_exists(path);
            status = is_server && may_lack_server ? KINMU_OK : KINMU_E_CONFIG;
            if (is_server && !may_lack_server) {
                error_set(err, KINMU_E_CONFIG, "hub.server",
                          "\"%s\" is missing: put it back, or make it anew: kinmu hub renew", path);
            }
        }
    }
    return status;
}

static int32_t read_all(const char *data, hub_files *files, kinmu_err *err) {
    return read_some(data, 0, files, err);
}

int32_t trust_hub_open(const char *data, int64_t now_ns, trust_hub *out, kinmu_err *err) {
    hub_files files = {0};
    trust_facts anchor;
    memset(out, 0, sizeof *out);
    int32_t status = read_all(data, &files, err);
    if (status == KINMU_OK) {
        status = blame(TRUST_HUB_FOLDER "/" TRUST_HUB_CA,
                       open_authority(&files, now_ns, &out->authority, err), err);
    }
    const struct {
        int part;
        trust_facts *facts;
    } wanted[] = {{CA, &out->authority_facts}, {SERVER, &out->server_facts}, {ANCHOR, &anchor}};
    for (size_t i = 0; status == KINMU_OK && i < sizeof wanted / sizeof wanted[0]; i++) {
        const buffer *pem = &files.content[wanted[i].part];
        status = blame(files_table[wanted[i].part].name,
                       trust_read(pem->data, pem->size, wanted[i].facts, err), err);
    }
    if (status == KINMU_OK) {
        memcpy(out->pin, anchor.pin, sizeof out->pin);
        buffer_append(&out->anchor, files.content[ANCHOR].data, files.content[ANCHOR].size);
        status = out->anchor.failed;
    }
    files_wipe(&files);
    if (status != KINMU_OK) {
        trust_hub_close(out);
    }
    return status;
}

void trust_hub_close(trust_hub *hub) {
    trust_authority_close(hub->authority);
    buffer_free(&hub->anchor);
    memset(hub, 0, sizeof *hub);
}

int32_t trust_is_due(const trust_facts *facts, int64_t now_ns) {
    return now_ns >= facts->to_ns - (facts->to_ns - facts->from_ns) / 3;
}

/* The key first: a server that starts between the two writes says that they do not fit, and does
 * not serve a certificate whose key is lost. */
static int32_t make_server(const char *data, const hub_files *old, const char *const *list,
                           uint32_t count, int64_t now_ns, kinmu_err *err) {
    hub_files files = {0};
    trust_authority *authority = NULL;
    int32_t status = open_authority(old, now_ns, &authority, err);
    if (status == KINMU_OK) {
        status = trust_make_server(authority, list, count, now_ns, &files.content[SERVER],
                                   &files.content[SERVER_KEY], err);
    }
    if (status == KINMU_OK) {
        status = write_part(data, TRUST_HUB_FOLDER, SERVER_KEY, &files.content[SERVER_KEY], err);
    }
    if (status == KINMU_OK) {
        status = write_part(data, TRUST_HUB_FOLDER, SERVER, &files.content[SERVER], err);
    }
    trust_authority_close(authority);
    files_wipe(&files);
    return status;
}

/* For the names of the old one. */
static int32_t renew_server(const char *data, const hub_files *old, int64_t now_ns,
                            kinmu_err *err) {
    char names[TRUST_NAMES_MAX][TRUST_NAME_SIZE];
    const char *list[TRUST_NAMES_MAX];
    const buffer *server = &old->content[SERVER];
    uint32_t count = trust_read_names(server->data, server->size, names, TRUST_NAMES_MAX);
    for (uint32_t i = 0; i < count; i++) {
        list[i] = names[i];
    }
    return make_server(data, old, list, count, now_ns, err);
}

static int32_t foreign(const char *data, kinmu_err *err) {
    return error_set(err, KINMU_E_STATE, "hub.foreign",
                     "the server's certificate is the company's own; put its successor and its key "
                     "into %s/" TRUST_HUB_FOLDER,
                     data);
}

int32_t trust_hub_lacks_server(const char *data) {
    static const int pair[] = {SERVER, SERVER_KEY};
    char path[TRUST_PATH_SIZE];
    if (trust_path(path, data, TRUST_HUB_FOLDER, "", NULL) != KINMU_OK || !trust_exists(path)) {
        return 0;
    }
    for (size_t i = 0; i < sizeof pair / sizeof pair[0]; i++) {
        if (trust_path(path, data, TRUST_HUB_FOLDER, files_table[pair[i]].name, NULL) == KINMU_OK &&
            !trust_exists(path)) {
            return 1;
        }
    }
    return 0;
}

int32_t trust_hub_first_name(const char *data, char *name, size_t size) {
    char path[TRUST_PATH_SIZE];
    buffer pem = {0};
    trust_facts facts;
    const size_t prefix = sizeof AUTHORITY_NAME - 1;
    int32_t is_told = trust_path(path, data, TRUST_HUB_FOLDER, TRUST_HUB_CA, NULL) == KINMU_OK &&
                      trust_read_file(path, &pem, NULL) == KINMU_OK &&
                      trust_read(pem.data, pem.size, &facts, NULL) == KINMU_OK &&
                      strncmp(facts.common_name, AUTHORITY_NAME, prefix) == 0;
    if (is_told) {
        text_copy(name, size, facts.common_name + prefix);
    }
    buffer_free(&pem);
    return is_told;
}

int32_t trust_hub_mend(const char *data, const char *const *names, uint32_t count, int64_t now_ns,
                       kinmu_err *err) {
    hub_files files = {0};
    trust_facts authority;
    trust_facts anchor;
    int32_t status = read_some(data, 1, &files, err);
    const buffer *pem = files.content;
    if (status == KINMU_OK) {
        status = trust_read(pem[CA].data, pem[CA].size, &authority, err);
    }
    if (status == KINMU_OK) {
        status = trust_read(pem[ANCHOR].data, pem[ANCHOR].size, &anchor, err);
    }
    if (status == KINMU_OK && memcmp(authority.pin, anchor.pin, sizeof anchor.pin) != 0) {
        status = foreign(data, err);
    } else if (status == KINMU_OK) {
        status = pem[SERVER].size > 0 ? renew_server(data, &files, now_ns, err)
                                      : make_server(data, &files, names, count, now_ns, err);
    }
    files_wipe(&files);
    return status;
}

int32_t trust_hub_renew(const char *data, int64_t now_ns, int32_t is_forced, int32_t *renewed,
                        kinmu_err *err) {
    hub_files files = {0};
    trust_facts server;
    trust_facts authority;
    trust_facts anchor;
    *renewed = 0;
    int32_t status = read_all(data, &files, err);
    const buffer *pem = files.content;
    if (status == KINMU_OK) {
        status = trust_read(pem[SERVER].data, pem[SERVER].size, &server, err);
    }
    if (status == KINMU_OK) {
        status = trust_read(pem[CA].data, pem[CA].size, &authority, err);
    }
    if (status == KINMU_OK) {
        status = trust_read(pem[ANCHOR].data, pem[ANCHOR].size, &anchor, err);
    }
    if (status == KINMU_OK && memcmp(authority.pin, anchor.pin, sizeof anchor.pin) != 0) {
        status = is_forced ? foreign(data, err) : KINMU_OK;
    } else if (status == KINMU_OK && (is_forced || trust_is_due(&server, now_ns))) {
        status = renew_server(data, &files, now_ns, err);
        *renewed = status == KINMU_OK;
    }
    files_wipe(&files);
    return status;
}
