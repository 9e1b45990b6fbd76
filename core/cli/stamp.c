/* cli/stamp.c - see stamp.h. */
#include "cli/stamp.h"

#include "base/clock.h"
#include "base/text.h"
#include "evidence/timestamp.h"

#include <stdio.h>
#include <string.h>

#define PATH_SIZE 4200
#define MOMENT_SIZE 64
#define ENDING ".json"

int32_t cli_read_file(const char *path, buffer *out) {
    uint8_t chunk[65536];
    size_t size;
    FILE *file = fopen(path, "rb");
    if (file == NULL) {
        return KINMU_E_NOTFOUND;
    }
    while ((size = fread(chunk, 1, sizeof chunk, file)) > 0) {
        buffer_append(out, chunk, size);
    }
    int32_t is_read = ferror(file) == 0;
    fclose(file);
    return is_read ? out->failed : KINMU_E_RETRY;
}

static int32_t read_token(const char *checkpoint, buffer *token) {
    char path[PATH_SIZE];
    size_t size = strlen(checkpoint);
    size_t ending = sizeof ENDING - 1;
    if (size > ending && strcmp(checkpoint + size - ending, ENDING) == 0) {
        size -= ending;
    }
    int length = snprintf(path, sizeof path, "%.*s.tst", (int)size, checkpoint);
    return length > 0 && length < (int)sizeof path ? cli_read_file(path, token) : KINMU_E_NOTFOUND;
}

int cli_tell_stamp(const char *checkpoint, const char *authority) {
    buffer text = {NULL, 0, 0, 0};
    buffer token = {NULL, 0, 0, 0};
    timestamp_facts facts;
    kinmu_err err = {{0}, {0}};
    char moment[MOMENT_SIZE];
    int is_good = 0;
    int32_t status = read_token(checkpoint, &token);
    if (status == KINMU_E_NOTFOUND) {
        is_good = authority == NULL;
        printf("%s", is_good ? "" : "タイムスタンプなし / there is no time stamp beside it\n");
    } else if (status == KINMU_OK && cli_read_file(checkpoint, &text) == KINMU_OK) {
        status =
            timestamp_check(token.data, token.size, text.data, text.size, authority, &facts, &err);
        is_good = status == KINMU_OK;
        if (is_good) {
            text_time(moment, sizeof moment, facts.unix_ns, clock_utc_offset_s(facts.unix_ns));
            printf("タイムスタンプ / time stamp %s by %s%s\n", moment, facts.issuer,
                   facts.is_trusted ? "" : " (whose it is was not checked: give --authority PEM)");
        } else {
            printf("タイムスタンプ不正 / %s\n", err.msg);
        }
    }
    buffer_free(&text);
    buffer_free(&token);
    return is_good;
}
