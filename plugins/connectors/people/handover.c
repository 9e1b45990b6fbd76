/* people/handover.c - everything about a person, handed over to him (開示, 個人情報保護法 33 条):
 * each record of the store that was made on his accounts or names him, one file of JSON lines for
 * each schema, and a page for people; in a folder that is made, or in one ZIP file. Rows are
 * written as they are read: none is kept. Old versions of records and what agents have not sent yet
 * are not in it. */
#include "archive.h"
#include "folder.h"
#include "people.h"

#include <kinmu/events/audit.h>

#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PATH_SIZE 4096
#define NAMES_MAX 60u
#define ROWS_SHOWN 200u

enum { HAND_PERSON, HAND_REASON, HAND_OUT };

typedef struct handover {
    change *change;
    const char *names[NAMES_MAX];
    uint32_t name_count;
    const char *folder;
    const char *archive;  /* the ZIP file to make of them; NULL = none */
    int held;             /* the folder, when it is for the archive alone; else -1 */
    const char **written; /* names of the files in the folder */
    uint32_t written_count, written_capacity;
    FILE *page, *file; /* file: of the schema being written */
    const kinmu_schema *schema;
    uint64_t rows, files, of_schema;
    int32_t status;
} handover;

static int32_t fail_file(handover *h, const char *path) {
    h->status =
        people_fail(&h->change->call->err, KINMU_E_REJECT, "handover.file",
                    "「%s」に書けません / cannot write \"%s\": %s", path, path, strerror(errno));
    return h->status;
}

/* Makes a file of this name in the folder, and remembers it. NULL: told. */
static FILE *make_file(handover *h, const char *name) {
    char path[PATH_SIZE];
    memory *m = &h->change->call->memory;
    const char **written =
        memory_grow(m, h->written, h->written_count, &h->written_capacity, sizeof *written);
    const char *kept = memory_text(m, name, strlen(name));
    if (written == NULL || kept == NULL) {
        h->status = KINMU_E_NOMEM;
        return NULL;
    }
    (void)snprintf(path, sizeof path, "%s/%s", h->folder, name);
    FILE *file = fopen(path, "wbx");
    if (file == NULL) {
        (void)fail_file(h, path);
        return NULL;
    }
    h->written = written;
    h->written[h->written_count++] = kept;
    return file;
}

/* ---- the page ---- */

static void put_escaped(FILE *out, const char *text, size_t size) {
    for (size_t i = 0; i < size; i++) {
        switch (text[i]) {
        case '<':
            (void)fputs("&lt;", out);
            break;
        case '>':
            (void)fputs("&gt;", out);
            break;
        case '&':
            (void)fputs("&amp;", out);
            break;
        case '"':
            (void)fputs("&quot;", out);
            break;
        default:
            (void)fputc(text[i], out);
            break;
        }
    }
}

static void put_text(FILE *out, const char *text) {
    put_escaped(out, text, strlen(text));
}

static void begin_page(const handover *h) {
    (void)fputs("<!DOCTYPE html>\n<html lang=\"ja\"><head><meta charset=\"utf-8\">\n"
                "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; "
                "style-src 'unsafe-inline'\">\n<title>Kinmu</title>\n<style>body{font-family:"
                "sans-serif;margin:2em}table{border-collapse:collapse;font-size:small}td,th{border:"
                "1px solid #bbb;padding:2px 6px;text-align:left}div{overflow-x:auto}</style></head>"
                "<body>\n<h1>あなたについての記録 / Records about you</h1>\n<p>",
                h->page);
    for (uint32_t i = 0; i < h->name_count; i++) {
        (void)fputs(i > 0 ? ", " : "", h->page);
        put_text(h->page, h->names[i]);
    }
    (void)fprintf(
        h->page,
        "</p>\n<p>%s 現在。このフォルダーの .ndjson ファイルにすべての記録があります。1 行が "
        "1 件です。時刻は記録した PC の時刻です。<br>As of %s. All records stand in the "
        ".ndjson files of this folder, one a line. Times are those of the PC that recorded "
        "them.</p>\n",
        h->change->today, h->change->today);
}

static void put_clock(FILE *out, const kinmu_event *event) {
    char date[WORDS_DATE_SIZE];
    int64_t seconds = event->unix_ns / 1000000000 + event->utc_offset_s;
    int64_t of_day = ((seconds % 86400) + 86400) % 86400;
    words_today(event->unix_ns, event->utc_offset_s, date);
    (void)fprintf(out, "%s %02d:%02d:%02d", date, (int)(of_day / 3600), (int)(of_day / 60 % 60),
                  (int)(of_day % 60));
}

static const kinmu_field *field_of(const kinmu_schema *schema, uint32_t at) {
    return (const kinmu_field *)(const void *)((const char *)schema->fields.rows +
                                               (size_t)at * schema->fields.stride);
}

static void put_value(FILE *out, const kinmu_value *value) {
    switch (value->type) {
    case KINMU_TYPE_TEXT:
        put_escaped(out, value->as.text, value->size);
        break;
    case KINMU_TYPE_BYTES:
        (void)fprintf(out, "(%u bytes)", value->size);
        break;
    case KINMU_TYPE_F64:
        (void)fprintf(out, "%g", value->as.f64);
        break;
    case KINMU_TYPE_NULL:
        break;
    default:
        (void)fprintf(out, "%lld", (long long)value->as.i64);
        break;
    }
}

static void show_row(const handover *h, const kinmu_event *event) {
    (void)fputs("<tr><td>", h->page);
    put_clock(h->page, event);
    for (uint32_t f = 0; f < h->schema->fields.count; f++) {
        (void)fputs("</td><td>", h->page);
        if (f < event->value_count) {
            put_value(h->page, &event->values[f]);
        }
    }
    (void)fputs("</td></tr>\n", h->page);
}

/* ---- files ---- */

static void end_schema(handover *h) {
    if (h->file == NULL) {
        return;
    }
    int32_t is_bad = ferror(h->file);
    if (fclose(h->file) != 0 || is_bad) {
        (void)fail_file(h, h->schema->name);
    }
    h->file = NULL;
    (void)fprintf(
        h->page, "</table></div>\n<p>%llu 件 / records%s</p>\n", (unsigned long long)h->of_schema,
        h->of_schema > ROWS_SHOWN ? "。ここには最初の 200 件 / the first 200 are shown" : "");
}

static int32_t begin_schema(handover *h, const kinmu_schema *schema) {
    char name[KINMU_NAME_BYTES_MAX + 32];
    end_schema(h);
    h->schema = schema;
    h->of_schema = 0;
    (void)snprintf(name, sizeof name, "%s-%u.ndjson", schema->name, schema->version);
    h->file = make_file(h, name);
    if (h->file == NULL) {
        return h->status;
    }
    h->files++;
    (void)fprintf(h->page, "<h2>%s/%u</h2>\n<p>目的 / purpose: %s. ", schema->name, schema->version,
                  schema->purpose);
    put_text(h->page, schema->doc);
    (void)fprintf(h->page, "</p>\n<div><table><tr><th>時刻 / time</th>");
    for (uint32_t f = 0; f < schema->fields.count; f++) {
        (void)fputs("<th title=\"", h->page);
        put_text(h->page, field_of(schema, f)->doc);
        (void)fprintf(h->page, "\">%s</th>", field_of(schema, f)->name);
    }
    (void)fputs("</tr>\n", h->page);
    return h->status;
}

static json_t *hex_json(const uint8_t *bytes, size_t size) {
    static const char digits[] = "0123456789abcdef";
    char *text = malloc(2 * size + 1);
    for (size_t i = 0; text != NULL && i < size; i++) {
        text[2 * i] = digits[bytes[i] >> 4];
        text[2 * i + 1] = digits[bytes[i] & 15];
    }
    json_t *json = text != NULL ? json_stringn(text, 2 * size) : NULL;
    free(text);
    return json;
}

static json_t *value_json(const kinmu_value *value) {
    switch (value->type) {
    case KINMU_TYPE_TEXT:
        return json_stringn(value->as.text, value->size);
    case KINMU_TYPE_BYTES:
        return hex_json(value->as.bytes, value->size);
    case KINMU_TYPE_BOOL:
        return json_boolean(value->as.i64 != 0);
    case KINMU_TYPE_F64:
        return json_real(value->as.f64);
    case KINMU_TYPE_NULL:
        return json_null();
    default:
        return json_integer(value->as.i64);
    }
}

static json_t *row_json(const kinmu_schema *schema, const kinmu_event *event) {
    json_t *values = json_object();
    json_t *object = json_object();
    for (uint32_t f = 0; f < schema->fields.count && f < event->value_count; f++) {
        json_object_set_new(values, field_of(schema, f)->name, value_json(&event->values[f]));
    }
    json_object_set_new(object, "unix_ns", json_integer(event->unix_ns));
    json_object_set_new(object, "utc_offset_s", json_integer(event->utc_offset_s));
    json_object_set_new(object, "zone", json_string(event->zone));
    json_object_set_new(object, "account", json_string(event->subject));
    json_object_set_new(object, "origin", hex_json(event->origin, 16));
    json_object_set_new(object, "sequence", json_integer((json_int_t)event->sequence));
    json_object_set_new(object, "block", json_integer((json_int_t)event->block));
    json_object_set_new(object, "values", values);
    return object;
}

static int32_t write_row(void *user, const kinmu_schema *schema, const kinmu_event *event) {
    handover *h = user;
    if (schema != h->schema && begin_schema(h, schema) != KINMU_OK) {
        return 1;
    }
    json_t *object = row_json(schema, event);
    if (json_dumpf(object, h->file, JSON_COMPACT) != 0 || fputc('\n', h->file) == EOF) {
        (void)fail_file(h, schema->name);
    }
    json_decref(object);
    if (h->of_schema++ < ROWS_SHOWN) {
        show_row(h, event);
    }
    h->rows++;
    return h->status != KINMU_OK;
}

/* ---- whose ---- */

static void add_name(handover *h, const char *name) {
    for (uint32_t i = 0; i < h->name_count; i++) {
        if (strcmp(h->names[i], name) == 0) {
            return;
        }
    }
    if (name[0] == '\0') {
        return;
    }
    if (h->name_count == NAMES_MAX) {
        h->status = people_fail(&h->change->call->err, KINMU_E_REJECT, "handover.names",
                                "more than %u accounts", NAMES_MAX);
        return;
    }
    h->names[h->name_count++] = name;
}

static void find_names(handover *h, const book *b, const row *person) {
    const shelf *accounts = &b->shelves[KIND_ACCOUNT];
    const char *id = book_text(person, 0);
    add_name(h, id);
    add_name(h, book_text(person, KINMU_PEOPLE_PERSON_EMPLOYEE_NO));
    for (uint32_t i = 0; i < accounts->count; i++) {
        if (accounts->rows[i]->values != NULL &&
            book_is(accounts->rows[i], KINMU_PEOPLE_ACCOUNT_PERSON, id)) {
            add_name(h, book_text(accounts->rows[i], 0));
        }
    }
}

/* He sees who took his records. */
static void note_reading(const handover *h, const char *person) {
    const people *p = h->change->owner;
    const change *c = h->change;
    kinmu_value values[KINMU_AUDIT_READ_FIELDS] = {{0}};
    values[KINMU_AUDIT_READ_READER] = kinmu_text(c->call->caller);
    values[KINMU_AUDIT_READ_READER_ROLE] = kinmu_text("admin");
    values[KINMU_AUDIT_READ_OF_PERSON] = kinmu_text(person);
    values[KINMU_AUDIT_READ_SCHEMA] = kinmu_text("*");
    values[KINMU_AUDIT_READ_COLUMNS] = kinmu_text("*");
    values[KINMU_AUDIT_READ_ROWS] = kinmu_i64((int64_t)h->rows);
    values[KINMU_AUDIT_READ_CHANNEL] = kinmu_text("export");
    values[KINMU_AUDIT_READ_INSTANCE] = kinmu_text("people");
    if (desk_is_given(c->call, HAND_REASON)) {
        values[KINMU_AUDIT_READ_REASON] = kinmu_text(desk_text(c->call, HAND_REASON));
    }
    const kinmu_event event = {.schema = USE_READ,
                               .subject = person,
                               .values = values,
                               .value_count = KINMU_AUDIT_READ_FIELDS};
    (void)p->desk.bus->publish(p->host, &event, 1, NULL);
}

static int32_t write_all(handover *h) {
    const people *p = h->change->owner;
    h->page = make_file(h, "index.html");
    if (h->page == NULL) {
        return h->status;
    }
    begin_page(h);
    int32_t status = p->erasure->each(p->host, h->names, h->name_count, write_row, h);
    end_schema(h);
    (void)fprintf(h->page, "<p>全 %llu 件 / records in all: %llu</p>\n</body></html>\n",
                  (unsigned long long)h->rows, (unsigned long long)h->rows);
    int32_t is_bad = ferror(h->page);
    if (fclose(h->page) != 0 || is_bad) {
        (void)fail_file(h, "index.html");
    }
    return h->status != KINMU_OK ? h->status : status;
}

/* ---- where to ---- */

static int32_t take_folder(handover *h) {
    memory *m = &h->change->call->memory;
    const char *out = desk_text(h->change->call, HAND_OUT);
    size_t size = strlen(out);
    int32_t is_zip = size > 4 && strcmp(out + size - 4, ".zip") == 0;
    if (out[0] != '/' || size > PATH_SIZE - 256) {
        return people_fail(&h->change->call->err, KINMU_E_REJECT, "handover.path",
                           "フォルダー（または NAME.zip）を絶対パスで指定してください / give an "
                           "absolute path of a folder, or of a new file NAME.zip");
    }
    h->archive = is_zip ? out : NULL;
    h->folder = is_zip ? memory_print(m, "%s.part", out) : out;
    if (h->folder == NULL) {
        return KINMU_E_NOMEM;
    }
    errno = is_zip ? folder_take(h->folder, &h->held) : folder_make(h->folder);
    return errno == 0 ? KINMU_OK : fail_file(h, h->folder);
}

/* The files become one, and go. It gets its name when it is whole; what bears the name already is
 * not written over. */
static int32_t pack(handover *h) {
    char path[PATH_SIZE];
    char whole[PATH_SIZE];
    archive *zip = NULL;
    (void)snprintf(whole, sizeof whole, "%s/" FOLDER_ARCHIVE, h->folder);
    int number = archive_create(whole, 1, &zip);
    int32_t is_new = number == 0;
    for (uint32_t i = 0; number == 0 && i < h->written_count; i++) {
        (void)snprintf(path, sizeof path, "%s/%s", h->folder, h->written[i]);
        number = archive_take(zip, path, h->written[i]);
    }
    int closed = archive_close(zip);
    number = number != 0 ? number : closed;
    number = number != 0 ? number : folder_publish(whole, h->archive);
    if (number != 0 && is_new) {
        (void)remove(whole);
    }
    errno = number;
    return number == 0 ? KINMU_OK : fail_file(h, h->archive);
}

static void clear(const handover *h) {
    char path[PATH_SIZE];
    for (uint32_t i = 0; i < h->written_count; i++) {
        (void)snprintf(path, sizeof path, "%s/%s", h->folder, h->written[i]);
        (void)remove(path);
    }
    folder_drop(h->folder, h->held);
}

int32_t handover_judge(book *b, change *c) {
    const char *id = desk_text(c->call, HAND_PERSON);
    const row *person = book_first(b, KIND_PERSON, id);
    handover h = {.change = c, .held = -1};
    if (person == NULL) {
        return people_fail(&c->call->err, KINMU_E_NOTFOUND, "person.unknown",
                           "「%s」という人は登録されていません / there is no person \"%s\"", id,
                           id);
    }
    if (c->owner->erasure == NULL) {
        return people_fail(&c->call->err, KINMU_E_STATE, "handover.host",
                           "this host hands nothing over: people runs in a process of its own");
    }
    find_names(&h, b, person);
    int32_t status = h.status == KINMU_OK ? take_folder(&h) : h.status;
    status = status == KINMU_OK ? write_all(&h) : status;
    if (status == KINMU_OK && h.archive != NULL) {
        status = pack(&h);
    }
    if (h.held >= 0) {
        clear(&h);
    }
    if (status != KINMU_OK) {
        return status;
    }
    note_reading(&h, id);
    const char *page =
        h.archive != NULL ? h.archive : memory_print(&b->memory, "%s/index.html", h.folder);
    desk_answer(c->call, kinmu_i64((int64_t)h.rows));
    desk_answer(c->call, kinmu_i64((int64_t)h.files));
    desk_answer(c->call, kinmu_text(page != NULL ? page : ""));
    return KINMU_OK;
}
