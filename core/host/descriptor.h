/* host/descriptor.h - what a plugin says of itself, as data: widened from any older layout into
 * today's structs, and carried between processes. Function pointers are copied, never sent. */
#ifndef HOST_DESCRIPTOR_H
#define HOST_DESCRIPTOR_H

#include "base/arena.h"
#include "base/buffer.h"
#include <kinmu/plugin.h>

#define DESCRIPTOR_ROWS_MAX 1024u
#define DESCRIPTOR_TEXT_MAX 16384u
#define DESCRIPTOR_DEPTH_MAX 8u

/* Deep copy into `memory`; E_ABI or E_CONFIG when something needed is missing or out of bounds. */
int32_t descriptor_copy(arena *memory, const kinmu_plugin *from, const kinmu_plugin **out,
                        kinmu_err *err);
void descriptor_write(const kinmu_plugin *plugin, buffer *out);
/* Reads what descriptor_write made; *used is how many bytes it took. */
int32_t descriptor_read(arena *memory, const uint8_t *data, size_t size, size_t *used,
                        const kinmu_plugin **out, kinmu_err *err);

#endif
