/* scan_memory.c - searches processes and files for a typed text and for the codes of its keys.
 *
 *     scan_memory TEXT CODE,CODE,… TARGET…
 *
 * Targets: pid:N (all readable memory, by /proc/N/mem), file:PATH, strace:PATH (what `strace -xx`
 * saw on descriptor 3), self (proves that it can find: a child that holds every pattern). The bytes
 * are looked for one after the other and at every stride an array of structs could give them; X's
 * codes also as the kernel's, which are less by 8. Prints "found N of N bytes" for each target; the
 * exit code is 1 when anything was found, 2 when a target could not be read. */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define KEYS_MAX 64
#define STRIDE_MAX 64
#define CHUNK ((size_t)1 << 20)
#define OVERLAP ((size_t)KEYS_MAX * STRIDE_MAX)
#define REGION_MAX ((uint64_t)1 << 32) /* larger ones are a sanitizer's shadow */

static const size_t strides[] = {1, 2, 4, 8, 12, 16, 20, 24, 32, 36, 40, 44, 48, 52, 56, 60, 64};
#define STRIDES (sizeof strides / sizeof strides[0])
#define WORDS 3u

typedef struct word {
    const char *what;
    uint8_t bytes[KEYS_MAX];
    size_t count;
} word;

static word words[WORDS];
static uint64_t scanned;
static int seen[WORDS][STRIDES];

static int is_here(const uint8_t *at, size_t room, const word *w, size_t stride) {
    if (room <= (w->count - 1) * stride) {
        return 0;
    }
    for (size_t i = 1; i < w->count; i++) {
        if (at[i * stride] != w->bytes[i]) {
            return 0;
        }
    }
    return 1;
}

/* Places in `data` that begin before `limit`. */
static uint64_t scan(const uint8_t *data, size_t size, size_t limit, const char *where) {
    uint64_t found = 0;
    for (size_t i = 0; i < WORDS; i++) {
        const uint8_t *at = data;
        while (at < data + limit &&
               (at = memchr(at, words[i].bytes[0], (size_t)(data + limit - at)))) {
            for (size_t s = 0; s < STRIDES; s++) {
                if (is_here(at, size - (size_t)(at - data), &words[i], strides[s])) {
                    found++;
                    seen[i][s] = 1;
                    printf("  %s at stride %zu in %s\n", words[i].what, strides[s], where);
                }
            }
            at++;
        }
    }
    scanned += limit;
    return found;
}

/* Reads [begin, end) of a descriptor in pieces that overlap. What cannot be read ends it. */
static uint64_t scan_range(int fd, uint64_t begin, uint64_t end, const char *where) {
    static uint8_t piece[CHUNK + OVERLAP];
    uint64_t found = 0;
    while (begin < end) {
        ssize_t size =
            pread(fd, piece, sizeof piece < end - begin ? sizeof piece : end - begin, (off_t)begin);
        if (size <= 0) {
            break;
        }
        size_t limit = (size_t)size > CHUNK ? CHUNK : (size_t)size;
        found += scan(piece, (size_t)size, limit, where);
        begin += limit;
    }
    return found;
}

static int64_t scan_file(const char *path) {
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) {
        return -1;
    }
    uint64_t found = scan_range(fd, 0, UINT64_MAX / 2, path);
    close(fd);
    return (int64_t)found;
}

static int64_t scan_process(const char *pid) {
    char path[64];
    char line[512];
    uint64_t found = 0;
    snprintf(path, sizeof path, "/proc/%s/mem", pid);
    int memory = open(path, O_RDONLY | O_CLOEXEC);
    snprintf(path, sizeof path, "/proc/%s/maps", pid);
    FILE *maps = fopen(path, "r");
    if (memory < 0 || maps == NULL) {
        return -1;
    }
    while (fgets(line, sizeof line, maps) != NULL) {
        uint64_t begin;
        uint64_t end;
        char rights[8];
        if (sscanf(line, "%" SCNx64 "-%" SCNx64 " %7s", &begin, &end, rights) == 3 &&
            rights[0] == 'r' && end - begin < REGION_MAX) {
            line[strcspn(line, "\n")] = '\0';
            found += scan_range(memory, begin, end, line);
        }
    }
    fclose(maps);
    close(memory);
    return (int64_t)found;
}

/* The bytes of "\x1f"-strings in calls on descriptor 3. */
static int64_t scan_strace(const char *path) {
    FILE *file = fopen(path, "r");
    char *line = NULL;
    size_t room = 0;
    uint8_t *bytes = NULL;
    size_t count = 0;
    if (file == NULL) {
        return -1;
    }
    while (getline(&line, &room, file) > 0) {
        const char *at = strstr(line, "(3, ");
        bytes = realloc(bytes, count + room);
        while (bytes != NULL && at != NULL && (at = strstr(at, "\\x")) != NULL) {
            bytes[count++] = (uint8_t)strtoul(at + 2, NULL, 16);
            at += 2;
        }
    }
    uint64_t found = bytes != NULL ? scan(bytes, count, count, path) : 0;
    free(bytes);
    free(line);
    fclose(file);
    return (int64_t)found;
}

/* A child that has each word at each stride in its heap; every one must be found. */
static int64_t scan_self(void) {
    int ready[2];
    if (pipe(ready) != 0) {
        return -1;
    }
    fflush(stdout);
    pid_t child = fork();
    if (child == 0) {
        for (size_t i = 0; i < WORDS * STRIDES; i++) {
            const word *w = &words[i / STRIDES];
            uint8_t *held = calloc(KEYS_MAX + 1, STRIDE_MAX);
            for (size_t k = 0; held != NULL && k < w->count; k++) {
                held[k * strides[i % STRIDES] + 1] = w->bytes[k];
            }
        }
        if (write(ready[1], "", 1) == 1) {
            pause();
        }
        _exit(0);
    }
    char pid[16];
    char byte;
    snprintf(pid, sizeof pid, "%d", (int)child);
    int64_t found = child > 0 && read(ready[0], &byte, 1) == 1 ? scan_process(pid) : -1;
    kill(child, SIGKILL);
    waitpid(child, NULL, 0);
    for (size_t i = 0; i < WORDS * STRIDES; i++) {
        if (!seen[i / STRIDES][i % STRIDES]) {
            printf("not found: %s at stride %zu\n", words[i / STRIDES].what, strides[i % STRIDES]);
            found = -1;
        }
    }
    return found;
}

static int read_words(const char *text, char *codes) {
    words[0] = (word){.what = "the text", .count = strlen(text)};
    words[1].what = "its key codes";
    words[2].what = "its kernel key codes";
    if (words[0].count < 6 || words[0].count > KEYS_MAX) {
        return 0;
    }
    memcpy(words[0].bytes, text, words[0].count);
    for (char *code = strtok_r(codes, ",", &codes); code != NULL;
         code = strtok_r(NULL, ",", &codes)) {
        unsigned long number = strtoul(code, NULL, 10);
        if (number < 9 || number > 255 || words[1].count == KEYS_MAX) {
            return 0;
        }
        words[1].bytes[words[1].count++] = (uint8_t)number;
        words[2].bytes[words[2].count++] = (uint8_t)(number - 8);
    }
    return words[1].count == words[0].count;
}

static int64_t scan_target(const char *target) {
    const char *colon = strchr(target, ':');
    const char *rest = colon != NULL ? colon + 1 : "";
    return strcmp(target, "self") == 0          ? scan_self()
           : strncmp(target, "pid:", 4) == 0    ? scan_process(rest)
           : strncmp(target, "file:", 5) == 0   ? scan_file(rest)
           : strncmp(target, "strace:", 7) == 0 ? scan_strace(rest)
                                                : -1;
}

int main(int argc, char **argv) {
    int result = 0;
    if (argc < 4 || !read_words(argv[1], argv[2])) {
        fprintf(stderr, "usage: scan_memory TEXT CODE,CODE,... TARGET...\n");
        return 2;
    }
    for (int i = 3; i < argc; i++) {
        scanned = 0;
        int64_t found = scan_target(argv[i]);
        if (found < 0) {
            fprintf(stderr, "scan_memory: %s: %s\n", argv[i], strerror(errno));
            return 2;
        }
        printf("%s: found %" PRId64 " in %" PRIu64 " bytes\n", argv[i], found, scanned);
        result |= found > 0;
    }
    return result;
}
