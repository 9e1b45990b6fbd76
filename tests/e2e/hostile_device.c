/* hostile_device.c - an enrolled device that means harm, as fast as it can.
 *
 *     hostile_device DATA SECONDS KIND…     one thread a kind, all at once; "KIND: STATUS xCOUNT…"
 * each hostile_device DATA dump FILE         writes the push its journal would send now
 *     hostile_device DATA send FILE         sends that file over its own connection, prints the
 * status
 *
 * DATA is the data folder of an agent that is enrolled and not running. It knows its key and all of
 * the protocol; it does not know other devices' keys or the hub's. */
#include "hostile_line.h"

#include "base/clock.h"
#include "base/crypto.h"
#include "fleet/sender.h"
#include "simulate/agent.h"
#include "trust/agent.h"

#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define PUSH_PATH "/ingest/v1/push"
#define AHEAD_DAYS 30
#define BULK_BYTES ((size_t)2 << 20)
#define GARBAGE_BYTES 4096u
#define LINES 300u
#define SLOW_PIECE 9000u /* a second; more than the hub's least, so that it is not ended for it */
#define STATUSES 600u

typedef struct attack {
    const char *name;
    void (*run)(const struct attack *a, unsigned *statuses);
    buffer body;
} attack;

static line_place place;
static atomic_int is_over;

static void end(const char *what) {
    fprintf(stderr, "hostile_device: %s\n", what);
    exit(2);
}

/* ---- how it is sent ---- */

static void count(unsigned *statuses, unsigned status) {
    statuses[status < STATUSES ? status : 0]++;
}

static void run_post(const attack *a, unsigned *statuses) {
    line l = {NULL, -1};
    while (!is_over) {
        count(statuses, line_post(&l, &place, PUSH_PATH, a->body.data, a->body.size));
    }
    line_close(&l);
}

/* A gigabyte is announced, or comes in pieces without an end. */
static void run_oversized(const attack *a, unsigned *statuses) {
    static const char *const heads[] = {"Content-Length: 1073741824", "Transfer-Encoding: chunked"};
    char text[256];
    for (size_t i = 0; !is_over; i = !i) {
        line l = {NULL, -1};
        int size = snprintf(text, sizeof text,
                            "POST " PUSH_PATH " HTTP/1.1\r\nHost: hub\r\n%s\r\n\r\n", heads[i]);
        int is_taken = line_open(&l, &place, place.device) && line_send(&l, text, (size_t)size);
        for (size_t sent = 0; is_taken && i == 1 && sent < 4 * BULK_BYTES; sent += a->body.size) {
            size = snprintf(text, sizeof text, "%zx\r\n", a->body.size);
            is_taken = line_send(&l, text, (size_t)size) &&
                       line_send(&l, a->body.data, a->body.size) && line_send(&l, "\r\n", 2);
        }
        count(statuses, line_answer(&l));
        line_close(&l);
    }
}

static void send_slowly(line *lines, const char *head, size_t piece_size) {
    static const char piece[SLOW_PIECE];
    for (size_t i = 0; i < LINES && !is_over; i++) {
        (void)(line_open(&lines[i], &place, head[0] == 'P' ? place.device : place.anonymous) &&
               line_send(&lines[i], head + 1, strlen(head + 1)));
    }
    while (!is_over) {
        for (size_t i = 0; i < LINES && !is_over; i++) {
            (void)line_send(&lines[i], piece, piece_size);
        }
        sleep(1);
    }
}

static void run_slow_bodies(const attack *a, unsigned *statuses) {
    static line lines[LINES];
    (void)a;
    send_slowly(lines,
                "PPOST " PUSH_PATH " HTTP/1.1\r\nHost: hub\r\nContent-Length: 2000000\r\n\r\n",
                SLOW_PIECE);
    for (size_t i = 0; i < LINES; i++) {
        statuses[0] += lines[i].ssl == NULL;
        line_close(&lines[i]);
    }
}

/* Anybody can do this: no certificate is needed to knock. */
static void run_slow_strangers(const attack *a, unsigned *statuses) {
    static line lines[LINES];
    (void)a;
    send_slowly(lines,
                "APOST /ingest/v1/enroll HTTP/1.1\r\nHost: hub\r\nContent-Length: 8000\r\n\r\n", 1);
    for (size_t i = 0; i < LINES; i++) {
        statuses[0] += lines[i].ssl == NULL;
        line_close(&lines[i]);
    }
}

/* The bodies' pool of the hub: as much as it takes, never the last byte. */
static void run_hoard(const attack *a, unsigned *statuses) {
    static line lines[LINES];
    static const char head[] =
        "POST " PUSH_PATH " HTTP/1.1\r\nHost: hub\r\nContent-Length: 2097153\r\n\r\n";
    for (size_t i = 0; i < LINES && !is_over; i++) {
        int is_taken = line_open(&lines[i], &place, place.device) &&
                       line_send(&lines[i], head, sizeof head - 1) &&
                       line_send(&lines[i], a->body.data, a->body.size);
        statuses[is_taken ? 1 : 0]++;
    }
    while (!is_over) {
        sleep(1);
    }
    for (size_t i = 0; i < LINES; i++) {
        line_close(&lines[i]);
    }
}

static void run_half_open(const attack *a, unsigned *statuses) {
    static line lines[LINES];
    (void)a;
    for (size_t i = 0; i < LINES; i++) {
        statuses[line_open(&lines[i], &place, NULL) ? 1 : 0]++;
    }
    while (!is_over) {
        sleep(1);
    }
    for (size_t i = 0; i < LINES; i++) {
        line_close(&lines[i]);
    }
}

static attack attacks[] = {
    {.name = "garbage", .run = run_post}, /* no push at all */
    {.name = "forged-origin",
     .run = run_post},                     /* another device's, genuine, over this connection */
    {.name = "replay", .run = run_post},   /* its own, genuine, again and again */
    {.name = "gap", .run = run_post},      /* the chain does not continue */
    {.name = "altered", .run = run_post},  /* a byte of a block changed */
    {.name = "declined", .run = run_post}, /* a month ahead of the hub's clock */
    {.name = "tiny", .run = run_post},     /* 8 bytes */
    {.name = "bulk", .run = run_post},     /* 2 MiB of nothing */
    {.name = "oversized", .run = run_oversized}, /* 1 GiB */
    {.name = "slow-bodies", .run = run_slow_bodies},
    {.name = "slow-strangers", .run = run_slow_strangers},
    {.name = "hoard", .run = run_hoard},
    {.name = "half-open", .run = run_half_open},
};
#define ATTACKS (sizeof attacks / sizeof attacks[0])

static attack *find_attack(const char *name) {
    for (size_t i = 0; i < ATTACKS; i++) {
        if (strcmp(attacks[i].name, name) == 0) {
            return &attacks[i];
        }
    }
    end("no such kind of harm");
    return NULL;
}

/* ---- what is sent ---- */

typedef struct forge {
    agent_kit kit;
    device own;
    int64_t today;
} forge;

static void forge_open(forge *f, const char *data) {
    trust_agent hub;
    kinmu_err err = {"", ""};
    memset(f, 0, sizeof *f);
    f->kit.flush_ns = 60 * INT64_C(1000000000);
    f->kit.block_events = 12;
    f->kit.push_blocks = 10;
    f->today = clock_unix_ns() / DAY_NS;
    if (trust_agent_read(data, &hub, &err) != KINMU_OK ||
        device_read(data, &f->own, &err) != KINMU_OK ||
        world_make(&f->kit.w, 1, 1, 1, &err) != KINMU_OK ||
        agent_kit_init(&f->kit, &err) != KINMU_OK) {
        end(err.msg);
    }
    memcpy(f->kit.hub_box, hub.box_public, sizeof f->kit.hub_box);
}

static void forge_close(forge *f) {
    agent_kit_finish(&f->kit);
    device_wipe(&f->own);
}

/* Twenty blocks of ten and more days; is_own: of the device itself, else of one that is not here.
 */
static void forge_chain(forge *f, int is_own, int64_t first_day, agent *a) {
    kinmu_err err = {"", ""};
    if (agent_init(&f->kit, a, 0, first_day, &err) != KINMU_OK) {
        end(err.msg);
    }
    if (is_own) {
        memcpy(a->seed, f->own.seed, sizeof a->seed);
        memcpy(a->public_key, f->own.public_key, sizeof a->public_key);
        memcpy(a->made.origin, f->own.origin, sizeof a->made.origin);
    }
    for (int64_t day = 1; a->block_count < 2 * f->kit.push_blocks + 2; day++) {
        if (agent_record(&f->kit, a, (first_day + day) * DAY_NS, &err) != KINMU_OK) {
            end(err.msg);
        }
    }
}

/* The push of ten blocks behind that one. */
static void forge_push(forge *f, agent *a, uint32_t behind, const char *for_attack) {
    journal_standing newest;
    const journal_standing start = {.chain = behind};
    kinmu_err err = {"", ""};
    if (agent_build(&f->kit, a, &start, clock_unix_ns(), "6.6.6", &find_attack(for_attack)->body,
                    &newest, &err) != KINMU_OK) {
        end(err.msg);
    }
}

static void prepare(const char *data) {
    forge f;
    agent own;
    agent other;
    agent ahead;
    static uint8_t noise[GARBAGE_BYTES];
    forge_open(&f, data);
    crypto_random(noise, sizeof noise);
    buffer_append(&find_attack("garbage")->body, noise, sizeof noise);
    buffer_append(&find_attack("oversized")->body, noise, sizeof noise);
    buffer_text(&find_attack("tiny")->body, "KNPUSH1\n");
    forge_chain(&f, 1, f.today - 7, &own);
    forge_chain(&f, 0, f.today - 7, &other);
    forge_chain(&f, 1, f.today + AHEAD_DAYS, &ahead);
    forge_push(&f, &own, 0, "replay");
    forge_push(&f, &own, f.kit.push_blocks, "altered");
    forge_push(&f, &own, f.kit.push_blocks + 1, "gap");
    forge_push(&f, &other, 0, "forged-origin");
    forge_push(&f, &ahead, 0, "declined");
    agent_finish(&own);
    agent_finish(&other);
    agent_finish(&ahead);
    buffer *altered = &find_attack("altered")->body;
    altered->data[altered->size / 2] ^= 1;
    static const char *const large[] = {"bulk", "hoard"};
    for (size_t i = 0; i < 2; i++) {
        buffer *body = &find_attack(large[i])->body;
        memset(buffer_reserve(body, BULK_BYTES), 0, BULK_BYTES);
        body->size = BULK_BYTES;
    }
    forge_close(&f);
}

/* ---- all at once ---- */

typedef struct thief {
    pthread_t thread;
    const attack *a;
    unsigned statuses[STATUSES];
} thief;

static void *run_thread(void *user) {
    thief *t = user;
    t->a->run(t->a, t->statuses);
    return NULL;
}

static void print(const thief *t) {
    printf("%s:", t->a->name);
    for (unsigned status = 0; status < STATUSES; status++) {
        if (t->statuses[status] > 0) {
            printf(" %u x%u", status, t->statuses[status]);
        }
    }
    printf("\n");
}

static int harm(const char *data, double seconds, char **kinds, int kind_count) {
    static thief thieves[ATTACKS];
    const struct timespec span = {(time_t)seconds, 0};
    prepare(data);
    if (kind_count < 1 || (size_t)kind_count > ATTACKS) {
        end("say which kinds of harm");
    }
    for (int i = 0; i < kind_count; i++) {
        thieves[i].a = find_attack(kinds[i]);
        if (pthread_create(&thieves[i].thread, NULL, run_thread, &thieves[i]) != 0) {
            end("no threads");
        }
    }
    nanosleep(&span, NULL);
    is_over = 1;
    for (int i = 0; i < kind_count; i++) {
        pthread_join(thieves[i].thread, NULL);
        print(&thieves[i]);
    }
    for (size_t i = 0; i < ATTACKS; i++) {
        buffer_free(&attacks[i].body);
    }
    return 0;
}

/* ---- one push, carried from one device to another ---- */

static int dump(const char *data, const char *path) {
    trust_agent hub;
    fleet_sender *sender = NULL;
    buffer out = {0};
    kinmu_err err = {"", ""};
    if (trust_agent_read(data, &hub, &err) != KINMU_OK ||
        fleet_sender_open(data, hub.public_key, hub.box_public, NULL, 0, &sender, &err) !=
            KINMU_OK ||
        fleet_sender_build(sender, FLEET_PUSH_BYTES, "6.6.6", clock_unix_ns(), &out, &err) !=
            KINMU_OK) {
        end(err.msg);
    }
    FILE *file = fopen(path, "wb");
    if (file == NULL || fwrite(out.data, 1, out.size, file) != out.size || fclose(file) != 0) {
        end("the push cannot be written");
    }
    fleet_sender_close(sender);
    buffer_free(&out);
    return 0;
}

static int send_file(const char *path) {
    static uint8_t body[WIRE_PUSH_BYTES_MAX];
    line l = {NULL, -1};
    FILE *file = fopen(path, "rb");
    if (file == NULL) {
        end("there is no such push");
    }
    size_t size = fread(body, 1, sizeof body, file);
    fclose(file);
    printf("%u\n", line_post(&l, &place, PUSH_PATH, body, size));
    line_close(&l);
    return 0;
}

int main(int argc, char **argv) {
    if (argc < 4) {
        end("usage: hostile_device DATA SECONDS KIND… | DATA dump FILE | DATA send FILE");
    }
    signal(SIGPIPE, SIG_IGN);
    line_find(&place, argv[1]);
    int result = strcmp(argv[2], "dump") == 0 ? dump(argv[1], argv[3])
                 : strcmp(argv[2], "send") == 0
                     ? send_file(argv[3])
                     : harm(argv[1], strtod(argv[2], NULL), argv + 3, argc - 3);
    line_forget(&place);
    return result;
}
