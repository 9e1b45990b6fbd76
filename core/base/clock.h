/* base/clock.h - the time the core sees. Normally the system's; a test sets its own. */
#ifndef BASE_CLOCK_H
#define BASE_CLOCK_H

#include <kinmu/base.h>

#define CLOCK_NS_PER_S 1000000000LL
#define CLOCK_NS_PER_MS 1000000LL

int64_t clock_unix_ns(void);
uint64_t clock_mono_ns(void);
int32_t clock_utc_offset_s(int64_t unix_ns);
const char *clock_zone(void);       /* name in force; refreshed at most once a minute */
const uint8_t *clock_boot_id(void); /* 16 bytes */

/* A test's clock; NULL goes back to the system's. Shared by all threads. */
typedef struct clock_fake {
    int64_t unix_ns;
    uint64_t mono_ns;
    int32_t utc_offset_s;
    char zone[64];
    uint8_t boot_id[16];
} clock_fake;
void clock_set_fake(const clock_fake *fake);

#endif
