/* kinmu/events/observation.h - what was *not* observed: gaps (欠測) are shown as gaps, never as
 * idleness (COL-36, COL-37), and losses are never silent. */
#ifndef KINMU_EVENTS_OBSERVATION_H
#define KINMU_EVENTS_OBSERVATION_H

#include <kinmu/schema.h>

/* Field positions of kinmu.observation.gap/1. */
#define KINMU_OBSERVATION_GAP_STREAM 0
#define KINMU_OBSERVATION_GAP_FROM_NS 1
#define KINMU_OBSERVATION_GAP_TO_NS 2
#define KINMU_OBSERVATION_GAP_CAUSE 3
#define KINMU_OBSERVATION_GAP_DETAIL 4
#define KINMU_OBSERVATION_GAP_FIELDS 5

static const kinmu_field kinmu_observation_gap_fields[] = {
    {"stream", KINMU_TYPE_TEXT, KINMU_FIELD_REQUIRED, KINMU_PRIVACY_NONE, KINMU_ROLE_NONE, "", NULL,
     "What was not observed: input, window, session, or a vendor's stream."},
    {"from_ns", KINMU_TYPE_TIME, KINMU_FIELD_REQUIRED, KINMU_PRIVACY_NONE, KINMU_ROLE_NONE, "ns",
     NULL, "Last moment known to be observed."},
    {"to_ns", KINMU_TYPE_TIME, KINMU_FIELD_REQUIRED, KINMU_PRIVACY_NONE, KINMU_ROLE_NONE, "ns",
     NULL, "First moment observed again."},
    {"cause", KINMU_TYPE_TEXT, KINMU_FIELD_REQUIRED, KINMU_PRIVACY_NONE, KINMU_ROLE_NONE, "",
     "stopped|crashed|display-lost|device-lost|source-lost|stalled|queue-full|clock-step|disk-full|"
     "unknown",
     "Why, where known."},
    {"detail", KINMU_TYPE_TEXT, 0, KINMU_PRIVACY_NONE, KINMU_ROLE_NONE, "", NULL,
     "One line for people; never collected content."},
};

static const kinmu_schema kinmu_observation_gap = {
    sizeof(kinmu_schema),
    1,
    "kinmu.observation.gap",
    KINMU_KIND_LOG,
    0,
    "working-time",
    NULL,
    NULL,
    KINMU_TABLE(kinmu_observation_gap_fields),
    "A span in which a stream was not observed although the machine was on; unix_ns is to_ns."};

#endif
