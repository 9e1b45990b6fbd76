/* evidence/lines.c - see lines.h. The reader knows the forms the writer writes and no others; it is
 * no general JSON parser. */
#include "evidence/lines.h"

#include "base/text.h"

#include <assert.h>
#include <string.h>

#define CHECK_BYTES 8u
#define CHECK_BEGIN "{\"check\":\""
#define CHECK_AT (sizeof CHECK_BEGIN - 1) /* of its digits */
#define REST_AT (CHECK_AT + (size_t)2 * CHECK_BYTES + 2)
#define SEAL_MESSAGE_SIZE (LINES_CONTEXT_MAX + CRYPTO_HASH_SIZE)
#define NUMBER_DIGITS_MAX 20

/* ---- writing ---- */

int32_t lines_begin(lines_writer *w) {
    memset(w, 0, sizeof *w);
    return crypto_create(&w->digest);
}

void lines_end(lines_writer *w) {
    crypto_destroy(w->digest);
    buffer_wipe(&w->out);
}

void lines_open(lines_writer *w, const char *kind) {
    w->begin = w->out.size;
    buffer_printf(&w->out, CHECK_BEGIN "%016d\",\"%s\":", 0, kind);
}

static int32_t check_of(crypto *digest, const char *rest, size_t size,
                        char check[2 * CHECK_BYTES + 1]) {
    uint8_t hash[CRYPTO_HASH_SIZE];
    int32_t status = crypto_hash(digest, rest, size, hash);
    text_hex(check, hash, CHECK_BYTES);
    return status;
}

int32_t lines_close(lines_writer *w) {
    char check[2 * CHECK_BYTES + 1];
    buffer_text(&w->out, "}");
    if (w->out.failed != KINMU_OK) {
        return w->out.failed;
    }
    char *line = (char *)w->out.data + w->begin;
    int32_t status = check_of(w->digest, line + REST_AT, w->out.size - w->begin - REST_AT, check);
    memcpy(line + CHECK_AT, check, (size_t)2 * CHECK_BYTES);
    buffer_text(&w->out, "\n");
    return status == KINMU_OK ? w->out.failed : status;
}

void lines_put_hex(buffer *out, const void *data, size_t size) {
    buffer_text(out, "\"");
    char *room = (char *)buffer_reserve(out, 2 * size + 1);
    if (room != NULL) {
        text_hex(room, data, size);
        out->size += 2 * size;
    }
    buffer_text(out, "\"");
}

int32_t lines_hex(lines_writer *w, const char *kind, const void *data, size_t size) {
    lines_open(w, kind);
    lines_put_hex(&w->out, data, size);
    return lines_close(w);
}

static size_t seal_message(const char *context, const uint8_t hash[CRYPTO_HASH_SIZE],
                           uint8_t out[SEAL_MESSAGE_SIZE]) {
    assert(strlen(context) <= LINES_CONTEXT_MAX);
    uint8_t *to = layout_put(out, context, strlen(context));
    to = layout_put(to, hash, CRYPTO_HASH_SIZE);
    return (size_t)(to - out);
}

static void write_seal(buffer *out, const uint8_t *hash, const uint8_t *key,
                       const uint8_t *signature) {
    buffer_text(out, "{\"seal\":{\"sha256\":");
    lines_put_hex(out, hash, CRYPTO_HASH_SIZE);
    buffer_text(out, ",\"public_key\":");
    lines_put_hex(out, key, CRYPTO_PUBLIC_SIZE);
    buffer_text(out, ",\"signature\":");
    lines_put_hex(out, signature, CRYPTO_SIGNATURE_SIZE);
    buffer_text(out, "}}\n");
}

int32_t lines_seal(lines_writer *w, const char *context, const device *d) {
    uint8_t hash[CRYPTO_HASH_SIZE];
    uint8_t signature[CRYPTO_SIGNATURE_SIZE];
    uint8_t message[SEAL_MESSAGE_SIZE];
    if (w->out.failed != KINMU_OK) {
        return w->out.failed;
    }
    int32_t status = crypto_hash(w->digest, w->out.data, w->out.size, hash);
    if (status == KINMU_OK) {
        status = crypto_sign(d->seed, message, seal_message(context, hash, message), signature);
    }
    if (status == KINMU_OK) {
        write_seal(&w->out, hash, d->public_key, signature);
        status = w->out.failed;
    }
    return status;
}

/* ---- reading ---- */

int32_t lines_is(const lines_reader *r, const char *kind) {
    return r->kind_size == strlen(kind) && memcmp(r->kind, kind, r->kind_size) == 0;
}

/* {"check":"…","KIND":VALUE} of `size` bytes, without the line's end. */
static int32_t read_line(lines_reader *r, const char *line, size_t size) {
    char check[2 * CHECK_BYTES + 1];
    if (size < REST_AT + 4 || memcmp(line, CHECK_BEGIN, CHECK_AT) != 0 ||
        memcmp(line + REST_AT - 2, "\",", 2) != 0 || line[REST_AT] != '"' ||
        line[size - 1] != '}' ||
        check_of(r->digest, line + REST_AT, size - REST_AT, check) != KINMU_OK ||
        memcmp(line + CHECK_AT, check, (size_t)2 * CHECK_BYTES) != 0) {
        return KINMU_E_REJECT;
    }
    r->kind = line + REST_AT + 1;
    const char *quote = memchr(r->kind, '"', size - REST_AT - 1);
    if (quote == NULL || quote[1] != ':') {
        return KINMU_E_REJECT;
    }
    r->kind_size = (size_t)(quote - r->kind);
    r->value = quote + 2;
    r->value_end = line + size - 1;
    r->bad = 0;
    return KINMU_OK;
}

int32_t lines_next(lines_reader *r) {
    const char *line = r->text + r->at;
    const char *end = memchr(line, '\n', r->size - r->at);
    r->number++;
    if (end == NULL) {
        return KINMU_E_REJECT;
    }
    if (end + 1 == r->text + r->size && strncmp(line, "{\"seal\":", 8) == 0) {
        return KINMU_E_NOTFOUND;
    }
    int32_t status = read_line(r, line, (size_t)(end - line));
    r->at = (size_t)(end + 1 - r->text);
    return status;
}

int32_t lines_check_seal(lines_reader *r, const char *context,
                         uint8_t hub_key[CRYPTO_PUBLIC_SIZE]) {
    uint8_t hash[CRYPTO_HASH_SIZE];
    uint8_t told[CRYPTO_HASH_SIZE];
    uint8_t signature[CRYPTO_SIGNATURE_SIZE];
    uint8_t message[SEAL_MESSAGE_SIZE];
    r->value = r->text + r->at;
    r->value_end = r->text + r->size;
    r->bad = 0;
    lines_take(r, "{\"seal\":{\"sha256\":");
    lines_take_hex(r, told, sizeof told);
    lines_take(r, ",\"public_key\":");
    lines_take_hex(r, hub_key, CRYPTO_PUBLIC_SIZE);
    lines_take(r, ",\"signature\":");
    lines_take_hex(r, signature, sizeof signature);
    lines_take(r, "}}\n");
    if (!lines_is_done(r) || crypto_hash(r->digest, r->text, r->at, hash) != KINMU_OK ||
        memcmp(hash, told, sizeof hash) != 0) {
        return KINMU_E_REJECT;
    }
    return crypto_verify(hub_key, message, seal_message(context, hash, message), signature);
}

int32_t lines_try(lines_reader *r, const char *words) {
    size_t size = strlen(words);
    if (r->bad || (size_t)(r->value_end - r->value) < size || memcmp(r->value, words, size) != 0) {
        return 0;
    }
    r->value += size;
    return 1;
}

void lines_take(lines_reader *r, const char *words) {
    r->bad |= !lines_try(r, words);
}

/* Lower case only: there is one way to write a byte. */
static int32_t digit_of(char c) {
    if (c >= '0' && c <= '9') {
        return c - '0';
    }
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

size_t lines_take_hex_upto(lines_reader *r, uint8_t *out, size_t max) {
    size_t size = 0;
    lines_take(r, "\"");
    while (!r->bad && r->value_end - r->value >= 2 && r->value[0] != '"') {
        int32_t high = digit_of(r->value[0]);
        int32_t low = digit_of(r->value[1]);
        if (high < 0 || low < 0 || size == max) {
            r->bad = 1;
            return 0;
        }
        out[size++] = (uint8_t)(high * 16 + low);
        r->value += 2;
    }
    lines_take(r, "\"");
    return size;
}

void lines_take_hex(lines_reader *r, void *out, size_t size) {
    r->bad |= lines_take_hex_upto(r, out, size) != size;
}

uint64_t lines_take_u64(lines_reader *r) {
    uint64_t number = 0;
    int digits = 0;
    int32_t begins_with_zero = r->value < r->value_end && r->value[0] == '0';
    while (r->value < r->value_end && r->value[0] >= '0' && r->value[0] <= '9' &&
           digits < NUMBER_DIGITS_MAX) {
        uint64_t next = number * 10 + (uint64_t)(*r->value++ - '0');
        r->bad |= next / 10 != number;
        number = next;
        digits++;
    }
    r->bad |= digits == 0 || (begins_with_zero && digits > 1);
    return number;
}

int64_t lines_take_i64(lines_reader *r) {
    int32_t is_negative = lines_try(r, "-");
    uint64_t number = lines_take_u64(r);
    r->bad |= number > INT64_MAX;
    return is_negative ? -(int64_t)number : (int64_t)number;
}

/* What text_json writes behind a backslash. */
static int32_t unescape(lines_reader *r, char *c) {
    if (lines_try(r, "\"") || lines_try(r, "\\")) {
        *c = r->value[-1];
    } else if (lines_try(r, "n")) {
        *c = '\n';
    } else if (lines_try(r, "t")) {
        *c = '\t';
    } else if (lines_try(r, "u00") && r->value_end - r->value >= 2 && digit_of(r->value[0]) >= 0 &&
               digit_of(r->value[1]) >= 0) {
        *c = (char)(digit_of(r->value[0]) * 16 + digit_of(r->value[1]));
        r->value += 2;
    } else {
        return 0;
    }
    return 1;
}

void lines_take_long_text(lines_reader *r, buffer *out) {
    lines_take(r, "\"");
    while (!r->bad && r->value < r->value_end && *r->value != '"') {
        char c = *r->value++;
        if (c == '\\' && !unescape(r, &c)) {
            r->bad = 1;
        }
        buffer_append(out, &c, 1);
    }
    lines_take(r, "\"");
    r->bad |= out->failed != KINMU_OK;
}

void lines_take_text(lines_reader *r, char *out, size_t size) {
    buffer text = {NULL, 0, 0, 0};
    lines_take_long_text(r, &text);
    r->bad |= text.size >= size ||
              memchr(text.data != NULL ? (const char *)text.data : "", '\0', text.size) != NULL;
    text_copy(out, size, r->bad ? "" : buffer_string(&text));
    buffer_wipe(&text);
}

int32_t lines_is_done(const lines_reader *r) {
    return !r->bad && r->value == r->value_end;
}
