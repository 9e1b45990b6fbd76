/* bench.c - see bench.h. */
#include "bench.h"

#include "base/crypto.h"
#include "journal/device.h"
#include "platform/platform.h"

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

bench *b;

int32_t on_part(void *user, const void *data, uint32_t size) {
    result *r = user;
    assert_false(r->is_held);
    buffer_append(&r->parts, data, size);
    r->part_count++;
    if (r->part_status != KINMU_OK) {
        return r->part_status;
    }
    r->is_held = r->hold_every > 0 && r->part_count % r->hold_every == 0;
    return r->is_held ? KINMU_E_BUSY : KINMU_OK;
}

void on_done(void *user, const kinmu_http_response *response) {
    result *r = user;
    assert_int_equal(r->is_done, 0);
    r->is_done = 1;
    r->status = response->status;
    r->code = response->code;
    r->attempts = response->attempts;
    snprintf(r->text, sizeof r->text, "%s", response->text);
    const char *value = r->want != NULL ? kinmu_http_value(response, r->want) : NULL;
    snprintf(r->header, sizeof r->header, "%s", value != NULL ? value : "(none)");
    buffer_append(&r->body, response->body, response->body_size);
}

void clear_result(result *r) {
    buffer_free(&r->body);
    buffer_free(&r->parts);
    memset(r, 0, sizeof *r);
}

const char *body_of(result *r) {
    return buffer_string(&r->body);
}

http_exchange *begin(const kinmu_http_request *request, result *r, const char *secret) {
    http_exchange *e = NULL;
    http_hooks hooks = {on_part, on_done, r, secret, 1, 0};
    assert_int_equal(http_client_send(b->client, request, &hooks, &e), KINMU_OK);
    assert_int_equal(r->is_done, 0);
    return e;
}

static void on_alarm(uv_timer_t *timer) {
    *(int *)timer->data = 1;
}

void wait_for(const result *r) {
    uv_timer_t alarm;
    int is_late = 0;
    uv_timer_init(&b->loop, &alarm);
    alarm.data = &is_late;
    uv_update_time(&b->loop);
    uv_timer_start(&alarm, on_alarm, BENCH_WAIT_MS, 0);
    while (!r->is_done && !is_late) {
        uv_run(&b->loop, UV_RUN_ONCE);
    }
    uv_close((uv_handle_t *)&alarm, NULL);
    uv_run(&b->loop, UV_RUN_NOWAIT);
    assert_int_equal(is_late, 0);
}

void fetch(const kinmu_http_request *request, result *r) {
    begin(request, r, NULL);
    wait_for(r);
}

void expect_words(const result *r, int32_t status, const char *words) {
    if (r->status != status || strstr(r->text, words) == NULL) {
        fail_msg("%d \"%s\" where %d \"%s\" was expected", r->status, r->text, status, words);
    }
}

pid_t start_child(char *const *words, int input) {
    pid_t child = fork();
    if (child == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        if (input >= 0) {
            dup2(input, 0);
        }
        if (freopen("/dev/null", "w", stdout) != NULL) {
            execvp(words[0], words);
        }
        _exit(127);
    }
    return child;
}

/* ---- the peer ---- */

int port_of(const char *name) {
    char path[128];
    char line[64];
    int port = 0;
    snprintf(path, sizeof path, "%s/ports", b->folder);
    FILE *file = fopen(path, "r");
    assert_non_null(file);
    while (fgets(line, sizeof line, file) != NULL) {
        size_t size = strlen(name);
        if (strncmp(line, name, size) == 0 && line[size] == ' ') {
            port = (int)strtol(line + size, NULL, 10);
        }
    }
    fclose(file);
    assert_true(port > 0);
    return port;
}

const char *url(const char *listener, const char *path) {
    static char texts[8][512];
    static unsigned next;
    char *text = texts[next++ % 8];
    snprintf(text, sizeof texts[0], "%s://127.0.0.1:%d%s",
             strcmp(listener, "plain") == 0 ? "http" : "https", port_of(listener), path);
    return text;
}

kinmu_http_request get(const char *address) {
    return (kinmu_http_request){.struct_size = sizeof(kinmu_http_request),
                                .url = address,
                                .trust = KINMU_HTTP_TRUST_FILE,
                                .authority = b->authority};
}

void ask_seen(const char *listener, unsigned *connections, unsigned *requests) {
    char path[64];
    result r = {0};
    snprintf(path, sizeof path, "/seen?%s", listener);
    kinmu_http_request request = get(url("plain", path));
    fetch(&request, &r);
    char *rest = NULL;
    *connections = (unsigned)strtoul(body_of(&r), &rest, 10);
    *requests = (unsigned)strtoul(rest, NULL, 10);
    clear_result(&r);
}

void run_and_wait(char *const *words) {
    pid_t child = fork();
    if (child == 0) {
        execvp(words[0], words);
        _exit(127);
    }
    int status = 0;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
}

static void start_peer(void) {
    char script[] = KINMU_SOURCE_DIR "/tests/http/peer.py";
    char python[] = "/usr/bin/python3";
    char *words[] = {python, script, b->folder, NULL};
    char ports[128];
    int input[2];
    assert_int_equal(pipe(input), 0);
    b->peer = start_child(words, input[0]);
    close(input[0]);
    b->peer_input = input[1];
    snprintf(ports, sizeof ports, "%s/ports", b->folder);
    for (int i = 0; i < 1000 && access(ports, R_OK) != 0; i++) {
        usleep(10000);
    }
    assert_int_equal(access(ports, R_OK), 0);
}

static void stop_peer(void) {
    close(b->peer_input);
    kill(b->peer, SIGTERM);
    waitpid(b->peer, NULL, 0);
}

void open_client(void) {
    assert_int_equal(http_client_create(&b->loop, &b->client), KINMU_OK);
    assert_int_equal(http_client_configure(b->client, &b->settings), KINMU_OK);
}

void close_client(void) {
    http_client_destroy(b->client);
    b->client = NULL;
    while (uv_run(&b->loop, UV_RUN_ONCE) != 0) {
    }
}

static void make_folder(void) {
    b = calloc(1, sizeof *b);
    assert_non_null(b);
    snprintf(b->folder, sizeof b->folder, "/tmp/kinmu-http-XXXXXX");
    assert_non_null(mkdtemp(b->folder));
    snprintf(b->authority, sizeof b->authority, "%s/ca.pem", b->folder);
    snprintf(b->data, sizeof b->data, "%s/data", b->folder);
    b->settings.data = b->data;
    assert_int_equal(uv_loop_init(&b->loop), 0);
}

static void remove_folder(void) {
    char remove[] = "rm";
    char flags[] = "-rf";
    char *words[] = {remove, flags, b->folder, NULL};
    assert_int_equal(uv_loop_close(&b->loop), 0); /* nothing was left open */
    run_and_wait(words);
    free(b);
}

/* ---- the whole ---- */

static void write_device_key(const char *path) {
    device own;
    kinmu_err err;
    assert_int_equal(platform_make_private_folder(b->data, &err), KINMU_OK);
    assert_int_equal(device_make(b->data, &own, &err), KINMU_OK);
    EVP_PKEY *key =
        EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, NULL, own.seed, CRYPTO_SEED_SIZE);
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    assert_int_equal(PEM_write_PKCS8PrivateKey(file, key, NULL, NULL, 0, NULL, NULL), 1);
    fclose(file);
    EVP_PKEY_free(key);
}

int begin_bench(void **state) {
    (void)state;
    char script[] = KINMU_SOURCE_DIR "/tests/http/certificates.sh";
    char key[128];
    make_folder();
    snprintf(key, sizeof key, "%s/device.pem", b->folder);
    write_device_key(key);
    char *words[] = {script, b->folder, key, NULL};
    run_and_wait(words);
    assert_int_equal(unlink(key), 0); /* from here on the key stands in device.key alone */
    start_peer();
    open_client();
    return 0;
}

int end_bench(void **state) {
    (void)state;
    close_client();
    stop_peer();
    remove_folder();
    return 0;
}
