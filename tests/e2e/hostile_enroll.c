/* hostile_enroll.c - strangers that try to become devices, as fast as they can.
 *
 *     hostile_enroll DATA ATTEMPTS USED CANCELLED OPEN     "KIND: STATUS xCOUNT…" a line
 *     hostile_enroll DATA crowd COUNT OPEN                 so many at once; half leave unanswered
 *
 * DATA is the data folder of an agent that is enrolled: it knows the hub's address. USED, CANCELLED
 * and OPEN are tokens. Each thread comes from address after address of 127.0.0.0/8, a few attempts
 * more from each than the hub listens to. */
#include "hostile_line.h"

#include "base/buffer.h"
#include "base/crypto.h"
#include "base/text.h"
#include "trust/certificate.h"
#include "trust/token.h"

#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PATH "/ingest/v1/enroll"
#define THREADS 16u
#define FROM_FIRST 0x7f010001u
#define FROM_ATTEMPTS 30u /* the hub hears 20 failures a minute */
#define GENUINE_EVERY 100u
#define CROWD_MAX 1000u
#define CROWD_FROM 100u
#define STATUSES 600u

typedef enum kind { NOT_JSON, ALTERED, UNKNOWN, USED, CANCELLED, NO_REQUEST, GENUINE, KINDS } kind;
static const char *const kind_names[KINDS] = {"not-json",  "altered",    "unknown", "used",
                                              "cancelled", "no-request", "genuine"};

typedef struct stranger {
    pthread_t thread;
    unsigned index;
    unsigned statuses[KINDS][STATUSES];
    buffer request; /* of a key of its own; made once, the hub never certifies it */
} stranger;

static line_place place;
static const char *used, *cancelled, *open_token;
static atomic_uint attempts_left;

static void end(const char *what) {
    fprintf(stderr, "hostile_enroll: %s\n", what);
    exit(2);
}

static void make_request(buffer *request) {
    uint8_t seed[CRYPTO_SEED_SIZE];
    kinmu_err err = {"", ""};
    if (crypto_random(seed, sizeof seed) != KINMU_OK ||
        trust_make_request(seed, request, &err) != KINMU_OK) {
        end("no certificate request can be made");
    }
}

static void write_body(buffer *body, const char *token, const char *request, size_t size) {
    buffer_text(body, "{\"token\":");
    text_json(body, token, strlen(token));
    buffer_text(body, ",\"csr\":");
    text_json(body, request, size);
    buffer_text(body, ",\"name\":\"stranger\",\"version\":\"6.6.6\"}");
}

static void write_attempt(stranger *s, kind k, buffer *body) {
    char token_text[TRUST_TOKEN_TEXT_SIZE];
    uint8_t pin[CRYPTO_HASH_SIZE];
    trust_token token;
    buffer request = {0};
    const char *own = buffer_string(&s->request);
    switch (k) {
    case NOT_JSON:
        buffer_text(body, "{\"token\":[[[[[[[[");
        return;
    case ALTERED: /* a letter more than the token has */
        snprintf(token_text, sizeof token_text, "%sA", open_token);
        write_body(body, token_text, own, s->request.size);
        return;
    case UNKNOWN: /* a token in form that no hub made */
        if (crypto_random(pin, sizeof pin) != KINMU_OK ||
            trust_token_make(pin, &token) != KINMU_OK ||
            trust_token_text(&token, token_text) != KINMU_OK) {
            end("no token can be made");
        }
        write_body(body, token_text, own, s->request.size);
        return;
    case USED:
        write_body(body, used, own, s->request.size);
        return;
    case CANCELLED:
        write_body(body, cancelled, own, s->request.size);
        return;
    case NO_REQUEST: /* heard even from an address that failed too often: the token is good */
        write_body(body, open_token, "-----BEGIN CERTIFICATE REQUEST-----", 35);
        return;
    default:
        make_request(&request);
        write_body(body, open_token, (const char *)request.data, request.size);
        buffer_free(&request);
        return;
    }
}

static int take_attempt(void) {
    unsigned left = attempts_left;
    while (left > 0 && !atomic_compare_exchange_weak(&attempts_left, &left, left - 1)) {
    }
    return left > 0;
}

static void *run_thread(void *user) {
    stranger *s = user;
    line_place from = place;
    line l = {NULL, -1};
    buffer body = {0};
    make_request(&s->request);
    for (unsigned i = 0; take_attempt(); i++) {
        if (i % FROM_ATTEMPTS == 0) {
            line_close(&l);
            from.from = FROM_FIRST + (i / FROM_ATTEMPTS) * THREADS + s->index;
        }
        kind k = i % GENUINE_EVERY == 0 ? GENUINE : (kind)((i + i / FROM_ATTEMPTS) % GENUINE);
        buffer_clear(&body);
        write_attempt(s, k, &body);
        unsigned status = 0;
        if (l.ssl != NULL || line_open(&l, &from, from.anonymous)) {
            status = line_post(&l, &from, PATH, body.data, body.size);
        }
        s->statuses[k][status < STATUSES ? status : 0]++;
    }
    line_close(&l);
    buffer_free(&body);
    buffer_free(&s->request);
    return NULL;
}

static void print(const char *name, const unsigned statuses[STATUSES]) {
    printf("%s:", name);
    for (unsigned status = 0; status < STATUSES; status++) {
        if (statuses[status] > 0) {
            printf(" %u x%u", status, statuses[status]);
        }
    }
    printf("\n");
}

static void attempt(void) {
    static stranger strangers[THREADS];
    for (unsigned i = 0; i < THREADS; i++) {
        strangers[i].index = i;
        if (pthread_create(&strangers[i].thread, NULL, run_thread, &strangers[i]) != 0) {
            end("no threads");
        }
    }
    for (unsigned i = 0; i < THREADS; i++) {
        pthread_join(strangers[i].thread, NULL);
    }
    for (unsigned k = 0; k < KINDS; k++) {
        for (unsigned i = 1; i < THREADS; i++) {
            for (unsigned status = 0; status < STATUSES; status++) {
                strangers[0].statuses[k][status] += strangers[i].statuses[k][status];
            }
        }
        print(kind_names[k], strangers[0].statuses[k]);
    }
}

/* All connected first, then all ask; every second one leaves without waiting for its answer. */
static void crowd(unsigned count) {
    static line lines[CROWD_MAX];
    static buffer asks[CROWD_MAX];
    static unsigned statuses[STATUSES];
    line_place from = place;
    for (unsigned i = 0; i < count; i++) {
        buffer request = {0};
        buffer body = {0};
        make_request(&request);
        write_body(&body, open_token, (const char *)request.data, request.size);
        buffer_printf(&asks[i],
                      "POST " PATH " HTTP/1.1\r\nHost: hub\r\nContent-Length: %zu\r\n\r\n",
                      body.size);
        buffer_append(&asks[i], body.data, body.size);
        buffer_free(&request);
        buffer_free(&body);
        from.from = FROM_FIRST + i % CROWD_FROM;
        if (!line_open(&lines[i], &from, from.anonymous)) {
            end("the crowd is not let in");
        }
    }
    for (unsigned i = 0; i < count; i++) {
        (void)line_send(&lines[i], asks[i].data, asks[i].size);
        buffer_free(&asks[i]);
    }
    for (unsigned i = 1; i < count; i += 2) {
        line_close(&lines[i]);
    }
    for (unsigned i = 0; i < count; i += 2) {
        unsigned status = line_answer(&lines[i]);
        statuses[status < STATUSES ? status : 0]++;
        line_close(&lines[i]);
    }
    print("crowd", statuses);
}

int main(int argc, char **argv) {
    int is_crowd = argc == 5 && strcmp(argv[2], "crowd") == 0;
    if (!is_crowd && argc != 6) {
        end("usage: hostile_enroll DATA ATTEMPTS USED CANCELLED OPEN | DATA crowd COUNT OPEN");
    }
    signal(SIGPIPE, SIG_IGN);
    line_find(&place, argv[1]);
    open_token = argv[argc - 1];
    if (is_crowd) {
        unsigned long count = strtoul(argv[3], NULL, 10);
        crowd(count < CROWD_MAX ? (unsigned)count : CROWD_MAX);
    } else {
        used = argv[3];
        cancelled = argv[4];
        attempts_left = (unsigned)strtoul(argv[2], NULL, 10);
        attempt();
    }
    line_forget(&place);
    return 0;
}
