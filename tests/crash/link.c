/* link.c - see link.h. One poll loop; each direction of a connection has one piece in hand. */
#include "link.h"

#include "daemon.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#define CONNECTIONS_MAX 64
#define PIECE 16384

typedef struct lane { /* one direction */
    int from, to;
    size_t size, sent;
    double due_ms; /* when the piece may go on */
    int is_ended;  /* `from` has said all */
    uint8_t piece[PIECE];
} lane;

typedef struct connection {
    int is_open, is_stalled;
    lane lanes[2];
} connection;

static connection connections[CONNECTIONS_MAX];
static uint64_t chance;

static uint32_t below(uint32_t limit) {
    chance = chance * 6364136223846793005ULL + 1442695040888963407ULL;
    return (uint32_t)(((chance >> 32) * limit) >> 32);
}

static int bind_to(const char *address, uint16_t port) {
    struct sockaddr_in place = {.sin_family = AF_INET, .sin_port = htons(port)};
    int on = 1;
    int s = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    inet_pton(AF_INET, address, &place.sin_addr);
    setsockopt(s, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    if (s < 0 || bind(s, (struct sockaddr *)&place, sizeof place) != 0 || listen(s, 64) != 0) {
        die("%s:%u: %s", address, port, strerror(errno));
    }
    return s;
}

uint16_t link_free_port(void) {
    struct sockaddr_in place = {.sin_family = AF_INET};
    socklen_t size = sizeof place;
    int s = bind_to("127.0.0.1", 0);
    getsockname(s, (struct sockaddr *)&place, &size);
    close(s);
    return ntohs(place.sin_port);
}

static void end_connection(connection *c, int with_reset) {
    for (int i = 0; i < 2; i++) {
        struct linger now = {1, 0};
        if (with_reset) {
            setsockopt(c->lanes[i].from, SOL_SOCKET, SO_LINGER, &now, sizeof now);
        }
        close(c->lanes[i].from);
    }
    memset(c, 0, sizeof *c);
}

static void accept_one(int listener, uint16_t to_port) {
    struct sockaddr_in place = {.sin_family = AF_INET, .sin_port = htons(to_port)};
    connection *c = connections;
    while (c < connections + CONNECTIONS_MAX && c->is_open) {
        c++;
    }
    int near = accept4(listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
    int far = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    inet_pton(AF_INET, "127.0.0.1", &place.sin_addr);
    if (near < 0 || c == connections + CONNECTIONS_MAX ||
        connect(far, (struct sockaddr *)&place, sizeof place) != 0) {
        close(near);
        close(far);
        return;
    }
    fcntl(far, F_SETFL, O_NONBLOCK);
    c->is_open = 1;
    c->lanes[0] = (lane){.from = near, .to = far};
    c->lanes[1] = (lane){.from = far, .to = near};
}

/* Moves one direction on; 0 when the connection is over. */
static int move(connection *c, lane *l, const link_faults *faults, int readable) {
    if (c->is_stalled) {
        return 1;
    }
    if (l->size == 0 && readable && !l->is_ended) {
        ssize_t got = recv(l->from, l->piece, PIECE, 0);
        if (got == 0) {
            l->is_ended = 1;
            shutdown(l->to, SHUT_WR);
            return !c->lanes[0].is_ended || !c->lanes[1].is_ended;
        }
        if (got < 0) {
            return errno == EAGAIN || errno == EINTR;
        }
        l->size = (size_t)got;
        l->sent = 0;
        l->due_ms = now_ms() + below(faults->delay_ms_max + 1);
        if (faults->break_one_in > 0 && below(faults->break_one_in) == 0) {
            return 0;
        }
        c->is_stalled = faults->stall_one_in > 0 && below(faults->stall_one_in) == 0;
    }
    if (l->size > 0 && now_ms() >= l->due_ms) {
        ssize_t put = send(l->to, l->piece + l->sent, l->size - l->sent, MSG_NOSIGNAL);
        if (put < 0) {
            return errno == EAGAIN || errno == EINTR;
        }
        l->sent += (size_t)put;
        if (l->sent == l->size) {
            l->size = 0;
        }
    }
    return 1;
}

static void serve(int listener, uint16_t to_port, const link_faults *faults) {
    for (;;) {
        struct pollfd polls[1 + 2 * CONNECTIONS_MAX] = {{listener, POLLIN, 0}};
        int is_waiting = 0;
        for (int i = 0; i < CONNECTIONS_MAX; i++) {
            const connection *c = &connections[i];
            for (int k = 0; k < 2; k++) {
                const lane *l = &c->lanes[k];
                int reads = c->is_open && !c->is_stalled && l->size == 0 && !l->is_ended;
                polls[1 + 2 * i + k] = (struct pollfd){reads ? l->from : -1, POLLIN, 0};
                is_waiting |= c->is_open && l->size > 0;
            }
        }
        poll(polls, 1 + 2 * CONNECTIONS_MAX, is_waiting ? 1 : 1000);
        if (polls[0].revents != 0) {
            accept_one(listener, to_port);
        }
        for (int i = 0; i < CONNECTIONS_MAX; i++) {
            connection *c = &connections[i];
            for (int k = 0; k < 2 && c->is_open; k++) {
                if (!move(c, &c->lanes[k], faults, polls[1 + 2 * i + k].revents != 0)) {
                    end_connection(c, 1);
                }
            }
        }
    }
}

pid_t link_start(const char *listen_address, uint16_t port, uint16_t to_port,
                 const link_faults *faults, uint64_t seed) {
    int listener = bind_to(listen_address, port);
    fflush(NULL);
    pid_t child = fork();
    if (child < 0) {
        die("fork: %s", strerror(errno));
    }
    if (child == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        chance = seed * 2 + 1;
        serve(listener, to_port, faults);
    }
    close(listener);
    return child;
}

void link_end(pid_t link) {
    if (link > 0) {
        kill(link, SIGKILL);
        waitpid(link, NULL, 0);
    }
}
