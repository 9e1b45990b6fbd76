/* stale_tickets.c - a runner that died leaves tickets behind; the next one counts from 1 again.
 *
 *     stale_tickets BUILD
 *
 * What the old process published becomes durable just after the new one began: that must not be
 * taken for an acknowledgement of the new one's tickets of the same numbers. The flush interval is
 * a minute, so whatever is acknowledged without being flushed is lost by the kill at the end. */
#include "numbers.h"

#include "host/control.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>

#define INSTANCE "test.numbers/process"

static void flush(const daemon_process *d) {
    buffer answer = {0};
    kinmu_err err = {{0}, {0}};
    if (control_request(d->data, "flush", "", &answer, &err) != KINMU_OK) {
        die("flush: %s", err.msg);
    }
    buffer_free(&answer);
}

/* Waits until a number of the instance's status is at least `least`, and returns it. */
static int64_t wait_for(const daemon_process *d, const char *key, int64_t least) {
    buffer json = {0};
    double end = now_ms() + 20000;
    int64_t number;
    while ((number = status_number(daemon_status(d, &json), INSTANCE, key)) < least) {
        if (now_ms() > end) {
            die("%s stays %lld", key, (long long)number);
        }
        sleep_ms(2);
    }
    buffer_free(&json);
    return number;
}

int main(int argc, char **argv) {
    daemon_process d;
    buffer yaml = {0};
    numbers acknowledged = {0};
    char path[DAEMON_PATH_SIZE + 16];
    if (argc != 2) {
        die("usage: stale_tickets BUILD");
    }
    daemon_prepare(&d, argv[1], NULL);
    snprintf(path, sizeof path, "%s/acknowledged", d.folder);
    buffer_printf(&yaml,
                  "node: {name: crash}\npurposes: {activity: {keep: 30d}}\n"
                  "journal: {flush_interval: 60s}\n"
                  "collectors:\n  " INSTANCE ": {file: %s, interval: 400ms, batch: 1}\n",
                  path);
    daemon_configure(&d, buffer_string(&yaml));
    buffer_free(&yaml);
    daemon_start(&d);
    wait_for(&d, "published", 5);
    int64_t old_pid = wait_for(&d, "pid", 2);
    kill((pid_t)old_pid, SIGKILL);
    wait_for(&d, "restarts", 1);
    wait_for(&d, "pid", 2);
    flush(&d); /* the five of the old process, before the new one published anything */
    wait_for(&d, "published", 8);
    sleep_ms(300); /* time for a wrong acknowledgement to be written; a right one does not come */
    daemon_kill(&d);
    numbers_read_acknowledged(&acknowledged, path);
    numbers_sort(&acknowledged);
    daemon_start(&d); /* the store catches up */
    flush(&d);
    if (daemon_stop(&d) != 0) {
        die("the daemon failed");
    }
    size_t kept = numbers_prove(&d, &acknowledged);
    if (kept < 5) {
        die("only %zu numbers were kept of the 5 that were flushed", kept);
    }
    printf("ok: %zu acknowledged, %zu kept\n", acknowledged.count, kept);
    numbers_free(&acknowledged);
    daemon_remove(&d);
    return 0;
}
