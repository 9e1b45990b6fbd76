/* session/machine_linux.c - which boot this is, since when, and how much of it was sleep (Linux).
 *
 * boot_id changes with every start of the kernel; btime has a resolution of one second (SES-01
 * asks for that). CLOCK_BOOTTIME counts sleep, CLOCK_MONOTONIC does not: their distance tells
 * sleep from a stalled process, which no single clock can.
 */
#include "backend.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define PATH_BYTES_MAX 4096
#define LINE_BYTES_MAX 4096

static int32_t hex_digit(char digit) {
    if (digit >= '0' && digit <= '9') {
        return digit - '0';
    }
    if (digit >= 'a' && digit <= 'f') {
        return digit - 'a' + 10;
    }
    return -1;
}

/* "96bdf5c4-d63b-4718-9e76-4b794f532fc9" */
static void parse_boot_id(const char *text, uint8_t boot_id[LEDGER_BOOT_ID_BYTES]) {
    uint8_t parsed[LEDGER_BOOT_ID_BYTES];
    size_t count = 0;
    for (; count < sizeof parsed; text += 2) {
        if (*text == '-') {
            text++;
        }
        int32_t high = hex_digit(text[0]);
        int32_t low = high < 0 ? -1 : hex_digit(text[1]);
        if (low < 0) {
            return;
        }
        parsed[count++] = (uint8_t)(high * 16 + low);
    }
    memcpy(boot_id, parsed, sizeof parsed);
}

static FILE *open_below(const char *folder, const char *name) {
    char path[PATH_BYTES_MAX];
    int size = snprintf(path, sizeof path, "%s/%s", folder, name);
    return size > 0 && (size_t)size < sizeof path ? fopen(path, "re") : NULL;
}

void machine_read_boot(const char *proc_folder, uint8_t boot_id[LEDGER_BOOT_ID_BYTES],
                       int64_t *boot_ns) {
    memset(boot_id, 0, LEDGER_BOOT_ID_BYTES);
    *boot_ns = 0;
    char line[LINE_BYTES_MAX];
    FILE *file = open_below(proc_folder, "sys/kernel/random/boot_id");
    if (file != NULL) {
        if (fgets(line, sizeof line, file) != NULL) {
            parse_boot_id(line, boot_id);
        }
        fclose(file);
    }
    file = open_below(proc_folder, "stat");
    if (file == NULL) {
        return;
    }
    /* Lines longer than the buffer come in pieces; none of those pieces begins with "btime". */
    while (fgets(line, sizeof line, file) != NULL) {
        if (strncmp(line, "btime ", 6) == 0) {
            *boot_ns = (int64_t)strtoll(line + 6, NULL, 10) * LEDGER_NS_PER_S;
            break;
        }
    }
    fclose(file);
}

uint64_t machine_suspended_ns(void) {
    struct timespec awake;
    struct timespec all;
    if (clock_gettime(CLOCK_MONOTONIC, &awake) != 0 || clock_gettime(CLOCK_BOOTTIME, &all) != 0) {
        return 0;
    }
    int64_t apart_ns = (int64_t)(all.tv_sec - awake.tv_sec) * LEDGER_NS_PER_S +
                       (int64_t)(all.tv_nsec - awake.tv_nsec);
    return apart_ns > 0 ? (uint64_t)apart_ns : 0;
}
