/* host/checkpoints.c - see checkpoints.h.
 *
 * One step at a time: a job keeps the checkpoint and writes its file; the loop asks the authority;
 * a job keeps the token and writes it beside the file. Whatever fails is shown and tried again from
 * the first step that is not done, so a day has at most one checkpoint, also over restarts. A node
 * without a folder keeps its checkpoints in the journal alone: evidence is shorter with them.
 */
#include "host/checkpoints.h"

#include "base/clock.h"
#include "base/error.h"
#include "base/log.h"
#include "base/text.h"
#include "evidence/timestamp.h"
#include "http/client.h"
#include "journal/files.h"
#include "journal/kept.h"
#include "trust/hub.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define RETRY_MS 600000u
#define DAY_NS (86400LL * CLOCK_NS_PER_S)
#define ASK_TIMEOUT_MS 60000u
#define NAME_BEGIN "kinmu-checkpoint-"
#define NAME_SIZE 64
#define PATH_SIZE 4200
#define ADVICE                                                                                     \
    "checkpoint.folder is not set: no checkpoint leaves this machine, so nobody outside could "    \
    "show that records were removed; set it in conf.d"

enum { STEP_KEEP, STEP_ASK, STEP_STORE };

struct checkpoints {
    node *n;
    uv_work_t work;
    int32_t step;
    int32_t is_running;
    int64_t day; /* done for, since 1970; -1 = not known yet */
    uint64_t retry_at_ms;
    http_exchange *asking;
    char problem[KINMU_ERR_MSG_SIZE];

    /* The job's; copies of what a reload may change. */
    char folder[4096];
    char authority[4096];
    uint32_t files_max;
    int32_t wants_stamp;
    int32_t is_done; /* nothing is left to do today */
    uint64_t number;
    int64_t unix_ns;
    buffer text;
    buffer request;
    buffer answer;
    int32_t status;
    kinmu_err err;
};

/* ---- on the job's thread ---- */

static void file_path(const struct checkpoints *c, const char *end, char path[PATH_SIZE]) {
    char date[NAME_SIZE];
    text_time(date, sizeof date, c->unix_ns, 0);
    snprintf(path, PATH_SIZE, "%s/" NAME_BEGIN "%.10s%s", c->folder, date, end);
}

static int by_name(const void *a, const void *b) {
    return strcmp(*(char *const *)a, *(char *const *)b);
}

/* Removes the oldest files beyond files_max, each with its token. Names sort by date. */
static void prune(const struct checkpoints *c) {
    uv_fs_t scan;
    uv_fs_t unlink;
    uv_dirent_t entry;
    char **names = NULL;
    size_t count = 0;
    if (uv_fs_scandir(NULL, &scan, c->folder, 0, NULL) < 0) {
        return;
    }
    names = calloc((size_t)scan.result + 1, sizeof *names);
    while (names != NULL && uv_fs_scandir_next(&scan, &entry) == 0) {
        size_t size = strlen(entry.name);
        if (strncmp(entry.name, NAME_BEGIN, sizeof NAME_BEGIN - 1) == 0 && size > 5 &&
            strcmp(entry.name + size - 5, ".json") == 0) {
            names[count++] = text_duplicate(entry.name);
        }
    }
    uv_fs_req_cleanup(&scan);
    if (names == NULL) {
        return;
    }
    qsort(names, count, sizeof *names, by_name);
    for (size_t i = 0; i < count; i++) {
        char path[PATH_SIZE];
        size_t size = names[i] != NULL ? strlen(names[i]) - 5 : 0;
        for (int token = 0; token < 2 && size > 0 && i + c->files_max < count; token++) {
            snprintf(path, sizeof path, "%s/%.*s%s", c->folder, (int)size, names[i],
                     token ? ".tst" : ".json");
            uv_fs_unlink(NULL, &unlink, path, NULL);
            uv_fs_req_cleanup(&unlink);
        }
        free(names[i]);
    }
    free(names);
}

static int32_t write_file(struct checkpoints *c, const char *end, const buffer *content) {
    char path[PATH_SIZE];
    if (c->folder[0] == '\0') {
        return KINMU_OK;
    }
    file_path(c, end, path);
    return platform_write_file(path, content->data, content->size, 0, &c->err);
}

/* The newest kept one, if it is of today: its text, and whether it has its stamp. */
static int32_t find_todays(struct checkpoints *c, int32_t *has_token) {
    sql_db *db = NULL;
    checkpoint content = {0};
    buffer token = {NULL, 0, 0, 0};
    uint64_t position;
    int32_t status = files_open(c->n->data, FILES_JOURNAL, 0, &db, &c->err);
    if (status == KINMU_OK) {
        status = kept_before(db, INT64_MAX, &c->number, &position, &c->err);
    }
    if (status == KINMU_OK) {
        status = kept_read(db, c->number, &content, &token, &c->err);
    }
    if (status == KINMU_OK && content.unix_ns / DAY_NS != clock_unix_ns() / DAY_NS) {
        status = KINMU_E_NOTFOUND;
    }
    if (status == KINMU_OK) {
        c->unix_ns = content.unix_ns;
        checkpoint_write(&content, &c->text);
        *has_token = token.size > 0;
        status = c->text.failed;
    }
    checkpoint_free(&content);
    buffer_free(&token);
    sql_close(db);
    return status;
}

static int32_t keep(struct checkpoints *c) {
    int32_t has_token = 0;
    journal_figures figures;
    buffer_clear(&c->text);
    int32_t status = find_todays(c, &has_token);
    if (status == KINMU_E_NOTFOUND) {
        journal_stat(c->n->j, &figures);
        if (figures.blocks == 0) {
            return KINMU_E_NOTFOUND; /* a new node: nothing to prove yet */
        }
        c->unix_ns = clock_unix_ns();
        status = journal_keep_checkpoint(c->n->j, &c->text, &c->number, &c->err);
    }
    if (status == KINMU_OK) {
        status = write_file(c, ".json", &c->text);
    }
    if (status == KINMU_OK && c->folder[0] != '\0') {
        prune(c);
    }
    c->is_done = !c->wants_stamp || has_token;
    if (status == KINMU_OK && !c->is_done) {
        buffer_clear(&c->request);
        status = timestamp_request(c->text.data, c->text.size, &c->request, &c->err);
    }
    return status;
}

static int32_t store_stamp(struct checkpoints *c) {
    timestamp_facts facts;
    buffer token = {NULL, 0, 0, 0};
    int32_t status = timestamp_accept(c->answer.data, c->answer.size, &c->request, &token, &c->err);
    if (status == KINMU_OK) {
        status = timestamp_check(token.data, token.size, c->text.data, c->text.size,
                                 c->authority[0] != '\0' ? c->authority : NULL, &facts, &c->err);
    }
    if (status == KINMU_OK) {
        status = journal_keep_token(c->n->j, c->number, token.data, token.size, &c->err);
    }
    if (status == KINMU_OK) {
        status = write_file(c, ".tst", &token);
    }
    c->is_done = status == KINMU_OK;
    buffer_free(&token);
    return status;
}

static void work(uv_work_t *request) {
    struct checkpoints *c = request->data;
    c->status = c->step == STEP_KEEP ? keep(c) : store_stamp(c);
    crypto_end_thread();
}

/* ---- on the loop ---- */

static void note_failure(struct checkpoints *c, const char *text) {
    c->retry_at_ms = uv_now(&c->n->loop) + RETRY_MS;
    c->step = STEP_KEEP;
    text_copy(c->problem, sizeof c->problem, text);
    log_warn("checkpoint", "today's is not complete; tried again in %u min: %s", RETRY_MS / 60000u,
             text);
}

static void done(uv_work_t *request, int status);

static void run(struct checkpoints *c, int32_t step) {
    memset(&c->err, 0, sizeof c->err);
    c->step = step;
    c->work.data = c;
    c->is_running = uv_queue_work(&c->n->loop, &c->work, work, done) == 0;
}

static void on_answer(void *user, const kinmu_http_response *response) {
    struct checkpoints *c = user;
    c->asking = NULL;
    if (response->status != KINMU_OK || response->code != 200) {
        char text[KINMU_ERR_MSG_SIZE];
        snprintf(text, sizeof text, "time stamp: %s",
                 response->status != KINMU_OK ? response->text
                                              : "the authority answered with an error");
        note_failure(c, text);
        return;
    }
    buffer_clear(&c->answer);
    buffer_append(&c->answer, response->body, response->body_size);
    run(c, STEP_STORE);
}

static void ask(struct checkpoints *c) {
    static const kinmu_header headers[] = {{"Content-Type", TIMESTAMP_REQUEST_TYPE},
                                           {"Accept", TIMESTAMP_ANSWER_TYPE}};
    const char *url = c->n->conf->checkpoint.timestamp_url;
    const kinmu_http_request request = {.struct_size = sizeof request,
                                        .method = "POST",
                                        .url = url,
                                        .headers = headers,
                                        .header_count = sizeof headers / sizeof headers[0],
                                        .trust = KINMU_HTTP_TRUST_SYSTEM,
                                        .body = c->request.data,
                                        .body_size = (uint32_t)c->request.size,
                                        .timeout_ms = ASK_TIMEOUT_MS,
                                        .answer_bytes_max = 2u * TIMESTAMP_BYTES_MAX};
    /* The token proves itself, the request holds a hash: whoever answers will do. */
    const http_hooks hooks = {.done = on_answer, .user = c, .asks_anybody = 1};
    c->step = STEP_ASK;
    if (url == NULL || c->n->http == NULL ||
        http_client_send(c->n->http, &request, &hooks, &c->asking) != KINMU_OK) {
        c->asking = NULL;
        note_failure(c, "time stamp: no request could be made");
    }
}

static void done(uv_work_t *request, int status) {
    struct checkpoints *c = request->data;
    (void)status; /* jobs are never cancelled */
    c->is_running = 0;
    if (c->status == KINMU_E_NOTFOUND && c->step == STEP_KEEP) {
        c->retry_at_ms = uv_now(&c->n->loop) + RETRY_MS / 10;
    } else if (c->status != KINMU_OK) {
        note_failure(c, c->err.msg[0] != '\0' ? c->err.msg : error_name(c->status));
    } else if (c->is_done) {
        c->day = c->unix_ns / DAY_NS;
        c->problem[0] = '\0';
        log_info("checkpoint", "number %llu%s", (unsigned long long)c->number,
                 c->wants_stamp ? ", with its time stamp" : "");
    } else if (!c->n->is_stopping) {
        ask(c);
    }
    if (c->n->is_stopping) {
        node_settle(c->n);
    }
}

void checkpoints_tick(node *n) {
    struct checkpoints *c = n->checkpoints;
    const config_checkpoint *wish = &n->conf->checkpoint;
    const char *folder = wish->folder != NULL ? wish->folder : "";
    if (c->is_running || c->asking != NULL || n->is_stopping) {
        return;
    }
    /* A folder or an authority named since: today's goes there too. */
    int32_t is_moved =
        strcmp(folder, c->folder) != 0 || (wish->timestamp_url != NULL) != (c->wants_stamp != 0);
    if (!is_moved && (clock_unix_ns() / DAY_NS == c->day || uv_now(&n->loop) < c->retry_at_ms)) {
        return;
    }
    text_copy(c->folder, sizeof c->folder, folder);
    text_copy(c->authority, sizeof c->authority,
              wish->timestamp_authority != NULL ? wish->timestamp_authority : "");
    c->files_max = wish->files_max;
    c->wants_stamp = wish->timestamp_url != NULL;
    run(c, STEP_KEEP);
}

void checkpoints_stop(node *n) {
    if (n->checkpoints != NULL && n->checkpoints->asking != NULL) {
        http_exchange_cancel(n->checkpoints->asking);
        n->checkpoints->asking = NULL;
    }
}

int32_t checkpoints_is_running(const node *n) {
    return n->checkpoints != NULL && n->checkpoints->is_running;
}

static int32_t is_hub(const node *n) {
    char path[PATH_SIZE];
    uv_fs_t request;
    snprintf(path, sizeof path, "%s/" TRUST_HUB_FOLDER, n->data);
    int found = uv_fs_stat(NULL, &request, path, NULL) == 0;
    uv_fs_req_cleanup(&request);
    return found;
}

const char *checkpoints_problem(const node *n) {
    if (n->checkpoints->problem[0] != '\0') {
        return n->checkpoints->problem;
    }
    return n->conf->checkpoint.folder == NULL && is_hub(n) ? ADVICE : "";
}

int32_t checkpoints_open(node *n) {
    n->checkpoints = calloc(1, sizeof *n->checkpoints);
    if (n->checkpoints == NULL) {
        return KINMU_E_NOMEM;
    }
    n->checkpoints->n = n;
    n->checkpoints->day = -1;
    return KINMU_OK;
}

void checkpoints_close(node *n) {
    if (n->checkpoints != NULL) {
        buffer_free(&n->checkpoints->text);
        buffer_free(&n->checkpoints->request);
        buffer_free(&n->checkpoints->answer);
        free(n->checkpoints);
        n->checkpoints = NULL;
    }
}
