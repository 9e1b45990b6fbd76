/* simulate/state.c - a run kept in FOLDER/simulate.state, so that it can be taken up again and
 * compared with a hub's store: lines of text, private (it holds the secret all keys come from).
 *
 *   kinmu-simulate 1
 *   world SEED AGENTS PEOPLE RUSH_S
 *   secret HEX / hub HEX HEX / anchor HEX
 *   agent NUMBERS… HASH DIGEST CERTIFICATE      one a line, in order
 */
#include "simulate/state.h"

#include "base/error.h"
#include "base/text.h"
#include "platform/platform.h"
#include "simulate/member.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FILE_NAME "simulate.state"
#define PATH_SIZE 4096
#define FILE_BYTES_MAX ((size_t)200 << 20)
#define TALLY_NUMBERS (MINUTE_KINDS + 2u)
#define NUMBERS (8u + 3u * TALLY_NUMBERS)

/* ---- an agent as numbers ---- */

static uint64_t *from_tally(uint64_t *to, const agent_tally *tally) {
    for (uint32_t i = 0; i < MINUTE_KINDS; i++) {
        *to++ = tally->events[i];
    }
    *to++ = tally->keys;
    *to++ = tally->blocks;
    return to;
}

static const uint64_t *to_tally(const uint64_t *from, agent_tally *tally) {
    for (uint32_t i = 0; i < MINUTE_KINDS; i++) {
        tally->events[i] = *from++;
    }
    tally->keys = *from++;
    tally->blocks = *from++;
    return from;
}

static void from_member(const member *m, uint64_t numbers[NUMBERS]) {
    const agent *a = &m->a;
    const uint64_t first[8] = {
        a->confirmed.chain,      a->confirmed.sequence,
        (uint64_t)a->cursor.day, (uint64_t)a->cursor.number,
        a->cursor.index,         a->cursor.program,
        (uint64_t)m->sim_ns,     agent_unsent(a) == 0 && a->made.chain == a->confirmed.chain};
    memcpy(numbers, first, sizeof first);
    from_tally(from_tally(from_tally(numbers + 8, &a->total), &a->acknowledged), &a->declined);
}

/* 0 when it was not drained: a hub may have what this file does not know of. */
static int32_t to_member(const uint64_t numbers[NUMBERS], member *m) {
    agent *a = &m->a;
    a->confirmed.chain = a->made.chain = numbers[0];
    a->confirmed.sequence = a->made.sequence = numbers[1];
    a->cursor.day = (int64_t)numbers[2];
    a->cursor.number = (int32_t)numbers[3];
    a->cursor.index = (uint32_t)numbers[4];
    a->cursor.program = (uint32_t)numbers[5];
    m->sim_ns = (int64_t)numbers[6];
    to_tally(to_tally(to_tally(numbers + 8, &a->total), &a->acknowledged), &a->declined);
    return numbers[7] != 0;
}

/* ---- writing ---- */

static void put_hex(buffer *out, const void *data, size_t size, const char *after) {
    char *to = (char *)buffer_reserve(out, 2 * size + 1);
    if (to != NULL) {
        text_hex(to, data, size);
        out->size += 2 * size;
    }
    buffer_text(out, after);
}

static void put_member(buffer *out, const member *m) {
    uint64_t numbers[NUMBERS];
    from_member(m, numbers);
    buffer_text(out, "agent");
    for (uint32_t i = 0; i < NUMBERS; i++) {
        buffer_printf(out, " %" PRIu64, numbers[i]);
    }
    buffer_text(out, " ");
    put_hex(out, m->a.confirmed.hash, CRYPTO_HASH_SIZE, " ");
    put_hex(out, m->a.digest, CRYPTO_HASH_SIZE, " ");
    put_hex(out, m->a.certificate, m->a.certificate_size, "\n");
}

int32_t state_save(run *r, kinmu_err *err) {
    const run_settings *s = r->settings;
    char path[PATH_SIZE];
    buffer out = {0};
    buffer_printf(&out, "kinmu-simulate 1\nworld %" PRIu64 " %u %u %d\nsecret ", s->seed, r->count,
                  r->kit.w.people_count, s->rush_s);
    put_hex(&out, r->kit.secret, sizeof r->kit.secret, "\nhub ");
    put_hex(&out, r->kit.hub_key, CRYPTO_PUBLIC_SIZE, " ");
    put_hex(&out, r->kit.hub_box, CRYPTO_PUBLIC_SIZE, "\nanchor ");
    put_hex(&out, r->anchor.data, r->anchor.size, "\n");
    for (uint32_t i = 0; i < r->count; i++) {
        put_member(&out, &r->members[i]);
    }
    int32_t status = out.failed != KINMU_OK
                         ? error_set(err, KINMU_E_NOMEM, "memory", "no memory for the state")
                         : platform_make_private_folder(s->state, err);
    snprintf(path, sizeof path, "%s/" FILE_NAME, s->state);
    if (status == KINMU_OK) {
        status = platform_write_file(path, out.data, out.size, 1, err);
    }
    buffer_wipe(&out);
    return status;
}

/* ---- reading ---- */

static int32_t read_file(const char *folder, buffer *out, kinmu_err *err) {
    char path[PATH_SIZE];
    snprintf(path, sizeof path, "%s/" FILE_NAME, folder);
    FILE *file = fopen(path, "rb");
    if (file == NULL) {
        return error_set(err, KINMU_E_NOTFOUND, "simulate.state", "\"%s\": no run is kept there",
                         folder);
    }
    size_t size = 1;
    while (size > 0 && out->size < FILE_BYTES_MAX) {
        uint8_t *room = buffer_reserve(out, 65536);
        size = room != NULL ? fread(room, 1, 65536, file) : 0;
        out->size += size;
    }
    fclose(file);
    return out->failed;
}

/* One word after another; `at` is NULL once something did not fit. */
typedef struct words {
    const char *at;
} words;

static void expect_word(words *w, const char *word) {
    size_t size = strlen(word);
    w->at = w->at != NULL && strncmp(w->at, word, size) == 0 ? w->at + size : NULL;
}

static uint64_t take_number(words *w) {
    char *end = NULL;
    uint64_t number = w->at != NULL ? strtoull(w->at, &end, 10) : 0;
    w->at = w->at != NULL && end != w->at ? end : NULL;
    return number;
}

static size_t hex_digits(words *w) {
    expect_word(w, " ");
    return w->at != NULL ? strspn(w->at, "0123456789abcdef") : 0;
}

static void take_hex(words *w, uint8_t *out, size_t size) {
    char digits[2 * CRYPTO_HASH_SIZE + 1];
    if (hex_digits(w) != 2 * size || size > CRYPTO_HASH_SIZE) {
        w->at = NULL;
        return;
    }
    memcpy(digits, w->at, 2 * size);
    digits[2 * size] = '\0';
    w->at = text_unhex(out, size, digits) == KINMU_OK ? w->at + 2 * size : NULL;
}

/* Bytes of any length; NULL when there are none or no memory. */
static uint8_t *take_bytes(words *w, size_t size_max, size_t *size) {
    size_t digits = hex_digits(w);
    char *text = digits > 0 && digits <= 2 * size_max ? malloc(digits + 1) : NULL;
    uint8_t *bytes = text != NULL ? malloc(digits / 2 + 1) : NULL;
    *size = digits / 2;
    if (bytes != NULL) {
        memcpy(text, w->at, digits);
        text[digits] = '\0';
        if (text_unhex(bytes, digits / 2, text) != KINMU_OK) {
            free(bytes);
            bytes = NULL;
        }
        w->at += digits;
    }
    free(text);
    return bytes;
}

typedef struct kept_head {
    uint64_t seed, agents, people, rush_s;
} kept_head;

static int32_t take_head(words *w, kept_head *head, uint8_t secret[AGENT_SECRET_SIZE],
                         uint8_t hub[2][CRYPTO_PUBLIC_SIZE], buffer *anchor) {
    size_t size = 0;
    expect_word(w, "kinmu-simulate 1\nworld");
    head->seed = take_number(w);
    head->agents = take_number(w);
    head->people = take_number(w);
    head->rush_s = take_number(w);
    expect_word(w, "\nsecret");
    take_hex(w, secret, AGENT_SECRET_SIZE);
    expect_word(w, "\nhub");
    take_hex(w, hub[0], CRYPTO_PUBLIC_SIZE);
    take_hex(w, hub[1], CRYPTO_PUBLIC_SIZE);
    expect_word(w, "\nanchor");
    uint8_t *bytes = take_bytes(w, 65536, &size);
    if (bytes != NULL) {
        buffer_append(anchor, bytes, size);
    }
    free(bytes);
    expect_word(w, "\n");
    return w->at != NULL && anchor->size > 0;
}

static int32_t take_member(words *w, member *m, kinmu_err *err) {
    uint64_t numbers[NUMBERS];
    size_t size = 0;
    expect_word(w, "agent");
    for (uint32_t i = 0; i < NUMBERS; i++) {
        numbers[i] = take_number(w);
    }
    int32_t is_drained = to_member(numbers, m);
    take_hex(w, m->a.confirmed.hash, CRYPTO_HASH_SIZE);
    take_hex(w, m->a.digest, CRYPTO_HASH_SIZE);
    m->a.certificate = take_bytes(w, AGENT_CERTIFICATE_BYTES_MAX, &size);
    m->a.certificate_size = (uint32_t)size;
    expect_word(w, "\n");
    memcpy(m->a.made.hash, m->a.confirmed.hash, CRYPTO_HASH_SIZE);
    m->a.start = m->a.confirmed;
    if (w->at == NULL || m->a.certificate == NULL) {
        return error_set(err, KINMU_E_REJECT, "simulate.state", "the state's file is damaged");
    }
    return is_drained ? KINMU_OK
                      : error_set(err, KINMU_E_STATE, "simulate.state",
                                  "agent %u ended with blocks the hub had not confirmed; its chain "
                                  "cannot go on: begin with an empty folder",
                                  m->a.index);
}

static int32_t is_same_world(const run_settings *s, const kept_head *head) {
    uint32_t people = s->people > 0 ? s->people : s->agents;
    return s->seed == head->seed && s->agents == head->agents && people == head->people &&
           (uint64_t)s->rush_s == head->rush_s;
}

int32_t state_load(run *r, kinmu_err *err) {
    kept_head head;
    uint8_t hub[2][CRYPTO_PUBLIC_SIZE];
    buffer text = {0};
    int32_t status = read_file(r->settings->state, &text, err);
    words w = {buffer_string(&text)};
    if (status == KINMU_OK && !take_head(&w, &head, r->kit.secret, hub, &r->anchor)) {
        status = error_set(err, KINMU_E_REJECT, "simulate.state", "the state's file is damaged");
    }
    if (status == KINMU_OK && !is_same_world(r->settings, &head)) {
        status = error_set(err, KINMU_E_REJECT, "simulate.state",
                           "another world is kept there: --seed %" PRIu64 " --agents %" PRIu64
                           " --people %" PRIu64,
                           head.seed, head.agents, head.people);
    }
    if (status == KINMU_OK) {
        memcpy(r->kit.hub_key, hub[0], CRYPTO_PUBLIC_SIZE);
        memcpy(r->kit.hub_box, hub[1], CRYPTO_PUBLIC_SIZE);
        status = run_make_members(r, err);
    }
    for (uint32_t i = 0; i < r->count && status == KINMU_OK; i++) {
        status = take_member(&w, &r->members[i], err);
    }
    buffer_wipe(&text);
    return status;
}

/* ---- what verify.c needs of it ---- */

int32_t state_read(const char *folder, state_agent **out, uint32_t *count, kinmu_err *err) {
    kept_head head;
    uint8_t secret[AGENT_SECRET_SIZE];
    uint8_t hub[2][CRYPTO_PUBLIC_SIZE];
    buffer anchor = {0};
    buffer text = {0};
    agent_kit kit = {.flush_ns = 1};
    member m;
    *out = NULL;
    *count = 0;
    int32_t status = read_file(folder, &text, err);
    words w = {buffer_string(&text)};
    if (status == KINMU_OK && (!take_head(&w, &head, secret, hub, &anchor) || head.agents == 0 ||
                               head.agents > WORLD_AGENTS_MAX)) {
        status = error_set(err, KINMU_E_REJECT, "simulate.state", "the state's file is damaged");
    }
    if (status == KINMU_OK) {
        memcpy(kit.secret, secret, sizeof secret);
        *out = calloc(head.agents, sizeof **out);
        status = *out != NULL ? KINMU_OK : KINMU_E_NOMEM;
    }
    for (uint32_t i = 0; status == KINMU_OK && i < head.agents; i++) {
        state_agent *kept = &(*out)[i];
        memset(&m, 0, sizeof m);
        status = agent_init(&kit, &m.a, i, 0, err);
        if (status == KINMU_OK) {
            status = take_member(&w, &m, err);
            kept->is_drained = status == KINMU_OK;
            status = status == KINMU_E_STATE ? KINMU_OK : status;
        }
        memcpy(kept->origin, m.a.made.origin, sizeof kept->origin);
        kept->made = m.a.total;
        kept->acknowledged = m.a.acknowledged;
        kept->declined = m.a.declined;
        agent_finish(&m.a);
        ++*count;
    }
    crypto_wipe(secret, sizeof secret);
    crypto_wipe(kit.secret, sizeof kit.secret);
    buffer_free(&anchor);
    buffer_wipe(&text);
    return status;
}
