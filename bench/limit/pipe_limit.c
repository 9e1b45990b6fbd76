/* bench/limit/pipe_limit.c - 150-byte events over a unix stream in batches of 64 KiB, from one
 * process to another, read and dropped. Argument: SECONDS. */
#include "measure.h"

#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#define BATCH 65536u
#define EVENT 150u

static void drop(int from) {
    static uint8_t room[BATCH];
    while (read(from, room, sizeof room) > 0) {
    }
    _exit(0);
}

int main(int argc, char **argv) {
    static uint8_t batch[BATCH];
    int ends[2];
    uint64_t bytes = 0;
    measure_must(argc != 2, argv[0], "SECONDS");
    measure_must(socketpair(AF_UNIX, SOCK_STREAM, 0, ends), "socketpair", "failed");
    pid_t child = fork();
    if (child == 0) {
        close(ends[0]);
        drop(ends[1]);
    }
    close(ends[1]);
    double begin = measure_now_s(), seconds = strtod(argv[1], NULL), spent;
    do {
        for (size_t at = 0; at + EVENT <= BATCH; at += EVENT) {
            memset(batch + at, (int)bytes, EVENT);
        }
        for (size_t sent = 0; sent < BATCH;) {
            ssize_t size = write(ends[0], batch + sent, BATCH - sent);
            measure_must(size <= 0, "write", "failed");
            sent += (size_t)size;
        }
        bytes += BATCH;
        spent = measure_now_s() - begin;
    } while (spent < seconds);
    measure_print("limit.pipe", (double)bytes / EVENT / spent);
    close(ends[0]);
    waitpid(child, NULL, 0);
    return 0;
}
