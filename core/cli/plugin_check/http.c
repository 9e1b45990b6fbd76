/* cli/plugin_check/http.c - http/1 as the plugin under check sees it. Behind it is no network:
 * every request is answered E_RETRY in a later turn, as on a train. */
#include "cli/plugin_check/rig.h"

#include <kinmu/iface/http.h>

static rig *of(const kinmu_host *host) {
    return (rig *)(uintptr_t)host;
}

static int32_t front_send(const kinmu_host *host, const kinmu_http_request *request,
                          kinmu_http_done_fn done, void *user, uint64_t *id) {
    const kinmu_http *real = rig_enter_running(of(host), TAG_TURN, KINMU_HTTP_1, "send");
    return real != NULL ? real->send(of(host)->real, request, done, user, id) : KINMU_E_STATE;
}

static void front_cancel(const kinmu_host *host, uint64_t id) {
    const kinmu_http *real = rig_enter(of(host), TAG_TURN, KINMU_HTTP_1, "cancel");
    if (real != NULL) {
        real->cancel(of(host)->real, id);
    }
}

static void front_resume(const kinmu_host *host, uint64_t id) {
    const kinmu_http *real = rig_enter(of(host), TAG_TURN, KINMU_HTTP_1, "resume");
    if (real != NULL) {
        real->resume(of(host)->real, id);
    }
}

const kinmu_http rig_http = {sizeof rig_http, 0, front_send, front_cancel, front_resume};
