/* json/origin.h - kinmu.import.origin/1: which computer an imported line of M's log came from.
 *
 * The vocabulary's events know a device, not a computer's name, and an import happens on a device
 * that is not the one the log was written on. So each imported line publishes, side by side in one
 * call: this marker, the minute, and the window if it changed. The marker's `events` next sequence
 * numbers of its origin are the ones it speaks of.
 */
#ifndef JSON_ORIGIN_H
#define JSON_ORIGIN_H

#include <kinmu/schema.h>

#define ORIGIN_COMPUTER_NAME 0
#define ORIGIN_SOURCE 1
#define ORIGIN_LINE 2
#define ORIGIN_EVENTS 3
#define ORIGIN_FIELDS 4

static const kinmu_field origin_fields[] = {
    {"computer_name", KINMU_TYPE_TEXT, KINMU_FIELD_REQUIRED, KINMU_PRIVACY_PSEUDONYMOUS,
     KINMU_ROLE_NONE, "", NULL, "Name of the computer, as the log gives it."},
    {"source", KINMU_TYPE_TEXT, KINMU_FIELD_REQUIRED, KINMU_PRIVACY_NONE, KINMU_ROLE_NONE, "",
     "miteras", "Format of the log."},
    {"line", KINMU_TYPE_I64, KINMU_FIELD_REQUIRED, KINMU_PRIVACY_NONE, KINMU_ROLE_NONE, "count",
     NULL, "Line of the file, from 1."},
    {"events", KINMU_TYPE_I64, KINMU_FIELD_REQUIRED, KINMU_PRIVACY_NONE, KINMU_ROLE_NONE, "count",
     NULL, "How many events of this origin follow that belong to the line."},
};

static const kinmu_schema origin_schema = {
    .struct_size = sizeof(kinmu_schema),
    .version = 1,
    .name = "kinmu.import.origin",
    .kind = KINMU_KIND_LOG,
    .purpose = "activity",
    .fields = KINMU_TABLE(origin_fields),
    .doc = "A line of another product's log was imported; unix_ns is the minute it tells of."};

#endif
