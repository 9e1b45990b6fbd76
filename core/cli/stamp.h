/* cli/stamp.h - what a command says of the time stamp beside a checkpoint, and reading whole files.
 */
#ifndef CLI_STAMP_H
#define CLI_STAMP_H

#include "base/buffer.h"

/* Appends a file. E_NOTFOUND when it cannot be opened. */
int32_t cli_read_file(const char *path, buffer *out);
/* Checks NAME.tst beside NAME.json and prints what it proves, or why it does not. 0 when there is a
 * stamp that is no good, or none although an authority was given. */
int cli_tell_stamp(const char *checkpoint, const char *authority);

#endif
