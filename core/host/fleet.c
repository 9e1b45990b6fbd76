/* host/fleet.c - fleet/1: who gets it, and its table. A runner has none: it lives in the daemon
 * with the keys, and is given by name to Kinmu's own two connectors only. */
#include "host/fleet.h"

#include <string.h>

const kinmu_fleet fleet_table = {
    .struct_size = sizeof(kinmu_fleet),
    .identity = fleet_identity,
    .make_token = fleet_make_token,
    .hash_token = fleet_hash_token,
    .check_request = fleet_check_request,
    .issue = fleet_issue,
    .enrolment = fleet_enrolment,
    .watch = fleet_watch,
    .hurry = fleet_hurry,
    .build_push = fleet_build_push,
    .take_answer = fleet_take_answer,
    .receive = fleet_receive_push,
    .when_received = fleet_when_received,
    .confirm = fleet_confirm,
    .contacts = fleet_contacts,
    .purposes = fleet_purposes,
};

const instance *fleet_instance(const kinmu_host *host) {
    return hosted_tag((const hosted *)(const void *)host);
}
