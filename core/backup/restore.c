/* backup/restore.c - putting a backup back, see backup.h.
 *
 * All is copied and proved in a folder beside the target, which then gets its name in one step. The
 * node's own chain goes on behind numbers it gives up (journal/restored.h): it cannot know which of
 * them it used after the backup, and countersigned or checkpointed for others.
 */
#include "backup/backup.h"
#include "backup/files.h"

#include "base/text.h"
#include "evidence/lines.h"
#include "journal/device.h"
#include "journal/files.h"
#include "journal/journal.h"
#include "journal/restored.h"
#include "journal/schemas.h"
#include "journal/verify.h"
#include "platform/platform.h"
#include "trust/hub.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TREE_DEPTH 4u
#define MANIFEST_BYTES_MAX (64u << 20)
#define CHECKPOINT_FILE "checkpoint.json" /* while it is being proved */

typedef struct restoring {
    const char *backup;
    char partial[BACKUP_PATH_SIZE];
    backup_file files[BACKUP_FILES_MAX];
    uint32_t count;
    uint8_t public_key[CRYPTO_PUBLIC_SIZE];
    buffer checkpoint;
    backup_summary *summary;
    kinmu_err *err;
} restoring;

/* ---- the manifest ---- */

static int32_t read_manifest(restoring *r, buffer *out) {
    char path[BACKUP_PATH_SIZE];
    uint8_t chunk[4096];
    size_t size;
    int32_t status = backup_path(path, r->backup, BACKUP_MANIFEST, r->err);
    FILE *file = status == KINMU_OK ? fopen(path, "rb") : NULL;
    if (file == NULL) {
        return error_set(r->err, KINMU_E_REJECT, "restore.manifest",
                         "\"%s\": no " BACKUP_MANIFEST " there; is it a backup of Kinmu?",
                         r->backup);
    }
    while ((size = fread(chunk, 1, sizeof chunk, file)) > 0 && out->size < MANIFEST_BYTES_MAX) {
        buffer_append(out, chunk, size);
    }
    fclose(file);
    return out->failed;
}

static void take_title(restoring *r, lines_reader *l) {
    char moment[64];
    uint8_t origin[LAYOUT_ORIGIN_SIZE];
    lines_take(l, "{\"format\":\"" BACKUP_FORMAT "\",\"made\":");
    lines_take_text(l, moment, sizeof moment);
    lines_take(l, ",\"unix_ns\":");
    r->summary->made_unix_ns = lines_take_i64(l);
    lines_take(l, ",\"origin\":");
    lines_take_hex(l, origin, sizeof origin);
    lines_take(l, ",\"public_key\":");
    lines_take_hex(l, r->public_key, sizeof r->public_key);
    lines_take(l, "}");
}

/* Only names a backup gives: no way out of the folder. */
static int32_t is_name(const char *name) {
    const char *own = backup_data_name(name);
    size_t folder = sizeof TRUST_HUB_FOLDER; /* with its slash */
    if (strncmp(own, TRUST_HUB_FOLDER "/", folder) == 0) {
        own += folder;
    }
    return own[0] != '\0' && own[0] != '.' && strpbrk(own, "/\\:") == NULL;
}

static void take_file(restoring *r, lines_reader *l) {
    if (r->count == BACKUP_FILES_MAX) {
        l->bad = 1;
        return;
    }
    backup_file *file = &r->files[r->count++];
    lines_take(l, "{\"name\":");
    lines_take_text(l, file->name, sizeof file->name);
    lines_take(l, ",\"size\":");
    file->size = lines_take_u64(l);
    lines_take(l, ",\"sha256\":");
    lines_take_hex(l, file->hash, sizeof file->hash);
    lines_take(l, "}");
    l->bad |= !is_name(file->name);
}

static int32_t take_manifest(restoring *r, const buffer *text) {
    crypto *digest = NULL;
    uint8_t key[CRYPTO_PUBLIC_SIZE];
    int32_t status = crypto_create(&digest);
    lines_reader l = {.text = (const char *)text->data, .size = text->size, .digest = digest};
    while (status == KINMU_OK && (status = lines_next(&l)) == KINMU_OK) {
        if (lines_is(&l, "backup")) {
            take_title(r, &l);
        } else if (lines_is(&l, "file")) {
            take_file(r, &l);
        } else if (lines_is(&l, "checkpoint")) {
            lines_take_long_text(&l, &r->checkpoint);
        }
        status = lines_is_done(&l) ? KINMU_OK : KINMU_E_REJECT;
    }
    if (status == KINMU_E_NOTFOUND) {
        status = lines_check_seal(&l, BACKUP_CONTEXT, key);
    }
    crypto_destroy(digest);
    if (status != KINMU_OK || memcmp(key, r->public_key, sizeof key) != 0 || r->count == 0) {
        return error_set(r->err, KINMU_E_REJECT, "restore.manifest",
                         "\"%s/" BACKUP_MANIFEST "\" was changed near line %llu; take another "
                         "backup",
                         r->backup, (unsigned long long)l.number);
    }
    return KINMU_OK;
}

/* ---- the files ---- */

static int32_t copy_file(restoring *r, const backup_file *file) {
    char from[BACKUP_PATH_SIZE];
    char to[BACKUP_PATH_SIZE];
    backup_file found = {0};
    int32_t status = backup_path(from, r->backup, file->name, r->err);
    if (status == KINMU_OK) {
        status = backup_path(to, r->partial, backup_data_name(file->name), r->err);
    }
    if (status == KINMU_OK) {
        status = backup_copy(from, to, &found, r->err);
    }
    if (status == KINMU_OK &&
        (found.size != file->size || memcmp(found.hash, file->hash, sizeof found.hash) != 0)) {
        status = error_set(r->err, KINMU_E_REJECT, "restore.changed",
                           "\"%s\" is not the file of the manifest; take another backup", from);
    }
    r->summary->bytes += found.size;
    return status;
}

static int32_t copy_files(restoring *r) {
    char folder[BACKUP_PATH_SIZE];
    int32_t status = platform_make_private_folder(r->partial, r->err);
    if (status == KINMU_OK) {
        status = backup_path(folder, r->partial, TRUST_HUB_FOLDER, r->err);
    }
    for (uint32_t i = 0; status == KINMU_OK && i < r->count; i++) {
        if (strncmp(backup_data_name(r->files[i].name), TRUST_HUB_FOLDER "/",
                    sizeof TRUST_HUB_FOLDER) == 0) {
            status = platform_make_private_folder(folder, r->err);
        }
        if (status == KINMU_OK) {
            status = copy_file(r, &r->files[i]);
        }
    }
    r->summary->files = r->count;
    return status;
}

static int32_t is_own_key(restoring *r) {
    device d;
    int32_t status = device_read(r->partial, &d, r->err);
    if (status == KINMU_OK && memcmp(d.public_key, r->public_key, sizeof d.public_key) != 0) {
        status =
            error_set(r->err, KINMU_E_REJECT, "restore.key",
                      "device.key in \"%s\" is not the one that sealed the manifest", r->backup);
    }
    if (status == KINMU_OK) {
        device_wipe(&d);
    }
    return status;
}

/* `where` is what people know the history by; `checkpoint` may be NULL. */
static int32_t prove_history(const char *data, const char *checkpoint, const char *where,
                             backup_summary *summary, kinmu_err *err) {
    verify_report report;
    int32_t status = journal_verify(data, checkpoint, &report, err);
    if (status == KINMU_OK && report.verdict != VERIFY_OK) {
        status = error_set(err, KINMU_E_REJECT, "restore.history",
                           "the history in \"%s\" is not whole: %.300s", where, report.text);
    }
    if (status == KINMU_OK) {
        summary->blocks = report.blocks;
    }
    return status;
}

static int32_t prove(restoring *r) {
    char path[BACKUP_PATH_SIZE];
    int32_t status = is_own_key(r);
    if (status == KINMU_OK) {
        status = backup_path(path, r->partial, CHECKPOINT_FILE, r->err);
    }
    if (status == KINMU_OK) {
        status = platform_write_file(path, r->checkpoint.data, r->checkpoint.size, 1, r->err);
    }
    if (status == KINMU_OK) {
        status = prove_history(r->partial, path, r->backup, r->summary, r->err);
        backup_remove_tree(path, 0);
    }
    return status;
}

static int32_t give_up_numbers(const char *data, backup_summary *summary, kinmu_err *err) {
    schema_registry *schemas = NULL;
    journal *j = NULL;
    uint32_t count;
    const kinmu_schema *own = journal_schemas(&count);
    const journal_settings settings = {.directory = data};
    int32_t status = schema_registry_create(&schemas);
    for (uint32_t i = 0; status == KINMU_OK && i < count; i++) {
        status = schema_registry_add(schemas, &own[i], NULL, err);
    }
    if (status == KINMU_OK) {
        status = journal_open(&settings, schemas, &j, err);
    }
    if (status == KINMU_OK) {
        status = journal_note_restore(j, &summary->restore, err);
    }
    journal_close(j);
    schema_registry_destroy(schemas);
    return status;
}

static int32_t restore(restoring *r, const char *data) {
    buffer manifest = {NULL, 0, 0, 0};
    int32_t status = read_manifest(r, &manifest);
    if (status == KINMU_OK) {
        status = take_manifest(r, &manifest);
    }
    buffer_free(&manifest);
    if (status != KINMU_OK) {
        return status;
    }
    status = copy_files(r);
    if (status == KINMU_OK) {
        status = prove(r);
    }
    if (status == KINMU_OK) {
        status = give_up_numbers(r->partial, r->summary, r->err);
    }
    if (status == KINMU_OK) {
        status = backup_put_in_place(r->partial, data, r->err);
    }
    if (status != KINMU_OK) {
        backup_remove_tree(r->partial, TREE_DEPTH);
    }
    return status;
}

int32_t backup_restore(const char *backup, const char *data, backup_summary *summary,
                       kinmu_err *err) {
    restoring *r = calloc(1, sizeof *r);
    memset(summary, 0, sizeof *summary);
    if (r == NULL) {
        return error_set(err, KINMU_E_NOMEM, "restore.memory", "out of memory");
    }
    r->backup = backup;
    r->summary = summary;
    r->err = err;
    int length = snprintf(r->partial, sizeof r->partial, "%s" BACKUP_PARTIAL, data);
    int32_t status = KINMU_OK;
    if (length < 0 || length >= (int)sizeof r->partial) {
        status = error_set(err, KINMU_E_CONFIG, "backup.path", "\"%s\": path too long", data);
    } else if ((backup_exists(data) && !backup_is_empty_folder(data)) ||
               backup_exists(r->partial)) {
        status = error_set(err, KINMU_E_STATE, "restore.there",
                           "\"%s\" (or \"%s\") is there and not empty, and is not touched; move it "
                           "away, or give another folder",
                           data, r->partial);
    } else {
        status = restore(r, data);
    }
    buffer_free(&r->checkpoint);
    free(r);
    return status;
}

int32_t backup_server_restored(const char *data, backup_summary *summary, kinmu_err *err) {
    memset(summary, 0, sizeof *summary);
    if (!files_are_shared(data)) {
        return error_set(
            err, KINMU_E_REJECT, "restore.files",
            "\"%s\": its journal is in files; put a backup back with kinmu restore DIR "
            "--data NEW",
            data);
    }
    int32_t status = prove_history(data, NULL, data, summary, err);
    return status == KINMU_OK ? give_up_numbers(data, summary, err) : status;
}
