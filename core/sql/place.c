/* sql/place.c - see place.h. */
#include "sql/place.h"

#include "base/error.h"
#include "base/text.h"
#include "platform/platform.h"

#include <stdio.h>
#include <stdlib.h>
#include <uv.h>

#define PATH_SIZE 4096

typedef struct word {
    char *directory; /* NULL = free */
    uint32_t tables;
    char *place;
    char *secret;
    char area[SQL_AREA_BYTES_MAX + 16];
} word;

static uv_once_t once = UV_ONCE_INIT;
static uv_mutex_t mutex; /* guards what follows */
static word words[SQL_PLACES_MAX];
static const sql_engine *postgres;

static void init(void) {
    if (uv_mutex_init(&mutex) != 0) {
        abort(); /* the system is out of resources to run at all */
    }
}

/* ---- the module ---- */

static int32_t file_exists(const char *path) {
    FILE *file = fopen(path, "rb");
    if (file != NULL) {
        fclose(file);
    }
    return file != NULL;
}

/* In the build tree beside the program or its tests; installed in lib/kinmu. */
static int32_t find_module(char path[PATH_SIZE]) {
    static const char *const beside[] = {"/modules", "/../modules", NULL};
    char program[PATH_SIZE - 128] = "";
    char *slash =
        platform_program_path(program, sizeof program) == KINMU_OK ? strrchr(program, '/') : NULL;
    for (size_t i = 0; slash != NULL && beside[i] != NULL; i++) {
        snprintf(path, PATH_SIZE, "%.*s%s/kinmu-postgres%s", (int)(slash - program), program,
                 beside[i], PLATFORM_LIBRARY_SUFFIX);
        if (file_exists(path)) {
            return 1;
        }
    }
    snprintf(path, PATH_SIZE, "%s/../kinmu-postgres%s", KINMU_PLUGIN_DIR, PLATFORM_LIBRARY_SUFFIX);
    return file_exists(path);
}

static int32_t load_module(kinmu_err *err) {
    char path[PATH_SIZE];
    if (postgres != NULL) {
        return KINMU_OK;
    }
    if (!find_module(path)) {
        return error_set(err, KINMU_E_NOTFOUND, "sql.module",
                         "\"%s\": not there; install the package kinmu-postgres", path);
    }
    if (platform_writable_by_others(path, err) != 0) {
        return KINMU_E_DENIED;
    }
    void *library = platform_open_library(path, err);
    if (library == NULL) {
        return KINMU_E_NOTFOUND;
    }
    const sql_engine *engine = platform_find_symbol(library, SQL_ENGINE_SYMBOL);
    if (engine == NULL || engine->struct_size != sizeof *engine) {
        return error_set(
            err, KINMU_E_ABI, "sql.module",
            "\"%s\" is of another version; install the one that came with this program", path);
    }
    postgres = engine;
    return KINMU_OK;
}

/* ---- places ---- */

static word *find(const char *directory, uint32_t tables) {
    for (size_t i = 0; i < SQL_PLACES_MAX; i++) {
        if (words[i].directory != NULL && words[i].tables == tables &&
            strcmp(words[i].directory, directory) == 0) {
            return &words[i];
        }
    }
    return NULL;
}

static void forget(word *w) {
    free(w->directory);
    free(w->place);
    free(w->secret);
    memset(w, 0, sizeof *w);
}

static int32_t keep(const char *directory, uint32_t tables, const char *place, const char *area,
                    const char *secret) {
    static const char *const suffixes[SQL_TABLES] = {"journal", "keys", "store"};
    word *w = find(directory, tables);
    for (size_t i = 0; w == NULL && i < SQL_PLACES_MAX; i++) {
        w = words[i].directory == NULL ? &words[i] : NULL;
    }
    if (w == NULL || strlen(area) > SQL_AREA_BYTES_MAX) {
        return KINMU_E_REJECT;
    }
    forget(w);
    w->tables = tables;
    w->place = text_duplicate(place);
    w->secret = text_duplicate(secret != NULL ? secret : "");
    snprintf(w->area, sizeof w->area, "%s_%s", area, suffixes[tables]);
    w->directory = text_duplicate(directory);
    return w->place != NULL && w->secret != NULL && w->directory != NULL ? KINMU_OK : KINMU_E_NOMEM;
}

int32_t sql_place_set(const char *directory, uint32_t tables, const char *place, const char *area,
                      const char *secret, kinmu_err *err) {
    uv_once(&once, init);
    uv_mutex_lock(&mutex);
    int32_t status = load_module(err);
    if (status == KINMU_OK) {
        status = keep(directory, tables, place, area != NULL ? area : "kinmu", secret);
        if (status != KINMU_OK) {
            error_set(err, status, "sql.place", "no room for another database's place");
        }
    }
    uv_mutex_unlock(&mutex);
    return status;
}

void sql_place_forget(const char *directory) {
    uv_once(&once, init);
    uv_mutex_lock(&mutex);
    for (uint32_t tables = 0; tables < SQL_TABLES; tables++) {
        word *w = find(directory, tables);
        if (w != NULL) {
            forget(w);
        }
    }
    uv_mutex_unlock(&mutex);
}

int32_t sql_place_find(const char *directory, uint32_t tables, const sql_engine **engine,
                       sql_options *options) {
    uv_once(&once, init);
    uv_mutex_lock(&mutex);
    const word *w = find(directory, tables);
    if (w != NULL) {
        *engine = postgres;
        options->place = w->place;
        options->area = w->area;
        options->secret = w->secret;
    }
    uv_mutex_unlock(&mutex);
    return w != NULL;
}
