/* platform/posix/clock.c - clocks, zone, account and computer names. */
#include "platform/platform.h"

#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static int64_t read_clock(clockid_t id) {
    struct timespec now;
    if (clock_gettime(id, &now) != 0) {
        return 0;
    }
    return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

int64_t platform_unix_ns(void) {
    return read_clock(CLOCK_REALTIME);
}

uint64_t platform_mono_ns(void) {
    return (uint64_t)read_clock(CLOCK_BOOTTIME);
}

int32_t platform_utc_offset_s(int64_t unix_ns) {
    time_t seconds = (time_t)(unix_ns / 1000000000);
    struct tm local;
    if (localtime_r(&seconds, &local) == NULL) {
        return 0;
    }
    return (int32_t)local.tm_gmtoff;
}

void platform_zone_name(char *name, size_t size) {
    const char *zone = getenv("TZ");
    char target[512];
    name[0] = '\0';
    if (zone != NULL && zone[0] == ':') {
        zone++;
    }
    if (zone == NULL || zone[0] == '\0') {
        ssize_t length = readlink("/etc/localtime", target, sizeof target - 1);
        zone = NULL;
        if (length > 0) {
            target[length] = '\0';
            zone = strstr(target, "zoneinfo/");
            zone = zone == NULL ? NULL : zone + strlen("zoneinfo/");
        }
    }
    if (zone != NULL) {
        snprintf(name, size, "%s", zone);
    }
}

void platform_account(char *name, size_t size) {
    struct passwd entry;
    struct passwd *found = NULL;
    char memory[4096];
    if (getpwuid_r(getuid(), &entry, memory, sizeof memory, &found) == 0 && found != NULL) {
        snprintf(name, size, "%s", entry.pw_name);
    } else {
        snprintf(name, size, "uid-%u", (unsigned)getuid());
    }
}

int32_t platform_find_account(const char *account, uint32_t *uid, uint32_t *gid, char *home,
                              size_t size) {
    struct passwd entry;
    struct passwd *found = NULL;
    char memory[4096];
    if (getpwnam_r(account, &entry, memory, sizeof memory, &found) != 0 || found == NULL) {
        return KINMU_E_NOTFOUND;
    }
    *uid = entry.pw_uid;
    *gid = entry.pw_gid;
    snprintf(home, size, "%s", entry.pw_dir);
    return KINMU_OK;
}

int32_t platform_may_change_account(void) {
    return geteuid() == 0;
}

void platform_computer_name(char *name, size_t size) {
    if (gethostname(name, size) != 0) {
        snprintf(name, size, "unknown");
    }
    name[size - 1] = '\0';
}
