/* host/http_frames.h - requests and answers of http/1 as frames between a runner and the core.
 *
 * Texts travel as bytes: a server's header need not be UTF-8. */
#ifndef HOST_HTTP_FRAMES_H
#define HOST_HTTP_FRAMES_H

#include "host/frame.h"
#include <kinmu/iface/http.h>

/* runner -> core */
#define FRAME_HTTP_SEND 56u   /* token, request */
#define FRAME_HTTP_MORE 57u   /* token, bytes of parts taken */
#define FRAME_HTTP_CANCEL 58u /* token */
/* core -> runner */
#define FRAME_HTTP_PART 24u /* token, bytes */
#define FRAME_HTTP_DONE 25u /* token, answer */

void frame_http_request(buffer *out, const kinmu_http_request *request);
/* Texts and body lie in `memory`; whether parts are wanted shows as part != NULL, which is never
 * called. E_REJECT for what no runner sends, E_NOMEM. */
int32_t frame_read_http_request(frame_reader *body, arena *memory, kinmu_http_request *request);
void frame_http_response(buffer *out, const kinmu_http_response *response);
int32_t frame_read_http_response(frame_reader *body, arena *memory, kinmu_http_response *response);

#endif
