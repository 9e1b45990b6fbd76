/* session/surroundings_linux.c - reads /proc/PID/environ of the session's own programs (Linux).
 *
 * Only programs of the session's account are looked at, and of them only four variables. What they
 * say is that account's to say: it is used for programs of the same account only. Values that are
 * not plain ASCII count as not set, so that no account can put anything odd into the host's lists.
 * A program that names another session is left out: it may be a leftover of an earlier login.
 */
#include "surroundings.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define PROCESSES_MAX 32768
#define ENVIRONMENT_BYTES_MAX 65536

#define PLAUSIBLE 1u
#define HAS_AUTHORITY 2u
#define NAMES_SESSION 4u

typedef struct program {
    surroundings values;
    char session_id[64];
} program;

static int32_t is_plain(const char *text) {
    for (; *text != '\0'; text++) {
        if (*text < ' ' || *text > '~') {
            return 0;
        }
    }
    return 1;
}

static void read_variable(const char *text, program *of) {
    surroundings *values = &of->values;
    const struct {
        const char *name;
        char *to;
        size_t size;
    } wanted[] = {{"DISPLAY=", values->display, sizeof values->display},
                  {"WAYLAND_DISPLAY=", values->wayland_display, sizeof values->wayland_display},
                  {"XAUTHORITY=", values->xauthority, sizeof values->xauthority},
                  {"XDG_SESSION_ID=", of->session_id, sizeof of->session_id}};
    for (size_t i = 0; i < sizeof wanted / sizeof wanted[0]; i++) {
        size_t name_size = strlen(wanted[i].name);
        if (strncmp(text, wanted[i].name, name_size) == 0) {
            const char *value = text + name_size;
            if (strlen(value) < wanted[i].size && is_plain(value)) {
                memcpy(wanted[i].to, value, strlen(value) + 1);
            }
            return;
        }
    }
}

/* ":0" and ":0.0" are the same server. */
static int32_t is_same_display(const char *a, const char *b) {
    size_t a_size = strcspn(a, ".");
    return a_size == strcspn(b, ".") && strncmp(a, b, a_size) == 0;
}

static uint32_t rate(const program *of, const surroundings_search *search) {
    const surroundings *values = &of->values;
    int32_t names_session = of->session_id[0] != '\0';
    if (names_session != 0 && strcmp(of->session_id, search->session_id) != 0) {
        return 0;
    }
    if (search->is_wayland != 0) {
        if (values->wayland_display[0] == '\0') {
            return 0;
        }
    } else if (values->display[0] == '\0') {
        return 0;
    } else if (search->display[0] == '\0' ? names_session == 0
                                          : !is_same_display(values->display, search->display)) {
        return 0;
    }
    uint32_t rating = PLAUSIBLE;
    rating += values->xauthority[0] != '\0' ? HAS_AUTHORITY : 0;
    rating += names_session != 0 ? NAMES_SESSION : 0;
    return rating;
}

/* Of equals the first counts: the oldest, which is the desktop rather than what runs inside it. */
static void compare(const program *of, uint32_t uid, surroundings_search *searches,
                    uint32_t count) {
    for (uint32_t i = 0; i < count; i++) {
        uint32_t rating = searches[i].uid == uid ? rate(of, &searches[i]) : 0;
        if (rating > searches[i].rating) {
            searches[i].rating = rating;
            searches[i].found = of->values;
        }
    }
}

static int32_t is_wanted(uint32_t uid, const surroundings_search *searches, uint32_t count) {
    for (uint32_t i = 0; i < count; i++) {
        if (searches[i].uid == uid) {
            return 1;
        }
    }
    return 0;
}

/* Reads until the end or until the buffer is full; what was cut off at its end is dropped. */
static size_t read_environment(int fd, char *text) {
    size_t size = 0;
    while (size < ENVIRONMENT_BYTES_MAX) {
        ssize_t more = read(fd, text + size, ENVIRONMENT_BYTES_MAX - size);
        if (more <= 0) {
            break;
        }
        size += (size_t)more;
    }
    while (size > 0 && text[size - 1] != '\0') {
        size--;
    }
    return size;
}

static void look_at(int proc_fd, const char *pid, char *text, surroundings_search *searches,
                    uint32_t count) {
    char name[64];
    snprintf(name, sizeof name, "%.32s/environ", pid);
    int fd = openat(proc_fd, name, O_RDONLY | O_CLOEXEC);
    struct stat info;
    if (fd < 0) {
        return;
    }
    /* The owner of the open file: a number in use again cannot pass for the program before it. */
    if (fstat(fd, &info) == 0 && is_wanted(info.st_uid, searches, count) != 0) {
        program of;
        memset(&of, 0, sizeof of);
        size_t size = read_environment(fd, text);
        for (size_t at = 0; at < size; at += strlen(text + at) + 1) {
            read_variable(text + at, &of);
        }
        compare(&of, info.st_uid, searches, count);
    }
    close(fd);
}

void surroundings_find(const char *proc_folder, surroundings_search *searches, uint32_t count) {
    char *text = malloc(ENVIRONMENT_BYTES_MAX);
    DIR *proc = text != NULL ? opendir(proc_folder) : NULL;
    if (proc == NULL) {
        free(text);
        return;
    }
    uint32_t processes = 0;
    for (struct dirent *entry; (entry = readdir(proc)) != NULL && processes < PROCESSES_MAX;) {
        if (entry->d_name[strspn(entry->d_name, "0123456789")] == '\0') {
            processes++;
            look_at(dirfd(proc), entry->d_name, text, searches, count);
        }
    }
    closedir(proc);
    free(text);
}
