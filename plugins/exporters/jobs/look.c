/* jobs/look.c - a job and its files, for callers: each look is a job of work/1 of its own. */
#include "caller.h"
#include "jobs.h"

#include <stdlib.h>
#include <string.h>

#define CHUNK_BYTES_MAX (1u << 20)

enum { READ_FILE = 1, READ_OFFSET, READ_SIZE }; /* inputs of read */

/* A call that looks at files: a job of its own. */
typedef struct look {
    jobs *self;
    uint64_t call;
    json_int_t job;
    json_t *about;       /* show: the job as it was */
    json_t *files;       /* show */
    int32_t is_at_shell; /* show: who asks reaches the folder */
    char *file;          /* read */
    uint64_t offset;
    shelf_file found;
    uint8_t *data;
    uint32_t size;
    int32_t status;
} look;

static void free_look(look *l) {
    json_decref(l->about);
    json_decref(l->files);
    free(l->file);
    free(l->data);
    free(l);
}

static int32_t add_file(void *user, const char *name, uint64_t bytes) {
    json_t *files = user;
    if (json_array_size(files) < SHELF_SHOWN_MAX) {
        (void)json_array_append_new(
            files, json_pack("{s:s, s:I}", "name", name, "bytes", (json_int_t)bytes));
    }
    return KINMU_OK;
}

static int by_name(const void *a, const void *b) {
    json_t *const *x = a;
    json_t *const *y = b;
    return strcmp(queue_word(*x, "name"), queue_word(*y, "name"));
}

/* By name, whatever order the folder has. */
static void sort_files(json_t **files) {
    size_t count = json_array_size(*files);
    json_t **items = calloc(count + 1, sizeof(json_t *));
    json_t *sorted = json_array();
    for (size_t i = 0; items != NULL && i < count; i++) {
        items[i] = json_array_get(*files, i);
    }
    if (items != NULL && sorted != NULL) {
        qsort(items, count, sizeof(json_t *), by_name);
        for (size_t i = 0; i < count; i++) {
            (void)json_array_append(sorted, items[i]);
        }
        json_decref(*files);
        *files = sorted;
        sorted = NULL;
    }
    json_decref(sorted);
    free(items);
}

static void run_look(void *user) {
    look *l = user;
    const char *root = l->self->root;
    if (l->file != NULL) {
        l->status = shelf_read(root, l->job, l->file, l->offset, l->data, &l->size, &l->found);
    } else {
        (void)shelf_list(root, l->job, add_file, l->files);
        sort_files(&l->files);
    }
}

static void answer_show(const look *l) {
    char directory[SHELF_PATH_SIZE];
    char *about = json_dumps(l->about, JSON_COMPACT);
    char *files = json_dumps(l->files, JSON_COMPACT);
    int32_t has_files = l->is_at_shell && queue_is(l->about, "done") &&
                        shelf_path(l->self->root, l->job, directory) == KINMU_OK;
    const kinmu_value values[] = {kinmu_text(about != NULL ? about : "{}"),
                                  kinmu_text(files != NULL ? files : "[]"),
                                  has_files ? kinmu_text(directory) : kinmu_null()};
    (void)l->self->calls->answer(l->self->host, l->call, KINMU_OK, values, 3, NULL);
    free(about);
    free(files);
}

static void after_look(void *user, int32_t status) {
    look *l = user;
    status = status != KINMU_OK ? status : l->status;
    if (!l->self->is_started) {
        free_look(l);
        return;
    }
    if (status != KINMU_OK) {
        (void)l->self->calls->answer(
            l->self->host, l->call, status, NULL, 0,
            status == KINMU_E_NOTFOUND
                ? "jobs: そのファイルはありません。kinmu job show で確かめてください / there is no "
                  "such file; see kinmu job show"
                : "jobs: the file cannot be read now");
    } else if (l->file == NULL) {
        answer_show(l);
    } else {
        const kinmu_value values[] = {kinmu_bytes(l->data, l->size),
                                      kinmu_i64((int64_t)l->found.bytes),
                                      kinmu_text(l->found.stamp)};
        (void)l->self->calls->answer(l->self->host, l->call, KINMU_OK, values, 3, NULL);
    }
    free_look(l);
}

static int32_t begin_look(look *l) {
    int32_t status = l->about != NULL && l->files != NULL && (l->file == NULL || l->data != NULL)
                         ? l->self->work->submit(l->self->host, run_look, after_look, l)
                         : KINMU_E_NOMEM;
    if (status != KINMU_OK) {
        free_look(l);
    }
    return status;
}

/* The job's number is the first input. */
static look *new_look(jobs *self, const kinmu_call *call, kinmu_err *err, int32_t *status) {
    json_int_t id = call->values[0].as.i64;
    json_t *job = queue_find(&self->queue, id);
    look *l = job != NULL ? calloc(1, sizeof *l) : NULL;
    if (l == NULL) {
        *status = job != NULL
                      ? KINMU_E_NOMEM
                      : jobs_refuse(err, KINMU_E_NOTFOUND, "jobs.job",
                                    "そのジョブはありません。kinmu job list で確かめてください / "
                                    "there is no such job; see kinmu job list");
        return NULL;
    }
    l->self = self;
    l->call = call->id;
    l->job = id;
    l->is_at_shell = strcmp(caller_channel(call->caller), "cli") == 0;
    l->about = json_deep_copy(job);
    l->files = json_array();
    (void)json_object_set_new(l->about, "place", json_integer(queue_place(&self->queue, id)));
    return l;
}

int32_t look_at_job(jobs *self, const kinmu_call *call, kinmu_err *err) {
    int32_t status = KINMU_OK;
    look *l = new_look(self, call, err, &status);
    return l != NULL ? begin_look(l) : status;
}

static int64_t number_of(const kinmu_call *call, uint32_t input, int64_t otherwise) {
    const kinmu_value *value = input < call->value_count ? &call->values[input] : NULL;
    return value != NULL && value->type == KINMU_TYPE_I64 ? value->as.i64 : otherwise;
}

int32_t look_into_file(jobs *self, const kinmu_call *call, kinmu_err *err) {
    int32_t status = KINMU_OK;
    look *l = new_look(self, call, err, &status);
    if (l == NULL) {
        return status;
    }
    const kinmu_value *name = &call->values[READ_FILE];
    int64_t from = number_of(call, READ_OFFSET, 0);
    int64_t size = number_of(call, READ_SIZE, CHUNK_BYTES_MAX);
    if (!queue_is(l->about, "done") || from < 0 || size < 0) {
        status = jobs_refuse(err, KINMU_E_REJECT, "jobs.files",
                             from < 0 || size < 0
                                 ? "offset or size is below 0"
                                 : "ファイルはもうありません。kinmu job show で確かめてください / "
                                   "its files are not there; see kinmu job show");
        free_look(l);
        return status;
    }
    l->offset = (uint64_t)from;
    l->size = size < CHUNK_BYTES_MAX ? (uint32_t)size : CHUNK_BYTES_MAX;
    l->data = malloc((size_t)l->size + 1);
    l->file = malloc((size_t)name->size + 1);
    if (l->file == NULL) {
        free_look(l);
        return KINMU_E_NOMEM;
    }
    memcpy(l->file, name->as.text, name->size);
    l->file[name->size] = '\0';
    return begin_look(l);
}
