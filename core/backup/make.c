/* backup/make.c - making a backup, see backup.h.
 *
 * Order: store, journal, keys. The store is never ahead of the journal copied after it, and every
 * key of a block is durable before the block: so the three fit without stopping anybody.
 */
#include "backup/backup.h"
#include "backup/files.h"

#include "base/clock.h"
#include "base/text.h"
#include "evidence/lines.h"
#include "journal/checkpoint.h"
#include "journal/files.h"
#include "platform/platform.h"
#include "trust/agent.h"
#include "trust/hub.h"

#include <uv.h>

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define STORE_FILE "store.db"
#define TREE_DEPTH 4u

typedef struct making {
    const char *data;
    char partial[BACKUP_PATH_SIZE];
    device device;
    backup_file files[BACKUP_FILES_MAX];
    uint32_t count;
    kinmu_err *err;
} making;

static backup_file *add_file(making *m, const char *name) {
    if (m->count == BACKUP_FILES_MAX) {
        return NULL;
    }
    backup_file *file = &m->files[m->count++];
    text_copy(file->name, sizeof file->name, name);
    return file;
}

static int32_t too_many(making *m) {
    return error_set(m->err, KINMU_E_REJECT, "backup.files", "more than %u files to back up",
                     BACKUP_FILES_MAX);
}

static int32_t copy_database(making *m, const char *name) {
    char to[BACKUP_PATH_SIZE];
    sql_reason reason = {0};
    sql_db *db = NULL;
    backup_file *file = add_file(m, name);
    if (file == NULL) {
        return too_many(m);
    }
    int32_t status = files_open(m->data, backup_data_name(name), 0, &db, m->err);
    if (status == KINMU_OK && !sql_can_copy(db)) {
        status = error_set(m->err, KINMU_E_REJECT, "backup.engine",
                           "the journal is in a database server; back it up with its own tools "
                           "(PostgreSQL: pg_basebackup or pg_dump, see docs/backup.md)");
    }
    if (status == KINMU_OK) {
        status = backup_path(to, m->partial, name, m->err);
    }
    if (status == KINMU_OK) {
        status = platform_write_file(to, "", 0, 1, m->err);
    }
    if (status == KINMU_OK && sql_copy(db, to, &reason) != SQL_DONE) {
        status = error_set(m->err, KINMU_E_RETRY, "backup.copy", "\"%s\": %s", to, reason.text);
    }
    sql_close(db);
    return status == KINMU_OK ? backup_copy(to, NULL, file, m->err) : status;
}

static int32_t copy_plain(making *m, const char *name) {
    char from[BACKUP_PATH_SIZE];
    char to[BACKUP_PATH_SIZE];
    backup_file *file = add_file(m, name);
    int32_t status =
        file != NULL ? backup_path(from, m->data, backup_data_name(name), m->err) : too_many(m);
    if (status == KINMU_OK) {
        status = backup_path(to, m->partial, name, m->err);
    }
    return status == KINMU_OK ? backup_copy(from, to, file, m->err) : status;
}

static int32_t make_folder(making *m, const char *name) {
    char path[BACKUP_PATH_SIZE];
    int32_t status = backup_path(path, m->partial, name, m->err);
    return status == KINMU_OK ? platform_make_private_folder(path, m->err) : status;
}

/* What makes a hub the one its agents know. */
static int32_t copy_trust(making *m) {
    char folder[BACKUP_PATH_SIZE];
    uv_fs_t scan;
    uv_dirent_t entry;
    int32_t status = backup_path(folder, m->data, TRUST_HUB_FOLDER, m->err);
    if (status != KINMU_OK || !backup_exists(folder)) {
        return status;
    }
    status = make_folder(m, BACKUP_KEYS TRUST_HUB_FOLDER);
    if (status == KINMU_OK && uv_fs_scandir(NULL, &scan, folder, 0, NULL) < 0) {
        return error_set(m->err, KINMU_E_RETRY, "backup.folder", "\"%s\": cannot be read", folder);
    }
    while (status == KINMU_OK && uv_fs_scandir_next(&scan, &entry) == 0) {
        char name[BACKUP_NAME_SIZE];
        int length = snprintf(name, sizeof name, BACKUP_KEYS TRUST_HUB_FOLDER "/%s", entry.name);
        status = length < (int)sizeof name ? copy_plain(m, name) : too_many(m);
    }
    uv_fs_req_cleanup(&scan);
    return status;
}

/* ---- the manifest ---- */

static void put_hex(buffer *out, const char *key, const void *data, size_t size) {
    buffer_printf(out, ",\"%s\":", key);
    lines_put_hex(out, data, size);
}

static int32_t write_lines(const making *m, lines_writer *w, int64_t unix_ns) {
    char moment[64];
    text_time(moment, sizeof moment, unix_ns, 0);
    lines_open(w, "backup");
    buffer_printf(&w->out, "{\"format\":\"" BACKUP_FORMAT "\",\"made\":\"%s\",\"unix_ns\":%" PRId64,
                  moment, unix_ns);
    put_hex(&w->out, "origin", m->device.origin, sizeof m->device.origin);
    put_hex(&w->out, "public_key", m->device.public_key, sizeof m->device.public_key);
    buffer_text(&w->out, "}");
    int32_t status = lines_close(w);
    for (uint32_t i = 0; status == KINMU_OK && i < m->count; i++) {
        lines_open(w, "file");
        buffer_text(&w->out, "{\"name\":");
        text_json(&w->out, m->files[i].name, strlen(m->files[i].name));
        buffer_printf(&w->out, ",\"size\":%" PRIu64, m->files[i].size);
        put_hex(&w->out, "sha256", m->files[i].hash, sizeof m->files[i].hash);
        buffer_text(&w->out, "}");
        status = lines_close(w);
    }
    return status;
}

static int32_t write_heads(const making *m, lines_writer *w) {
    checkpoint c;
    buffer text = {NULL, 0, 0, 0};
    int32_t status = checkpoint_make(m->partial, &m->device, &c, m->err);
    if (status != KINMU_OK) {
        return status;
    }
    checkpoint_write(&c, &text);
    lines_open(w, "checkpoint");
    text_json(&w->out, buffer_string(&text), text.size);
    status = lines_close(w);
    buffer_free(&text);
    checkpoint_free(&c);
    return status;
}

static int32_t write_manifest(making *m, int64_t unix_ns) {
    lines_writer w;
    char path[BACKUP_PATH_SIZE];
    int32_t status = lines_begin(&w);
    if (status == KINMU_OK) {
        status = write_lines(m, &w, unix_ns);
    }
    if (status == KINMU_OK) {
        status = write_heads(m, &w);
    }
    if (status == KINMU_OK) {
        status = lines_seal(&w, BACKUP_CONTEXT, &m->device);
    }
    if (status == KINMU_OK) {
        status = backup_path(path, m->partial, BACKUP_MANIFEST, m->err);
    }
    if (status == KINMU_OK) {
        status = platform_write_file(path, w.out.data, w.out.size, 1, m->err);
    }
    lines_end(&w);
    return status;
}

/* ---- the whole ---- */

static int32_t has_file(const making *m, const char *name) {
    char path[BACKUP_PATH_SIZE];
    return backup_path(path, m->data, name, NULL) == KINMU_OK && backup_exists(path);
}

static int32_t check_source(making *m) {
    if (has_file(m, TRUST_AGENT_FOLDER)) {
        return error_set(m->err, KINMU_E_REJECT, "backup.agent",
                         "\"%s\": this node sends its history to a hub; back up the hub. A lost "
                         "agent is enrolled anew, its old history stays on the hub",
                         m->data);
    }
    if (!has_file(m, FILES_JOURNAL)) {
        return error_set(m->err, KINMU_E_REJECT, "backup.none",
                         "\"%s\" has no journal.db. Is it the data folder? A journal in PostgreSQL "
                         "is backed up with pg_basebackup or pg_dump (docs/backup.md)",
                         m->data);
    }
    return device_read(m->data, &m->device, m->err);
}

/* A missing folder above is a disk that is not mounted, or a slip of the pen. */
static int32_t check_parent(const char *target, kinmu_err *err) {
    char parent[BACKUP_PATH_SIZE];
    text_copy(parent, sizeof parent, target);
    char *slash = strrchr(parent, '/');
    if (slash == NULL || slash == parent) {
        return KINMU_OK;
    }
    *slash = '\0';
    return backup_exists(parent) ? KINMU_OK
                                 : error_set(err, KINMU_E_NOTFOUND, "backup.parent",
                                             "\"%s\" is missing; is the disk mounted? Make the "
                                             "folder, or give another",
                                             parent);
}

static int32_t fill(making *m, int32_t with_store) {
    int32_t status = make_folder(m, BACKUP_KEYS);
    if (status == KINMU_OK && with_store && has_file(m, STORE_FILE)) {
        status = copy_database(m, STORE_FILE);
    }
    if (status == KINMU_OK) {
        status = copy_database(m, FILES_JOURNAL);
    }
    if (status == KINMU_OK) {
        status = copy_database(m, BACKUP_KEYS FILES_KEYS);
    }
    if (status == KINMU_OK) {
        status = copy_plain(m, BACKUP_KEYS "device.key");
    }
    if (status == KINMU_OK) {
        status = copy_trust(m);
    }
    return status == KINMU_OK ? write_manifest(m, clock_unix_ns()) : status;
}

int32_t backup_make(const char *data, const char *target, int32_t with_store,
                    backup_summary *summary, kinmu_err *err) {
    making m = {.data = data, .err = err};
    memset(summary, 0, sizeof *summary);
    int length = snprintf(m.partial, sizeof m.partial, "%s" BACKUP_PARTIAL, target);
    if (length < 0 || length >= (int)sizeof m.partial) {
        return error_set(err, KINMU_E_CONFIG, "backup.path", "\"%s\": path too long", target);
    }
    const char *there = backup_exists(target)      ? target
                        : backup_exists(m.partial) ? m.partial
                                                   : NULL;
    if (there != NULL) {
        return error_set(err, KINMU_E_STATE, "backup.there",
                         "\"%s\" is there already and is not touched; give another folder%s", there,
                         there == m.partial ? ", or remove it: a backup was cut off in it" : "");
    }
    int32_t status = check_parent(target, err);
    if (status == KINMU_OK) {
        status = check_source(&m);
    }
    if (status == KINMU_OK) {
        status = fill(&m, with_store);
        if (status == KINMU_OK) {
            status = backup_put_in_place(m.partial, target, err);
        }
        if (status != KINMU_OK) {
            backup_remove_tree(m.partial, TREE_DEPTH);
        }
    }
    summary->files = m.count;
    for (uint32_t i = 0; i < m.count; i++) {
        summary->bytes += m.files[i].size;
    }
    device_wipe(&m.device);
    return status;
}
