/* bench/http_client_bench.c - what outgoing HTTP costs: memory a process gains by loading libcurl
 * and by its first request, and processor time of a request over a kept TLS connection, beside a
 * bare loop of libcurl's easy interface that does the same. Arguments: URL AUTHORITY.
 */
#include "measure.h"

#include "http/client.h"
#include "http/client_curl.h"
#include "platform/platform.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#define REQUESTS 3000
#define ROUNDS 5

static const char *url, *authority;

static double cpu_s(void) {
    struct rusage used;
    getrusage(RUSAGE_SELF, &used);
    return (double)(used.ru_utime.tv_sec + used.ru_stime.tv_sec) +
           (double)(used.ru_utime.tv_usec + used.ru_stime.tv_usec) / 1e6;
}

/* KiB of "Rss:", "Pss:", "Private_Dirty:" … of this process. */
static double memory_kib(const char *what) {
    char line[256];
    double kib = 0;
    FILE *file = fopen("/proc/self/smaps_rollup", "r");
    measure_must(file == NULL, "smaps_rollup", "cannot be read");
    while (fgets(line, sizeof line, file) != NULL) {
        if (strncmp(line, what, strlen(what)) == 0) {
            kib = strtod(line + strlen(what), NULL);
        }
    }
    fclose(file);
    return kib;
}

/* ---- ours ---- */

static uv_loop_t loop;
static http_client *client;
static int left;

static void send_one(void);

static void on_done(void *user, const kinmu_http_response *response) {
    (void)user;
    measure_must(response->status != KINMU_OK || response->code != 200, url, response->text);
    if (--left > 0) {
        send_one();
    } else {
        uv_stop(&loop);
    }
}

static void send_one(void) {
    kinmu_http_request request = {.struct_size = sizeof request,
                                  .url = url,
                                  .trust = KINMU_HTTP_TRUST_FILE,
                                  .authority = authority};
    http_hooks hooks = {.done = on_done};
    http_exchange *e = NULL;
    measure_must(http_client_send(client, &request, &hooks, &e), url, "is not taken");
}

static double ours(int requests) {
    double begin = cpu_s();
    left = requests;
    send_one();
    uv_run(&loop, UV_RUN_DEFAULT);
    return (cpu_s() - begin) / requests;
}

/* ---- the bare loop ---- */

static size_t drop(char *data, size_t one, size_t size, void *user) {
    (void)data, (void)one;
    *(size_t *)user += size;
    return size;
}

static double bare(int requests) {
    const curl_table *curl = NULL;
    kinmu_err err;
    size_t total = 0;
    CURLcode (*perform)(CURL *) = NULL;
    measure_must(curl_load(&curl, &err), "libcurl", err.msg);
    void *function =
        platform_find_symbol(platform_open_library("libcurl.so.4", &err), "curl_easy_perform");
    memcpy(&perform, &function, sizeof perform);
    CURL *easy = curl->easy_init();
    curl->easy_setopt(easy, CURLOPT_URL, url);
    curl->easy_setopt(easy, CURLOPT_CAINFO, authority);
    curl->easy_setopt(easy, CURLOPT_CAPATH, NULL);
    curl->easy_setopt(easy, CURLOPT_WRITEFUNCTION, drop);
    curl->easy_setopt(easy, CURLOPT_WRITEDATA, &total);
    measure_must(perform(easy), url, "the bare loop fails"); /* connects */
    double begin = cpu_s();
    for (int i = 0; i < requests; i++) {
        measure_must(perform(easy), url, "the bare loop fails");
    }
    double spent = (cpu_s() - begin) / requests;
    curl->easy_cleanup(easy);
    return spent;
}

static int by_value(const void *a, const void *b) {
    double x = *(const double *)a;
    double y = *(const double *)b;
    return (x > y) - (x < y);
}

int main(int argc, char **argv) {
    const curl_table *curl = NULL;
    kinmu_err err;
    double own[ROUNDS];
    double plain[ROUNDS];
    measure_must(argc != 3, argv[0], "URL AUTHORITY");
    url = argv[1];
    authority = argv[2];
    http_client_settings settings = {.data = "/nonexistent"};
    measure_must(uv_loop_init(&loop), "loop", "none");
    measure_must(http_client_create(&loop, &client), "client", "none");
    measure_must(http_client_configure(client, &settings), "client", "none");
    double rss = memory_kib("Rss:");
    double pss = memory_kib("Pss:");
    double dirty = memory_kib("Private_Dirty:");
    measure_must(curl_load(&curl, &err), "libcurl", err.msg);
    measure_print("http.load_rss_mib", (memory_kib("Rss:") - rss) / 1024);
    measure_print("http.load_pss_mib", (memory_kib("Pss:") - pss) / 1024);
    measure_print("http.load_dirty_mib", (memory_kib("Private_Dirty:") - dirty) / 1024);
    ours(10);
    measure_print("http.used_rss_mib", (memory_kib("Rss:") - rss) / 1024);
    measure_print("http.used_pss_mib", (memory_kib("Pss:") - pss) / 1024);
    measure_print("http.used_dirty_mib", (memory_kib("Private_Dirty:") - dirty) / 1024);
    for (int i = 0; i < ROUNDS; i++) { /* alternating: the machine is not the same for long */
        own[i] = ours(REQUESTS);
        plain[i] = bare(REQUESTS);
    }
    qsort(own, ROUNDS, sizeof own[0], by_value);
    qsort(plain, ROUNDS, sizeof plain[0], by_value);
    measure_print("http.request_us", own[ROUNDS / 2] * 1e6);
    measure_print("limit.http.request_us", plain[ROUNDS / 2] * 1e6);
    http_client_destroy(client);
    uv_run(&loop, UV_RUN_DEFAULT);
    return 0;
}
