/* link.h - a bad network between two processes of a test: a TCP proxy that delays, stalls and
 * breaks.
 *
 * Runs in a process of its own. What it forwards it never alters: damage on the way is TLS's and
 * the chain's affair and tested elsewhere. */
#ifndef CRASH_LINK_H
#define CRASH_LINK_H

#include <stdint.h>
#include <sys/types.h>

typedef struct link_faults {
    uint32_t delay_ms_max; /* each piece waits up to so long */
    uint32_t break_one_in; /* pieces: a connection is reset before one in so many; 0 = never */
    uint32_t stall_one_in; /* pieces: nothing more comes on that connection */
} link_faults;

/* Forwards connections to listen_address:port to 127.0.0.1:to_port. Returns the process; die()s
 * when the port is taken. */
pid_t link_start(const char *listen_address, uint16_t port, uint16_t to_port,
                 const link_faults *faults, uint64_t seed);
void link_end(pid_t link);

/* A port nobody listens on just now. */
uint16_t link_free_port(void);

#endif
