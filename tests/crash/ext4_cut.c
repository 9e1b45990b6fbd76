/* ext4_cut.c - the daemon on a real file system whose power is cut.
 *
 *     ext4_cut BUILD [ROUNDS]
 *
 * The data folder is an ext4 of its own in an image file. A round starts the daemon with
 * crash_source.c, shuts the file system down without flushing its log (EXT4_IOC_SHUTDOWN: from then
 * on nothing reaches the image), kills the daemon, and mounts the image again. The side files of
 * what was acknowledged lie outside; what is written there after the cut does not count, because
 * with the power a computer loses its voice, and a kernel that is only told to pretend may still
 * answer an fsync that was under way with success. Needs root and a loop device; ends with 77
 * (skipped) without.
 */
#include "numbers.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#define ROUNDS 20u
#define ROUNDS_LONG 200u
#define ROUND_MS_MIN 150u
#define ROUND_MS_SPAN 400u
#define IMAGE_SIZE "64M"
#define SHUTDOWN _IOR('X', 125, uint32_t)
#define SHUTDOWN_NO_LOG_FLUSH 2u
#define SKIPPED 77

static const char *const hosted_in[] = {"core", "process"};

static char image[DAEMON_PATH_SIZE];
static char mounted[DAEMON_PATH_SIZE];

static int mount_image(void) {
    return run_program("mount", "-o", "loop,noatime", image, mounted, NULL) == 0;
}

static void unmount(void) {
    double end = now_ms() + 5000;
    while (run_program("umount", mounted, NULL) != 0) {
        if (now_ms() > end) {
            die("%s cannot be unmounted", mounted);
        }
        sleep_ms(20);
    }
}

static void let_go(void) {
    run_program("umount", mounted, NULL);
    (void)unlink(image);
    (void)rmdir(mounted);
}

/* 0 when there is no root or no loop device here. */
static int prepare_disk(void) {
    const char *memory = access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp";
    snprintf(image, sizeof image, "%s/kinmu-ext4-%d.img", memory, (int)getpid());
    snprintf(mounted, sizeof mounted, "/tmp/kinmu-ext4-%d", (int)getpid());
    atexit(let_go);
    return geteuid() == 0 && mkdir(mounted, 0700) == 0 &&
           run_program("truncate", "-s", IMAGE_SIZE, image, NULL) == 0 &&
           run_program("mkfs.ext4", "-q", "-F", image, NULL) == 0 && mount_image();
}

static void cut_power(void) {
    uint32_t how = SHUTDOWN_NO_LOG_FLUSH;
    int folder = open(mounted, O_RDONLY | O_DIRECTORY);
    if (folder < 0 || ioctl(folder, SHUTDOWN, &how) != 0) {
        die("%s: shutdown: %s", mounted, strerror(errno));
    }
    close(folder);
}

static void side_file(const daemon_process *d, size_t which, char path[DAEMON_PATH_SIZE + 16]) {
    snprintf(path, DAEMON_PATH_SIZE + 16, "%s/ack.%s", d->folder, hosted_in[which]);
}

static void run_until_cut(daemon_process *d) {
    char path[DAEMON_PATH_SIZE + 16];
    struct stat before[2] = {0};
    daemon_start(d);
    sleep_ms(ROUND_MS_MIN + random_below(ROUND_MS_SPAN));
    for (size_t i = 0; i < 2; i++) {
        side_file(d, i, path);
        stat(path, &before[i]); /* none yet: nothing was acknowledged */
    }
    cut_power();
    sleep_ms(random_below(30));
    daemon_kill(d);
    for (size_t i = 0; i < 2; i++) {
        side_file(d, i, path);
        if (truncate(path, before[i].st_size) != 0 && errno != ENOENT) {
            die("%s: %s", path, strerror(errno));
        }
    }
}

static void configure(const daemon_process *d, int with_source) {
    buffer yaml = {0};
    buffer_printf(&yaml, "node: {name: crash}\npurposes: {activity: {keep: 30d}}\n"
                         "journal: {flush_interval: 20ms}\ncollectors:\n");
    for (size_t i = 0; i < 2; i++) {
        buffer_printf(&yaml, "  test.numbers/%s: {enabled: %s, isolation: %s, file: %s/ack.%s}\n",
                      hosted_in[i], with_source ? "true" : "false", hosted_in[i], d->folder,
                      hosted_in[i]);
    }
    daemon_configure(d, buffer_string(&yaml));
    buffer_free(&yaml);
}

int main(int argc, char **argv) {
    daemon_process d;
    numbers acknowledged = {0};
    buffer json = {0};
    char data[DAEMON_PATH_SIZE + 8];
    char path[DAEMON_PATH_SIZE + 16];
    if (argc < 2) {
        die("usage: ext4_cut BUILD [ROUNDS]");
    }
    if (!prepare_disk()) {
        printf("skipped: needs root, a loop device and mkfs.ext4\n");
        return SKIPPED;
    }
    uint32_t rounds =
        argc > 2 ? (uint32_t)strtoul(argv[2], NULL, 10) : (is_long() ? ROUNDS_LONG : ROUNDS);
    random_begin();
    snprintf(data, sizeof data, "%s/data", mounted);
    daemon_prepare(&d, argv[1], data);
    configure(&d, 1);
    for (uint32_t round = 0; round < rounds; round++) {
        run_until_cut(&d);
        unmount();
        if (!mount_image()) {
            die("round %u: the image cannot be mounted again", round);
        }
    }
    configure(&d, 0);
    daemon_start(&d);
    while (status_number(daemon_status(&d, &json), NULL, "lag_blocks") != 0) {
        sleep_ms(20);
    }
    if (daemon_stop(&d) != 0) {
        die("the daemon failed");
    }
    for (size_t i = 0; i < 2; i++) {
        side_file(&d, i, path);
        numbers_read_acknowledged(&acknowledged, path);
    }
    numbers_sort(&acknowledged);
    size_t kept = numbers_prove(&d, &acknowledged);
    if (acknowledged.count < rounds * 10) {
        die("only %zu numbers were acknowledged: the rounds show nothing", acknowledged.count);
    }
    printf("ok: power cut %u times; %zu numbers acknowledged, %zu kept, none lost, none doubled\n",
           rounds, acknowledged.count, kept);
    numbers_free(&acknowledged);
    buffer_free(&json);
    daemon_remove(&d);
    return 0;
}
