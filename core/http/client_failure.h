/* http/client_failure.h - libcurl's failures as a status and one sentence for people. */
#ifndef HTTP_CLIENT_FAILURE_H
#define HTTP_CLIENT_FAILURE_H

#include "base/error.h"
#include <curl/curl.h>

typedef struct http_failure {
    CURLcode code;
    long verify;        /* CURLINFO_SSL_VERIFYRESULT */
    long proxy_code;    /* what the proxy answered to CONNECT; 0 = nothing */
    const char *detail; /* libcurl's own words, "" when none */
    const char *place;  /* "https://hub.example:8443" */
    const char *proxy;  /* NULL = reached without one */
    int32_t is_connected;
    int32_t is_device; /* this node showed its own certificate */
    uint32_t connect_s_max;
    uint32_t stall_s_max;
} http_failure;

/* Fills err and returns E_RETRY, E_DENIED or E_REJECT. */
int32_t http_failure_describe(const http_failure *f, kinmu_err *err);

#endif
