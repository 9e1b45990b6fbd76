/* email/compose.c - see compose.h. */
#include "compose.h"

#include <kinmu/civil.h>
#include <openssl/evp.h>
#include <openssl/sha.h>

#include <stdio.h>
#include <string.h>

#define LINE_COLUMNS 76u      /* of a base64 line, RFC 2045 6.8 */
#define WORD_BYTES 39u        /* in an encoded word, so that its line has 76 columns (RFC 2047 2) */
#define PLAIN_COLUMNS_MAX 60u /* a header so short needs no folding */
#define LOCAL_PART_BYTES_MAX 64u
#define ID_BYTES 16u

/* RFC 5322's atext and the dot. */
static int32_t is_atom(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           (c != '\0' && strchr("!#$%&'*+-/=?^_`{|}~.", c) != NULL);
}

static int32_t is_host(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '.';
}

/* Dots stand alone and inside. */
static int32_t are_dots_right(const char *text, size_t size) {
    for (size_t i = 0; i < size; i++) {
        if (text[i] == '.' && (i == 0 || i + 1 == size || text[i + 1] == '.')) {
            return 0;
        }
    }
    return 1;
}

int32_t compose_is_address(const char *text) {
    const char *at = strchr(text, '@');
    size_t size = strlen(text);
    size_t local = at != NULL ? (size_t)(at - text) : 0;
    if (local == 0 || local > LOCAL_PART_BYTES_MAX || size > COMPOSE_ADDRESS_BYTES_MAX ||
        local + 1 == size) {
        return 0;
    }
    for (size_t i = 0; i < size; i++) {
        if (i != local && !(i < local ? is_atom(text[i]) : is_host(text[i]))) {
            return 0;
        }
    }
    return are_dots_right(text, local) && are_dots_right(at + 1, size - local - 1) && at[1] != '-';
}

/* ---- text in headers ---- */

/* What would end a header, or cannot be seen, becomes a space. */
static char *one_line(memory *m, const char *text) {
    char *line = memory_text(m, text, strlen(text));
    for (char *at = line; at != NULL && *at != '\0'; at++) {
        *at = (uint8_t)*at < ' ' || *at == 127 ? ' ' : *at;
    }
    return line;
}

static int32_t is_plain(const char *text) {
    for (const char *at = text; *at != '\0'; at++) {
        if ((uint8_t)*at >= 127) {
            return 0;
        }
    }
    return strlen(text) <= PLAIN_COLUMNS_MAX && strstr(text, "=?") == NULL;
}

/* The bytes of whole characters that fit into one encoded word. */
static size_t word_bytes(const char *text) {
    size_t size = strlen(text);
    if (size <= WORD_BYTES) {
        return size;
    }
    size_t end = WORD_BYTES;
    while (end > 0 && ((uint8_t)text[end] & 0xC0) == 0x80) {
        end--;
    }
    return end > 0 ? end : WORD_BYTES; /* no UTF-8: cut anywhere */
}

static const char *encoded_words(memory *m, const char *text) {
    const char *all = "";
    while (*text != '\0' && all != NULL) {
        unsigned char word[WORD_BYTES / 3 * 4 + 5];
        size_t size = word_bytes(text);
        (void)EVP_EncodeBlock(word, (const unsigned char *)text, (int)size);
        all = memory_print(m, "%s%s=?UTF-8?B?%s?=", all, all[0] != '\0' ? "\r\n " : "",
                           (const char *)word);
        text += size;
    }
    return all;
}

static const char *subject_of(memory *m, const char *text) {
    const char *line = one_line(m, text);
    return line == NULL || is_plain(line) ? line : encoded_words(m, line);
}

/* "Sato" <a@b>, =?UTF-8?B?…?= <a@b>, or the address alone. */
static const char *mailbox(memory *m, const char *name, const char *address) {
    const char *line = one_line(m, name);
    if (line == NULL || line[0] == '\0') {
        return address;
    }
    if (!is_plain(line)) {
        const char *words = encoded_words(m, line);
        return words != NULL ? memory_print(m, "%s\r\n <%s>", words, address) : NULL;
    }
    char *quoted = memory_get(m, 2 * strlen(line) + 1);
    for (size_t from = 0, to = 0; quoted != NULL && line[from] != '\0'; from++) {
        if (line[from] == '"' || line[from] == '\\') {
            quoted[to++] = '\\';
        }
        quoted[to++] = line[from];
    }
    return quoted != NULL ? memory_print(m, "\"%s\"\r\n <%s>", quoted, address) : NULL;
}

static const char *date_of(memory *m, int64_t unix_ns, int32_t utc_offset_s) {
    static const char *const days[] = {"Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"};
    static const char *const months[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                         "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    kinmu_civil c = kinmu_civil_from(unix_ns, utc_offset_s);
    int64_t day = kinmu_days_from_date(c.year, c.month, c.day);
    int32_t minutes = utc_offset_s / 60;
    int32_t ahead = minutes < 0 ? -minutes : minutes;
    return memory_print(m, "%s, %d %s %04d %02d:%02d:%02d %c%02d%02d", days[(day % 7 + 7) % 7],
                        c.day, months[c.month - 1], c.year, c.hour, c.minute, c.second,
                        minutes < 0 ? '-' : '+', ahead / 60, ahead % 60);
}

/* A hash: the key names people. */
static const char *id_of(memory *m, const compose_mail *mail) {
    uint8_t hash[SHA256_DIGEST_LENGTH];
    char hex[2 * ID_BYTES + 1];
    (void)SHA256((const unsigned char *)mail->key, strlen(mail->key), hash);
    for (uint32_t i = 0; i < ID_BYTES; i++) {
        (void)snprintf(hex + (size_t)2 * i, 3, "%02x", hash[i]);
    }
    return memory_print(m, "<%s%s>", hex, strchr(mail->from, '@'));
}

/* ---- the body ---- */

/* With CR LF, in lines of base64. */
static const char *body_of(memory *m, const char *text) {
    size_t size = strlen(text);
    char *wire = memory_get(m, 2 * size + 1);
    size_t length = 0;
    for (size_t i = 0; wire != NULL && i < size; i++) {
        if (text[i] == '\n') {
            wire[length++] = '\r';
        }
        if (text[i] != '\r') {
            wire[length++] = text[i];
        }
    }
    size_t lines = length / (LINE_COLUMNS / 4 * 3) + 1;
    char *body = memory_get(m, lines * (LINE_COLUMNS + 2) + 1);
    size_t at = 0;
    for (size_t from = 0; wire != NULL && body != NULL && from < length;) {
        size_t part = length - from < LINE_COLUMNS / 4 * 3 ? length - from : LINE_COLUMNS / 4 * 3;
        at += (size_t)EVP_EncodeBlock((unsigned char *)body + at,
                                      (const unsigned char *)wire + from, (int)part);
        memcpy(body + at, "\r\n", 3);
        at += 2;
        from += part;
    }
    return wire != NULL ? body : NULL;
}

const char *compose(memory *m, const compose_mail *mail) {
    const char *subject = subject_of(m, mail->subject);
    const char *from = mailbox(m, mail->from_name, mail->from);
    const char *to = mailbox(m, mail->to_name, mail->to);
    const char *date = date_of(m, mail->date_ns, mail->utc_offset_s);
    const char *id = id_of(m, mail);
    const char *body = body_of(m, mail->body);
    if (m->failed) {
        return NULL;
    }
    return memory_print(m,
                        "Date: %s\r\nFrom: %s\r\nTo: %s\r\nSubject: %s\r\nMessage-ID: %s\r\n"
                        "Auto-Submitted: auto-generated\r\nMIME-Version: 1.0\r\n"
                        "Content-Type: text/plain; charset=UTF-8\r\n"
                        "Content-Transfer-Encoding: base64\r\n\r\n%s",
                        date, from, to, subject, id, body);
}
