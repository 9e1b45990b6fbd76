/* session/ledger_memory.c - the ledger as bytes and back.
 *
 * Little-endian, versioned, self-contained: 8 bytes of name and version, fixed numbers, then the
 * sessions with length-prefixed texts. decode trusts nothing: a foreign or damaged state is refused
 * as a whole.
 */
#include "ledger.h"

#include <string.h>

static const uint8_t magic[8] = {'k', 's', 'e', 's', 's', 0, 0, 1};

typedef struct cursor {
    uint8_t *to;
    const uint8_t *from;
    size_t size;
    size_t at;
    int32_t is_bad;
} cursor;

static void put_number(cursor *out, uint64_t number, size_t bytes) {
    if (out->size - out->at < bytes) {
        out->is_bad = 1;
        return;
    }
    for (size_t i = 0; i < bytes; i++) {
        out->to[out->at++] = (uint8_t)(number >> (8 * i));
    }
}

static void put_text(cursor *out, const char *text) {
    size_t size = strlen(text);
    put_number(out, size, 1);
    if (out->is_bad != 0 || out->size - out->at < size) {
        out->is_bad = 1;
        return;
    }
    memcpy(out->to + out->at, text, size);
    out->at += size;
}

static uint64_t take_number(cursor *in, size_t bytes) {
    uint64_t number = 0;
    if (in->size - in->at < bytes) {
        in->is_bad = 1;
        return 0;
    }
    for (size_t i = 0; i < bytes; i++) {
        number |= (uint64_t)in->from[in->at++] << (8 * i);
    }
    return number;
}

static void take_text(cursor *in, char *text, size_t text_size) {
    size_t size = (size_t)take_number(in, 1);
    if (in->is_bad != 0 || size >= text_size || in->size - in->at < size ||
        memchr(in->from + in->at, '\0', size) != NULL) {
        in->is_bad = 1;
        return;
    }
    memcpy(text, in->from + in->at, size);
    text[size] = '\0';
    in->at += size;
}

static void put_session(cursor *out, const ledger_session *session) {
    put_text(out, session->id);
    put_text(out, session->account);
    put_text(out, session->type);
    put_text(out, session->remote_host);
    put_text(out, session->line);
    put_number(out, (uint64_t)session->logon_ns, 8);
    put_number(out, session->source, 1);
    put_number(out,
               (uint64_t)(session->is_locked | (session->is_idle << 1) | (session->is_active << 2) |
                          (session->was_active << 3)),
               1);
}

static void take_session(cursor *in, ledger_session *session) {
    take_text(in, session->id, sizeof session->id);
    take_text(in, session->account, sizeof session->account);
    take_text(in, session->type, sizeof session->type);
    take_text(in, session->remote_host, sizeof session->remote_host);
    take_text(in, session->line, sizeof session->line);
    session->logon_ns = (int64_t)take_number(in, 8);
    session->source = (uint32_t)take_number(in, 1);
    uint64_t flags = take_number(in, 1);
    session->is_locked = flags & 1;
    session->is_idle = (flags >> 1) & 1;
    session->is_active = (flags >> 2) & 1;
    session->was_active = (flags >> 3) & 1;
    if (session->id[0] == '\0' || session->source > LEDGER_UTMP) {
        in->is_bad = 1;
    }
}

size_t ledger_encode(const ledger *book, uint8_t out[LEDGER_ENCODED_BYTES_MAX]) {
    cursor to = {.to = out, .size = LEDGER_ENCODED_BYTES_MAX};
    memcpy(out, magic, sizeof magic);
    to.at = sizeof magic;
    memcpy(out + to.at, book->boot_id, sizeof book->boot_id);
    to.at += sizeof book->boot_id;
    put_number(&to, book->phase, 1);
    put_number(&to, (uint64_t)(book->is_watching != 0), 1);
    put_number(&to, (uint64_t)book->boot_ns, 8);
    put_number(&to, (uint64_t)book->blind_since_ns, 8);
    put_number(&to, (uint64_t)book->known_ns, 8);
    put_number(&to, (uint64_t)book->alive.unix_ns, 8);
    put_number(&to, book->alive.mono_ns, 8);
    put_number(&to, book->alive.suspended_ns, 8);
    size_t count_at = to.at;
    put_number(&to, 0, 2);
    uint32_t count = 0;
    size_t whole = to.at;
    while (count < book->session_count) {
        put_session(&to, &book->sessions[count]);
        if (to.is_bad != 0) {
            break;
        }
        count++;
        whole = to.at;
    }
    out[count_at] = (uint8_t)count;
    out[count_at + 1] = (uint8_t)(count >> 8);
    return whole;
}

int32_t ledger_decode(ledger *book, const uint8_t *data, size_t size) {
    cursor in = {.from = data, .size = size, .at = sizeof magic + LEDGER_BOOT_ID_BYTES};
    if (size < in.at || memcmp(data, magic, sizeof magic) != 0) {
        return -1;
    }
    ledger read;
    memset(&read, 0, sizeof read);
    memcpy(read.boot_id, data + sizeof magic, sizeof read.boot_id);
    read.phase = (uint32_t)take_number(&in, 1);
    read.is_watching = (int32_t)take_number(&in, 1);
    read.boot_ns = (int64_t)take_number(&in, 8);
    read.blind_since_ns = (int64_t)take_number(&in, 8);
    read.known_ns = (int64_t)take_number(&in, 8);
    read.alive.unix_ns = (int64_t)take_number(&in, 8);
    read.alive.mono_ns = take_number(&in, 8);
    read.alive.suspended_ns = take_number(&in, 8);
    read.session_count = (uint32_t)take_number(&in, 2);
    if (in.is_bad != 0 || read.phase >= LEDGER_PHASES || read.session_count > LEDGER_SESSIONS_MAX) {
        return -1;
    }
    for (uint32_t i = 0; i < read.session_count && in.is_bad == 0; i++) {
        take_session(&in, &read.sessions[i]);
    }
    if (in.is_bad != 0 || in.at != size) {
        return -1;
    }
    *book = read;
    return 0;
}
