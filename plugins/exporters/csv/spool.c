/* csv/spool.c - see spool.h.
 *
 * A user's bytes are a chain of chunks, written to the file as they get full; an event may begin in
 * one and end in the next. What is written is read by this process only, so it is as memory has it.
 */
#include "spool.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CHUNK_BYTES 8192u
#define ORIGIN_BYTES 16
#define USER_BYTES_MAX ((size_t)4 << 30) /* of one user in a period */

/* Where the chunks of a user stand in the file, in the order they were written. */
typedef struct place_list {
    fpos_t *chunks;
    uint32_t count;
    uint32_t capacity;
} place_list;

typedef struct spool_user {
    uint32_t text;
    int32_t is_person;
    place_list places;
    uint8_t *chunk; /* the newest bytes */
    size_t filled;
} spool_user;

struct spool {
    FILE *file;
    const words *texts;
    const directory *people;
    spool_user *users;
    uint32_t count;
    uint32_t capacity;
    uint32_t *slots; /* text * 2 + is_person -> index + 1 */
    size_t slot_count;
};

/* Of an event; its values follow, then their texts, each padded to 8 bytes. */
typedef struct record {
    int64_t unix_ns;
    uint64_t block;
    uint64_t sequence;
    size_t size; /* of all of it */
    uint32_t kind;
    uint32_t value_count;
    int32_t utc_offset_s;
    uint8_t origin[ORIGIN_BYTES];
} record;

static size_t padded(size_t size) {
    return (size + 7) & ~(size_t)7;
}

static int32_t fail(kinmu_err *err, const char *verb) {
    (void)snprintf(err->key, sizeof err->key, "csv.spool");
    (void)snprintf(err->msg, sizeof err->msg,
                   "csv: cannot %s the file that orders logs by person: %s; free space or fix the "
                   "folder, then export again",
                   verb, strerror(errno != 0 ? errno : EIO));
    return KINMU_E_RETRY;
}

int32_t spool_create(folder *f, const words *texts, const directory *people, spool **out,
                     kinmu_err *err) {
    spool *s = calloc(1, sizeof *s);
    if (s == NULL) {
        return KINMU_E_NOMEM;
    }
    s->texts = texts;
    s->people = people;
    int32_t status = folder_open_scratch(f, "logs_by_person", &s->file, err);
    if (status != KINMU_OK) {
        free(s);
        return status;
    }
    *out = s;
    return KINMU_OK;
}

void spool_destroy(spool *s) {
    if (s == NULL) {
        return;
    }
    for (uint32_t i = 0; i < s->count; i++) {
        free(s->users[i].places.chunks);
        free(s->users[i].chunk);
    }
    (void)fclose(s->file);
    free(s->users);
    free(s->slots);
    free(s);
}

/* ---- adding ---- */

static uint32_t *find_slot(spool *s, uint32_t text, int32_t is_person) {
    size_t at = (size_t)text * 2 + (is_person != 0);
    if (at >= s->slot_count) {
        size_t count = (at + 1) * 2;
        uint32_t *bigger = realloc(s->slots, count * sizeof *bigger);
        if (bigger == NULL) {
            return NULL;
        }
        memset(bigger + s->slot_count, 0, (count - s->slot_count) * sizeof *bigger);
        s->slots = bigger;
        s->slot_count = count;
    }
    return &s->slots[at];
}

static spool_user *find_user(spool *s, uint32_t text, int32_t is_person) {
    uint32_t *slot = find_slot(s, text, is_person);
    if (slot == NULL || *slot != 0) {
        return slot == NULL ? NULL : &s->users[*slot - 1];
    }
    if (s->count == s->capacity) {
        uint32_t capacity = s->capacity == 0 ? 64 : s->capacity * 2;
        spool_user *bigger = realloc(s->users, capacity * sizeof *bigger);
        if (bigger == NULL) {
            return NULL;
        }
        s->users = bigger;
        s->capacity = capacity;
    }
    uint8_t *chunk = malloc(CHUNK_BYTES);
    if (chunk == NULL) {
        return NULL;
    }
    s->users[s->count] = (spool_user){text, is_person, {NULL, 0, 0}, chunk, 0};
    *slot = ++s->count;
    return &s->users[s->count - 1];
}

/* Room for one more place. */
static int32_t grow_places(place_list *places) {
    if (places->count < places->capacity) {
        return 1;
    }
    uint32_t capacity = places->capacity == 0 ? 16 : places->capacity * 2;
    fpos_t *bigger = realloc(places->chunks, capacity * sizeof *bigger);
    if (bigger != NULL) {
        places->chunks = bigger;
        places->capacity = capacity;
    }
    return bigger != NULL;
}

static int32_t write_chunk(spool *s, spool_user *u, kinmu_err *err) {
    if (!grow_places(&u->places)) {
        return KINMU_E_NOMEM;
    }
    errno = 0;
    if (fgetpos(s->file, &u->places.chunks[u->places.count]) != 0 ||
        fwrite(u->chunk, 1, CHUNK_BYTES, s->file) != CHUNK_BYTES) {
        return fail(err, "write");
    }
    u->places.count++;
    u->filled = 0;
    return KINMU_OK;
}

static int32_t put(spool *s, spool_user *u, const void *bytes, size_t size, kinmu_err *err) {
    const uint8_t *from = bytes;
    int32_t status = KINMU_OK;
    while (status == KINMU_OK && size > 0) {
        size_t part = CHUNK_BYTES - u->filled < size ? CHUNK_BYTES - u->filled : size;
        memcpy(u->chunk + u->filled, from, part);
        u->filled += part;
        from += part;
        size -= part;
        if (u->filled == CHUNK_BYTES) {
            status = write_chunk(s, u, err);
        }
    }
    return status;
}

static int32_t has_bytes(const kinmu_value *value) {
    return value->type == KINMU_TYPE_TEXT || value->type == KINMU_TYPE_BYTES;
}

static int32_t put_padded(spool *s, spool_user *u, const kinmu_value *value, kinmu_err *err) {
    static const uint8_t zeros[8];
    int32_t status = put(s, u, value->as.bytes, value->size, err);
    size_t rest = padded(value->size) - value->size;
    return status == KINMU_OK ? put(s, u, zeros, rest, err) : status;
}

int32_t spool_add(spool *s, uint32_t text, int32_t is_person, uint32_t kind,
                  const kinmu_event *event, kinmu_err *err) {
    spool_user *u = find_user(s, text, is_person);
    if (u == NULL) {
        return KINMU_E_NOMEM;
    }
    record head = {.unix_ns = event->unix_ns,
                   .block = event->block,
                   .sequence = event->sequence,
                   .kind = kind,
                   .value_count = event->value_count,
                   .utc_offset_s = event->utc_offset_s};
    memcpy(head.origin, event->origin, ORIGIN_BYTES);
    head.size = sizeof head + event->value_count * sizeof *event->values;
    for (uint32_t i = 0; i < event->value_count; i++) {
        head.size += has_bytes(&event->values[i]) ? padded(event->values[i].size) : 0;
    }
    int32_t status = put(s, u, &head, sizeof head, err);
    if (status == KINMU_OK) {
        status = put(s, u, event->values, event->value_count * sizeof *event->values, err);
    }
    for (uint32_t i = 0; status == KINMU_OK && i < event->value_count; i++) {
        if (has_bytes(&event->values[i])) {
            status = put_padded(s, u, &event->values[i], err);
        }
    }
    return status;
}

/* ---- giving ---- */

static int32_t read_chunks(spool *s, const spool_user *u, uint8_t *into, kinmu_err *err) {
    for (uint32_t i = 0; i < u->places.count; i++) {
        errno = 0;
        if (fsetpos(s->file, &u->places.chunks[i]) != 0 ||
            fread(into + (size_t)i * CHUNK_BYTES, 1, CHUNK_BYTES, s->file) != CHUNK_BYTES) {
            return fail(err, "read");
        }
    }
    memcpy(into + (size_t)u->places.count * CHUNK_BYTES, u->chunk, u->filled);
    return KINMU_OK;
}

static int compare_records(const void *left, const void *right) {
    const record *a = *(const record *const *)left;
    const record *b = *(const record *const *)right;
    if (a->unix_ns != b->unix_ns) {
        return a->unix_ns < b->unix_ns ? -1 : 1;
    }
    if (a->block != b->block) {
        return a->block < b->block ? -1 : 1;
    }
    return (a->sequence > b->sequence) - (a->sequence < b->sequence);
}

static kinmu_event event_of(record *from, const char *subject) {
    kinmu_value *values = (kinmu_value *)(void *)(from + 1);
    uint8_t *bytes = (uint8_t *)(values + from->value_count);
    for (uint32_t i = 0; i < from->value_count; i++) {
        if (has_bytes(&values[i])) {
            values[i].as.bytes = bytes;
            bytes += padded(values[i].size);
        }
    }
    return (kinmu_event){.unix_ns = from->unix_ns,
                         .utc_offset_s = from->utc_offset_s,
                         .block = from->block,
                         .sequence = from->sequence,
                         .origin = from->origin,
                         .subject = subject,
                         .values = values,
                         .value_count = from->value_count};
}

static int32_t give_sorted(const spool *s, const spool_user *u, record **records, size_t count,
                           spool_fn fn, void *user, kinmu_err *err) {
    const char *name = words_text(s->texts, u->text);
    const log_user whose = {name, u->is_person ? directory_find(s->people, u->text) : NULL};
    int32_t status = KINMU_OK;
    qsort(records, count, sizeof *records, compare_records);
    for (size_t i = 0; status == KINMU_OK && i < count; i++) {
        const kinmu_event event = event_of(records[i], name);
        status = fn(user, &whose, records[i]->kind, &event, err);
    }
    return status;
}

static size_t count_records(uint8_t *bytes, size_t size, record **into) {
    size_t count = 0;
    for (size_t at = 0; at < size; count++) {
        record *one = (record *)(void *)(bytes + at);
        if (into != NULL) {
            into[count] = one;
        }
        at += one->size;
    }
    return count;
}

static int32_t give_user(spool *s, spool_user *u, spool_fn fn, void *user, kinmu_err *err) {
    size_t size = (size_t)u->places.count * CHUNK_BYTES + u->filled;
    uint8_t *bytes = size <= USER_BYTES_MAX ? malloc(size) : NULL;
    int32_t status = bytes != NULL ? read_chunks(s, u, bytes, err) : KINMU_E_NOMEM;
    if (status == KINMU_OK) {
        size_t count = count_records(bytes, size, NULL);
        record **records = malloc(count * sizeof *records);
        if (records != NULL) {
            (void)count_records(bytes, size, records);
            status = give_sorted(s, u, records, count, fn, user, err);
        } else {
            status = KINMU_E_NOMEM;
        }
        free(records);
    }
    free(bytes);
    return status;
}

typedef struct ordered_user {
    spool_user *user;
    const char *name;
} ordered_user;

static int compare_users(const void *left, const void *right) {
    const ordered_user *a = left;
    const ordered_user *b = right;
    return a->user->is_person != b->user->is_person ? b->user->is_person - a->user->is_person
                                                    : strcmp(a->name, b->name);
}

int32_t spool_give(spool *s, spool_fn fn, void *user, kinmu_err *err) {
    ordered_user *order = malloc(((size_t)s->count + 1) * sizeof *order);
    int32_t status = order != NULL ? KINMU_OK : KINMU_E_NOMEM;
    errno = 0;
    if (status == KINMU_OK && fflush(s->file) != 0) {
        status = fail(err, "write");
    }
    if (status == KINMU_OK && s->count > 0) {
        for (uint32_t i = 0; i < s->count; i++) {
            order[i] = (ordered_user){&s->users[i], words_text(s->texts, s->users[i].text)};
        }
        qsort(order, s->count, sizeof *order, compare_users);
    }
    for (uint32_t i = 0; status == KINMU_OK && i < s->count; i++) {
        status = give_user(s, order[i].user, fn, user, err);
    }
    free(order);
    return status;
}
