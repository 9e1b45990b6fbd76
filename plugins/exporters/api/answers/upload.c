/* api/answers/upload.c - POST imports: files of master data as multipart/form-data, on their way to
 * the disk, then to connector `people` in one command, then gone.
 *
 * The client is judged before any more of its body is asked for. Files are written as they come, a
 * piece a job, under names of our own in a folder that only the daemon's account opens; what the
 * client calls them is used in messages alone. They are removed before the answer leaves, whatever
 * it is, when the client goes away, and, after a crash, by the next start. */
#include "api.h"
#include "wire/multipart.h"

#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FILES_MAX 8u /* as many as an import takes */
#define NAME_BYTES_MAX 120u
#define PATH_SIZE (UPLOAD_FOLDER_SIZE + 32u)

struct upload {
    const char *folder;
    char id[TOKEN_ID_SIZE]; /* begins the names of its files */
    multipart form;
    EVP_MD_CTX *hash; /* over names and contents: the boundary is another one each time */
    FILE *file;
    char names[FILES_MAX][NAME_BYTES_MAX + 1];
    uint32_t count; /* files begun */
    uint64_t bytes; /* of the one being written */
    uint8_t part[KINMU_ROUTE_PART_BYTES_MAX];
    uint32_t size;
    int32_t is_last;
    const char *wrong; /* a code, and the file it is about */
};

/* ---- files, in jobs ---- */

static void print_path(const upload *u, uint32_t number, char path[PATH_SIZE]) {
    (void)snprintf(path, PATH_SIZE, "%s/%s-%u.csv", u->folder, u->id, number);
}

static void hash(upload *u, const void *data, size_t size) {
    (void)EVP_DigestUpdate(u->hash, data, size);
}

static int32_t is_text(const char *name) {
    for (const char *at = name; *at != '\0'; at++) {
        if ((uint8_t)*at < ' ' || *at == 0x7F) {
            return 0;
        }
    }
    return target_is_utf8(name, strlen(name)) && strlen(name) <= NAME_BYTES_MAX && name[0] != '\0';
}

static const char *begin_file(void *user, const char *name) {
    upload *u = user;
    char path[PATH_SIZE];
    if (u->count == FILES_MAX) {
        return "upload.many";
    }
    char *shown = u->names[u->count];
    if (is_text(name)) {
        (void)snprintf(shown, NAME_BYTES_MAX + 1, "%s", name);
    } else {
        (void)snprintf(shown, NAME_BYTES_MAX + 1, "%u.csv", u->count + 1);
    }
    hash(u, name, strlen(name) + 1);
    print_path(u, u->count++, path);
    u->bytes = 0;
    u->file = fopen(path, "wbx");
    return u->file != NULL ? NULL : "upload.disk";
}

static const char *write_bytes(void *user, const void *bytes, size_t size) {
    upload *u = user;
    u->bytes += size;
    if (u->bytes > API_UPLOAD_FILE_BYTES_MAX) {
        return "upload.large";
    }
    hash(u, bytes, size);
    return fwrite(bytes, 1, size, u->file) == size ? NULL : "upload.disk";
}

static const char *end_file(void *user) {
    upload *u = user;
    FILE *file = u->file;
    hash(u, &u->bytes, sizeof u->bytes);
    u->file = NULL;
    return fclose(file) == 0 ? NULL : "upload.disk";
}

static void take_part(void *user) {
    const exchange *x = user;
    upload *u = x->upload;
    const multipart_sink sink = {u, begin_file, write_bytes, end_file};
    u->wrong = multipart_take(&u->form, u->part, u->size, &sink);
    if (u->wrong == NULL && u->is_last) {
        u->wrong = !multipart_is_whole(&u->form) ? "upload.body"
                   : u->count == 0               ? "upload.none"
                                                 : NULL;
    }
}

static void remove_files(void *user) {
    upload *u = ((const exchange *)user)->upload;
    char path[PATH_SIZE];
    if (u->file != NULL) {
        (void)fclose(u->file);
        u->file = NULL;
    }
    for (uint32_t i = 0; i < u->count; i++) {
        print_path(u, i, path);
        (void)remove(path);
    }
    u->count = 0;
}

/* ---- the end ---- */

static void free_upload(exchange *x) {
    if (x->upload != NULL) {
        EVP_MD_CTX_free(x->upload->hash);
        free(x->upload);
        x->upload = NULL;
        x->owner->uploads--;
    }
}

void upload_end(exchange *x) {
    if (x->upload != NULL) {
        remove_files(x);
    }
    free_upload(x);
}

static void on_removed(void *user, int32_t ran) {
    exchange *x = user;
    if (ran != KINMU_OK) {
        remove_files(x);
    }
    free_upload(x);
    if (x->owner->is_running) {
        exchange_answer(x);
    } else {
        x->is_busy = 0;
        exchange_drop(x);
    }
}

int32_t upload_clears(exchange *x) {
    const api *a = x->owner;
    if (x->upload == NULL) {
        return 0;
    }
    x->is_busy = 1;
    if (a->work->submit(a->host, remove_files, on_removed, x) != KINMU_OK) {
        upload_end(x);
        return 0;
    }
    return 1;
}

/* ---- the command ---- */

/* Position of an input of the import; it has all that are asked for. */
static uint32_t input_at(const exchange *x, const char *name) {
    uint32_t at = 0;
    while (at < x->row.input.count && strcmp(body_field(&x->row.input, at).name, name) != 0) {
        at++;
    }
    return at;
}

/* What the query says becomes the command's inputs; paths and names are ours. 0: answered. */
static int32_t take_query(exchange *x) {
    uint32_t count = x->row.input.count;
    kinmu_value *values = memory_get(&x->memory, (count + 1) * sizeof *values);
    for (uint32_t i = 0; values != NULL && i < x->target.parameter_count; i++) {
        const target_parameter *parameter = &x->target.parameters[i];
        uint32_t at = input_at(x, parameter->name);
        if (at == count || strcmp(parameter->name, "files") == 0 ||
            strcmp(parameter->name, "names") == 0) {
            problem_set(x, 422, "query.unknown", parameter->name, NULL);
            return 0;
        }
        kinmu_field field = body_field(&x->row.input, at);
        if (!body_value_of_text(&x->memory, &field, parameter->value, &values[at])) {
            problem_set(x, 422, "query.value", parameter->name,
                        field.type == KINMU_TYPE_BOOL ? "true, false" : field.doc);
            return 0;
        }
    }
    x->values = values;
    return values != NULL;
}

static void go_import(exchange *x) {
    upload *u = x->upload;
    kinmu_value *values = memory_values(&x->memory, x->values, x->row.input.count, 0);
    const char *paths = "";
    const char *names = "";
    char path[PATH_SIZE];
    uint32_t size = 0;
    for (uint32_t i = 0; i < u->count && paths != NULL && names != NULL; i++) {
        print_path(u, i, path);
        paths = memory_print(&x->memory, "%s%s\n", paths, path);
        names = memory_print(&x->memory, "%s%s\n", names, u->names[i]);
    }
    hash(u, x->query, strlen(x->query));
    if (values == NULL || paths == NULL || names == NULL ||
        EVP_DigestFinal_ex(u->hash, x->sha256, &size) != 1) {
        problem_set(x, 503, "memory", NULL, NULL);
        exchange_answer(x);
        return;
    }
    values[input_at(x, "files")] = kinmu_text(paths);
    values[input_at(x, "names")] = kinmu_text(names);
    x->values = values;
    run_command(x);
}

/* ---- parts, as they come ---- */

static void refuse(exchange *x, const char *code, const char *name) {
    uint32_t status = strcmp(code, "upload.large") == 0  ? 413
                      : strcmp(code, "upload.disk") == 0 ? 503
                      : strcmp(code, "upload.body") == 0 ? 400
                                                         : 422;
    problem_set(x, status, code, name, NULL);
}

static void on_taken(void *user, int32_t ran) {
    exchange *x = user;
    const api *a = x->owner;
    const upload *u = x->upload;
    if (!a->is_running) {
        x->is_busy = 0;
        exchange_drop(x);
        return;
    }
    if (ran != KINMU_OK) {
        problem_set(x, 503, "busy", NULL, NULL);
    } else if (u->wrong != NULL) {
        refuse(x, u->wrong, u->count > 0 ? u->names[u->count - 1] : "");
    }
    if (x->status != 0 || x->id == 0) {
        exchange_answer(x);
    } else if (u->is_last) {
        go_import(x);
    } else {
        x->is_busy = 0;
        (void)a->routes->resume(a->host, x->id);
    }
}

void upload_part(exchange *x, const void *data, size_t size, int32_t is_last) {
    const api *a = x->owner;
    upload *u = x->upload;
    x->is_busy = 1;
    u->size = (uint32_t)(size < sizeof u->part ? size : sizeof u->part);
    u->is_last = is_last;
    if (u->size > 0) {
        memcpy(u->part, data, u->size);
    }
    int32_t status = a->work->submit(a->host, take_part, on_taken, x);
    if (status != KINMU_OK) {
        problem_set(x, 503, "busy", NULL, NULL);
        exchange_answer(x);
    }
}

/* Judged and let in: the first part waits already. */
static void begin_upload(exchange *x) {
    api *a = x->owner;
    upload *u = a->uploads < API_UPLOADS_MAX && a->folder[0] != '\0' ? calloc(1, sizeof *u) : NULL;
    if (u == NULL) {
        problem_set(x, 503, "busy", NULL, NULL);
        exchange_answer(x);
        return;
    }
    a->uploads++;
    x->upload = u;
    u->folder = a->folder;
    u->hash = EVP_MD_CTX_new();
    if (u->hash == NULL || EVP_DigestInit_ex(u->hash, EVP_sha256(), NULL) != 1 ||
        !token_make_id(u->id)) {
        problem_set(x, 503, "memory", NULL, NULL);
        exchange_answer(x);
        return;
    }
    (void)multipart_begin(&u->form, x->content_type);
    upload_part(x, x->body, x->body_size, x->body_is_last);
}

void upload_find(exchange *x) {
    run_name(x, "people", "import");
}

void upload_job(exchange *x) {
    multipart form;
    if (x->row.name == NULL || input_at(x, "names") == x->row.input.count) {
        problem_set(x, 404, "imports.off", NULL, NULL);
    } else if (run_may(x) && run_check_key(x)) {
        if (!multipart_begin(&form, x->content_type)) {
            problem_set(x, 415, "upload.type", NULL, NULL);
        } else if (take_query(x)) {
            x->go = begin_upload;
        }
    }
}

/* ---- the folder ---- */

static void find_folder(void *user) {
    api *a = user;
    if (a->commands->folder(a->host, a->found, sizeof a->found) != KINMU_OK) {
        a->found[0] = '\0';
    }
}

static void on_folder(void *user, int32_t ran) {
    api *a = user;
    if (--a->looking > 0) { /* of a life before: the folder is emptied once more */
        return;
    }
    if (ran == KINMU_OK && a->found[0] != '\0') {
        memcpy(a->folder, a->found, sizeof a->folder);
    } else if (a->is_running) {
        a->host->log(a->host, KINMU_LOG_WARN,
                     "no folder for uploads: imports by the API are answered 503");
    }
}

void upload_open(api *a) {
    a->folder[0] = '\0';
    a->looking++;
    if (a->work->submit(a->host, find_folder, on_folder, a) != KINMU_OK) {
        on_folder(a, KINMU_E_BUSY);
    }
}
