/* cli/plugin_check/routes.c - routes/1 as the plugin under check sees it: forwards to hosting's own
 * and notes calls on a wrong thread or after stop. */
#include "cli/plugin_check/rig.h"

static rig *of(const kinmu_host *host) {
    return (rig *)(uintptr_t)host;
}

static int32_t serve(const kinmu_host *host, const kinmu_route *routes, uint32_t count,
                     const kinmu_route_handler *handler, void *user) {
    const kinmu_routes *real = rig_enter_running(of(host), TAG_TURN, KINMU_ROUTES_1, "serve");
    return real != NULL ? real->serve(of(host)->real, routes, count, handler, user) : KINMU_E_STATE;
}

static int32_t resume(const kinmu_host *host, uint64_t id) {
    const kinmu_routes *real = rig_enter(of(host), TAG_TURN, KINMU_ROUTES_1, "resume");
    return real != NULL ? real->resume(of(host)->real, id) : KINMU_E_STATE;
}

static int32_t answer(const kinmu_host *host, uint64_t id, uint32_t status,
                      const kinmu_header *headers, uint32_t count, const void *body, size_t size) {
    const kinmu_routes *real = rig_enter(of(host), TAG_TURN, KINMU_ROUTES_1, "answer");
    return real != NULL ? real->answer(of(host)->real, id, status, headers, count, body, size)
                        : KINMU_E_STATE;
}

static int32_t begin_answer(const kinmu_host *host, uint64_t id, uint32_t status,
                            const kinmu_header *headers, uint32_t count, int64_t size) {
    const kinmu_routes *real = rig_enter(of(host), TAG_TURN, KINMU_ROUTES_1, "begin_answer");
    return real != NULL ? real->begin_answer(of(host)->real, id, status, headers, count, size)
                        : KINMU_E_STATE;
}

static int32_t send_part(const kinmu_host *host, uint64_t id, const void *data, size_t size) {
    const kinmu_routes *real = rig_enter(of(host), TAG_TURN, KINMU_ROUTES_1, "send");
    return real != NULL ? real->send(of(host)->real, id, data, size) : KINMU_E_STATE;
}

static int32_t end(const kinmu_host *host, uint64_t id, int32_t is_whole) {
    const kinmu_routes *real = rig_enter(of(host), TAG_TURN, KINMU_ROUTES_1, "end");
    return real != NULL ? real->end(of(host)->real, id, is_whole) : KINMU_E_STATE;
}

const kinmu_routes rig_routes = {sizeof(kinmu_routes), 0,         serve, resume, answer,
                                 begin_answer,         send_part, end};
