/* host/policy_file.h - DATA/policy.yaml: what this node's hub said last that could be used.
 *
 * Its first line names the hub, by the key known from enrolment: a policy counts only while the
 * node is enrolled with the hub that gave it. The file is 0600 and replaced whole.
 */
#ifndef HOST_POLICY_FILE_H
#define HOST_POLICY_FILE_H

#include "base/buffer.h"

#define POLICY_FILE "policy.yaml"

/* `text` as the file would be: the first line, then what the hub said. E_NOTFOUND: not enrolled. */
int32_t policy_file_compose(const char *data, const void *said, size_t size, buffer *text,
                            kinmu_err *err);
/* The whole file. E_NOTFOUND: no policy counts here. */
int32_t policy_file_read(const char *data, buffer *text, kinmu_err *err);
int32_t policy_file_write(const char *data, const buffer *text, kinmu_err *err);
/* What the hub said, without the first line. */
const char *policy_file_said(const buffer *text, size_t *size);

#endif
