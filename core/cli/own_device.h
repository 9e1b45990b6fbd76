/* cli/own_device.h - the device a data folder belongs to, for commands that may be its first. */
#ifndef CLI_OWN_DEVICE_H
#define CLI_OWN_DEVICE_H

#include "journal/device.h"

/* Reads DATA/device.key, or makes it where nothing was recorded yet. The caller wipes it. */
int32_t cli_own_device(const char *data, device *out, kinmu_err *err);

#endif
