/* host/fleet.c - fleet/1: who gets it, and its table. A runner has none: it lives in the daemon
 * with the keys, and is given by name to Kinmu's own two connectors only. */
#include "host/fleet.h"

#include <string.h>

static const kinmu_fleet fleet_table = {
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

const void *fleet_iface(const instance *i, const char *name) {
    const kinmu_plugin *plugin = i->entry->plugin;
    int32_t is_ours = i->entry->first_party && plugin->kind == KINMU_CONNECTOR &&
                      (strcmp(plugin->name, "ingest") == 0 || strcmp(plugin->name, "uplink") == 0);
    return is_ours && strcmp(name, KINMU_FLEET_1) == 0 ? &fleet_table : NULL;
}
