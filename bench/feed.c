/* bench/feed.c - sends numbered 150-byte lines to a unix stream socket, RATE a second for SECONDS
 * or until the other end is gone, and prints how many were taken whole. Arguments: SOCKET RATE
 * SECONDS. */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#define LINE 150
#define STEPS_A_SECOND 100

static int send_line(int to, long number) {
    char line[LINE + 1];
    int size = snprintf(line, sizeof line, "<13>line %09ld ", number);
    memset(line + size, 'x', (size_t)(LINE - size - 1));
    line[LINE - 1] = '\n';
    return write(to, line, LINE) == LINE;
}

int main(int argc, char **argv) {
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    struct timespec step = {0, 1000000000L / STEPS_A_SECOND};
    long taken = 0;
    int is_open = 1;
    if (argc != 4 || strlen(argv[1]) >= sizeof address.sun_path) {
        fprintf(stderr, "feed: needs SOCKET RATE SECONDS\n");
        return 1;
    }
    memcpy(address.sun_path, argv[1], strlen(argv[1]));
    int to = socket(AF_UNIX, SOCK_STREAM, 0);
    if (connect(to, (struct sockaddr *)&address, sizeof address) != 0) {
        perror("feed");
        return 1;
    }
    signal(SIGPIPE, SIG_IGN);
    long rate = strtol(argv[2], NULL, 10) / STEPS_A_SECOND;
    long steps = strtol(argv[3], NULL, 10) * STEPS_A_SECOND;
    for (long at = 0; is_open && at < steps; at++) {
        for (long i = 0; is_open && i < rate; i++) {
            is_open = send_line(to, taken);
            taken += is_open;
        }
        nanosleep(&step, NULL);
    }
    printf("%ld\n", taken);
    close(to);
    return 0;
}
