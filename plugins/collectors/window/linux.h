/* linux.h - what the Linux backends share: their tables, facts about a process from /proc, and the
 * conversion of texts written by clients. Nothing here knows of events or timers. */
#ifndef WINDOW_LINUX_H
#define WINDOW_LINUX_H

#include "backend.h"

extern const window_backend window_x11;
extern const window_backend window_wayland;

/* Fills process and elevated of *facts for a process id; "" and WINDOW_UNKNOWN where unreadable. */
void window_process_facts(int64_t pid, window_facts *facts);

/* Each copies text of a client into `out` (out_size > 0, always terminated) up to its first NUL, as
 * clean UTF-8: bad bytes become U+FFFD, control characters a space; cut at a character border. */
void window_text_utf8(char *out, size_t out_size, const char *text, size_t size);
void window_text_latin1(char *out, size_t out_size, const char *text, size_t size);
/* The X Consortium's Compound Text. KINMU_E_REJECT for a character set it does not know. */
int32_t window_text_compound(char *out, size_t out_size, const char *text, size_t size);

#endif
