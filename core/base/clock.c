/* base/clock.c - see clock.h. */
#include "base/clock.h"

#include "platform/platform.h"

#include <stdatomic.h>
#include <string.h>

static _Atomic(const clock_fake *) fake;

void clock_set_fake(const clock_fake *new_fake) {
    atomic_store(&fake, new_fake);
}

int64_t clock_unix_ns(void) {
    const clock_fake *f = atomic_load(&fake);
    return f != NULL ? f->unix_ns : platform_unix_ns();
}

uint64_t clock_mono_ns(void) {
    const clock_fake *f = atomic_load(&fake);
    return f != NULL ? f->mono_ns : platform_mono_ns();
}

int32_t clock_utc_offset_s(int64_t unix_ns) {
    const clock_fake *f = atomic_load(&fake);
    return f != NULL ? f->utc_offset_s : platform_utc_offset_s(unix_ns);
}

/* The zone name changes hardly ever and reading it touches files: two slots and an index, so that
 * a reader on another thread never sees a half-written name. */
const char *clock_zone(void) {
    static char names[2][64];
    static _Atomic uint32_t slot;
    static _Atomic uint64_t next_ns;
    static _Atomic int32_t refreshing;
    const clock_fake *f = atomic_load(&fake);
    if (f != NULL) {
        return f->zone;
    }
    uint64_t now = platform_mono_ns();
    int32_t nobody = 0;
    if (now >= atomic_load(&next_ns) && atomic_compare_exchange_strong(&refreshing, &nobody, 1)) {
        char name[64];
        platform_zone_name(name, sizeof name);
        uint32_t current = atomic_load(&slot);
        if (strcmp(name, names[current]) != 0) {
            memcpy(names[current ^ 1u], name, sizeof name);
            atomic_store(&slot, current ^ 1u);
        }
        atomic_store(&next_ns, now + 60u * (uint64_t)CLOCK_NS_PER_S);
        atomic_store(&refreshing, 0);
    }
    return names[atomic_load(&slot)];
}

const uint8_t *clock_boot_id(void) {
    static uint8_t id[16];
    static _Atomic int32_t known;
    const clock_fake *f = atomic_load(&fake);
    if (f != NULL) {
        return f->boot_id;
    }
    if (!atomic_load(&known)) {
        uint8_t read[16] = {0};
        platform_boot_id(read);
        memcpy(id, read, sizeof id);
        atomic_store(&known, 1);
    }
    return id;
}
