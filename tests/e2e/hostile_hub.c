/* hostile_hub.c - a hub that means harm, in the place of the one an agent trusts.
 *
 *     hostile_hub DATA PORT KIND [PORT KIND…]     until it is ended; prints "KIND BLOCKS" for each
 * push
 *
 * DATA is the data folder of the hub that the agents are enrolled with and that does not run: so it
 * has that hub's certificate, and for some kinds its signing key too. One process a kind, one
 * connection at a time. */
#include "base/buffer.h"
#include "base/clock.h"
#include "base/crypto.h"
#include "fleet/wire.h"
#include "journal/device.h"

#include <arpa/inet.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#define REQUEST_BYTES_MAX (4u << 20)
#define LARGE_BYTES ((size_t)100 << 20)
#define CHAIN_AHEAD 1000000u
#define PATIENCE_S 10
#define KINDS_MAX 7

static device own;
static SSL_CTX *context;
static const char *folder;

static void end(const char *what) {
    fprintf(stderr, "hostile_hub: %s\n", what);
    exit(2);
}

/* ---- answers ---- */

typedef struct question {
    wire_push push;
    uint8_t origin[LAYOUT_ORIGIN_SIZE]; /* of its blocks; a push without any is answered 503 */
    int has_origin;
} question;

/* As a hub does it: signed over what it says it has. */
static void confirm(const question *q, uint64_t ahead, const device *signer, buffer *out) {
    uint8_t message[LAYOUT_MESSAGE_BYTES_MAX];
    uint8_t signature[CRYPTO_SIGNATURE_SIZE];
    journal_standing standing = {q->push.head_chain + ahead, q->push.head_sequence + ahead, {0}};
    layout_head head = {.chain = standing.chain, .sequence = standing.sequence};
    head.unix_ns = clock_unix_ns();
    memcpy(standing.hash, q->push.head_hash, sizeof standing.hash);
    memcpy(head.hash, standing.hash, sizeof head.hash);
    memcpy(head.origin, q->origin, sizeof head.origin);
    size_t size = layout_countersign_message(&head, message);
    crypto_sign(signer->seed, message, size, signature);
    wire_answer_begin(out);
    wire_answer_standing(out, &standing);
    wire_answer_countersignature(out, signer->public_key, head.unix_ns, signature);
}

static unsigned forged(const question *q, buffer *out) {
    device stranger = own;
    memset(stranger.seed, 7, sizeof stranger.seed);
    crypto_public(stranger.seed, stranger.public_key);
    confirm(q, 0, &stranger, out);
    return 200;
}

static unsigned beyond(const question *q, buffer *out) {
    confirm(q, CHAIN_AHEAD, &own, out);
    return 200;
}

static unsigned decline_all(const question *q, buffer *out) {
    uint64_t chains[WIRE_BLOCKS_MAX];
    for (uint32_t i = 0; i < q->push.block_count; i++) {
        chains[i] = q->push.head_chain - q->push.block_count + 1 + i;
    }
    wire_answer_begin(out);
    wire_answer_declined(out, chains, q->push.block_count);
    wire_answer_problem(out, "declined, all of it, for ever");
    return 409;
}

static unsigned large(const question *q, buffer *out) {
    (void)q;
    memset(buffer_reserve(out, LARGE_BYTES), 'x', LARGE_BYTES);
    out->size = LARGE_BYTES;
    return 200;
}

/* Nine levels of nine: a thousand million values, were it read to its end. */
static unsigned policy_bomb(const question *q, buffer *out) {
    buffer yaml = {0};
    confirm(q, 0, &own, out);
    buffer_text(&yaml, "a: &a [x, x, x, x, x, x, x, x, x]\n");
    for (char level = 'b'; level <= 'j'; level++) {
        buffer_printf(&yaml, "%c: &%c [", level, level);
        for (int i = 0; i < 9; i++) {
            buffer_printf(&yaml, "%s*%c", i > 0 ? ", " : "", level - 1);
        }
        buffer_text(&yaml, "]\n");
    }
    wire_answer_policy(out, (const char *)yaml.data, (uint32_t)yaml.size);
    buffer_free(&yaml);
    return 200;
}

/* What no hub may order: recording to be stopped, history to be thrown away; and the certificate of
 * another device, from the right authority. */
static unsigned orders(const question *q, buffer *out) {
    static const char policy[] = "purposes: {activity: {enabled: false, keep: 1d}}\n"
                                 "connectors: {uplink: {enabled: false}}\n"
                                 "journal: {quota: 1MiB}\n";
    static char pem[WIRE_CERTIFICATE_BYTES_MAX];
    char path[1024];
    snprintf(path, sizeof path, "%s/../other.pem", folder);
    FILE *file = fopen(path, "r");
    size_t size = file != NULL ? fread(pem, 1, sizeof pem, file) : 0;
    if (file != NULL) {
        fclose(file);
    }
    confirm(q, 0, &own, out);
    wire_answer_policy(out, policy, sizeof policy - 1);
    wire_answer_certificate(out, pem, (uint32_t)size);
    return 200;
}

static unsigned in_a_year(const question *q, buffer *out) {
    (void)q;
    (void)out;
    return 503;
}

static const struct kind {
    const char *name;
    unsigned (*answer)(const question *q, buffer *out);
} kinds[] = {
    {"forged", forged},           {"beyond", beyond}, {"declines", decline_all}, {"large", large},
    {"policy-bomb", policy_bomb}, {"orders", orders}, {"year", in_a_year},
};

/* ---- one request ---- */

/* The body of a request, read whole; NULL when none came. */
static uint8_t *read_request(SSL *ssl, size_t *body_size) {
    static uint8_t bytes[REQUEST_BYTES_MAX + 1];
    size_t size = 0;
    for (;;) {
        size_t got = 0;
        if (size == REQUEST_BYTES_MAX ||
            SSL_read_ex(ssl, bytes + size, REQUEST_BYTES_MAX - size, &got) != 1) {
            return NULL;
        }
        size += got;
        bytes[size] = 0;
        char *blank = strstr((char *)bytes, "\r\n\r\n");
        char *length = blank != NULL ? strcasestr((char *)bytes, "\r\ncontent-length:") : NULL;
        *body_size = length != NULL ? strtoul(length + 17, NULL, 10) : 0;
        if (blank != NULL && size >= (size_t)(blank + 4 - (char *)bytes) + *body_size) {
            return (uint8_t *)blank + 4;
        }
    }
}

static void read_origin(question *q) {
    layout_header header;
    const journal_foreign_block *first = q->push.blocks;
    q->has_origin = q->push.block_count > 0 &&
                    layout_header_decode(&header, first->header, first->header_size) == KINMU_OK;
    if (q->has_origin) {
        memcpy(q->origin, header.origin, sizeof q->origin);
    }
}

static void answer(SSL *ssl, const struct kind *kind) {
    size_t size = 0;
    size_t sent = 0;
    char head[256];
    kinmu_err err = {"", ""};
    buffer out = {0};
    question q = {0};
    const uint8_t *body = read_request(ssl, &size);
    if (body == NULL) {
        return;
    }
    unsigned status = 503;
    if (wire_push_read(&q.push, body, size, &err) == KINMU_OK) {
        read_origin(&q);
        status = q.has_origin ? kind->answer(&q, &out) : 503;
    }
    int head_size = snprintf(head, sizeof head,
                             "HTTP/1.1 %u Said\r\nContent-Type: application/vnd.kinmu.push\r\n"
                             "%sConnection: close\r\nContent-Length: %zu\r\n\r\n",
                             status, status == 503 ? "Retry-After: 31536000\r\n" : "", out.size);
    (void)(SSL_write_ex(ssl, head, (size_t)head_size, &sent) == 1 && out.size > 0 &&
           SSL_write_ex(ssl, out.data, out.size, &sent) == 1);
    if (q.has_origin) {
        printf("%s %u\n", kind->name, q.push.block_count);
        fflush(stdout);
    }
    wire_push_free(&q.push);
    buffer_free(&out);
}

static void serve(uint16_t port, const struct kind *kind) {
    const struct timeval patience = {PATIENCE_S, 0};
    struct sockaddr_in place = {.sin_family = AF_INET, .sin_port = htons(port)};
    int on = 1;
    int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    inet_pton(AF_INET, "127.0.0.1", &place.sin_addr);
    setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    if (bind(listener, (struct sockaddr *)&place, sizeof place) != 0 || listen(listener, 16) != 0) {
        end("the port is taken");
    }
    for (;;) {
        int s = accept(listener, NULL, NULL);
        SSL *ssl = s >= 0 ? SSL_new(context) : NULL;
        if (ssl == NULL) {
            continue;
        }
        setsockopt(s, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
        setsockopt(s, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
        if (SSL_set_fd(ssl, s) == 1 && SSL_accept(ssl) == 1) {
            answer(ssl, kind);
            SSL_shutdown(ssl);
        }
        ERR_clear_error();
        SSL_free(ssl);
        close(s);
    }
}

static const struct kind *find_kind(const char *name) {
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
        if (strcmp(kinds[i].name, name) == 0) {
            return &kinds[i];
        }
    }
    end("no such kind of harm");
    return NULL;
}

static void open_context(void) {
    char certificate[1024];
    char key[1024];
    kinmu_err err = {"", ""};
    snprintf(certificate, sizeof certificate, "%s/hub/server.pem", folder);
    snprintf(key, sizeof key, "%s/hub/server.key", folder);
    context = SSL_CTX_new(TLS_server_method());
    if (context == NULL || SSL_CTX_use_certificate_chain_file(context, certificate) != 1 ||
        SSL_CTX_use_PrivateKey_file(context, key, SSL_FILETYPE_PEM) != 1 ||
        device_read(folder, &own, &err) != KINMU_OK) {
        end("that is no hub's data folder");
    }
}

int main(int argc, char **argv) {
    if (argc < 4 || argc % 2 != 0 || argc > 2 + 2 * KINDS_MAX) {
        end("usage: hostile_hub DATA PORT KIND [PORT KIND…]");
    }
    folder = argv[1];
    signal(SIGPIPE, SIG_IGN);
    open_context();
    for (int i = 2; i + 1 < argc; i += 2) {
        const struct kind *kind = find_kind(argv[i + 1]);
        if (fork() == 0) {
            prctl(PR_SET_PDEATHSIG, SIGKILL);
            serve((uint16_t)strtoul(argv[i], NULL, 10), kind);
        }
    }
    while (wait(NULL) > 0) {
    }
    return 0;
}
